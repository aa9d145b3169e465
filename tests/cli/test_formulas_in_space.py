"""Formulas of place and time in models. Klein-Gordon fields: a driven oscillator, friction 2/t and 3/(1 + t) against closed
solutions, with the orders of the steppers; a potential of x, y and t against SciPy's solution, by transforms and by differences,
on 1 and 3 ranks, with a stop and a resume. Initial states by formula in all models: the values of NumPy, the same on 1 and 3 ranks."""
from program import check, end, h5py, np, os, same, scratch, weft, write
from scipy.integrate import solve_ivp

KG = """
model: klein_gordon
grid: {n: [8], length: [4.0]}
klein_gordon: {SECTION}
initial: {type: formula, phi: PHI, pi: PI}
time: {TIME}
output: {fields_every: 1.0, fields: [phi, pi]}
"""


def run(directory, text, ranks=1, name="out"):
    out = os.path.join(directory, name)
    done = weft("run", write(directory, "input.yaml", text), "-q", "--out", out, "--overwrite", ranks=ranks)
    check(done.returncode == 0, f"{text}\n{done.stderr}")
    with h5py.File(os.path.join(out, "fields.nc")) as file:
        return {key: file[key][...] for key in file}


def uniform(directory, section, phi, pi, time):
    text = KG.replace("SECTION", section).replace("PHI", phi).replace("PI", pi).replace("TIME", time)
    fields = run(directory, text)
    check(np.ptp(fields["phi"][-1]) < 1e-13, f"{section}: the field stays uniform")
    return fields["phi"][-1].mean(), fields["pi"][-1].mean()


# two forms of the drive: cos(w t) in the formula, and a constant that is linear in time
DRIVE = 'potential: formula, formula: "phi^2/2 - F*cos(w*t)*phi", parameters: {F: 0.5, w: 0.7}'
RAMP = 'potential: formula, formula: "phi^2/2 - F*phi", parameters: {F: [0, 0, 10, 5]}'
FRICTION = 'potential: linear, damping: "2/t"'
STEPPERS = [("verlet", 2), ("verlet, form: position", 2), ("yoshida4", 4), ("yoshida4, form: position", 4), ("rk4", 4)]


def orders(directory):
    exact_drive = 0.5 / (1 - 0.49) * (np.cos(0.7 * 3) - np.cos(3))
    exact_ramp = 0.5 * (3 - np.sin(3))
    cases = [(DRIVE, "0", "0", "dt: {}, end: 3.0", exact_drive, STEPPERS + [("split4", 4), ("strang", 2), ("split6", 6)]),
             (RAMP, "0", "0", "dt: {}, end: 3.0", exact_ramp, [("verlet", 2), ("split4", 4)]),
             (FRICTION, "sin(1)", "cos(1) - sin(1)", "start: 1.0, dt: {}, end: 4.0", np.sin(4) / 4, STEPPERS)]
    for section, phi, pi, time, exact, steppers in cases:
        for stepper, order in steppers:
            first = 0.1 if order > 2 else 0.05
            errors = [abs(uniform(directory, section, phi, pi, f"stepper: {stepper}, " + time.format(first / k))[0] - exact) for k in (1, 2)]
            found = np.log2(errors[0] / errors[1]) if min(errors) > 1e-13 else np.nan
            print(f"{section} {stepper}: {errors}, order {found:.2f}")
            # the ramp is linear in time, so that split4 has an error of rounding alone, or nearly
            check(errors[1] < 1e-10 or order - 0.8 < found < order + 1.2, f"{section} {stepper}: order {found:.3g}, errors {errors}")
            check(errors[1] < 2e-3, f"{section} {stepper}: {errors}")
    # friction alone: the factor is exact
    for form in ("velocity", "position"):
        found = uniform(directory, 'potential: linear, mass: 0, damping: "h/(1 + t)", parameters: {h: 3}', "0", "1", f"stepper: yoshida6, form: {form}, dt: 0.25, end: 2.0")[1]
        check(abs(found - 1 / 27) < 2e-9, f"friction 3/(1 + t): {found} and not 1/27")


