# The newest checkpoint of a run (its name has a number) as checkpoint.h5, for the fuzz target results.
file(GLOB checkpoints ${CMAKE_ARGV3}/ckpt-*.h5)
list(SORT checkpoints)
if(checkpoints)
  list(GET checkpoints -1 newest)
else()
  set(newest ${CMAKE_ARGV3}/series.nc)
endif()
file(COPY_FILE ${newest} ${CMAKE_ARGV3}/checkpoint.h5)
