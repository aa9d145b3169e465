"""Equations written in the input equal the models that weft has for the same physics: from the same
states, with the same noise, to 1e-12 of the field (where both take the same steps; where the linear
part is cut in another place, at steps so short that the difference of the methods is below that)."""
import h5py
import numpy as np

from program import check, end, os, scratch, weft, write

CASES = {
    "kpz": ("""
model: kpz
grid: {n: [128], length: [64.0]}
kpz: {nu: 1.3, lambda: 2.0, noise: 0.5, scheme: spectral}
initial: {type: random, amplitude: 1.0}
time: {stepper: etd_heun, dt: 0.02, end: 4.0}
output: {fields_every: 4.0}
ensemble: {seed: 7}
""", """
model: equation
grid: {n: [128], length: [64.0]}
equation:
  fields: [height]
  parameters: {nu: 1.3, lambda: 2.0, D: 0.5}
  equations:
    - dt(height) = nu*lap(height) + lambda/2*grad2(height) + sqrt(2*D)*xi
initial: {type: file, path: PATH, record: 0}
time: {stepper: etd_heun, dt: 0.02, end: 4.0}
output: {fields_every: 4.0}
ensemble: {seed: 7}
"""),
    "cgle": ("""
model: cgle
grid: {n: [32, 48], length: [40.0, 50.0]}
cgle: {mu: 1.0, D: 1.2, alpha: 1.5, g: 0.8, beta: -0.7, scheme: spectral, dealias: none}
initial: {type: random}
time: {stepper: etdrk4, dt: 0.0005, end: 0.1}
output: {fields_every: 0.1}
""", """
model: equation
grid: {n: [32, 48], length: [40.0, 50.0]}
equation:
  fields: {u: complex}
  parameters: {mu: 1.0, D: 1.2, alpha: 1.5, g: 0.8, beta: -0.7}
  dealias: none
  equations:
    - dt(u) = mu*u + D*(1 + i*alpha)*lap(u) - g*(1 + i*beta)*abs2(u)*u
initial: {type: file, path: PATH, record: 0}
time: {stepper: etdrk4, dt: 0.0005, end: 0.1}
output: {fields_every: 0.1}
"""),
    "sine_gordon": ("""
model: klein_gordon
grid: {n: [128], length: [40.0]}
klein_gordon: {potential: sine_gordon, damping: 0.1}
initial: {type: breather, frequency: 0.6}
time: {stepper: split4, dt: 0.0005, end: 0.5}
output: {fields_every: 0.5, fields: [phi, pi]}
""", """
model: equation
grid: {n: [128], length: [40.0]}
equation:
  fields: [phi]
  equations:
    - dtt(phi) = lap(phi) - sin(phi) - 0.1*dt(phi)
initial: {type: file, path: PATH, record: 0}
time: {stepper: split4, dt: 0.0005, end: 0.5}
output: {fields_every: 0.5}
"""),
    "gray_scott": ("""
model: reaction_diffusion
grid: {n: [32, 32], length: [32.0, 32.0]}
reaction_diffusion:
  species: [U, V]
  reactions:
    - {reaction: "U + 2 V -> 3 V", rate: 1}
    - {reaction: "0 -> U", rate: 0.037, name: feed}
    - {reaction: "U -> 0", rate: 0.037, name: flow}
    - {reaction: "V -> 0", rate: 0.097, name: kill}
  diffusion: {U: 0.16, V: 0.08}
initial: {type: patch, patch: {U: 0.5, V: 0.25}, density: {U: 1}, radius: 8, perturbation: 0.05}
time: {stepper: rk4, dt: 0.5, end: 50.0}
output: {fields_every: 50.0}
""", """
model: equation
grid: {n: [32, 32], length: [32.0, 32.0]}
equation:
  fields: [U, V]
  parameters: {feed: 0.037, kill: 0.06}
  space: lattice
  equations:
    - dt(U) = 0.16*lap(U) - U*V^2 + feed*(1 - U)
    - dt(V) = 0.08*lap(V) + U*V^2 - (feed + kill)*V
initial: {type: file, path: PATH}
time: {stepper: rk4, dt: 0.5, end: 50.0}
output: {fields_every: 50.0}
"""),
    "phi4": ("""
model: klein_gordon
grid: {n: [128], length: [40.0]}
klein_gordon: {potential: phi4, damping: 0.05, boundary: neumann}
initial: {type: formula, phi: "tanh(x + 3) + 0.1*cos(2*pi*x/40)", pi: "0.2*cos(4*pi*x/40)"}
time: {stepper: split4, dt: 0.0005, end: 0.5}
output: {fields_every: 0.5, fields: [phi, pi]}
""", """
model: equation
grid: {n: [128], length: [40.0]}
equation:
  fields: [phi]
  boundary: neumann
  dealias: none
  equations:
    - dtt(phi) = lap(phi) + phi - phi^3 - 0.05*dt(phi)
initial: {type: file, path: PATH}
time: {stepper: split4, dt: 0.0005, end: 0.5}
output: {fields_every: 0.5}
"""),
    "brusselator": ("""
model: reaction_diffusion
grid: {n: [24, 32], length: [24.0, 32.0]}
reaction_diffusion:
  species: [U, V]
  reactions:
    - {reaction: "2 U + V -> 3 U", rate: 1}
    - {reaction: "0 -> U", rate: 1, name: feed}
    - {reaction: "U -> V", rate: 3, name: turn}
    - {reaction: "U -> 0", rate: 1, name: flow}
  diffusion: {U: 0.5, V: 1.5}
initial: {type: formula, U: "1 + 0.3*cos(2*pi*x/32)", V: "3 + 0.5*sin(2*pi*y/24)"}
time: {stepper: rk4, dt: 0.02, end: 3.0}
output: {fields_every: 3.0}
""", """
model: equation
grid: {n: [24, 32], length: [24.0, 32.0]}
equation:
  fields: [U, V]
  parameters: {A: 1.0, B: 3.0}
  space: lattice
  equations:
    - dt(U) = 0.5*lap(U) + A - (B + 1)*U + U^2*V
    - dt(V) = 1.5*lap(V) + B*U - U^2*V
initial: {type: file, path: PATH}
time: {stepper: rk4, dt: 0.02, end: 3.0}
output: {fields_every: 3.0}
"""),
    "fitzhugh_nagumo": ("""
model: reaction_diffusion
grid: {n: [24, 32], length: [24.0, 32.0]}
reaction_diffusion:
  species: [U, V]
  rates: {U: "U - U^3/3 - V + I", V: "0.08*(U + 0.7 - 0.8*V)"}
  parameters: {I: 0.5}
  diffusion: {U: 1, V: 0}
initial: {type: formula, U: "tanh(2*sin(2*pi*x/32))", V: "0.6*sin(2*pi*y/24)"}
time: {stepper: rk4, dt: 0.05, end: 10.0}
output: {fields_every: 10.0}
""", """
model: equation
grid: {n: [24, 32], length: [24.0, 32.0]}
equation:
  fields: [U, V]
  space: lattice
  equations:
    - dt(U) = lap(U) + U - U^3/3 - V + 0.5
    - dt(V) = 0.08*(U + 0.7 - 0.8*V)
initial: {type: file, path: PATH}
time: {stepper: rk4, dt: 0.05, end: 10.0}
output: {fields_every: 10.0}
"""),
    "kuramoto": ("""
model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1.2, phase_lag: 0.3}
initial: {type: random}
time: {stepper: rk4, dt: 0.02, end: 2.0}
output: {fields_every: 2.0}
""", """
model: equation
grid: {n: [64], length: [64.0]}
equation:
  fields: [phase]
  parameters: {K: 1.2, delta: 0.3}
  space: lattice
  equations:
    - "dt(phase) = K*(sin(phase[1] - phase + delta) + sin(phase[-1] - phase + delta) - 2*sin(delta))"
initial: {type: file, path: PATH, record: 0}
time: {stepper: rk4, dt: 0.02, end: 2.0}
output: {fields_every: 2.0}
"""),
}


