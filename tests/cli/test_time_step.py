"""dt: auto keeps its word: its step is that of the whole run, not of the start; what is said of stability is true; times are
the decimal numbers of the input."""
import math

from program import *

PENDULUM = """model: klein_gordon
grid: {{n: [32], length: [16]}}
klein_gordon: {{potential: {potential}}}
initial: {{type: file, path: {path}}}
time: {{stepper: {stepper}, end: 10}}
observe: {{every: 0.2, list: [energy, phi_center]}}
"""
BRUSSELATOR = """model: reaction_diffusion
grid: {{n: [{n}], length: [{n}]}}
reaction_diffusion:
  species: [u, v]
  diffusion: 0.01
  reactions:
    - {{reaction: "0 -> u", rate: 1}}
    - {{reaction: "2 u + v -> 3 u", rate: 1}}
    - {{reaction: "u -> 0", rate: 1}}
    - {{reaction: "u -> v", rate: {B}}}
initial: {{type: homogeneous, density: {{u: 0.1, v: 1.0}}}}
time: {{stepper: {stepper}, end: 40}}
observe: {{every: {every}, list: [density_u]}}
checkpoint: {{every: 0.1s}}
"""
GRAY_SCOTT = """model: reaction_diffusion
grid: {n: [32, 32], length: [32, 32]}
reaction_diffusion:
  species: [U, V]
  diffusion: {U: 0.2, V: 0.1}
  reactions: [{reaction: U + 2 V -> 3 V, rate: 1}, {reaction: 0 -> U, rate: 0.03}, {reaction: U -> 0, rate: 0.03},
              {reaction: V -> 0, rate: 0.09}]
initial: {type: patch, density: {U: 1.0}, patch: {U: 0.5, V: 0.25}, radius: 6, perturbation: 0.1}
time: {end: 100, dt: 1, stepper: euler_maruyama}
observe: {every: 50, list: [max_V, min_U]}
"""
KPZ = """model: kpz
grid: {{n: {n}, length: {n}}}
kpz: {{nu: 1, lambda: {coupling}, noise: 1, scheme: {scheme}}}
initial: {{type: flat}}
time: {{end: {end}}}
observe: {{every: {end}, list: [width2]}}
"""


def runge_kutta(f, y, times, step=1e-4):
    """The solution at the times, by Runge and Kutta's method with steps of which sixteen digits are left."""
    out, t = [y[0]], 0.0
    for target in times[1:]:
        n = max(1, math.ceil((target - t) / step))
        h = (target - t) / n
        for _ in range(n):
            a = f(y)
            b = f([u + 0.5 * h * k for u, k in zip(y, a)])
            c = f([u + 0.5 * h * k for u, k in zip(y, b)])
            d = f([u + h * k for u, k in zip(y, c)])
            y = [u + h / 6 * (p + 2 * q + 2 * r + s) for u, p, q, r, s in zip(y, a, b, c, d)]
        t = target
        out.append(y[0])
    return np.array(out)


def series(path, name):
    with h5py.File(os.path.join(path, "series.nc")) as file:
        return file["time"][...], file[name][...]


def run(directory, text, out, *more):
    result = weft("run", write(directory, out + ".yaml", text), "--out", os.path.join(directory, out), *more)
    return result, os.path.join(directory, out)


def kinetic_energy_counts(directory):
    """phi = 0 with momentum: V'' is small at the start, and large where the field goes."""
    for momentum, tolerance in ((5, 1e-3), (20, 3e-3), (100, 3e-2)):
        path = os.path.join(directory, f"start{momentum}.h5")
        with h5py.File(path, "w") as file:
            file["phi"] = np.zeros(32)
            file["pi"] = np.full(32, float(momentum))
        exact = None
        for stepper in ("rk4", "split4", "strang", "verlet"):
            result, out = run(directory, PENDULUM.format(potential="phi4", path=path, stepper=stepper),
                              f"{stepper}{momentum}")
            check(result.returncode == 0, f"momentum {momentum}, {stepper}: {result.stderr}")
            time, phi = series(out, "phi_center")
            energy = series(out, "energy")[1]
            if exact is None:
                exact = runge_kutta(lambda y: [y[1], y[0] - y[0] ** 3], [0.0, float(momentum)], time,
                                    2e-3 / momentum)
            drift = np.max(np.abs(energy / energy[0] - 1))
            check(drift < 1e-2, f"momentum {momentum}, {stepper}: the energy drifts by {drift}")
            if stepper in ("rk4", "split4"):
                error = np.max(np.abs(phi - exact))
                check(error < tolerance, f"momentum {momentum}, {stepper}: error {error}")
            check(all(t == float(f"{t:.10g}") for t in time), f"times are no decimals: {time}")


