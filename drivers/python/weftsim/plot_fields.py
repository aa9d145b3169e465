"""Snapshots: lines, space-time pictures, planes, slices of volumes, animations."""
import math
import shutil

import numpy as np
from matplotlib.ticker import FuncFormatter

from .errors import ToolError
from .page import picks
from .result import Variable

MAX_ROWS, MAX_FRAMES, MAX_PLANES = 1500, 200, 6


def limits(finite):
    """Where the values lie: all of them, or all but a thousandth where few reach far beyond the others; and beyond which
    ends some lie."""
    low, high = float(finite.min()), float(finite.max())
    inner = [float(x) for x in np.percentile(finite, (0.1, 99.9))]
    margin = 0.25 * (inner[1] - inner[0])
    below, above = low < inner[0] - margin and margin > 0, high > inner[1] + margin and margin > 0
    beyond = {(1, 1): "both", (1, 0): "min", (0, 1): "max"}.get((below, above), "neither")
    return inner[0] - margin if below else low, inner[1] + margin if above else high, beyond


def has_components(variable):
    return len(variable.dims) > 1 and variable.dims[1] not in ("x", "y", "z")


def is_states(variable):
    """Whole numbers that name states; those with a component for each species are counts."""
    return variable.is_integer and not variable.component and not has_components(variable)


class Polar:
    """|u| or arg u of a complex field, of which the file has real and imaginary part."""
    whole = None

    def __init__(self, result, name, angle):
        self.re, self.im = (result.variables[f"{name}_{part}"] for part in ("re", "im"))
        self.dims, self.shape, self.is_integer, self.component = self.re.dims, self.re.shape, False, ""
        self.name, self.angle = f"{name}_{'arg' if angle else 'abs'}", angle
        symbol = self.re.symbol.removeprefix(r"\mathrm{Re}\,") or rf"\mathrm{{{name}}}"
        self.symbol = fr"\arg {symbol}" if angle else f"|{symbol}|"
        self.long_name = f"phase of {name}" if angle else f"modulus of {name}"

    def __getitem__(self, key):
        value = self.re[key] + 1j * self.im[key]
        if not self.angle:
            return np.abs(value)
        size = np.abs(value)
        return np.where(size > 1e-6 * np.nanmax(size, initial=0), np.mod(np.angle(value), 2 * math.pi), np.nan)  # zero has no phase

    def label(self):
        return f"${self.symbol}$"

    title = Variable.title


class Centred:
    """A growing front, less its mean at each time: else its growth is all that colours show."""

    def __init__(self, variable):
        self.variable = variable
        for name in ("dims", "shape", "name", "is_integer", "component", "long_name"):
            setattr(self, name, getattr(variable, name))
        self.symbol = variable.symbol or variable.name

    def __getitem__(self, key):
        values = self.variable[key]
        axes = tuple(range(values.ndim - (len(self.dims) - 1), values.ndim))
        return values - values.mean(axis=axes, keepdims=True)

    def label(self):
        return fr"${self.symbol} - \langle {self.symbol} \rangle$"

    def title(self):
        return f"{self.variable.title()}, less its mean"


def is_cyclic(variable):
    return variable.name == "phase" or getattr(variable, "angle", False)


def colours(values, variable, options):
    """Colour map and limits: discrete for states, diverging about zero where both signs occur."""
    from .style import CYCLIC, DIVERGING, SEQUENTIAL, discrete, plt
    if is_states(variable):
        top = max(int(values.max()), 1)
        return {"cmap": discrete(top + 1), "vmin": -0.5, "vmax": top + 0.5}
    if is_cyclic(variable):
        return {"cmap": CYCLIC, "vmin": 0, "vmax": 2 * math.pi}
    finite = values[np.isfinite(values)]
    if "c" in (options.log or "") and np.any(finite > 0):
        from matplotlib.colors import LogNorm
        positive = finite[finite > 0]
        return {"cmap": options.cmap or SEQUENTIAL, "norm": LogNorm(positive.min(), max(positive.max(), positive.min() * 1.001))}
    low, high, beyond = limits(finite) if finite.size else (0.0, 1.0, "neither")
    diverging = low < 0 < high and min(-low, high) > 0.05 * max(-low, high)
    if diverging:
        low, high = -max(-low, high), max(-low, high)
    cmap = plt.get_cmap(options.cmap or (DIVERGING if diverging else SEQUENTIAL)).copy()
    cmap.colorbar_extend = beyond
    return {"cmap": cmap, "vmin": low, "vmax": high if high > low else low + 1}


