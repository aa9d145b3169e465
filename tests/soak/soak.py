"""Random valid inputs of all models: each is drawn from the model's schema (weft params MODEL --json), run on one rank, on three,
and on one with a stop and a resume; the three results must agree as docs/results.md promises. Inputs that weft refuses are counted;
each must have exit code 2 and one message.

usage: soak.py WEFT MPIEXEC INPUTS [SEED] [MODEL]"""
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np
import yaml

WEFT, MPIEXEC, COUNT = sys.argv[1], sys.argv[2], int(sys.argv[3])
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 1
ONLY = sys.argv[5] if len(sys.argv) > 5 else None
STEPS = 40  # of fixed-step runs: spectral models agree to 1e-12 after 100 steps
SPECTRAL = 1e-12

# What the schema cannot say: values of trees, and small sizes. Each entry is a function of a random generator.
NETWORKS = [
    (["A"], [("A -> 2 A", 1.0), ("A -> 0", 0.6)]),
    (["A", "B"], [("A + B -> 2 B", 1.0), ("B -> 0", 0.4), ("A -> 2 A", 0.5)]),
    (["A", "B"], [("A + B -> 0", 1.0)]),
    (["A", "B", "C"], [("A + B -> A", 1.0), ("B + C -> B", 1.0), ("C + A -> C", 1.0), ("A -> 2 A", 1.0)]),
]


def network(r):
    species, reactions = r.choice(NETWORKS)
    return species, [{"reaction": text, "rate": rate * r.uniform(0.2, 1.5)} for text, rate in reactions]


def grid(r, dims=(1, 2, 3), least=6):
    d = r.choice(dims)
    top = {1: 96, 2: 20, 3: 10}[d]
    return [r.randint(least, max(least, top)) for _ in range(d)]


def number_near(r, spec):
    default = spec.get("default", 1)
    if not isinstance(default, (int, float)) or isinstance(default, bool):
        return None
    low, high = spec["anyOf"][0].get("minimum", -1e300), spec["anyOf"][0].get("maximum", 1e300)
    low = max(low, spec["anyOf"][0].get("exclusiveMinimum", low))
    value = default * r.choice([0.5, 0.8, 1.3, 2.0]) if default else r.choice([0.1, 0.3, 1.0])
    value = min(max(value, low + 1e-3 * (abs(low) < 1e300)), high)
    return int(value) if spec["anyOf"][0]["type"] == "integer" else round(value, 6)


def decorate(r, section, properties, skip):
    """Set some optional keys of a section at random: words, numbers near the default, switches."""
    for key, spec in properties.items():
        if key in section or key in skip or r.random() > 0.25 or "default" not in spec or "(only if" in spec["description"]:
            continue  # a key with a condition is the business of the function of the model
        first = spec["anyOf"][0]
        if "enum" in first:
            section[key] = r.choice(first["enum"])
        elif first.get("type") == "boolean":
            section[key] = r.choice([True, False])
        elif first.get("type") in ("number", "integer"):
            value = number_near(r, spec)
            if value is not None:
                section[key] = value


def common(r, model, n, own, initial, stepper=None, dt=None, length=True):
    end = (dt or 0.05) * STEPS
    document = {"model": model, "grid": {"n": n}, model: own, "initial": initial, "time": {"end": round(end, 10)},
                "observe": {"every": round(end / r.choice([1, 2, 4, 8]), 10)},
                "output": {"fields_every": round(end / r.choice([1, 2]), 10)},
                "ensemble": {"seed": r.randint(0, 10**6)}}
    if length:
        document["grid"]["length"] = [round(m * r.choice([0.5, 1.0, 1.25]), 6) for m in n]
    if dt:
        document["time"]["dt"] = dt
    if stepper:
        document["time"]["stepper"] = stepper
    if r.random() < 0.25:
        document["ensemble"]["replicas"] = r.randint(2, 5)
        document["ensemble"]["keep"] = r.choice(["mean", "all"])
    return document


def klein_gordon(r):
    own = {"potential": r.choice(["linear", "phi4", "sine_gordon", "double_sine_gordon", "phi6"])}
    if r.random() < 0.5:
        own["laplacian"] = r.choice(["spectral", "fd2", "fd4", "fd8"])
    initial = r.choice([{"type": "random", "amplitude": 0.1}, {"type": "gaussian", "amplitude": 0.5, "width": 2.0}])
    steppers = [None, "verlet", "yoshida4", "rk4", "strang", "split4"]
    if r.random() < 0.3:
        own.update(damping=0.5, temperature=r.choice([0.1, [0, 0.3, 0.5, 0.1]]))
        steppers = [None, "baoab", "verlet_ou", "strang", "split4"]
    return common(r, "klein_gordon", grid(r, least=9), own, initial, r.choice(steppers), 0.05)


def memory(r, own):
    """Noise with memory in some inputs that have noise."""
    if own["noise"] and r.random() < 0.4:
        own.update(r.choice([{"noise_type": "ou", "correlation_time": 0.5},
                             {"noise_type": "fractional", "hurst": r.choice([0.2, 0.5, 0.8]), "noise_horizon": 1000},
                             {"noise_type": "fractional", "hurst": 0.95, "noise_start": "zero"}]))
    return own


