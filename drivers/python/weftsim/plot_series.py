"""Observables of one number over time; growth with guides and local slopes."""
import math

import numpy as np

from .result import is_auxiliary
from .slopes import local_slopes

# Growth exponents of W in 1, 2 and 3 dimensions, and of domains, with what they stand for. (KPZ in two dimensions: J. Kelling,
# G. Odor, Phys. Rev. E 84, 061150 (2011); columnar EW: (4 - d)/4.)
FRONT_GUIDES = {
    1: {"1/4 EW": 1 / 4, "1/3 KPZ": 1 / 3, "1/2 random deposition": 1 / 2, "3/4 columnar EW": 3 / 4, "1 linear": 1.0},
    2: {"0.24 KPZ": 0.2415, "1/2 random deposition, columnar EW": 1 / 2, "1 linear": 1.0},
    3: {"1/4 columnar EW": 1 / 4, "1/2 random deposition": 1 / 2, "1 linear": 1.0}}
DOMAIN_GUIDES = {"1/4": 1 / 4, "1/3": 1 / 3, "1/2 Allen-Cahn": 1 / 2}
PANEL = 3.6  # width of one in inches


def is_logarithmic(times):
    """Times that grow by factors, as {log: N} makes them."""
    t = times[times > 0]
    return len(t) > 8 and t[-1] / t[0] > 50 and (t[-1] - t[-2]) > 4 * (t[1] - t[0])


def conserved(values):
    """Do they change by less than a millionth? Then the change is what can be seen."""
    finite = values[np.isfinite(values)]
    return finite.size > 1 and 0 < np.ptp(finite) < 1e-6 * np.abs(finite).max()


def draw_scalar(axis, result, variable, times):
    from .style import heading
    values = variable[...]
    marker = "o" if len(times) == 1 else None
    width = result.error_of(variable.name)
    columns = {"time": times, variable.name: values}
    if width is not None:
        columns[f"{variable.name}_stderr"] = width
    title, label = variable.long_name, variable.label()
    if conserved(values):
        first = values[np.isfinite(values)][0]
        title, label, values = f"{title}, less {first:.6g}", f"change of {label}", values - first
    axis.plot(times, values, marker=marker)
    if width is not None:
        axis.fill_between(times, values - width, values + width, alpha=0.3, lw=0)
    later = values[times > 0]
    positive = np.any(later > 0) and np.nanmin(later) > 0
    if is_logarithmic(times):
        axis.set_xscale("log")
    if positive and (is_logarithmic(times) or np.nanmin(values) > 0 and np.nanmax(values) > 300 * np.nanmin(values)):
        axis.set_yscale("log")
    axis.set_title(heading(title, PANEL), loc="left")
    axis.set_ylabel(label)
    return columns


NUMBERED = ("species", "species_index", "event_index")  # axes that number things: a curve for each


def has_parts(variable):
    return len(variable.dims) == 2 and (variable.dims[1] in NUMBERED or variable.dims[1].startswith("kink"))


def part_names(result, dimension, count):
    """What the numbers from 1 on such an axis stand for."""
    names = result.species()
    if dimension == "event_index":
        model = result.parameters().get(str(result.parameters().get("model")), {})
        reactions = model.get("reactions", [])
        reactions = reactions if isinstance(reactions, list) else []
        names = [str(r.get("name", r.get("reaction", ""))) for r in reactions if isinstance(r, dict)]
        names += ["hops", "exchanges"]
    if dimension.startswith("kink"):
        return [f"kink {i + 1}" for i in range(count)]
    return names if len(names) == count else [str(i + 1) for i in range(count)]


def plot_parts(page, result, variable):
    """An observable with a number for each species, event or kink: curves over time."""
    from .style import heading, plt
    times, values, error = result.times(), variable[...], result.error_of(variable.name)
    names = part_names(result, variable.dims[1], variable.shape[1])
    figure, axis = plt.subplots(figsize=(5.2, 3.4))
    columns = {"time": times}
    for i, name in enumerate(names):
        axis.plot(times, values[:, i], label=name)
        columns[name] = values[:, i]
        if error is not None:
            axis.fill_between(times, values[:, i] - error[:, i], values[:, i] + error[:, i], alpha=0.3, lw=0)
            columns[f"{name}_stderr"] = error[:, i]
    if is_logarithmic(times):
        axis.set_xscale("log")
        if np.any(values > 0) and np.nanmin(values[times > 0]) > 0:
            axis.set_yscale("log")
    axis.set_title(heading(variable.long_name, 5.2), loc="left")
    axis.set_xlabel(result.coordinate_label("time"))
    axis.set_ylabel(variable.label())
    axis.legend(fontsize="small")
    kind = {"event_index": "events"}.get(variable.dims[1], "kinks" if "kink" in variable.dims[1] else "species")
    name = variable.name if variable.name == kind or kind == "kinks" else f"{variable.name}_{kind}"
    page.save(figure, name)
    page.data(name, columns)


