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
