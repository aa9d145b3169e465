"""Shared by the tests of the program: run it, compare results, count checks."""
import os
import shutil
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

WEFT, SOURCE, MPIEXEC = sys.argv[1:4]
failures = []
done = 0


def has(library):
    """Was weft built with PETSC, SLEPC, LAPACK or SCALAPACK?"""
    return library not in os.environ.get("WEFT_WITHOUT", "").split("+")


def check(condition, what):
    global done
    done += 1
    if not condition:
        failures.append(what)
        print("failed:", what)


def weft(*arguments, ranks=0, cwd=None, timeout=300, **more):
    """Run weft with arguments, on ranks under mpirun or alone; a CompletedProcess."""
    command = [WEFT, *map(str, arguments)]
    if ranks:
        command = [MPIEXEC, "-n", str(ranks), *command]
    return subprocess.run(command, cwd=cwd, timeout=timeout, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, **more)


def start(*arguments, ranks=0, cwd=None, **more):
    """Start weft and return its process."""
    command = [WEFT, *map(str, arguments)]
    if ranks:
        command = [MPIEXEC, "-n", str(ranks), *command]
    return subprocess.Popen(command, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **more)


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def run_text(directory, name, text, *more, ranks=0):
    """Run an input that must succeed; where its results are."""
    out = os.path.join(directory, name)
    run = weft("run", write(directory, name + ".yaml", text), "--out", out, "-q", *more, ranks=ranks)
    check(run.returncode == 0, f"{name}: {run.returncode} {run.stderr}")
    return out


def read_values(out, name, file="series.nc"):
    """All values of a dataset of a result."""
    with h5py.File(os.path.join(out, file)) as data:
        return data[name][...]


def same(a, b, tolerance=0.0):
    """Do two result files hold the same numbers? Returns the first difference, or an empty text."""
    with h5py.File(a, "r") as x, h5py.File(b, "r") as y:
        if set(x) != set(y):
            return f"different variables: {sorted(set(x) ^ set(y))}"
        for name in x:
            u, v = x[name][...], y[name][...]
            if u.shape != v.shape:
                return f"{name}: shapes {u.shape} and {v.shape}"
            if tolerance == 0:
                if u.tobytes() != v.tobytes():
                    return f"{name}: differs by {np.nanmax(np.abs(u.astype(float) - v))}"
            elif u.dtype.kind == "f":
                scale = max(np.max(np.abs(u)), 1e-300)
                if not np.max(np.abs(u - v)) <= tolerance * scale:
                    return f"{name}: differs by {np.max(np.abs(u - v)) / scale} relative"
    return ""


def same_scan(a, b):
    """Do two directories hold the same collection, but for the seconds that points took? The first difference, or an empty
    text."""
    with h5py.File(os.path.join(a, "scan.nc")) as x, h5py.File(os.path.join(b, "scan.nc")) as y:
        if set(x) != set(y):
            return f"variables {sorted(set(x) ^ set(y))}"
        for name in x:
            if name != "seconds" and x[name][...].tobytes() != y[name][...].tobytes():
                return f"{name} differs"
    return ""


# Lotka-Volterra, the part of an input below its grid
LOTKA_VOLTERRA = """reaction_lattice:
  species: [A, B]
  hopping: 1.0
  reactions:
    - {reaction: A -> 0, rate: 0.1}
    - {reaction: B -> 2 B, rate: 0.5}
    - {reaction: A + B -> 2 A, rate: 1.0}
initial: {type: random, density: {A: 0.3, B: 0.2}}
"""


def until(condition, seconds=60, pause=0.02):
    """Wait for a condition; False if it does not come."""
    end_at = time.monotonic() + seconds
    while time.monotonic() < end_at:
        if condition():
            return True
        time.sleep(pause)
    return False


class scratch(tempfile.TemporaryDirectory):
    """A directory that is removed at the end."""


def end():
    print(f"{done - len(failures)} of {done} checks")
    sys.exit(1 if failures or not done else 0)


__all__ = ["WEFT", "SOURCE", "MPIEXEC", "LOTKA_VOLTERRA", "check", "has", "weft", "start", "write", "run_text", "read_values", "same", "same_scan", "until", "scratch",
           "end", "os", "shutil", "subprocess", "h5py", "np"]
