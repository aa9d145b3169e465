"""The Spack recipe with stand-ins for Spack's modules, in the layouts before and since Spack 1.0 (where CMakePackage moved): what it
declares fits together, and weft's configuration takes the options that it makes. Spack itself is not tried: neither Debian nor PyPI has it."""
import contextlib
import re
import sys
import types

from program import *


class CMakePackage:
    def define(self, name, value):
        return f"-D{name}={('OFF', 'ON')[value] if isinstance(value, bool) else value}"

    def define_from_variant(self, name, variant):
        if variant not in self.spec.variants:
            raise KeyError(f"{variant} is no variant")
        return self.define(name, self.spec.variants[variant].value)


class Spec:
    """What Spack gives a recipe: its variants with the values that were chosen."""

    def __init__(self, values):
        self.variants = {name: types.SimpleNamespace(value=value) for name, value in values.items()}

    def __contains__(self, words):
        return words[1:] in self.variants and self.variants[words[1:]].value is (words[0] == "+")


def load(since_one):
    """The class of the recipe, and what its directives declare: [(directive, words, more)]."""
    made, conditions = [], []

    def directive(name):
        return lambda *words, **more: made.append((name, words, more | {"within": tuple(conditions)}))

    @contextlib.contextmanager
    def when(condition):
        conditions.append(condition)
        yield
        conditions.pop()

    package = types.ModuleType("spack.package")
    package.__dict__.update({name: directive(name) for name in ("license", "version", "variant", "depends_on")}, when=when)
    modules = {"spack": types.ModuleType("spack"), "spack.package": package}
    if since_one:
        names = "spack_repo.builtin.build_systems.cmake".split(".")
        modules |= {".".join(names[:i + 1]): types.ModuleType(names[i]) for i in range(len(names))}
        modules[".".join(names)].CMakePackage = CMakePackage
    else:
        package.CMakePackage = CMakePackage
    sys.modules.update(modules)
    found = {}
    with open(os.path.join(SOURCE, "docs/packages/spack/package.py"), encoding="utf-8") as file:
        exec(compile(file.read(), "package.py", "exec"), found)
    for name in modules:
        del sys.modules[name]
    return found["Weft"], made


recipes = [load(since_one) for since_one in (False, True)]
check(recipes[0][1] == recipes[1][1], "both layouts of Spack give the same recipe")
Weft, made = recipes[1]
variants = {words[0]: more for name, words, more in made if name == "variant"}
values = {name: more["default"] for name, more in variants.items()}
conditions = [c for _, _, more in made for c in (*more["within"], more.get("when")) if c]
check(set(c.lstrip("+~") for c in conditions) <= set(variants), f"conditions name variants: {conditions}")
needed = {words[0].split()[0].split("@")[0] for name, words, _ in made if name == "depends_on"}
check({"mpi", "fftw", "hdf5", "libyaml", "petsc", "slepc", "lapack", "scalapack", "cmake", "pkgconfig"} <= needed, f"what weft needs: {needed}")
with open(os.path.join(SOURCE, "CMakeLists.txt"), encoding="utf-8") as file:
    text = file.read()
    modules = re.search(r'-c "import ([a-z0-9, ]+)"', text)[1].replace("yaml", "pyyaml").split(", ")
    least = re.search(r"cmake_minimum_required\(VERSION ([\d.]+)", text)[1]
check({f"py-{name}" for name in modules} <= needed, f"the Python tools need {modules}: {sorted(needed)}")
check(any(words[0] == f"cmake@{least}:" for name, words, _ in made if name == "depends_on"), f"cmake {least}")


def options(**changed):
    recipe, chosen = Weft(), values | changed
    recipe.spec = Spec({name: value for name, value in chosen.items() if "when" not in variants[name] or chosen[variants[name]["when"][1:]]})
    return recipe.cmake_args()


check("-DWEFT_WITH_PETSC=ON" in options() and "-DWEFT_WITH_PETSC=OFF" in options(petsc=False) and "-DWEFT_ARCH=native" in options()
      and "-DWEFT_ARCH=" in options(arch="none") and "-DBUILD_SHARED_LIBS=ON" in options(shared=True), f"options: {options()}")
with scratch() as folder:
    for name, changed in {"all": {}, "least": {"petsc": False, "slepc": False, "scalapack": False, "lapack": False, "arch": "none", "shared": True}}.items():
        build = os.path.join(folder, name)
        out = subprocess.run(["cmake", "-S", SOURCE, "-B", build, *options(**changed)], capture_output=True, text=True, timeout=300)
        check(out.returncode == 0 and "not used by the project" not in out.stderr, f"{name}: {out.stdout[-300:]}{out.stderr[-600:]}")
        with open(os.path.join(build, "CMakeCache.txt"), encoding="utf-8") as file:
            cache = file.read()
        for option in options(**changed):
            key, value = option[2:].split("=", 1)
            check(re.search(rf"^{key}:\w+={re.escape(value)}$", cache, re.M), f"{name}: {option} is in the cache")
end()
