"""weft analyze coarsening: how domains grow, whether they look the same at all times, and how sharp their walls are."""
import numpy as np

from .errors import ToolError
from .fronts import RATIO
from .output import analysis_arguments, estimate
from .params import flat
from .result import one_file
from .slopes import careful_line, jackknife, local_slopes, window_slope

LENGTHS = ("domain_length", "domain_length_half", "domain_length_walls")
FREE = ("observe.", "output.", "checkpoint.", "ensemble.", "fft.")


class Ensemble:
    """Histories of equal runs: {name: (replica, time, ...)} where single ones are known, else means with errors."""

    def __init__(self, paths):
        self.results = [one_file(path, "series.nc") for path in paths]
        self.paths = paths
        self.times = self.results[0].times()
        base = self._fixed(self.results[0])
        for path, result in zip(paths[1:], self.results[1:]):
            for key in sorted({*base, *self._fixed(result)}):
                if base.get(key) != self._fixed(result).get(key):
                    raise ToolError(f"{path}: {key} is {self._fixed(result).get(key)}, in {paths[0]} {base.get(key)}; runs of "
                                    "one analysis are replicas: they may differ in the seed alone")
            if not np.array_equal(result.times(), self.times):
                raise ToolError(f"{path}: its records are at other times than those of {paths[0]}")
        self._seeds()

    def _seeds(self):
        """Runs of one seed are one history, and not two that are independent."""
        of_seed = {}
        for path, result in zip(self.paths, self.results):
            seed = result.attrs.get("seed")
            if seed in of_seed:
                raise ToolError(f"{path}: has the seed {seed}, as {of_seed[seed]} has: the same replicas would count twice; give each run an "
                                "ensemble.seed of its own")
            if seed is not None:
                of_seed[seed] = path

    @staticmethod
    def _replicas(result):
        """How many are in the means of a run."""
        return float(result.attrs.get("replicas_done", 1))

    @staticmethod
    def _fixed(result):
        return {key: value for key, value in flat(result.parameters()).items() if not key.startswith(FREE)}

    @property
    def dimension(self):
        n = self.results[0].parameters().get("grid", {}).get("n", [1])
        return len(n) if isinstance(n, list) else 1

    def has(self, name):
        return all(name in result.variables for result in self.results)

    def samples(self, name):
        """Values of single replicas, or None."""
        if not self.has(name):
            return None
        rows = []
        for result in self.results:
            single = result.samples(name)
            if single is not None:
                rows += list(single)
            elif f"{name}_stderr" not in result.variables:
                rows.append(result.variables[name][...])
            else:
                return None
        return np.array(rows)

    def mean(self, name):
        """Mean and standard error (None without replicas) over time."""
        samples = self.samples(name)
        if samples is not None:
            n = len(samples)
            return samples.mean(axis=0), samples.std(axis=0, ddof=1) / np.sqrt(n) if n > 1 else None
        counts = [self._replicas(result) for result in self.results]
        values = [result.variables[name][...] for result in self.results]
        errors = [result.error_of(name) for result in self.results]
        mean = np.average(values, axis=0, weights=counts)
        if any(error is None for error in errors):  # a single run beside means of others tells no scatter
            return mean, None
        return mean, np.sqrt(np.sum([(n * error) ** 2 for n, error in zip(counts, errors)], axis=0)) / sum(counts)


def growth(ensemble, name, window):
    """alpha over the window, and local exponents."""
    values, errors = ensemble.mean(name)
    samples = ensemble.samples(name)
    alpha, error = window_slope(ensemble.times, values, errors, *window, samples)
    keep = (ensemble.times > 0) & (values > 0) & np.isfinite(values)
    t = ensemble.times[keep]
    middle, slope, spread = local_slopes(t, values[keep], None if errors is None else errors[keep], RATIO)
    if samples is not None and len(samples) > 2 and len(middle):
        _, spread = jackknife(samples[:, keep], lambda mean: local_slopes(t, mean, None, RATIO)[1])
    return {"alpha": (alpha, error), "times": t, "length": values[keep], "error": None if errors is None else errors[keep],
            "local": (middle, slope, spread)}


