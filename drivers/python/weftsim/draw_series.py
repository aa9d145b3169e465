"""Observables of one number over time; growth with guides and local slopes."""
import math
import textwrap
from fractions import Fraction

import numpy as np

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
    """Do they change by less than a ten-thousandth? Then the change is what can be seen."""
    finite = values[np.isfinite(values)]
    return finite.size > 1 and 0 < np.ptp(finite) < 1e-4 * np.abs(finite).max()


def band(axis, x, values, error, **look):
    """Standard errors as a band, where there are any."""
    if error is not None and np.isfinite(error).any():
        axis.fill_between(x, values - error, values + error, lw=0, **{"alpha": 0.3} | look)


def draw_scalar(page, axis, result, variable, times, label=None, change=True):
    """A curve with its error as a band. label: in a legend; change: draw what is nearly constant as its change."""
    values = variable[...]
    marker = "o" if len(times) == 1 else None
    width = result.error_of(variable.name)
    columns = {"time": times, variable.name: values}
    if width is not None:
        columns[f"{variable.name}_stderr"] = width
    title, name = variable.title(), variable.label()
    if change and conserved(values):
        first = values[np.isfinite(values)][0]
        title, name, values = f"{title}, less {first:.6g}", f"change of {name}", values - first
    shown = page.shown(times, is_logarithmic(times))
    axis.plot(times[shown], values[shown], marker=marker, label=label)
    band(axis, times[shown], values[shown], None if width is None else width[shown])
    later = values[times > 0]
    positive = np.any(later > 0) and np.nanmin(later) > 0
    if is_logarithmic(times):
        axis.set_xscale("log")
    if positive and np.nanmax(later) > 3 * np.nanmin(later) and (is_logarithmic(times) or np.nanmin(values) > 0 and np.nanmax(values) > 300 * np.nanmin(values)):
        axis.set_yscale("log")
    page.scales(axis)
    axis.set_title(page.heading(title, PANEL), loc="left")
    axis.set_xlabel(result.coordinate_label("time"))
    axis.set_ylabel(name)
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
    times, values, error = result.times(), variable[...], result.error_of(variable.name)
    if not np.isfinite(values).any():
        return
    names = part_names(result, variable.dims[1], variable.shape[1])
    figure, axis = page.figure(5.2, 3.4)
    columns, shown = {"time": times}, page.shown(times, is_logarithmic(times))
    for i, name in enumerate(names):
        axis.plot(times[shown], values[shown, i], label=name)
        columns[name] = values[:, i]
        if error is not None:
            band(axis, times[shown], values[shown, i], error[shown, i])
            columns[f"{name}_stderr"] = error[:, i]
    if is_logarithmic(times):
        axis.set_xscale("log")
        if np.any(values > 0) and np.nanmin(values[times > 0]) > 0:
            axis.set_yscale("log")
    page.scales(axis)
    axis.set_title(page.heading(variable.title(), 5.2), loc="left")
    axis.set_xlabel(result.coordinate_label("time"))
    axis.set_ylabel(variable.label())
    axis.legend(fontsize="small")
    kind = {"event_index": "events"}.get(variable.dims[1], "kinks" if "kink" in variable.dims[1] else "species")
    name = variable.name if variable.name == kind or kind == "kinks" else f"{variable.name}_{kind}"
    page.save(figure, name)
    page.data(name, columns)


def plot_scalars(page, result):
    scalars = [v for v in result.variables.values()
               if v.dims == ("time",) and page.draws(v.name) and np.isfinite(v[...]).any()]
    if not scalars:
        return
    times = result.times()
    across = page.columns(1 if len(scalars) == 1 else 2 if len(scalars) < 7 else 3, 2.5)
    down = math.ceil(len(scalars) / across)
    figure, axes = page.figure(PANEL * across + 0.4, 2.3 * down + 0.5, down, across, squeeze=False)
    columns = {}
    for axis, variable in zip(axes.flat, scalars):
        columns.update(draw_scalar(page, axis, result, variable, times))
    for axis in axes.flat[len(scalars):]:
        axis.set_visible(False)
    figure.suptitle(result.title())
    page.save(figure, "series")
    page.data("series", columns)
    for variable in scalars:
        if variable.name in ("width2", "width2_folded") or variable.name.startswith("domain_length"):
            plot_growth(page, result, variable, times)


