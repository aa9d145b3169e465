"""Results as xarray data, with labels in place of numbers."""
import os

import numpy as np

from .errors import IO_ERROR, ToolError
from .params import parse_yaml

TEXTS = {"input": dict, "scan": dict}


def _decode(data, path):
    """Attributes that are YAML become dictionaries."""
    for name in TEXTS:
        if isinstance(data.attrs.get(name), str):
            found = parse_yaml(data.attrs[name], f"{path}: attribute {name}", IO_ERROR)
            data.attrs[name] = found if isinstance(found, dict) else {}
    return data


def _open_one(path, chunks):
    import xarray
    try:
        data = xarray.open_dataset(path, engine="h5netcdf", decode_times=False, chunks=chunks)
    except (OSError, ValueError, KeyError) as error:
        raise ToolError(f"{path}: cannot be read: {error}", IO_ERROR) from None
    return _decode(data, path)


def labelled(data):
    """The same data with axes of words by their words: data.sel(stepper="verlet"). The numbers of kinks count from 1."""
    for name in list(data.coords):
        coordinate = data[name]
        if "labels" in coordinate.attrs:
            labels = str(coordinate.attrs["labels"]).split("\n")
        elif "flag_meanings" in coordinate.attrs:
            labels = str(coordinate.attrs["flag_meanings"]).split()
        else:
            continue
        index = np.asarray(coordinate.values).astype(int)
        keep = {k: v for k, v in coordinate.attrs.items() if k not in ("labels", "flag_meanings", "flag_values")}
        data = data.assign_coords({name: (coordinate.dims, np.array([labels[i] for i in index], object), keep)})
    return data


def open(path, chunks=None):  # noqa: A001 the name is that of xarray, h5py, ...
    """One Dataset of a run's directory (or file): observables over `time`, fields over `time_fields` where their times are others. A field
    that bears the name of an observable (density_A and its mean) is NAME_field.

    Read when asked for; with chunks={} by dask. attrs["input"] is the resolved input as a dictionary."""
    import xarray
    path = os.fspath(path)
    if not os.path.isdir(path):
        return labelled(_open_one(path, chunks))
    files = [os.path.join(path, name) for name in ("series.nc", "fields.nc") if os.path.exists(os.path.join(path, name))]
    if not files:
        if os.path.exists(os.path.join(path, "scan.nc")):
            return open_scan(path, chunks)
        raise ToolError(f"{path}: holds neither series.nc nor fields.nc; give the directory of a run")
    parts = [_open_one(file, chunks) for file in files]
    if len(parts) == 2 and not np.array_equal(parts[0].time, parts[1].time):
        parts[1] = parts[1].rename(time="time_fields")
    if len(parts) == 2:
        parts[1] = parts[1].rename({name: f"{name}_field" for name in parts[1].data_vars if name in parts[0]})
    data = parts[0] if len(parts) == 1 else xarray.merge(parts, combine_attrs="override", compat="override")
    data.attrs["status"] = parts[0].attrs.get("status", "unknown")
    return labelled(data)


def open_scan(path, chunks=None):
    """The Dataset of a scan over its axes; points that are not done are nan, `status` says why."""
    path = os.fspath(path)
    file = os.path.join(path, "scan.nc") if os.path.isdir(path) else path
    if not os.path.exists(file):
        raise ToolError(f"{path}: holds no scan.nc; run weft scan collect first")
    return labelled(_open_one(file, chunks))
