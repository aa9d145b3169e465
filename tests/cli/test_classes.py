"""Classes of points of scans: rules, undecided points, sureness, the same for any number of ranks and tasks; boundaries that are
found by refinement against known thresholds; classes of fronts against an independent analysis of the same series."""
import itertools
import sys

import yaml

from program import *
import xarray

SLOW = bool(os.environ.get("WEFT_SLOW"))
BASE = """model: kuramoto
grid: {n: [128]}
kuramoto: {coupling: 1, phase_lag: 0, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 20}
observe: {every: {log: 20}, list: [width2, slips]}
ensemble: {seed: 5, replicas: 6}
"""
SCAN = """base: base.yaml
axes:
  kuramoto.noise: {logspace: [0.05, 1.0, 4]}
  kuramoto.coupling: {linspace: [0.5, 1.5, 3]}
collect: [width2, slips]
classes:
  smooth: "last(width2) < 1.2 and last(slips) < 0.01"
  slipping: "last(slips) >= 0.3 and beta_eff > 0.2"
  wide: "last(width2) >= 1.2"
refine: {by: class, rounds: 2}
"""


def scan(command, path, out, *arguments, code=0, **more):
    run = weft("scan", command, path, "--out", out, *arguments, **more)
    check(run.returncode == code, f"scan {command} {path} {arguments}: code {run.returncode}: {run.stdout}{run.stderr}")
    return run


def collected(path, out):
    scan("collect", path, out, "-q")
    return xarray.open_dataset(os.path.join(out, "scan.nc")).load()


def run_scan(folder, name, text, ranks=2):
    path, out = write(folder, f"{name}.yaml", text), os.path.join(folder, f"out_{name}")
    scan("run", path, out, "-q", ranks=ranks)
    return path, out, collected(path, out)


def equal(a, b, what):
    check(set(a.variables) == set(b.variables), f"{what}: variables {set(a.variables) ^ set(b.variables)}")
    for name in a.variables:
        if name != "seconds":
            check(a[name].values.tobytes() == b[name].values.tobytes(), f"{what}: {name} differs")


def edges(data, *classes):
    """(place, error) of the boundary between two classes along the only axis."""
    names = data["class"].attrs["flag_meanings"].split()
    axis = data["class"].dims[0]
    here = [i for i in range(data.sizes.get("boundary", 0))
            if {names[int(data.boundary_below[i])], names[int(data.boundary_above[i])]} == set(classes)]
    return [(float(data[f"boundary_{axis}"][i]), float(data.boundary_error[i])) for i in here]


def points_of_rounds(data, first, scales, rounds):
    """The points that an independent reading of docs/scans.md makes: between neighbours of different classes along each axis, at both
    ends of what is undecided or not sure between them. first: values of the axes; scales: of each axis."""
    dims, axes = data["class"].dims, [data[d].values for d in data["class"].dims]
    points = {tuple(int(np.argmin(abs(a - x))) for a, x in zip(axes, at)) for at in itertools.product(*first)}
    for _ in range(rounds):
        new = set()
        for d in range(len(dims)):
            for line in {p[:d] + p[d + 1:] for p in points}:
                row = sorted((p for p in points if p[:d] + p[d + 1:] == line), key=lambda p: axes[d][p[d]])
                sure = [i for i, p in enumerate(row) if data["class"].values[p] > 0 and not data.class_sureness.values[p] < 0.95]
                for i, k in zip(sure, sure[1:]):
                    if data["class"].values[row[i]] != data["class"].values[row[k]]:
                        new |= {middle(axes[d], scales[d], row[i], row[i + 1], d), middle(axes[d], scales[d], row[k - 1], row[k], d)}
        points |= new
    return points


def middle(axis, scale, low, high, d):
    a, b = axis[low[d]], axis[high[d]]
    x = np.sqrt(a * b) if scale == "log" else (a + b) / 2
    at = int(np.argmin(abs(axis - x)))
    check(abs(axis[at] / x - 1) < 1e-12, f"{x} is a value of the axis, halfway between {a} and {b}")
    return low[:d] + (at,) + low[d + 1:]


