# Spack recipe of weft. From the folder of the source:
#     spack repo create my-repo && mkdir -p my-repo/packages/weft
#     cp docs/packages/spack/package.py my-repo/packages/weft/ && spack repo add my-repo
#     spack dev-build weft@main
# CMakePackage is in a module of its own since Spack 1.0.
from spack.package import *

try:
    from spack_repo.builtin.build_systems.cmake import CMakePackage
except ImportError:
    pass


class Weft(CMakePackage):
    """MPI-parallel simulator of lattices and fields."""

    license("BSD-3-Clause")

    version("main")

    variant("petsc", default=True, description="Implicit steppers petsc_*")
    variant("slepc", default=True, description="Electronic gap of large lattices", when="+petsc")
    variant("lapack", default=True, description="Dense electrons")
    variant("scalapack", default=True, description="Dense electrons on several ranks", when="+lapack")
    variant("python", default=True, description="weft plot, weft analyze and weft report")
    variant("shared", default=False, description="A shared library")
    variant("arch", default="native", description="Value of -march; none for the compiler's default")

    depends_on("c", type="build")
    depends_on("cmake@3.25:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("fftw@3.3: +mpi")
    depends_on("hdf5 +mpi+hl")
    depends_on("libyaml")
    depends_on("petsc +mpi", when="+petsc")
    depends_on("slepc", when="+slepc")
    depends_on("lapack", when="+lapack")
    depends_on("scalapack", when="+scalapack")
    with when("+python"):
        for name in ("numpy", "scipy", "h5py", "xarray", "matplotlib", "jinja2", "pyyaml"):
            depends_on(f"py-{name}", type=("build", "run"))

    def cmake_args(self):
        arch = self.spec.variants["arch"].value
        with_slepc = "+slepc" in self.spec
        return [
            self.define("WEFT_TESTS", False),
            self.define("WEFT_ARCH", "" if arch == "none" else arch),
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define_from_variant("WEFT_WITH_PETSC", "petsc"),
            self.define("WEFT_WITH_SLEPC", with_slepc),
            self.define_from_variant("WEFT_WITH_LAPACK", "lapack"),
            self.define("WEFT_WITH_SCALAPACK", "+scalapack" in self.spec),
        ]
