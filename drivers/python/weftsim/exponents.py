"""Exponents of power laws from the data of a run, with errors."""
import numpy as np

from .errors import ToolError
from .result import absent_replicas
from .slopes import local_slopes, window_slope


def _series(data, name):
    """Times, values, errors (or None) and single replicas (or None) of an observable of one number."""
    if name not in data or data[name].dims != ("time",):
        raise ToolError(f"'{name}' is no observable over time alone; there are: "
                        + ", ".join(sorted(str(key) for key, value in data.data_vars.items() if value.dims == ("time",))))
    error, replicas = data.get(f"{name}_stderr"), data.get(f"{name}_replica")
    if replicas is not None:  # those that failed, or are not done, are nan in all that was recorded
        of_replicas = [v.transpose("replica", ...).values for key, v in data.data_vars.items() if str(key).endswith("_replica")]
        replicas = replicas.transpose("replica", "time").values[~absent_replicas(of_replicas)]
    good = (data.time.values > 0) & (data[name].values > 0)
    return (data.time.values[good], data[name].values[good], None if error is None else error.values[good],
            None if replicas is None else replicas[:, good])


def exponent(data, name, window=None):
    """(exponent, error) of NAME ~ t^exponent over the times in window; default: the last decade.

    The error is a jackknife over the replicas where the data has them (ensemble.keep: all), else an upper bound from the standard
    errors of both ends; nan where there is neither. The exponent is nan with fewer than three records."""
    times, values, errors, replicas = _series(data, name)
    if not len(times):
        return np.nan, np.nan
    low, high = window or (times[-1] / 10, times[-1])
    found = window_slope(times, values, errors, low, high, replicas)
    return tuple(np.nan if value is None else float(value) for value in found)


def local_exponents(data, name, ratio=3.0):
    """A Dataset over time: `exponent` between pairs of times a factor apart, and `exponent_stderr` where errors are known."""
    import xarray
    times, values, errors, _ = _series(data, name)
    middle, slope, spread = local_slopes(times, values, errors, ratio)
    found = {"exponent": ("time", slope)} | ({} if spread is None else {"exponent_stderr": ("time", spread)})
    return xarray.Dataset(found, {"time": middle}, {"observable": name, "ratio": ratio})