def kuramoto(r):
    own = memory(r, {"coupling": r.uniform(0.2, 2), "noise": r.choice([0, 0.1]), "phase_lag": r.choice([0, 0.4])})
    return common(r, "kuramoto", grid(r), own, {"type": r.choice(["flat", "random"])}, None, 0.05, length=False)


def oscillators(r):
    return common(r, "oscillators", grid(r), memory(r, {"noise": r.choice([0, 0.05])}), {"type": r.choice(["flat", "random"])}, None, 0.02,
                  length=False)


def kpz(r):
    own = {"lambda": r.choice([0, 1.0]), "noise": r.choice([0, 0.3]), "scheme": r.choice(["lam_shin", "standard", "spectral"])}
    return common(r, "kpz", grid(r), own, {"type": r.choice(["flat", "random"])}, None, 0.02)


def cgle(r):
    own = {"alpha": r.choice([0, 1.0]), "beta": r.choice([0, -0.7, 1.0]), "scheme": r.choice(["spectral", "fd2"])}
    return common(r, "cgle", grid(r), own, {"type": "random", "amplitude": 0.2}, None, 0.02)


def reaction_diffusion(r):
    species, reactions = network(r)
    own = {"species": species, "reactions": reactions, "diffusion": r.uniform(0, 0.5),
           "noise": r.choice(["none", "none", "chemical_langevin"])}
    if own["noise"] == "chemical_langevin":
        own["particles"] = 50
    return common(r, "reaction_diffusion", grid(r), own,
                  {"type": "homogeneous", "density": {s: 0.5 for s in species}, "perturbation": 0.2}, None, 0.02)


def reaction_lattice(r):
    species, reactions = network(r)
    own = {"species": species, "reactions": reactions, "hopping": r.choice([0, 0.5, 1.0])}
    if r.random() < 0.3:
        own["method"] = r.choice(["exact", "sequential", "rdme"])
    if r.random() < 0.2:
        own["capacity"] = r.choice([0, 2])
    return common(r, "reaction_lattice", grid(r, least=8), own,
                  {"type": "random", "density": {s: 0.8 / len(species) for s in species}}, length=False)


def holstein(r):
    n = r.choice([[16], [24], [8, 8], [6, 10]])
    own = {"coupling": r.choice([0.5, 1.5]), "temperature": r.choice([0.2, 0.5])}
    if r.random() < 0.4:
        own["force"] = r.choice(["dense", "chebyshev_full"])
    return common(r, "holstein", n, own, {"type": "random", "Q_sd": 0.3}, r.choice(["verlet", "verlet_ou"]), 0.05, length=False)


def equation(r):
    fields, equations = r.choice([
        (["u"], ["dt(u) = 0.2*u - lap(lap(u)) - 2*lap(u) - u - u^3"]),
        (["u"], ["dt(u) = 0.5*lap(u) - u*dx(u) + 0.1*xi"]),
        (["u", "v"], ["dt(u) = lap(u) + u - u^3 - v", "dt(v) = 0.5*(u - v)"]),
        (["u"], ["dtt(u) = lap(u) - sin(u)"]),
        (["c"], ["dt(c) = lap(c^3 - c - lap(c)) + dx(0.1*xi)"]),
    ])
    n = grid(r, least=8)
    return common(r, "equation", n, {"fields": fields, "equations": equations},
                  {"type": "formula", **{f: "0.3*normal" for f in fields}}, None, 0.01)


MODELS = {f.__name__: f for f in (klein_gordon, kuramoto, oscillators, kpz, cgle, reaction_diffusion, reaction_lattice, holstein,
                                  equation)}
# Keys whose words need others beside them, or make runs that the contract does not compare bit by bit.
SKIP = {"method", "noise", "scheme", "laplacian", "potential", "force", "window", "petsc", "planning", "wisdom", "topology", "capacity"}


# Observables that are made by transforms, whose rounding depends on the decomposition.
TRANSFORMED = ("spectrum", "structure_factor", "domain_length", "wavenumber")


def schemas():
    found = {}
    for name in MODELS:
        p = subprocess.run([WEFT, "params", name, "--json"], capture_output=True, text=True)
        if p.returncode == 0:
            found[name] = json.loads(p.stdout)["properties"]
    return found


def draw(r, schema_of):
    name = ONLY or r.choice(sorted(schema_of))
    document = MODELS[name](r)
    decorate(r, document[name], schema_of[name][name]["properties"], SKIP)
    decorate(r, document["output"], schema_of[name]["output"]["properties"], SKIP)
    return document


def tolerance(document):
    """0: bit for bit."""
    model, own = document["model"], document[document["model"]]
    if str(document["time"].get("stepper", "")).startswith("petsc"):
        return None
    if model == "klein_gordon":
        return SPECTRAL  # random states are made in k space
    if model in ("cgle", "kpz"):
        return SPECTRAL if own.get("scheme", "spectral" if model == "cgle" else "") == "spectral" else 0
    if model == "equation":
        return 0 if own.get("space") == "lattice" else SPECTRAL
    if model == "holstein":
        return SPECTRAL if own.get("force", "") in ("dense", "chebyshev_full") else 0
    return 0


