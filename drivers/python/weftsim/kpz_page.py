"""The page of plots of weft analyze kpz."""
import numpy as np

from . import fronts
from .laws import laws
from .draw_series import FRONT_GUIDES
from .style import COLOURS, plt


def beta_of(a):
    """The exponent in its window, for a legend."""
    growth = a["growth"]
    if not growth or growth["beta"] is None:
        return ""
    error = growth["error"]
    return rf": $\beta = {growth['beta']:.3f}" + ("$" if error is None else rf" \pm {error:.2g}$")


def draw_growth(axis, analyses):
    for a, colour in zip(analyses, COLOURS * 9):
        front = a["front"]
        w2, errors, _ = front.get("width2")
        keep = (front.times > 0) & (w2 > 0)
        axis.errorbar(front.times[keep], w2[keep], None if errors is None else errors[keep], marker=".", ms=3, lw=0.7,
                      color=colour, label=f"$L = {front.size:g}$" + (f", $m = {front.tilt:.3g}$" if front.tilt else "") + beta_of(a))
        if a["plateau"]:
            axis.axhline(a["plateau"][0], color=colour, ls=":", lw=0.8)
        axis.axvspan(*a["window"], color=colour, alpha=0.08, lw=0)
    axis.set(xscale="log", yscale="log", xlabel="$t$", ylabel="$W^2$")
    axis.set_title(r"growth; shaded: window of $\beta$", loc="left")
    axis.legend(fontsize="x-small")


def draw_beta(axis, analyses):
    for a, colour in zip(analyses, COLOURS * 9):
        middle, beta, spread = fronts.local_beta(a["front"])
        axis.errorbar(middle, beta, spread, marker=".", ms=3, lw=0.7, color=colour)
    for label, value in FRONT_GUIDES[analyses[0]["front"].dimension].items():
        axis.axhline(value, color="0.65", ls="--", lw=0.7, zorder=0)
        axis.annotate(label, (1, value), xycoords=("axes fraction", "data"), fontsize="x-small", color="0.4", ha="right",
                      va="bottom")
    axis.set(xscale="log", xlabel="$t$", ylabel=r"local $\beta$", ylim=(0, 1.15))
    axis.set_title("exponent over a factor 3 in time", loc="left")


def draw_spectrum(axis, a):
    found, exponent = a["spectrum"], a["exponent"]
    axis.set_title("structure factor", loc="left")
    axis.errorbar(found["q"], found["S"], found["error"], marker=".", ms=4, lw=0.7, label=f"t = {found['time']:.4g}")
    axis.plot(found["q"], found["before"], lw=0.8, color=COLOURS[4], label="a factor 3 earlier")
    if exponent:
        q, s = found["q"][exponent["modes"]], found["S"][exponent["modes"]]
        centre = np.exp(np.mean(np.log(s)))
        axis.plot(q, centre * (q / np.exp(np.mean(np.log(q)))) ** -exponent["p"], "k--", lw=1, label=f"$q^{{-{exponent['p']:.3f}}}$")
    axis.set(xscale="log", yscale="log", xlabel="$q$", ylabel="$S$")
    axis.legend(fontsize="x-small")


def draw_pdf(axis, a):
    found = a["pdf"]
    axis.set_title("heights beside reference laws", loc="left")
    keep = found["density"] > 0
    axis.plot(found["grid"][keep], found["density"][keep], "o", ms=2.5, color="0.5", label=f"t = {found['time']:.4g}")
    fine = np.linspace(-5, 5, 300)
    for law, colour, style in zip(laws(a["front"].dimension).values(), (COLOURS[6], *COLOURS[1:]), ("-", "--", "-.", ":")):
        rejected = found["laws"][law.name].get("rejected")  # by moments or by the distance; the p-value alone would mislead
        axis.plot(fine, law.pdf(fine, found["sign"]), style, color=colour, lw=1,
                  label=law.label + {True: ": excluded", False: ": not excluded"}.get(rejected, ""))
    axis.set(yscale="log", ylim=(1e-4, 1), xlim=(-5, 5), xlabel=r"$(h - \langle h \rangle)/W$", ylabel="density")
    axis.legend(fontsize="x-small")


def draw_skewness(axis, a):
    front = a["front"]
    axis.set_title("skewness", loc="left")
    values, errors, _ = front.get("skewness")
    keep = front.times > 0
    axis.errorbar(front.times[keep], values[keep], None if errors is None else errors[keep], marker=".", ms=3, lw=0.7)
    sign = -1 if (a["skewness"][0] or 0) < 0 else 1
    for law in laws(front.dimension).values():
        axis.axhline(sign * law.skewness, color="0.65", ls="--", lw=0.7)
        axis.annotate(law.label, (0, sign * law.skewness), xycoords=("axes fraction", "data"), fontsize="x-small", color="0.4",
                      va="bottom")
    axis.set(xscale="log", xlabel="$t$", ylim=sorted((-0.35 * sign, 0.75 * sign)))


def several_sizes(analyses):
    found = sorted((a["front"].size, np.sqrt(a["plateau"][0])) for a in analyses if a["plateau"])
    return found if len({size for size, _ in found}) > 1 else None


def several_tilts(analyses):
    found = sorted((a["front"].tilt ** 2 / 2, a["velocity"][0], a["velocity"][1] or 0) for a in analyses if a["velocity"][0] is not None)
    return found if len({tilt for tilt, *_ in found}) > 1 else None


def draw_sizes(axis, analyses):
    """Saturated widths over sizes, or velocities over tilts."""
    if several_sizes(analyses):
        axis.loglog(*np.array(several_sizes(analyses)).T, "o-")
        axis.set(xlabel="$L$", ylabel=r"$W_\mathrm{sat}$")
        axis.set_title("saturation", loc="left")
    else:
        x, v, e = np.array(several_tilts(analyses)).T
        axis.errorbar(x, v, e, marker="o", ms=4)
        axis.set(xlabel="$m^2/2$", ylabel="velocity")
        axis.set_title("velocity over tilt", loc="left")


def page(main, analyses, verdict):
    """A panel for each thing that was observed."""
    panels = [(draw_growth, analyses), (draw_beta, analyses)]
    panels += [(draw_spectrum, main)] * bool(main["spectrum"]) + [(draw_pdf, main)] * bool(main["pdf"])
    panels += [(draw_skewness, main)] * (main["front"].get("skewness")[0] is not None)
    panels += [(draw_sizes, analyses)] * bool(several_sizes(analyses) or several_tilts(analyses))
    across = 2 if len(panels) in (2, 4) else 3
    down = -(-len(panels) // across)
    figure, axes = plt.subplots(down, across, figsize=(4.3 * across, 3.7 * down), squeeze=False)
    for axis, (draw, of) in zip(axes.flat, panels):
        draw(axis, of)
    for axis in axes.flat[len(panels):]:
        axis.set_visible(False)
    figure.suptitle(f"{main['front'].parameters.get('model', 'front')}: {verdict.name}")
    return figure
