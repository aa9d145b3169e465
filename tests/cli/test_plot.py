"""weft plot: a picture for every kind of data; its numbers; its errors."""
import sys
import warnings

import numpy as np

from program import *
from synthetic import write_file

sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))
from weftsim.laws import laws  # noqa: E402
from weftsim import plot as plot_command  # noqa: E402
from weftsim.draw_series import as_fraction, band, draw_guides  # noqa: E402
from weftsim.plot_fields import draw_plane, species_names  # noqa: E402
from weftsim.draw_scan import at_last_time, axis_values, last_records, tick_at_points, when, write_numbers  # noqa: E402
from weftsim.result import Result  # noqa: E402
from weftsim.style import heading, label_decades, plt, thin_ticks  # noqa: E402
from weftsim.kpz_page import draw_pdf  # noqa: E402
from weftsim.page import Page  # noqa: E402
from weftsim.plot_profiles import present, spectrum_guides  # noqa: E402
from weftsim.symbols import symbol_of, typeset  # noqa: E402
from weftsim.slopes import fit_line, jackknife, local_slopes, window_slope  # noqa: E402

# ---- reference laws: mean, variance, skewness, excess kurtosis by Fredholm determinants (F. Bornemann 2010) ----
MOMENTS = {"goe": (-1.20653357, 1.60778103, 0.29346452, 0.16524294), "gue": (-1.77108681, 0.81319479, 0.22408420, 0.09344809),
           "baik_rains": (0.0, 1.15039, 0.35941, 0.2892), "gauss": (0, 1, 0, 0)}
for name, law in laws().items():
    found = law.mean, law.variance, law.skewness, law.kurtosis
    digits = (1e-8, 5e-6, 1e-5, 1e-4) if name == "baik_rains" else (1.1e-8,) * 4
    check(all(abs(a - b) <= d for a, b, d in zip(found, MOMENTS[name], digits)), f"moments of {name}: {found}")
    x = np.linspace(-5, 6, 2201)
    check(abs(np.trapz(law.pdf(x), x) - 1) < 2e-5 and abs(np.trapz(x**2 * law.pdf(x), x) - 1) < 1e-3, f"{name} is standardised")
    slope = (law.cdf(x + 1e-4) - law.cdf(x - 1e-4)) / 2e-4
    check(np.max(np.abs(slope - law.pdf(x))) < 1e-6, f"density of {name} is the derivative of its distribution function")
    check(np.allclose(law.pdf(x, -1), law.pdf(-x)) and np.allclose(law.cdf(x, -1), 1 - law.cdf(-x)), f"mirror image of {name}")

# ---- exponents ----
t = np.geomspace(1, 1000, 31)
middle, slope, spread = local_slopes(t, 5 * t**0.5, 0.01 * t**0.5 * 5, 3.0)
check(np.allclose(slope, 0.5), "local slopes of a power law")
check(np.all(spread <= 0.01 * np.sqrt(2) / np.log(3) * 1.001), f"error of local slopes: {spread}")
check(abs(window_slope(t, t**1.5, None, 10, 100)[0] - 1.5) < 1e-12, "slope in a window")
slope, error, intercept, _, reduced = fit_line([1, 2, 3, 4], [3, 5, 7, 9.0], [0.1] * 4)
check(abs(slope - 2) < 1e-12 and abs(intercept - 1) < 1e-12 and abs(error - 0.1 / np.sqrt(5)) < 1e-12 and reduced < 1e-20, "line")
random = np.random.default_rng(5)
sample = random.normal(3, 1, (400, 1))
value, error = jackknife(sample, lambda m: m[0] ** 2)
check(abs(error - 6 * sample.std(ddof=1) / 20) < 0.02, f"jackknife of a square: {error}")

# ---- names as formulas ----
for name, symbol in {"phi": r"\phi", "x1": "x_{1}", "q_t": r"\dot{q}", "mean_u2": r"\langle u^2 \rangle", "mean_abs2_psi": r"\langle |\psi|^2 \rangle",
                     "variance_phi": r"\mathrm{var}\,\phi", "spectrum_u": "S_{u}(k)", "mass": "", "free_energy": "", "mean_height": ""}.items():
    check(symbol_of(name) == symbol, f"symbol of {name}: {symbol_of(name)}")
for words, printed in {"kinetic energy, int pi^2/2": "kinetic energy, ∫ π$^{2}$/2", "mean of (-1)^(x+y+z) Q": "mean of (−1)$^{x+y+z}$ Q",
                       "|phi_k| < 1": "|φ$_{k}$| < 1", "an interval of integers": "an interval of integers", "$x^2$": "$x^2$", "|sum (-1)^r Q|^2": "|Σ (−1)$^{r}$ Q|$^{2}$", "g/2 sum Q": "g/2 Σ Q", "sum of a": "sum of a",
                       "root mean square of n - 1/2": "root mean square of n − 1/2", "exp(-ikr)": "exp(−ikr)", "4-fold, 1e-3 and k^-2": "4-fold, 1e-3 and k$^{-2}$"}.items():
    check(typeset(words) == printed, f"{words}: {typeset(words)}")
