"""The page of plots of weft analyze kpz."""
import numpy as np

from . import fronts
from .laws import laws
from .plot_series import FRONT_GUIDES
from .style import COLOURS, plt


def draw_growth(axis, analyses):
    for a, colour in zip(analyses, COLOURS * 9):
        front = a["front"]
        w2, errors, _ = front.get("width2")
        keep = (front.times > 0) & (w2 > 0)
        axis.errorbar(front.times[keep], w2[keep], None if errors is None else errors[keep], marker=".", ms=3, lw=0.7,
                      color=colour, label=f"L = {front.size:g}" + (f", m = {front.tilt:.3g}" if front.tilt else ""))
        if a["plateau"]:
            axis.axhline(a["plateau"][0], color=colour, ls=":", lw=0.8)
        axis.axvspan(*a["window"], color=colour, alpha=0.08, lw=0)
    axis.set(xscale="log", yscale="log", xlabel="time", ylabel="W^2")
    axis.set_title("growth; shaded: window of beta", loc="left")
    axis.legend(fontsize="x-small")


def draw_beta(axis, analyses):
    for a, colour in zip(analyses, COLOURS * 9):
        middle, beta, spread = fronts.local_beta(a["front"])
        axis.errorbar(middle, beta, spread, marker=".", ms=3, lw=0.7, color=colour)
    for label, value in FRONT_GUIDES[analyses[0]["front"].dimension].items():
        axis.axhline(value, color="0.65", ls="--", lw=0.7, zorder=0)
        axis.annotate(label, (1, value), xycoords=("axes fraction", "data"), fontsize="x-small", color="0.4", ha="right",
                      va="bottom")
    axis.set(xscale="log", xlabel="time", ylabel="local beta", ylim=(0, 1.15))
    axis.set_title("exponent over a factor 3 in time", loc="left")


def draw_spectrum(axis, a):
    found, exponent = a["spectrum"], a["exponent"]
    axis.set_title("structure factor", loc="left")
    if not found:
        return nothing(axis, "structure_factor was not observed")
    axis.errorbar(found["q"], found["S"], found["error"], marker=".", ms=4, lw=0.7, label=f"t = {found['time']:.4g}")
    axis.plot(found["q"], found["before"], lw=0.8, color=COLOURS[4], label="a factor 3 earlier")
    if exponent:
        q, s = found["q"][exponent["modes"]], found["S"][exponent["modes"]]
        centre = np.exp(np.mean(np.log(s)))
        axis.plot(q, centre * (q / np.exp(np.mean(np.log(q)))) ** -exponent["p"], "k--", lw=1, label=f"q^-{exponent['p']:.3f}")
    axis.set(xscale="log", yscale="log", xlabel="q", ylabel="S")
    axis.legend(fontsize="x-small")
    return None


def draw_pdf(axis, a):
    found = a["pdf"]
    axis.set_title("heights beside reference laws", loc="left")
    if not found:
        return nothing(axis, "height_pdf was not observed")
    keep = found["density"] > 0
    axis.plot(found["grid"][keep], found["density"][keep], "o", ms=2.5, color="0.5", label=f"t = {found['time']:.4g}")
    fine = np.linspace(-5, 5, 300)
    for law, colour, style in zip(laws(a["front"].dimension).values(), (COLOURS[6], *COLOURS[1:]), ("-", "--", "-.", ":")):
        p = found["laws"][law.name].get("p_value")
        axis.plot(fine, law.pdf(fine, found["sign"]), style, color=colour, lw=1,
                  label=law.label + ("" if p is None else f", p = {p:.2g}"))
    axis.set(yscale="log", ylim=(1e-4, 1), xlim=(-5, 5), xlabel="(h - mean)/W", ylabel="density")
    axis.legend(fontsize="x-small")
    return None


def draw_skewness(axis, a):
    front = a["front"]
    axis.set_title("skewness", loc="left")
    values, errors, _ = front.get("skewness")
    if values is None:
        return nothing(axis, "skewness was not observed")
    keep = front.times > 0
    axis.errorbar(front.times[keep], values[keep], None if errors is None else errors[keep], marker=".", ms=3, lw=0.7)
    sign = -1 if (a["skewness"][0] or 0) < 0 else 1
    for law in laws(front.dimension).values():
        axis.axhline(sign * law.skewness, color="0.65", ls="--", lw=0.7)
        axis.annotate(law.label, (0, sign * law.skewness), xycoords=("axes fraction", "data"), fontsize="x-small", color="0.4",
                      va="bottom")
    axis.set(xscale="log", xlabel="time", ylim=sorted((-0.35 * sign, 0.75 * sign)))
    return None


def draw_sizes(axis, analyses):
    """Saturated widths over sizes, or velocities over tilts."""
    saturated = [(a["front"].size, np.sqrt(a["plateau"][0])) for a in analyses if a["plateau"]]
    tilted = [(a["front"].tilt ** 2 / 2, *a["velocity"]) for a in analyses if a["velocity"][0] is not None]
    if len({s for s, _ in saturated}) > 1:
        axis.loglog(*np.array(sorted(saturated)).T, "o-")
        axis.set(xlabel="L", ylabel="W_sat")
        axis.set_title("saturation", loc="left")
    elif len({t[0] for t in tilted}) > 1:
        x, v, e = np.array([(t[0], t[1], t[2] or 0) for t in sorted(tilted)]).T
        axis.errorbar(x, v, e, marker="o", ms=4)
        axis.set(xlabel="m^2/2", ylabel="velocity")
        axis.set_title("velocity over tilt", loc="left")
    else:
        nothing(axis, "one size and one tilt")


def nothing(axis, why):
    axis.text(0.5, 0.5, why, ha="center", va="center", transform=axis.transAxes, color="0.4")
    axis.set_axis_off()


def page(main, analyses, verdict):
    figure, axes = plt.subplots(2, 3, figsize=(13, 7.4))
    draw_growth(axes[0, 0], analyses)
    draw_beta(axes[0, 1], analyses)
    draw_spectrum(axes[0, 2], main)
    draw_pdf(axes[1, 0], main)
    draw_skewness(axes[1, 1], main)
    draw_sizes(axes[1, 2], analyses)
    figure.suptitle(f"{main['front'].parameters.get('model', 'front')}: {verdict.name}")
    return figure
