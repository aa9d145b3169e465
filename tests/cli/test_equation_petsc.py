"""PETSc's implicit methods on lattice forms of equations, with Jacobians by symbolic derivative: a stiff problem against SciPy's
Radau, second order in time, time in the equation, and what is refused."""
from program import check, end, h5py, np, os, scratch, weft, write
from scipy.integrate import solve_ivp

N, D, STIFF = 24, 5.0, 1e4
# diffusion and relaxation of rates up to 1e4: a method that is explicit would need 1e4 steps and more
EQUATION = """
model: equation
grid: {n: [24], length: [24.0]}
equation:
  fields: [u, v]
  space: lattice
  boundary: BOUNDARY
  equations:
    - dt(u) = 5*lap(u) + 1e4*(v - u - u^3/3)FORCE
    - "dt(v) = -0.5*u + 0.2*(v[1] - 2*v + v[-1])"
initial: {type: formula, u: "1.5*cos(2*pi*x/24)", v: "0.8*sin(2*pi*x/24) + 0.2"}
time: {stepper: STEPPER, end: 2.0, rtol: 1e-8, atol: 1e-10}
observe: {every: 2.0}
output: {fields_every: 2.0, fields: [u, v]}
"""


def exact(boundary, force):
    x = -12 + np.arange(N) + (0 if boundary in ("periodic", "antiperiodic") else 0.5)

    def neighbours(w):
        left, right = np.roll(w, 1), np.roll(w, -1)
        sign = {"periodic": 1, "antiperiodic": -1}.get(boundary)
        left[0] = sign * w[-1] if sign else (w[0] if boundary == "neumann" else -w[0])
        right[-1] = sign * w[0] if sign else (w[-1] if boundary == "neumann" else -w[-1])
        return left + right - 2 * w

    def rate(t, y):
        u, v = y[:N], y[N:]
        return np.concatenate([D * neighbours(u) + STIFF * (v - u - u ** 3 / 3) + force * np.cos(3 * t), -0.5 * u + 0.2 * neighbours(v)])

    start = np.concatenate([1.5 * np.cos(2 * np.pi * x / 24), 0.8 * np.sin(2 * np.pi * x / 24) + 0.2])
    return solve_ivp(rate, (0, 2), start, "Radau", rtol=1e-9, atol=1e-11).y[:, -1]


