"""weft analyze kpz of a scan: the class of every point, as the program found it, with its evidence.

The classes are made by weft scan collect (derive: [class]) and only read here, so that there is one way to find them."""
import copy
import os
from types import SimpleNamespace

import numpy as np

from .classes import Classes, has_classes
from .errors import ToolError
from .fronts import constants
from .output import estimate, write_results
from .result import one_file, text


def is_scan(path):
    return os.path.exists(os.path.join(path, "scan.nc")) if os.path.isdir(path) else os.path.basename(path) == "scan.nc"


def parameters_at(result, cell, axes):
    """The resolved input of a point: that of the first, with the values of the axes."""
    found = copy.deepcopy(result.parameters())
    for variable in [*(result.coordinates[name] for name in axes)]:
        path = text(variable.attrs.get("parameter", "")).split(".")
        if len(path) == 2 and isinstance(found.get(path[0]), dict):
            name = variable.name.lstrip("/")
            words, at = result.words(name), cell[axes.index(name)]
            value = words[at] if words else float(result.coordinate(name)[at])
            found[path[0]][path[1]] = value
    return found


def coupling(known):
    """g = lambda^2 D/nu^3 of white noise, lambda^2 s^2/nu^4 of columnar noise."""
    nu, lam, noise, disorder = (known.get(key) for key in ("nu", "lambda", "D", "s"))
    if not nu or lam is None:
        return {}
    found = {"g": float(lam**2 * noise / nu**3)} if noise else {}
    return {**found, "g_columnar": float(lam**2 * disorder**2 / nu**4)} if disorder else found


def report_of_cell(classes, cell):
    excluded, unknown = classes.against(cell)
    known = constants(parameters_at(classes.result, cell, classes.axes))
    sure = float(classes.sureness[cell])
    return {"at": classes.place(cell), "class": classes.name(cell), "sureness": None if np.isnan(sure) else sure,
            "evidence": {name: estimate(*value) for name, value in classes.evidence(cell).items()},
            "parameters": {**{k: float(v) for k, v in known.items() if v is not None}, **coupling(known)},
            "excluded": excluded, "not_known": unknown}


def picture(classes):
    """The map of classes; of more than two axes the first cut."""
    from .plot_classes import paint_line, paint_map, panels
    from .style import plt
    figure, axis = plt.subplots(figsize=(6.4, 4.2))
    if len(classes.axes) == 1:
        paint_line(axis, classes, classes.axes[0])
        return figure
    page = SimpleNamespace(options=SimpleNamespace(x=None, lines=None))
    names, values, sureness, _, found, _, note = next(panels(page, classes))
    if np.isfinite(values).any():
        paint_map(axis, classes, names, values, sureness, found)
    axis.set_title(note.removeprefix(", "), loc="left")
    return figure


def analyse_scan(options):
    if len(options.results) > 1:
        raise ToolError("of scans one is analysed at a time")
    if options.window:
        raise ToolError("--window is for runs: a scan has its reductions from the program")
    result = one_file(options.results[0], "scan.nc")
    if not has_classes(result):
        raise ToolError(f"{options.results[0]}: has no classes; list class under derive in the scan file, run what is open, and collect again")
    classes = Classes(result)
    counts = {name: n for name, n, *_ in classes.counts()}
    report = {"analysis": "kpz", "rules": [f"{name}: {clause}" for name, clause in classes.clauses],
              "points": counts, "boundaries": classes.boundaries(), "cells": [report_of_cell(classes, cell) for cell in classes.cells()]}
    summary = [f"{n} points: {name}" for name, n in counts.items()]
    write_results(options, "kpz", report, picture(classes), summary)
    return 0