check(heading("W$^{2}$: the mean", 1.45) == "W$^{2}$: the\nmean", "marks of formulas take no room in a title")

# ---- modes that symmetry or conservation empties are left out, a spectrum that falls is not ----
k = np.arange(1, 41.0)
comb = np.where(k % 4 == 0, k**-2.0, 1e-18)
check(np.array_equal(k[present(comb)], k[k % 4 == 0]) and present(np.exp(-k)).all(), "empty modes")
check(np.array_equal(present(np.array([0, 1.0, 2.0, 0])), [False, True, True, False]) and not present(np.full(3, np.nan)).any(), "ends and nan")

cut = np.where(k <= 27, k**-2.0, 1e-33)
check(np.array_equal(np.flatnonzero(present(cut)), np.arange(27)) and np.array_equal(np.flatnonzero(present(cut[::-1])), np.arange(13, 40)),
      "modes that dealiasing cuts, and modes that an initial state with a period leaves empty")

# ---- logarithmic axes: more than one number, no record at 0, words that do not cover each other ----
def labels(low, high):
    figure, axis = plt.subplots()
    axis.set(yscale="log", ylim=(low, high))
    label_decades(axis.yaxis)
    figure.draw_without_rendering()
    found = [t.get_text() for t in axis.get_yticklabels(which="both") if t.get_text() and low <= t.get_position()[1] <= high]
    plt.close(figure)
    return found


check(labels(0.15, 3) == ["1", "0.2", "0.5", "2"] and labels(0.13, 1.1) == ["1", "0.2", "0.3", "0.4", "0.6"], f"one power of ten: {labels(0.15, 3)}{labels(0.13, 1.1)}")
check(all("10^" in label for label in labels(0.05, 300)), f"several powers of ten: {labels(0.05, 300)}")
check(labels(2.16, 2.57) == ["2.2", "2.25", "2.3", "2.35", "2.4", "2.45", "2.5", "2.55"], f"less than a power of ten: {labels(2.16, 2.57)}")
check(labels(2.7e-4, 5e-3) == ["$10^{-3}$", r"$5\times10^{-4}$", r"$2\times10^{-3}$", r"$5\times10^{-3}$"], f"one small power of ten: {labels(2.7e-4, 5e-3)}")
check([as_fraction(x) for x in (1 / 4, 1 / 3, 2 / 3, 1.0, 0.2415)] == ["1/4", "1/3", "2/3", "1", "0.241"], "exponents are the fractions that they are")
figure, axis = plt.subplots()
axis.set(xscale="log", xlim=(0.04, 0.25))
tick_at_points(axis, "x", [0.05, 0.1, 0.2])
label_decades(axis.xaxis)
check([t.get_text() for t in axis.get_xticklabels()] == ["0.05", "0.1", "0.2"], "each point of a coarse map has its number")
plt.close(figure)
check(heading("1 while there are particles, then 0, $t = 100$", 3.1) == "1 while there are particles, then 0,\n$t = 100$", "formulas are not cut")
figure, axis = plt.subplots(figsize=(2, 1.5))
axis.set_xlim(0.255, 0.265)
axis.locator_params(axis="x", nbins=9)
figure.draw_without_rendering()
thin_ticks(axis)
boxes = [t.get_window_extent() for t in axis.get_xticklabels()]
check(len(boxes) > 1 and all(a.x1 < b.x0 for a, b in zip(boxes, boxes[1:])), f"numbers along an axis do not cover each other: {boxes}")
plt.close(figure)
for width, rows in ((6, 2), (1, 1), (0.7, None)):
    figure, axis = plt.subplots(figsize=(width, 4))
    image = axis.imshow([[0.0, -1.0], [1.0, 2.0]], aspect="auto")
    write_numbers(axis, [0, 1], [0, 1], np.array([[0.0, -1.0], [1.0, 2.0]]), np.full((2, 2), 0.0123), image, [[-0.5, 0.5, 1.5]] * 2)
    found = {len(words.get_text().split("\n")) for words in axis.texts}
    check(found == ({rows} if rows else set()) and (not rows or axis.texts[1].get_text()[0] == "−"), f"numbers in cells that have room for them: {width}: {found}")
    plt.close(figure)
options = type("Options", (), {"log": None})()
of_zero = Page.__new__(Page)
of_zero.options = options
check(list(Page.shown(of_zero, np.arange(3.0), True)) == [False, True, True] and Page.shown(of_zero, np.arange(3.0), False).all(), "0 on a logarithmic axis")
options.log = "y"
check(Page.shown(of_zero, np.arange(3.0), True).all(), "--log y makes the axis to the right linear")
figure, axis = plt.subplots()
times = np.geomspace(1, 1000, 30)
draw_guides(axis, times, times**0.3, {"1/4": 1 / 4, "1/3": 1 / 3, "1/2": 1 / 2}, 1)
heights = sorted(np.log(item.xy[1]) for item in axis.texts)
check(len(heights) == 3 and min(np.diff(heights)) > 0.07 * np.log(times[-1] ** 0.3), f"exponents beside guide lines: {heights}")
plt.close(figure)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    band(plt.subplots()[1], times, times, np.full(30, np.nan))
check(band(plt.gca(), times, times, times / 10) is None and len(plt.gca().collections) == 1, "no band without errors, one with them")

