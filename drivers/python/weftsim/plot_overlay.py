"""Several runs in the same pictures: an observable of each as a curve over time, or its record over an axis."""
import os

import numpy as np

from .errors import ToolError
from .page import Page
from .params import flat
from .plot_profiles import is_histogram, is_spectrum
from .draw_series import draw_scalar, has_parts
from .result import Result, is_auxiliary

UNTOLD = ("ensemble.seed", "time.end", "observe.list", "output.fields", "checkpoint.every")  # differences that no reader asks for


def names_of(results):
    """What tells the runs from each other: the parameters in which they differ (up to three), else their folders."""
    inputs = [flat(result.parameters()) for result in results]
    keys = dict.fromkeys(key for one in inputs for key in one)
    differ = [key for key in keys if len({str(one.get(key, "-")) for one in inputs}) > 1 and key not in UNTOLD]
    if 0 < len(differ) <= 3:
        return [", ".join(f"{key.split('.', 1)[-1]} = {one_value(one.get(key, '-'))}" for key in differ) for one in inputs]
    folders = [os.path.dirname(os.path.abspath(result.path)) for result in results]
    common = os.path.commonpath(folders)
    return [os.path.relpath(folder, common) if folder != common else os.path.basename(folder) for folder in folders]


def one_value(value):
    """A list of one is its element."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def curve(page, axis, results, labels, name):
    """Curves over time, with their errors as bands."""
    columns = {}
    for result, label in zip(results, labels):
        if name not in result.variables:
            continue
        found = draw_scalar(page, axis, result, result.variables[name], result.times(), label=label, change=False)
        columns.update({f"{key} of {label}": values for key, values in found.items()})
    return columns


def profile(page, axis, results, labels, name):
    """A record of each run over its axis: the last one, or that of --time."""
    columns = {}
    for result, label in zip(results, labels):
        if name not in result.variables:
            continue
        variable, times = result.variables[name], result.times()
        own = page.of(result)
        for record in own.records(times, 1) if page.options.time else [len(times) - 1]:
            grid, values = result.coordinate(variable.dims[1]), variable[record]
            at = f"{label}, $t = {times[record]:.4g}$"
            axis.plot(grid, values, label=at, drawstyle="steps-mid" if is_histogram(variable) else None)
            columns |= {f"{variable.dims[1]} of {at}": grid, f"{name} of {at}": values}
        axis.set_xlabel(result.coordinate_label(variable.dims[1]))
        axis.set_ylabel(variable.label())
        axis.set_title(page.heading(variable.title(), 5.2), loc="left")
    if is_spectrum(variable):
        axis.set(xscale="log", yscale="log")
    page.scales(axis)
    return columns


def plot_overlay(options, files):
    """Pictures of all observables that at least two of the runs have; their paths."""
    results = [Result(path) for path in files if os.path.basename(path) != "fields.nc"]
    if len(results) < 2:
        raise ToolError("--overlay needs the series of at least two runs")
    page = Page(options, results[0])
    labels = names_of(results)
    counts = {}
    for result in results:
        for variable in result.variables.values():
            if variable.dims[:1] == ("time",) and not is_auxiliary(variable.name, result.variables) and page.wants(variable.name):
                counts.setdefault(variable.name, []).append(variable)
    for name, variables in counts.items():
        dims = {variable.dims for variable in variables}
        if len(variables) < 2 or len(dims) > 1 or len(variables[0].dims) > 2 or has_parts(variables[0]):
            continue
        figure, axis = page.figure(5.2, 3.6)
        draw = curve if len(variables[0].dims) == 1 else profile
        columns = draw(page, axis, results, labels, name)
        if np.all([not np.isfinite(values).any() for key, values in columns.items() if not key.startswith("time")]):
            page.drop(figure)
            continue
        axis.legend(fontsize="x-small")
        page.save(figure, name)
        page.data(name, columns)
    return page.written
