"""The look of all pictures: readable in print and by colour-blind readers."""
import math
import re
import sys

import matplotlib

matplotlib.use("Agg")

import matplotlib.colors  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402
from matplotlib.ticker import FixedLocator, MaxNLocator  # noqa: E402

from .errors import ToolError  # noqa: E402
from .palette import COLOURS, CYCLIC, DIVERGING, SEQUENTIAL  # noqa: E402, F401 for all who draw


LOOK = {
    "axes.formatter.useoffset": False,
    "axes.prop_cycle": matplotlib.cycler(color=COLOURS),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "image.origin": "lower",
    "legend.frameon": False,
    "lines.linewidth": 1.2,
    "savefig.dpi": 150,
}


def heading(text, inches):
    """A title on as many lines as a figure (or a panel) of this width needs. Formulas are not cut, and their marks take no room."""
    room, lines = int(15 * (inches - 0.7)), [""]
    for word in re.findall(r"(?:\$[^$]*\$|[^\s$])+", text):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and len(re.sub(r"\\[A-Za-z]+ ?", "x", re.sub(r"[${}_^]", "", longer))) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def thin_ticks(axis):
    """Fewer numbers along a linear axis to the right where they would cover each other."""
    for nbins in (6, 5, 4, 3, 2):
        boxes = sorted((t.get_window_extent() for t in axis.get_xticklabels() if t.get_text() and t.get_visible()), key=lambda box: box.x0)
        if all(a.x1 < b.x0 for a, b in zip(boxes, boxes[1:])) or not isinstance(axis.xaxis.get_major_locator(), MaxNLocator):
            break
        axis.locator_params(axis="x", nbins=nbins)
        axis.figure.draw_without_rendering()


def label_decades(axis):
    """A logarithmic axis on which at most one power of ten would be labelled has more numbers than that."""
    low, high = sorted(axis.get_view_interval())
    inside = math.floor(math.log10(high)) - math.ceil(math.log10(low)) + 1 if low > 0 else 0
    if axis.get_scale() != "log" or isinstance(axis.get_major_locator(), FixedLocator) or low <= 0 or inside > 1:
        return
    plain = low >= 1e-3 and high <= 1e6
    if high < 2.5 * low:  # ticks are those of a linear axis
        if not plain:
            return
        for set_formatter in (axis.set_major_formatter, axis.set_minor_formatter):
            set_formatter(lambda value, _position: f"{value:.6g}")
        return
    digits = (1, 2, 5) if high > 10 * low else (1, 2, 3, 4, 6)

    def short(value, _position):
        if value < sys.float_info.min:  # ticks below the least numbers are 0
            return ""
        power = math.floor(math.log10(value) + 1e-9)
        digit = round(value / 10**power)
        if digit not in digits:
            return ""
        return f"{value:g}" if plain else f"$10^{{{power}}}$" if digit == 1 else rf"${digit}\times10^{{{power}}}$"

    axis.set_major_formatter(short)
    axis.set_minor_formatter(short)


def discrete(count):
    """A colour for each whole number from 0; white stands for 0."""
    return matplotlib.colors.ListedColormap((["#FFFFFF"] + COLOURS * (count // len(COLOURS) + 1))[:count])


def apply(sheet=None, width=None):
    """Our look, smaller letters where a figure is as narrow as a column, and over it a style sheet of the user."""
    plt.rcdefaults()  # a style of the user (text.usetex without LaTeX) is not for these pictures
    plt.rcParams.update(LOOK)
    if width:
        plt.rcParams.update({"font.size": 8 if width > 2.5 else 7, "lines.linewidth": 1.0, "axes.linewidth": 0.6, "savefig.dpi": 300})
    if sheet:
        try:
            plt.style.use(sheet)
        except (OSError, ValueError, SyntaxError) as error:
            raise ToolError(f"--style: {sheet}: {str(error).splitlines()[0]}") from None


apply()
