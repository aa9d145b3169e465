# Writes OUTPUT, a header with the git description of the sources, whenever it has changed: run at
# every build, so that it tells the state that was built. Empty outside a checkout of weft's own: a
# copy of the sources inside the repository of something else is not described by that one.
set(description "")
execute_process(COMMAND git rev-parse --show-toplevel WORKING_DIRECTORY ${SOURCE}
                OUTPUT_VARIABLE top OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
file(REAL_PATH "${SOURCE}" source)
if(NOT failed)
  file(REAL_PATH "${top}" top)
  if(top STREQUAL source)
    execute_process(COMMAND git describe --always --dirty --tags WORKING_DIRECTORY ${SOURCE}
                    OUTPUT_VARIABLE description OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
endif()
set(text "#define WEFT_GIT \"${description}\"\n")
set(before "")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT text STREQUAL before)
  file(WRITE ${OUTPUT} "${text}")
endif()
