"""The memory of what is large: many points, many replicas, large fields; measured on two ranks, for docs/performance.md.

usage: large.py BUILD [scan=POINTS] [ensemble=REPLICAS] [field=N] [models=FACTOR]    measure these, and put them into docs/dev/scaling.json

  scan      points of 64 sites in one allocation: memory of a process, and its logs
  ensemble  replicas of 64 sites: memory of a process
  field     a step of N^3 fields on two ranks: memory of both
  models    the most that a site more takes in each model up to the first step, on one rank: of lattices FACTOR times those of scaling.py along each axis, and twice these
"""
import json
import os
import re
import subprocess
import sys
import tempfile

import h5py
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


# Further models, like the cases of scaling.py; and the bytes of a site's state: a number of 8 bytes for each component that evolves.
MORE = (
    ("equation, Kuramoto-Sivashinsky, etdrk4", (256, 256), None, "length: {length}", """model: equation
equation: {{fields: {{u: real}}, equations: ["dt(u) = -lap(lap(u)) - lap(u) + grad2(u)"]}}
initial: {{type: formula, u: "0.1*cos(2*pi*x/256)"}}
time: {{stepper: etdrk4, dt: 0.01, end: {end}}}
""", 0.01),
    ("equation, sine-Gordon, strang", (256, 256), None, "length: {length}", """model: equation
equation: {{fields: {{u: real}}, equations: ["dtt(u) = lap(u) - sin(u)"]}}
initial: {{type: formula, u: "0.1*cos(2*pi*x/256)"}}
time: {{stepper: strang, dt: 0.01, end: {end}}}
""", 0.01),
    ("reaction_lattice, Lotka-Volterra", (256, 256), None, "", """model: reaction_lattice
reaction_lattice:
  species: [A, B]
  hopping: 1.0
  reactions:
    - {{reaction: A -> 0, rate: 0.1}}
    - {{reaction: B -> 2 B, rate: 0.5}}
    - {{reaction: A + B -> 2 A, rate: 1.0}}
initial: {{type: random, density: {{A: 0.3, B: 0.2}}}}
time: {{end: {end}}}
""", 0.1),
)
STATE = {"klein_gordon": 16, "kuramoto": 8, "kpz": 8, "oscillators": 16, "cgle": 16, "reaction_diffusion": 16, "holstein": 16,
         "equation, Kuramoto-Sivashinsky, etdrk4": 8, "equation, sine-Gordon, strang": 16, "reaction_lattice": 1}


def taken(folder, build, case, times):
    """What a run says that it took at its start, and the number of its sites."""
    _, n, _, length, text, dt = case
    n = [times * x for x in n] if len(n) > 1 else [times ** 2 * n[0]]
    grid = f"n: {n}" + (", " + length.format(length=[float(x) for x in n]) if length else "")
    path = write(folder, "m.yaml", text.format(end=dt) + f"grid: {{{grid}}}\nobserve: {{every: {dt}}}\n")
    done = subprocess.run([os.path.join(build, "weft"), "run", path, "--out", "m", "--overwrite", "-q"], cwd=folder, env=scaling.ENV,
                          capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{case[0]}: {done.stderr}")
    with h5py.File(os.path.join(folder, "m", "series.nc")) as file:
        return float(file.attrs["memory_bytes"]), scaling.product(n)


def models(folder, build, factor):
    """The slope between two sizes: what does not grow with the lattice is left out."""
    rows = []
    for case in scaling.CASES + MORE:
        (few, small), (many, large) = (taken(folder, build, case, factor * times) for times in (1, 2))
        state = STATE.get(case[0], STATE.get(case[0].split(",")[0]))
        rows.append((f"{case[0]}: memory of a site, whose state is {state} bytes", (many - few) / (large - small), "bytes/site"))
    return rows


def measure(build, what):
    rows = []
    for word in what:
        name, _, size = word.partition("=")
        with tempfile.TemporaryDirectory() as folder:
            rows += globals()[name](folder, build, int(size))
        print(word, *rows, sep="\n  ", flush=True)
    return rows


def text(rows):
    out = ["", "## Memory", "", "By `python3 tests/bench/large.py BUILD` on two ranks of one machine; some 60 MiB of a process are MPI and libraries. "
           "Of a site: what two sizes of lattice differ by, on one rank, from the run's own count of the most that it held until its first step, where a start may need arrays that are given back. Beside the state a site has, as a trace of allocations was read (an explanation, not a measurement of each array): "
           "in spectral models a buffer of transforms, with `strang` the factors of the linear part (16 bytes) and a buffer; with `etdrk4` a buffer for each component at each of five stages and six tables "
           "of coefficients (for both parts of `cgle` twenty); with `rk4` three further states; on noisy rings and surfaces frequencies that do not change, two stages of the stepper, and on a ring two numbers for the "
           "links (the row is the whole ring); fields in continuous space an array for the look at their resolution; in `reaction_lattice` two marks and the next state; in `equation` the input and output of each of its expressions.", "", "| | | |", "|---|---|---|"]
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
