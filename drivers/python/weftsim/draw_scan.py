"""Results of parameter scans: curves along one axis, maps of phase diagrams over two."""
import itertools
import re

import numpy as np
from matplotlib.ticker import NullLocator

from .errors import ToolError
from .result import text

MAX_MAPS = 6
COARSE = 10  # points along an axis up to which a map shows its numbers, and ticks at the points
BOOKKEEPING = ("status", "seed", "seconds", "replicas_done", "time", "class_sureness", "class_further", "kpz_nu", "kpz_lambda",
               "kpz_noise", "kpz_disorder", "kpz_crossover")  # drawn only when asked for


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


def last_records(variable):
    """Index of the last record with a value of each point of the scan; None where the variable is no series."""
    series = over_records(variable)
    if not series:
        return None
    finite = np.isfinite(np.moveaxis(np.asarray(variable[...], float), variable.dims.index(series), -1))
    return np.where(finite.any(axis=-1), finite.shape[-1] - 1 - np.argmax(finite[..., ::-1], axis=-1), finite.shape[-1] - 1)


def when(result, variable):
    """What a map or curve of a series says of its time: that of the last record where all points have one there."""
    last = last_records(variable)
    if last is None:
        return ""
    common = over_records(variable) == "time" and np.all(last == variable.shape[variable.dims.index("time")] - 1)
    return f", $t = {result.coordinate('time')[-1]:.5g}$" if common else ", last record"


def at_last_time(variable, last):
    """Values over the scan's axes alone; of a series those of the records last."""
    values = np.asarray(variable[...], float)
    if last is None:
        return values
    values = np.moveaxis(values, variable.dims.index(over_records(variable)), -1)
    return np.take_along_axis(values, last[..., None], axis=-1)[..., 0]


def label_axis(axis, which, result, name, values, words):
    getattr(axis, f"set_{which}label")(result.coordinate_label(name))
    if words:
        getattr(axis, f"set_{which}ticks")(values, labels=words)
    elif is_logarithmic(result, name, values):
        getattr(axis, f"set_{which}scale")("log")
    elif np.all(values == np.round(values)):
        getattr(axis, f"{which}axis").get_major_locator().set_params(integer=True)


def draw_curve(page, result, variable, name, values, errors):
    x, words = axis_values(result, name)
    figure, axis = page.figure(5.2, 3.4)
    axis.errorbar(x, values, errors, marker="o", ms=3.5, lw=0.9, capsize=2)
    label_axis(axis, "x", result, name, x, words)
    axis.set_ylabel(variable.label())
    page.scales(axis)
    axis.set_title(page.heading(variable.title() + when(result, variable), 5.2), loc="left")
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


def colour_scale(values, variable, options):
    """Colours, on a logarithmic scale where positive values span more than two decades; levels of contour lines."""
    from matplotlib.colors import LogNorm
    from .plot_fields import colours
    style, finite = colours(values, variable, options), values[np.isfinite(values)]
    if finite.size and finite.min() > 0 and finite.max() > 100 * finite.min():
        style = {"cmap": style["cmap"], "norm": LogNorm(finite.min(), finite.max())}
        return style, np.geomspace(finite.min(), finite.max(), 7)[1:-1]
    return style, 5


def is_smooth(values):
    """Do neighbours tell a value? Contour lines through noise hide the map."""
    centre = values[1:-1, 1:-1]
    around = (values[:-2, 1:-1] + values[2:, 1:-1] + values[1:-1, :-2] + values[1:-1, 2:]) / 4
    rough = np.abs(centre - around)[np.isfinite(centre - around)]
    finite = values[np.isfinite(values)]
    return rough.size > 0 and np.ptp(finite) > 0 and np.percentile(rough, 80) < 0.05 * np.ptp(finite)


def short(value, form):
    """3.6e+05 becomes 3.6e5."""
    return re.sub(r"e([+-])0*", lambda m: "e" + m[1].replace("+", ""), format(value, form))


def with_error(value, error):
    """The number of a cell, and its error to two digits."""
    if error > 1e-4 and abs(value) < 1e4:
        digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 4))
        return f"{value:.{digits}f}\n±{error:.{digits}f}"
    return short(value, ".3g") + ("\n±" + short(error, ".1g") if np.isfinite(error) else "")


def fit(axis, edges, written):
    """Is there room for all numbers in their cells?"""
    axis.figure.draw_without_rendering()
    for (i, j), words in written.items():
        cell = axis.transData.transform([(edges[0][j], edges[1][i]), (edges[0][j + 1], edges[1][i + 1])])
        box, (wide, high) = words.get_window_extent(), np.abs(cell[1] - cell[0])
        if box.width > wide or box.height > high:
            return False
    return True