def integrate(f, y, end, steps):
    """The solution at the end of arrays y' = f(y), by Runge and Kutta's method."""
    h = end / steps
    for _ in range(steps):
        a = f(y)
        b = f(y + 0.5 * h * a)
        c = f(y + 0.5 * h * b)
        y = y + h / 6 * (a + 2 * b + 2 * c + f(y + h * c))
    return y


def snapshot(out, name, record=-1):
    with h5py.File(os.path.join(out, "fields.nc")) as file:
        return file[name][record]


def fast_starts(directory):
    """States that move faster at the start than the parameters say: steep fronts, amplitudes far above the limit cycle, momentum in
    waves, a fast oscillator among slow ones. Against Runge and Kutta's method at small steps, from the first snapshot on."""
    text = """model: {model}
grid: {grid}
{model}: {own}
initial: {initial}
time: {{stepper: {stepper}, end: {end}}}
observe: {{every: {end}}}
output: {{fields_every: {end}, fields: {fields}}}
"""

    def start(model, grid, own, initial, stepper, end, fields):
        result, out = run(directory, text.format(model=model, grid=grid, own=own, initial=initial, stepper=stepper, end=end, fields=fields),
                          f"{model}-{stepper}-{end}")
        check(result.returncode == 0, f"{model}, {stepper}: {result.stderr}")
        return out

    def compare(what, got, exact, most):
        error = np.max(np.abs(got - exact))
        check(error < most, f"{what}: error {error} of {np.max(np.abs(exact))}")

    def slopes(h, tilt, nu, coupling):
        up, down = np.roll(h, -1) - h, h - np.roll(h, 1)
        a, b = up + tilt, down + tilt
        return nu * (up - down) + coupling / 6 * (a * a + a * b + b * b)

    for stepper, most in (("rk4", 1e-4), ("heun", 2e-2)):
        out = start("kpz", "{n: [32], length: [32]}", "{nu: 1, lambda: 10}", "{type: random, amplitude: 5}", stepper, 2, "[height]")
        exact = integrate(lambda h: slopes(h, 0, 1, 10), snapshot(out, "height", 0), 2, 4000)
        compare(f"kpz, steep, {stepper}", snapshot(out, "height"), exact, most)
    out = start("kpz", "{n: [32], length: [32]}", "{nu: 0.5, lambda: 2, tilt: 10}", "{type: random, amplitude: 0.5}", "heun", 4, "[height]")
    exact = integrate(lambda h: slopes(h, 10, 0.5, 2), snapshot(out, "height", 0), 4, 4000)
    compare("kpz, tilted", snapshot(out, "height"), exact, 2e-2)
    # a uniform amplitude: (1 + i c) |u|^2 from far above 1
    for stepper, most in (("etdrk4", 1e-3), ("etd_heun", 3e-2)):
        out = start("cgle", "{n: [8], length: [8]}", "{alpha: 1, beta: 2}", '{type: formula, u: "10"}', stepper, 0.5, "[u]")
        exact = integrate(lambda z: z - (1 + 2j) * abs(z) ** 2 * z, np.array([10.0 + 0j]), 0.5, 10000)[0]
        compare(f"cgle, {stepper}", snapshot(out, "u_re")[0] + 1j * snapshot(out, "u_im")[0], exact, most)
    for stepper, most in (("rk4", 1e-3), ("heun", 1e-2)):
        out = start("oscillators", "{n: [8]}", "{shear: 1}", '{type: formula, u: "10", v: "0"}', stepper, 1, "[u, v]")
        exact = integrate(lambda z: (1 + 1j) * z - (1 + 1j) * abs(z) ** 2 * z, np.array([10.0 + 0j]), 1, 20000)[0]
        compare(f"oscillators, {stepper}", snapshot(out, "u")[0] + 1j * snapshot(out, "v")[0], exact, most)
        out = start("oscillators", "{n: [8]}", "{kind: van_der_pol, growth: 20, coupling: 0}", '{type: formula, u: "10", v: "0"}', stepper, 2,
                    "[u, v]")
        exact = integrate(lambda y: np.array([y[1], 20 * (1 - y[0] ** 2) * y[1] - y[0]]), np.array([10.0, 0.0]), 2, 10000)
        compare(f"van der Pol, {stepper}", np.array([snapshot(out, "u")[0], snapshot(out, "v")[0]]), exact, most)
    # frequencies of Lorentz's law: one site of 64 turns by 60 radians a unit of time
    out = start("kuramoto", "{n: [64]}", "{coupling: 1, disorder_type: lorentzian, disorder: 1}", "{type: flat}", "rk4", 10, "[phase, omega]")
    omega = snapshot(out, "omega", ...).reshape(-1)[-64:]
    check(np.ptp(omega) > 30, f"the draw has no fast site: {np.ptp(omega)}")
    exact = integrate(lambda p: omega + np.sin(np.roll(p, -1) - p) + np.sin(np.roll(p, 1) - p), np.zeros(64), 10, 10000)
    compare("kuramoto, a fast site", snapshot(out, "phase"), exact, 1e-2)
    # momentum in a wave, whose mean is zero
    for stepper, most in (("rk4", 1e-3), ("split4", 1e-4), ("strang", 0.1), ("verlet", 0.1)):
        out = start("klein_gordon", "{n: [32], length: [16]}", "{potential: phi4}", '{type: formula, phi: "0", pi: "100*cos(2*pi*x/16)"}',
                    stepper, 1, "[phi, pi]")
        k2 = (2 * np.pi * np.fft.fftfreq(32, 0.5)) ** 2
        exact = integrate(lambda y: np.array([y[1], np.fft.ifft(-k2 * np.fft.fft(y[0])).real + y[0] - y[0] ** 3]),
                          np.array([snapshot(out, "phi", 0), snapshot(out, "pi", 0)]), 1, 4000)
        compare(f"klein_gordon, a wave of momentum, {stepper}", snapshot(out, "phi"), exact[0], most)


