"""Job scripts that need no batch system here: GNU parallel for real, PBS by the variables that it sets. (SLURM: test_slurm.py.)"""
from program import *

SCRIPTS = os.path.join(SOURCE, "jobscripts")
BASE = """model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 10}
observe: {every: 1, list: [width2, slip_rate]}
"""


def script(name, folder, **settings):
    environment = {**os.environ, "PATH": os.path.dirname(WEFT) + ":" + os.environ["PATH"], "PBS_O_WORKDIR": folder,
                   **settings}
    return subprocess.run(["bash", os.path.join(SCRIPTS, name)], cwd="/" if name.endswith(".pbs") else folder,
                          env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)


def equal(folder, a, b):
    difference = same_scan(os.path.join(folder, a), os.path.join(folder, b))
    check(difference == "", f"{b}: {difference}")


with scratch() as folder:
    base = write(folder, "base.yaml", BASE)
    path = write(folder, "scan.yaml", "base: base.yaml\naxes: {kuramoto.noise: {values: [0.01, 0.02, 0.05, 0.1, 0.2]}}\n")
    for command in ("run", "collect"):
        done = weft("scan", command, path, "--out", os.path.join(folder, "want"), "-q")
        check(done.returncode == 0, f"scan {command}: {done.stderr}")

    if shutil.which("parallel"):
        os.environ["PARALLEL_HOME"] = os.path.join(folder, "parallel")
        done = script("scan_parallel.sh", folder, SCAN="scan.yaml", OUT="by_parallel", JOBS="2", TASKS="3")
        check(done.returncode == 0, f"scan_parallel.sh: {done.returncode}: {done.stdout}{done.stderr}")
        logs = os.listdir(os.path.join(folder, "by_parallel", "results"))
        check(len({n[:9] for n in logs}) == 3, f"three tasks: {logs}")
        equal(folder, "want", "by_parallel")
        done = script("scan_parallel.sh", folder, SCAN="missing.yaml", OUT="missing", JOBS="2", TASKS="2")
        check(done.returncode != 0 and "cannot be read" in done.stderr, f"a failed task is told: {done.returncode}: {done.stderr}")
    else:
        print("skipped: GNU parallel is not installed")

    for task in ("0", "1"):
        done = script("scan_array.pbs", folder, SCAN="scan.yaml", OUT="by_pbs", TASKS="2", PBS_ARRAY_INDEX=task)
        check(done.returncode == 0, f"scan_array.pbs {task}: {done.returncode}: {done.stdout}{done.stderr}")
    done = weft("scan", "collect", path, "--out", os.path.join(folder, "by_pbs"), "-q")
    equal(folder, "want", "by_pbs")

    # a run that meets its wall budget, and goes on when it is submitted again
    write(folder, "long.yaml", BASE.replace("end: 10", "end: 300000").replace("every: 1,", "every: 100000,"))
    done = script("single.pbs", folder, INPUT="long.yaml", OUT="single", WALL="0.2s", MPIRUN=f"{MPIEXEC} -n 1")
    check(done.returncode == 85, f"single.pbs: {done.returncode}: {done.stdout}{done.stderr}")
    done = script("single.pbs", folder, INPUT="long.yaml", OUT="single", WALL="1h", MPIRUN=f"{MPIEXEC} -n 1")
    check(done.returncode == 0 and "resumed from" in done.stdout, f"single.pbs again: {done.returncode}: {done.stderr}")
    done = weft("run", os.path.join(folder, "long.yaml"), "--out", os.path.join(folder, "plain"), "-q")
    difference = same(os.path.join(folder, "plain", "series.nc"), os.path.join(folder, "single", "series.nc"))
    check(difference == "", f"single.pbs: {difference}")
end()