def near(guides, slopes):
    """The known exponents that the curve comes near somewhere: others only hide it."""
    seen = slopes[np.isfinite(slopes)]
    if not seen.size:
        return guides
    return {name: x for name, x in guides.items() if seen.min() - 0.1 <= x <= seen.max() + 0.1}


def as_fraction(number):
    """1/3 for 0.333..., 0.47 for a number that is no simple fraction."""
    simple = Fraction(number).limit_denominator(12)
    return str(simple) if abs(float(simple) - number) < 1e-9 else f"{number:.3g}"


def draw_guides(axis, times, values, guides, power):
    """Lines of given exponents beside the last third of the curve; they say the power that they have in this picture."""
    reach = np.nanmax(values) / np.nanmin(values)
    first = 2 * len(times) // 3
    t, lowest = times[first:], 0.0
    for side, exponent in enumerate(sorted(guides.values())):
        line = values[first] * (t / t[0]) ** (power * exponent) * reach ** (-0.08 if side == 0 else 0.08)
        axis.plot(t, line, color="0.45", lw=0.7, ls="--", zorder=0)
        lowest = max(line[-1], lowest * reach**0.09)  # words do not cover each other
        axis.annotate(f"$t^{{{as_fraction(power * exponent)}}}$", (t[-1], lowest), (2, 0), textcoords="offset points", fontsize="x-small", color="0.3", va="center")


def plot_growth(page, result, variable, times):
    """A growing length in logarithmic axes, and its local exponent."""
    power = 2 if variable.name.startswith("width2") else 1
    guides = FRONT_GUIDES[result.dimension()] if power == 2 else DOMAIN_GUIDES
    values, error = variable[...], result.error_of(variable.name)
    keep = (times > 0) & (values > 0)
    if keep.sum() < 4 or not is_logarithmic(times[keep]):
        return
    t, y = times[keep], values[keep]
    e = None if error is None or not np.isfinite(error[keep]).any() else error[keep]
    middle, slope, spread = local_slopes(t, y, e, 3.0)
    slope, spread = slope / power, None if spread is None else spread / power
    figure, axes = page.figure(5.2, 5.6, 2, 1, sharex=True, height_ratios=(3, 2))
    axes[0].errorbar(t, y, e, marker=".", ms=4, lw=0.8)
    axes[0].set(xscale="log", yscale="log", ylabel=variable.label())
    guides = near(guides, slope)
    draw_guides(axes[0], t, y, guides, power)
    axes[0].set_title(page.heading(variable.title(), 5.2), loc="left")
    axes[1].errorbar(middle, slope, spread, marker=".", ms=4, lw=0.8)
    bottom, top = (np.nanmin(slope), np.nanmax(slope)) if slope.size else (0, 1)
    bottom, top = min(0, max(bottom, -0.5)), min(max(top * 1.1, 1.1 * max(guides.values(), default=0), 0.1), 2)
    axes[1].set_ylim(bottom - 0.03 * (top - bottom) * (bottom < 0), top)
    height, line = -np.inf, 0.08 * (top - bottom)
    for label, exponent in sorted(guides.items(), key=lambda guide: guide[1]):
        words = textwrap.fill(label, 12)
        height = max(exponent, height + line * (1 + words.count("\n") / 2))
        axes[1].axhline(exponent, color="0.65", lw=0.7, ls="--", zorder=0)
        axes[1].annotate(words, (1.02, height), xycoords=("axes fraction", "data"), fontsize="x-small", color="0.4", va="center")
        height += line * words.count("\n") / 2
    axes[1].set_xlabel(result.coordinate_label("time"))
    axes[1].set_ylabel("local exponent " + (r"$\beta$" if power == 2 else r"$\alpha$"))
    page.save(figure, f"{variable.name}_growth")
    columns = {"time": middle, "local_exponent": slope}
    if spread is not None:
        columns["local_exponent_stderr"] = spread
    page.data(f"{variable.name}_growth", columns)
