"""weft analyze: known exponents, laws and densities must come back within their errors, and doubt must be told."""
import importlib
import shutil
import sys
from unittest import mock

import numpy as np
import scipy.linalg

from program import *
from synthetic import write_file

sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))
from weftsim.errors import ToolError  # noqa: E402
from weftsim.blocks import block_shape, cliff_delta, compare, correlation_length, cut, kernel_density  # noqa: E402
from weftsim.field import entropies  # noqa: E402
from weftsim import fronts, kpz, open as weftsim_open, reaction  # noqa: E402
from weftsim.coarsening import Ensemble  # noqa: E402
from weftsim.exponents import exponent  # noqa: E402
from weftsim.kpz_class import classify, read_rules  # noqa: E402
from weftsim.laws import laws  # noqa: E402
from weftsim.mean_field import MeanField  # noqa: E402
from weftsim.power import spectrum_of  # noqa: E402
from weftsim.params import parse_yaml, read_yaml, to_yaml  # noqa: E402

RING = "model: kuramoto\ngrid:\n  n: [{n}]\nkuramoto:\n  coupling: 1\n  phase_lag: {lag}\n  noise: 0.1\ninitial:\n  type: {start}\n"
random = np.random.default_rng(11)


def table_of_rules(folder, dimension=1):
    """The rules of classes, which an ensemble has from the program."""
    text = f"""model: kuramoto
grid: {{n: {[16] * dimension}}}
kuramoto: {{noise: 0.1}}
initial: {{type: flat}}
time: {{dt: 0.1, end: 2}}
observe: {{every: {{log: 8}}, list: [width2, structure_factor_log]}}
ensemble: {{replicas: 2}}
"""
    run = os.path.join(folder, f"rules{dimension}")
    out = weft("run", write(folder, f"rules{dimension}.yaml", text), "--out", run, "-q")
    check(out.returncode == 0, out.stderr)
    with h5py.File(os.path.join(run, "series.nc")) as file:
        return file.attrs["class_rules"].decode()


def evidence(beta, p, skew, noise, lag=0.5, columnar=False, slips=0.0, drop=(), growing=False, change=0.0, **_):
    """What a run of so many records would say: value and error of each reduction."""
    found = {"beta_decade": (beta, noise / 8), "beta_change": (change, noise / 4), "beta_eff": (beta, noise / 4), "growth_end": (1000.0, 0.0),
             "mean_skewness": (skew, 0.008), "last_slips": (slips * 1000, 0.0), "last_slip_rate": (slips, 0.0),
             "spectral_exponent": (np.nan, np.nan) if growing else (p, 0.02)}
    if "width2_stderr" in drop:
        found["beta_decade"] = beta, np.nan
    if "skewness" in drop:
        del found["mean_skewness"]
    constants = {"kpz_nu": np.cos(lag), "kpz_lambda": -2 * np.sin(lag), "kpz_noise": 0.0 if columnar else 0.1, "kpz_disorder": 0.1 if columnar else 0.0,
                 "kpz_crossover": np.inf if columnar or lag == 0 else 252 * np.cos(lag)**5 / ((2 * np.sin(lag))**4 * 0.1**2)}
    return {**found, **{name: (value, 0.0) for name, value in constants.items()}}


