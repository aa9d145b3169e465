"""Kuramoto, limit-cycle and KPZ models in one, two and three dimensions: what weft computes against the equations of the docs,
written once more in NumPy and solved by SciPy, and observables against their definitions, from the fields of snapshots."""
import numpy as np
from scipy.integrate import solve_ivp

from program import *


def run(folder, text):
    """(fields, series) of a run."""
    out = os.path.join(folder, "out")
    result = weft("run", write(folder, "input.yaml", text), "--out", out, "--overwrite", "-q")
    check(result.returncode == 0, f"{text}: {result.stderr}")
    found = []
    for name in ("fields", "series"):
        with h5py.File(os.path.join(out, f"{name}.nc")) as file:
            found.append({key: file[key][...] for key in file})
    return found


def input_of(model, grid, own, start, time, list_, fields):
    end = time["end"]
    settings = ", ".join(f"{key}: {value}" for key, value in time.items())
    return (f"model: {model}\ngrid: {{{grid}}}\n{model}: {{{own}}}\ninitial: {{{start}}}\ntime: {{{settings}}}\n"
            f"observe: {{every: {end / 2}, list: [{list_}]}}\noutput: {{fields_every: {end / 2}, fields: [{fields}]}}\n")


def solve(rhs, start, end):
    return solve_ivp(rhs, (0, end), start, rtol=1e-9, atol=1e-11).y[:, -1]


def near(found, expected, tolerance, what):
    off = np.max(np.abs(np.asarray(found) - expected)) / max(np.max(np.abs(expected)), 1e-300)
    check(off < tolerance, f"{what}: off by {off:.2g}")


def neighbours(x, open_ends):
    """The values at the neighbours of all sites; a site at an open end is its own neighbour, without force."""
    for axis in range(x.ndim):
        for step in (1, -1):
            other = np.roll(x, -step, axis)
            if open_ends:
                at = [slice(None)] * x.ndim
                at[axis] = -1 if step == 1 else 0
                other[tuple(at)] = x[tuple(at)]
            yield other


# ---- equations ----

def kuramoto(folder, n, topology):
    K, lag = 1.3, 0.4
    more = "" if topology == "all_to_all" else ", harmonics: [0.2, -0.1], harmonics_even: [0.05, 0, 0.3]"
    fields, series = run(folder, input_of(
        "kuramoto", f"n: {n}", f"topology: {topology}, coupling: {K}, phase_lag: {lag}{more}, disorder_type: uniform, "
        "disorder: 0.7, subtract_mean: false", "type: random", {"dt": 0.01, "end": 2, "stepper": "rk4"}, "order_parameter",
        "phase, omega"))
    start, omega = fields["phase"][0], fields["omega"][0]
    check(np.all(np.abs(omega) < 0.7) and omega.mean() != 0, "uniform frequencies of half width 0.7")

    def link(d):
        return K * (np.sin(d + lag) - np.sin(lag) + 0.2 * np.sin(2 * d) - 0.1 * np.sin(3 * d)
                    + 0.05 * (np.cos(2 * d) - 1) + 0.3 * (np.cos(4 * d) - 1))

    def rhs(_, y):
        p = y.reshape(start.shape)
        if topology == "all_to_all":
            return (omega + K * np.imag(np.exp(1j * p).mean() * np.exp(1j * (lag - p))) - K * np.sin(lag)).ravel()
        return (omega + sum(link(other - p) for other in neighbours(p, topology == "chain"))).ravel()
    exact = solve(rhs, start.ravel(), 2).reshape(start.shape)
    near(fields["phase"][-1], exact, 1e-6, f"kuramoto {n} {topology}")
    near(series["order_parameter"][-1], np.abs(np.exp(1j * exact).mean()), 1e-6, "order parameter")