def rules_and_ranks(folder):
    write(folder, "base.yaml", BASE)
    path, out, data = run_scan(folder, "scan", SCAN, ranks=1)
    done = data.status == 1
    smooth = (data.last_width2 < 1.2) & (data.last_slips < 0.01)
    slipping = (data.last_slips >= 0.3) & (data.beta_eff > 0.2)
    want = xarray.where(smooth, 1, xarray.where(slipping, 2, xarray.where(data.last_width2 >= 1.2, 3, 0)))
    check((data["class"].where(done, -1) == want.where(done, -1)).all() and np.isnan(data["class"].where(~done)).all(), "classes by their rules")
    check(data["class"].attrs["flag_meanings"] == "undecided smooth slipping wide" and list(data["class"].attrs["flag_values"]) == [0, 1, 2, 3],
          "flags")
    check(len(set(np.unique(want.where(done)))) > 3, f"several classes: {np.unique(want.where(done), return_counts=True)}")
    further = xarray.where(slipping & (data.last_width2 >= 1.2) & ~smooth, 1, 0)
    check((data.class_further.where(done, 0) == further.where(done, 0)).all() and further.where(done, 0).sum() > 0, "overlaps are counted")
    told = scan("collect", path, out).stdout
    check(f"rules overlap: at {int((further.where(done, 0) > 0).sum())} points a later rule holds too, and the first one gives the class" in told and
          ": slipping, wide" in told, f"overlaps are said: {told}")
    check("the first rule that holds gives the class" in scan("check", path, os.path.join(folder, "checked")).stdout, "which of several rules counts")
    clauses = data.clause_holds.attrs["clauses"].split("\n")
    check(clauses[0] == "smooth: last(width2) < 1.2" and clauses[3] == "slipping: beta_eff > 0.2" and len(clauses) == 5, f"clauses {clauses}")
    check((data.clause_holds[..., 0].where(done, 3) == (data.last_width2 < 1.2).where(done, 3)).all(), "what each clause says")
    sure = data.class_sureness.values[done.values]
    check(np.isfinite(sure).all() and sure.max() == 1 and ((sure >= 0) & (sure <= 1)).all(), f"sureness {np.sort(sure)[:5]}")
    check("boundary" in data.sizes and (data.boundary_error > 0).all(), "boundaries")
    ends = zip(*(data[f"boundary_{name}"].values for name in ("along", "low", "high", "error", "factor")))
    for i, (along, low, high, error, factor) in enumerate(ends):
        place = float(data[f"boundary_{data['class'].dims[int(along)]}"][i])
        log = int(along) == 0  # kuramoto.noise, by factors
        check(np.isclose(place, np.sqrt(low * high) if log else (low + high) / 2) and np.isclose(error, max(place - low, high - place)) and
              (np.isclose(place * factor, high) and np.isclose(place / factor, low) if log else np.isnan(factor)),
              f"boundary between {low} and {high}: {place} +- {error}, factor {factor}")
    check(len(set(data.boundary_along.values)) == 2, "boundaries along both axes")
    check(int(done.sum()) > 12 and int((data.status == 4).sum()) > 0, f"{int(done.sum())} points are refined")
    unsure = int(((data["class"] > 0) & (data.class_sureness < 0.95)).sum())
    check(unsure > 0, f"some points are not sure: {unsure}")
    want = points_of_rounds(data, [np.geomspace(0.05, 1, 4), np.linspace(0.5, 1.5, 3)], ["log", "linear"], 2)
    check(want == {tuple(map(int, p)) for p in np.argwhere(done.values)}, "the points of refinement are those of an independent program")

    for ranks in (2, 3):
        other = os.path.join(folder, f"ranks{ranks}")
        scan("run", path, other, ranks=ranks)
        equal(data, collected(path, other), f"{ranks} ranks")
    tasks = os.path.join(folder, "tasks")
    for _ in range(3):
        for task in (1, 0):
            scan("run", path, tasks, "-q", "--task", task, "--tasks", 2)
    equal(data, collected(path, tasks), "an array of two tasks")
    status = scan("status", path, tasks).stdout
    check("points of each class" not in status and "smooth" in status and "boundary" in status, f"status tells classes: {status}")

    # a rule that is not known gives no class, but those before it do
    lacking = SCAN.split("classes:")[0].replace("collect: [width2, slips]", "derive: [saturation]") + """classes:
  smooth: "last(width2) < 0.05"
  flat: "saturation < 1"
  wide: "last(width2) > 0.05"
"""
    _, _, data = run_scan(folder, "lacking", lacking)
    known = data.saturation.notnull()
    check(bool((~known).any()), "some points have no plateau")
    check((data["class"].values[(~known & (data.last_width2 >= 0.05)).values] == 0).all(), "not known: undecided, though a later rule holds")
    check((data["class"].values[(known & (data.saturation >= 1) & (data.last_width2 > 0.05)).values] == 3).all(), "known: the later rule")
    single = SCAN.replace("base.yaml", "single.yaml").split("refine")[0]
    write(folder, "single.yaml", BASE.replace(", replicas: 6", ""))
    _, _, data = run_scan(folder, "one", single)
    check(np.isnan(data.class_sureness).all(), "without replicas the sureness is not known")


