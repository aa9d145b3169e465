"""The memory of what is large: many points, many replicas, large fields; measured on two ranks, for docs/performance.md.

usage: large.py BUILD [scan=POINTS] [ensemble=REPLICAS] [field=N]    measure these, and put them into docs/dev/scaling.json

  scan      points of 64 sites in one allocation: memory of a process, and its logs
  ensemble  replicas of 64 sites: memory of a process
  field     a step of N^3 fields on two ranks: memory of both
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import scaling

BASE = """model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: %g}
observe: {every: %g, list: [width2]}
"""
FIELD = """model: klein_gordon
grid: {n: [%d, %d, %d], length: [100.0, 100.0, 100.0]}
klein_gordon: {potential: phi4}
initial: {type: gaussian, amplitude: 0.5, width: 3.0}
time: {stepper: strang, dt: 0.01, end: 0.01}
observe: {every: 0.01, list: [energy]}
"""
# Around each rank: the peak of its memory, added to a file.
PEAK = "import resource, subprocess, sys; code = subprocess.call(sys.argv[2:]); " \
       "open(sys.argv[1], 'a').write(f'{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\\n'); sys.exit(code)"


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    return path


def run(folder, build, *arguments):
    """On two ranks: the largest memory of a rank in MiB."""
    peaks = os.path.join(folder, "peaks")
    if os.path.exists(peaks):
        os.remove(peaks)
    done = subprocess.run(["mpirun", "-n", "2", sys.executable, "-c", PEAK, peaks, os.path.join(build, "weft"), *arguments], cwd=folder,
                          env=scaling.ENV, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"weft {' '.join(arguments)}: {done.stderr}")
    with open(peaks, encoding="ascii") as file:
        return max(int(line) for line in file) / 1024


def scan(folder, build, points):
    side = int(round(points ** 0.5))
    write(folder, "base.yaml", BASE % (3, 1))
    write(folder, "scan.yaml", f"base: base.yaml\naxes:\n  kuramoto.phase_lag: {{linspace: [0.0, 1.5, {side}]}}\n"
          f"  kuramoto.noise: {{logspace: [0.01, 1.0, {side}]}}\nderive: [last(width2)]\n")
    memory = run(folder, build, "scan", "run", "scan.yaml", "--out", "out")
    logs = os.path.join(folder, "out", "results")
    size = sum(os.path.getsize(os.path.join(logs, name)) for name in os.listdir(logs))
    name = f"scan of {side * side:,} points"
    return [(name + ": memory of a process", memory, "MiB"), (name + " of 4 records: its logs", size / side ** 2, "bytes/point")]


def ensemble(folder, build, replicas):
    path = write(folder, "e.yaml", BASE % (3, 1) + f"ensemble: {{replicas: {replicas}}}\n")
    return [(f"ensemble of {replicas:,} replicas of 64 sites: memory of a process", run(folder, build, "run", path, "--out", "e", "-q"), "MiB")]


def field(folder, build, n):
    path = write(folder, "f.yaml", FIELD % (n, n, n))
    memory = run(folder, build, "run", path, "--out", "f", "-q")
    return [(f"{n}^3 sites of klein_gordon, strang, whose phi and pi are 16 bytes a site: memory of two ranks", 2 * memory * 2**20 / n**3, "bytes/site")]


def measure(build, what):
    rows = []
    for word in what:
        name, _, size = word.partition("=")
        with tempfile.TemporaryDirectory() as folder:
            rows += globals()[name](folder, build, int(size))
        print(word, rows[-2:], flush=True)
    return rows


def text(rows):
    out = ["", "## Memory", "", "By `python3 tests/bench/large.py BUILD` on two ranks of one machine; some 60 MiB of a process are MPI and libraries.", "", "| | | |", "|---|---|---|"]
    return out + [f"| {name} | {value:.3g} | {unit} |" for name, value, unit in rows]


def main():
    with open(scaling.TABLE, encoding="utf-8") as file:
        table = json.load(file)
    new = measure(os.path.abspath(sys.argv[1]), sys.argv[2:])
    kind = {re.sub(r"[\d,]+", "", row[0]) for row in new}
    table["large"] = [row for row in table.get("large", []) if re.sub(r"[\d,]+", "", row[0]) not in kind] + new
    scaling.keep(table)


if __name__ == "__main__":
    main()