PLACE = """
model: klein_gordon
grid: {n: [10, 12], length: [5.0, 6.0]}
klein_gordon: {potential: formula, formula: "phi^4/4 + (0.3*x + 0.2*y^2)*phi^2/2 - a*cos(2*t)*x*phi", parameters: {a: 0.4}, laplacian: LAPLACIAN, damping: "0.3/(1 + t)"}
initial: {type: formula, phi: 0.5*cos(2*pi*x/6) + 0.3*sin(2*pi*y/5), pi: "0.1*x*y"}
time: {stepper: STEPPER, dt: 0.005, end: 2.0}
observe: {every: 1.0, list: [energy, energy_potential]}
output: {fields_every: 1.0, fields: [phi, pi]}
"""


def place(directory):
    y, x = np.meshgrid(-2.5 + 0.5 * np.arange(10), -3 + 0.5 * np.arange(12), indexing="ij")
    ky, kx = np.meshgrid(2 * np.pi * np.fft.fftfreq(10, 0.5), 2 * np.pi * np.fft.fftfreq(12, 0.5), indexing="ij")

    def spectral(f):
        return np.fft.ifftn(-(kx ** 2 + ky ** 2) * np.fft.fftn(f)).real

    def fd2(f):
        return sum(np.roll(f, s, a) - f for s in (1, -1) for a in (0, 1)) / 0.25

    def slope(t, f):
        return f ** 3 + (0.3 * x + 0.2 * y ** 2) * f - 0.4 * np.cos(2 * t) * x

    for laplacian, lap in (("spectral", spectral), ("fd2", fd2)):
        def rate(t, u):
            f, p = u.reshape(2, 10, 12)
            return np.concatenate([p, lap(f) - slope(t, f) - 0.3 / (1 + t) * p], axis=None)
        start = np.stack([0.5 * np.cos(2 * np.pi * x / 6) + 0.3 * np.sin(2 * np.pi * y / 5), 0.1 * x * y])
        exact = solve_ivp(rate, (0, 2), start.ravel(), "DOP853", rtol=1e-11, atol=1e-12).y[:, -1].reshape(2, 10, 12)
        for stepper in ("yoshida4", "rk4"):
            text = PLACE.replace("LAPLACIAN", laplacian).replace("STEPPER", stepper)
            found = [run(directory, text, ranks, f"place{ranks}") for ranks in (1, 3)]
            for f, ranks in zip(found, (1, 3)):
                off = max(np.abs(f["phi"][-1] - exact[0]).max(), np.abs(f["pi"][-1] - exact[1]).max())
                print(f"place {laplacian} {stepper} on {ranks} ranks: off by {off:.2g}")
                check(off < 2e-7, f"place {laplacian} {stepper} on {ranks} ranks: off by {off:.3g}")
            with h5py.File(os.path.join(directory, "place3", "series.nc")) as file:
                f = exact[0]
                v = f ** 4 / 4 + (0.3 * x + 0.2 * y ** 2) * f ** 2 / 2 - 0.4 * np.cos(4) * x * f
                check(abs(file["energy_potential"][-1] - 0.25 * v.sum()) < 1e-6, f"energy of V(x, y, t): {file['energy_potential'][-1]} and not {0.25 * v.sum()}")
    # without friction exponential splittings serve, in one dimension over several ranks too (strided rows)
    for n in ("[12], length: [6.0]", "[8, 12], length: [4.0, 6.0]"):
        text = PLACE.replace("LAPLACIAN", "spectral").replace(', damping: "0.3/(1 + t)"', "").replace("[10, 12], length: [5.0, 6.0]", n)
        if "8" not in n:
            text = text.replace("0.2*y^2", "0.2").replace("sin(2*pi*y/5)", "1").replace("x*y", "x")
        fields = [run(directory, text.replace("STEPPER", stepper), ranks) for stepper in ("split4", "yoshida4") for ranks in (1, 3)]
        for f in fields[1:]:
            off = np.abs(f["phi"][-1] - fields[0]["phi"][-1]).max()
            check(off < 1e-7, f"split4 and yoshida4 on {n}: {off:.3g} apart")
        check(np.abs(fields[0]["phi"][-1] - fields[1]["phi"][-1]).max() < 1e-12, f"split4 on 1 and 3 ranks, {n}")
    # a step by itself: the rates of a potential of the place
    text = PLACE.replace("LAPLACIAN", "fd2").replace("STEPPER", "verlet").replace("dt: 0.005", "dt: auto")
    f = [run(directory, text, ranks)["phi"][-1] for ranks in (1, 3)]
    check((f[0] == f[1]).all() and np.abs(f[0] - exact[0]).max() < 0.02, "dt: auto with a potential of the place")