def names_of_axes(folder):
    """Rates of two reactions that are called by their names are two axes (both were taken for the first)."""
    write(folder, "reactions.yaml", """model: reaction_lattice
grid: {n: [64]}
reaction_lattice:
  species: [A]
  reactions: [{reaction: A -> 0, rate: 1, name: death}, {reaction: A -> 2 A, rate: 4, name: birth}]
initial: {type: full, species: A}
time: {end: 5}
observe: {every: 1, list: [density_A]}
""")
    _, _, data = run_scan(folder, "reactions_scan", """base: reactions.yaml
axes: {reaction_lattice.reactions.birth.rate: {values: [0, 6]}, reaction_lattice.reactions.death.rate: {values: [0.1, 0.5, 1]}}
classes: {thin: last(density_A) < 0.3, dense: last(density_A) >= 0.3}
""")
    check(data["class"].dims == ("birth_rate", "death_rate") and list(data.death_rate) == [0.1, 0.5, 1], f"names of axes {data['class'].dims}")
    check((data["class"].sel(birth_rate=6) == 2).all() and int(data["class"].sel(birth_rate=0, death_rate=1)) == 1, "classes of a reaction lattice")

    # axes in rules
    _, _, data = run_scan(folder, "axes_in_rules", """base: reactions.yaml
axes: {reaction_lattice.reactions.birth.rate: {values: [0, 6]}, reaction_lattice.reactions.death.rate: {values: [0.1, 0.5, 1]}}
classes:
  - slow: death_rate < 0.3 and birth_rate > 1
  - fed: last(density_A) > death_rate - 1 and birth_rate == 6
""")
    want = xarray.where((data.death_rate < 0.3) & (data.birth_rate > 1), 1, xarray.where(data.birth_rate == 6, 2, 0))
    check((data["class"].transpose(*want.dims).values == want.values).all(), f"axes in rules: {data['class'].values}")
    path = write(folder, "two_rates.yaml", """base: reactions.yaml
axes: {reaction_lattice.reactions.birth.rate: {values: [0, 6]}, reaction_lattice.reactions.death.rate: {values: [0.1, 0.5, 1]}}
classes:
  slow: "rate < 0.3"
""")
    told = scan("check", path, os.path.join(folder, "two_rates"), code=2).stderr
    check("4:10: classes.slow: 'rate' may be reaction_lattice.reactions.birth.rate or" in told, f"a name of two axes: {told}")


