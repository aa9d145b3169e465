"""weft analyze kpz of a scan: the class of every point, as the program found it, with its evidence.

The classes are made by weft scan collect (derive: [class]) and only read here, so that there is one way to find them."""
import os
from types import SimpleNamespace

import numpy as np

from .classes import Classes, has_classes
from .errors import ToolError
from .output import estimate
from .result import one_file


def is_scan(path):
    return os.path.exists(os.path.join(path, "scan.nc")) if os.path.isdir(path) else os.path.basename(path) == "scan.nc"


CONSTANTS = ("kpz_nu", "kpz_lambda", "kpz_noise", "kpz_disorder", "kpz_coupling", "kpz_coupling_columnar", "kpz_crossover")


def report_of_cell(classes, cell):
    excluded, unknown = classes.against(cell)
    known = {name: float(classes.result.variables[name][...][cell]) for name in CONSTANTS if name in classes.result.variables}
    sure = float(classes.sureness[cell])
    return {"at": classes.place(cell), "class": classes.name(cell), "sureness": None if np.isnan(sure) else sure,
            "evidence": {name: estimate(*value) for name, value in classes.evidence(cell).items()},
            "parameters": {name: value for name, value in known.items() if np.isfinite(value)},
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
    return report, lambda: picture(classes), summary
