"""weft plot: one picture for each kind of data that a result holds."""
import argparse
import math
import os
import sys

import numpy as np

from .result import INPUT_ERROR, Result, ToolError, files_of

MAX_SNAPSHOTS = 6


def parse(arguments):
    parser = argparse.ArgumentParser(
        prog="weft plot", description="Pictures of results, chosen from what the files say of themselves.")
    parser.add_argument("results", nargs="+", metavar="DIR|FILE", help="result directory or file")
    parser.add_argument("-o", "--out", metavar="DIR", help="where pictures go; default: beside the data")
    parser.add_argument("--format", choices=("png", "pdf", "svg"), default="png", help="default: png")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="variables to draw; default: all")
    parser.add_argument("--data", action="store_true", help="also write the plotted numbers as CSV")
    return parser.parse_args(arguments)


class Page:
    """Where the pictures of one result go."""

    def __init__(self, options, result):
        self.options = options
        self.folder = options.out or os.path.dirname(result.path) or "."
        os.makedirs(self.folder, exist_ok=True)
        self.written = []

    def save(self, figure, name):
        from .style import plt
        path = os.path.join(self.folder, f"{name}.{self.options.format}")
        figure.savefig(path)
        plt.close(figure)
        self.written.append(path)
        print(path)

    def data(self, name, columns):
        """columns: {name: values of equal length}."""
        if not self.options.data:
            return
        path = os.path.join(self.folder, f"{name}.csv")
        table = np.column_stack([np.asarray(v, float) for v in columns.values()])
        np.savetxt(path, table, delimiter=",", header=",".join(columns), comments="", fmt="%.17g")
        self.written.append(path)
        print(path)


def wanted(options, name):
    return not options.only or name in options.only


# ---- observables of one number ----

def is_logarithmic(times):
    """Times that grow by factors, as {log: N} makes them."""
    t = times[times > 0]
    return len(t) > 8 and t[-1] / t[0] > 50 and (t[-1] - t[-2]) > 4 * (t[1] - t[0])


def draw_scalar(axis, result, variable, times):
    values = variable[...]
    axis.plot(times, values)
    error = result.variables.get(variable.name + "_stderr")
    columns = {"time": times, variable.name: values}
    if error is not None:
        width = error[...]
        axis.fill_between(times, values - width, values + width, alpha=0.3, lw=0)
        columns[error.name] = width
    if is_logarithmic(times):
        axis.set_xscale("log")
        if np.nanmin(values[times > 0]) > 0:
            axis.set_yscale("log")
    axis.set_title(variable.long_name, loc="left")
    axis.set_ylabel(variable.label())
    return columns


def plot_scalars(page, result):
    from .style import plt
    scalars = [v for v in result.variables.values()
               if v.dims == ("time",) and not v.name.endswith(("_stderr", "_error")) and wanted(page.options, v.name)]
    if not scalars:
        return
    times = result.coordinate("time")
    across = 1 if len(scalars) == 1 else 2 if len(scalars) < 7 else 3
    down = math.ceil(len(scalars) / across)
    figure, axes = plt.subplots(down, across, figsize=(3.6 * across + 0.4, 2.3 * down + 0.5), squeeze=False)
    columns = {}
    for axis, variable in zip(axes.flat, scalars):
        columns.update(draw_scalar(axis, result, variable, times))
        axis.set_xlabel(result.coordinate_label("time"))
    for axis in axes.flat[len(scalars):]:
        axis.set_visible(False)
    figure.suptitle(result.title())
    page.save(figure, "series")
    page.data("series", columns)


# ---- observables along an axis: spectra, histograms, correlations ----

def picks(count):
    """Indices of the records that are drawn: first, last and some between."""
    n = min(count, MAX_SNAPSHOTS)
    return sorted({round(i * (count - 1) / max(n - 1, 1)) for i in range(n)})


def plot_profile(page, result, variable):
    from .style import plt
    times = result.coordinate("time")
    grid = result.coordinate(variable.dims[1])
    figure, axis = plt.subplots(figsize=(5.2, 3.6))
    columns = {variable.dims[1]: grid}
    for i, shade in zip(picks(len(times)), np.linspace(0.05, 0.9, MAX_SNAPSHOTS)):
        axis.plot(grid, variable[i], color=plt.get_cmap("cividis")(shade), label=f"t = {times[i]:.4g}")
        columns[f"t={times[i]:.6g}"] = variable[i]
    values = variable[...]
    positive = grid > 0
    if "spectrum" in variable.name or "structure" in variable.name:
        shown = values[:, positive]
        if shown.size and np.nanmax(shown) > 0:
            axis.set_xscale("log")
            axis.set_yscale("log")
            low = np.nanmin(shown[shown > 0])
            axis.set_ylim(bottom=max(low, np.nanmax(shown) * 1e-16))
    axis.set_xlabel(result.coordinate_label(variable.dims[1]))
    axis.set_ylabel(variable.label())
    axis.set_title(variable.long_name, loc="left")
    axis.legend(fontsize="small")
    page.save(figure, variable.name)
    page.data(variable.name, columns)


# ---- fields ----

