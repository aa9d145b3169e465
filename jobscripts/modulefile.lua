-- Lmod module of weft. Copy it to MODULEPATH/weft/0.1.0.lua and set root and depends_on.
local root = "/opt/weft/0.1.0"
whatis("weft: an MPI-parallel simulator of lattices and fields")
-- depends_on("openmpi", "hdf5", "fftw", "petsc", "slepc", "openblas", "libyaml")
prepend_path("PATH", pathJoin(root, "bin"))
prepend_path("PKG_CONFIG_PATH", pathJoin(root, "lib/pkgconfig"))
prepend_path("CMAKE_PREFIX_PATH", root)
setenv("OPENBLAS_NUM_THREADS", "1")
