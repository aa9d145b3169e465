"""Drawing on Axes of one's own: each function takes a Dataset of weftsim.open, draws, and returns the Axes.

What is not given is chosen from the data. Further keywords go to matplotlib."""
import numpy as np

from .draw_series import band
from .errors import ToolError
from .palette import CYCLIC, DIVERGING, SEQUENTIAL
from .symbols import typeset

SPACE = ("z", "y", "x")


def _label(variable):
    symbol = variable.attrs.get("symbol")
    return f"${symbol}$" if symbol else typeset(str(variable.name).replace("_", " "))


def _variable(data, name):
    if name not in data:
        raise ToolError(f"there is no variable '{name}'; there are: {', '.join(sorted(map(str, data.data_vars)))}")
    return data[name]


def _new(ax):
    if ax is None:
        import matplotlib.pyplot as plt
        ax = plt.gca()
    return ax


def _time(variable):
    """The dimension of the records, which is time_fields where fields and series have different times."""
    return next((d for d in variable.dims if str(d).startswith("time")), None)


def plot_series(data, name, ax=None, **keywords):
    """An observable over time, its standard error as a band; of species or kinks one curve each."""
    ax, variable = _new(ax), _variable(data, name)
    time = _time(variable)
    if time is None or len(variable.dims) > 2 or any(d in SPACE for d in variable.dims):
        raise ToolError(f"'{name}' is no observable over time alone; its dimensions are {variable.dims}")
    error = data.get(f"{name}_stderr")
    parts = [d for d in variable.dims if d != time]
    for i in range(variable.sizes[parts[0]] if parts else 1):
        y = variable.isel({parts[0]: i}) if parts else variable
        own = {"label": str(variable[parts[0]].values[i])} if parts else {}
        line, = ax.plot(variable[time], y, **own | keywords)
        if error is not None:
            e = error.isel({parts[0]: i}) if parts else error
            band(ax, variable[time], y, e, color=line.get_color())
    ax.set(xlabel="$t$", ylabel=_label(variable))
    return ax


def plot_profile(data, name, time=None, ax=None, **keywords):
    """An observable over its own axis (a spectrum, a histogram) at the record next to a time; default: the last."""
    ax, variable = _new(ax), _variable(data, name)
    dim = _time(variable)
    others = [d for d in variable.dims if d != dim]
    if dim is None or len(others) != 1:
        raise ToolError(f"'{name}' has no axis beside time; its dimensions are {variable.dims}")
    at = {dim: -1} if time is None else {dim: int(np.abs(variable[dim].values - time).argmin())}
    chosen = variable.isel(at)
    line, = ax.plot(variable[others[0]], chosen, **{"label": f"$t = {float(chosen[dim]):.4g}$"} | keywords)
    error = data.get(f"{name}_stderr")
    if error is not None:
        e = error.isel(at)
        band(ax, variable[others[0]], chosen, e, color=line.get_color())
    ax.set(xlabel=_label(variable[others[0]]), ylabel=_label(variable))
    return ax


def _map(ax, x, y, values, variable, keywords):
    """Colours: cyclic for phases, diverging about zero where both signs occur."""
    finite = np.asarray(values)[np.isfinite(values)]
    standard = {"cmap": SEQUENTIAL}
    if variable.attrs.get("dimension") == "rad":
        values, standard = np.mod(values, 2 * np.pi), {"cmap": CYCLIC, "vmin": 0, "vmax": 2 * np.pi}
    elif finite.size and finite.min() < 0 < finite.max():
        top = np.abs(finite).max()
        standard = {"cmap": DIVERGING, "vmin": -top, "vmax": top}
    if "norm" in keywords:
        standard = {"cmap": standard["cmap"]}
    image = ax.pcolormesh(x, y, values, **{"shading": "nearest", "rasterized": True} | standard | keywords)
    ax.figure.colorbar(image, ax=ax, label=_label(variable))
    return ax


def plot_field(data, name, time=None, ax=None, **keywords):
    """A field: in one dimension over space and time, or as a line at a time; else the plane at the record next to a time (default: the
    last), of a volume the middle one."""
    ax, variable = _new(ax), _variable(data, name)
    dim, space = _time(variable), [d for d in variable.dims if d in SPACE]
    if dim is None or not space:
        raise ToolError(f"'{name}' is no field; its dimensions are {variable.dims}")
    if len(space) == 1 and time is None:
        ax.set(xlabel="$x$", ylabel="$t$")
        return _map(ax, variable.x, variable[dim], variable.transpose(dim, "x"), variable, keywords)
    chosen = variable.isel({dim: -1 if time is None else int(np.abs(variable[dim].values - time).argmin())})
    if len(space) == 1:
        ax.plot(variable.x, chosen, **{"label": f"$t = {float(chosen[dim]):.4g}$"} | keywords)
        ax.set(xlabel="$x$", ylabel=_label(variable))
        return ax
    if len(space) == 3:
        chosen = chosen.isel(z=variable.sizes["z"] // 2)
    ax.set(xlabel="$x$", ylabel="$y$", aspect="equal")
    ax.set_title(f"$t = {float(chosen[dim]):.4g}$", loc="left")
    return _map(ax, variable.x, variable.y, chosen.transpose("y", "x"), variable, keywords)


def plot_scan(scan, name, x=None, y=None, ax=None, **keywords):
    """A reduction of a scan: a curve over its one axis, or over x with a curve for each word of another; else a map over x and y (default:
    the first two axes). Further axes must be chosen before, as by scan.sel(dt=0.1)."""
    ax, variable = _new(ax), _variable(scan, name)
    axes = [d for d in variable.dims if d not in ("time", "record")]
    if len(axes) != len(variable.dims):
        raise ToolError(f"'{name}' is a series; choose a time before, as by scan.isel(time=-1), or draw a reduction of it")
    for given in (x, y):
        if given is not None and given not in axes:
            raise ToolError(f"'{name}' has no axis '{given}'; there are: {', '.join(map(str, axes))}")
    x = x or next((d for d in axes if d != y), None)
    y = y or next((d for d in axes if d != x), None)
    if not 1 <= len(axes) <= 2:
        raise ToolError(f"'{name}' has the axes {', '.join(map(str, axes))}; choose values of all but two before, as by scan.sel({axes[-1] if axes else 'axis'}=...)")
    ax.set(xlabel=_label(scan[x]))
    if y is not None and scan[y].dtype.kind in "fiu":
        ax.set(ylabel=_label(scan[y]))
        return _map(ax, scan[x], scan[y], variable.transpose(y, x), variable, keywords)
    error = scan.get(f"{name}_stderr")
    for i in range(scan.sizes[y] if y is not None else 1):
        values, spread = (None if v is None else v.isel({y: i}) if y is not None else v for v in (variable, error))
        label = {"label": str(scan[y].values[i])} if y is not None else {}
        ax.errorbar(scan[x], values, spread, **{"marker": "o", "ms": 3, "lw": 0.9} | label | keywords)
    ax.set(ylabel=_label(variable))
    if y is not None:
        ax.legend(title=_label(scan[y]))
    return ax
