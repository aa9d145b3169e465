"""Maps of classes over the axes of a scan: colours, how sure the cells are, and the boundaries."""
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Patch

from .classes import Classes
from .draw_scan import COARSE, axis_values, cell_edges, chosen_axes, cuts, is_logarithmic, label_axis, nearest, tick_at_points

# Okabe and Ito's colours with a dark grey instead of black, neighbours in the list far apart in lightness, so that they part in a black and white print too.
CLASS_COLOURS = ["#0072B2", "#F0E442", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#D55E00", "#4D4D4D"]
UNDECIDED, NO_RESULT = "#D9D9D9", "#FFFFFF"
PALEST = 0.4  # how much of its colour a cell keeps whose class is not sure at all


def printed(name):
    """The name of a class, with those of persons."""
    return name.replace("edwards_wilkinson", "Edwards-Wilkinson").replace("kpz", "KPZ").replace("_", " ")


def colour_of(number):
    """Of a class by its number; beyond the palette the colours come again, halfway to white."""
    if number == 0:
        return np.array(to_rgb(UNDECIDED))
    turn, place = divmod(number - 1, len(CLASS_COLOURS))
    base = np.array(to_rgb(CLASS_COLOURS[place]))
    return base if turn == 0 else 1 - 0.5**turn * (1 - base)


def shade(number, sureness):
    """The colour of a cell: paler the less sure its class is; full where that is not known."""
    keep = 1.0 if not np.isfinite(sureness) or number == 0 else PALEST + (1 - PALEST) * sureness
    return 1 - keep * (1 - colour_of(int(number)))


def legend(axis, classes, used):
    """Names of the classes that are on the map."""
    short = classes.short()
    order = [n for n in used if n > 0] + [n for n in used if n == 0]
    marks = [Patch(facecolor=colour_of(n), edgecolor="0.3", lw=0.5, label=f"{short[n]}  {printed(classes.names[n])}") for n in order]
    axis.legend(handles=marks, fontsize="x-small", loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0)


def draw_edges(axis, edges, numbers):
    """Lines between cells of different classes."""
    x, y = edges
    for i, j in np.ndindex(numbers.shape):
        if j + 1 < numbers.shape[1] and numbers[i, j] != numbers[i, j + 1]:
            axis.plot([x[j + 1]] * 2, y[i:i + 2], color="k", lw=1.0, solid_capstyle="butt")
        if i + 1 < numbers.shape[0] and numbers[i, j] != numbers[i + 1, j]:
            axis.plot(x[j:j + 2], [y[i + 1]] * 2, color="k", lw=1.0, solid_capstyle="butt")


def draw_boundaries(axis, found, names):
    """Places where the class changes, each with the interval in which it lies. names: of the axes up and to the right."""
    for b in found:
        along = names.index(b["axis"])
        x, y = b["place"][names[1]], b["place"][names[0]]
        middle = (y, x)[along]
        spread = [[abs(middle - b["low"])], [abs(b["high"] - middle)]]
        axis.errorbar([x], [y], **{("yerr", "xerr")[along]: spread}, fmt="o", ms=2.5, color="k", mfc="w", mew=0.7, lw=0.9, capsize=1.5)


def write_letters(axis, x, y, classes, values, sureness):
    """The class of each cell and how sure it is; light on dark and dark on light."""
    short = classes.short()
    for (i, j), number in np.ndenumerate(values):
        if np.isfinite(number):
            light = np.dot(shade(number, sureness[i, j]), (0.299, 0.587, 0.114)) > 0.5
            sure = f"\n{sureness[i, j]:.2f}" if np.isfinite(sureness[i, j]) and number > 0 else ""
            axis.text(x[j], y[i], short[int(number)] + sure, ha="center", va="center", fontsize="x-small", color="k" if light else "w")


def paint_map(axis, classes, names, values, sureness, found):
    """values, sureness: (up, right). A cell without a point is drawn as the nearest one; those without a result are crossed out."""
    result = classes.result
    (y, y_words), (x, x_words) = (axis_values(result, name) for name in names)
    logarithmic = [not words and is_logarithmic(result, name, v) for v, words, name in ((x, x_words, names[1]), (y, y_words, names[0]))]
    edges = [cell_edges(v, log) for v, log in zip((x, y), logarithmic)]
    at = nearest(np.log(x) if logarithmic[0] else x, np.log(y) if logarithmic[1] else y, values)
    shown, sure = values[at[..., 0], at[..., 1]], sureness[at[..., 0], at[..., 1]]
    mesh = axis.pcolormesh(*edges, np.zeros(values.shape), shading="flat", rasterized=True)
    mesh.set_array(None)
    mesh.set_facecolor([shade(n, s) for n, s in zip(shown.ravel(), sure.ravel())])
    draw_edges(axis, edges, shown)
    missing = ~np.isfinite(values)
    if max(values.shape) <= COARSE and not missing.any():
        write_letters(axis, x, y, classes, values, sureness)
    elif missing.any():
        points = np.argwhere(~missing)
        axis.plot(x[points[:, 1]], y[points[:, 0]], ls="", marker=".", ms=1.5, color="0.25")
    if missing.any() or max(values.shape) > COARSE:  # on a coarse map without refinement the lines between cells say as much
        draw_boundaries(axis, found, names)
    label_axis(axis, "x", result, names[1], x, x_words)
    label_axis(axis, "y", result, names[0], y, y_words)
    for which, v, words in (("x", x, x_words), ("y", y, y_words)):
        if not words and len(v) <= COARSE:
            tick_at_points(axis, which, v)
    axis.set(xlim=(edges[0][0], edges[0][-1]), ylim=(edges[1][0], edges[1][-1]))
    legend(axis, classes, sorted({int(n) for n in shown.ravel()}))
    return x, y


def cross_out(axis, x, y, status):
    """Points that have no results although they belong to the scan. status: (up, right)."""
    for i, j in np.argwhere((status != 1) & (status != 4)):
        axis.plot(x[j], y[i], marker="x", color="k", ms=4)


def paint_line(axis, classes, name):
    """Classes along one axis: a row for each class, and the boundaries across them."""
    x, words = axis_values(classes.result, name)
    used = sorted({int(n) for n in classes.values if np.isfinite(n)}, key=lambda n: (n == 0, n))
    for row, number in enumerate(used):
        here = np.flatnonzero(classes.values == number)
        axis.scatter(x[here], [row] * len(here), c=[shade(number, s) for s in classes.sureness[here]], edgecolors="0.2", linewidths=0.5,
                     s=22, zorder=3)
    for b in classes.boundaries():
        axis.axvspan(b["low"], b["high"], color="0.85", zorder=1)
        axis.axvline(b["place"][name], color="k", lw=0.8, zorder=2)
    axis.set_yticks(range(len(used)), labels=[printed(classes.names[n]) for n in used])
    axis.set_ylim(-0.6, len(used) - 0.4)
    label_axis(axis, "x", classes.result, name, x, words)
    return x


def panels(page, classes):
    """The maps of a scan of several axes: names (up, right), values, sureness, status, boundaries, suffix of the name, note."""
    axes, status = classes.axes, np.asarray(classes.result.variables["status"][...])
    shown, _ = chosen_axes(page, classes.result, axes)
    right, up = shown
    for key, suffix, note in cuts(classes.result, axes, shown):
        parts = [v[key] for v in (classes.values, classes.sureness, status)]
        fixed = {axes[i]: classes.result.coordinate(axes[i])[at] for i, at in enumerate(key) if not isinstance(at, slice)}
        found = [b for b in classes.boundaries() if b["axis"] in (axes[right], axes[up])
                 and all(b["place"][name] == value for name, value in fixed.items())]
        yield [axes[up], axes[right]], *(v.T if right < up else v for v in parts), found, suffix, note


def plot_classes(page, result):
    """The picture class, or one for each cut where there are more than two axes."""
    classes = Classes(result)
    title = "classes; paler where less sure"
    if not np.isfinite(classes.values).any():
        return
    if len(classes.axes) == 1:
        figure, axis = page.figure(5.6, 1.2 + 0.35 * len(classes.names))
        x = paint_line(axis, classes, classes.axes[0])
        axis.set_title(page.heading(title, 5.2), loc="left")
        page.save(figure, "class")
        page.data("class", {classes.axes[0]: x, "class": classes.values, "class_sureness": classes.sureness})
        return
    for names, values, sureness, status, found, suffix, note in panels(page, classes):
        if not np.isfinite(values).any():
            continue
        figure, axis = page.figure(6.4, 4.2)
        x, y = paint_map(axis, classes, names, values, sureness, found)
        cross_out(axis, x, y, status)
        axis.set_title(page.heading(title + note, 5.6), loc="left")
        page.save(figure, "class" + suffix)
        page.data("class" + suffix, {names[0]: np.repeat(y, len(x)), names[1]: np.tile(x, len(y)), "class": values, "class_sureness": sureness})
