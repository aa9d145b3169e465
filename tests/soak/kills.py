"""Kills at random times: runs, ensembles and scans on one and on three ranks are killed (SIGKILL to one rank, to all of them, or to
mpirun) once or twice, resumed on one or three ranks, and their files compared bit for bit with those of a run that nothing disturbed.
Beside tests/cli/test_crash.py, which kills at chosen changes of files, this kills at any time: in a step, in MPI's start, in a message.

usage: kills.py WEFT MPIEXEC KILLS [SEED] [CASE]"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py

WEFT, MPIEXEC, KILLS = sys.argv[1], sys.argv[2], int(sys.argv[3])
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
ONLY = sys.argv[5] if len(sys.argv) > 5 else ""

CHECKPOINT = "checkpoint: {every: 0.05s}\n"
RUNS = {
    "field": """model: klein_gordon
grid: {n: [64, 48], length: [32, 24]}
klein_gordon: {potential: phi4, laplacian: fd4}
initial: {type: bubble, amplitude: 1.5, width: 2}
time: {stepper: verlet, dt: 0.05, end: 120}
observe: {every: 0.5, list: [energy, phi_max, histogram(32)]}
output: {fields_every: 5, fields: [phi, pi], compress: 1}
""",
    "lattice": """model: reaction_lattice
grid: {n: [48, 48]}
reaction_lattice:
  species: [A, B]
  hopping: 1.0
  reactions: [{reaction: A -> 0, rate: 0.1}, {reaction: B -> 2 B, rate: 0.5}, {reaction: A + B -> 2 A, rate: 1.0}]
initial: {type: random, density: {A: 0.3, B: 0.2}}
time: {end: 150}
observe: {every: 0.5, list: [density, survival_A, extinction_time_A]}
output: {fields_every: 5}
""",
    "ring": """model: kuramoto
grid: {n: [1024]}
kuramoto: {noise: 0.1}
initial: {type: flat}
time: {dt: 0.1, end: 600}
observe: {every: 1, list: [width2, correlation, slips]}
output: {fields_every: 20}
""",
    "electrons": """model: holstein
grid: {n: [16, 16]}
holstein: {coupling: 1.5, temperature: 0.2, damping: 0.1, force: chebyshev}
initial: {type: random, Q_sd: 0.3}
time: {dt: 0.1, end: 30}
observe: {every: 0.5, list: [energy, order_rms]}
output: {fields_every: 2}
""",
    "stiff": """model: reaction_diffusion
grid: {n: [64], length: [64]}
reaction_diffusion: {species: [A, B], diffusion: 0.5, noise: chemical_langevin, particles: 50,
                     reactions: [{reaction: A + B -> 2 B, rate: 1.0}, {reaction: B -> 0, rate: 0.4}, {reaction: A -> 2 A, rate: 0.5}]}
initial: {type: homogeneous, density: {A: 0.5, B: 0.5}}
time: {dt: 0.005, end: 30}
observe: {every: 0.2, list: [density]}
output: {fields_every: 2}
""",
    "ensemble": """model: kuramoto
grid: {n: [64]}
kuramoto: {noise: 0.1}
initial: {type: flat}
time: {dt: 0.1, end: 40}
observe: {every: 4, list: [width2, correlation, height_pdf]}
output: {fields_every: 10}
ensemble: {replicas: 400, keep: all}
""",
    "deaths": """model: reaction_lattice