def limit_cycles(directory):
    """The rates of the Brusselator's cycle are 30 times those of the start."""
    for B in (5, 10):
        result, out = run(directory, BRUSSELATOR.format(n=4, B=B, every=1, stepper="rk4"), f"cycle{B}")
        check(result.returncode == 0, f"Brusselator, B = {B}: {result.stderr}")
        check("motion has become faster" in result.stdout, f"B = {B}: not said: {result.stdout}")
        time, u = series(out, "density_u")
        exact = runge_kutta(lambda y: [1 + y[0] ** 2 * y[1] - (B + 1) * y[0], B * y[0] - y[0] ** 2 * y[1]],
                            [0.1, 1.0], time, 5e-4)
        error = np.max(np.abs(u - exact))
        check(error < 1e-3, f"Brusselator, B = {B}: error {error} of {np.max(exact)}")
        again, other = run(directory, open(os.path.join(out, "params.used.yaml"), encoding="utf-8").read(),
                           f"again{B}")
        check(again.returncode == 0, f"params.used.yaml: {again.stderr}")
        check(not same(os.path.join(out, "series.nc"), os.path.join(other, "series.nc")),
              "params.used.yaml gives other numbers")


def resumes(directory):
    """A run stopped before and after its step was halved goes on to the same bits."""
    text = BRUSSELATOR.format(n=100000, B=5, every=0.5, stepper="heun").replace("end: 40", "end: 15")
    result, whole = run(directory, text, "whole")
    check(result.returncode == 0, result.stderr)
    path, out, stops = os.path.join(directory, "whole.yaml"), os.path.join(directory, "parts"), 0
    for _ in range(40):
        process = weft("run", path, "--out", out, "--wall", "0.4s", *(["--resume"] if stops else []))
        if process.returncode == 0:
            break
        check(process.returncode == 85, f"a stopped run ends with {process.returncode}: {process.stderr}")
        stops += 1
    check(stops > 0 and process.returncode == 0, f"{stops} stops, then {process.returncode}")
    check(not same(os.path.join(whole, "series.nc"), os.path.join(out, "series.nc")),
          "a stopped run has other numbers: " + same(os.path.join(whole, "series.nc"), os.path.join(out, "series.nc")))