STARTS = [  # model, its section, fields of the formulas, what NumPy makes of them; x, y as in weft
    ("kuramoto", "coupling: 1.0, noise: 0.1", "n: [16]", "phase: 2*pi*x/16 + 0.1*normal", None),
    ("kuramoto", "coupling: 1.0", "n: [16]", "phase: 2*pi*x/16", {"phase": lambda x: 2 * np.pi * x / 16}),
    ("oscillators", "kind: stuart_landau, coupling: 1.0", "n: [16]", "u: cos(2*pi*x/16), v: sin(2*pi*x/16)",
     {"u": lambda x: np.cos(2 * np.pi * x / 16), "v": lambda x: np.sin(2 * np.pi * x / 16), "phase": lambda x: np.arctan2(np.sin(2 * np.pi * x / 16), np.cos(2 * np.pi * x / 16))}),
    ("kpz", "scheme: spectral, nu: 1.0, lambda: 1.0", "n: [16], length: [16.0]", "height: 3*exp(-x^2/4)", {"height": lambda x: 3 * np.exp(-x ** 2 / 4)}),
    ("kpz", "scheme: lam_shin, nu: 1.0, lambda: 1.0", "n: [16], length: [16.0]", "height: 'where(x < 0, 1, 0)'", {"height": lambda x: np.where(x < 0, 1.0, 0.0)}),
    ("cgle", "mu: 1.0", "n: [16], length: [16.0]", "u: exp(i*pi*x/8)", {"u_re": lambda x: np.cos(np.pi * x / 8), "u_im": lambda x: np.sin(np.pi * x / 8)}),
    ("reaction_diffusion", "species: [A, B], diffusion: {A: 1.0}, reactions: [{reaction: A -> B, rate: 1.0}]", "n: [16], length: [16.0]",
     "A: 1 + 0.5*cos(pi*x/8)", {"density_A": lambda x: 1 + 0.5 * np.cos(np.pi * x / 8), "density_B": lambda x: 0 * x}),
    ("holstein", "coupling: 0.5, force: dense, temperature: 0.1, damping: 0.1", "n: [16]", "Q: 0.2*cos(pi*x), P: 0.1*sin(2*pi*x/16)", {"Q": lambda x: 0.2 * np.cos(np.pi * x), "P": lambda x: 0.1 * np.sin(2 * np.pi * x / 16)}),
    ("klein_gordon", "potential: phi4, components: 2", "n: [16], length: [16.0]", "phi: exp(i*pi*x/8), pi: 0.2",
     {"phi_re": lambda x: np.cos(np.pi * x / 8), "phi_im": lambda x: np.sin(np.pi * x / 8), "pi_re": lambda x: 0.2 + 0 * x, "pi_im": lambda x: 0 * x}),
]


def starts(directory):
    for number, (model, section, grid, formulas, exact) in enumerate(STARTS):
        names = sorted({key.rsplit("_", 1)[0] if key.rsplit("_", 1)[-1] in ("re", "im", "A", "B") else key for key in exact or {"phase": 0}})
        text = f"model: {model}\ngrid: {{{grid}}}\n{model}: {{{section}}}\ninitial: {{type: formula, {formulas}}}\n"
        text += f"time: {{dt: 0.01, end: 0.02}}\nobserve: {{every: 0.02}}\noutput: {{fields_every: 0.02, fields: [{', '.join(names)}]}}\n"
        found = [run(directory, text, ranks, f"start{number}_{ranks}") for ranks in (1, 3)]
        x = -8 + np.arange(16.0)
        for key, value in (exact or {}).items():
            for f in found:
                off = np.abs(f[key][0] - value(x)).max() if key in f else np.nan
                check(off < 1e-12, f"{model}: {key} is off by {off:.3g}: {sorted(f)}")
        for key in found[0]:
            if found[0][key].dtype.kind == "f" and found[0][key].ndim == 2:
                check(np.abs(found[0][key][0] - found[1][key][0]).max() < (1e-14 if "spectral" in text or model in ("cgle", "klein_gordon") else 1e-300), f"{model}: {key} on 3 ranks")


