"""Results of parameter scans: curves along one axis, maps of phase diagrams over two."""
import itertools
import re

import numpy as np
from matplotlib.ticker import NullLocator

from .result import is_auxiliary, text

MAX_MAPS = 6
COARSE = 10  # points along an axis up to which a map shows its numbers, and ticks at the points
BOOKKEEPING = ("status", "seed", "seconds", "replicas_done", "time")  # drawn only when asked for


def is_logarithmic(result, name, values):
    """Does the axis say that its points grow by a factor?"""
    return text(result.coordinates[name].attrs.get("scale", "linear")) == "log" and np.all(values > 0)


def axis_values(result, name):
    """Values of a scan axis as numbers, and labels where they are words."""
    values, words = result.coordinate(name), result.words(name)
    return (np.arange(len(values)), words) if words else (values.astype(float), None)


def over_records(variable):
    """The dimension of a series: time, or record where points have different times."""
    return next((d for d in ("time", "record") if d in variable.dims), None)


def when(result, variable):
    """What a map or curve of a series says of its time."""
    series = over_records(variable)
    return "" if not series else f", t = {result.coordinate('time')[-1]:.5g}" if series == "time" else ", last record"


def at_last_time(variable):
    """Values over the scan's axes alone; of a series the last record, at the last finite time of each point."""
    values = np.asarray(variable[...], float)
    series = over_records(variable)
    if not series:
        return values
    axis = variable.dims.index(series)
    values = np.moveaxis(values, axis, -1)
    finite = np.isfinite(values)
    last = values.shape[-1] - 1 - np.argmax(finite[..., ::-1], axis=-1)
    return np.take_along_axis(values, last[..., None], axis=-1)[..., 0]


def label_axis(axis, which, result, name, values, words):
    getattr(axis, f"set_{which}label")(result.coordinate_label(name))
    if words:
        getattr(axis, f"set_{which}ticks")(values, labels=words)
    elif is_logarithmic(result, name, values):
        getattr(axis, f"set_{which}scale")("log")


def draw_curve(page, result, variable, name, values, errors):
    from .style import heading, plt
    x, words = axis_values(result, name)
    figure, axis = plt.subplots(figsize=(5.2, 3.4))
    axis.errorbar(x, values, errors, marker="o", ms=3.5, lw=0.9, capsize=2)
    label_axis(axis, "x", result, name, x, words)
    axis.set_ylabel(variable.label())
    axis.set_title(heading(variable.long_name + when(result, variable), 5.2), loc="left")
    page.save(figure, variable.name)
    columns = {name: x, variable.name: values}
    if errors is not None:
        columns[f"{variable.name}_stderr"] = errors
    page.data(variable.name, columns)


def cell_edges(values, logarithmic):
    """Borders half way between the points, in the axis's own scale."""
    x = np.log(values) if logarithmic else np.asarray(values, float)
    if len(x) == 1:
        edges = np.array([x[0] - 0.5, x[0] + 0.5])
    else:
        middle = (x[1:] + x[:-1]) / 2
        edges = np.concatenate([[2 * x[0] - middle[0]], middle, [2 * x[-1] - middle[-1]]])
    return np.exp(edges) if logarithmic else edges


def without_outliers(values):
    """Values cut to where all but a few lie, so that one wild point does not take the colours of the others."""
    finite = values[np.isfinite(values)]
    if finite.size < 12:
        return values
    low, high = np.percentile(finite, (5, 95))
    reach = 0.5 * (high - low)
    return np.clip(values, low - reach, high + reach)


def colour_scale(values, variable):
    """Colours, on a logarithmic scale where positive values span more than two decades; levels of contour lines."""
    from matplotlib.colors import LogNorm
    from .plot_fields import colours
    style, finite = colours(values, variable), values[np.isfinite(values)]
    if finite.size and finite.min() > 0 and finite.max() > 100 * finite.min():
        style = {"cmap": style["cmap"], "norm": LogNorm(finite.min(), finite.max())}
        return style, np.geomspace(finite.min(), finite.max(), 7)[1:-1]
    return style, 5


def short(value, form):
    """3.6e+05 becomes 3.6e5."""
    return re.sub(r"e([+-])0*", lambda m: "e" + m[1].replace("+", ""), format(value, form))


def with_error(value, error):
    """The number of a cell, and its error to two digits."""
    if error > 1e-4 and abs(value) < 1e4:
        digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 4))
        return f"{value:.{digits}f}\n±{error:.{digits}f}"
    return short(value, ".3g") + ("\n±" + short(error, ".1g") if np.isfinite(error) else "")


def write_numbers(axis, x, y, values, errors, image):
    """The number in each cell of a coarse map, and its error; light on dark and dark on light."""
    errors = np.full(values.shape, np.nan) if errors is None else errors
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            light = np.dot(image.cmap(image.norm(value))[:3], (0.299, 0.587, 0.114)) > 0.5
            axis.text(x[j], y[i], with_error(value, errors[i, j]), ha="center", va="center", fontsize="x-small",
                      color="k" if light else "w")