def oscillators(folder, n, topology, kind):
    mu, K, c1, c2 = 0.8, 0.3, -0.5, 0.6
    own = f"kind: {kind}, topology: {topology}, growth: {mu}, frequency: 1.1, coupling: {K}, disorder_type: gaussian, disorder: 0.2"
    own += f", shear: {c2}, reactive: {c1}" if kind == "stuart_landau" else ""
    fields, _ = run(folder, input_of("oscillators", f"n: {n}", own, "type: random", {"dt": 0.01, "end": 8, "stepper": "rk4"},
                                     "amplitude", "u, v, phase, omega"))
    u, v, omega = (fields[name][0] for name in ("u", "v", "omega"))

    def rhs(_, y):
        u, v = y.reshape(2, *omega.shape)
        lap_u, lap_v = (sum(other - x for other in neighbours(x, topology == "chain")) for x in (u, v))
        if kind == "van_der_pol":
            return np.concatenate([(v + K * lap_u).ravel(), (mu * (1 - u**2) * v - omega**2 * u + K * lap_v).ravel()])
        z = u + 1j * v
        rate = (mu + 1j * omega) * z - (1 + 1j * c2) * abs(z) ** 2 * z + K * (1 + 1j * c1) * (lap_u + 1j * lap_v)
        return np.concatenate([rate.real.ravel(), rate.imag.ravel()])
    exact = solve(rhs, np.concatenate([u.ravel(), v.ravel()]), 8).reshape(2, *omega.shape)
    near(fields["u"][-1], exact[0], 1e-6, f"oscillators {n} {topology} {kind}")
    scale = -1 / 1.1 if kind == "van_der_pol" else 1.0
    angle = np.arctan2(scale * exact[1], exact[0])
    near(np.exp(1j * fields["phase"][-1]), np.exp(1j * angle), 1e-6, "phases")
    turned = np.abs(fields["phase"][-1] - fields["phase"][0])
    check(turned.max() > 2 * np.pi and turned.max() < 8 * 2.2, "turns are counted")


def kpz(folder, n, length, scheme):
    nu, half, tilt = 0.7, -0.6, 0.3
    fields, _ = run(folder, input_of(
        "kpz", f"n: {n}, length: {length}", f"nu: {nu}, lambda: {2 * half}, tilt: {tilt}, scheme: {scheme}, disorder_type: "
        "lorentzian, disorder: 0.05, subtract_mean: false", "type: random, amplitude: 0.3", {"dt": 0.004, "end": 1}, "mean",
        "height, eta"))
    start, eta = fields["height"][0], fields["eta"][0]
    dx = [a / b for a, b in zip(length, n)]
    k = np.meshgrid(*[2 * np.pi * np.fft.fftfreq(m, d) for m, d in zip(n, dx)], indexing="ij")
    kept = np.all(np.meshgrid(*[np.abs(np.fft.fftfreq(m)) < 1 / 3 for m in n], indexing="ij"), axis=0)

    def slopes(h):
        """Laplacian and square of the slope."""
        lap, square = np.zeros(h.shape), np.zeros(h.shape)
        for axis, d in enumerate(dx):
            m = tilt if axis == h.ndim - 1 else 0.0
            if scheme == "spectral":
                one = np.fft.fftn(h)
                lap += np.fft.ifftn(-k[axis] ** 2 * one).real
                square += (np.fft.ifftn(1j * k[axis] * one * kept).real + m) ** 2
                continue
            up, down = (np.roll(h, -1, axis) - h) / d, (h - np.roll(h, 1, axis)) / d
            lap += (up - down) / d
            up, down = up + m, down + m
            square += (up**2 + up * down + down**2) / 3 if scheme == "lam_shin" else (up + down) ** 2 / 4
        return lap, np.fft.ifftn(np.fft.fftn(square) * kept).real if scheme == "spectral" else square

    def rhs(_, y):
        lap, square = slopes(y.reshape(start.shape))
        return (nu * lap + half * square + eta).ravel()
    exact = solve(rhs, start.ravel(), 1).reshape(start.shape)
    near(fields["height"][-1], exact, 3e-6 if scheme == "spectral" else 1e-6, f"kpz {n} {scheme}")


# ---- observables ----