LATTICE = """
model: reaction_lattice
grid: {n: [24, 40]}
reaction_lattice: {species: [A, B], METHOD, reactions: [{reaction: A -> 0, rate: 0.1}]}
initial: INITIAL
time: {end: 0.1}
output: {fields_every: 0.1, fields: [NAMES]}
"""


def lattice(directory):
    """Constant formulas give the state `random`; means follow formulas; words are independent of the filling."""
    for method, names, capacity in (("method: exact", "state", 1), ("method: exact, capacity: 3", "n", 3), ("method: rdme, capacity: 0", "n", 0)):
        text = LATTICE.replace("METHOD", method)
        shown = []
        for start, ranks in (("{type: random, density: {A: 0.3, B: 0.2}}", 1), ("{type: formula, A: 0.3, B: 0.1*2}", 1), ("{type: formula, A: 0.3, B: 0.2}", 3)):
            out = os.path.join(directory, "lattice")
            done = weft("run", write(directory, "input.yaml", text.replace("INITIAL", start).replace(", fields: [NAMES]", "")), "-q", "--out", out, "--overwrite", ranks=ranks)
            check(done.returncode == 0, f"{method} {start}: {done.stderr}")
            with h5py.File(os.path.join(out, "fields.nc")) as file:
                shown.append({key: file[key][0] for key in file if file[key].ndim == 3})
        check(shown[0] and all((a[key] == shown[0][key]).all() for a in shown[1:] for key in shown[0]), f"{method}: constant formulas and random: {[sorted(a) for a in shown]}")
    # a profile: means of 960 sites within 5 standard errors, in halves
    with_profile = LATTICE.replace("METHOD", "method: rdme, capacity: 0").replace(", fields: [NAMES]", "").replace("INITIAL", "{type: formula, A: 'where(x < 0, 4, 1)', B: 2*(uniform < 0.5)}")
    out = os.path.join(directory, "profile")
    done = weft("run", write(directory, "input.yaml", with_profile), "-q", "--out", out)
    check(done.returncode == 0, f"profile: {done.stderr}")
    with h5py.File(os.path.join(out, "fields.nc")) as file:
        a, b = (next(file[key][0] for key in file if key.endswith("_" + s)).astype(float) for s in "AB")
    for part, mean in ((a[:, :20], 4), (a[:, 20:], 1)):
        check(abs(part.mean() - mean) < 5 * np.sqrt(mean / 480) and abs(part.var() - mean) < 5 * np.sqrt((mean + 2 * mean ** 2) / 480), f"profile: {part.mean()}, {part.var()} and not {mean}")
    # B is Poisson of mean 2 or 0: mean 1, variance 1 + 1
    check(abs(b.mean() - 1) < 5 * np.sqrt(2 / 960) and abs(b.var() - 2) < 0.6, f"words: {b.mean()}, {b.var()}")
    for start, words in (("{type: formula, A: 0.7, B: 0.5}", "capacity is 1"), ("{type: formula, A: x}", "not negative"), ("{type: formula, C: 1}", "there are: A, B"), ("{type: formula, A: 1/x}", "inf at")):
        done = weft("run", write(directory, "bad.yaml", LATTICE.replace("METHOD", "method: exact").replace("INITIAL", start).replace(", fields: [NAMES]", "")), "--out", os.path.join(directory, "bad"))
        check(done.returncode == 2 and words in done.stderr, f"{start}: {done.stderr}")


with scratch() as directory:
    orders(directory)
    place(directory)
    starts(directory)
    lattice(directory)
end()