with scratch() as directory:
    for boundary, stepper, force, ranks in (("periodic", "petsc_rosw", 0, 1), ("neumann", "petsc_bdf", 0, 3),
                                            ("dirichlet", "petsc_arkimex", 1, 1), ("antiperiodic", "petsc_rosw", 0, 3)):
        text = EQUATION.replace("BOUNDARY", boundary).replace("STEPPER", stepper).replace("FORCE", " + cos(3*t)" if force else "")
        out = os.path.join(directory, f"{boundary}_{ranks}")
        run = weft("run", write(directory, "stiff.yaml", text), "-q", "--out", out, ranks=ranks)
        check(run.returncode == 0, f"{boundary} {stepper}: {run.stderr}")
        if run.returncode:
            continue
        expected = exact(boundary, force)
        with h5py.File(os.path.join(out, "fields.nc")) as file:
            off = np.abs(np.concatenate([file["u"][-1], file["v"][-1]]) - expected).max()
        check(off < 1e-6, f"{boundary} {stepper}: off by {off:.3g}")
        with h5py.File(os.path.join(out, "series.nc")) as file:
            print(boundary, stepper, f"off by {off:.3g}")

    # a damped pendulum chain, second order: against DOP853
    chain = """
model: equation
grid: {n: [16], length: [16.0]}
equation:
  fields: [q]
  space: lattice
  equations: ["dtt(q) = lap(q) - sin(q) - 0.5*dt(q)"]
initial: {type: formula, q: "2*cos(2*pi*x/16)"}
time: {stepper: petsc_arkimex, end: 3.0, rtol: 1e-9, atol: 1e-11}
observe: {every: 3.0}
output: {fields_every: 3.0, fields: [q]}
"""
    out = os.path.join(directory, "chain")
    run = weft("run", write(directory, "chain.yaml", chain), "-q", "--out", out)
    check(run.returncode == 0, f"chain: {run.stderr}")
    q = 2 * np.cos(2 * np.pi * (np.arange(16) - 8) / 16)
    solution = solve_ivp(lambda t, y: np.concatenate([y[16:], np.roll(y[:16], 1) + np.roll(y[:16], -1) - 2 * y[:16] - np.sin(y[:16]) - 0.5 * y[16:]]),
                         (0, 3), np.concatenate([q, 0 * q]), "DOP853", rtol=1e-12, atol=1e-13).y[:16, -1]
    if run.returncode == 0:
        with h5py.File(os.path.join(out, "fields.nc")) as file:
            off = np.abs(file["q"][-1] - solution).max()
        check(off < 1e-6, f"chain: off by {off:.3g}")

    # memory: PETSc's matrix and its factors (12 bytes an entry, six entries a row), and some vectors, count beside weft's own arrays.
    # (Processes grow by 75 to 80 MB with this lattice; 19.8 MB were told when PETSc's memory was not counted.)
    large = """
model: reaction_diffusion
grid: {n: [256, 256], length: [64, 64]}
reaction_diffusion: {species: [A, B], diffusion: {A: 1, B: 0.5}, reactions: [{reaction: A + B -> 2 B, rate: 1}, {reaction: B -> 0, rate: 0.5}]}
initial: {type: homogeneous, density: {A: 1, B: 1}}
time: {end: 0.01, stepper: STEPPER}
"""
    rows = 2 * 256 * 256
    for stepper in ("petsc_bdf", "petsc_rosw", "petsc_arkimex"):
        run = weft("check", write(directory, "large.yaml", large.replace("STEPPER", stepper)))
        told = [line.split()[-2:] for line in run.stdout.splitlines() if line.startswith("memory a rank")]
        check(run.returncode == 0 and told and told[0][1] == "MB" and 2 * 12 * 6 * rows + 10 * 8 * rows < 1e6 * float(told[0][0]) < 2e8,
              f"{stepper}: {told} {run.stderr}")

    # what SLEPc asks of PETSc counts, too: a matrix with room for 19 entries a row (nothing was counted)
    gap = """
model: holstein
grid: {n: [96, 96]}
holstein: {coupling: 1.5, temperature: 0.1, filling: 0.5}
initial: {type: random, Q_sd: 0.5}
time: {dt: 0.05, end: 0.05}
observe: {every: 0.05, list: [LIST]}
"""
    told = []
    for names in ("energy", "energy, gap"):
        run = weft("check", write(directory, "gap.yaml", gap.replace("LIST", names)))
        told += [float(line.split()[-2]) for line in run.stdout.splitlines() if line.startswith("memory a rank")]
    check(len(told) == 2 and told[1] - told[0] > 19 * 12 * 96**2 / 1e6, f"memory without and with a gap: {told} {run.stderr}")

    # BDF begins anew at each record with a step of half the length, whose matrix is not that of the whole step: with the wrong one each
    # turn of Newton's method halves the residual only (4.2 turns a system; 3.1 with the right one)
    stiff = """
model: reaction_diffusion
grid: {n: [128], length: [128]}
reaction_diffusion: {species: [A, B], diffusion: {A: 1, B: 0.5}, reactions: [{reaction: 2 A -> B, rate: 1000}, {reaction: B -> 2 A, rate: 500}]}
initial: {type: random, density: {A: 1, B: 1}}
time: {end: 1, stepper: petsc_bdf, petsc: "-snes_monitor"}
observe: {every: 0.02, list: [density_A]}
"""
    run = weft("run", write(directory, "stiff.yaml", stiff), "-q", "--out", os.path.join(directory, "stiff"))
    turns = [int(line.split()[0]) for line in run.stdout.splitlines() if "SNES Function norm" in line]
    systems = turns.count(0)
    check(run.returncode == 0 and systems > 100 and len(turns) < 3.7 * systems, f"BDF: {len(turns)} turns for {systems} systems {run.stderr}")

    # Rosenbrock methods are for autonomous equations; a mean couples all sites
    for change, words in ((("FORCE", " + cos(3*t)"), "does not fit"), (("FORCE", " + mean(u)"), "does not fit")):
        text = EQUATION.replace("BOUNDARY", "periodic").replace("STEPPER", "petsc_rosw").replace(*change)
        run = weft("check", write(directory, "bad.yaml", text))
        check(run.returncode == 2 and words in run.stderr, f"{change}: {run.stderr}")
end()
