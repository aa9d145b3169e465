"""Noise of equations has the laws that it should have: mean growth of multiplicative noise in the sense of Ito and of
Stratonovich, exact variances of additive noise, the structure factors of coupled conserved noise. Bounds: 5
standard errors."""
import os

import h5py
import numpy as np

from program import check, end, scratch, weft, write

MULTIPLICATIVE = """
model: equation
grid: {n: [4096], length: [2048.0]}
equation:
  fields: [u]
  parameters: {s: 0.5}
  SPACE
  noise: LAW
  equations: ["dt(u) = s*u*xi"]
initial: {type: formula, u: 1}
time: {dt: 0.005, end: 1.0}
observe: {every: 1.0, list: [mean(u), mean(log(abs(u)))]}
"""
ADDITIVE = """
model: equation
grid: {n: [4096], length: [2048.0]}
equation:
  fields: [u]
  space: lattice
  equations: ["dt(u) = -u + sqrt(2*0.3)*xi"]
initial: {type: formula, u: 0}
time: {dt: 0.02, end: 4.0}
observe: {every: 4.0, list: [variance(u)]}
"""
# parts of a complex field with noises of their own, and one without; a Langevin equation of second order
PARTS = """
model: equation
grid: {n: [16384], length: [16384.0]}
equation:
  fields: {A: complex}
  space: SPACE
  equations: ["dt(A) = -A + 0.1*xi(2) + i*0.3*xi(1)"]
initial: {type: formula, A: 0}
time: {dt: 0.01, end: 2.0}
observe: {every: 2.0, list: [variance(re(A)), variance(im(A)), "correlation(re(A), im(A))"]}
"""
LANGEVIN = """
model: equation
grid: {n: [4096], length: [4096.0]}
equation:
  fields: [q]
  space: lattice
  equations: ["dtt(q) = -4*q - 1.5*dt(q) + sqrt(2*1.5*0.3)*xi"]
initial: {type: formula, q: 0}
time: {dt: 0.01, end: 8.0}
observe: {every: 8.0, list: [variance(q), mean(dt(q)^2)]}
"""
# driven electrolyte; odd numbers of points, since odd derivatives vanish on Nyquist modes
ELECTROLYTE = """
model: equation
grid: {n: [33, 33], length: [33.0, 33.0]}
equation:
  fields: [c, rho]
  parameters: {e: 0.8}
  equations:
    - lap(phi) = -rho
    - dt(c) = lap(c) - e*dx(rho) + dx(sqrt(2)*xi(1)) + dy(sqrt(2)*xi(2))
    - dt(rho) = lap(rho) - e*dx(c) + lap(phi) + dx(sqrt(2)*xi(3)) + dy(sqrt(2)*xi(4))
initial: {type: formula, c: 0}
time: {dt: 10.0, end: 10000.0}
observe: {every: 10.0, list: [variance(c), variance(rho), mean(dx(c)*rho)]}
"""


def series(directory, name, text):
    out = os.path.join(directory, name)
    run = weft("run", write(directory, f"{name}.yaml", text), "-q", "--out", out)
    check(run.returncode == 0, f"{name}: {run.stderr}")
    with h5py.File(os.path.join(out, "series.nc")) as file:
        return {key: file[key][...] for key in file}


def agrees(what, found, exact, error):
    print(f"{what}: {found:.5f}, exact {exact:.5f} +- {error:.5f}")
    check(abs(found - exact) < 5 * error, f"{what}: {found} and not {exact} +- {error}")


with scratch() as directory:
    variance = 0.25 / 0.5  # s^2/cell times the time
    for space in ("lattice", "spectral"):
        for law, drift in (("ito", 0.0), ("stratonovich", variance / 2)):
            text = MULTIPLICATIVE.replace("SPACE", f"space: {space}").replace("LAW", law)
            s = series(directory, f"{space}_{law}", text)
            agrees(f"{space}, {law}, mean", s["mean_u"][-1], np.exp(drift), np.exp(drift) * np.sqrt(np.exp(variance) - 1) / 64)
            agrees(f"{space}, {law}, log", s["mean_log_abs_u"][-1], drift - variance / 2, np.sqrt(variance) / 64)
    s = series(directory, "additive", ADDITIVE)
    exact = 0.3 / 0.5 * (1 - np.exp(-8.0))
    agrees("additive noise", s["variance_u"][-1], exact, exact * np.sqrt(2 / 4096) + 0.0001)
    for space in ("lattice", "spectral"):
        s = series(directory, f"parts_{space}", PARTS.replace("SPACE", space))
        for part, amplitude in (("re", 0.1), ("im", 0.3)):
            exact = amplitude ** 2 / 2 * (1 - np.exp(-4.0))
            # Euler's method, which noises of unlike parts need on a lattice, is off by dt/2 of the whole
            agrees(f"{space}, noise of {part}(A)", s[f"variance_{part}_a" if f"variance_{part}_a" in s else f"variance_{part}_A"][-1], exact, exact * (np.sqrt(2 / 16384) + 0.002))
        agrees(f"{space}, correlation of the parts", s["correlation_re_A_im_A"][-1] if "correlation_re_A_im_A" in s else s[next(k for k in s if k.startswith("corr"))][-1], 0.0, 1 / 128)
    # noise that a step can take below zero: the message says where to look
    for drift, noise, code in (("u*(1 - u)", "sqrt(0.1*u)*xi", 3), ("max(u, 0)*(1 - max(u, 0))", "sqrt(0.1*max(u, 0))*xi", 0)):
        text = f"""model: equation
grid: {{n: [256], length: [256.0]}}
equation: {{fields: [u], space: lattice, equations: ["dt(u) = lap(u) + {drift} + {noise}"]}}
initial: {{type: formula, u: step(-x)}}
time: {{dt: 0.01, end: 20.0}}
"""
        run = weft("run", write(directory, "demographic.yaml", text), "-q", "--out", os.path.join(directory, f"demographic{code}"))
        check(run.returncode == code and (not code or "max(u, 0) keeps u" in run.stderr), f"demographic noise: {run.returncode} {run.stderr}")
    s = series(directory, "langevin", LANGEVIN)
    agrees("Langevin equation, q", s["variance_q"][-1], 0.3 / 4, 0.3 / 4 * np.sqrt(2 / 4096) + 0.0002)
    agrees("Langevin equation, velocity", s["mean_dt_q2"][-1], 0.3, 0.3 * np.sqrt(2 / 4096) + 0.0006)
    s = series(directory, "electrolyte", ELECTROLYTE)
    k = 2 * np.pi * np.fft.fftfreq(33)
    kx, ky = np.meshgrid(k, k)
    k2, a = kx ** 2 + ky ** 2, 0.8 * kx
    den = (2 * k2 + 1) * (k2 * (k2 + 1) + a ** 2)
    den[0, 0] = 1
    scc = 1 - a ** 2 / den
    scc[0, 0] = 0
    srr = k2 / (k2 + 1) * (1 + a ** 2 / den)
    late = s["time"] > 500
    for name, exact in (("variance_c", scc.sum() / 33 ** 2), ("variance_rho", srr.sum() / 33 ** 2),
                        ("mean_dx_crho", -(kx * a * k2 / den).sum() / 33 ** 2)):
        values = s[name][late]
        blocks = values[:len(values) // 19 * 19].reshape(19, -1).mean(axis=1)
        agrees(name, values.mean(), exact, blocks.std(ddof=1) / np.sqrt(19))
end()