def front(h, series, ring, dx, what):
    mean, d = h.mean(), h - h.mean()
    for name, value in (("mean", mean), ("width2", (d**2).mean()), ("moment3", (d**3).mean()), ("moment4", (d**4).mean()),
                        ("centre", h[tuple(m // 2 for m in h.shape)])):
        check(abs(series[name][-1] - value) < 1e-10 * max(1, np.abs(h).max()) ** 4, f"{what}: {name}")
    near(series["height_pdf"][-1], np.histogram(d / d.std(), np.linspace(-6, 6, 121))[0] / h.size / 0.1, 1e-9, f"{what}: height_pdf")
    pairs = [(np.roll(h, -r, -1), h) if ring else (h[..., r:], h[..., :h.shape[-1] - r]) for r in np.rint(series["r"] / dx).astype(int)]
    near(series["correlation"][-1], [((a - b) ** 2).mean() for a, b in pairs], 1e-10, f"{what}: correlation")
    near(series["covariance"][-1], [((a - mean) * (b - mean)).mean() for a, b in pairs], 1e-9, f"{what}: covariance")
    if "structure_factor" in series:
        power = np.abs(np.fft.fftn(h)) ** 2 / h.size * dx**h.ndim
        k = np.meshgrid(*[2 * np.pi * np.fft.fftfreq(m, dx) for m in h.shape], indexing="ij")
        shell = np.floor(np.sqrt(sum(x**2 for x in k)) / series["k"][0] + 0.5 + 1e-9).astype(int)
        near(series["structure_factor"][-1], [power[shell == b].mean() for b in range(1, len(series["k"]) + 1)], 1e-9,
             f"{what}: structure_factor")


FRONT = "mean, width2, moment3, moment4, centre, height_pdf, correlation, covariance"


def observables(folder, n, topology, start):
    ring = topology == "ring"
    fields, series = run(folder, input_of(
        "kuramoto", f"n: {n}", f"topology: {topology}, noise: 0.2", start, {"dt": 0.05, "end": 3, "stepper": "sra1"},
        f"{FRONT}, order_parameter, velocity, frequency_spread" + (", winding, structure_factor" if ring else ""), "phase"))
    before, phase = fields["phase"][-2:]
    slope = 2 * np.pi * 2 / n[-1] if "twisted" in start else 0.0
    what = f"observables {n} {topology} {start}"
    front(phase - slope * np.arange(n[-1]), series, ring, 1.0, what)
    near(series["order_parameter"][-1], np.abs(np.exp(1j * phase).mean()), 1e-12, f"{what}: order_parameter")
    near(series["velocity"][-1], (phase - before).mean() / 1.5, 1e-9, f"{what}: velocity")
    near(series["frequency_spread"][-1], np.ptp(phase - before) / 1.5, 1e-12, f"{what}: frequency_spread")
    if ring:
        turns = -np.rint((np.roll(phase, -1, -1) - phase) / (2 * np.pi)).sum(axis=-1).mean()
        check(series["winding"][-1] == turns, f"{what}: winding {series['winding'][-1]}, {turns}")


with scratch() as folder:
    for n, topology in (([17], "chain"), ([6, 9], "ring"), ([6, 9], "all_to_all"), ([4, 5, 6], "chain"), ([4, 5, 6], "ring")):
        kuramoto(folder, n, topology)
    for n, topology, kind in (([6, 9], "ring", "stuart_landau"), ([4, 5, 6], "chain", "stuart_landau"),
                              ([6, 9], "chain", "van_der_pol"), ([4, 5, 6], "ring", "van_der_pol")):
        oscillators(folder, n, topology, kind)
    for n, length, scheme in (([12, 18], [12, 9], "lam_shin"), ([12, 18], [12, 9], "standard"), ([12, 18], [12, 9], "spectral"),
                              ([6, 8, 12], [6, 4, 12], "lam_shin"), ([6, 8, 12], [6, 4, 12], "spectral")):
        kpz(folder, n, length, scheme)
    for n in ([64], [12, 20], [6, 8, 10]):
        for topology, start in (("ring", "type: random"), ("chain", "type: wedge, slope: 0.3"), ("ring", "type: twisted, winding: 2")):
            observables(folder, n, topology, start)
    # from a snapshot on: the same front, with its turns
    for model, own, names in (("oscillators", "noise: 0.3, frequency: 0.2", "u, v, phase"), ("kuramoto", "noise: 0.3", "phase")):
        text = input_of(model, "n: 64", own, "type: random", {"dt": 0.05, "end": 100}, "mean, width2", names)
        _, series = run(folder, text)
        os.replace(os.path.join(folder, "out", "fields.nc"), os.path.join(folder, "first.nc"))
        _, later = run(folder, text.replace("type: random", f"type: file, path: {folder}/first.nc"))
        # phases within one turn have at most a width of pi^2
        check(series["width2"][-1] > 12, f"{model}: phases that have turned: {series['width2']}")
        for name in ("mean", "width2"):
            near(later[name][0], series[name][-1], 1e-12, f"{model} from a snapshot: {name}")
    fields, series = run(folder, input_of("kpz", "n: [12, 20], length: [6, 10]", "noise: 0.1, lambda: 0.5", "type: random",
                                          {"dt": 0.01, "end": 1}, FRONT + ", structure_factor", "height"))
    front(fields["height"][-1], series, True, 0.5, "kpz observables")
end()
