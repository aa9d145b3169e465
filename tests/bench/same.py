"""Whether other programs compute what weft computes: each function runs both and gives how far they are apart in units of what
is allowed, so that above 1 they are not the same. run.py leaves the rows of a peer out then.

Deterministic peers are held against weft's field; those with other random numbers against the mean over weft's replicas, where
five standard deviations of a replica are allowed.
"""
import importlib.util
import os
import re
import runpy
import subprocess
import sys
import types

import numpy as np


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def printed(command, cwd=None):
    """Standard output, or an empty text: what is looked for is not found in it."""
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=1800).stdout


def apart(value, expected, allowed):
    """nan counts as far."""
    ratio = np.max(np.abs(np.asarray(value) - expected)) / allowed
    return float(ratio) if np.isfinite(ratio) else float("inf")


def weft(build, folder, name, text):
    """A run; gives its folder."""
    path, out = os.path.join(folder, name + ".yaml"), os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    subprocess.run([os.path.join(build, "weft"), "run", path, "--out", out, "--overwrite", "-q"], check=True, cwd=folder, capture_output=True)
    return out


def dataset(folder, file, name):
    import h5py  # pylint: disable=import-outside-toplevel
    with h5py.File(os.path.join(folder, file)) as data:
        return np.array(data[name])


# ---- equations ----

def field(build, case, n, steps):
    """weft's values, x slowest as the peers have them."""
    text = printed([os.path.join(build, "tests", "bench", "bench_equation"), case, str(n), str(steps)])
    values = np.array(text.split(), dtype=float)
    return values if case == "ks" else values.reshape(n, n).T.ravel()


# Largest difference allowed, over the largest value. The start of Swift-Hohenberg jumps at the seam of its box; modes beyond the
# cut are there at first, and a program may keep them or not.
ALLOWED = {"ks": 1e-9, "sh": 1e-3, "ns": 1e-9}
SMALL = {"ks": 1024, "sh": 256, "ns": 64}


def script(source, *arguments):
    """The names that a script has at its end."""
    before, sys.argv = sys.argv, [source, *arguments]
    try:
        return runpy.run_path(source)
    finally:
        sys.argv = before


def equation_numpy(build, source, case):
    steps, n = 20, SMALL[case]
    own = field(build, case, n, steps)
    names = script(source, case, str(n), str(steps - 1))  # one step is made before its clock starts
    return apart(names["I"](names["w"]).ravel(), own, ALLOWED[case] * np.abs(own).max())


def exponax_as_weft(text):
    """The script with weft's Swift-Hohenberg equation: exponax has a square in it unless it is told not to."""
    return text.replace("SwiftHohenberg(D, L, N, dt, order=4)",
                        "SwiftHohenberg(D, L, N, dt, order=4, polynomial_coefficients=(0.0, 0.0, 0.0, -1.0))")


def equation_exponax(build, text, folder, case):
    """Its velocity is the other way round, so that w of weft is -w there."""
    steps, n, sign = 20, SMALL[case], -1 if case == "ns" else 1
    source = os.path.join(folder, "same_exponax.py")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text.replace("u = (jnp.sin(3 * X)", "u = -(jnp.sin(3 * X)"))
    own = field(build, case, n, steps)
    return apart(sign * np.array(script(source, case, str(n), str(steps))["v"]).ravel(), own, ALLOWED[case] * np.abs(own).max())


