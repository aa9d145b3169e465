"""weft analyze field: entropies, densities with errors, phase portraits, tests between runs."""
import itertools

import numpy as np
from scipy import stats

from .blocks import block_shape, compare, cut, kernel_density
from .errors import ToolError
from .output import analysis_arguments, estimate
from .result import one_file

RENYI, TSALLIS = (0.5, 2.0, 10.0), (0.5, 2.0)
MOMENTA = {"phi": "pi", "Q": "P"}
MAX_POINTS = 4_000_000  # values of one run that are looked at; records are thinned beyond that


class Field:
    """Snapshots (time, [z, y,] x) of one field of a run, over a window of times."""

    def __init__(self, path, name, start):
        self.path, result = path, one_file(path, "fields.nc")
        times = result.times()
        names = [v.name for v in result.variables.values() if v.dims[:1] == ("time",) and v.dims[-1] == "x"]
        self.name = name or next((n for n in ("phi", "Q", "phase", "height") if n in names), names[0] if names else None)
        if self.name not in names:
            raise ToolError(f"{path}: there is no field '{self.name or ''}'; there are: {', '.join(names) or 'none'}")
        variable = result.variables[self.name]
        if variable.dims[1] not in ("x", "y", "z"):
            raise ToolError(f"{path}: field '{self.name}' has components; analyze field takes fields of one")
        first = int(np.searchsorted(times, times[-1] * start if start is not None else -np.inf))
        thin = max(1, int(np.prod(variable.shape)) // MAX_POINTS)
        self.times = times[::thin]
        self.values = np.asarray(variable[::thin], float)
        self.late = self.values[self.times >= times[first]]
        self.cell = 1.0
        for axis in variable.dims[1:]:
            x = result.coordinate(axis)
            self.cell *= x[1] - x[0] if len(x) > 1 else 1.0
        self.unit = variable.unit
        momentum = MOMENTA.get(self.name)
        self.momentum = np.asarray(result.variables[momentum][::thin], float) if momentum in names else None

    def velocity(self):
        """pi, or d phi/dt from the snapshots where it was not written; and which."""
        if self.momentum is not None:
            return self.momentum, MOMENTA[self.name]
        if len(self.times) < 3:
            return None, None
        return np.gradient(self.values, self.times, axis=0), f"d {self.name}/dt from snapshots"


def entropies(values, cell):
    """Entropies of the density p = phi^2/integral phi^2 over space, with the cell's weight: they do not depend on the
    grid. Shannon -int p ln p, Renyi ln(int p^a)/(1 - a), Tsallis (1 - int p^q)/(q - 1)."""
    square = values.reshape(len(values), -1) ** 2
    norm = square.sum(axis=1, keepdims=True) * cell
    with np.errstate(divide="ignore", invalid="ignore"):
        p = np.where(norm > 0, square / norm, np.nan)
        found = {"shannon": -np.sum(np.where(p > 0, p * np.log(p), 0.0), axis=1) * cell}
        for a in RENYI:
            found[f"renyi_{a:g}"] = np.log(np.sum(p**a, axis=1) * cell) / (1 - a)
        for q in TSALLIS:
            found[f"tsallis_{q:g}"] = (1 - np.sum(p**q, axis=1) * cell) / (q - 1)
    found["shannon"][norm[:, 0] == 0] = np.nan
    return found


def analyse(field, edges):
    shape = block_shape(field.late)
    blocks = cut(field.late, shape)
    centres, density, error, bandwidth = kernel_density(blocks, edges)
    means = blocks.mean(axis=1)
    n = len(blocks)
    root = None if n < 4 else 1 / np.sqrt(n)
    return {"field": field, "entropies": entropies(field.values, field.cell), "blocks": blocks, "shape": shape,
            "density": (centres, density, error), "bandwidth": bandwidth,
            "mean": (float(blocks.mean()), None if root is None else float(means.std(ddof=1) * root)),
            "deviation": (float(blocks.std()), None if root is None else float(blocks.std(axis=1).std(ddof=1) * root))}


def report_of(a):
    field = a["field"]
    centres, density, error = a["density"]
    return {"run": field.path, "records": len(field.times), "records_of_the_density": len(field.late),
            "block_shape": a["shape"], "blocks": len(a["blocks"]), "mean": estimate(*a["mean"]),
            "standard_deviation": estimate(*a["deviation"]),
            "skewness": float(stats.skew(field.late, axis=None)), "kurtosis": float(stats.kurtosis(field.late, axis=None)),
            "entropies": {"time": field.times.tolist(), **{k: v.tolist() for k, v in a["entropies"].items()}},
            "density": {"value_of_field": centres.tolist(), "density": density.tolist(), "bandwidth": float(a["bandwidth"]),
                        "stderr": None if error is None else error.tolist()}}


def tests(analyses):
    """Pairwise comparisons, and one test over all runs, on independent blocks."""
    found = {"pairs": []}
    for a, b in itertools.combinations(analyses, 2):
        names = [a["field"].path, b["field"].path]
        if min(len(a["blocks"]), len(b["blocks"])) < 4:
            found["pairs"].append({"runs": names, "note": "fewer than 4 independent blocks: no test"})
        else:
            found["pairs"].append({"runs": names, **compare(a["blocks"], b["blocks"])})
    if len(analyses) > 2 and min(len(a["blocks"]) for a in analyses) >= 4:
        test = stats.kruskal(*(a["blocks"].mean(axis=1) for a in analyses))
        found["kruskal_wallis_of_block_means"] = {"H": float(test.statistic), "p_value": float(test.pvalue)}
    return found


def portrait(axis, field):
    from .style import COLOURS, SEQUENTIAL, plt
    velocity, label = field.velocity()
    if velocity is None:
        axis.set_axis_off()
        return
    keep = np.isin(field.times, field.times[-len(field.late):])
    x, y = field.values[keep].ravel(), velocity[keep].ravel()
    cmap = plt.get_cmap(SEQUENTIAL).copy()
    cmap.set_under("white")
    if np.ptp(x) > 0 and np.ptp(y) > 0:
        axis.hist2d(x, y, bins=80, norm="log", cmap=cmap, rasterized=True)
    centre = tuple(n // 2 for n in field.values.shape[1:])
    axis.plot(field.values[(slice(None), *centre)], velocity[(slice(None), *centre)], lw=0.7, color=COLOURS[1], label="centre")
    axis.set(xlabel=field.name, ylabel=label)
    axis.legend(fontsize="x-small")


def page(analyses):
    from .style import COLOURS, plt
    across = len(analyses)
    figure, axes = plt.subplots(2, max(across, 2), figsize=(4.2 * max(across, 2), 7), squeeze=False)
    for a, colour in zip(analyses, COLOURS * 9):
        field = a["field"]
        for (name, values), style in zip(a["entropies"].items(), ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))):
            axes[0, 0].plot(field.times, values, ls=style, color=colour, label=name if a is analyses[0] else None)
        centres, density, error = a["density"]
        axes[0, 1].plot(centres, density, color=colour, label=field.path)
        if error is not None:
            axes[0, 1].fill_between(centres, density - error, density + error, color=colour, alpha=0.3, lw=0)
    axes[0, 0].set(xlabel="time", ylabel="entropy of phi^2")
    axes[0, 0].legend(fontsize="x-small")
    axes[0, 1].set(xlabel=analyses[0]["field"].name, ylabel="density")
    axes[0, 1].legend(fontsize="x-small")
    for axis, a in zip(axes[1], analyses):
        portrait(axis, a["field"])
        axis.set_title(a["field"].path, loc="left", fontsize="x-small")
    for axis in [*axes[0, 2:], *axes[1, across:]]:
        axis.set_axis_off()
    figure.suptitle(f"field {analyses[0]['field'].name}")
    return figure


