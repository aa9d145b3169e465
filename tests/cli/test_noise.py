"""Noise with memory and baths: runs that are stopped and resumed on other numbers of ranks have the bits of one that was not;
ensembles and replicas; a start from a snapshot that has the modes; what a resume may not change."""
import os
import tempfile

from program import *

HEAD = """time: {dt: 0.05, end: 6%s}
observe: {every: 0.5, list: [%s]}
output: {fields_every: 2, fields: [%s]}
ensemble: {replicas: 1, seed: 4}
"""
INPUTS = {
    "ring": """model: kuramoto
grid: {n: [90]}
kuramoto: {phase_lag: 0.4, noise: 0.1, noise_type: fractional, hurst: 0.8, noise_horizon: 20}
initial: {type: flat}
""" + HEAD % ("", "width2, mean, slips", "phase"),
    "growth": """model: kpz
grid: {n: [12, 20], length: [12, 20]}
kpz: {lambda: 0.5, noise: 0.1, noise_type: ou, correlation_time: 1.5}
initial: {type: flat}
""" + HEAD % ("", "width2, mean", "height"),
    "oscillators": """model: oscillators
grid: {n: [70]}
oscillators: {noise: 0.1, noise_type: fractional, hurst: 0.3, noise_horizon: 20}
initial: {type: random}
""" + HEAD % ("", "width2, amplitude", "u, v"),
    "equation": """model: equation
grid: {n: [64], length: [64]}
equation: {fields: [u], space: lattice, noise_type: ou, correlation_time: 2, equations: ["dt(u) = u[1] + u[-1] - 2*u + 0.3*xi"]}
initial: {type: formula}
""" + HEAD % (", stepper: heun", "variance(u)", "u"),
    "field": """model: klein_gordon
grid: {n: [30, 24], length: [15, 12]}
klein_gordon: {potential: phi4, laplacian: fd4, damping: 0.5, temperature: [0, 0.5, 4, 0]}
initial: {type: random, amplitude: 0.3, k_max: 2}
""" + HEAD % ("", "energy, temperature_kinetic", "phi, pi"),
}


def compare(folder, a, b, what, tolerance=0.0):
    for name in ("series.nc", "fields.nc"):
        difference = same(os.path.join(folder, a, name), os.path.join(folder, b, name), tolerance)
        check(difference == "", f"{what}: {name}: {difference}")


def resumes(folder, name, text):
    path = write(folder, name + ".yaml", text)
    whole = weft("run", path, "--out", "whole", ranks=2, cwd=folder)
    check(whole.returncode == 0, f"{name}: {whole.stderr}")
    part = weft("run", path, "--out", "part", "-P", "time.end=2.5", ranks=3, cwd=folder)
    check(part.returncode == 0, f"{name}, first part: {part.stderr}")
    rest = weft("run", path, "--out", "part", "--resume", ranks=1, cwd=folder)
    check(rest.returncode == 0, f"{name}, rest: {rest.stderr}")
    compare(folder, "whole", "part", f"{name}, stopped and resumed")


def spectral(folder):
    """In k space, a splitting in a bath and growth under noise with memory: the same bits on the same number of ranks."""
    for name, text in (("field in a bath", INPUTS["field"].replace("laplacian: fd4, ", "")),
                       ("growth", INPUTS["growth"].replace("lambda: 0.5, ", "lambda: 0.5, scheme: spectral, "))):
        path = write(folder, "spectral.yaml", text)
        for out, end in (("whole", 6), ("part", 2.5)):
            run = weft("run", path, "--out", out, "--overwrite", "-P", f"time.end={end}", ranks=2, cwd=folder)
            check(run.returncode == 0, f"spectral {name}: {run.stderr}")
        run = weft("run", path, "--out", "part", "--resume", ranks=2, cwd=folder)
        check(run.returncode == 0, f"spectral {name}, rest: {run.stderr}")
        compare(folder, "whole", "part", f"spectral {name}, stopped and resumed")