def thresholds(folder):
    # phi^4: above v_c the pair parts after one bounce, below it comes back: v_c = 0.2598 (Campbell, Schonfeld, Wingate, Physica D 9, 1
    # (1983)), up to 0.2600 for pairs that are watched longer
    _, _, data = run_scan(folder, "phi4", f"""base: {SOURCE}/inputs/scans/phi4_critical_velocity/base.yaml
axes: {{initial.velocity: {{linspace: [0.255, 0.265, 3]}}}}
collect: [phi_center]
classes: {{comes_back: bounces > 1, escapes: bounces == 1}}
seeds: common
refine: {{by: class, rounds: 8}}
""")
    found = edges(data, "comes_back", "escapes")
    check(len(found) == 1 and 0.2595 < found[0][0] - found[0][1] and found[0][0] + found[0][1] < 0.2602 and found[0][1] < 3e-5,
          f"critical velocity {found}")

    # all-to-all Kuramoto model, Lorentzian frequencies of half width gamma: K_c = 2 gamma; r = sqrt(1 - K_c/K) above it, so that
    # r = 0.1 is at 1.01 K_c
    write(folder, "lorentz.yaml", """model: kuramoto
grid: {n: 2000}
kuramoto: {topology: all_to_all, coupling: 1, disorder_type: lorentzian, disorder: 0.5, disorder_draw: quantiles}
initial: {type: random}
time: {stepper: rk4, dt: 0.1, end: 400}
observe: {every: 2, list: [order_parameter]}
ensemble: {seed: 3}
""")
    _, _, data = run_scan(folder, "lorentzian", """base: lorentz.yaml
axes: {kuramoto.coupling: {linspace: [0.5, 1.5, 3]}}
classes: {synchronized: mean(order_parameter) > 0.1, incoherent: mean(order_parameter) <= 0.1}
refine: {by: class, rounds: 6}
""")
    found = edges(data, "incoherent", "synchronized")
    check(len(found) == 1 and abs(found[0][0] - 1) + found[0][1] < 0.02, f"Kuramoto's critical coupling {found}")

    # contact process in one dimension: survival ~ t^-0.159464 at lambda_c = 3.29785 (Jensen 1999); below it the slope is steeper, above
    # it less steep. The boundary of sure points must hold it; its error is what the replicas allow (slow: found from 3.294 to 3.306)
    replicas, end, least = (12000, 400, 0.02) if SLOW else (1500, 60, 0.12)
    write(folder, "contact.yaml", f"""model: reaction_lattice
grid: {{n: [{512 if SLOW else 256}]}}
reaction_lattice:
  species: [A]
  reactions:
    - {{reaction: A -> 0, rate: 1.0, name: death}}
    - {{reaction: A -> 2 A, rate: 3.3, name: birth}}
initial: {{type: seed, species: A}}
time: {{end: {end}}}
observe: {{every: {{log: 25}}, list: [survival]}}
ensemble: {{replicas: {replicas}, seed: 2}}
""")
    _, _, data = run_scan(folder, "contact_process", f"""base: contact.yaml
axes: {{reaction_lattice.reactions.birth.rate: {{linspace: [{"3.25, 3.35" if SLOW else "3.1, 3.5"}, 3]}}}}
collect: [survival]
classes: {{absorbing: log_slope(survival) < -0.159464, active: log_slope(survival) > -0.159464}}
refine: {{by: class, rounds: {4 if SLOW else 3}}}
""")
    found = edges(data, "absorbing", "active")
    check(len(found) == 1 and abs(found[0][0] - 3.29785) <= found[0][1] < least, f"contact process {found}")
    print("thresholds:", found)


def agrees(value, error, number, margin):
    return abs(value - number) <= margin + 3 * error


def class_of(beta, change, now, skewness, slips, rate, p, lam, columnar, linear):
    """An independent reading of docs/analysis.md: which classes nothing excludes. Arguments: (value, error); slips and their rate;
    lambda of the parameters; whether the noise is quenched (else white); whether growth ended before the crossover to KPZ."""
    white = not columnar
    bent = lam != 0 and skewness[0] * np.sign(lam) >= -3 * skewness[1]
    free, slow = slips <= 0.05, abs(change[0]) <= 0.06 + 3 * change[1]
    even = agrees(*skewness, 0, 0.06)
    at_rest = agrees(*now, 0, 0.03)

    def skewed(low, high):
        return low - 0.03 - 3 * skewness[1] <= abs(skewness[0]) <= high + 0.03 + 3 * skewness[1]

    def power(low, high):
        return True if np.isnan(p).any() else low - 0.15 - 3 * p[1] <= p[0] <= high + 0.15 + 3 * p[1]

    def all_of(*parts):
        return False if any(part is not None and not part for part in parts) else None if None in parts else True

    allowed = {"random_deposition": white and agrees(*beta, 0.5, 0.03) and slow and not free,
               "edwards_wilkinson": all_of(white, agrees(*beta, 0.25, 0.03), even, linear, slow, free, power(1.85, 2.15)),
               "kpz": all_of(white, bent, agrees(*beta, 0.3333, 0.03), skewed(0.2, 0.36), slow, free, power(1.85, 2.15)),
               "columnar_edwards_wilkinson": all_of(columnar, not at_rest, agrees(*beta, 0.75, 0.03), even, slow, free, power(3.8, 4.2)),
               "columnar_kpz": all_of(columnar, not at_rest, bent, 0.78 - 0.03 - 3 * beta[1] <= beta[0] <= 0.95 + 0.03 + 3 * beta[1],
                                      skewed(0.1, 3), slow, free, power(2.6, 3.8)),
               "linear_growth": columnar and agrees(*beta, 1, 0.03) and slow and not free,
               "locked": columnar and at_rest and rate <= 1e-6,
               "transient": not slow}
    names = [name for name, holds in allowed.items() if holds]
    return names[0] if len(names) == 1 and None not in allowed.values() else "undecided"