def bounds(directory):
    """A sufficient bound is warned of; a step that is unstable for certain is an error."""
    result, _ = run(directory, GRAY_SCOTT, "euler")
    check(result.returncode == 0 and "may be unstable" in result.stderr, f"Gray-Scott: {result.stderr}")
    result, _ = run(directory, GRAY_SCOTT, "beyond", "-P", "time.dt=2")
    check(result.returncode == 2 and "2 is unstable" in result.stderr, f"Gray-Scott: {result.stderr}")
    tiny = """model: klein_gordon
grid: {n: [16], length: [8]}
klein_gordon: {potential: linear, mass: 1e13}
initial: {type: gaussian}
time: {end: 1, stepper: verlet}
"""
    result = weft("check", write(directory, "tiny.yaml", tiny), timeout=60)
    check("auto chooses" in result.stderr, f"a step of 1e-15 is not warned of: {result.stderr}")
    fall = """model: klein_gordon
grid: {n: [16], length: [8]}
klein_gordon: {potential: polynomial, coefficients: [0, 0, 0.5, 0, -0.25]}
initial: {type: gaussian, amplitude: 0, background: 1.5}
time: {end: 10}
"""
    result, _ = run(directory, fall, "fall")
    check(result.returncode == 3, f"a field without bound ends with {result.returncode}: {result.stderr}")


def noise_counts(directory):
    """The slopes that noise makes: these all blew up at the step of the linear part."""
    for case, (n, coupling, scheme, end) in enumerate((("[64, 64]", 4, "standard", 40), ("[64, 64]", 4, "lam_shin", 40),
                                                       ("[32, 32]", 4, "spectral", 40), ("[512]", 6, "standard", 40),
                                                       ("[16, 16, 16]", 4, "standard", 20))):
        result, _ = run(directory, KPZ.format(n=n, coupling=coupling, scheme=scheme, end=end), f"kpz{case}")
        check(result.returncode == 0, f"KPZ {n}, lambda {coupling}, {scheme}: {result.stderr}")


def refine_is_written(directory):
    """dt: auto halves its step where it must, whatever `refine` says: the template of an input has `refine: false`."""
    limit_cycle = BRUSSELATOR.format(n=4, B=5, stepper="rk4", every=1)
    still = PENDULUM.format(potential="linear", path="", stepper="verlet").replace("type: file, path: ", "type: gaussian, width: 4")
    for case, text, refines in (("cycle", limit_cycle, "true"), ("linear", still, "false")):
        result, want = run(directory, text, case)
        check(result.returncode == 0, result.stderr)
        for word in ("true", "false"):
            for dt in ("", ", dt: auto"):
                result, out = run(directory, text.replace("time: {", f"time: {{refine: {word}{dt}, "), f"{case}_{word}{len(dt)}")
                check(result.returncode == 0, f"{case} with refine: {word}{dt}: code {result.returncode} {result.stderr}")
                if result.returncode:
                    continue
                used = [open(os.path.join(path, "params.used.yaml"), encoding="utf-8").read() for path in (out, want)]
                check(used[0] == used[1] and f"refine: {refines}" in used[0], f"{case} with refine: {word}{dt}: {used[0]}")
                name = "density_u" if case == "cycle" else "phi_center"
                check(np.array_equal(series(out, name)[1], series(want, name)[1]), f"{case} with refine: {word}{dt}: other numbers")


