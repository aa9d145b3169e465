# Seeds for the fuzz targets under names of their own: the newest checkpoint of a run as checkpoint.h5, the log
# of a scan as scan.log.
set(folder ${CMAKE_ARGV3})
file(GLOB checkpoints ${folder}/ckpt-*.h5)
list(SORT checkpoints)
list(GET checkpoints -1 newest)
file(COPY_FILE ${newest} ${folder}/checkpoint.h5)
file(GLOB logs ${folder}/scan/results/*.log)
list(GET logs 0 log)
file(COPY_FILE ${log} ${folder}/scan.log)