def collapse(ensemble, length, window):
    """C(r/L)/C(0) at the records in the window on one axis, and the spread between them."""
    if not ensemble.has("correlation"):
        return None
    values, errors = ensemble.mean("correlation")
    r = ensemble.results[0].coordinate("r")
    rows = np.flatnonzero((ensemble.times >= window[0] * (1 - 1e-9)) & (ensemble.times <= window[1] * (1 + 1e-9)))
    rows = rows[np.isfinite(length[rows]) & (length[rows] > 0) & (values[rows, 0] > 0)]
    if len(rows) < 3:
        return None
    top = min(2.0, float(np.min(r[-1] / length[rows])))
    axis = np.linspace(0, top, 41)
    curves = np.array([np.interp(axis, r / length[i], values[i] / values[i, 0]) for i in rows])
    noise = None
    if errors is not None:
        noise = float(np.sqrt(np.mean([np.interp(axis, r / length[i], errors[i] / values[i, 0]) ** 2 for i in rows])))
    return {"axis": axis, "curves": curves, "times": ensemble.times[rows], "noise": noise,
            "spread": float(np.sqrt(np.mean(curves.var(axis=0, ddof=1))))}


def porod(ensemble, length, k_range):
    """Exponent of the structure factor at the last record for k L between the two bounds."""
    if not ensemble.has("structure_factor_n"):
        return None
    values, errors = ensemble.mean("structure_factor_n")
    name = ensemble.results[0].variables["structure_factor_n"].dims[1]
    k, s = ensemble.results[0].coordinate(name), values[-1]
    e = None if errors is None else errors[-1]
    keep = (k * length[-1] >= k_range[0]) & (k * length[-1] <= k_range[1]) & (k < np.pi / 2) & (s > 0)
    found = {"k": k, "S": s, "error": e, "modes": keep, "exponent": (None, None)}
    if keep.sum() >= 4:
        relative = None if e is None or np.any(e[keep] <= 0) else e[keep] / s[keep]
        slope, error = careful_line(np.log(k[keep]), np.log(s[keep]), relative)
        found["exponent"] = -slope, error
    return found


def page(ensemble, lengths, main, scaled, tail):
    from .style import COLOURS, plt
    figure, axes = plt.subplots(2, 2, figsize=(9.4, 7.2))
    for (name, g), colour in zip(lengths.items(), COLOURS):
        axes[0, 0].errorbar(g["times"], g["length"], g["error"], marker=".", ms=3, lw=0.7, color=colour, label=name)
        middle, slope, spread = g["local"]
        axes[0, 1].errorbar(middle, slope, spread, marker=".", ms=3, lw=0.7, color=colour)
    axes[0, 0].set(xscale="log", yscale="log", xlabel="time", ylabel="L")
    axes[0, 0].legend(fontsize="x-small")
    for value, label in ((1 / 2, "1/2 Allen-Cahn"), (1 / 3, "1/3"), (1 / 4, "1/4")):
        axes[0, 1].axhline(value, color="0.65", ls="--", lw=0.7)
        axes[0, 1].annotate(label, (1, value), xycoords=("axes fraction", "data"), fontsize="x-small", color="0.4", ha="right",
                            va="bottom")
    axes[0, 1].set(xscale="log", xlabel="time", ylabel="local alpha", ylim=(-0.1, 0.9))
    if scaled:
        for i, (t, curve) in enumerate(zip(scaled["times"], scaled["curves"])):
            axes[1, 0].plot(scaled["axis"], curve, lw=0.8, color=plt.get_cmap("cividis")(i / len(scaled["times"])),
                            label=f"t = {t:.4g}" if i in (0, len(scaled["times"]) - 1) else None)
        axes[1, 0].set(xlabel=f"r/{main}", ylabel="C(r)/C(0)")
        axes[1, 0].legend(fontsize="x-small")
    else:
        axes[1, 0].set_axis_off()
    if tail:
        keep = tail["S"] > 0
        axes[1, 1].errorbar(tail["k"][keep], tail["S"][keep], None if tail["error"] is None else tail["error"][keep], marker=".",
                            ms=3, lw=0.7)
        if tail["exponent"][0] is not None:
            k, s = tail["k"][tail["modes"]], tail["S"][tail["modes"]]
            line = np.exp(np.mean(np.log(s))) * (k / np.exp(np.mean(np.log(k)))) ** -tail["exponent"][0]
            axes[1, 1].plot(k, line, "k--", lw=1, label=f"k^-{tail['exponent'][0]:.2f}; Porod {ensemble.dimension + 1}")
            axes[1, 1].legend(fontsize="x-small")
        axes[1, 1].set(xscale="log", yscale="log", xlabel="k", ylabel="S")
    else:
        axes[1, 1].set_axis_off()
    figure.suptitle("coarsening")
    return figure


