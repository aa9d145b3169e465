"""A processor that is older than the one of the build, by an emulator: the program says so and ends with code 2, and never by an
illegal instruction; a build for several processors runs on each with the library of that one, to the same bits."""
import platform

from program import *

EMULATOR = shutil.which("qemu-x86_64")
if platform.machine() != "x86_64" or not EMULATOR:
    print("skipped: no emulator of processors (qemu-x86_64, Debian: qemu-user)" if not EMULATOR else "skipped: not x86_64")
    sys.exit(77)
# instruction sets that the emulator can do, by processor, from the oldest
PROCESSORS = {"Conroe": "x86-64", "Nehalem": "x86-64-v2", "Haswell": "x86-64-v3"}
LEVELS = ["x86-64", "x86-64-v2", "x86-64-v3", "x86-64-v4", "native"]
# the program starts itself again where this is not set, and then runs on the real processor
ENVIRONMENT = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
INPUT = """model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 5}
observe: {every: 1, list: [width2]}
"""


def emulated(processor, *arguments):
    return subprocess.run([EMULATOR, "-cpu", processor, WEFT, *map(str, arguments)], capture_output=True, text=True, timeout=300,
                          env=ENVIRONMENT, stdin=subprocess.DEVNULL)


def built_for(text):
    """The value of -march that --version tells; a build without one runs everywhere."""
    found = text.split("-march=", 1)[1].split()
    return found[0] if found and found[0] in LEVELS else "x86-64"


folders = os.path.join(os.path.dirname(WEFT), "glibc-hwcaps")
several = sorted(os.listdir(folders)) if os.path.isdir(folders) else []
with open(os.path.join(os.path.dirname(WEFT), "CMakeCache.txt"), encoding="utf-8") as file:
    first = next(line for line in file if line.startswith("WEFT_ARCH:")).strip().split("=", 1)[1].split(";")[0] or "x86-64"
first = first if first in LEVELS else "native"


def needed(built):
    """The level that a processor must have: a build for this one needs what the compiler takes of it, and not more."""
    if built != "native":
        return LEVELS.index(built)
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        flags = set(next(line for line in info if line.startswith("flags")).split())
    newer = any(flag.startswith("avx512") or flag == "gfni" for flag in flags)
    return LEVELS.index("x86-64-v4" if newer else "x86-64-v3" if "avx2" in flags else "x86-64-v2" if "sse4_2" in flags else "x86-64")


with scratch() as folder:
    path = write(folder, "input.yaml", INPUT)
    here = weft("run", path, "--out", os.path.join(folder, "here"), "-q", env=ENVIRONMENT)
    check(here.returncode == 0, f"here: {here.stderr}")
    for processor, level in PROCESSORS.items():
        told = emulated(processor, "--version")
        if LEVELS.index(level) < needed(first):
            for command in (["--version"], ["models"], ["run", path, "--out", os.path.join(folder, "no")]):
                refused = emulated(processor, *command)
                check(refused.returncode == 2 and "built for a newer processor: this one has no" in refused.stderr and not refused.stdout,
                      f"{processor}, built for {first}, {command}: {refused.returncode}: {refused.stdout}{refused.stderr}")
            check(not os.path.exists(os.path.join(folder, "no")), "a refused program writes nothing")
            continue
        best = max([first] + [one for one in several if LEVELS.index(one) <= LEVELS.index(level)], key=LEVELS.index)
        check(told.returncode == 0 and built_for(told.stdout) == best, f"{processor} takes {best}: {told.returncode}: {told.stdout}{told.stderr}")
        out = os.path.join(folder, processor)
        run = emulated(processor, "run", path, "--out", out, "-q")
        difference = same(os.path.join(folder, "here", "series.nc"), os.path.join(out, "series.nc")) if run.returncode == 0 else run.stderr
        check(difference == "", f"{processor}: {run.returncode}: {difference}")
end()
