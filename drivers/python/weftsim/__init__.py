"""weft from Python: run inputs, open results as xarray data, draw and analyse them.

>>> import weftsim
>>> run = weftsim.run({"model": "kuramoto", "grid": {"n": [32]}, "kuramoto": {"noise": 0.1}, "initial": {"type": "flat"},
...                    "time": {"dt": 0.1, "end": 20}, "observe": {"every": 1.0, "list": ["width2"]}}, out="ring")
>>> data = run.open()
>>> data.width2.dims, run.status
(('time',), 'complete')
>>> weftsim.plot_series(data, "width2").get_ylabel()
'$W^2$'
"""
import importlib

_FROM = {"run": "program", "check": "program", "Run": "program", "Scan": "program", "WeftError": "program",
         "open": "data", "open_scan": "data", "ToolError": "errors",
         "analysis": "analyze", "exponent": "exponents", "local_exponents": "exponents",
         "plot_series": "axes", "plot_profile": "axes", "plot_field": "axes", "plot_scan": "axes"}
__all__ = sorted(_FROM)
__version__ = "0.1.0"


def __getattr__(name):  # what is not used (matplotlib, xarray) is not loaded
    if name not in _FROM:
        raise AttributeError(f"module weftsim has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_FROM[name]}", __name__), name)