def slope(t, y, low, high):
    keep = (t >= low * (1 - 1e-12)) & (t <= high * (1 + 1e-12)) & (y > 0)
    return np.polyfit(np.log(t[keep]), np.log(y[keep]), 1)[0] / 2


def beta_of(t, w2):
    end, half = t[-1], t[-1] / np.sqrt(10)
    return slope(t, w2, end / 10, end), slope(t, w2, half, end) - slope(t, w2, t[t <= half * (1 + 1e-12)][-1] / np.sqrt(10), half)


def spectrum_of(t, k, s):
    """p of S ~ k^-p and A = k^2 S over the modes below a quarter of the largest k that grow by less than 1.35 from t/3 to t on the mean
    over an octave, weights k; nan with fewer than 4 bins."""
    now, before = s[-1], s[t <= t[-1] / 3 * (1 + 1e-12)][-1]
    largest, low = k[-1], k <= k[-1] / 4
    near = (abs(np.log(k[low][:, None] / k[low])) < np.log(2) / 2) * k[low]
    growing = (near @ np.log(now[low] / before[low]) / near.sum(axis=1)) > np.log(1.35)
    first = np.flatnonzero(growing)[-1] + 1 if growing.any() else 0
    k, now = k[low][first:], now[low][first:]
    if len(k) < 4:
        return np.nan, np.nan
    p, lower = -np.polyfit(np.log(k), np.log(now), 1, w=np.sqrt(k))[0], k <= largest / 8
    return p, np.average((k**2 * now)[lower], weights=k[lower]) if abs(p - 2) < 0.3 and lower.any() else np.nan


def independent(data):
    """The class of every cell from its series: exponents by fits of numpy, errors as they are in the file."""
    t, k = data.time.values, data.k_log.values
    found = np.empty(data["class"].shape, object)
    for cell in np.ndindex(found.shape):
        w2 = data.width2.values[cell]
        check(np.isnan(data.saturation.values[cell]), f"no plateau in {cell}: the decade of growth is the last one")
        beta, change = beta_of(t, w2)
        skewness = data.skewness.values[cell][t >= t[-1] / 2].mean()
        p, amplitude = spectrum_of(t, k, data.structure_factor_log.values[cell])
        errors = [float(data[f"{name}_stderr"].values[cell])
                  for name in ("beta_decade", "beta_change", "beta_eff", "mean_skewness", "spectral_exponent")]
        check(np.allclose([data.beta_decade.values[cell], data.spectral_exponent.values[cell]], [beta, p], rtol=1e-9, equal_nan=True),
              f"exponents of {cell}: {beta} {p}, {float(data.beta_decade.values[cell])} {float(data.spectral_exponent.values[cell])}")
        check(np.isclose(data.spectral_amplitude.values[cell], amplitude, rtol=1e-9, equal_nan=True), f"A of {cell}: {amplitude}")
        lag = float(data.phase_lag[cell[data["class"].dims.index("phase_lag")]])
        columnar = "disorder" in data.dims
        noise = 0.0 if columnar else float(data.noise[cell[data["class"].dims.index("noise")]])
        lam = -2 * np.sin(lag)
        crossover = 252 * np.cos(lag)**5 / (lam**4 * noise**2) if lam * noise else np.inf
        check(np.isclose(data.kpz_crossover.values[cell], crossover, rtol=1e-12) and data.growth_end.values[cell] == t[-1], f"crossover of {cell}")
        found[cell] = class_of((beta, errors[0]), (change, errors[1]), (slope(t, w2, t[-1] / 3, t[-1]), errors[2]), (skewness, errors[3]),
                               data.slips.values[cell][-1], data.slip_rate.values[cell][-1], (p, errors[4]), lam,
                               columnar, t[-1] <= crossover)
    return found