def write_numbers(axis, x, y, values, errors, image, edges):
    """The number in each cell of a coarse map, and its error, where there is room for them in all cells; light on dark and dark
    on light."""
    unknown = np.full(values.shape, np.nan)
    for known in (unknown if errors is None else errors, unknown):
        written = {}
        for (i, j), value in np.ndenumerate(values):
            if np.isfinite(value):
                light = np.dot(image.cmap(image.norm(value))[:3], (0.299, 0.587, 0.114)) > 0.5
                number = with_error(value, known[i, j]).replace("-", "\N{MINUS SIGN}")
                written[i, j] = axis.text(x[j], y[i], number, ha="center", va="center", fontsize="x-small", color="k" if light else "w")
        if fit(axis, edges, written):
            break
        for words in written.values():
            words.remove()


def tick_at_points(axis, which, values):
    getattr(axis, f"{which}axis").set_minor_locator(NullLocator())
    getattr(axis, f"set_{which}ticks")(values, labels=[f"{v:.4g}".replace("-", "\N{MINUS SIGN}") for v in values])


def nearest(x, y, values):
    """For each cell the indices of the nearest one with a value (its own where no cell has one): a refined scan has points only where
    something happens."""
    known = np.argwhere(np.isfinite(values) | ~np.isfinite(values).any())
    scale = [(v - v[0]) / (v[-1] - v[0]) if len(v) > 1 else np.zeros(1) for v in (y, x)]
    found = np.empty((*values.shape, 2), int)
    for i, j in np.ndindex(values.shape):
        distance = (scale[0][known[:, 0]] - scale[0][i]) ** 2 + (scale[1][known[:, 1]] - scale[1][j]) ** 2
        found[i, j] = known[np.argmin(distance)]
    return found


def draw_map(page, result, variable, names, values, errors, suffix, note, absent=None):
    """A map with contour lines, or with numbers where it is coarse; points that failed or are missing are crossed out. absent: cells
    for which a refined scan has no point; each is drawn as the nearest one, and dots stand at the points."""
    (y, y_words), (x, x_words) = (axis_values(result, name) for name in names)
    figure, axis = page.figure(5.6, 4.4)
    axis.set_facecolor("0.85")
    over_time = names[0] == "time"
    shown = values if over_time else without_outliers(values)
    style, levels = colour_scale(shown, variable, page.options)
    edges = [cell_edges(v, not words and is_logarithmic(result, name, v))
             for v, words, name in ((x, x_words, names[1]), (y, y_words, names[0]))]
    filled = values
    if absent is not None and np.any(absent):
        at = nearest(np.log(x) if is_logarithmic(result, names[1], x) else x, np.log(y) if is_logarithmic(result, names[0], y) else y, values)
        filled = np.where(absent, values[at[..., 0], at[..., 1]], values)
        points = np.argwhere(~absent)
        axis.plot(x[points[:, 1]], y[points[:, 0]], ls="", marker=".", ms=1.5, color="0.25")
    image = axis.pcolormesh(*edges, np.ma.masked_invalid(filled), shading="flat", rasterized=True, **style)
    finite = values[np.isfinite(values)]
    coarse = not over_time and max(values.shape) <= COARSE
    if not coarse and not over_time and min(values.shape) > 2 and finite.size > 8 and is_smooth(shown) and not (x_words or y_words):
        lines = axis.contour(x, y, np.ma.masked_invalid(shown), levels=levels, colors="k", linewidths=0.7)
        axis.clabel(lines, fontsize="x-small", fmt="%.3g")
    for i, j in () if over_time else np.argwhere(~np.isfinite(filled)):
        axis.plot(x[j], y[i], marker="x", color="k", ms=4)
    label_axis(axis, "x", result, names[1], x, x_words)
    label_axis(axis, "y", result, names[0], y, y_words)
    for which, at, words in (("x", x, x_words), ("y", y, y_words)) if coarse else ():
        if not words:
            tick_at_points(axis, which, at)
    beyond = np.nanmax(values) > image.norm.vmax, np.nanmin(values) < image.norm.vmin
    figure.colorbar(image, ax=axis, label=variable.label(),
                    extend={(1, 1): "both", (1, 0): "max", (0, 1): "min"}.get((int(beyond[0]), int(beyond[1])), "neither"))
    axis.set_title(page.heading(variable.title() + ("" if over_time else when(result, variable)) + note, 5.6), loc="left")
    if coarse:
        write_numbers(axis, x, y, values, errors, image, edges)
    page.save(figure, variable.name + suffix)
    page.data(variable.name + suffix, {names[0]: np.repeat(y, len(x)), names[1]: np.tile(x, len(y)),
                                       variable.name: values})