def shown(values, variable):
    return np.mod(values, 2 * math.pi) if variable.name == "phase" else values


def colour_bar(figure, image, axes, variable, names, **more):
    bar = figure.colorbar(image, ax=axes, label=variable.label(), **more)
    low, high = bar.vmin, bar.vmax
    if not is_cyclic(variable) and not is_states(variable) and 0 < high - low < 1e-3 * max(abs(low), abs(high)):  # ticks tell the difference
        base = float(f"{low:.6g}")
        power = math.floor(math.log10(max(abs(low - base), abs(high - base))))
        bar.formatter = FuncFormatter(lambda value, _: f"{round((value - base) / 10.0**power, 2):g}".replace("-", "\N{MINUS SIGN}"))
        bar.set_label(f"{variable.label()} $-$ {base:.6g} in units of $10^{{{power}}}$")
    if is_cyclic(variable):
        bar.set_ticks([0, math.pi, 2 * math.pi], labels=["0", r"$\pi$", r"$2\pi$"])
    if is_states(variable):
        ticks = range(int(image.norm.vmax + 0.5))
        bar.set_ticks(list(ticks), labels=[names.get(i, str(i)) for i in ticks])


def species_names(result, variable):
    """{value: name} of a field whose values are species."""
    if variable.name != "species" or not is_states(variable):
        return {}
    return {0: "empty", **{i + 1: name for i, name in enumerate(result.species())}}


def part_of(result, variable, component):
    """The name of a component: that of the species, or its number."""
    names = result.species()
    return names[component] if len(names) == variable.shape[1] else str(component)


def title_of(result, variable, component):
    if component is None:
        return variable.title()
    part = part_of(result, variable, component)
    return f"{variable.title()}, component {part}" if part.isdigit() else f"{part}: {variable.title()}"


def file_name(result, variable, component):
    return variable.name if component is None else f"{variable.name}_{part_of(result, variable, component)}"