def later_starts(directory):
    """Free sites that start at a later time: width2 is 2 D (t - start) from the first step on, to 5 standard errors
    (relative, of N = 2^18 sites: sqrt(2/N)). The first step was half a step of noise short."""
    for start in (0, 1):
        result, out = run(directory, f"""model: kuramoto
grid: {{n: [262144]}}
kuramoto: {{coupling: 0, noise: 1.0}}
initial: {{type: flat}}
time: {{stepper: leimkuhler_matthews, dt: 0.1, start: {start}, end: {start + 0.5}}}
observe: {{every: 0.1, list: [width2]}}
""", f"free{start}")
        check(result.returncode == 0, result.stderr)
        with h5py.File(os.path.join(out, "series.nc")) as data:
            ratio = data["width2"][1:] / (2 * (data["time"][1:] - start))
            check(abs(ratio - 1).max() < 5 * math.sqrt(2 / 262144), f"start {start}: {ratio}")


def extends(directory):
    """etdrk43 with an equation that depends on time: a run that is extended has the bits of a whole one."""
    text = """model: equation
grid: {n: [64], length: [64.0]}
equation:
  fields: [u]
  equations: ["dt(u) = lap(u) + u - u^3 + 0.3*cos(1.7*t + x/10)"]
  observables: {m: "mean(u)"}
initial: {type: formula, u: "0.2*cos(2*pi*x/64)"}
time: {stepper: etdrk43, end: 42}
observe: {every: 0.7}
output: {fields_every: 0.7}
"""
    result, whole = run(directory, text, "forced")
    check(result.returncode == 0, result.stderr)
    path, out = os.path.join(directory, "forced.yaml"), os.path.join(directory, "extended")
    for arguments in (("-P", "time.end=21"), ("--resume",)):
        result = weft("run", path, "--out", out, *arguments)
        check(result.returncode == 0, result.stderr)
    with h5py.File(os.path.join(whole, "fields.nc")) as a, h5py.File(os.path.join(out, "fields.nc")) as b:
        check((a["u"][...] == b["u"][...]).all(), f"extended: {abs(a['u'][...] - b['u'][...]).max()}")


def decimals(directory):
    """3 times 0.2 is 0.6: fixed steps, chosen steps and adaptive ones, in series and snapshots."""
    for name, stepper in (("fixed", "{stepper: rk4, dt: 0.1, end: 60}"), ("auto", "{stepper: rk4, end: 60}"),
                          *([("adaptive", "{stepper: petsc_rosw, end: 60}")] if has("PETSC") else []),
                          ("later", "{dt: 0.2, start: 0.6, end: 60, stepper: rk4}")):
        text = f"""model: reaction_diffusion
grid: {{n: [4], length: [4]}}
reaction_diffusion: {{species: [A], reactions: [{{reaction: A -> 0, rate: 0.3}}], diffusion: 0.1}}
initial: {{type: homogeneous, density: 1.0}}
time: {stepper}
observe: {{every: 0.2, list: [density]}}
output: {{fields_every: 0.6}}
"""
        result, out = run(directory, text, name)
        check(result.returncode == 0, f"{name}: {result.stderr}")
        for file, step in (("series.nc", 0.2), ("fields.nc", 0.6)):
            with h5py.File(os.path.join(out, file)) as data:
                first = 0.6 if name == "later" else 0
                wanted = [float(f"{first + step * i:.10g}") for i in range(round((60 - first) / step) + 1)]
                check(list(data["time"][...]) == wanted, f"{name}, {file}: {data['time'][...]}")


EQUATION = """model: equation
grid: {{n: [8], length: [8]}}
equation: {{fields: [{fields}], equations: [{equations}]}}
initial: {{type: formula, {initial}}}
time: {{stepper: {stepper}, dt: 0.1, end: {end}}}
observe: {{every: {end}, list: [max(u)]}}
"""


