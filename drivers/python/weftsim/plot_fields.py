"""Snapshots: lines, space-time pictures, planes, slices of volumes, animations."""
import math
import shutil

import numpy as np

from .errors import ToolError
from .plot_profiles import picks

MAX_ROWS, MAX_FRAMES = 1500, 200


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


def colours(values, variable):
    """Colour map and limits: discrete for states, diverging about zero where both signs occur."""
    from .style import CYCLIC, DIVERGING, SEQUENTIAL, discrete, plt
    if is_states(variable):
        top = max(int(values.max()), 1)
        return {"cmap": discrete(top + 1), "vmin": -0.5, "vmax": top + 0.5}
    if variable.name == "phase":
        return {"cmap": CYCLIC, "vmin": 0, "vmax": 2 * math.pi}
    finite = values[np.isfinite(values)]
    low, high, beyond = limits(finite) if finite.size else (0.0, 1.0, "neither")
    diverging = low < 0 < high and min(-low, high) > 0.05 * max(-low, high)
    if diverging:
        low, high = -max(-low, high), max(-low, high)
    cmap = plt.get_cmap(DIVERGING if diverging else SEQUENTIAL).copy()
    cmap.colorbar_extend = beyond
    return {"cmap": cmap, "vmin": low, "vmax": high if high > low else low + 1}


def shown(values, variable):
    return np.mod(values, 2 * math.pi) if variable.name == "phase" else values


def colour_bar(figure, image, axes, variable, names, **more):
    label = "phase mod 2 pi [rad]" if variable.name == "phase" else variable.label()
    bar = figure.colorbar(image, ax=axes, label=label, **more)
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
        return variable.long_name
    part = part_of(result, variable, component)
    return f"{variable.long_name}, component {part}" if part.isdigit() else f"{part}: {variable.long_name}"


def file_name(result, variable, component):
    return variable.name if component is None else f"{variable.name}_{part_of(result, variable, component)}"


