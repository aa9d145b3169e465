"""Observables along an axis: spectra, histograms beside reference laws, correlations, data collapse."""
import numpy as np

from .draw_series import band
from .laws import laws
from .page import picks

MAX_RECORDS = 6


def shades(count):
    from .style import plt
    return [plt.get_cmap("cividis")(s) for s in np.linspace(0.05, 0.9, max(count, 1))]


def is_spectrum(variable):
    return "spectrum" in variable.name or "structure" in variable.name or variable.given and variable.dims[1:] == ("k",)


def present(values):
    """The modes of a spectrum but those that are empty: by symmetry or conservation, far below modes on both sides of them, or
    because modes up to some k or from it on were never filled or are cut by dealiasing, far below the next one."""
    known = np.where(values > 0, values, 0.0)
    before, after = np.maximum.accumulate(known), np.maximum.accumulate(known[::-1])[::-1]
    drops = np.flatnonzero((known[:-1] > 0) & (after[1:] < 1e-9 * known[:-1]))
    rises = np.flatnonzero((known[1:] > 0) & (before[:-1] < 1e-9 * known[1:]))
    mode = np.arange(len(known))
    inside = (mode <= (drops[0] if drops.size else len(known))) & (mode > (rises[-1] if rises.size else -1))
    return (known > 1e-6 * np.minimum(before, after)) & inside


def is_histogram(variable):
    return "pdf" in variable.name or "histogram" in variable.name


def octave_slopes(k, values):
    """Slopes of a spectrum from one octave of k to the next, by the means of the logarithms."""
    octave = np.floor(np.log2(k / k[0]) + 1e-9).astype(int)
    octaves = [octave == i for i in np.unique(octave)]
    x, y = (np.array([np.log(v[inside]).mean() for inside in octaves]) for v in (k, values))
    return np.diff(y) / np.diff(x)


def spectrum_guides(axis, k, values, exponents):
    keep = (k > 0) & (values > 0)
    if keep.sum() < 3:
        return
    k, values = k[keep], values[keep]
    i, steep = len(k) // 4, octave_slopes(k, values)
    for label, exponent in exponents.items():
        if steep.size and np.abs(steep + exponent).min() > 0.5:
            continue
        line = values[i] * (k / k[i]) ** -exponent
        shown = (line > values.min() / 3) & (line < values.max())
        axis.plot(k[shown], line[shown], color="0.65", lw=0.7, ls="--", zorder=0)
        if shown.any():  # where the line leaves the curve upwards
            at = np.flatnonzero(shown)[0]
            axis.annotate(label, (k[at], line[at]), (3, 2), textcoords="offset points", fontsize="x-small", color="0.4", va="bottom")


def draw_laws(axis, grid, values, dimension, columns):
    """The laws with mean 0 and variance 1, mirrored as the data is skewed."""
    from .style import COLOURS
    weight = np.where(np.isfinite(values), values, 0)
    mean = np.average(grid, weights=weight) if weight.sum() > 0 else 0
    sign = 1 if np.sum(weight * (grid - mean) ** 3) >= 0 else -1
    fine = np.linspace(grid[0], grid[-1], 400)
    for law, style, colour in zip(laws(dimension).values(), ("-", "--", "-.", ":"), (COLOURS[6], *COLOURS[1:4])):
        mirrored = " (mirrored)" if sign < 0 and law.skewness else ""
        axis.plot(fine, law.pdf(fine, sign), ls=style, lw=0.9, color=colour, label=law.label + mirrored)
        columns[law.name] = law.pdf(grid, sign)