def equation_c(build, text, folder, case):
    """The C program, which makes its steps three times over; made to print the sum of the squares of the real parts of its modes."""
    steps, n = 21, SMALL[case]
    source, target = os.path.join(folder, "same_equation.c"), os.path.join(folder, "same_equation")
    with open(source, "w", encoding="utf-8") as file:
        file.write(text.replace('printf("bound', 'printf("sum %.17g\\n", m); printf("bound'))
    subprocess.run(["gcc", "-O3", "-march=native", source, "-o", target, "-lfftw3", "-lm"], check=True)
    found = re.search(r"sum (\S+)", printed([target, case, str(n), str(steps // 3)]))
    own = field(build, case, n, steps)
    modes = np.fft.rfft(own) if case == "ks" else np.fft.rfft2(own.reshape(n, n))
    expected = float((modes.real**2).sum())
    return apart(float(found.group(1)) if found else np.nan, expected, 2 * ALLOWED[case] * expected)


def equation_xmds(build, text, folder):
    """XMDS2's Runge-Kutta of Kuramoto-Sivashinsky for 20 steps, without dealiasing."""
    text = text.replace("eq_ks", "same_ks").replace('interval="100" steps="2000"', 'interval="1" steps="20"')
    with open(os.path.join(folder, "same_ks.xmds"), "w", encoding="utf-8") as file:
        file.write(text)
    printed(["xmds2", "same_ks.xmds"], folder)
    printed([os.path.join(folder, "same_ks")], folder)
    theirs, own = dataset(folder, "same_ks.h5", "1/uR").ravel(), field(build, "ks", 1024, 20)
    return apart(theirs, own, 1e-5 * np.abs(own).max())


# ---- fields ----

def bubble_xmds(build, folder):
    """XMDS2's energy of the bubble at all its times beside weft's at the start."""
    out = weft(build, folder, "same_bubble", """model: klein_gordon
grid: {n: [64, 64, 64], length: [32.0, 32.0, 32.0]}
klein_gordon: {potential: phi4}
initial: {type: bubble}
time: {stepper: strang, dt: 0.02, end: 0.2}
observe: {every: 0.2, list: [energy]}
""")
    energy = dataset(out, "series.nc", "energy")[0]
    return apart(dataset(folder, "kg3d.h5", "1/energy"), energy, 1e-3 * energy)


def amangkurat(build, folder, text):
    """phi at the middle of its linear wave at t = 50. It has points at both ends of 60, so that its box is one spacing longer; its
    kinks and its breather start with other energies than those that they are named after, so only the wave can be compared."""
    found = re.search(r'"case1_linear".*?"centre_end": ([-\d.e+]+)', text)
    dx = 60 / 511
    out = weft(build, folder, "same_wave", f"""model: klein_gordon
grid: {{n: [512], length: [{512 * dx!r}]}}
klein_gordon: {{potential: linear}}
initial: {{type: gaussian, amplitude: 1, width: 2, center: {-dx / 2!r}}}
time: {{stepper: strang, dt: 0.005, end: 50}}
output: {{fields_every: 50, fields: [phi]}}
""")
    return apart(float(found.group(1)) if found else np.nan, dataset(out, "fields.nc", "phi")[-1].ravel()[256], 1e-3)


def gray_scott_pypde(build, folder, source):
    steps, n, target = 20, 64, os.path.join(folder, "same_pypde.npy")
    out = weft(build, folder, "same_gray_scott", f"""model: reaction_diffusion
grid: {{n: [{n}, {n}], length: [{n}.0, {n}.0]}}
reaction_diffusion:
  species: [U, V]
  reactions:
    - {{reaction: "U + 2 V -> 3 V", rate: 1}}
    - {{reaction: "0 -> U", rate: 0.037}}
    - {{reaction: "U -> 0", rate: 0.037}}
    - {{reaction: "V -> 0", rate: 0.097}}
  diffusion: {{U: 0.16, V: 0.08}}
initial: {{type: formula, U: "where(x^2 + y^2 < 64, 0.5, 1)", V: "where(x^2 + y^2 < 64, 0.25, 0)"}}
time: {{stepper: rk4, dt: 0.5, end: {1.5 * steps}}}
output: {{fields_every: {1.5 * steps}}}
""")
    printed([sys.executable, source, str(n), str(steps), target])
    theirs = np.load(target)
    return max(apart(theirs[i], dataset(out, "fields.nc", "density_" + name)[-1], 1e-9) for i, name in enumerate("UV"))


# ---- chains and lattices ----

def replicas(build, folder, text, name, replica_count=8):
    """Mean of an observable over replicas at the last record, and five standard deviations of one replica beside that mean."""
    out = weft(build, folder, "same_replicas", text + f"ensemble: {{replicas: {replica_count}, seed: 5}}\n")
    mean, error = dataset(out, "series.nc", name)[-1], dataset(out, "series.nc", name + "_stderr")[-1]
    return mean, 5 * error * np.sqrt(replica_count) * np.sqrt(1 + 1 / replica_count)


def ring_width(build, folder, theirs, end, noise):
    """Variance of the phases of one ring of 4096 at a time. noise: white, or else quenched."""
    keys = "noise: 0.05" if noise else "noise: 0, disorder: 0.05, disorder_type: gaussian, subtract_mean: false"
    mean, allowed = replicas(build, folder, f"""model: kuramoto
grid: {{n: [4096]}}
kuramoto: {{coupling: 1, phase_lag: 0.3, {keys}}}
initial: {{type: flat}}
time: {{stepper: euler_maruyama, dt: 0.05, end: {end}}}
observe: {{every: {end}, list: [width2]}}
""", "width2")
    return apart(theirs, mean, allowed)


# Where the C programs of rings are made to print the variance of their phases.
VARIANCE = "double m_=0,v_=0; for(int i_=0;i_<4096;i_++) m_+={0}[i_]/4096; for(int i_=0;i_<4096;i_++) v_+=({0}[i_]-m_)*({0}[i_]-m_)/4096;"


def variance_of(source, text, folder, *options):
    """What such a program prints as its variance; nan if it does not."""
    path, target = os.path.join(folder, "same_" + os.path.basename(source)), os.path.join(folder, "same_ring")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    subprocess.run(["g++" if source.endswith("cpp") else "gcc", "-O3", "-march=native", path, "-o", target, *options], check=True)
    found = re.findall(r"variance (\S+)", printed([target]))
    return float(found[-1]) if found else np.nan


def ring_c(build, folder, source):
    """After its first ten stretches of 2000 steps of 0.05."""
    text = text_of(source)
    at = text.index(" for(int rep=0;rep<10;rep++){ double t0=now(); for(int s=0;s<ch;s++) normals(")
    text = text[:at] + "{" + VARIANCE.format("ph") + ' printf("variance %.9g\\n", v_);}' + text[at:]
    return ring_width(build, folder, variance_of(source, text, folder, "-ffast-math", "-lm"), 1000, True)


def ring_odeint(build, folder, source):
    """Euler, which comes last: five times 2000 steps of 0.05."""
    text = text_of(source).replace('    std::printf("odeint', "    " + VARIANCE.format("x") + ' std::printf("variance %.9g\\n", v_);\n    std::printf("odeint')
    return ring_width(build, folder, variance_of(source, text, folder), 500, False)


def ring_numba(build, folder, source):
    """Its two functions by themselves: its own runs start each stretch of 500 steps with a seed that another stretch had."""
    names = script(source, "1", "2")
    arguments = [5000, *(names[key] for key in ("K", "DELTA", "D", "DT"))]
    return max(ring_width(build, folder, np.var(names[name](np.zeros(4096), *arguments, 3 + i)), 250, True) for i, name in enumerate(("naive", "tuned")))


def densities_numba(build, folder, text):
    """Predators and prey of 256 x 256 sites at t = 50."""
    found = re.search(r"rhoA ([\d.]+).*rhoB ([\d.]+)", text)
    worst = 0
    for which, name in enumerate(("density_A", "density_B")):
        mean, allowed = replicas(build, folder, """model: reaction_lattice
grid: {n: [256, 256]}
reaction_lattice:
  species: [A, B]
  hopping: 1
  reactions:
    - {reaction: A -> 0, rate: 0.1}
    - {reaction: B -> 2 B, rate: 0.5}
    - {reaction: A + B -> 2 A, rate: 1}
initial: {type: random, density: {A: 0.3, B: 0.2068}}
time: {end: 50}
observe: {every: 50, list: [density]}
""", name)
        worst = max(worst, apart(float(found.group(which + 1)) if found else np.nan, mean, allowed))
    return worst


def density_numpy(build, folder, source):
    """Densities of the electrons on a random lattice, by both diagonalisations."""
    out = weft(build, folder, "same_holstein", """model: holstein
grid: {n: [8, 8]}
holstein: {coupling: 3.5, elastic: 0.18, mass: 5, temperature: 0.1, force: dense}
initial: {type: random, Q_sd: 2}
time: {stepper: verlet, dt: 0.05, end: 0.05}
output: {fields_every: 0.05, fields: [Q, density]}
""")
    spec = importlib.util.spec_from_file_location("peer", source)
    peer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peer)
    solver = peer.Holstein(types.SimpleNamespace(L=8, t=1.0, g=3.5, K=1.0, kappa=0.18, Tel=0.1, mu=0.0))
    theirs = solver.electrons(dataset(out, "fields.nc", "Q")[0].ravel())[0]
    return apart(theirs, dataset(out, "fields.nc", "density")[0].ravel(), 1e-10)
