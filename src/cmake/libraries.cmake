# The libraries: those that weft cannot be without, and those that a build may leave out. Each is looked for
# under all names that it is known by, first in NAME_ROOT (a variable of CMake or of the environment).

# Let pkg-config look into a root first.
function(weft_root)
  foreach(variable ${ARGN})
    foreach(root ${${variable}} $ENV{${variable}})
      set(ENV{PKG_CONFIG_PATH} "${root}/lib/pkgconfig:${root}/lib64/pkgconfig:${root}/$ENV{PETSC_ARCH}/lib/pkgconfig:$ENV{PKG_CONFIG_PATH}")
    endforeach()
  endforeach()
endfunction()

find_package(MPI REQUIRED COMPONENTS C)
find_package(PkgConfig REQUIRED)

# The numbers of the MPI libraries that shared libraries were linked with: 12 for MPICH and all that keep its
# binary interface, 40 for Open MPI 3 to 5.
function(weft_mpi_of output what)
  set(numbers "")
  foreach(file ${ARGN})
    if(CMAKE_OBJDUMP AND file MATCHES "\\.so" AND EXISTS ${file})
      execute_process(COMMAND ${CMAKE_OBJDUMP} -p ${file} OUTPUT_VARIABLE text ERROR_QUIET)
      string(REGEX MATCHALL "${what} +libmpi(ch)?\\.so\\.[0-9]+" lines "${text}")
      list(TRANSFORM lines REPLACE ".*\\." "")
      list(APPEND numbers ${lines})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES numbers)
  set(${output} "${numbers}" PARENT_SCOPE)
endfunction()

# A library that was made for another MPI links, and fails when it runs. What cannot be told (static libraries,
# an MPI that the compiler's wrapper keeps to itself) passes.
function(weft_same_mpi title cure)
  weft_mpi_of(ours SONAME ${MPI_C_LIBRARIES})
  weft_mpi_of(theirs NEEDED ${ARGN})
  if(ours AND theirs AND NOT ours STREQUAL theirs)
    message(FATAL_ERROR "${title} was made for another MPI than ${MPI_C_COMPILER}: ${ARGN} needs libmpi of number ${theirs}, the compiler's has number ${ours} (12: MPICH and its kin, 40: Open MPI); ${cure}")
  endif()
endfunction()
weft_root(FFTW3_ROOT FFTW_ROOT YAML_ROOT)

# A library that nothing replaces: its module of pkg-config, or the cure.
macro(weft_require name module title debian)
  pkg_check_modules(${name} IMPORTED_TARGET ${module})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${title} was not found (module of pkg-config tried: ${module}); on Debian: apt-get install ${debian}; elsewhere name its folder by -D${name}_ROOT=..., or that of ${module}.pc by the variable PKG_CONFIG_PATH")
  endif()
endmacro()
weft_require(FFTW3 fftw3 FFTW libfftw3-dev)
find_library(FFTW3_MPI_LIBRARY fftw3_mpi HINTS ${FFTW3_LIBRARY_DIRS} ${FFTW3_LIBDIR})
find_path(FFTW3_MPI_INCLUDE fftw3-mpi.h HINTS ${FFTW3_INCLUDE_DIRS} ${FFTW3_INCLUDEDIR})
if(NOT FFTW3_MPI_LIBRARY OR NOT FFTW3_MPI_INCLUDE)
  message(FATAL_ERROR "FFTW's MPI library (libfftw3_mpi, fftw3-mpi.h) is missing; on Debian: apt-get install libfftw3-mpi-dev; elsewhere: FFTW configured with --enable-mpi, named by FFTW3_ROOT")
endif()
weft_same_mpi("FFTW's MPI library" "name one that was made for it by FFTW3_ROOT" ${FFTW3_MPI_LIBRARY})
weft_require(YAML yaml-0.1 libyaml libyaml-dev)
set(HDF5_PREFER_PARALLEL ON)
find_package(HDF5 REQUIRED COMPONENTS C HL)
if(NOT HDF5_IS_PARALLEL)
  message(FATAL_ERROR "HDF5 ${HDF5_VERSION} was found, but it is not the parallel build; on Debian: apt-get install libhdf5-openmpi-dev; elsewhere: HDF5 configured with --enable-parallel, named by HDF5_ROOT")
endif()
weft_same_mpi(HDF5 "name one that was made for it by HDF5_ROOT" ${HDF5_C_LIBRARIES})

# ---- libraries that may be left out ----
set(WEFT_OPTIONAL "")
set(WEFT_PC_MODULES "") # of pkg-config, for those who link with weft
set(WEFT_PC_LIBRARIES "")