def plot_space_time(page, result, variable, component):
    from .style import plt
    times, x = result.times(), result.coordinate("x")
    rows = slice(None, None, max(1, len(times) // MAX_ROWS))
    values = variable[(rows,) if component is None else (rows, component)]
    if len(values) < 2:
        return plot_line(page, result, variable, values, component)
    figure, axis = plt.subplots(figsize=(6, 4.5))
    image = axis.pcolormesh(x, times[rows], shown(values, variable), shading="nearest", rasterized=True,
                            **colours(values, variable))
    axis.set_xlabel(result.coordinate_label("x"))
    axis.set_ylabel(result.coordinate_label("time"))
    colour_bar(figure, image, axis, variable, species_names(result, variable))
    axis.set_title(title_of(result, variable, component), loc="left")
    page.save(figure, file_name(result, variable, component))
    page.data(file_name(result, variable, component),
              {"x": x, **{f"t={t:.6g}": row for t, row in zip(times[rows], values)}})
    return None


def plot_line(page, result, variable, values, component):
    from .style import plt
    figure, axis = plt.subplots(figsize=(5.2, 3.2))
    axis.plot(result.coordinate("x"), values[0])
    axis.set_xlabel(result.coordinate_label("x"))
    axis.set_ylabel(variable.label())
    axis.set_title(title_of(result, variable, component), loc="left")
    page.save(figure, file_name(result, variable, component))
    page.data(file_name(result, variable, component), {"x": result.coordinate("x"), variable.name: values[0]})


def snapshot(variable, record, component):
    return variable[(record,) if component is None else (record, component)]


def middle(values):
    """The plane of a field of two dimensions, the middle one of three."""
    return values[values.shape[0] // 2] if values.ndim == 3 else values


def draw_plane(axis, x, y, plane, variable, style):
    image = axis.pcolormesh(x, y, shown(plane, variable), shading="nearest", rasterized=True, **style)
    axis.set_aspect("equal")
    return image


def shape_of(x, y, width):
    """Size of a panel that shows x and y at the same scale."""
    aspect = (y[-1] - y[0]) / max(x[-1] - x[0], 1e-30) if len(y) > 1 else 1
    return width, width * min(max(aspect, 0.3), 2) + 0.3


def plot_planes(page, result, variable, component):
    from .style import plt
    times = result.times()
    chosen = picks(len(times))
    across = min(3, len(chosen))
    down = math.ceil(len(chosen) / across)
    y, x = result.coordinate("y"), result.coordinate("x")
    planes = [middle(snapshot(variable, i, component)) for i in chosen]
    style = colours(np.array(planes), variable)
    wide, high = shape_of(x, y, 3.1)
    figure, axes = plt.subplots(down, across, figsize=(wide * across + 0.8, high * down + 0.4), squeeze=False,
                                sharex=True, sharey=True)
    for axis, i, plane in zip(axes.flat, chosen, planes):
        image = draw_plane(axis, x, y, plane, variable, style)
        axis.set_title(f"t = {times[i]:.5g}", loc="left")
    for axis in axes.flat[len(chosen):]:
        axis.set_visible(False)
    for axis in axes[-1]:
        axis.set_xlabel(result.coordinate_label("x"))
    for axis in axes[:, 0]:
        axis.set_ylabel(result.coordinate_label("y"))
    colour_bar(figure, image, axes, variable, species_names(result, variable), shrink=0.8)
    figure.suptitle(title_of(result, variable, component) + (" (middle plane)" if "z" in variable.dims else ""))
    page.save(figure, file_name(result, variable, component))
    plane = planes[-1]
    page.data(file_name(result, variable, component), {
        "x": np.broadcast_to(x, plane.shape), "y": np.broadcast_to(y[:, None], plane.shape),
        f"{variable.name} at t={times[chosen[-1]]:.6g}": plane})


def plot_slices(page, result, variable, component):
    """The three planes through the middle of the last record of a volume."""
    from .style import plt
    times = result.times()
    volume = snapshot(variable, len(times) - 1, component)
    axes_of = {name: result.coordinate(name) for name in "zyx"}
    style = colours(volume, variable)
    figure, axes = plt.subplots(1, 3, figsize=(10, 3.4))
    for axis, (cut, across, up) in zip(axes, (("z", "x", "y"), ("y", "x", "z"), ("x", "y", "z"))):
        plane = np.take(volume, volume.shape["zyx".index(cut)] // 2, axis="zyx".index(cut))
        image = draw_plane(axis, axes_of[across], axes_of[up], plane, variable, style)
        axis.set_xlabel(result.coordinate_label(across))
        axis.set_ylabel(result.coordinate_label(up))
        axis.set_title(f"{cut} = {axes_of[cut][len(axes_of[cut]) // 2]:.4g}", loc="left")
    colour_bar(figure, image, axes, variable, species_names(result, variable), shrink=0.8)
    figure.suptitle(f"{title_of(result, variable, component)}, t = {times[-1]:.5g}")
    page.save(figure, file_name(result, variable, component) + "_slices")


def plot_field(page, result, variable):
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
    from .style import plt
    writer = writer_of(page.options.movie)
    times, x = result.times(), result.coordinate("x")
    chosen = picks(len(times), MAX_FRAMES)
    frames = [middle(np.atleast_1d(snapshot(variable, i, component))) for i in chosen]
    if frames[0].ndim == 2:
        y = result.coordinate("y")
        wide, high = shape_of(x, y, 4.4)
        figure, axis = plt.subplots(figsize=(wide + 1.0, high + 0.4))
        image = draw_plane(axis, x, y, frames[0], variable, colours(np.array(frames), variable))
        colour_bar(figure, image, axis, variable, species_names(result, variable))
        axis.set_ylabel(result.coordinate_label("y"))

        def show(plane):
            image.set_array(shown(plane, variable))
    else:
        figure, axis = plt.subplots(figsize=(5.2, 3.2))
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
        title.set_text(f"t = {times[chosen[number]]:.5g}")

    draw(0)
    page.movie(FuncAnimation(figure, draw, frames=len(chosen)), file_name(result, variable, component), page.options.movie, writer)
