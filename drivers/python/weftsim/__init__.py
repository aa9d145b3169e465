"""weft from Python: run inputs, open results as xarray data, draw and analyse them.

>>> import weftsim
>>> run = weftsim.run("input.yaml", ranks=2)      # doctest: +SKIP
>>> run.open().energy.plot()                      # doctest: +SKIP
"""
import importlib

_FROM = {"run": "program", "check": "program", "Run": "program", "Scan": "program", "WeftError": "program",
         "open": "data", "open_scan": "data", "ToolError": "errors",
         "plot_series": "axes", "plot_profile": "axes", "plot_field": "axes", "plot_scan": "axes"}
__all__ = sorted(_FROM)
__version__ = "0.1.0"


def __getattr__(name):  # what is not used (matplotlib, xarray) is not loaded
    if name not in _FROM:
        raise AttributeError(f"module weftsim has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_FROM[name]}", __name__), name)