# ---- guides of spectra stand only where the spectrum falls like them somewhere ----
for power, shown in (3, 1), (1, 0):
    figure, axis = plt.subplots()
    spectrum_guides(axis, k, 1 / (1 + (k / 4) ** power), {"$k^{-3}$ Porod": 3})
    check(len(axis.lines) == shown, f"Porod's line beside k^-{power}")
    plt.close(figure)

# ---- a strip is no panel of its own height ----
for ratio, aspect in (0.1, "auto"), (1, 1.0):
    figure, axis = plt.subplots()
    draw_plane(axis, np.arange(5.0), ratio * np.arange(5.0), np.zeros((5, 5)), type("Field", (), {"name": "u"}), {})
    check(axis.get_aspect() == aspect, f"panel of shape {ratio}: {axis.get_aspect()}")
plt.close("all")

# ---- panels of fixed shape fill a figure ----
figure, axes = plt.subplots(3, 2, figsize=(3.4, 6))
for axis in axes.flat:
    axis.set(aspect="equal", xlim=(0, 1), ylim=(0, 1), title="t")
Page.close_gaps(figure, axes[:, 0])
figure.draw_without_rendering()
rooms = [(axis.get_position(original=True), axis.get_position()) for axis in axes.flat]
check(all(abs(room.height - used.height) < 0.02 and abs(room.width - used.width) < 0.03 for room, used in rooms), "gaps between panels")

# ---- a law of heights that is excluded says so ----
density = {"grid": np.array([-1.0, 0, 1]), "density": np.array([0.2, 0.4, 0.2]), "time": 1.0, "sign": 1,
           "laws": {name: {"p_value": 0.9, "rejected": name == "gauss"} for name in laws()}}
figure, axis = plt.subplots()
draw_pdf(axis, {"pdf": density, "front": type("Front", (), {"dimension": 1})})
legend = [item.get_text() for item in axis.get_legend().get_texts()]
check("Gauss: excluded" in legend and sum(item.endswith(": not excluded") for item in legend) == len(laws(1)) - 1, f"legend of laws {legend}")
plt.close("all")

# ---- pictures of runs ----
RUNS = {
    "line": ("""model: klein_gordon
grid: {n: [64], length: [20.0]}
klein_gordon: {potential: phi4}
initial: {type: kink_antikink, velocity: 0.2, separation: 8}
time: {dt: 0.05, end: 4}
observe: {every: 1}
output: {fields_every: 1, fields: [phi]}
""", ("series", "phi")),
    "volume": ("""model: klein_gordon
grid: {n: [12, 12, 16], length: [20.0, 20.0, 20.0]}
klein_gordon: {potential: phi4}
initial: {type: gaussian}
time: {dt: 0.05, end: 1}
observe: {every: 0.5, list: [energy]}
output: {fields_every: 0.5, fields: [phi]}
""", ("series", "phi", "phi_slices")),
    "ring": ("""model: kuramoto
grid: {n: [64]}
kuramoto: {phase_lag: 0.5, noise: 0.1}
initial: {type: flat}
time: {dt: 0.05, end: 50}
observe: {every: {log: 20}, list: [width2, height_pdf, structure_factor]}
ensemble: {replicas: 4}
""", ("series", "width2_growth", "height_pdf", "structure_factor")),
    "species": ("""model: reaction_lattice
grid: {n: [16, 16]}
reaction_lattice: {species: [A, B], hopping: 1.0}
initial: {type: random, density: {A: 0.3, B: 0.3}}
time: {end: 2}
observe: {every: 1}
output: {fields_every: 1}
""", ("series", "species"))}
RUNS["counts"] = (RUNS["species"][0].replace("hopping", "capacity: 3, hopping"), ("series", "species_A", "species_B"))
HEAD = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml", "gif": b"GIF8"}


def starts(path, ending):
    try:
        with open(path, "rb") as file:
            return file.read(8).startswith(HEAD[ending]) and os.path.getsize(path) > 2000
    except OSError:
        return False