def scans(folder):
    """A scan over the Hurst index: the same bits in one allocation, on other numbers of ranks, and as an array of two tasks."""
    write(folder, "ring.yaml", INPUTS["ring"].replace("replicas: 1", "replicas: 3"))
    path = write(folder, "hurst.yaml", """base: ring.yaml
axes: {kuramoto.hurst: {values: [0.3, 0.5, 0.8]}, kuramoto.phase_lag: {values: [0, 0.6]}}
collect: [width2, mean]
derive: [beta_eff]
""")
    for out, ranks, tasks in (("alone", 1, 0), ("allocation", 3, 0), ("array", 2, 2)):
        for task in range(max(tasks, 1)):
            more = ["--task", task, "--tasks", tasks] if tasks else []
            run = weft("scan", "run", path, "--out", out, "-q", *more, ranks=ranks, cwd=folder)
            check(run.returncode == 0, f"scan {out}: {run.stderr}")
        check(weft("scan", "collect", path, "--out", out, "-q", cwd=folder).returncode == 0, f"collect {out}")
    for out in ("allocation", "array"):
        difference = same_scan(os.path.join(folder, "alone"), os.path.join(folder, out))
        check(difference == "", f"a scan with noise with memory, {out}: {difference}")


def ensembles(folder):
    """Replicas have noise of their own, farmed or in turn."""
    text = INPUTS["ring"].replace("replicas: 1", "replicas: 4, keep: all").replace(", slips", "")
    path = write(folder, "ensemble.yaml", text)
    for out, ranks in (("one", 1), ("three", 3)):
        run = weft("run", path, "--out", out, ranks=ranks, cwd=folder)
        check(run.returncode == 0, f"ensemble on {ranks}: {run.stderr}")
    difference = same(os.path.join(folder, "one", "series.nc"), os.path.join(folder, "three", "series.nc"))
    check(difference == "", f"ensemble: {difference}")
    with h5py.File(os.path.join(folder, "one", "series.nc")) as f:
        last = f["width2_replica"][:, -1]
    check(len(set(last)) == 4, "replicas have the same noise")


def horizon(folder):
    """Without a horizon of its own a fractional run cannot get another end: its noise would be another one."""
    text = INPUTS["ring"].replace(", noise_horizon: 20", "")
    path = write(folder, "end.yaml", text)
    weft("run", path, "--out", "end", "-P", "time.end=2.5", cwd=folder)
    run = weft("run", path, "--out", "end", "--resume", cwd=folder)
    check(run.returncode == 2 and "noise_horizon" in run.stderr, f"another end: {run.returncode} {run.stderr}")


def snapshots(folder):
    """A snapshot with the modes of the noise starts a run that goes on with the same noise."""
    text = INPUTS["growth"].replace("fields: [height]", "fields: [height, noise_modes]")
    path = write(folder, "snap.yaml", text)
    run = weft("run", path, "--out", "snap", cwd=folder)
    check(run.returncode == 0, f"modes in a snapshot: {run.stderr}")
    later = write(folder, "later.yaml", text.replace("{type: flat}", "{type: file, path: snap/fields.nc, record: 1}")
                  .replace("end: 6", "start: 2, end: 6"))
    run = weft("run", later, "--out", "later", cwd=folder)
    check(run.returncode == 0, f"start from a snapshot: {run.stderr}")
    with h5py.File(os.path.join(folder, "snap", "fields.nc")) as a, h5py.File(os.path.join(folder, "later", "fields.nc")) as b:
        check(np.array_equal(a["height"][-1], b["height"][-1]), "a run from a snapshot has another noise")
        check(np.array_equal(a["noise_modes"][-1], b["noise_modes"][-1]), "modes of a run from a snapshot")


def said(folder):
    """The lines at the start of a run."""
    for name, words in (("ring", ("fractional, H = 0.8", "modes a site", "stationary", "relative error of the variance")),
                        ("growth", ("Ornstein-Uhlenbeck, correlation time 1.5",))):
        path = write(folder, "said.yaml", INPUTS[name])
        run = weft("run", path, "--out", "said", "--overwrite", cwd=folder)
        for word in words:
            check(word in run.stdout + run.stderr, f"{name}: nothing is said of '{word}': {run.stdout}{run.stderr}")
    path = write(folder, "white.yaml", INPUTS["ring"].replace("hurst: 0.8", "hurst: 0.5"))
    run = weft("run", path, "--out", "white", cwd=folder)
    check(run.returncode == 0 and "leimkuhler_matthews" in run.stdout, f"H = 1/2 is white noise: {run.stdout}{run.stderr}")


with tempfile.TemporaryDirectory() as top:
    for case in INPUTS:
        place = os.path.join(top, case)
        os.mkdir(place)
        resumes(place, case, INPUTS[case])
    for function in (spectral, scans, ensembles, horizon, snapshots, said):
        place = os.path.join(top, function.__name__)
        os.mkdir(place)
        function(place)
end()