def same_class(plain, data, cell, name):
    """A run with the seed of a point has its evidence, to the last digit, and its class."""
    run = weft("analyze", "kpz", plain, "-q")
    check(run.returncode == 0, run.stderr)
    with open(os.path.join(plain, "kpz.yaml"), encoding="utf-8") as file:
        report = yaml.safe_load(file)
    check(report["class"] == name, f"class of a run and of the point of a scan: {report['class']}, {name}")
    with h5py.File(os.path.join(plain, "series.nc")) as file:
        lines = [line.split() for line in file.attrs["class_evidence"].decode().splitlines()]
        rules = dict(line.split(": ", 1) for line in file.attrs["class_rules"].decode().splitlines())
    for variable, value, error in lines:
        check(np.array_equal(float(value), data[variable].values[cell], equal_nan=True), f"{variable} of a run and of a scan")
        if f"{variable}_stderr" in data:
            check(np.array_equal(float(error), data[f"{variable}_stderr"].values[cell], equal_nan=True), f"error of {variable}")
    clauses = [line.split(": ", 1) for line in data.clause_holds.attrs["clauses"].split("\n")]
    check(rules == {name: " and ".join(c for n, c in clauses if n == name) for name in rules}, "the rules are one table")


def evaluators(data):
    """Rules are evaluated alike by the program and by weft analyze: every cell, every clause."""
    sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))
    from weftsim.kpz_class import classify
    names = data["class"].attrs["flag_meanings"].split()
    clauses = [line.split(": ", 1) for line in data.clause_holds.attrs["clauses"].split("\n")]
    rules = {name: " and ".join(c for n, c in clauses if n == name) for name in names[1:]}
    for cell in np.ndindex(data["class"].shape):
        evidence = {name: (float(data[name].values[cell]), float(data[f"{name}_stderr"].values[cell]) if f"{name}_stderr" in data else 0.0)
                    for name in data.data_vars if data[name].dims == data["class"].dims}
        verdict = classify(rules, evidence)
        holds = data.clause_holds.values[cell]
        excluded = {n for (n, _), says in zip(clauses, holds) if says == 0}
        check(verdict.name == names[int(data["class"].values[cell])] and set(verdict.against) == excluded, f"evaluators: {cell} {verdict}")