with scratch() as folder:
    for ending, (name, (text, pictures)) in zip(("png", "pdf", "svg", "png", "png"), RUNS.items()):
        run = os.path.join(folder, name)
        out = weft("run", write(folder, f"{name}.yaml", text), "--out", run, "-q")
        check(out.returncode == 0, f"run {name}: {out.stderr}")
        more = ["--movie", "gif"] if name in ("line", "species") else []
        out = weft("plot", run, "--format", ending, "--out", run + "_p", "--data", *more)
        check(out.returncode == 0 and not out.stderr, f"plot {name}: {out.stderr}")
        for picture in pictures:
            check(starts(os.path.join(run + "_p", f"{picture}.{ending}"), ending), f"{name}: {picture}.{ending}")
            check(f"{picture}.{ending}" in out.stdout, f"{name}: {picture} is listed")
        if more:
            check(starts(os.path.join(run + "_p", f"{pictures[1]}.gif"), "gif"), f"{name}: animation")
    # ---- states have the names of the species, counts are numbers ----
    for name, field, names in ("species", "species", {0: "empty", 1: "A", 2: "B"}), ("counts", "species_A", {}):
        fields = Result(os.path.join(folder, name, "fields.nc"))
        check(species_names(fields, fields.variables[field]) == names, f"names of the values of {name}")

    # ---- the numbers are those of the file ----
    table = np.genfromtxt(os.path.join(folder, "ring_p", "series.csv"), delimiter=",", names=True)
    with h5py.File(os.path.join(folder, "ring", "series.nc")) as file:
        check(np.array_equal(table["width2"], file["width2"][...]) and np.array_equal(table["time"], file["time"][...])
              and np.array_equal(table["width2_stderr"], file["width2_stderr"][...]), "CSV holds the file's numbers")
    out = weft("plot", os.path.join(folder, "ring"), "--only", "width2", "-o", os.path.join(folder, "one"), "-q")
    check(sorted(os.listdir(os.path.join(folder, "one"))) == ["series.png", "width2_growth.png"] and not out.stdout, "--only, -q")
    out = weft("plot", os.path.join(folder, "ring"), "--collapse", 0.5, 1.5, "-o", os.path.join(folder, "two"))
    check(out.returncode == 0 and "structure_factor_collapse.png" in out.stdout, f"--collapse: {out.stderr}")

    # ---- errors where they are asked for; nothing of what holds no number ----
    weft("run", os.path.join(folder, "line.yaml"), "-P", "time.error_check=true", "--out", os.path.join(folder, "checked"), "-q")
    out = weft("plot", os.path.join(folder, "checked"), "--only", "energy_error", "--data", "-o", os.path.join(folder, "errors"))
    table = np.genfromtxt(os.path.join(folder, "errors", "series.csv"), delimiter=",", names=True)
    with h5py.File(os.path.join(folder, "checked", "series.nc")) as file:
        check(out.returncode == 0 and np.array_equal(table["energy_error"], file["energy_error"][...]), f"--only energy_error: {out.stderr}")
    own = write_file(os.path.join(folder, "own"), "series.nc", {
        "force_error": (("time",), np.arange(3.0)), "energy": (("time",), np.ones(3)), "energy_error": (("time",), np.zeros(3))}, {"time": np.arange(3.0)})
    weft("plot", own, "--data", "-o", os.path.join(folder, "own_p"), "-q")
    with open(os.path.join(folder, "own_p", "series.csv"), encoding="utf-8") as file:
        names = file.readline().strip().split(",")
        check("force_error" in names and "energy_error" not in names, f"an observable that is an error, and the error of an observable: {names}")
    hollow = write_file(os.path.join(folder, "hollow"), "series.nc", {
        "full": (("time",), np.arange(3.0)), "empty": (("time",), np.full(3, np.nan)), "spectrum": (("time", "k"), np.full((3, 4), np.nan))},
        {"time": np.arange(3.0), "k": np.arange(4.0)})
    out = weft("plot", hollow, "--data", "-o", os.path.join(folder, "hollow_p"))
    with open(os.path.join(folder, "hollow_p", "series.csv"), encoding="utf-8") as file:
        check(file.readline().strip() == "time,full" and not out.stderr and sorted(os.listdir(os.path.join(folder, "hollow_p"))) == ["series.csv", "series.png"],
              f"what holds no number: {out.stdout}{out.stderr}")

    # ---- formulas of the input are titles ----
    formulas = os.path.join(folder, "formulas")
    weft("run", write(folder, "formulas.yaml", """model: equation
grid: {n: [16], length: [6.28]}
equation:
  fields: {psi: complex}
  equations: ["dt(psi) = i*lap(psi)"]
  observables: {norm: integral(abs2(psi))}
initial: {type: formula, psi: cos(x)}
time: {dt: 0.1, end: 1}
observe: {every: 0.5, list: [norm, mean(abs2(psi))]}
output: {fields_every: 0.5}
"""), "--out", formulas, "-q")
    series, fields = (Result(os.path.join(formulas, name)).variables for name in ("series.nc", "fields.nc"))
    found = [(v.title(), v.label()) for v in (series["norm"], series["mean_abs2_psi"], fields["psi_re"])]
    check(found == [("integral(abs2(ψ))", "norm"), ("mean(abs2(ψ))", r"$\langle |\psi|^2 \rangle$"), ("field psi_re", r"$\mathrm{Re}\,\psi$")],
          f"titles of formulas: {found}")

    # ---- reactions are told by their names or as they are written, reductions of scans by the symbol of what they reduce; axes are those of the grid ----
    base = write(folder, "events.yaml", """model: reaction_lattice
grid: {n: [8]}
reaction_lattice: {species: [A, B], reactions: [{reaction: A -> 0, rate: 1, name: death}, {reaction: A + B -> 2 A, rate: 1}]}
initial: {type: random, density: {A: 0.3, B: 0.3}}
time: {end: 1}
observe: {every: 0.5, list: [events, density]}
""")
    scan = write(folder, "events_scan.yaml", "base: events.yaml\naxes: {reaction_lattice.reactions.death.rate: {values: [1, 2]}}\ncollect: [events, density]\n"
                 'derive: ["last(density_A)", "last(events_death)"]\n')
    out = os.path.join(folder, "events_scan")
    for command in ("run", "collect"):
        weft("scan", command, scan, "--out", out, "-q")
    weft("run", base, "--out", os.path.join(folder, "events"), "-q")
    for file in (os.path.join(folder, "events", "series.nc"), os.path.join(out, "scan.nc")):
        found = [Result(file).variables[f"events_{name}"].title() for name in ("death", "r2", "hop")]
        check(found == ["events since the start: death", "events since the start: A + B → 2 A", "events since the start: hop"], f"{file}: {found}")
    scanned = Result(os.path.join(out, "scan.nc")).variables
    found = [(scanned[name].title(), scanned[name].label()) for name in ("last_density_A", "last_events_death")]
    check(found == [(r"last value of $\rho_{A}$", r"last $\rho_{A}$"), ("last value of events_death", "last events death")], f"reductions: {found}")
    for n, axes in (("[4]", "x"), ("[4, 4]", "x+y"), ("[2, 2, 2]", "x+y+z")):
        out = os.path.join(folder, "order" + axes)
        weft("run", write(folder, "order.yaml", f"model: holstein\ngrid: {{n: {n}}}\nholstein: {{coupling: 1, temperature: 0.5}}\ninitial: {{type: random, Q_sd: 1}}\n"
                          "time: {dt: 0.05, end: 0.05}\nobserve: {every: 0.05, list: [order_parameter, force_error]}\noutput: {fields_every: 0.05}\n"), "--out", out, "-q")
        series, fields = (Result(os.path.join(out, name)).variables for name in ("series.nc", "fields.nc"))
        found = [(v.long_name, v.label()) for v in (series["order_parameter"], fields["order"], fields["Q"])] + [series["force_error"].label()]
        check(found == [(f"mean of (-1)^({axes}) (n - 1/2)", r"$\phi$"), (f"(-1)^({axes}) (n - 1/2)", r"$\phi$"), ("displacement", "$Q$"), r"$\delta F$"],
              f"{n}: {found}")

    # ---- what a bracket at the end of an explanation says is left out, but not where it is the object of the sentence ----
    written = write_file(os.path.join(folder, "titles"), "series.nc", {
        "a": (("time",), np.ones(3), {"long_name": "first moment about (pi, pi)"}), "b": (("time",), np.ones(3), {"long_name": "points that wind (in planes)"})},
        {"time": np.arange(3.0)})
    found = [Result(written).variables[name].title() for name in "ab"]
    check(found == ["first moment about (π, π)", "points that wind"], f"titles: {found}")

    # ---- scans ----
    a, b = np.linspace(0, 1, 5), np.geomspace(0.01, 1, 4)
    values = a[:, None] + np.log10(b)
    values[2, 1] = np.nan
    dims = ("model.a", "model.b")
    write_file(os.path.join(folder, "scan"), "scan.nc", {
        "beta": (dims, values, {"long_name": "growth exponent"}), "beta_stderr": (dims, 0 * values),
        "w2": ((*dims, "time"), values[..., None] * np.array([0, 1.0, 2.0])), "words": (dims, values.astype(str)),
        "status": (dims, np.where(np.isnan(values), 3, 0).astype("i1"))}, {"model.a": a, "model.b": b, "time": [0.0, 1, 2]})
    out = weft("plot", os.path.join(folder, "scan"), "--data")
    check(out.returncode == 0 and "beta.png" in out.stdout and "w2.png" in out.stdout, f"scan: {out.stdout}{out.stderr}")
    table = np.genfromtxt(os.path.join(folder, "scan", "w2.csv"), delimiter=",", skip_header=1)
    check(np.allclose(table[:, 2], 2 * values.T.ravel(), equal_nan=True) and np.allclose(table[:, 1], np.tile(a, 4)), "map's numbers")
    write_file(os.path.join(folder, "line_scan"), "scan.nc", {
        "v": (("model.a",), a, {"units": "1"}), "w": (("model.a", "time"), np.outer(a, np.arange(3))), "status": (("model.a",), np.zeros(5, "i1"))}, {"model.a": a, "time": np.arange(3.0)})
    out = weft("plot", os.path.join(folder, "line_scan"), "--data")
    table = np.genfromtxt(os.path.join(folder, "line_scan", "w.csv"), delimiter=",", skip_header=1)
    check(np.allclose(table[:, 2], table[:, 0] * table[:, 1]) and len(table) == 15, "series of a scan of one axis over axis and time")
    check(out.returncode == 0 and starts(os.path.join(folder, "line_scan", "v.png"), "png"), f"scan of one axis: {out.stderr}")

    # points of different lengths (a dimension record), an axis of words, nothing but nan: as weft scan collect writes them
    write(folder, "words_base.yaml", RUNS["ring"][0].replace("end: 50", "end: 5"))
    words = write(folder, "words.yaml", """base: words_base.yaml
axes: {initial.type: {values: [flat, random]}, grid.n: {values: [[32], [16]]}, time.end: {values: [5, 10]}}
zip: [[grid.n, time.end]]
collect: [width2]
derive: [last(width2), peak_omega(width2)]
""")
    scan = os.path.join(folder, "words")
    made = [weft("scan", command, words, "--out", scan, "-q") for command in ("run", "collect")]
    out = weft("plot", scan, "--data")
    names = sorted(name for name in os.listdir(scan) if name.endswith(".png"))
    check(out.returncode == 0 and not out.stderr and names == ["last_width2.png", "width2.png"],
          f"scan of words: {[m.stderr for m in made]}{names}{out.stderr}")
    result = Result(os.path.join(scan, "scan.nc"))
    check(axis_values(result, "type")[1] == ["flat", "random"] and axis_values(result, "n")[1] == ["[32]", "[16]"], "labels of words")
    width2 = result.variables["width2"]
    check(np.array_equal(at_last_time(width2, last_records(width2)), result.variables["last_width2"][...]), "last records of different times")
    # a point that ended early: its last value with the error of that record, and no time that is not its own
    ended = os.path.join(folder, "ended")
    nan = np.nan
    for name, density, told in (("early", [[3.0, 2.0, 1.0], [5.0, 0.0, nan]], ", last record"), ("whole", [[3.0, 2.0, 1.0], [5.0, 4.0, 0.0]], ", $t = 7$")):
        write_file(ended, f"{name}.nc", {"density": (("rate", "time"), density), "density_stderr": (("rate", "time"), [[0.3, 0.2, nan], [0.5, 0.1, nan]])},
                   {"rate": [1.0, 2.0], "time": [0.0, 1.0, 7.0]})
        found = Result(os.path.join(ended, f"{name}.nc"))
        series, errors = found.variables["density"], found.variables["density_stderr"]
        check(when(found, series) == told, f"{name}: the time of a map is told as '{when(found, series)}'")
        check(np.array_equal(at_last_time(errors, last_records(series)), [nan, 0.1 if name == "early" else nan], equal_nan=True), f"{name}: errors of the records shown")

    # ---- kinks: a curve over time for each ----
    line = os.path.join(folder, "kinks")
    weft("run", write(folder, "kinks.yaml", RUNS["line"][0].replace("observe: {every: 1}", "observe: {every: 1, list: [kink_positions(2)]}")),
         "--out", line, "-q")
    weft("plot", line, "--only", "kink_positions_2", "--data", "-q")
    table = np.genfromtxt(os.path.join(line, "kink_positions_2.csv"), delimiter=",", names=True)
    check(table.dtype.names == ("time", "kink_1", "kink_2") and np.all(np.abs(table["kink_1"] + table["kink_2"]) < 1e-6)
          and abs(table["kink_2"][0] - 4) < 0.1, f"positions of kinks: {table.dtype.names}")
    check(heading("a title that is much too long for a panel", 3).count("\n") == 1, "long titles are broken")

    # ---- spectrum of modes: a line at omega = 2 pi m/40 of mode m ----
    time, modes = np.arange(400) * 0.1, np.arange(1, 5)
    wave = np.exp(-2j * np.pi * modes * time[:, None] / 40 * 10)
    write_file(os.path.join(folder, "modes"), "series.nc", {
        "phonon_modes_re": (("time", "path"), wave.real), "phonon_modes_im": (("time", "path"), wave.imag)}, {"time": time, "path": modes / 4})
    out = weft("plot", os.path.join(folder, "modes"), "--data")
    table = np.genfromtxt(os.path.join(folder, "modes", "phonon_modes_spectrum.csv"), delimiter=",", names=True)
    for mode in modes:
        own = table[table["path"] == mode / 4]
        check(abs(own["omega"][np.argmax(own["D"])] - 2 * np.pi * mode / 4) < 1e-9, f"spectrum of mode {mode}")

    # ---- figures for papers ----
    def inches(path):
        head = open(path, "rb").read(24)
        return int.from_bytes(head[16:20], "big") / 300

    paper = os.path.join(folder, "paper")
    sheet = write(folder, "my.mplstyle", "axes.facecolor: 00ff00\n")
    out = weft("plot", os.path.join(folder, "line"), "--width", "8.6cm", "--style", sheet, "--cmap", "viridis", "--time", 0, 4, "--data", "-o", paper)
    check(out.returncode == 0 and abs(inches(os.path.join(paper, "phi.png")) - 8.6 / 2.54) < 0.01, f"--width: {out.stderr}")
    from matplotlib.image import imread
    check(np.any(np.all(imread(os.path.join(paper, "phi.png"))[..., :3] == [0, 1, 0], axis=-1)), "--style is over the look of weft")
    table = np.genfromtxt(os.path.join(paper, "phi.csv"), delimiter=",", names=True)
    with h5py.File(os.path.join(folder, "line", "fields.nc")) as file:
        check(len(table.dtype.names) == 3 and np.array_equal(table[table.dtype.names[2]], file["phi"][4]), f"--time: {table.dtype.names}")

    # nothing reaches over the edge of a figure: a panel of fixed shape beside a colour bar, with wide numbers
    wide = write_file(os.path.join(folder, "wide"), "fields.nc", {
        "Q": (("time", "y", "x"), np.random.default_rng(1).normal(0, 5, (1, 64, 64)))}, {"time": [0.0], "y": np.arange(-32.0, 32), "x": np.arange(-32.0, 32)})
    weft("plot", wide, "--width", "8.6cm", "-o", paper, "-q")
    for name in "Q", "phi", "series":
        image = imread(os.path.join(paper, f"{name}.png"))[..., :3].min(axis=-1) < 0.7
        check(image.any() and not any(edge.any() for edge in (image[:2], image[-2:], image[:, :2], image[:, -2:])), f"edges of {name}.png")

    # complex fields: modulus and phase; a front: less its mean
    cgle = os.path.join(folder, "cgle")
    weft("run", write(folder, "cgle.yaml", "model: cgle\ngrid: {n: [16], length: [10.0]}\ninitial: {type: random}\n"
                      "time: {end: 1}\nobserve: {every: 1}\noutput: {fields_every: 0.5}\n"), "--out", cgle, "-q")
    out = weft("plot", cgle, "--data")
    table = np.genfromtxt(os.path.join(cgle, "u_abs.csv"), delimiter=",", skip_header=1)
    with h5py.File(os.path.join(cgle, "fields.nc")) as file:
        check(np.allclose(table[:, 1:].T, np.hypot(file["u_re"][...], file["u_im"][...])), f"modulus: {out.stdout}{out.stderr}")
        check(b"Re" in bytes(file["u_re"].attrs["symbol"]), "symbols are in the files")
    check("u_arg.png" in out.stdout and "u_re.png" not in out.stdout, f"pictures of a complex field: {out.stdout}")
    for name in ("u_re", "u_abs", "u_arg"):
        out = weft("plot", cgle, "--only", name)
        check(out.stdout.split() == [os.path.join(cgle, name + ".png")], f"--only {name}: {out.stdout}{out.stderr}")
    front = os.path.join(folder, "kpz")
    weft("run", write(folder, "kpz.yaml", "model: kpz\ngrid: {n: [16], length: [16.0]}\nkpz: {lambda: 1, noise: 1}\ninitial: {type: flat}\n"
                      "time: {end: 4}\nobserve: {every: 1}\noutput: {fields_every: 2}\n"), "--out", front, "-q")
    weft("plot", front, "--data", "-q")
    table = np.genfromtxt(os.path.join(front, "height.csv"), delimiter=",", skip_header=1)
    check(np.all(np.abs(table[:, 1:].mean(axis=0)) < 1e-12) and np.ptp(table[:, -1]) > 0.1, "a front is drawn less its mean")

    # several runs in one picture: the parameter that tells them from each other names the curves
    runs = []
    for velocity in 0.1, 0.2:
        runs.append(os.path.join(folder, f"v{velocity}"))
        weft("run", os.path.join(folder, "line.yaml"), "-P", f"initial.velocity={velocity}", "--out", runs[-1], "-q")
    out = weft("plot", *runs, "--overlay", "--data", "-o", os.path.join(folder, "both"))
    table = np.genfromtxt(os.path.join(folder, "both", "phi_max.csv"), delimiter=",", names=True)
    with h5py.File(os.path.join(runs[1], "series.nc")) as file:
        check("phi_max_of_velocity__02" in table.dtype.names and np.array_equal(table["phi_max_of_velocity__02"], file["phi_max"][...]),
              f"--overlay: {table.dtype.names}{out.stderr}")

    # ---- scans: which axis is x, curves for the values of another ----
    two = os.path.join(folder, "two_axes")
    write_file(two, "scan.nc", {"v": (("a", "b"), np.arange(6.0).reshape(2, 3)), "status": (("a", "b"), np.zeros((2, 3), "i1"))},
               {"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]})
    for arguments, header, rows in ((("--x", "b", "--lines", "a"), "b,v at a=1,v at a=2", [[1, 0, 3], [2, 1, 4], [3, 2, 5]]),
                                    (("--lines", "b"), "a,v at b=1,v at b=2,v at b=3", [[1, 0, 1, 2], [2, 3, 4, 5]])):
        weft("plot", two, *arguments, "--data", "-q")
        with open(os.path.join(two, "v.csv"), encoding="utf-8") as file:
            check(file.readline().strip() == header and np.array_equal(np.loadtxt(file, delimiter=","), rows), f"{arguments}")

    # ---- --log and --cmap do what they say: the axes and colours of the figures themselves ----
    def drawn(*arguments):
        """{picture: [(x, y, norm and map of its colours) of its panels]}."""
        seen, kept = {}, Page.save

        def look(page, figure, name):
            seen[name] = [(a.get_xscale(), a.get_yscale(), *((type(c.norm).__name__, c.cmap.name) for c in a.collections if c.get_array() is not None))
                          for a in figure.axes]
            kept(page, figure, name)

        Page.save = look
        try:
            check(plot_command.main([str(a) for a in (*arguments, "-q", "-o", os.path.join(folder, "looked"))]) == 0, f"weft plot {arguments}")
        finally:
            Page.save = kept
        return seen

    line, ring = os.path.join(folder, "line"), os.path.join(folder, "ring")
    for log, scales in {"none": ("linear", "linear"), "x": ("log", "linear"), "y": ("linear", "log"), "xy": ("log", "log")}.items():
        seen = {name: set(drawn(ring, "--only", "width2", "--log", log)[name]) for name in ("series",)}
        seen |= {name: set(panels) for name, panels in drawn(two, "--lines", "b", "--log", log).items()}
        check(seen == {"series": {scales}, "v": {scales}}, f"--log {log}: {seen}")
    check(set(drawn(ring, "--only", "width2")["series"]) == {("log", "log")}, "times that grow by factors ask for logarithmic axes")
    for arguments, norm, colours in (((), "Normalize", "RdBu_r"), (("--log", "c"), "LogNorm", "cividis"), (("--cmap", "magma"), "Normalize", "magma")):
        found = drawn(line, "--only", "phi", *arguments)["phi"][0]
        check(found[2:] == ((norm, colours),), f"colours with {arguments}: {found}")

    # ---- errors: one line, the code of its kind ----
    os.makedirs(os.path.join(folder, "empty"))
    os.makedirs(os.path.join(folder, "scanned"))
    write(os.path.join(folder, "scanned"), "scan.yaml", "")
    broken = write(folder, "broken.nc", "no HDF5")
    ring = os.path.join(folder, "ring")
    no_records = write_file(os.path.join(folder, "none"), "series.nc", {"x": (("time",), np.zeros(0))}, {"time": np.zeros(0)})
    cases = [([], 2, "required: DIR|FILE"), (["nothing"], 2, "no such file"), ([ring, "--width", "8"], 2, "write it as 8.6cm"), ([ring, "--width", "9km"], 2, "write it as 8.6cm"),
             ([ring, "--width", "1.2.3cm"], 2, "is no number"), ([ring, "--width", "0.1in"], 2, "between"), ([ring, "--cmap", "viridsi"], 2, "did you mean 'viridis'"),
             ([ring, "--style", "none.mplstyle"], 2, "--style: none.mplstyle"), ([ring, "--time", "1e9"], 2, "--time: 1e+09: the records"),
             ([ring, "--overlay"], 2, "at least two runs"), ([ring, "--x", "a"], 2, "--x is for scans"), ([ring, "--lines", "a"], 2, "--lines is for scans"),
             ([two, "--time", "1"], 2, "--time is for runs"), ([ring, two, "--overlay"], 2, "--overlay is for runs"),
             ([*runs, "--overlay", "--only", "phi"], 2, "--overlay draws the observables"), ([two, "--x", "c"], 2, "the scan has no axis 'c'; there are: a, b"),
             ([two, "--x", "a", "--lines", "a"], 2, "is the axis of --x already"), ([os.path.join(folder, "empty")], 2, "holds neither"),
             ([os.path.join(folder, "scanned")], 2, "weft scan collect"), ([broken], 4, "cannot be read"), ([ring, "--only", "widht2"], 2, "there is no variable 'widht2'"),
             ([ring, "--format", "bmp"], 2, "invalid choice"), ([no_records], 2, "holds no records yet"),
             ([ring, "--collapse", "0.5", "0"], 2, "Z must be positive"), ([ring, "-o", broken], 4, "cannot be made")]
    if shutil.which("ffmpeg"):
        movie = os.path.join(folder, "movie")
        out = weft("plot", os.path.join(folder, "species"), "--movie", "mp4", "-o", movie)
        with open(os.path.join(movie, "species.mp4"), "rb") as file:
            check(out.returncode == 0 and b"ftyp" in file.read(16), f"animation mp4: {out.stderr}")
    else:
        print("skipped: mp4, since ffmpeg is not installed")
        cases.append(([ring, "--movie", "mp4"], 2, "ffmpeg"))
    for arguments, code, hint in cases:
        out = weft("plot", *arguments)
        lines = [line for line in out.stderr.split("\n") if line]
        check(out.returncode == code and len(lines) == 1 and lines[0].startswith("weft: error: ") and hint in lines[0],
              f"weft plot {arguments}: code {out.returncode}: {out.stderr}")
end()