def differs(a, b, most):
    for name in ("series.nc", "fields.nc"):
        paths = [os.path.join(d, name) for d in (a, b)]
        if not all(map(os.path.exists, paths)):
            if any(map(os.path.exists, paths)):
                return f"{name} is in one result only"
            continue
        with h5py.File(paths[0]) as x, h5py.File(paths[1]) as y:
            if set(x) != set(y):
                return f"{name}: variables {sorted(set(x) ^ set(y))}"
            for key in x:
                u, v = x[key][...], y[key][...]
                if u.shape != v.shape:
                    return f"{name}: {key}: shapes {u.shape} and {v.shape}"
                if u.dtype.kind != "f" or (most == 0 and not key.startswith(TRANSFORMED)):
                    if u.tobytes() != v.tobytes() and not (u.dtype.kind == "f" and np.array_equal(u, v, equal_nan=True)):
                        return f"{name}: {key} is not the same bit for bit"
                else:
                    size = np.nanmax(np.abs(u), initial=1e-12)
                    off = np.nanmax(np.abs(u - v), initial=0)
                    # derived observables may lose digits by cancellation; fields and their sums may not
                    allowed = max(most, SPECTRAL) * STEPS if name == "fields.nc" else 1e-8
                    if not off <= allowed * max(size, 1) or not np.array_equal(np.isnan(u), np.isnan(v)):
                        return f"{name}: {key} differs by {off / max(size, 1):.2g}"
    return ""


def run(arguments, ranks=1):
    command = [MPIEXEC, "-n", str(ranks), WEFT] if ranks > 1 else [WEFT]
    return subprocess.run(command + arguments, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)


def stop_and_resume(r, path, out):
    """Stopped by a signal at a random time, perhaps before it began or after it ended; then resumed."""
    process = subprocess.Popen([WEFT, "run", path, "--out", out, "-q"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not os.path.exists(os.path.join(out, "lock")):
        time.sleep(0.002)  # before it has its directory a run has nothing to save, and a signal ends it
    time.sleep(r.uniform(0.01, 0.1))
    if process.poll() is None:
        process.send_signal(signal.SIGUSR1)
    first = process.wait(timeout=300)
    if first not in (0, 85):
        return f"code {first} after a signal to stop"
    if first == 85:
        p = run(["run", path, "--out", out, "-q", "--resume"])
        if p.returncode != 0:
            return f"code {p.returncode} of the resume: {p.stderr.strip()[:300]}"
    return ""


def one(r, schema_of, folder):
    """The model, and "refused", "" or what is wrong."""
    document = draw(r, schema_of)
    path = os.path.join(folder, "input.yaml")
    with open(path, "w", encoding="utf-8") as file:
        yaml.safe_dump(document, file, sort_keys=False)
    outs = [os.path.join(folder, x) for x in ("one", "three", "resumed")]
    p = run(["run", path, "--out", outs[0], "-q"])
    if p.returncode == 2:
        lines = [x for x in p.stderr.splitlines() if x.startswith("weft: error:")]
        if os.environ.get("WEFT_SOAK_REASONS"):
            print(document["model"], *lines, flush=True)
        return document, "refused" if len(lines) == 1 else f"{len(lines)} messages: {p.stderr[:300]}"
    if p.returncode == 3:
        return document, "failed" if "weft: error:" in p.stderr else "code 3 without a message"
    if p.returncode != 0:
        return document, f"code {p.returncode}: {p.stderr.strip()[:300]}"
    p = run(["run", path, "--out", outs[1], "-q"], ranks=3)
    most = tolerance(document)
    if p.returncode == 0 and most is not None:
        wrong = differs(outs[0], outs[1], most)
        if wrong:
            return document, "1 and 3 ranks: " + wrong
    elif p.returncode not in (0, 1, 2):
        return document, f"code {p.returncode} on 3 ranks: {p.stderr.strip()[:300]}"
    wrong = stop_and_resume(r, path, outs[2])
    if not wrong and most is not None:
        wrong = differs(outs[0], outs[2], most)
        wrong = "stop and resume: " + wrong if wrong else ""
    return document, wrong


def main():
    schema_of, counts, wrong = schemas(), {}, 0
    for i in range(COUNT):
        r = random.Random(SEED * 1000003 + i)
        folder = tempfile.mkdtemp()
        document, verdict = one(r, schema_of, folder)
        kind = "agree" if verdict == "" else verdict if verdict in ("refused", "failed") else "wrong"
        counts[(document["model"], kind)] = counts.get((document["model"], kind), 0) + 1
        if kind == "wrong":
            wrong += 1
            print(f"input {i} of seed {SEED} ({document['model']}): {verdict}\n{yaml.safe_dump(document, sort_keys=False)}", flush=True)
        shutil.rmtree(folder)
    for key in sorted(counts):
        print(*key, counts[key])
    sys.exit(1 if wrong or not any(k == "agree" for _, k in counts) else 0)


main()