def tick_at_points(axis, which, values):
    getattr(axis, f"{which}axis").set_minor_locator(NullLocator())
    getattr(axis, f"set_{which}ticks")(values, labels=[f"{v:.4g}" for v in values])


def draw_map(page, result, variable, names, values, errors, suffix, note):
    """A map with contour lines, or with numbers where it is coarse; points that failed or are missing are crossed out."""
    from .style import heading, plt
    (y, y_words), (x, x_words) = (axis_values(result, name) for name in names)
    figure, axis = plt.subplots(figsize=(5.6, 4.4))
    axis.set_facecolor("0.85")
    over_time = names[0] == "time"
    shown = values if over_time else without_outliers(values)
    style, levels = colour_scale(shown, variable)
    edges = [cell_edges(v, not words and is_logarithmic(result, name, v))
             for v, words, name in ((x, x_words, names[1]), (y, y_words, names[0]))]
    image = axis.pcolormesh(*edges, np.ma.masked_invalid(values), shading="flat", rasterized=True, **style)
    finite = values[np.isfinite(values)]
    coarse = not over_time and max(values.shape) <= COARSE
    if coarse:
        write_numbers(axis, x, y, values, errors, image)
    elif not over_time and min(values.shape) > 2 and finite.size > 8 and np.ptp(finite) > 0 and not (x_words or y_words):
        lines = axis.contour(x, y, np.ma.masked_invalid(shown), levels=levels, colors="k", linewidths=0.7)
        axis.clabel(lines, fontsize="x-small", fmt="%.3g")
    for i, j in () if over_time else np.argwhere(~np.isfinite(values)):
        axis.plot(x[j], y[i], marker="x", color="k", ms=4)
    label_axis(axis, "x", result, names[1], x, x_words)
    label_axis(axis, "y", result, names[0], y, y_words)
    for which, at, words in (("x", x, x_words), ("y", y, y_words)) if coarse else ():
        if not words:
            tick_at_points(axis, which, at)
    beyond = np.nanmax(values) > image.norm.vmax, np.nanmin(values) < image.norm.vmin
    figure.colorbar(image, ax=axis, label=variable.label(),
                    extend={(1, 1): "both", (1, 0): "max", (0, 1): "min"}.get((int(beyond[0]), int(beyond[1])), "neither"))
    axis.set_title(heading(variable.long_name + ("" if over_time else when(result, variable)) + note, 5.6), loc="left")
    page.save(figure, variable.name + suffix)
    page.data(variable.name + suffix, {names[0]: np.repeat(y, len(x)), names[1]: np.tile(x, len(y)),
                                       variable.name: values})


def plot_variable(page, result, variable, axes):
    """The two longest axes make the map; the others are cut at some of their values. One axis and time make a map too."""
    if len(axes) == 1 and variable.dims == (axes[0], "time"):
        return draw_map(page, result, variable, ["time", axes[0]], np.asarray(variable[...], float).T, None, "", "")
    values = at_last_time(variable)
    errors = result.variables.get(f"{variable.name}_stderr")
    errors = None if errors is None else at_last_time(errors)
    if len(axes) == 1:
        return draw_curve(page, result, variable, axes[0], values, errors)
    sizes = [len(result.coordinate(name)) for name in axes]
    shown = sorted(np.argsort([-n for n in sizes], kind="stable")[:2])
    others = [i for i in range(len(axes)) if i not in shown]
    cuts = list(itertools.product(*(range(sizes[i]) for i in others)))
    for number, cut in enumerate(cuts[:: max(1, -(-len(cuts) // MAX_MAPS))]):
        key = [slice(None)] * len(axes)
        note = ""
        for i, at in zip(others, cut):
            key[i] = at
            words = result.words(axes[i])
            note += f", {axes[i]} = {words[at] if words else format(result.coordinate(axes[i])[at], '.4g')}"
        draw_map(page, result, variable, [axes[i] for i in shown], values[tuple(key)],
                 None if errors is None else errors[tuple(key)], f"_{number}" if others else "", note)
    return None


def plot_scan(page, result):
    axes = list(result.variables["status"].dims)
    for variable in result.variables.values():
        own = [d for d in variable.dims if d in axes]
        rest = [d for d in variable.dims if d not in axes and d != over_records(variable)]
        if is_auxiliary(variable.name) or own != axes or rest or not page.wants(variable.name):
            continue
        if variable.dataset.dtype.kind not in "fiu" or (variable.name in BOOKKEEPING and not page.options.only):
            continue
        if np.any(np.isfinite(variable[...])):
            plot_variable(page, result, variable, axes)
