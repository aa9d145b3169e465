"""Equations on 1 to 4 ranks, with a stop and a resume, as ensembles and in scans: the same numbers (to 1e-12 in
k space, where transforms round differently, to the bit on lattices and after a resume on as many ranks)."""
import os
import shutil

import h5py
import numpy as np

from program import check, end, same, scratch, weft, write

SPECTRAL = """
model: equation
grid: {n: [16, 24], length: [12.0, 18.0]}
equation:
  fields: {u: real, A: complex}
  parameters: {T: 0.02, r: [0, 0.1, 0.5, 0.3]}
  quenched: {q: 0.3*normal}
  equations:
    - lap(psi) = -u
    - mu = u^3 - u - lap(u)
    - dt(u) = lap(mu) + dx(psi)*dy(u) - dy(psi)*dx(u) + 0.1*abs2(A) - mean(0.1*abs2(A)) + dx(sqrt(2*T)*xi(1)) + dy(sqrt(2*T)*xi(2))
    - dt(A) = r*A + (1 + 0.5*i)*lap(A) - (1 - i)*abs2(A)*A + q*A + 0.05*xi(1)
  observables: {free_energy: "integral(u^4/4 - u^2/2 + grad2(u)/2)", cross: "correlation(u, abs2(A))"}
initial: {type: formula, u: 0.1*normal, A: 0.2*normal + i*0.2*normal}
time: {dt: 0.005, end: 1.0}
observe: {every: 0.1, list: [free_energy, cross, mean(u), max(u), variance(re(A)), spectrum(u), "histogram(u, -2, 2, 16)"]}
output: {fields_every: 0.5, fields: [u, A, q, mu, psi]}
"""
LATTICE = """
model: equation
grid: {n: [12, 20], length: [12.0, 20.0]}
equation:
  fields: [u, v]
  parameters: {D: 0.05}
  quenched: {omega: lorentzian/10}
  space: lattice
  difference: 4
  boundary: [neumann, periodic]
  noise: stratonovich
  equations:
    - dt(u) = lap(u) + u - u^3 - v + omega + 0.1*mean(u*v) + sqrt(2*D)*u*xi
    - "dt(v) = 0.1*(u - v) + 0.2*(v[0,1] - 2*v + v[0,-1]) + sqrt(2*D)*xi(2)"
initial: {type: formula, u: 0.5*normal, v: 0}
time: {dt: 0.01, end: 2.0}
observe: {every: 0.2, list: [mean(u), variance(v), "mean(u[0,1]*v)", spectrum(u)]}
output: {fields_every: 1.0}
"""
# spectra need periodic axes
LATTICE = LATTICE.replace(", spectrum(u)", "")
CHAIN = """
model: equation
grid: {n: [64], length: [64.0]}
equation:
  fields: [q]
  space: lattice
  equations:
    - "dtt(q) = q[1] - 2*q + q[-1] + (q[1] - q)^3 - (q - q[-1])^3 - 0.01*dt(q)"
  observables: {energy: "integral(dt(q)^2/2 + (q[1] - q)^2/2 + (q[1] - q)^4/4)"}
initial: {type: formula, q: normal, q_t: normal}
time: {dt: 0.05, end: 10.0}
observe: {every: 1.0}
output: {fields_every: 5.0}
"""
# on 4 ranks in pencils
WAVE = """
model: equation
grid: {n: [3, 12, 10], length: [3.0, 12.0, 10.0]}
equation:
  fields: [phi, chi]
  equations:
    - dtt(phi) = lap(phi) - sin(phi) + 0.1*chi - 0.1*dt(phi)
    - dtt(chi) = 2*lap(chi) - chi^3 + 0.1*phi
initial: {type: formula, phi: normal, chi: normal}
time: {dt: 0.02, end: 1.0}
observe: {every: 0.1}
output: {fields_every: 0.5}
"""


def files(a, b, tolerance, what):
    for name in ("series.nc", "fields.nc"):
        difference = same(os.path.join(a, name), os.path.join(b, name), tolerance)
        check(not difference, f"{what}: {name}: {difference}")