def poles(folder):
    """u_t = u^2 from 1 is infinite at t = 1, v_t = u^3, u_t = v from (1, 1/sqrt(2)) at t = 1.41: a given step goes over it, and a run
    that ends before its numbers overflow is no complete one. Growth that a step does resolve, or makes exactly, is: exponentials
    of 55 and of e^10 a step, alone and from behind a constant, powers of the time, a pole some steps before it, a jump of a force."""
    def ends(fields, equations, initial, stepper, end_at):
        text = EQUATION.format(fields=fields, equations=equations, initial=initial, stepper=stepper, end=end_at)
        return weft("run", write(folder, "pole.yaml", text), "--out", os.path.join(folder, "pole"), "--overwrite", "-q")

    square, cube = ("u", "dt(u) = u^2", "u: 1"), ("u, v", "dt(u) = v, dt(v) = u^3", "u: 1, v: 0.70710678")
    for case, stepper, end_at in ((square, "etdrk4", 1.1), (square, "etdrk4", 1.2), (square, "rk4", 1.2), (square, "heun", 1.2), (square, "heun", 1.3),
                                  (square, "euler_maruyama", 1.5), (square, "euler_maruyama", 1.7), (cube, "rk4", 1.6)):
        run = ends(*case, stepper, end_at)
        check(run.returncode == 3 and "over a pole" in run.stderr, f"{case} with {stepper} to {end_at}: code {run.returncode} {run.stderr}")
    run = ends(*square, "rk4", 1.5)
    check(run.returncode == 3 and "not finite" in run.stderr, f"numbers that overflow: {run.returncode} {run.stderr}")
    for case, stepper, ends_at in ((square, "rk4", (0.5, 0.8)), (("u", "dt(u) = 40*u", "u: 1"), "etdrk4", (0.5, 3)),
                                   (("u", "dt(u) = 30*u", "u: 1"), "rk4", (0.5, 3)),
                                   (("u, v", "dt(u) = 0, dt(v) = 100*v", "u: 1, v: 1e-9"), "etdrk4", (0.2, 0.3, 0.4, 0.5, 0.6)),
                                   (("u, v", "dt(u) = 0, dt(v) = 22*v", "u: 1, v: 0.03"), "etdrk4", (0.3, 0.4, 0.5, 0.6)),
                                   (("u", "dt(u) = 9*t^8", "u: 0"), "rk4", (0.3, 0.4, 0.5)),
                                   (("u", "dt(u) = 1e6*step(t - 0.35)", "u: 1"), "heun", (0.4, 0.5, 0.6))):
        for end_at in ends_at:
            run = ends(*case, stepper, end_at)
            check(run.returncode == 0, f"{case} with {stepper} to {end_at}: code {run.returncode} {run.stderr}")


QUOTIENT = """model: equation
grid: {{n: [8], length: [8]}}
equation: {{fields: [u, v], equations: ["dt(u) = {u}", "dt(v) = {v}"], space: {space}}}
initial: {{type: formula, u: 1 + 0.1*cos(pi*x/4), v: 0.1}}
time: {{stepper: rk4, dt: 0.013, end: 1.3}}
observe: {{every: 1.3, list: [max(u)]}}
"""