def components(path, record, names):
    """All components of the named fields, one after the other."""
    with h5py.File(path) as file:
        out = []
        for name in names:
            values = file[name][record]
            out.append(values.reshape(-1, *file[name].shape[-1:]) if values.ndim > 1 else values)
        return np.concatenate([v.ravel() for v in out])


def start_of(name, directory):
    """The first snapshot in a form that the equation reads."""
    path = os.path.join(directory, name, "fields.nc")
    if name in REACTIONS:
        start = os.path.join(directory, "start.h5")
        with h5py.File(path) as file, h5py.File(start, "w") as out:
            out["U"], out["V"] = file["density_U"][0], file["density_V"][0]
        return start
    if name in WAVES:
        start = os.path.join(directory, "start_sg.h5")
        with h5py.File(path) as file, h5py.File(start, "w") as out:
            out["phi"], out["phi_t"] = file["phi"][0], file["pi"][0]
        return start
    return path


REACTIONS, WAVES = ("gray_scott", "brusselator", "fitzhugh_nagumo"), ("sine_gordon", "phi4")
FIELDS = {"phi4": ["phi"], "brusselator": ["density_U", "density_V"], "fitzhugh_nagumo": ["density_U", "density_V"], "kpz": ["height"], "cgle": ["u_re", "u_im"], "sine_gordon": ["phi"], "gray_scott": ["density_U", "density_V"],
          "kuramoto": ["phase"]}
with scratch() as directory:
    for name, (built_in, equation) in CASES.items():
        run = weft("run", write(directory, f"{name}.yaml", built_in), "-q", "--out", os.path.join(directory, name))
        check(run.returncode == 0, f"{name}: {run.stderr}")
        if run.returncode:
            continue
        text = equation.replace("PATH", start_of(name, directory)).replace(", record: 0", "" if name in WAVES else ", record: 0")
        out = os.path.join(directory, f"{name}_equation")
        run = weft("run", write(directory, f"{name}_equation.yaml", text), "-q", "--out", out)
        check(run.returncode == 0, f"{name} as an equation: {run.stderr}")
        if run.returncode:
            continue
        a = components(os.path.join(directory, name, "fields.nc"), -1, FIELDS[name])
        b = components(os.path.join(out, "fields.nc"), -1, ["U", "V"] if name in REACTIONS else FIELDS[name])
        start = components(os.path.join(directory, name, "fields.nc"), 0, FIELDS[name])
        size = np.abs(a).max()
        difference = np.abs(a - b).max() / size
        print(f"{name}: {difference:.2g}, moved by {np.abs(a - start).max() / size:.2g}")
        check(np.abs(a - start).max() / size > 1e-3, f"{name}: the fields have hardly moved")
        check(difference < 1e-12, f"{name}: differs by {difference:.3g}")
end()
