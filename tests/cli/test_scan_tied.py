"""Parameters that a scan ties to its axes by a formula: each point equals a plain run with the value, to the bit, for parameters
that are put in place from point to point and for those that need the input read anew; refinement finds the values of new points."""
import h5py
import numpy as np

from program import check, end, os, scratch, weft, write

BASE = """model: equation
grid: {n: [16], length: [16.0]}
equation:
  fields: [U, V]
  parameters: {feed: 0.037, kill: 0.097}
  space: lattice
  equations:
    - dt(U) = 0.16*lap(U) - U*V^2 + feed*(1 - U)
    - dt(V) = 0.08*lap(V) + U*V^2 - kill*V
initial: {type: formula, U: 1 - 0.5*exp(-x^2/8), V: 0.25*exp(-x^2/8)}
time: {stepper: rk4, dt: 0.5, end: 5.0}
observe: {every: 5.0, list: [mean(V)]}
"""
GRAY_SCOTT = """base: base.yaml
axes:
  equation.parameters.kill: {formula: "feed + k"}
  equation.parameters.feed: {values: [0.02, 0.03, 0.04]}
  k: {linspace: [0.05, 0.06, 2]}
"""
RING = """model: kuramoto
grid: {n: [32]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 1}
observe: {every: 1, list: [width2]}
"""
TIED = """base: ring.yaml
axes:
  kuramoto.coupling: {linspace: [1.0, 2.0, 3]}
  kuramoto.noise: {formula: "0.1*coupling^2"}
derive: [last(width2)]
refine: {by: last(width2), share: 0.1, rounds: 2}
"""


def last(folder, base, name, overrides):
    out = os.path.join(folder, "plain")
    run = weft("run", base, "-q", "--out", out, "--overwrite", *[x for o in overrides for x in ("-P", o)])
    check(run.returncode == 0, run.stderr)
    with h5py.File(os.path.join(out, "series.nc")) as file:
        return file[name][-1]


with scratch() as folder:
    base = write(folder, "base.yaml", BASE)
    out = os.path.join(folder, "gs")
    run = weft("scan", "run", write(folder, "scan.yaml", GRAY_SCOTT), "--out", out, "-q", ranks=2)
    check(run.returncode == 0, run.stderr)
    check(weft("scan", "collect", os.path.join(folder, "scan.yaml"), "--out", out, "-q").returncode == 0, "collect")
    with h5py.File(os.path.join(out, "scan.nc")) as file:
        feed, k, kill = file["feed"][...], file["k"][...], file["kill"][...]
        check(kill.shape == (3, 2) and np.array_equal(kill, feed[:, None] + k[None, :]), f"kill is {kill}")
        check(file["kill"].attrs["formula"] in ("feed + k", b"feed + k"), "formula of kill")
        for i in range(3):
            for j in range(2):
                one = last(folder, base, "mean_V", [f"equation.parameters.feed={float(feed[i])!r}", f"equation.parameters.kill={float(kill[i, j])!r}",
                                                    f"ensemble.seed={int(file['seed'][i, j])}"])
                check(one == file["mean_V"][i, j, -1], f"mean(V) at {feed[i]}, {k[j]}: {one}, {file['mean_V'][i, j, -1]}")
    base = write(folder, "ring.yaml", RING)
    out = os.path.join(folder, "ring")
    run = weft("scan", "run", write(folder, "tied.yaml", TIED), "--out", out, "-q")
    check(run.returncode == 0, run.stderr)
    check(weft("scan", "collect", os.path.join(folder, "tied.yaml"), "--out", out, "-q").returncode == 0, "collect")
    with h5py.File(os.path.join(out, "scan.nc")) as file:
        coupling, noise = file["coupling"][...], file["noise"][...]
        check(len(coupling) > 3, f"nothing was refined: {coupling}")
        check(np.allclose(noise, 0.1 * coupling**2, rtol=1e-15), f"noise is {noise} at {coupling}")
        for i in (0, 1, len(coupling) - 1):
            one = last(folder, base, "width2", [f"kuramoto.coupling={float(coupling[i])!r}", f"kuramoto.noise={float(noise[i])!r}",
                                                f"ensemble.seed={int(file['seed'][i])}"])
            check(one == file["width2"][i, -1], f"width2 at {coupling[i]}: {one}, {file['width2'][i, -1]}")
with scratch() as folder:
    write(folder, "base.yaml", """model: reaction_lattice
grid: {n: [16]}
reaction_lattice:
  species: [A]
  reactions:
    - {reaction: A -> 0, rate: 1, name: death}
    - {reaction: A -> 2 A, rate: 1, name: birth}
    - {reaction: 0 -> A, rate: 1, name: source}
initial: {type: full, species: A}
time: {end: 1}
observe: {every: 1, list: [density]}
""")
    scan, out = write(folder, "scan.yaml", """base: base.yaml
axes:
  reaction_lattice.reactions.death.rate: {values: [0.2, 1]}
  reaction_lattice.reactions.birth.rate: {values: [0.1, 0.4]}
  reaction_lattice.reactions.source.rate: {formula: "death_rate + 2*reactions_birth_rate"}
"""), os.path.join(folder, "rates")
    run = weft("scan", "run", scan, "--out", out, "-q")
    check(run.returncode == 0, f"axes that end alike: {run.stderr}")
    weft("scan", "collect", scan, "--out", out, "-q")
    with h5py.File(os.path.join(out, "scan.nc")) as file:
        check(np.allclose(file["source_rate"][...], [[0.4, 1.0], [1.2, 1.8]], rtol=1e-14), f"rates {file['source_rate'][...]}")
end()