grid: {n: [32]}
reaction_lattice: {species: [A], hopping: 1.0, reactions: [{reaction: A -> 2 A, rate: 1.0}, {reaction: A -> 0, rate: 0.6}]}
initial: {type: seed, species: A}
time: {end: 40}
observe: {every: 2, list: [density, survival, extinction_time]}
ensemble: {replicas: 600, keep: all}
""",
}
POINT = """model: kuramoto
grid: {n: [64]}
kuramoto: {noise: 0.1}
initial: {type: flat}
time: {dt: 0.1, end: 60}
observe: {every: 10, list: [width2]}
ensemble: {replicas: 8}
"""
SCAN = """base: point.yaml
axes: {kuramoto.noise: {linspace: [0.1, 1.2, 12]}, kuramoto.coupling: {values: [0.5, 1.0]}}
"""


def command(arguments, ranks):
    return ([MPIEXEC, "-n", str(ranks)] if ranks > 1 else []) + [WEFT] + arguments


def run(arguments, ranks):
    return subprocess.run(command(arguments, ranks), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600)


def children(pid):
    """The processes that a process started, from the kernel's table."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(x) for x in file.read().split()]
    except OSError:
        return []


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def killed(r, arguments, ranks, seconds):
    """Start, wait a random time, kill; was it killed before it ended?"""
    process = subprocess.Popen(command(arguments, ranks), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait = r.uniform(0, seconds)
    try:
        process.wait(timeout=wait)
        return False
    except subprocess.TimeoutExpired:
        pass
    if ranks == 1:
        kill(process.pid)
    else:
        programs, whom = children(process.pid), r.choice(["one", "all", "mpirun"])
        for pid in ([r.choice(programs)] if whom == "one" and programs else programs if whom == "all" else []):
            kill(pid)
        if whom != "one" or not programs:
            kill(process.pid)
        until = time.monotonic() + 60
        while any(os.path.exists(f"/proc/{pid}") for pid in programs) and time.monotonic() < until:
            time.sleep(0.02)  # the ranks that are left notice by themselves that mpirun or another rank is gone
    return process.wait(timeout=120) != 0


def differs(a, b, names, ignore=()):
    for name in names:
        paths = [os.path.join(d, name) for d in (a, b)]
        there = list(map(os.path.exists, paths))
        if there == [False, False]:
            continue
        if not all(there):
            return f"{name} is in one of them only"
        with h5py.File(paths[0]) as x, h5py.File(paths[1]) as y:
            if set(x) != set(y):
                return f"{name}: variables {sorted(set(x) ^ set(y))}"
            if x.attrs["status"] != y.attrs["status"]:
                return f"{name}: status {y.attrs['status']}"
            for key in set(x) - set(ignore):
                if x[key][...].tobytes() != y[key][...].tobytes():
                    return f"{name}: {key} is not the same bit for bit"
    return ""


def temporary(out):
    return [n for n in os.listdir(out) if n.endswith(".tmp") or n == "lock"]


class Case:
    def __init__(self, name, folder):
        self.name, self.scan = name, name == "scan"
        if self.scan:
            for file, text in (("point.yaml", POINT), ("scan.yaml", SCAN)):
                with open(os.path.join(folder, file), "w") as f:
                    f.write(text)
            self.path = os.path.join(folder, "scan.yaml")
        else:
            self.path = os.path.join(folder, name + ".yaml")
            with open(self.path, "w") as f:
                f.write(RUNS[name] + CHECKPOINT)
        self.reference, self.seconds = os.path.join(folder, name + "-reference"), {}
        for ranks in (3, 1):  # the files of one rank stay
            shutil.rmtree(self.reference, ignore_errors=True)
            began = time.monotonic()
            p = run(self.arguments(self.reference), ranks)
            if p.returncode != 0:
                sys.exit(f"{name}: undisturbed: code {p.returncode}: {p.stderr}")
            self.seconds[ranks] = time.monotonic() - began
        if self.scan:
            self.collect(self.reference)

    def arguments(self, out):
        return ["scan", "run", self.path, "--out", out, "-q"] if self.scan else ["run", self.path, "--out", out, "-q", "--resume"]

    def collect(self, out):
        return run(["scan", "collect", self.path, "--out", out, "-q"], 1)

    def trial(self, r, out):
        """Kills made, and what is wrong."""
        shutil.rmtree(out, ignore_errors=True)
        kills, told = 0, []
        for _ in range(r.choice([1, 1, 2])):
            ranks = r.choice([1, 3])
            if not killed(r, self.arguments(out), ranks, self.seconds[ranks]):
                break
            kills += 1
            told.append(str(ranks))
        if not kills:
            return 0, ""
        last = r.choice([1, 3])
        where = f"kills on {'+'.join(told)} ranks, resumed on {last}"
        p = run(self.arguments(out), last)
        if p.returncode != 0:
            return kills, f"{where}: code {p.returncode}: {p.stderr.strip()[:400]}"
        if self.scan:
            p = self.collect(out)
            if p.returncode != 0:
                return kills, f"{where}: collect: code {p.returncode}: {p.stderr.strip()[:400]}"
        wrong = differs(self.reference, out, ["scan.nc"] if self.scan else ["series.nc", "fields.nc"], ["seconds"] if self.scan else [])
        left = temporary(out)
        return kills, f"{where}: {wrong} {left if left else ''}" if wrong or left else ""


def main():
    r = random.Random(SEED)
    names = [n for n in [*RUNS, "scan"] if ONLY in n]
    kills, wrong, per = 0, 0, {}
    with tempfile.TemporaryDirectory() as folder:
        cases, trials = {}, 0
        r.shuffle(names)
        while kills < KILLS and trials < 10 * KILLS:
            name = names[trials % len(names)]
            trials += 1
            if name not in cases:
                cases[name] = Case(name, folder)
            n, what = cases[name].trial(r, os.path.join(folder, "out"))
            kills += n
            per[name] = per.get(name, 0) + n
            if what:
                wrong += 1
                print(f"{name}: trial {trials} of seed {SEED}: {what}", flush=True)
                if os.environ.get("WEFT_KILLS_KEEP"):  # a directory for what was found
                    shutil.copytree(os.path.join(folder, "out"), os.path.join(os.environ["WEFT_KILLS_KEEP"], f"{SEED}-{trials}"))
    print(f"{kills} kills in {trials} trials: {', '.join(f'{k} {v}' for k, v in sorted(per.items()))}; {wrong} wrong")
    sys.exit(1 if wrong or not kills else 0)


main()