# weft_optional(PETSC "PETSc" petsc-dev MODULES ... [PACKAGE name target] [LIBRARIES ...]): by a module of
# pkg-config, else by the file of a library, else by a package of CMake (the last one since a broken package ends
# the configuration, as that of Debian's ScaLAPACK does, which names a file that is elsewhere).
function(weft_optional name title debian)
  cmake_parse_arguments(ARG "" "" "MODULES;PACKAGE;LIBRARIES" ${ARGN})
  if(NOT WEFT_WITH_${name})
    set(${name}_SAID "left out" PARENT_SCOPE)
    return()
  endif()
  pkg_search_module(${name} QUIET IMPORTED_TARGET ${ARG_MODULES})
  if(${name}_FOUND)
    set(found PkgConfig::${name})
    set(modules "${WEFT_PC_MODULES} ${${name}_MODULE_NAME}")
    set(WEFT_PC_MODULES "${modules}" PARENT_SCOPE)
    set(said "${${name}_VERSION}")
  endif()
  if(NOT found AND ARG_LIBRARIES)
    find_library(${name}_LIBRARY NAMES ${ARG_LIBRARIES} HINTS ${${name}_ROOT} $ENV{${name}_ROOT} PATH_SUFFIXES lib lib64)
    if(${name}_LIBRARY)
      set(found ${${name}_LIBRARY})
      set(WEFT_PC_LIBRARIES "${WEFT_PC_LIBRARIES} ${found}" PARENT_SCOPE)
      set(said "of an unknown version")
    endif()
  endif()
  if(NOT found AND ARG_PACKAGE)
    list(GET ARG_PACKAGE 0 package)
    list(GET ARG_PACKAGE 1 target)
    find_package(${package} CONFIG QUIET)
    if(TARGET ${target})
      set(found ${target})
      set(said "${${package}_VERSION}")
    endif()
  endif()
  if(NOT found)
    list(JOIN ARG_MODULES ", " names)
    message(FATAL_ERROR "${title} was not found (modules of pkg-config tried: ${names}); on Debian: apt-get install ${debian}; elsewhere name its folder by -D${name}_ROOT=...; or build without it: -DWEFT_WITH_${name}=OFF")
  endif()
  weft_same_mpi("${title}" "name one that was made for it by ${name}_ROOT, or build without it: -DWEFT_WITH_${name}=OFF"
                ${${name}_LINK_LIBRARIES} ${${name}_LIBRARY})
  set(WEFT_OPTIONAL ${WEFT_OPTIONAL} ${found} PARENT_SCOPE)
  set(${name}_VERSION "${said}" PARENT_SCOPE)
  set(${name}_SAID "${said}" PARENT_SCOPE)
endfunction()

# All roots are known before any library is looked for: SLEPc's module of pkg-config needs PETSc's.
foreach(name PETSC SLEPC SCALAPACK LAPACK)
  weft_root(${name}_ROOT ${name}_DIR)
endforeach()

# One library needs another.
foreach(pair SLEPC:PETSC SCALAPACK:LAPACK)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 upper)
  list(GET pair 1 lower)
  if(WEFT_WITH_${upper} AND NOT WEFT_WITH_${lower})
    message(STATUS "${upper} is left out, since it needs ${lower}")
    set(WEFT_WITH_${upper} OFF)
  endif()
endforeach()

# Debian names ScaLAPACK by the MPI that it is for.
set(scalapack scalapack scalapack-openmpi scalapack-mpich)
if(MPI_C_LIBRARIES MATCHES "mpich")
  list(INSERT scalapack 0 scalapack-mpich)
elseif(MPI_C_LIBRARIES MATCHES "openmpi|ompi")
  list(INSERT scalapack 0 scalapack-openmpi)
endif()
weft_optional(SLEPC "SLEPc" slepc-dev MODULES SLEPc slepc)
weft_optional(PETSC "PETSc" petsc-dev MODULES PETSc petsc)
weft_optional(SCALAPACK "ScaLAPACK" libscalapack-openmpi-dev MODULES ${scalapack}
              PACKAGE scalapack scalapack LIBRARIES scalapack scalapack-openmpi scalapack-mpich)
# OpenBLAS first: the reference LAPACK is 8 to 9 times slower.
weft_optional(LAPACK "LAPACK (OpenBLAS)" libopenblas-dev MODULES openblas mkl-dynamic-lp64-seq flexiblas lapack
              PACKAGE OpenBLAS OpenBLAS::OpenBLAS LIBRARIES openblas lapack)
