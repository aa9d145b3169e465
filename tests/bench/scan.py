"""What scans cost beside their points, with the bounds that weft promises. usage: scan.py PROGRAM MPIEXEC

Expansion of 10^5 points; collection of 10^4 points of 500 records; 10^4 points of some 20 ms on 2 ranks (two minutes): the
share of the cores that was busy with points counts only on a machine with nothing else to do.
"""
import os
import re
import resource
import subprocess
import sys
import tempfile

PROGRAM, MPIEXEC = sys.argv[1], sys.argv[2]
BASE = """model: kuramoto
grid: {n: [%d]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: %g}
observe: {every: %g, list: [width2]}
"""
SCAN = """base: base.yaml
axes:
  kuramoto.phase_lag: {linspace: [0.0, 1.5, %d]}
  kuramoto.noise: {logspace: [0.01, 1.0, %d]}
derive: [beta_eff]
"""


def scan(folder, command, *more, ranks=0):
    """Standard output, CPU seconds and the largest memory of a child so far (MiB)."""
    def used():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    before, _ = used()
    launcher = [MPIEXEC, "-n", str(ranks)] if ranks else []
    done = subprocess.run([*launcher, PROGRAM, "scan", command, "scan.yaml", "--out", "out", *more], cwd=folder,
                          capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(f"weft scan {command}: code {done.returncode}: {done.stderr}")
    after, memory = used()
    return done.stdout, after - before, memory


def prepare(folder, sites, end, every, lags, noises):
    for name, text in (("base.yaml", BASE % (sites, end, every)), ("scan.yaml", SCAN % (lags, noises))):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def tell(what, value, unit, promised):
    """A row, as run.py reads it."""
    print("row", "scans", what, unit, f"{value:.4g}", "promised", promised, sep="\t")


def main():
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, 64, 10, 0.5, 400, 250)
        _, seconds, _ = scan(folder, "expand")
        tell("expansion of 100,000 points", seconds, "s", 2)
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, 8, 49.9, 0.1, 100, 100)
        scan(folder, "run", "-q", ranks=2)
        _, seconds, memory = scan(folder, "collect", "-q")
        tell("collection of 10,000 points of 500 records", seconds, "s", 10)
        tell("the same, largest memory of a process", memory, "MiB", 1024)
    with tempfile.TemporaryDirectory() as folder:
        prepare(folder, 256, 1900, 190, 100, 100)
        text, seconds, _ = scan(folder, "run", ranks=2)
        found = re.search(r"points done .* busy for ([\d.]+) %", text)
        name = f"10,000 points of {seconds / 1e4 * 1e3:.0f} ms on 2 ranks: share of the cores that is idle"
        tell(name, 100 - float(found.group(1)), "%", 10)


main()