def cuts(result, axes, shown):
    """Some of the values of the axes that a picture does not show: (index for the values, suffix of the name, note in the title)."""
    others = [i for i in range(len(axes)) if i not in shown]
    all_cuts = list(itertools.product(*(range(len(result.coordinate(axes[i]))) for i in others)))
    for number, cut in enumerate(all_cuts[:: max(1, -(-len(all_cuts) // MAX_MAPS))]):
        key, note = [slice(None)] * len(axes), ""
        for i, at in zip(others, cut):
            key[i] = at
            words = result.words(axes[i])
            note += f", {result.coordinate_label(axes[i])} = {words[at] if words else format(result.coordinate(axes[i])[at], '.4g')}"
        yield tuple(key), f"_{number}" if others else "", note


def draw_lines(page, result, variable, names, values, errors, suffix, note):
    """Curves over the first axis, one for each value of the second. values: (x, lines)."""
    from .plot_profiles import shades
    x, words = axis_values(result, names[0])
    at, line_words = axis_values(result, names[1])
    figure, axis = page.figure(5.2, 3.6)
    columns = {names[0]: x}
    colours = [None] * len(at) if len(at) <= 7 else shades(len(at))
    for i, colour in enumerate(colours):
        label = line_words[i] if line_words else f"{at[i]:.4g}"
        axis.errorbar(x, values[:, i], None if errors is None else errors[:, i], marker="o", ms=3, lw=0.9, capsize=2, color=colour, label=label)
        columns[f"{variable.name} at {names[1]}={label}"] = values[:, i]
    label_axis(axis, "x", result, names[0], x, words)
    axis.set_ylabel(variable.label())
    page.scales(axis)
    axis.set_title(page.heading(variable.title() + when(result, variable) + note, 5.2), loc="left")
    axis.legend(title=result.coordinate_label(names[1]), fontsize="x-small", title_fontsize="x-small", ncols=1 + (len(at) > 7))
    page.save(figure, variable.name + suffix)
    page.data(variable.name + suffix, columns)


def chosen_axes(page, result, axes):
    """Which axes a picture shows, and whether as curves: what --x and --lines want; else the two longest as a map, and curves
    where one of them is of words."""
    x, lines = page.options.x, page.options.lines
    for option, name in (("--x", x), ("--lines", lines)):
        if name and name not in axes:
            raise ToolError(f"{option}: the scan has no axis '{name}'; there are: {', '.join(axes)}")
    if x and x == lines:
        raise ToolError(f"--lines: '{lines}' is the axis of --x already")
    by_length = sorted(range(len(axes)), key=lambda i: -len(result.coordinate(axes[i])))
    if x or lines:
        first = axes.index(x) if x else next(i for i in by_length if axes[i] != lines)
        second = axes.index(lines) if lines else next((i for i in by_length if i != first), None)
        return [first] if second is None else [first, second], bool(lines)
    shown = sorted(by_length[:2])
    of_words = [bool(result.words(axes[i])) for i in shown]
    if of_words == [True, False]:
        shown, of_words = shown[::-1], of_words[::-1]
    return shown, of_words == [False, True]


def plot_variable(page, result, variable, axes):
    """One axis makes a curve (a series: a map over time), two a map or curves; further axes are cut at some of their values."""
    if len(axes) == 1 and variable.dims == (axes[0], "time"):
        return draw_map(page, result, variable, ["time", axes[0]], np.asarray(variable[...], float).T, None, "", "")
    last = last_records(variable)
    values = at_last_time(variable, last)
    errors = result.variables.get(f"{variable.name}_stderr")
    errors = None if errors is None else at_last_time(errors, last)
    if len(axes) == 1:
        return draw_curve(page, result, variable, axes[0], values, errors)
    shown, curves = chosen_axes(page, result, axes)
    absent = np.asarray(result.variables["status"][...]) == 4
    for key, suffix, note in cuts(result, axes, shown):
        part = [None if v is None else np.asarray(v[key]) for v in (values, errors, absent)]
        if shown[0] > shown[1]:
            part = [None if v is None else v.T for v in part]
        names = [axes[i] for i in shown]
        if curves:
            draw_lines(page, result, variable, names, *part[:2], suffix, note)
        else:
            *part, gaps = (None if v is None else v.T for v in part)
            draw_map(page, result, variable, names[::-1], *part, suffix, note, gaps)
    return None


def plot_scan(page, result):
    axes = list(result.variables["status"].dims)
    for variable in result.variables.values():
        own = [d for d in variable.dims if d in axes]
        rest = [d for d in variable.dims if d not in axes and d != over_records(variable)]
        if not page.draws(variable.name) or variable.name == "class" or own != axes or rest:
            continue
        if variable.dataset.dtype.kind not in "fiu" or (variable.name in BOOKKEEPING and not page.options.only):
            continue
        if np.any(np.isfinite(variable[...])):
            plot_variable(page, result, variable, axes)
