"""Libraries are found under other names than Debian's, by their file and by a named folder; what is not found, or was made for another
MPI, ends the configuration with the cure. The cases are folders of pkg-config that lack or rename files."""
import glob
import re
import sys

from program import *

TITLES = ("PETSc", "SLEPc", "LAPACK", "ScaLAPACK")


def modules(folder, name, drop=(), rename=()):
    """A folder with all files of pkg-config of this system, but for some."""
    place = os.path.join(folder, name)
    os.makedirs(place)
    path = subprocess.run(["pkg-config", "--variable", "pc_path", "pkg-config"], capture_output=True, text=True).stdout.strip()
    for one in reversed(path.split(":")):
        for file in glob.glob(os.path.join(one, "*.pc")):
            base = dict(rename).get(os.path.basename(file), os.path.basename(file))
            if not any(re.fullmatch(pattern, os.path.basename(file)) for pattern in drop):
                shutil.copy(file, os.path.join(place, base))
    return place


def configure(folder, place, *options, environment=()):
    """What is said of each library, and the errors in one line."""
    build = os.path.join(folder, "build")
    shutil.rmtree(build, ignore_errors=True)
    clean = {key: value for key, value in os.environ.items() if not re.match("(PETSC|SLEPC|SCALAPACK|LAPACK)_|PKG_CONFIG", key)}
    run = subprocess.run(["cmake", "-S", SOURCE, "-B", build, "-DWEFT_TESTS=OFF", *options], capture_output=True, text=True, timeout=300,
                         env={**clean, **({"PKG_CONFIG_LIBDIR": place} if place else {}), **dict(environment)})
    said = {title: found[1].strip() for title in TITLES if (found := re.search(rf"^   {title} +(.*)$", run.stdout, re.M))}
    return run.returncode, said, re.sub(r"\s+", " ", run.stderr)


def pkg_folder(name):
    """The folder that pkg-config gives as the prefix of a module."""
    return subprocess.run(["pkg-config", "--variable=prefix", name], capture_output=True, text=True).stdout.strip()


if not all(has(name) for name in ("PETSC", "SLEPC", "LAPACK", "SCALAPACK")) or not shutil.which("pkg-config"):
    print("skipped: not all libraries are here")
    sys.exit(77)
with scratch() as folder:
    place = modules(folder, "renamed", drop=("lapacke.*",), rename=[("scalapack-openmpi.pc", "scalapack.pc")])
    code, said, errors = configure(folder, place)
    check(code == 0 and len(said) == 4 and "unknown" not in str(said), f"ScaLAPACK under its own name, no LAPACKE: {said} {errors}")

    place = modules(folder, "files", drop=("scalapack.*", "(open|flexi)?blas.*", "lapack.*", "mkl.*"))
    code, said, errors = configure(folder, place)
    check(code == 0 and said.get("ScaLAPACK") == said.get("LAPACK") == "of an unknown version", f"libraries by their files: {said} {errors}")

    for name, module, words in (("FFTW3", "fftw3", ("FFTW was not found", "libfftw3-dev", "-DFFTW3_ROOT=")),
                                ("YAML", "yaml-0.1", ("libyaml was not found", "libyaml-dev", "-DYAML_ROOT="))):
        place = modules(folder, "without " + name, drop=(re.escape(module) + "\\.pc",))
        code, said, errors = configure(folder, place)
        for word in words:
            check(code != 0 and word in errors, f"{name} is missing: '{word}' is not in {errors}")

    place = modules(folder, "bare", drop=("(?i:petsc|slepc).*",))
    code, said, errors = configure(folder, place)
    for word in ("SLEPc was not found", "slepc-dev", "-DSLEPC_ROOT=", "-DWEFT_WITH_SLEPC=OFF"):
        check(code != 0 and word in errors, f"SLEPc is missing: '{word}' is not in {errors}")
    code, said, errors = configure(folder, place, "-DWEFT_WITH_PETSC=OFF")
    check(code == 0 and said.get("PETSc") == said.get("SLEPc") == "left out", f"without PETSc: {said} {errors}")
    roots = [(f"{name.upper()}_ROOT", pkg_folder(name)) for name in ("PETSc", "SLEPc")]
    code, said, errors = configure(folder, place, *(f"-D{name}={root}" for name, root in roots))
    check(code == 0 and re.match(r"\d", said.get("SLEPc", "")), f"named folders {roots}: {said} {errors}")
    code, said, errors = configure(folder, place, environment=roots)
    check(code == 0 and re.match(r"\d", said.get("SLEPc", "")), f"folders named by the environment: {said} {errors}")

    for options, words in ((["-DWEFT_ARCH=x86-64;x86-64-v3"], "-DBUILD_SHARED_LIBS=ON"),
                           (["-DWEFT_ARCH=x86-64;haswell", "-DBUILD_SHARED_LIBS=ON"], "not haswell")):
        code, said, errors = configure(folder, None, *options)
        check(code != 0 and words in errors, f"{options}: {errors}")
    if shutil.which("mpicc.mpich") and "Open MPI" in weft("--version").stdout:
        code, said, errors = configure(folder, None, "-DMPI_C_COMPILER=mpicc.mpich")
        check(code != 0 and "was made for another MPI" in errors and "FFTW3_ROOT" in errors, f"two MPIs: {errors}")
    else:
        print("left out: two MPIs (Debian: libmpich-dev)")
end()