def plot_profile(page, result, variable):
    """A variable (time, axis): some of its records over the axis."""
    times = result.times()
    known = np.flatnonzero(np.isfinite(variable[...]).any(axis=1))
    if not known.size:
        return
    name = variable.dims[1]
    grid = result.coordinate(name)
    errors = result.error_of(variable.name)
    figure, axis = page.figure(5.4, 3.8)
    columns = {name: grid}
    reduced = is_histogram(variable) and name == "height_bin"
    later = np.intersect1d(known, np.flatnonzero(times > 0)) if reduced and len(times) > 1 else known
    if not is_histogram(variable):  # a flat start has nothing to show
        later = np.array([i for i in later if np.any(variable[i] != 0)] or list(later))
    chosen = page.records(times, MAX_RECORDS) if page.options.time else later[picks(len(later), 3 if reduced else MAX_RECORDS)]
    for i, shade in zip(chosen, shades(len(chosen))):
        values = variable[i]
        keep = present(values) & page.shown(grid, True) if is_spectrum(variable) else slice(None)
        axis.plot(grid[keep], values[keep], color=shade, label=f"$t = {times[i]:.5g}$", marker="." if min(len(grid), np.size(values[keep])) < 30 else None,
                  drawstyle="steps-mid" if is_histogram(variable) else None)
        if errors is not None and len(grid) <= 200:
            band(axis, grid[keep], values[keep], errors[i][keep], color=shade, alpha=0.25)
        columns[f"{variable.name} at t={times[i]:.6g}"] = values
        if errors is not None:
            columns[f"{variable.name}_stderr at t={times[i]:.6g}"] = errors[i]
    last = variable[known[-1]]
    if reduced:
        draw_laws(axis, grid, last, result.dimension(), columns)
        positive = last[last > 0]
        if positive.size:
            axis.set(yscale="log", ylim=(positive.min() / 2, 1))
        axis.set_xlim(-5, 5)
    elif is_spectrum(variable):
        logarithmic_spectrum(axis, result, variable[...][chosen], grid, last)
    elif len(grid) > 2 and np.all(grid[1:] == 2 * grid[:-1]):  # sizes 1, 2-3, 4-7, ...
        axis.set_xscale("log", base=2)
    elif name == "r" and "height difference" in variable.long_name:
        axis.set(xscale="log", yscale="log")
    if grid.dtype.kind in "iuf" and len(grid) < 30 and np.all(grid == np.round(grid)) and axis.get_xscale() == "linear":
        axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set_xlabel(result.coordinate_label(name))
    axis.set_ylabel(variable.label())
    page.scales(axis)
    axis.set_title(page.heading(variable.title(), 5.4), loc="left")
    axis.legend(fontsize="x-small", loc="lower center" if reduced else "best")  # under the arch of a density
    page.save(figure, variable.name)
    page.data(variable.name, columns)


def logarithmic_spectrum(axis, result, drawn, grid, last):
    shown = drawn[:, grid > 0]
    if not np.any(shown > 0):
        return
    axis.set(xscale="log", yscale="log")
    least = min(values[present(values)].min() for values in shown if np.any(values > 0))
    axis.set_ylim(bottom=max(least / 2, np.nanmax(shown) * 1e-16))
    d = result.dimension()
    if "width2" in result.variables:
        spectrum_guides(axis, grid, last, {f"$k^{{-{d + 1}}}$": d + 1, f"$k^{{-{d + 3}}}$": d + 3} if d == 1 else {})
    elif "domain_length" in result.variables:
        spectrum_guides(axis, grid, last, {f"$k^{{-{d + 1}}}$ Porod": d + 1})


def plot_map(page, result, variable):
    """A variable (time, axis, axis): its last record as a map."""
    from .style import SEQUENTIAL
    times = result.times()
    y, x = (result.coordinate(name) for name in variable.dims[1:])
    record = page.records(times, 1)[-1] if page.options.time else len(times) - 1
    values = variable[record]
    figure, axis = page.figure(4.6, 4.0)
    image = axis.pcolormesh(x, y, values, shading="nearest", cmap=page.options.cmap or SEQUENTIAL, rasterized=True)
    axis.set_xlabel(result.coordinate_label(variable.dims[2]))
    axis.set_ylabel(result.coordinate_label(variable.dims[1]))
    axis.set_title(page.heading(f"{variable.title()}, $t = {times[record]:.4g}$", 4.6), loc="left")
    figure.colorbar(image, ax=axis, label=variable.label())
    page.save(figure, variable.name)


def is_amplitude(result, variable):
    """The real part of amplitudes (time, mode), beside which the imaginary one is."""
    return variable.name.endswith("_re") and variable.name[:-3] + "_im" in result.variables