def parse(arguments):
    parser = analysis_arguments("field", "Entropies over time; density of the field with block-bootstrap errors; phase portrait; "
                                "effect sizes and tests between runs on independent blocks.")
    parser.add_argument("--field", metavar="NAME", help="which field; default: phi, Q, phase or height")
    parser.add_argument("--start", type=float, default=0.5, metavar="F",
                        help="densities and tests use records after this fraction of the last time; default: 0.5")
    options = parser.parse_args(arguments)
    if not 0 <= options.start < 1:
        parser.error("--start: needs a fraction from 0 to below 1")
    return options


def results(options):
    """The report, a function that draws its page, and lines for people."""
    fields = [Field(path, options.field, options.start) for path in options.results]
    if len({f.name for f in fields}) > 1:
        raise ToolError("the runs hold different fields; choose one with --field")
    low, high = min(f.late.min() for f in fields), max(f.late.max() for f in fields)
    margin = 0.1 * (high - low) or 1.0
    analyses = [analyse(f, np.linspace(low - margin, high + margin, 257)) for f in fields]
    report = {"analysis": "field", "field": fields[0].name, "runs": [report_of(a) for a in analyses]}
    if len(analyses) > 1:
        report["tests"] = tests(analyses)
    summary = [f"{a['field'].path}: {len(a['blocks'])} independent blocks; mean {a['mean'][0]:.4g}; Shannon entropy at the end "
               f"{a['entropies']['shannon'][-1]:.5g}" for a in analyses]
    return report, lambda: page(analyses), summary
