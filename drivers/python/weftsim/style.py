"""The look of all pictures: readable in print and by colour-blind readers."""
import textwrap

import matplotlib

matplotlib.use("Agg")

import matplotlib.colors  # noqa: E402
import matplotlib.pyplot as plt  # noqa: E402

# Okabe and Ito's palette.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
SEQUENTIAL, DIVERGING, CYCLIC = "cividis", "RdBu_r", "twilight"


def heading(text, inches):
    """A title on as many lines as a figure (or a panel) of this width needs."""
    return textwrap.fill(text, int(12.5 * (inches - 0.7)))


def discrete(count):
    """A colour for each whole number from 0; white stands for 0."""
    return matplotlib.colors.ListedColormap((["#FFFFFF"] + COLOURS * (count // len(COLOURS) + 1))[:count])


plt.rcdefaults()  # a style of the user (text.usetex without LaTeX) is not for these pictures
plt.rcParams.update({
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
})