def front(folder, name, beta, p, skew, law="gauss", n=1024, noise=0.02, growing=False, start="flat", v=0.0, drop=(), end=1000,
          slips=0.0, lag=0.5, plateau=None, columnar=False):
    """series.nc of a front that grows with beta, S = q^-p; law: of its heights."""
    t = np.concatenate([[0.0], np.geomspace(0.1, end, 60)])
    t[t == 0.1] = 0.1
    w2 = np.where(t > 0, 0.1 * np.maximum(t, 1e-9) ** (2 * beta), 0)
    if plateau:
        w2 = plateau * (1 - np.exp(-(w2 / plateau)))
    k = 2 * np.pi / n * np.arange(1, n // 2)
    q = 2 * np.sin(k / 2)
    rate = np.maximum(t[:, None], 1e-9) / 30 * (k * n / 2 / np.pi / 10) ** 2
    s = q**-p * (1 - np.exp(-rate)) if not growing else w2[:, None] * q**-p
    s = np.where(t[:, None] > 0, s, 0) * (1 + 0.05 * random.normal(size=s.shape))
    edges = np.arange(-6, 6.05, 0.1)
    grid = edges[:-1] + 0.05
    fine = np.linspace(-5, 5, 20001)
    sign = -1 if skew < 0 else 1
    heights = np.interp(random.uniform(size=100_000), laws()[law].cdf(fine, sign), fine)
    pdf = np.histogram(heights, edges)[0] / 100_000 / 0.1
    variables = {
        "width2": (("time",), w2 * (1 + noise * random.normal() / 8)), "width2_stderr": (("time",), noise * w2),
        "structure_factor": (("time", "k"), s), "structure_factor_stderr": (("time", "k"), 0.05 * s),
        "skewness": (("time",), np.full(len(t), skew)), "skewness_stderr": (("time",), np.full(len(t), np.sqrt(6e-5))),
        "height_pdf": (("time", "height_bin"), np.broadcast_to(pdf, (len(t), len(grid)))),
        "height_pdf_stderr": (("time", "height_bin"), np.broadcast_to(np.sqrt(pdf * (1 - 0.1 * pdf) / 1e4), (len(t), len(grid)))),
        "mean": (("time",), v * t), "mean_stderr": (("time",), 1e-3 * np.ones(len(t))),
        "slip_rate": (("time",), np.full(len(t), slips))}
    path = os.path.join(folder, name)
    write_file(path, "series.nc", {key: x for key, x in variables.items() if not key.startswith(drop or "-")},
               {"time": t, "k": k, "height_bin": grid}, RING.format(n=n, start=start, lag=lag), class_rules=RULES[0],
               class_evidence="\n".join(f"{key} {value!r} {error!r}" for key, (value, error) in evidence(
                   beta, p, skew, noise, lag, columnar, slips, drop, growing).items()))
    return path


def linear_ring(folder, name, n=512, replicas=8, end=200):
    """series.nc of few replicas of a ring with nu = D = 1: powers of modes are exponential, S = (1 - exp(-2 q^2 t))/q^2."""
    t = np.concatenate([[0.0], np.geomspace(0.1, end, 30)])
    k = 2 * np.pi / n * np.arange(1, n // 2 + 1)
    q2 = 2 - 2 * np.cos(k)
    s = (1 - np.exp(-2 * q2 * t[:, None])) / q2 * random.exponential(size=(replicas, len(t), len(k)))
    w2 = 2 * s.sum(axis=2) / n
    variables = {}
    for key, dims, x in (("width2", ("time",), w2), ("structure_factor", ("time", "k"), s)):
        variables |= {key: (dims, x.mean(axis=0)), f"{key}_stderr": (dims, x.std(axis=0, ddof=1) / np.sqrt(replicas))}
    path = os.path.join(folder, name)
    write_file(path, "series.nc", variables, {"time": t, "k": k}, RING.format(n=n, start="flat", lag=0.0))
    return path


by_program = set()  # kinds of analysis that have been run by the program, with the picture


def analyse(kind, *paths):
    """What weft analyze finds. The first of a kind is run by the program; the others in this process and without the picture, which
    takes less than half the time."""
    name = f"weft analyze {kind} {[os.path.basename(p) for p in paths]}"
    if kind not in by_program:
        by_program.add(kind)
        out = weft("analyze", kind, *paths)
        check(out.returncode == 0 and not out.stderr, f"{name}: {out.stderr}")
        check(os.path.getsize(os.path.join(paths[0], f"{kind}.png")) > 20_000, f"{name}: the picture")
        return read_yaml(os.path.join(paths[0], f"{kind}.yaml")) if out.returncode == 0 else {}
    tool = importlib.import_module("weftsim.analyze")
    with mock.patch("matplotlib.figure.Figure.savefig", lambda self, path, **_: open(path, "wb").close()):
        try:
            code = tool.main([kind, *paths, "--quiet"])
        except (ToolError, SystemExit) as error:
            code = error
    check(code == 0, f"{name}: {code}")
    return read_yaml(os.path.join(paths[0], f"{kind}.yaml")) if code == 0 else {}


NETWORK = """model: reaction_lattice
grid: {n: [64, 64]}
""" + LOTKA_VOLTERRA


def oscillations(folder, name, W, g, replicas=1):
    """Densities that turn with W, are damped with g and driven by white noise, with the law of that process."""
    count, dt = 4000, 0.5
    decay = np.exp((1j * W - g) * dt)
    z = np.zeros((replicas, count), complex)
    kicks = (random.normal(size=z.shape) + 1j * random.normal(size=z.shape)) * np.sqrt((1 - abs(decay) ** 2) / 2)
    for i in range(1, count):
        z[:, i] = decay * z[:, i - 1] + kicks[:, i]
    series = {"density_A": 0.3 + 0.01 * z.real, "density_B": 0.1 + 0.01 * z.imag}
    variables = {}
    for key, x in series.items():
        variables[key] = (("time",), x.mean(axis=0))
        if replicas > 1:
            variables[f"{key}_stderr"] = (("time",), x.std(axis=0))
            variables[f"{key}_replica"] = (("replica", "time"), x)
    lives = np.minimum(random.exponential(1000.0, size=400), dt * (count - 1))
    variables["extinction_time"] = (("time",), np.full(count, lives.mean()))
    variables["extinction_time_replica"] = (("lives", "time"), np.repeat(lives[:, None], count, axis=1))
    path = os.path.join(folder, name)
    write_file(path, "series.nc", variables, {"time": dt * np.arange(count)}, NETWORK)
    return path


def agrees(found, expected, sigmas=4, name=""):
    ok = found is not None and abs(found["value"] - expected) <= sigmas * found["stderr"]
    check(ok, f"{name}: {found}, expected {expected}")


def each_part_counts(line, surface):
    """Evidence that gives a class, and each piece of it that, changed alone, excludes the class."""
    def white(*found, **more):
        return evidence(*found, 0.02, **more)

    def frozen(*found, **more):
        return evidence(*found, 0.02, columnar=True, **more)
    change, noise, disorder = ("beta_change", 0.2), ("kpz_noise", 0.0), ("kpz_disorder", 0.0)
    slips, none = ("last_slips", 0.2), ("last_slips", 0.0)
    for rules, name, found, excluding in (
            (line, "random_deposition", white(0.5, 0, 0.0, slips=0.1), [("beta_decade", 0.42), ("beta_decade", 0.58), change, none, noise]),
            (line, "edwards_wilkinson", white(0.25, 2, 0.0), [("beta_decade", 0.19), ("beta_decade", 0.31), ("mean_skewness", 0.15),
                                                             ("mean_skewness", -0.15), change, slips, ("spectral_exponent", 1.6), ("spectral_exponent", 2.4), noise,
                                                             ("growth_end", 2e4), ("kpz_crossover", 900.0)]),
            (line, "kpz", white(1 / 3, 2, -0.29), [("beta_decade", 0.28), ("beta_decade", 0.39), ("mean_skewness", 0.29), ("mean_skewness", -0.1),
                                                  ("mean_skewness", -0.5), change, slips, ("spectral_exponent", 1.6), ("spectral_exponent", 2.4), noise,
                                                  ("kpz_lambda", 0.0)]),
            (line, "columnar_edwards_wilkinson", frozen(0.75, 4, 0.0), [("beta_decade", 0.69), ("beta_decade", 0.81), ("mean_skewness", 0.15), change, slips,
                                                                       ("spectral_exponent", 3.5), ("spectral_exponent", 4.5), disorder, ("beta_eff", 0.0)]),
            (line, "columnar_kpz", frozen(0.87, 3.2, -0.7), [("beta_decade", 0.7), ("beta_decade", 1.02), ("mean_skewness", 0.7), ("mean_skewness", 0.0), change,
                                                             slips, ("spectral_exponent", 2.3), ("spectral_exponent", 4.1), disorder, ("beta_eff", 0.0),
                                                             ("kpz_lambda", 0.0), ("mean_skewness", -3.2)]),
            (line, "linear_growth", frozen(1.0, 0, 0.0, slips=0.1), [("beta_decade", 0.9), ("beta_decade", 1.1), change, none, disorder]),
            (line, "locked", {**frozen(0.75, 4, 0.0), "beta_eff": (0.0, 0.005)}, [("beta_eff", 0.1), ("beta_eff", -0.1), ("last_slip_rate", 1e-5), ("kpz_noise", 0.1)]),
            (line, "transient", white(0.4, 2, 0.0, change=0.2), [("beta_change", 0.01)]),
            (surface, "random_deposition", white(0.5, 0, 0.0, slips=0.1), [("beta_decade", 0.42), ("beta_decade", 0.58), change, none, noise]),
            (surface, "edwards_wilkinson", white(0.06, 2, 0.0), [("beta_decade", -0.06), ("beta_decade", 0.16), ("mean_skewness", 0.15), change, slips,
                                                                ("spectral_exponent", 1.6), ("spectral_exponent", 2.4), noise]),
            (surface, "kpz", white(0.2415, 2.78, -0.3), [("beta_decade", 0.19), ("beta_decade", 0.3), ("mean_skewness", 0.3), ("mean_skewness", -0.1),
                                                        ("mean_skewness", -0.6), change, slips, ("spectral_exponent", 2.4), ("spectral_exponent", 3.2), noise,
                                                        ("kpz_lambda", 0.0)]),
            (surface, "columnar_edwards_wilkinson", frozen(0.5, 4, 0.0, lag=0.0), [("beta_decade", 0.44), ("beta_decade", 0.56), ("mean_skewness", 0.15), change, slips,
                                                                                 ("spectral_exponent", 3.5), ("spectral_exponent", 4.5), disorder, ("beta_eff", 0.0),
                                                                                 ("kpz_lambda", -0.1)]),
            (surface, "linear_growth", frozen(1.0, 0, 0.0, slips=0.1), [("beta_decade", 0.9), ("beta_decade", 1.1), change, none, disorder]),
            (surface, "locked", {**frozen(0.5, 4, 0.0), "beta_eff": (0.0, 0.005)}, [("beta_eff", 0.1), ("last_slip_rate", 1e-5), ("kpz_noise", 0.1)]),
            (surface, "transient", white(0.4, 2, 0.0, change=0.2), [("beta_change", 0.01)])):
        check(classify(rules, found).name == name, f"{name}: {classify(rules, found)}")
        for key, value in excluding:
            other = classify(rules, {**found, key: (value, found[key][1])})
            check(name in other.against, f"{name} with {key} = {value}: {other}")


RULES = []
with scratch() as folder:
    RULES.append(table_of_rules(folder))
    # ---- classes ----
    for name, known, beta, p, skew, law, growing in (
            ("rd", "random_deposition", 1 / 2, 0, 0.0, "gauss", True), ("ew", "edwards_wilkinson", 1 / 4, 2, 0.0, "gauss", False),
            ("kpz", "kpz", 1 / 3, 2, 0.2935, "goe", False), ("mirrored", "kpz", 1 / 3, 2, -0.2935, "goe", False),
            ("linear", "linear_growth", 1.0, 0, 0.0, "gauss", True), ("cew", "columnar_edwards_wilkinson", 3 / 4, 4, 0.0, "gauss", False),
            ("ckpz", "columnar_kpz", 0.87, 3.2, -0.7, "baik_rains", False)):
        path = front(folder, name, beta, p, skew, law, growing=growing, lag=-0.5 if name in ("kpz", "ew") else 0.5,
                     columnar=known.startswith(("columnar", "linear")), slips=1e-3 if growing else 0.0)
        found = analyse("kpz", path)
        run = found["runs"][0]
        check(found["class"] == known, f"{name}: class {found['class']}: {found['evidence']} {found['excluded']}")
        agrees(run["beta"], beta, name=f"beta of {name}")
        agrees(run["structure_factor"]["exponent"], p, name=f"spectral exponent of {name}")
        if name in ("kpz", "mirrored", "ew"):
            check(run["height_pdf"]["agree"] == [law] and run["height_pdf"]["mirrored"] == (name == "mirrored"),
                  f"{name}: laws {run['height_pdf']['agree']}")

    # ---- doubt ----
    for name, more, why in (("between", {"beta": 0.29, "noise": 0.002}, "every class is excluded"),
                            ("vague", {"beta": 0.29, "noise": 0.3, "drop": ("skewness",)}, "not known"),
                            ("no_errors", {"beta": 0.25, "drop": ("width2_stderr",)}, "not known beta_decade"),
                            ("slips", {"beta": 0.25, "slips": 0.01}, "excluded")):
        found = analyse("kpz", front(folder, name, **{"p": 2, "skew": 0.0, **more}))
        check(found["class"] == "undecided" and any(why in reason for reason in found["evidence"]),
              f"{name}: {found['class']} {found['evidence']}")
    check(any("slips" in r for r in found["excluded"]["edwards_wilkinson"]), "slips are named")
    line, surface = read_rules(RULES[0]), read_rules(table_of_rules(folder, 2))
    each_part_counts(line, surface)
    drifting = classify(line, evidence(0.26, 2, 0.0, 0.02, change=0.12))
    check(drifting.name == "transient" and any("beta_change" in r for r in drifting.against["edwards_wilkinson"]), f"a drifting exponent: {drifting}")
    # a skewness that its error hides excludes nothing; a sharp one near zero excludes KPZ
    for error, name in ((0.18, "undecided"), (0.02, "edwards_wilkinson")):
        hidden = classify(line, {**evidence(0.29, 2, 0.0, 0.16), "mean_skewness": (-0.05, error)})
        check(hidden.name == name and ("kpz" in hidden.against) == (error < 0.1), f"skewness +- {error}: {hidden}")
    for lag, name in ((0.5, "kpz"), (-0.5, "undecided"), (0.0, "undecided")):
        found = classify(line, evidence(0.31, 2, -0.2, 0.02, lag))
        check(found.name == name and ("lambda" in str(found.against.get("kpz"))) == (lag <= 0), f"sign of lambda: {found}")
    # the spectrum excludes: two kinds of columnar growth by p, and a front whose spectrum is that of another class
    check("spectral_exponent" in str(classify(line, evidence(0.25, 2.6, 0.0, 0.02)).against["edwards_wilkinson"]), "a spectrum that excludes")
    # a ring that has come to rest under frozen noise; a white one has reached its width, and keeps its class
    rest = {**evidence(0.75, 4, 0.0, 0.02, columnar=True), "beta_eff": (0.0, 0.01)}
    check(classify(line, rest).name == "locked", f"a locked ring: {classify(line, rest)}")
    rest = {**evidence(0.25, 2, 0.0, 0.02), "beta_eff": (0.0, 0.01)}
    check(classify(line, rest).name == "edwards_wilkinson", f"a saturated ring: {classify(line, rest)}")
    # surfaces: EW grows as the logarithm; KPZ has beta 0.2415, p = 2 alpha + 2 = 2.78 (Kelling and Odor 2011)
    for name, beta, p, skew, more in (("edwards_wilkinson", 0.06, 2, 0.0, {}), ("kpz", 0.24, 2.78, -0.3, {}), ("random_deposition", 0.5, 0, 0.0, {"slips": 0.1}),
                                      ("columnar_edwards_wilkinson", 0.5, 4, 0.0, {"columnar": True, "lag": 0.0}),
                                      ("undecided", 0.5, 4, 0.0, {"columnar": True}), # columnar KPZ is not known there
                                      ("undecided", 0.7, 3.5, -0.5, {"columnar": True})):
        found = classify(surface, evidence(beta, p, skew, 0.02, **more))
        check(found.name == name, f"a surface, {name}: {found}")
    # a stationary start shows no growth, whatever its width does
    found = analyse("kpz", front(folder, "stationary", 0.0, 2, 0.0))
    check(found["class"] == "undecided" and "does not grow" in found["evidence"][0] and "beta" not in found["runs"][0],
          f"a stationary start: {found['class']} {found['evidence']}")

    # ---- amplitude and exponent of few replicas: bins that happen to be low must not pull them down, nor growing modes ----
    runs = [fronts.Front(linear_ring(folder, f"linear{i}")) for i in range(24)]
    spectra = [fronts.spectrum(run, 200) for run in runs]
    exponents = [fronts.spectral_exponent(*pair) for pair in zip(runs, spectra)]
    for name, exact, bias, found in (
            ("A", 1.0, 0.06, [fronts.amplitude_from_spectrum(*x) for x in zip(runs, spectra, exponents)]),
            ("p", 2.0, 0.04, [(x["p"], x["error"]) for x in exponents])):
        value, error = np.array([x for x in found if x[0] is not None], float).T
        check(len(value) > 12, f"{name} is found in {len(value)} of {len(found)} runs")
        check(abs(value.mean() - exact) < bias + 4 * value.std() / np.sqrt(len(value)), f"{name} on the mean: {value.mean()}")
        check(0.5 < value.std() / error.mean() < 2, f"{name} scatters by its error: {value.std()} {error.mean()}")

    # ---- sizes and tilts: v = 0.3 - 0.8 m^2/2 ----
    def width(n):
        return 0.05 * n / 12
    paths = [front(folder, f"size{n}", 0.25, 2, 0.0, n=n, plateau=width(n), end=n**2 * 4, noise=0.01) for n in (32, 64, 128)]
    found = analyse("kpz", *paths)
    agrees(found["alpha_of_sizes"], 0.5, name="alpha over sizes")
    agrees(found["z_of_sizes"], 2.0, name="z over sizes")
    agrees(found["A"]["from_saturation"], 0.05, name="A of the saturated width")
    check(found["class"] == "edwards_wilkinson", f"class over sizes: {found['class']} {found['excluded']}")
    paths = [front(folder, f"tilt{m}", 1 / 3, 2, -0.29, "goe", n=256, start=f"twisted\n  winding: {m}",
                   v=0.3 - 0.8 * (2 * np.pi * m / 256) ** 2 / 2) for m in (4, 8, 12)]
    found = analyse("kpz", *paths)
    agrees(found["lambda"]["by_tilt"], -0.8, name="lambda by tilt")
    check(abs(found["lambda"]["of_the_parameters"] + 2 * np.sin(0.5)) < 1e-6, "lambda of the parameters")
    gamma = abs(found["lambda"]["by_tilt"]["value"]) * found["A"]["from_spectrum"]["value"] ** 2 / 2
    check(abs(found["Gamma"]["value"] / gamma - 1) < 1e-6, "Gamma = |lambda| A^2/2")
    agrees(found["A"]["from_spectrum"], 1.0, name="A of the spectrum")

    # ---- two runs of the simulator: exact laws of linear rings ----
    for name, physics, known, beta in (("ring", "noise: 0.05", "edwards_wilkinson", 0.25),
                                       ("columnar", "disorder_type: gaussian, disorder: 0.005", "columnar_edwards_wilkinson", 0.75)):
        text = f"""model: kuramoto
grid: {{n: [1024]}}
kuramoto: {{{physics}}}
initial: {{type: flat}}
time: {{dt: 0.1, end: 300}}
observe: {{every: {{log: 60}}, list: [mean, width2, skewness, kurtosis, height_pdf, structure_factor, structure_factor_log, slips, slip_rate]}}
ensemble: {{replicas: 32, seed: 3}}
"""
        run = os.path.join(folder, "run_" + name)
        out = weft("run", write(folder, f"{name}.yaml", text), "--out", run, "-q")
        check(out.returncode == 0, f"run {name}: {out.stderr}")
        found = analyse("kpz", run)
        check(found["class"] == known, f"simulated {name}: {found['class']} {found['excluded'].get(known)}")
        agrees(found["runs"][0]["beta"], beta, name=f"beta of the simulated {name}")
        check("gauss" in found["runs"][0]["height_pdf"]["agree"] and "goe" not in found["runs"][0]["height_pdf"]["agree"],
              f"heights of the linear {name} are Gaussian: {found['runs'][0]['height_pdf']['agree']}")

    # the laws of Tracy, Widom, Baik and Rains are those of lines
    text = """model: kpz
grid: {n: [32, 32], length: [32, 32]}
kpz: {noise: 1}
initial: {type: flat}
time: {dt: 0.1, end: 20}
observe: {every: {log: 20}, list: [width2, skewness, kurtosis, height_pdf]}
ensemble: {replicas: 8, seed: 3}
"""
    run = os.path.join(folder, "surface")
    check(weft("run", write(folder, "surface.yaml", text), "--out", run, "-q").returncode == 0, "a surface")
    check(list(analyse("kpz", run)["runs"][0]["height_pdf"]["laws"]) == ["gauss"], "a surface is compared with Gauss alone")

    # ---- a droplet: h = v t + sign(lambda) (Gamma t)^(1/3) chi, chi of the law GUE, over a mean of thousands ----
    t, law = np.geomspace(1, 1000, 20), laws()["gue"]
    gamma = 2 * np.sin(0.5) * (0.1 / np.cos(0.5)) ** 2 / 2
    fine = np.linspace(-5, 5, 20001)
    chi = np.sqrt(law.variance) * np.interp(random.uniform(size=(4000, 1)), law.cdf(fine), fine)
    centre = 5.0 * t - (gamma * t) ** (1 / 3) * chi
    path = os.path.join(folder, "droplet")
    write_file(path, "series.nc", {
        "width2": (("time",), np.full(20, 10.0)), "width2_stderr": (("time",), np.full(20, 0.1)),
        "centre": (("time",), centre.mean(axis=0)), "centre_replica": (("replica", "time"), centre)},
        {"time": t}, RING.format(n=4096, start="wedge", lag=0.5))
    found = analyse("kpz", path)["one_point"]
    # the first record is not the start: heights are counted from it
    scale = (1 - (t[0] / t[-1]) ** (1 / 3)) ** 2
    agrees(found["skewness"], -law.skewness, name="skewness of a droplet")
    agrees(found["kurtosis"], law.kurtosis, name="kurtosis of a droplet")
    agrees(found["variance_over_Gamma_t"], law.variance * scale, name="variance of a droplet")
    check(found["replicas"] == 4000 and found["variance_over_Gamma_t"]["stderr"] < 0.03, f"errors of a droplet: {found}")

    # ---- points that do not lie on a line: the error is that of their scatter, and not that of each one ----
    sizes, tilts, off = np.array([64, 128, 256, 512]), np.array([0.0, 0.2, 0.4, 0.6]), np.array([0.0, 0.1, -0.1, 0.0])
    given = [{"front": mock.Mock(size=size, tilt=m), "velocity": (m**2 / 2 + 0.1 * d, 1e-4)} for size, m, d in zip(sizes, tilts, off)]
    slope, error = kpz.power_of_size(given, [(v, 1e-3 * v) for v in sizes**0.5 * np.exp(off)])
    check(0.05 < error < 0.2 and abs(slope - 0.5) < 2 * error, f"alpha of scattered sizes: {slope} +- {error}")
    slope, error = kpz.lambda_by_tilt(given)
    check(0.02 < error < 0.2 and abs(slope - 1) < 2 * error, f"lambda of scattered velocities: {slope} +- {error}")
    straight = [(v, 1e-3 * v) for v in sizes**0.5]
    check(abs(kpz.power_of_size(given, straight)[1] - 1e-3 / np.log(sizes).std() / 2) < 1e-9, "the errors of points on a line")

    # ---- coarsening: L = t^0.4, C = exp(-r/L), S ~ 1/(1 + (kL)^2)^1.5 ----
    t, r, k = np.geomspace(1, 1000, 40), np.arange(0, 200.0), 2 * np.pi / 400 * np.arange(1, 200)
    paths = []
    for seed in range(6):
        length = t**0.4 * (1 + 0.02 * random.normal(size=t.size))
        noise = 1 + 0.02 * random.normal(size=(t.size, k.size))
        paths.append(os.path.join(folder, f"domains{seed}"))
        write_file(paths[-1], "series.nc", {
            "domain_length": (("time",), length), "correlation": (("time", "r"), np.exp(-r / length[:, None])),
            "structure_factor_n": (("time", "k"), length[:, None] ** 2 * (1 + (k * length[:, None]) ** 2) ** -1.5 * noise)},
            {"time": t, "r": r, "k": k}, "model: holstein\ngrid:\n  n: [400, 400]\nensemble:\n  seed: %d\n" % seed, seed=seed)
    found = analyse("coarsening", *paths)
    agrees(found["lengths"]["domain_length"]["alpha"], 0.4, name="alpha of coarsening")
    local = found["lengths"]["domain_length"]["local_alpha"]
    pull = (np.array(local["alpha"]) - 0.4) / np.array(local["stderr"])
    check(0.4 < pull.std() < 2.5 and abs(np.median(pull)) < 1, f"local alpha scatters by its errors: {pull.std()}")
    check(abs(found["porod"]["exponent"]["value"] - 3) < 0.1 and found["porod"]["expected"] == 3, f"Porod: {found['porod']}")
    check(found["collapse"]["spread_between_times"] < 2 * found["collapse"]["standard_error"], f"collapse: {found['collapse']}")

    # one history that is given twice is not two, and a mean over replicas beside a single run has no error
    copy = os.path.join(folder, "domains0_again")
    shutil.copytree(paths[0], copy)
    for given, hint in (([paths[0], copy], "has the seed 0, as"), ([paths[0], paths[0]], "is the same result as"),
                        ([paths[0], os.path.join(paths[0], "series.nc")], "is the same result as")):
        out = weft("analyze", "coarsening", *given)
        check(out.returncode == 2 and hint in out.stderr, f"the same replica twice: {out.stderr}")
    means = os.path.join(folder, "means")
    write_file(means, "series.nc", {"domain_length": (("time",), 3 * t**0.4), "domain_length_stderr": (("time",), 0.01 * t**0.4)},
               {"time": t}, "model: holstein\ngrid:\n  n: [400, 400]\n", seed=7, replicas_done=9)
    found = analyse("coarsening", paths[0], means)["lengths"]["domain_length"]
    with h5py.File(os.path.join(paths[0], "series.nc")) as file:
        last = file["domain_length"][-1]
    check("stderr" not in found["final"] and abs(found["final"]["value"] - (last + 9 * 3 * t[-1]**0.4) / 10) < 1e-6 * last,
          f"a run and a mean of nine: {found['final']}")

    # ---- replicas that failed are nan and do not count: not for the errors either ----
    t = np.geomspace(1, 1000, 30)
    lengths = t**0.4 * (1 + 0.05 * random.normal(size=(12, 1)) + 0.02 * random.normal(size=(12, t.size)))
    found = []
    for failed in (False, True):
        rows = np.insert(lengths, 5, np.nan, axis=0) if failed else lengths
        path = os.path.join(folder, f"failed{failed}")
        write_file(path, "series.nc", {"width2": (("time",), lengths.mean(axis=0)), "width2_replica": (("replica", "time"), rows),
                                       "width2_stderr": (("time",), lengths.std(axis=0, ddof=1) / 12**0.5),
                                       "domain_length": (("time",), lengths.mean(axis=0)), "domain_length_replica": (("replica", "time"), rows),
                                       "density_A": (("time",), lengths.mean(axis=0)), "density_A_replica": (("replica", "time"), rows)},
                   {"time": t}, RING.format(n=1024, start="flat", lag=0.5))
        one = fronts.Front(path)
        found.append([*exponent(weftsim_open(path), "width2"), *one.mean_over("width2", 10, 1000), fronts.growth(one, (10, 1000))["error"],
                      *Ensemble([path]).mean("domain_length")[1][:3], reaction.densities(one.result)["A"].mean()])
    check(np.all(np.isfinite(found)) and np.array_equal(*found), f"without and with a replica that failed: {found}")

    # ---- fields ----
    for points in (256, 512, 1024):
        x = np.linspace(-20, 20, points, endpoint=False)
        found = entropies(np.exp(-x**2 / 4)[None], x[1] - x[0])  # phi^2: normal with variance 1
        check(abs(found["shannon"][0] - 0.5 * np.log(2 * np.pi * np.e)) < 1e-9, f"Shannon entropy of a normal, {points}")
        check(abs(found["renyi_2"][0] - np.log(2 * np.sqrt(np.pi))) < 1e-9, f"Renyi entropy of a normal, {points}")
        check(abs(found["tsallis_2"][0] - (1 - 1 / (2 * np.sqrt(np.pi)))) < 1e-9, f"Tsallis entropy of a normal, {points}")

    def chain(n, steps, rho=0.9, mean=0.0):
        """Correlated along x (AR(1)), independent in time."""
        x = np.empty((steps, n))
        x[:, 0] = random.normal(size=steps)
        for i in range(1, n):
            x[:, i] = rho * x[:, i - 1] + np.sqrt(1 - rho**2) * random.normal(size=steps)
        return x + mean
    sample = chain(4000, 20)
    check(block_shape(sample)[0] <= 8 and 60 < block_shape(sample)[1] < 100, f"blocks of four correlation lengths: {block_shape(sample)}")
    check(abs(correlation_length(sample, 1) / 19 - 1) < 0.2, f"correlation length (1 + rho)/(1 - rho) = 19: {correlation_length(sample, 1)}")
    edges = np.linspace(-5, 5, 201)
    densities, errors = [], []
    for _ in range(40):
        one = chain(1000, 4)
        _, density, error, _ = kernel_density(cut(one, (4, 76)), edges)
        densities.append(density[100])
        errors.append(error[100])
    ratio = np.mean(errors) / np.std(densities, ddof=1)
    check(0.55 < ratio < 1.4, f"block bootstrap tells the true scatter of the density: ratio {ratio}")
    check(abs(np.trapz(density, edges[:-1] + 0.025) - 1) < 1e-3, "density is normalised")
    vacua = np.where(np.arange(1000) < 400, -1, 1) + 0.05 * random.normal(size=(1, 1000))
    centres, density, _, bandwidth = kernel_density(vacua, edges)
    check(bandwidth < 0.15 and abs(abs(centres[np.argmax(density)]) - 1) < 0.1 and density[np.argmin(np.abs(centres))] < 0.02,
          f"two vacua are two peaks: bandwidth {bandwidth}")
    check(abs(cliff_delta(random.normal(1, 1, 4000), random.normal(0, 1, 4000)) - 0.5205) < 0.03, "Cliff's delta: 2 Phi(1/sqrt 2) - 1")
    small = [compare(cut(a, (1, 100)), cut(b, (1, 100)), 20)["mann_whitney_of_block_means"]["p_value"]
             for a, b in ((chain(1000, 4), chain(1000, 4)) for _ in range(40))]
    check(min(small) > 1e-4 and np.mean(np.array(small) < 0.05) < 0.25, f"equal runs are not told apart: {sorted(small)[:4]}")
    for name, mean in (("one", 0.0), ("two", 0.0), ("three", 0.6)):
        write_file(os.path.join(folder, name), "fields.nc", {"phi": (("time", "x"), chain(800, 12, mean=mean))},
                   {"time": np.arange(12.0), "x": np.arange(800) * 0.1}, "model: klein_gordon\n")
    found = analyse("field", *(os.path.join(folder, name) for name in ("one", "two", "three")))
    pairs = {tuple(os.path.basename(r) for r in p["runs"]): p for p in found["tests"]["pairs"]}
    check(pairs["one", "two"]["mann_whitney_of_block_means"]["p_value"] > 1e-3, "equal runs")
    check(pairs["one", "three"]["mann_whitney_of_block_means"]["p_value"] < 1e-3, "different runs")
    agrees(pairs["three", "two"]["difference_of_means"] if ("three", "two") in pairs else
           {**(d := pairs["two", "three"]["difference_of_means"]), "value": -d["value"]}, 0.6, name="difference of means")
    check(found["tests"]["kruskal_wallis_of_block_means"]["p_value"] < 1e-3, "three runs together")

    # ---- YAML as weft writes and reads it ----
    tree = {"a": 1e-3, "b": [1.0, 2, None], "c": "no", "d": {"e": True, "f": float("inf")}}
    check(parse_yaml(to_yaml(tree), "x") == tree and parse_yaml("a: 1e-3\nb: no\nc: 30m", "x") == {"a": 1e-3, "b": "no", "c": "30m"},
          "YAML round trip")

    # ---- forces at a run's own states: each keeps its tolerance against diagonalisation, and says what it took ----
    text = """model: holstein
grid: {n: [16, 16]}
holstein: {coupling: 3.5, elastic: 0.18, mass: 5, damping: 0.2, temperature: 0.1, force_tolerance: 1e-3}
initial: {type: random, Q_sd: 5.27, P_sd: 5}
time: {dt: 0.05, end: 2}
output: {fields_every: 1, fields: [Q]}
"""
    electrons = os.path.join(folder, "electrons")
    out = weft("run", write(folder, "electrons.yaml", text), "--out", electrons, "-q")
    check(out.returncode == 0, out.stderr)
    out = weft("analyze", "force", electrons, "--states", 1, "--tolerances", 1e-3)
    check(out.returncode == 0 and "reference: diagonalisation" in out.stdout, f"weft analyze force: {out.stderr}")
    check(os.path.getsize(os.path.join(electrons, "force.png")) > 15_000, "the picture of forces")
    found = read_yaml(os.path.join(electrons, "force.yaml"))
    rows = {row["force"]: row for row in found["rows"]}
    check(set(rows) == {"rational", "rational, repaired", "chebyshev", "auto", "auto, repaired"}, f"kinds of forces: {sorted(rows)}")
    given = {name: row for name, row in rows.items() if "rms" in row}
    check({"chebyshev", "auto"} <= set(given), f"forces that refuse: {rows}")
    for name, row in given.items():
        check(row["time"] == 2 and 0 < row["rms"] <= 1e-3 and row["rms"] <= row["stated_rms"] and row["rms"] <= row["largest"],
              f"force {name}: {row}")
    check(rows["auto"]["force_cost"] <= 1.001 * min(row["force_cost"] for name, row in given.items() if name in ("rational", "chebyshev")),
          f"auto is not the cheapest: {rows}")

    # ---- errors ----
    broken = write(folder, "broken.nc", "no HDF5")
    other = front(folder, "other", 0.25, 2, 0.0, lag=0.7)
    ew = os.path.join(folder, "ew")
    for arguments, code, hint in (([], 2, "needs a kind of analysis"), (["kzp"], 2, "there is no analysis 'kzp'"),
                                  (["kpz"], 2, "required: DIR"), (["kpz", "nothing"], 2, "no such file"),
                                  (["kpz", broken], 4, "cannot be read"), (["kpz", paths[0]], 2, "no observable width2"),
                                  (["kpz", ew, other], 2, "kuramoto.phase_lag is 0.7"),
                                  (["kpz", ew, "--window", 10, 1], 2, "needs 0 < T1 < T2"),
                                  (["coarsening", ew], 2, "has none of domain_length"),
                                  (["coarsening", paths[0], ew], 2, "grid.n is [1024]"),
                                  (["coarsening", paths[0], "--window", 2000, 3000], 2, "fewer than 3 records"),
                                  (["force", ew], 2, "holds no fields.nc"),
                                  (["force", os.path.join(folder, "one")], 2, "forces of electrons belong to the model holstein"),
                                  (["force", electrons, "--states", 0], 2, "at least 1"),
                                  (["force", electrons, electrons], 2, "one DIR at a time"),
                                  (["force", electrons, "--tolerances", 0.5], 2, "from 1e-13 to 0.1"),
                                  (["field", ew], 2, "holds no fields.nc"),
                                  (["field", os.path.join(folder, "one"), "--field", "psi"], 2, "there is no field 'psi'"),
                                  (["field", os.path.join(folder, "one"), "--start", 1], 2, "fraction from 0 to below 1")):
        out = weft("analyze", *arguments)
        lines = [line for line in out.stderr.split("\n") if line]
        check(out.returncode == code and len(lines) == 1 and lines[0].startswith("weft: error: ") and hint in lines[0],
              f"weft analyze {arguments}: code {out.returncode}: {out.stderr}")
    out = weft("analyze", "--help")
    check(out.returncode == 0 and "coarsening" in out.stdout, "weft analyze --help")
    # ---- oscillations of densities ----
    W, g = 0.2, 0.03
    fine = np.linspace(1e-3, 1, 100001)  # the spectrum of the process: peak and width at half
    exact = (fine**2 + W**2 + g**2) / ((W**2 + g**2 - fine**2) ** 2 + (2 * g * fine) ** 2)
    top = np.argmax(exact)
    half = np.flatnonzero(exact > exact[top] / 2)
    for replicas in (1, 4):
        found = analyse("reaction", oscillations(folder, f"turning{replicas}", W, g, replicas))["runs"][0]
        for s in "AB":
            agrees(found["spectra"][s]["omega"], fine[top], name=f"omega of {s}, {replicas} replicas")
            agrees(found["spectra"][s]["half_width"], (fine[half[-1]] - fine[half[0]]) / 2, name=f"half width of {s}, {replicas} replicas")
            check(found["spectra"][s]["omega"]["stderr"] < 0.02, f"a sharp peak: {found['spectra'][s]}")
        check(abs(found["mean_field"]["omega"] - np.sqrt(0.045 - 0.025**2)) < 1e-6, f"mean field: {found['mean_field']}")
        check(abs(found["mean_field"]["damping"] - 0.025) < 1e-6 and abs(found["mean_field"]["densities"]["A"] - 0.3) < 1e-6,
              f"mean field: {found['mean_field']}")
        agrees(found["extinction"]["mean_lifetime"], 1000.0, name="mean lifetime")
        check(sum(found["extinction"]["histogram"]["counts"]) + found["extinction"]["alive_at_the_end"] == 400, "histogram")
    # slow oscillations: eight parts would not resolve them, and a short run resolves none
    slow = random.standard_normal((3, 1)) * 1e-3 + np.cos(0.13 * np.arange(0, 240.0) + np.array([[0.3], [1.2], [2.9]]))
    slow += 0.3 * random.standard_normal(slow.shape)
    spectrum = spectrum_of(slow, 1.0)
    check(spectrum.segments < 8 and abs(spectrum.peak - 0.13) < 0.02, f"a slow peak: {spectrum.peak}, {spectrum.segments} segments")
    check(np.isnan(spectrum_of(slow, 1.0, 8).peak), "a peak below the frequencies of eight segments")
    check(np.isnan(spectrum_of(slow[:, :60], 1.0).peak), "a peak below all frequencies")
    # an oscillator with noise, x'' = -W^2 x - g x' + noise: its half width is a third of the lowest frequency of its parts, and their window would double it
    W, g, dt = 1.0, 0.06, 0.5
    step = scipy.linalg.expm(np.array([[0, 1], [-W * W, -g]]) * dt)
    kick = np.linalg.cholesky(np.eye(2) - step @ step.T)  # stationary: both of variance 1
    state = random.normal(size=(2, 8))
    narrow = np.empty((8, 1000))
    for i in range(1000):
        narrow[:, i], state = state[0], step @ state + kick @ random.normal(size=state.shape)
    fine = np.linspace(0.5, 1.5, 200001)
    exact = 1 / ((W**2 - fine**2) ** 2 + (g * fine) ** 2)
    half = np.flatnonzero(exact > exact.max() / 2)
    spectrum, exact = spectrum_of(narrow, dt, 8), (fine[half[-1]] - fine[half[0]]) / 2
    check(abs(spectrum.half_width - exact) < 4 * spectrum.half_width_error and spectrum.half_width_error < 0.1 * exact,
          f"a narrow peak: {spectrum.half_width} +- {spectrum.half_width_error}, expected {exact}")
    # replicas that die, at log-spaced times: no spectra, but the lives
    lives = write(folder, "lives.yaml", "model: reaction_lattice\ngrid: {n: [20]}\nreaction_lattice:\n  species: [A]\n  reactions:\n"
                  "    - {reaction: A -> 0, rate: 1}\n    - {reaction: A -> 2 A, rate: 1}\ninitial: {type: full, species: A}\n"
                  "time: {end: 50}\nobserve: {every: {log: 40}, list: [density_A, extinction_time]}\n"
                  "ensemble: {replicas: 50, keep: all}\n")
    check(weft("run", lives, "--out", os.path.join(folder, "lives"), "-q").returncode == 0, "replicas that die")
    found = analyse("reaction", os.path.join(folder, "lives"))["runs"][0]
    check(found["extinction"]["alive_at_the_end"] == 0 and sum(found["extinction"]["histogram"]["counts"]) == 50,
          f"extinctions: {found['extinction']}")
    # events have their own times: the last of 32 particles goes at H_32, whatever the records; a lattice that fills up lives
    death = ("model: reaction_lattice\ngrid: {n: [32]}\nreaction_lattice: {species: [A], reactions: [{reaction: A -> 0, rate: 1}]}\n"
             "initial: {type: full, species: A}\ntime: {end: 100}\nobserve: {every: 10, list: [survival, extinction_time, survival_A, "
             "extinction_time_A]}\nensemble: {replicas: 200, keep: all}\n")
    late = death.replace("{end: 100}", "{start: 5, end: 105}")  # lifetimes are counted from the start, not from time 0
    cut = late.replace("end: 105", "end: 6").replace("every: 10", "every: 0.5").replace("n: [32]", "n: [2]")
    growth = (death.replace("A -> 0", "A -> 2 A").replace("full", "random, density: 0.3").replace(", species: A}\ntime", "}\ntime"))
    for name, text in (("dying", death), ("later", late), ("cut", cut), ("filling", growth)):
        path = os.path.join(folder, name)
        check(weft("run", write(folder, f"{name}.yaml", text), "--out", path, "-q").returncode == 0, name)
        found = analyse("reaction", path)["runs"][0]["extinction"]
        if name == "cut":  # two particles: the total of (lifetime, at most 1) over the share that died, by its integrals
            gone, lived = (1 - np.exp(-1)) ** 2, 2 * (1 - np.exp(-1)) - (1 - np.exp(-2)) / 2
            agrees(found["mean_lifetime"], lived / gone, name="mean of lives that are cut off")
        elif name != "filling":
            agrees(found["mean_lifetime"], sum(1 / k for k in range(1, 33)), name="mean of H_32")
            check(found["median_of_extinct"] > (5 if name == "later" else 0) and found.get("lifetimes_since", 0) == (5 if name == "later" else 0), f"{name}: {found}")
            check(found["alive_at_the_end"] == 0 and found["species"]["A"]["mean_lifetime"] == found["mean_lifetime"],
                  f"species beside all: {found}")
        else:
            check(found["alive_at_the_end"] == 200 and "mean_lifetime" not in found, f"a full lattice lives: {found}")
            with h5py.File(os.path.join(path, "series.nc")) as file:
                check(np.all(file["extinction_time_replica"][:] == file["time"][:]) and np.array_equal(
                    file["extinction_time_A"][:], file["time"][:]), "it has not died out at any record")
    out = weft("analyze", "reaction", os.path.join(folder, "kpz"))
    check(out.returncode == 2 and "no densities" in out.stderr, f"no densities: {out.stderr}")
    # conservative Lotka-Volterra on unlimited sites: sqrt(mu sigma), no damping; pairs take two
    field = MeanField(parse_yaml(NETWORK.replace("hopping", "capacity: 0\n  hopping"), ""))
    point = field.fixed_point([0.4, 0.2])
    omega, damping = field.oscillation(point)
    check(abs(omega - np.sqrt(0.05)) < 1e-8 and abs(damping) < 1e-8 and np.allclose(point, [0.5, 0.1]), f"unlimited: {point} {omega}")
    pairs = MeanField({"reaction_lattice": {"species": ["A"], "hopping": 2.0, "reactions": [
        {"reaction": "2 A -> 0", "rate": "contact"}, {"reaction": "0 -> A", "rate": 0.3}, {"reaction": "A -> 2 A", "rate": 0.5}]}})
    check(np.allclose(pairs.rhs(np.array([0.4])), -2 * 2.0 * 0.16 + 0.3 * 0.6 + 0.5 * 0.4 * 0.6), f"rates: {pairs.rhs(np.array([0.4]))}")
    # from a run
    path = write(folder, "lv.yaml", NETWORK + "time: {end: 600}\nobserve: {every: 1, list: [density]}\n")
    out = os.path.join(folder, "lv")
    check(weft("run", path, "--out", out, "-q").returncode == 0, "a run")
    found = analyse("reaction", out)["runs"][0]
    check(0.3 < found["spectra"]["A"]["omega_over_mean_field"]["value"] < 0.9, f"slower than mean field: {found['spectra']['A']}")

end()