def plot_dispersion(page, result, variable):
    """Amplitudes of modes (time, mode), NAME_re and NAME_im: their spectrum D(mode, omega) = |sum_t w(t) a(t) exp(i omega t)|^2, with a Hann
    window w. Needs records at equal intervals."""
    from .style import SEQUENTIAL
    times = result.times()
    steps = np.diff(times)
    if len(times) < 16 or np.ptp(steps) > 1e-6 * steps.mean():
        return
    name = variable.name[:-3]
    amplitude = variable[...] + 1j * result.variables[f"{name}_im"][...]
    amplitude = (amplitude - amplitude.mean(axis=0)) * np.hanning(len(times))[:, None]
    power = np.abs(np.fft.fft(amplitude, axis=0)) ** 2 * steps.mean() / len(times)
    omega = 2 * np.pi * np.fft.fftfreq(len(times), steps.mean())
    positive = omega > 0
    folded = power[positive] + power[-np.flatnonzero(positive)]
    mode = result.coordinate(variable.dims[1])
    figure, axis = page.figure(5.4, 4.2)
    top = folded.max() if folded.max() > 0 else 1.0
    image = axis.pcolormesh(mode, omega[positive], np.maximum(folded, top * 1e-6), shading="nearest", rasterized=True,
                            cmap=page.options.cmap or SEQUENTIAL, norm="log")
    axis.set_xlabel(result.coordinate_label(variable.dims[1]))
    axis.set_ylabel(r"$\omega$")
    axis.set_title(f"spectrum of {name.replace('_', ' ')}", loc="left")
    figure.colorbar(image, ax=axis, label="$D$")
    page.save(figure, f"{name}_spectrum")
    page.data(f"{name}_spectrum", {
        variable.dims[1]: np.tile(mode, positive.sum()), "omega": np.repeat(omega[positive], len(mode)), "D": folded})


# ---- data collapse ----

def collapsed(result, variable, exponents):
    """The scaled axis and values of a record i, as a function, and the labels of both; None where there is no scaling."""
    times, name = result.times(), variable.dims[1]
    grid = result.coordinate(name)
    d = result.dimension()
    if "domain_length" in result.variables and not exponents:
        length = result.variables["domain_length"][...]
        if name == "r":
            return (lambda i: (grid / length[i], variable[i] / variable[i][0])), "$r/L$", f"{variable.label()} $/ C(0)$"
        if name == "k" and is_spectrum(variable):
            return (lambda i: (grid * length[i], variable[i] / length[i] ** d)), "$k L$", f"{variable.label()} $L^{{-{d}}}$"
    elif exponents:
        alpha, z = exponents
        if name in ("k", "k_log"):
            return (lambda i: (grid * times[i] ** (1 / z), variable[i] * grid ** (2 * alpha + d))), \
                "$k t^{1/z}$", fr"{variable.label()} $k^{{2\alpha + {d}}}$"
        if name == "r":
            return (lambda i: (grid / times[i] ** (1 / z), variable[i] / times[i] ** (2 * alpha / z))), \
                "$r/t^{1/z}$", fr"{variable.label()} $t^{{-2\alpha/z}}$"
    return None


def plot_collapse(page, result, variable):
    exponents = page.options.collapse
    found = collapsed(result, variable, exponents)
    times = result.times()
    later = np.flatnonzero(times > times[-1] / 30)
    if not found or len(later) < 3:
        return
    scale, xlabel, ylabel = found
    figure, axis = page.figure(5.2, 3.8)
    columns = {}
    chosen = later[picks(len(later), MAX_RECORDS)]
    for i, shade in zip(chosen, shades(len(chosen))):
        x, y = scale(i)
        keep = (x > 0) & present(y) if is_spectrum(variable) else slice(None)
        axis.plot(x[keep], y[keep], ".-", ms=3, lw=0.8, color=shade, label=f"$t = {times[i]:.4g}$")
        columns.update({f"x at t={times[i]:.6g}": x, f"y at t={times[i]:.6g}": y})
    if variable.dims[1] == "r" and not exponents:
        axis.set_xlim(0, 4)
        axis.axhline(0, color="0.7", lw=0.6)
    else:
        axis.set(xscale="log", yscale="log")
    note = fr", $\alpha = {exponents[0]:g}$, $z = {exponents[1]:g}$" if exponents else ""
    axis.set(xlabel=xlabel, ylabel=ylabel)
    axis.set_title(f"collapse of {variable.label()}{note}", loc="left")
    axis.legend(fontsize="x-small")
    page.save(figure, f"{variable.name}_collapse")
    page.data(f"{variable.name}_collapse", columns)