def fronts(folder):
    cells = {"white": ("noise", "[0.02, 0.05, 0.8]", "[0.0, 0.9, 1.5]"), "columnar": ("disorder", "[0.02, 0.2, 1.0]", "[0.0, 0.6, 1.5]")}
    for name, (axis, values, lags) in cells.items():
        text = f"""base: {SOURCE}/inputs/kuramoto/phase_diagram_{name}/input.yaml
axes: {{kuramoto.{axis}: {{values: {values}}}, kuramoto.phase_lag: {{values: {lags}}}, grid.n: {{values: [512]}}, time.end: {{values: [200]}}}}
collect: [width2, skewness, slips, slip_rate, structure_factor_log]
replicas: 24
derive: [class]
"""
        if SLOW:
            with open(os.path.join(SOURCE, "inputs", "scans", f"phase_diagram_{name}", "classes.yaml"), encoding="utf-8") as file:
                text = file.read().replace("../../kuramoto", f"{SOURCE}/inputs/kuramoto")
        path, out, data = run_scan(folder, name, text)
        names = data["class"].attrs["flag_meanings"].split()
        found, want = np.array([names[int(n)] for n in data["class"].values.ravel()]).reshape(data["class"].shape), independent(data)
        check((found == want).all(), f"{name}: {found} and independently {want}")
        check(float(abs(data.kpz_lambda + 2 * np.sin(data.phase_lag)).max()) < 1e-12 and
              float(abs(data.kpz_nu - np.cos(data.phase_lag)).max()) < 1e-12, f"{name}: constants")
        g = 4 * np.sin(data.phase_lag)**2 * data.noise / np.cos(data.phase_lag)**3 if axis == "noise" else 0 * data.kpz_coupling
        check(float(abs(data.kpz_coupling - g).max()) < 1e-9 * (1 + float(abs(g).max())), f"{name}: the coupling lambda^2 D/nu^3")
        evaluators(data)
        decided = set(found.ravel()) - {"undecided"}
        check(decided & {"white": {"random_deposition"}, "columnar": {"linear_growth"}}[name], f"{name}: {decided}")
        if SLOW:
            print(name, found)
            continue
        # the errors of one cell from its single replicas
        cell = (0, 1, 0, 0)
        at = data.isel(dict(zip(data["class"].dims, cell)))
        plain = os.path.join(folder, f"plain_{name}")
        run = weft("run", f"{SOURCE}/inputs/kuramoto/phase_diagram_{name}/input.yaml", "--out", plain, "-q", "-P", f"ensemble.seed={int(at.seed)}", "-P",
                   "ensemble.replicas=24", "-P", "ensemble.keep=all", "-P", "grid.n=512", "-P", "time.end=200", "-P",
                   f"kuramoto.{axis}={float(at[axis])!r}", "-P", f"kuramoto.phase_lag={float(at.phase_lag)!r}", "-P",
                   "observe.list=[width2, skewness, slips, slip_rate, structure_factor_log]")
        check(run.returncode == 0, run.stderr)
        same_class(plain, data, cell, found[cell])
        with h5py.File(os.path.join(plain, "series.nc")) as file:
            t, all_w2 = file["time"][:], file["width2_replica"][:]
        parts = np.array([beta_of(t, np.delete(all_w2, r, axis=0).mean(axis=0)) for r in range(24)])
        want = np.sqrt(23 * parts.var(axis=0))
        check(np.allclose([at.beta_decade_stderr, at.beta_change_stderr], want, rtol=1e-8), f"errors {want}, {float(at.beta_decade_stderr)}")

        # what people look at
        for tool, arguments in (("analyze", ["kpz", out]), ("plot", [out, "--only", "class", "--data"]), ("report", [out])):
            run = weft(tool, *arguments)
            check(run.returncode == 0, f"weft {tool}: {run.stderr}")
        check(all(os.path.getsize(os.path.join(out, n)) > 1000 for n in ("kpz.png", "report.html")), "pictures")
        with open(os.path.join(out, "kpz.yaml"), encoding="utf-8") as file:
            report = yaml.safe_load(file)
        check(sum(report["points"].values()) == 9 and len(report["cells"]) == 9, f"analysis: {report['points']}")
        for row, at in zip(report["cells"], np.ndindex(found.shape)):
            check(row["class"] == found[at] and "beta_decade" in row["evidence"], f"analysis of {row['at']}")
            check(row["class"] == "undecided" or len(row["excluded"]) == len(names) - 2, f"evidence against the others: {row['excluded'].keys()}")
        with open(os.path.join(out, "report.html"), encoding="utf-8") as file:
            page = file.read()
        check("Evidence" in page and "abs(beta_change)" in page, "table of evidence")


def saturating(folder):
    """A KPZ front on a short ring passes through the exponent 1/4 and even heights as it begins to saturate: not edwards_wilkinson, which needs
    growth before the crossover, 252 nu^5/(lambda^4 D^2) = 3.1 for lambda = 3 and 31111 for 0.3."""
    write(folder, "ring.yaml", """model: kpz
grid: {n: [64], length: [64]}
kpz: {nu: 1, lambda: 3, noise: 1}
initial: {type: flat}
time: {dt: 0.02, end: 40}
observe: {every: {log: 12}, list: [width2, skewness]}
""")
    _, _, data = run_scan(folder, "saturating", """base: ring.yaml
axes: {kpz.lambda: {values: [0.3, 3]}, ensemble.seed: {values: [1, 2, 3, 4, 5, 6, 7, 8]}}
collect: [width2, skewness]
replicas: 40
seeds: common
derive: [class]
""")
    names = data["class"].attrs["flag_meanings"].split()
    found = np.array([names[int(n)] for n in data["class"].values.ravel()]).reshape(data["class"].shape)
    check(np.allclose(data.kpz_crossover.values, 252 / np.array([[0.3], [3]])**4, rtol=1e-12), f"crossover {data.kpz_crossover.values}")
    check("edwards_wilkinson" not in found[1], f"a KPZ front that begins to saturate: {found}")
    even = abs(data.mean_skewness.values[1]) <= 0.06 + 3 * data.mean_skewness_stderr.values[1]
    near = abs(data.beta_decade.values[1] - 0.25) <= 0.03 + 3 * data.beta_decade_stderr.values[1]
    check((even & near).any(), "some of them have its exponent and skewness")


with scratch() as folder:
    rules_and_ranks(folder)
    saturating(folder)
    names_of_axes(folder)
    thresholds(folder)
    fronts(folder)
end()