def plot_scalars(page, result):
    from .style import plt
    scalars = [v for v in result.variables.values()
               if v.dims == ("time",) and not is_auxiliary(v.name) and page.wants(v.name)]
    if not scalars:
        return
    times = result.times()
    across = 1 if len(scalars) == 1 else 2 if len(scalars) < 7 else 3
    down = math.ceil(len(scalars) / across)
    figure, axes = plt.subplots(down, across, figsize=(PANEL * across + 0.4, 2.3 * down + 0.5), squeeze=False)
    columns = {}
    for axis, variable in zip(axes.flat, scalars):
        columns.update(draw_scalar(axis, result, variable, times))
        axis.set_xlabel(result.coordinate_label("time"))
    for axis in axes.flat[len(scalars):]:
        axis.set_visible(False)
    figure.suptitle(result.title())
    page.save(figure, "series")
    page.data("series", columns)
    for variable in scalars:
        if variable.name in ("width2", "width2_folded") or variable.name.startswith("domain_length"):
            plot_growth(page, result, variable, times)


def draw_guides(axis, times, values, guides, power):
    """Lines of given exponents through the middle of the curve."""
    middle = len(times) // 2
    low, high = np.nanmin(values), np.nanmax(values)
    for label, exponent in guides.items():
        line = values[middle] * (times / times[middle]) ** (power * exponent)
        line = np.where((line >= low / 3) & (line <= high * 3), line, np.nan)
        axis.plot(times, line, color="0.65", lw=0.7, ls="--", zorder=0)
        last = np.flatnonzero(np.isfinite(line))
        if last.size:
            axis.annotate(label.split()[0], (times[last[-1]], line[last[-1]]), fontsize="x-small", color="0.4")


def plot_growth(page, result, variable, times):
    """A growing length in logarithmic axes, and its local exponent."""
    from .style import plt
    power = 2 if variable.name.startswith("width2") else 1
    guides = FRONT_GUIDES[result.dimension()] if power == 2 else DOMAIN_GUIDES
    values, error = variable[...], result.error_of(variable.name)
    keep = (times > 0) & (values > 0)
    if keep.sum() < 4 or not is_logarithmic(times[keep]):
        return
    t, y = times[keep], values[keep]
    e = None if error is None else error[keep]
    middle, slope, spread = local_slopes(t, y, e, 3.0)
    slope, spread = slope / power, None if spread is None else spread / power
    figure, axes = plt.subplots(2, 1, figsize=(5.2, 5.6), sharex=True, height_ratios=(3, 2))
    axes[0].errorbar(t, y, e, marker=".", ms=4, lw=0.8)
    axes[0].set(xscale="log", yscale="log", ylabel=variable.label())
    draw_guides(axes[0], t, y, guides, power)
    axes[0].set_title(variable.long_name, loc="left")
    axes[1].errorbar(middle, slope, spread, marker=".", ms=4, lw=0.8)
    for label, exponent in guides.items():
        axes[1].axhline(exponent, color="0.65", lw=0.7, ls="--", zorder=0)
        axes[1].annotate(label, (1.0, exponent), xycoords=("axes fraction", "data"), fontsize="x-small", color="0.4",
                         ha="right", va="bottom")
    bottom, top = (np.nanmin(slope), np.nanmax(slope)) if slope.size else (0, 1)
    axes[1].set_ylim(min(0, max(bottom, -0.5)), min(max(top * 1.1, max(guides.values()) * 1.1), 2))
    axes[1].set_xlabel(result.coordinate_label("time"))
    axes[1].set_ylabel("local exponent " + ("beta" if power == 2 else "alpha"))
    page.save(figure, f"{variable.name}_growth")
    columns = {"time": middle, "local_exponent": slope}
    if spread is not None:
        columns["local_exponent_stderr"] = spread
    page.data(f"{variable.name}_growth", columns)