def denominators(folder):
    """A denominator that passes zero between two steps, where the equations become infinite, ends the run. What only looks like it does
    not: quotients that are regular there, those that time can be integrated over (1/sqrt(abs(u)), sign functions, logarithms),
    denominators that stay away from zero. Fields go down from 1 at the rate 1 where nothing else is said."""
    def run(u, v, space, ranks=0):
        path = write(folder, "quotient.yaml", QUOTIENT.format(u=u, v=v, space=space))
        return weft("run", path, "--out", os.path.join(folder, "quotient"), "--overwrite", "-q", ranks=ranks)

    ends = [("-1/u", "0"), ("-1/u^2", "0"), ("-u^(-3)", "0"), ("-1/abs(u)", "0"), ("-1 + 0.1*u/(0.1 + u)", "0"), ("-1 + 0.001*tan(u + 1)", "0"),
            ("-1", "1/u"), ("-1", "v/(u*(u + 3))"), ("-1", "(u^2 - 0.2)/(u - 0.5)"), ("-1", "1/(u - v)"), ("-1", "1/(2000.5 - 2000*u)"),
            ("-1e4", "1/(9000 + u)"), ("-1", "v/tanh(u)"), ("-1", "mean(u)/mean(u^3)"), ("-1", "1/(t - 0.551)"), ("-u/(t - 0.551)", "0"),
            ("-1", "dx(u^2/(0.5 - u))"), ("-1", "1/log(0.5 + u)"), ("-1", "1/sin(u)"), ("-1", "u^3 - v^3 + 1e-20/u^3"), ("-1", "exp(-1/u)"),
            ("-1", "lap(v) + 1e-9/(u - 0.3)^2"), ("-1", "v/(1 - mean(u^2))"), ("-1", "v/(u - 0.1*x)"), ("-1", "tanh(v)/(u^2 - 0.25)")]
    passes = ["-sin(u)/u", "-1 + sin(100*u)/u", "-1 - (1 - cos(u))/u^2", "-1 - (exp(u) - 1 - u)/u^2", "-1 + tanh(u)/u", "-1 - where(abs(u) > 0.1, 1/u, 0)",
              "-1 + 0.1*u/(1 + u^2)", "-1 + 0.1/(2 + sin(u))", "-1 + 0.1/(1 + exp(u))", "-1 + 0.1/sqrt(abs(u))", "-1 + 0.1*u/abs(u)",
              "-1 + 0.1*log(abs(u))", "-1 + (u^2 - 0.25)/(u - 0.5)", "-1 + u*(v/u)", "-1 + 0.1*tan(x/100)",
              "-1 + 0.1*exp(-1/u^2)", "-1 - (1 - cos(u - 0.3))/(u - 0.3)^2", "-1 + 0.1*atan(1/u)", "-1 + 0.1*u/sqrt(u^2 + v^2)", "-1 + sin(u)^2/u^2",
              "-1 + (u^3 - v^3)/(u - v)", "-1 - 2*(cosh(u) - 1 - u^2/2)/u^4", "-1 + u^2*log(abs(u))/u", "-1 + 0.1/(1 + (u/v)^2)"]
    for space in ("spectral", "lattice"):
        for u, v in ends:
            done = run(u, v, space)
            check(done.returncode == 3 and "has passed zero at x = " in done.stderr, f"{space}, dt(u) = {u}, dt(v) = {v}: {done.returncode} {done.stderr}")
        for u in passes:
            done = run(u, "0", space)
            check(done.returncode == 0, f"{space}, dt(u) = {u}: {done.returncode} {done.stderr}")
    # u is 1 + 0.1 cos(pi x/4) - t, least at x = -4: below zero after 0.9, at step 70 of 0.013 first.
    for ranks, space in ((1, "lattice"), (3, "lattice"), (4, "lattice"), (2, "spectral"), (4, "spectral")):
        done = run("-1", "1/u", space, ranks)
        check("at time 0.91 (step 70) the denominator u has passed zero at x = -4:" in done.stderr, f"{ranks} ranks: {done.stderr}")


def growth_without_bound(directory):
    """Where no step is short enough the message says what helps, as it does where the step is given."""
    text = ("model: kpz\ngrid: {n: [8, 8, 8], length: [8, 8, 8]}\nkpz: {lambda: 8, noise: 4}\ninitial: {type: flat}\n"
            "time: {end: 40TIME}\nobserve: {every: 4, list: [width2]}\n")
    for given, found in (("", "grows without bound; try"), (", dt: 0.01", "use a smaller time.dt,")):
        run = weft("run", write(directory, "kpz.yaml", text.replace("TIME", given)), "--out", os.path.join(directory, "kpz"), "--overwrite", "-q")
        check(run.returncode == 3 and f"{found} kpz.scheme spectral, kpz.clip, or a smaller lambda^2 noise/nu^3" in run.stderr, f"growth: {run.stderr}")


with scratch() as directory:
    kinetic_energy_counts(directory)
    fast_starts(directory)
    limit_cycles(directory)
    resumes(directory)
    bounds(directory)
    noise_counts(directory)
    refine_is_written(directory)
    later_starts(directory)
    extends(directory)
    decimals(directory)
    poles(directory)
    denominators(directory)
    growth_without_bound(directory)
end()