def parse(arguments):
    parser = analysis_arguments("coarsening", "Growth of domains. Several DIRs are replicas that differ in the seed.")
    parser.add_argument("--window", nargs=2, type=float, metavar=("T1", "T2"), help="times of the fit; default: the last decade")
    parser.add_argument("--tail", nargs=2, type=float, default=(6.0, 30.0), metavar=("X1", "X2"),
                        help="k L of the Porod tail; default: 6 30")
    options = parser.parse_args(arguments)
    if options.window and not 0 < options.window[0] < options.window[1]:
        parser.error("--window: needs 0 < T1 < T2")
    return options


def results(options):
    """The report, a function that draws its page, and lines for people."""
    ensemble = Ensemble(options.results)
    names = [name for name in LENGTHS if ensemble.has(name)]
    if not names:
        raise ToolError(f"{options.results[0]}: has none of {', '.join(LENGTHS)}; add one to observe.list")
    window = tuple(options.window or (ensemble.times[-1] / 10, ensemble.times[-1]))
    lengths = {name: growth(ensemble, name, window) for name in names}
    if all(g["alpha"][0] is None for g in lengths.values()):
        raise ToolError(f"{options.results[0]}: fewer than 3 records between t = {window[0]:g} and {window[1]:g}")
    length = ensemble.mean(names[0])[0]
    scaled, tail = collapse(ensemble, length, window), porod(ensemble, length, options.tail)
    samples = ensemble.samples(names[0])
    report = {"analysis": "coarsening", "runs": options.results, "replicas": None if samples is None else len(samples),
              "window": list(window), "lengths": {}}
    for name, g in lengths.items():
        middle, slope, spread = g["local"]
        report["lengths"][name] = {"alpha": estimate(*g["alpha"]), "final": estimate(g["length"][-1], None if g["error"] is None
                                                                                   else g["error"][-1]),
                                   "local_alpha": {"time": middle.tolist(), "alpha": slope.tolist(),
                                                   "stderr": None if spread is None else np.asarray(spread).tolist()}}
    if scaled:
        report["collapse"] = {"length": names[0], "spread_between_times": scaled["spread"], "standard_error": scaled["noise"]}
    if tail:
        report["porod"] = {"exponent": estimate(*tail["exponent"]), "expected": ensemble.dimension + 1,
                           "k_L": list(options.tail)}
    summary = [f"{name}: alpha = {g['alpha'][0]:.3f}" + ("" if g["alpha"][1] is None else f" +- {g['alpha'][1]:.3f}")
               for name, g in lengths.items() if g["alpha"][0] is not None]
    return report, lambda: page(ensemble, lengths, names[0], scaled, tail), summary
