"""Laws by formula in models: a potential of klein_gordon equals the built-in one, rate laws of reaction_diffusion
(FitzHugh-Nagumo, Gierer-Meinhardt with sources) equal SciPy's solution, explicit and implicit, on 1 and 3 ranks."""
from program import check, end, h5py, has, np, os, same, scratch, weft, write
from scipy.integrate import solve_ivp

KG = """
model: klein_gordon
grid: {n: [96], length: [24.0]}
klein_gordon: {POTENTIAL, laplacian: LAPLACIAN}
initial: {type: random, spectrum: band, amplitude: 0.4, k_min: 0.2, k_max: 2.0}
time: {stepper: STEPPER, dt: 0.02, end: 4.0}
observe: {every: 1.0, list: [energy, phi_max]}
output: {fields_every: 2.0, fields: [phi, pi]}
"""
PAIRS = [("potential: phi4, lambda: 0.7, vacuum: 1.2", 'potential: formula, formula: "lam/4*(phi^2 - v^2)^2", parameters: {lam: 0.7, v: 1.2}', "verlet"),
         ("potential: sine_gordon", 'potential: formula, formula: "1 - cos(phi)"', "rk4"),
         ("potential: polynomial, coefficients: [0, 0.1, 0.5, 0, 0.25]", 'potential: formula, formula: "0.1*phi + phi^2/2 + phi^4/4"', "yoshida4"),
         ("potential: linear, mass: 1.5", 'potential: formula, formula: "1.5^2*phi^2/2"', "verlet")]
RD = """
model: reaction_diffusion
grid: {n: [20], length: [20.0]}
reaction_diffusion:
  species: [u, v]
  diffusion: {u: 1.0, v: 0.3}
  boundary: neumann
LAWS
initial: INITIAL
time: {stepper: STEPPER, end: 3.0TIME}
observe: {every: 3.0, list: [density]}
output: {fields_every: 3.0, fields: [density]}
"""
FHN = """  parameters: {a: 0.7, b: 0.8, eps: 0.3, I: 0.5}
  rates: {u: "u - u^3/3 - v + I", v: "eps*(u + a - b*v)"}"""
GM = """  parameters: {rho: 0.05, mu: 0.4}
  reactions: [{reaction: u -> 0, rate: 1.0}]
  rates: {u: "rho + u^2/(v*(1 + 0.1*u^2))", v: "u^2 - mu*v + 0.02"}"""


def neumann(w):
    p = np.concatenate([w[:1], w, w[-1:]])
    return p[2:] + p[:-2] - 2 * w


def fhn(t, y):
    u, v = y[:20], y[20:]
    return np.concatenate([neumann(u) + u - u ** 3 / 3 - v + 0.5, 0.3 * neumann(v) + 0.3 * (u + 0.7 - 0.8 * v)])


def gm(t, y):
    u, v = y[:20], y[20:]
    return np.concatenate([neumann(u) - u + 0.05 + u ** 2 / (v * (1 + 0.1 * u ** 2)), 0.3 * neumann(v) + u ** 2 - 0.4 * v + 0.02])


with scratch() as directory:
    for number, (built_in, formula, stepper) in enumerate(PAIRS):
        for laplacian in ("spectral", "fd4"):
            results = []
            for text in (built_in, formula):
                out = os.path.join(directory, f"kg{number}{laplacian}{len(results)}")
                text = KG.replace("POTENTIAL", text).replace("LAPLACIAN", laplacian).replace("STEPPER", stepper)
                run = weft("run", write(directory, "kg.yaml", text), "-q", "--out", out, ranks=3 if results else 1)
                check(run.returncode == 0, f"{text}: {run.stderr}")
                results.append(out)
            for name in ("series.nc", "fields.nc"):
                try:
                    difference = same(os.path.join(results[0], name), os.path.join(results[1], name), 1e-12)
                except OSError as error:
                    difference = str(error)
                check(not difference, f"{formula} with {laplacian}: {name}: {difference}")
    for laws, rate in ((FHN, fhn), (GM, gm)):
        name = "FitzHugh-Nagumo" if laws is FHN else "Gierer-Meinhardt"
        for stepper, time, ranks in (("rk4", ", dt: 0.01", 1), ("rk4", ", dt: 0.01", 3),
                                     *([("petsc_rosw", ", rtol: 1e-9, atol: 1e-11", 1)] if has("PETSC") else [])):
            text = RD.replace("LAWS", laws).replace("STEPPER", stepper).replace("TIME", time)
            text = text.replace("INITIAL", "{type: front, left: {u: 1.0, v: 0.4}, right: {u: 0.2, v: 0.8}, width: 2.0}")
            out = os.path.join(directory, f"rd{name}{stepper}{ranks}")
            run = weft("run", write(directory, "rd.yaml", text), "-q", "--out", out, ranks=ranks)
            check(run.returncode == 0, f"{name} {stepper}: {run.stderr}")
            if run.returncode:
                continue
            with h5py.File(os.path.join(out, "fields.nc")) as file:
                u, v = file["density_u"], file["density_v"]
                exact = solve_ivp(rate, (0, 3), np.concatenate([u[0], v[0]]), "DOP853", rtol=1e-11, atol=1e-12).y[:, -1]
                off = np.abs(np.concatenate([u[-1], v[-1]]) - exact).max()
            check(off < 2e-7, f"{name} {stepper} on {ranks} ranks: off by {off:.3g}")
    bad = [("klein_gordon: {potential: formula, formula: \"phi^2 + psi\"}", "unknown name 'psi'"),
           ("klein_gordon: {potential: formula, formula: \"phi^^2\"}", "formula"),
           ("klein_gordon: {potential: phi4, formula: \"phi^2\"}", "not used here"),
           ("klein_gordon: {potential: formula, formula: \"abs2(phi)\", components: 2}", "real fields")]
    for section, words in bad:
        text = KG.replace("klein_gordon: {POTENTIAL, laplacian: LAPLACIAN}", section).replace("STEPPER", "verlet")
        run = weft("check", write(directory, "bad.yaml", text))
        check(run.returncode == 2 and words in run.stderr, f"{section}: {run.stderr}")
end()
