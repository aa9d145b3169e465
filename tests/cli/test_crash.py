"""A kill at any moment loses nothing: the process ends (SIGKILL) at its k-th change of a file below the result directory (crash.c,
preloaded), and a resume then gives the files of a run that was never disturbed, bit for bit, and leaves nothing temporary.
CI takes a sample of the moments; WEFT_SLOW takes all of them (WEFT_SLOW=n every n-th), whole and with half of the last write
done."""
import random
import re
import sys

from program import *

FIELD = """model: klein_gordon
grid: {n: [48, 40], length: [24, 20]}
klein_gordon: {potential: phi4, laplacian: fd2}
initial: {type: bubble, amplitude: 1.5, width: 2}
time: {stepper: verlet, dt: 0.05, end: END}
observe: {every: 0.1, list: [energy, phi_max, histogram(64)]}
output: {fields_every: FIELDS, compress: COMPRESS}
checkpoint: {every: 0.0001s}
"""
# few records a replica, and enough replicas for several blocks and checkpoints
ENSEMBLE = """model: kuramoto
grid: {n: [64]}
kuramoto: {noise: 0.1}
initial: {type: flat}
time: {dt: 0.1, end: 40}
observe: {every: 10, list: [width2, correlation, height_pdf]}
output: {fields_every: 10}
ensemble: {replicas: 40, keep: all}
checkpoint: {every: 0.0001s}
"""
POINT = """model: kuramoto
grid: {n: [32]}
kuramoto: {noise: 0.1}
initial: {type: flat}
time: {dt: 0.1, end: 20}
observe: {every: 10, list: [width2]}
ensemble: {replicas: 3}
checkpoint: {every: 0.0001s}
"""
SCAN = """base: point.yaml
axes: {kuramoto.noise: {values: [0.1, 0.2, 0.3]}}
"""

SLOW = int(os.environ.get("WEFT_SLOW") or 0)
os.environ["OMPI_MCA_ess_singleton_isolated"] = "1"  # programs that are alone start faster
PRELOAD = os.environ.get("WEFT_CRASH_LIBRARY")


