#%Module1.0
# Environment module of weft. Copy it to MODULEPATH/weft/0.1.0 and set root and prereq.
set root /opt/weft/0.1.0
module-whatis "weft: an MPI-parallel simulator of lattices and fields"
# prereq openmpi hdf5 fftw petsc slepc openblas libyaml
prepend-path PATH $root/bin
prepend-path PKG_CONFIG_PATH $root/lib/pkgconfig
prepend-path CMAKE_PREFIX_PATH $root
setenv OPENBLAS_NUM_THREADS 1