with scratch() as directory:
    for name, text, tolerance in (("spectral", SPECTRAL, 1e-11), ("lattice", LATTICE, 0), ("chain", CHAIN, 0),
                                  ("wave", WAVE, 1e-11)):
        path = write(directory, f"{name}.yaml", text)
        reference = os.path.join(directory, name)
        run = weft("run", path, "-q", "--out", reference)
        check(run.returncode == 0, f"{name}: {run.stderr}")
        if run.returncode:
            continue
        for ranks in (2, 3, 4):
            out = f"{reference}_{ranks}"
            run = weft("run", path, "-q", "--out", out, ranks=ranks)
            check(run.returncode == 0, f"{name} on {ranks} ranks: {run.stderr}")
            if run.returncode == 0:
                files(reference, out, tolerance, f"{name} on {ranks} ranks")
        # a stop at the first chance, again and again, is a run that was never stopped
        out, code, starts = f"{reference}_stopped", 85, 0
        while code == 85 and starts < 20:
            run = weft("run", path, "-q", "--out", out, "--wall", "0.05s", *(["--resume"] if starts else []))
            code, starts = run.returncode, starts + 1
        check(code == 0, f"{name}: resumed {starts} times: code {code}: {run.stderr}")
        files(reference, out, 0, f"{name}: stopped {starts - 1} times")

    # a named expression in snapshots is what it says: -lap(psi) = u but for the mean of u
    with h5py.File(os.path.join(directory, "spectral", "fields.nc")) as file:
        psi, u, mu = (file[name][-1] for name in ("psi", "u", "mu"))
        k = [2 * np.pi * np.fft.fftfreq(n, 0.75) for n in psi.shape]
        k2 = k[0][:, None] ** 2 + k[1][None, :] ** 2
        lap = lambda f: np.fft.ifft2(-k2 * np.fft.fft2(f)).real  # noqa: E731
        check(np.abs(lap(psi) + u - u.mean()).max() < 1e-12, "psi solves its equation in snapshots")
        check(np.abs(u ** 3 - u - lap(u) - mu).max() < 1e-11, "mu is what it says in snapshots")

    path = write(directory, "ensemble.yaml", CHAIN + "ensemble: {replicas: 6}\n")
    for ranks in (0, 3):
        run = weft("run", path, "-q", "--out", os.path.join(directory, f"ensemble{ranks}"), ranks=ranks)
        check(run.returncode == 0, f"an ensemble on {ranks} ranks: {run.stderr}")
    difference = same(os.path.join(directory, "ensemble0", "series.nc"), os.path.join(directory, "ensemble3", "series.nc"))
    check(not difference, f"an ensemble on 3 ranks: {difference}")

    run = weft("run", path, "-q", "--out", os.path.join(directory, "half"), "-P", "time.error_check=true")
    check(run.returncode == 0, f"error_check: {run.stderr}")

    # logistic growth of the mean: u = 1/(1 + (1/u0 - 1) exp(-r t))
    write(directory, "growth.yaml", """
model: equation
grid: {n: [8], length: [8.0]}
equation:
  fields: [u]
  parameters: {r: 1.0}
  equations: ["dt(u) = lap(u) + r*u*(1 - u)"]
initial: {type: formula, u: 0.1}
time: {dt: 0.01, end: 2.0}
""")
    write(directory, "scan.yaml", """
base: growth.yaml
axes: {equation.parameters.r: {values: [0.5, 1.0, 2.0]}}
collect: [mean(u)]
""")
    out = os.path.join(directory, "scan")
    run = weft("scan", "run", os.path.join(directory, "scan.yaml"), "--out", out)
    check(run.returncode == 0, f"a scan: {run.stderr}")
    if run.returncode == 0:
        run = weft("scan", "collect", os.path.join(directory, "scan.yaml"), "--out", out)
        check(run.returncode == 0, f"its collection: {run.stderr}")
        with h5py.File(os.path.join(out, "scan.nc")) as file:
            r = np.array([0.5, 1.0, 2.0])
            exact = 1 / (1 + 9 * np.exp(-2 * r))
            found = file["mean_u"][..., -1] if file["mean_u"].shape[-1] != 3 else file["mean_u"][-1]
            check(np.abs(found - exact).max() < 1e-7, f"the scan: {found} and not {exact}")
    shutil.rmtree(out, ignore_errors=True)
    # steppers that choose their steps, with time.start and records by default: they begin at the start (they began at time 0)
    for name, text in (("etdrk43", """
model: equation
grid: {n: [16], length: [6.283185307179586]}
equation: {fields: [u], parameters: {r: [0, 1, 2, 3]}, equations: [dt(u) = -u + r*cos(x)*t]}
initial: {type: formula, u: r*cos(x)}
time: {rtol: 1e-9, start: 1.0, end: 2.0}
"""), ("sweep", """
model: reaction_lattice
grid: {n: [64]}
reaction_lattice: {species: [A], reactions: [{reaction: A -> 0, rate: 0.1}]}
initial: {type: full, species: A}
time: {start: 1.0, end: 2.0}
""")):
        run = weft("run", write(directory, "start.yaml", text + "output: {fields_every: 1.0}\n"), "-q", "--out", out, "--overwrite")
        check(run.returncode == 0, f"{name} with a start: {run.stderr}")
        if run.returncode == 0:
            with h5py.File(os.path.join(out, "series.nc")) as file:
                times = file["time"][...]
            check(times[0] == 1.0 and times[-1] == 2.0 and len(times) == 51, f"{name} with a start: records at {times}")
            if name == "etdrk43":
                # u = a cos x, a' = -a + (1 + t) t, a(1) = 2: a = t^2 - t + 1 + exp(1 - t)
                with h5py.File(os.path.join(out, "fields.nc")) as file:
                    u = file["u"][-1]
                x = -np.pi + np.pi / 8 * np.arange(16)
                check(np.abs(u - (3 + np.exp(-1)) * np.cos(x)).max() < 1e-7, f"{name} with a start: {u.max()}")
end()