def crash(command, out, ranks, at, half=False, counts=None, rank=0):
    """Run weft until its change number at; the completed process."""
    os.makedirs(out, exist_ok=True)
    more = {"WEFT_CRASH_DIR": os.path.realpath(out), "WEFT_CRASH_AT": str(at), "WEFT_CRASH_RANK": str(rank),
            "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}
    if half:
        more["WEFT_CRASH_HALF"] = "1"
    if counts:
        more["WEFT_CRASH_COUNT"] = counts
    # weft alone is to be killed, not mpirun or env
    line = ["env", "LD_PRELOAD=" + PRELOAD, *(f"{k}={v}" for k, v in more.items()), WEFT, *command]
    if ranks:
        line = [MPIEXEC, "-n", str(ranks), *line]
    return subprocess.run(line, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)


def leftovers(out):
    """Files that no complete run has."""
    usual = re.compile(r"(series|fields|scan)\.nc|params\.used\.yaml|ckpt-(ensemble-|final-)?\d+\.h5|.*\.log|results.*|plan.*|under_way|params\.first\.yaml|scan\.yaml")
    return [n for n in os.listdir(out) if not usual.fullmatch(n)]


def chosen(total, n, seed):
    """All moments, or a sample: some in a row and some anywhere."""
    if SLOW:
        return range(random.Random(seed).randint(1, SLOW), total + 1, SLOW)
    draw = random.Random(seed)
    first = draw.randint(1, max(1, total - n // 2))
    last = range(max(1, total - 5), total + 1) if n >= 6 else ()  # where the files are closed and the run is called complete
    return sorted({*last, *range(first, min(total, first + n // 2)), *(draw.randint(1, total) for _ in range(n - n // 2))})


def campaign(what, folder, run, resume, compare, n, ranks=0, later=(0,), rank=0):
    """run and resume: command lines for a directory. compare(reference, out): the first difference."""
    if ONLY not in what:
        return
    reference, counts = os.path.join(folder, what + "-reference"), os.path.join(folder, "count")
    first = crash(run(reference), reference, ranks, 0, counts=counts, rank=rank)
    check(first.returncode == 0, f"{what}: undisturbed: {first.returncode}: {first.stderr}")
    with open(counts) as file:
        total = int(file.read())
    tried, killed, out = 0, 0, os.path.join(folder, what)
    for half in (False, True):
        for at in chosen(total, n // 2 if half else n, what + str(half)):
            shutil.rmtree(out, ignore_errors=True)
            first = crash(run(out), out, ranks, at, half, rank=rank)
            tried += 1
            killed += first.returncode != 0
            if not os.path.exists(os.path.join(out, "params.used.yaml")) and not os.listdir(out):
                continue
            again = weft(*resume(out), ranks=later[tried % len(later)])
            difference = compare(reference, out) if again.returncode == 0 else ""
            left = leftovers(out) if again.returncode == 0 else []
            check(again.returncode == 0 and not difference and not left,
                  f"{what}: kill at change {at} of {total}{', half of it' if half else ''}: resume ends with "
                  f"{again.returncode} {again.stderr.strip()}; {difference} {left}")
    print(f"{what}: {killed} kills at {tried} moments of {total} changes", flush=True)


def same_files(*names):
    def compare(a, b):
        for name in names:
            try:
                difference = same(os.path.join(a, name), os.path.join(b, name))
            except (OSError, KeyError) as error:
                difference = f"cannot be read: {error}"
            if difference:
                return f"{name}: {difference}"
        return ""
    return compare


if not PRELOAD:
    sys.exit(77)
ONLY = os.environ.get("WEFT_CRASH_ONLY", "")
with scratch() as folder:
    def single(path):
        return (lambda out: ("run", path, "--out", out, "-q", "--resume"),) * 2

    for compress in (0, 1):
        path = write(folder, f"field{compress}.yaml", FIELD.replace("COMPRESS", str(compress)).replace("END", "5").replace("FIELDS", "0.1"))
        campaign(f"single-{compress}", folder, *single(path), same_files("series.nc", "fields.nc"), 6)
    path = write(folder, "few.yaml", FIELD.replace("COMPRESS", "1").replace("END", "1").replace("FIELDS", "0.5"))
    campaign("two-ranks", folder, *single(path), same_files("series.nc", "fields.nc"), 3, ranks=2, later=(2, 0, 3))
    campaign("second-rank", folder, *single(path), same_files("series.nc", "fields.nc"), 2, ranks=2, later=(2, 0), rank=1)
    path = write(folder, "ensemble.yaml", ENSEMBLE)
    campaign("ensemble", folder, *single(path), same_files("series.nc", "fields.nc"), 8, later=(0, 0, 2))
    campaign("ensemble-2", folder, *single(path), same_files("series.nc", "fields.nc"), 2, ranks=2, later=(0, 3))
    # a complete ensemble that is made longer; its replicas are large enough for their last states to be kept
    path = write(folder, "longer.yaml", ENSEMBLE.replace("[64]", "[8192]").replace("replicas: 40", "replicas: 4"))
    weft("run", path, "-P", "time.end=10", "--out", os.path.join(folder, "short"), "-q")

    def longer(out):
        if not os.path.exists(os.path.join(out, "series.nc")):
            shutil.copytree(os.path.join(folder, "short"), out, dirs_exist_ok=True)
        return ("run", path, "--out", out, "-q", "--resume")
    campaign("longer", folder, longer, longer, same_files("series.nc", "fields.nc"), 4, later=(0, 2))
    write(folder, "point.yaml", POINT)
    scan = write(folder, "scan.yaml", SCAN)

    def collected(a, b):
        for out in (a, b):
            run = weft("scan", "collect", scan, "--out", out, "-q")
            if run.returncode:
                return run.stderr
        return same_scan(a, b)
    campaign("scan", folder, *((lambda out: ("scan", "run", scan, "--out", out, "-q"),) * 2), collected, 4, later=(0, 2))
    weft("scan", "run", scan, "--out", os.path.join(folder, "whole"), "-q")

    def collect(out):
        os.makedirs(out, exist_ok=True)
        if not os.path.exists(os.path.join(out, "scan.nc")) and not os.listdir(out):
            shutil.copytree(os.path.join(folder, "whole"), out, dirs_exist_ok=True)
        return ("scan", "collect", scan, "--out", out, "-q")
    campaign("collect", folder, collect, collect, same_scan, 2)
end()