def colours(values, variable):
    """Colour map and limits: diverging about zero where both signs occur."""
    from .style import CYCLIC, DIVERGING, SEQUENTIAL
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if variable.name == "phase":
        return {"cmap": CYCLIC, "vmin": 0, "vmax": 2 * math.pi}
    if low < 0 < high and min(-low, high) > 0.05 * max(-low, high):
        top = max(-low, high)
        return {"cmap": DIVERGING, "vmin": -top, "vmax": top}
    return {"cmap": SEQUENTIAL, "vmin": low, "vmax": high if high > low else low + 1}


def shown(values, variable):
    return np.mod(values, 2 * math.pi) if variable.name == "phase" else values


def draw_space_time(figure, axis, result, variable, values):
    times, x = result.coordinate("time"), result.coordinate("x")
    image = axis.pcolormesh(x, times, shown(values, variable), shading="nearest", rasterized=True,
                            **colours(values, variable))
    axis.set_xlabel(result.coordinate_label("x"))
    axis.set_ylabel(result.coordinate_label("time"))
    figure.colorbar(image, ax=axis, label=variable.label())


def plot_space_time(page, result, variable, component):
    from .style import plt
    key = (slice(None),) if component is None else (slice(None), component)
    values = variable[key]
    if len(values) < 2:
        return plot_line(page, result, variable, values, component)
    figure, axis = plt.subplots(figsize=(6, 4.5))
    draw_space_time(figure, axis, result, variable, values)
    axis.set_title(title_of(variable, component), loc="left")
    page.save(figure, file_name(variable, component))
    return None


def plot_line(page, result, variable, values, component):
    from .style import plt
    figure, axis = plt.subplots(figsize=(5.2, 3.2))
    axis.plot(result.coordinate("x"), values[0])
    axis.set_xlabel(result.coordinate_label("x"))
    axis.set_ylabel(variable.label())
    axis.set_title(title_of(variable, component), loc="left")
    page.save(figure, file_name(variable, component))


def slice_of(variable, record, component):
    """A plane: the whole field in two dimensions, the middle plane in three."""
    key = [record] if component is None else [record, component]
    extra = variable.shape[len(key):]
    if len(extra) == 3:
        key.append(extra[0] // 2)
    return variable[tuple(key)]


def plot_planes(page, result, variable, component):
    from .style import plt
    times = result.coordinate("time")
    chosen = picks(len(times))
    across = min(3, len(chosen))
    down = math.ceil(len(chosen) / across)
    y, x = result.coordinate("y"), result.coordinate("x")
    planes = [slice_of(variable, i, component) for i in chosen]
    style = colours(np.array(planes), variable)
    aspect = (y[-1] - y[0]) / max(x[-1] - x[0], 1e-30) if len(y) > 1 else 1
    figure, axes = plt.subplots(down, across, figsize=(3.1 * across + 0.6, (3.1 * min(aspect, 2) + 0.3) * down + 0.4),
                                squeeze=False, sharex=True, sharey=True)
    for axis, i, plane in zip(axes.flat, chosen, planes):
        image = axis.pcolormesh(x, y, shown(plane, variable), shading="nearest", rasterized=True, **style)
        axis.set_aspect("equal")
        axis.set_title(f"t = {times[i]:.5g}", loc="left")
    for axis in axes.flat[len(chosen):]:
        axis.set_visible(False)
    for axis in axes[-1]:
        axis.set_xlabel(result.coordinate_label("x"))
    for axis in axes[:, 0]:
        axis.set_ylabel(result.coordinate_label("y"))
    figure.colorbar(image, ax=axes, label=variable.label(), shrink=0.8)
    plane_note = " (middle plane)" if "z" in variable.dims else ""
    figure.suptitle(title_of(variable, component) + plane_note)
    page.save(figure, file_name(variable, component))


def title_of(variable, component):
    return variable.long_name if component is None else f"{variable.long_name}, component {component}"


def file_name(variable, component):
    return variable.name if component is None else f"{variable.name}_{component}"


def plot_field(page, result, variable):
    with_components = len(variable.dims) > 1 and variable.dims[1] not in ("x", "y", "z")
    components = range(variable.shape[1]) if with_components else [None]
    for component in components:
        if variable.dims[-2:] == ("y", "x"):
            plot_planes(page, result, variable, component)
        else:
            plot_space_time(page, result, variable, component)


# ---- the whole ----

def plot_result(options, path):
    result = Result(path)
    page = Page(options, result)
    if "time" not in result.coordinates or result.coordinates["time"].shape[0] == 0:
        raise ToolError(f"{path}: holds no records yet")
    plot_scalars(page, result)
    for variable in result.variables.values():
        if not wanted(options, variable.name) or variable.name.endswith(("_stderr", "_error")):
            continue
        if variable.dims[:1] != ("time",):
            continue
        if variable.dims[-1] == "x":
            plot_field(page, result, variable)
        elif len(variable.dims) == 2:
            plot_profile(page, result, variable)
    return page.written


def check_names(options):
    if not options.only:
        return
    known = [name for argument in options.results for path in files_of(argument) for name in Result(path).variables]
    for name in options.only:
        if name not in known:
            raise ToolError(f"there is no variable '{name}'; there are: {', '.join(sorted(set(known)))}")


def main(arguments):
    options = parse(arguments)
    try:
        check_names(options)
        written = [w for argument in options.results for path in files_of(argument) for w in plot_result(options, path)]
        if not written:
            raise ToolError("nothing to draw was found", INPUT_ERROR)
    except ToolError as error:
        print(f"weft: error: {error}", file=sys.stderr)
        return error.code
    return 0