def plot_space_time(page, result, variable, component):
    times, x = result.times(), result.coordinate("x")
    rows = slice(None, None, max(1, len(times) // MAX_ROWS))
    values = variable[(rows,) if component is None else (rows, component)]
    if len(values) < 2 or page.options.time:
        return plot_lines(page, result, variable, component)
    figure, axis = page.figure(6, 4.5)
    image = axis.pcolormesh(x, times[rows], shown(values, variable), shading="nearest", rasterized=True,
                            **colours(values, variable, page.options))
    axis.set_xlabel(result.coordinate_label("x"))
    axis.set_ylabel(result.coordinate_label("time"))
    colour_bar(figure, image, axis, variable, species_names(result, variable))
    axis.set_title(page.heading(title_of(result, variable, component), 6), loc="left")
    page.save(figure, file_name(result, variable, component))
    page.data(file_name(result, variable, component),
              {"x": x, **{f"t={t:.6g}": row for t, row in zip(times[rows], values)}})
    return None


def plot_lines(page, result, variable, component):
    """Records of a field in one dimension as lines."""
    times, x = result.times(), result.coordinate("x")
    figure, axis = page.figure(5.2, 3.2)
    columns, records = {"x": x}, page.records(times, 1)
    for record in records:
        values = np.ravel(variable[(slice(record, record + 1),) if component is None else (slice(record, record + 1), component)])
        axis.plot(x, values, label=f"$t = {times[record]:.5g}$")
        columns[variable.name if len(records) == 1 else f"{variable.name} at t={times[record]:.6g}"] = values
    axis.set_xlabel(result.coordinate_label("x"))
    axis.set_ylabel(variable.label())
    axis.set_title(page.heading(title_of(result, variable, component), 5.2), loc="left")
    if page.options.time:
        axis.legend(fontsize="x-small")
    page.scales(axis)
    page.save(figure, file_name(result, variable, component))
    page.data(file_name(result, variable, component), columns)


def snapshot(variable, record, component):
    records = slice(record, record + 1)
    return variable[(records,) if component is None else (records, component)][0]


def middle(values):
    """The plane of a field of two dimensions, the middle one of three."""
    return values[values.shape[0] // 2] if values.ndim == 3 else values


def draw_plane(axis, x, y, plane, variable, style):
    image = axis.pcolormesh(x, y, shown(plane, variable), shading="nearest", rasterized=True, **style)
    if 0.2 < ratio(x, y) < 5:
        axis.set_aspect("equal")
    if ratio(x, y) < 0.5:
        axis.locator_params(axis="y", nbins=2)
    return image


def ratio(x, y):
    return (y[-1] - y[0]) / max(x[-1] - x[0], 1e-30) if len(y) > 1 else 1


def shape_of(x, y, width):
    """Size of a panel that shows x and y at the same scale, unless that made a strip of it."""
    return width, width * min(max(ratio(x, y), 0.45), 2) + 0.3


def plot_planes(page, result, variable, component):
    times = result.times()
    chosen = page.records(times, MAX_PLANES)
    across = page.columns(min(3, len(chosen)), 1.4)
    down = math.ceil(len(chosen) / across)
    y, x = result.coordinate("y"), result.coordinate("x")
    planes = [middle(snapshot(variable, i, component)) for i in chosen]
    style = colours(np.array(planes), variable, page.options)
    wide, high = shape_of(x, y, 3.1)
    figure, axes = page.figure(wide * across + 0.8, high * down + 0.4, down, across, squeeze=False, sharex=True, sharey=True)
    for axis, i, plane in zip(axes.flat, chosen, planes):
        image = draw_plane(axis, x, y, plane, variable, style)
        axis.set_title(f"$t = {times[i]:.5g}$", loc="left")
    for axis in axes.flat[len(chosen):]:
        axis.set_visible(False)
    for axis in axes.flat[max(0, len(chosen) - across):len(chosen)]:  # the lowest of each column
        axis.set_xlabel(result.coordinate_label("x"))
        axis.xaxis.set_tick_params(labelbottom=True)
    for axis in axes[:, 0]:
        axis.set_ylabel(result.coordinate_label("y"))
    colour_bar(figure, image, axes, variable, species_names(result, variable), shrink=0.8)
    figure.suptitle(page.heading(title_of(result, variable, component) + (" (middle plane)" if "z" in variable.dims else ""), wide * across + 0.8))
    page.close_gaps(figure, axes[:, 0])
    page.save(figure, file_name(result, variable, component))
    plane = planes[-1]
    page.data(file_name(result, variable, component), {
        "x": np.broadcast_to(x, plane.shape), "y": np.broadcast_to(y[:, None], plane.shape),
        f"{variable.name} at t={times[chosen[-1]]:.6g}": plane})


def plot_slices(page, result, variable, component):
    """The three planes through the middle of the last record of a volume."""
    times = result.times()
    record = page.records(times, 1)[-1] if page.options.time else len(times) - 1
    volume = snapshot(variable, record, component)
    axes_of = {name: result.coordinate(name) for name in "zyx"}
    style = colours(volume, variable, page.options)
    across = page.columns(3, 1.4)
    down = math.ceil(3 / across)
    figure, axes = page.figure(3.1 * across + 0.7, 3.4 * down, down, across, squeeze=False)
    for axis in axes.flat[3:]:
        axis.set_visible(False)
    for axis, (cut, right, up) in zip(axes.flat, (("z", "x", "y"), ("y", "x", "z"), ("x", "y", "z"))):
        plane = np.take(volume, volume.shape["zyx".index(cut)] // 2, axis="zyx".index(cut))
        image = draw_plane(axis, axes_of[right], axes_of[up], plane, variable, style)
        axis.set_xlabel(result.coordinate_label(right))
        axis.set_ylabel(result.coordinate_label(up))
        axis.set_title(f"${cut}$ = {axes_of[cut][len(axes_of[cut]) // 2]:.4g}", loc="left")
    colour_bar(figure, image, axes, variable, species_names(result, variable), shrink=0.8)
    figure.suptitle(page.heading(f"{title_of(result, variable, component)}, $t = {times[record]:.5g}$", 3.1 * across + 0.7))
    page.close_gaps(figure, axes[:, 0])
    page.save(figure, file_name(result, variable, component) + "_slices")


def plot_complex(page, result, variable):
    """Modulus and phase of a complex field, drawn where its real part comes by."""
    for angle in (False, True):
        polar = Polar(result, variable.name.removesuffix("_re"), angle)
        if page.wants(polar.name):
            plot_field(page, result, polar)


def polar_names(result):
    """Of the pictures that are no variables: u_abs, u_arg."""
    parts = [v for v in result.variables.values() if v.dims[-1:] == ("x",) and is_real_part(result, v)]
    return [v.name.removesuffix("_re") + ending for v in parts for ending in ("_abs", "_arg")]


def is_real_part(result, variable):
    return variable.component == "re" and variable.name.removesuffix("_re") + "_im" in result.variables


def plot_field(page, result, variable):
    variable = Centred(variable) if variable.name == "height" else variable
    for component in range(variable.shape[1]) if has_components(variable) else [None]:
        if variable.dims[-2:] == ("y", "x"):
            plot_planes(page, result, variable, component)
            if "z" in variable.dims:
                plot_slices(page, result, variable, component)
        else:
            plot_space_time(page, result, variable, component)
        if page.options.movie:
            animate(page, result, variable, component)


# ---- animations ----

def writer_of(ending):
    from matplotlib.animation import FFMpegWriter, PillowWriter
    if ending == "gif":
        return PillowWriter(fps=12)
    if not shutil.which("ffmpeg"):
        raise ToolError("--movie mp4 needs the program ffmpeg, which was not found; use --movie gif")
    return FFMpegWriter(fps=12, extra_args=["-pix_fmt", "yuv420p"])


def animate(page, result, variable, component):
    """All records one after the other (at most 200 of them)."""
    from matplotlib.animation import FuncAnimation
    writer = writer_of(page.options.movie)
    times, x = result.times(), result.coordinate("x")
    chosen = picks(len(times), MAX_FRAMES)
    frames = [middle(np.atleast_1d(snapshot(variable, i, component))) for i in chosen]
    if frames[0].ndim == 2:
        y = result.coordinate("y")
        wide, high = shape_of(x, y, 4.4)
        figure, axis = page.figure(wide + 1.0, high + 0.4)
        image = draw_plane(axis, x, y, frames[0], variable, colours(np.array(frames), variable, page.options))
        colour_bar(figure, image, axis, variable, species_names(result, variable))
        axis.set_ylabel(result.coordinate_label("y"))

        def show(plane):
            image.set_array(shown(plane, variable))
    else:
        figure, axis = page.figure(5.2, 3.2)
        line, = axis.plot(x, frames[0])
        low, high = min(np.nanmin(f) for f in frames), max(np.nanmax(f) for f in frames)
        margin = 0.05 * max(high - low, 1e-12)
        axis.set(ylabel=variable.label(), ylim=(low - margin, high + margin))

        def show(values):
            line.set_ydata(values)
    axis.set_xlabel(result.coordinate_label("x"))
    title = axis.set_title("", loc="left")

    def draw(number):
        show(frames[number])
        title.set_text(f"$t = {times[chosen[number]]:.5g}$")

    draw(0)
    page.movie(FuncAnimation(figure, draw, frames=len(chosen)), file_name(result, variable, component), page.options.movie, writer)
