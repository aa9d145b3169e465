# Every public header is C++ too, alone and through weft.h; a declaration of it has C linkage.
# cmake -D CXX=c++ -D INCLUDES=DIR:DIR -D SOURCE=DIR -D BINARY=DIR -P headers.cmake
set(flags -std=c++17 -Wall -Wextra -Werror -Wno-psabi -DOMPI_SKIP_MPICXX -DMPICH_SKIP_MPICXX -I${SOURCE}/include)
string(REPLACE ":" ";" INCLUDES "${INCLUDES}")
foreach(folder ${INCLUDES})
  list(APPEND flags -isystem ${folder})
endforeach()

# Compile the text of a file; FAILS: it must not compile.
function(compile name text)
  file(WRITE ${BINARY}/${name}.cpp "${text}")
  execute_process(COMMAND ${CXX} ${flags} -c ${BINARY}/${name}.cpp -o ${BINARY}/${name}.o
                  RESULT_VARIABLE failed ERROR_VARIABLE why)
  if(failed AND NOT ARGN STREQUAL "FAILS")
    message(SEND_ERROR "${name}: ${why}")
  elseif(NOT failed AND ARGN STREQUAL "FAILS")
    message(SEND_ERROR "${name}: the test cannot fail")
  endif()
endfunction()

file(GLOB headers RELATIVE ${SOURCE}/include ${SOURCE}/include/weft/*.h)
list(LENGTH headers count)
if(count LESS 20)
  message(SEND_ERROR "${count} headers were found")
endif()
foreach(header ${headers})
  string(REGEX REPLACE "[/.]" "_" name ${header})
  compile(${name} "#include \"${header}\"\n")
endforeach()
compile(linkage "#include \"weft/weft.h\"\nextern \"C\" const char *weft_error_message(void);\n")
compile(other_linkage "#include \"weft/weft.h\"\nextern \"C++\" const char *weft_error_message(void);\n" FAILS)
