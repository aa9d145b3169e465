"""Reading of result files."""
import os

import h5py
import numpy as np

INPUT_ERROR, IO_ERROR = 2, 4


class ToolError(Exception):
    """An error with the exit code of the program."""

    def __init__(self, message, code=INPUT_ERROR):
        super().__init__(message)
        self.code = code


def text(value):
    """An attribute as text."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        return text(value.flat[0]) if value.size else ""
    return str(value)


class Variable:
    """A variable of a result file, read when it is asked for."""

    def __init__(self, dataset, dims):
        self.dataset = dataset
        self.name = dataset.name.lstrip("/")
        self.dims = dims
        self.unit = text(dataset.attrs.get("units", ""))
        self.long_name = text(dataset.attrs.get("long_name", self.name))

    @property
    def shape(self):
        return self.dataset.shape

    def __getitem__(self, key):
        return self.dataset[key]

    def label(self):
        return f"{self.name} [{self.unit}]" if self.unit and self.unit != "1" else self.name


class Result:
    """One of weft's netCDF-4 files."""

    def __init__(self, path):
        self.path = path
        try:
            self.file = h5py.File(path, "r")
        except OSError as error:
            raise ToolError(f"{path}: cannot be read: {error}", IO_ERROR) from None
        self.attrs = {key: text(value) for key, value in self.file.attrs.items()}
        self.variables = {}
        self.coordinates = {}
        for name, item in self.file.items():
            if not isinstance(item, h5py.Dataset):
                continue
            if h5py.h5ds.is_scale(item.id):
                self.coordinates[name] = item
            else:
                self.variables[name] = Variable(item, self._dims(item))
        if not self.coordinates:
            raise ToolError(f"{path}: holds none of weft's results")

    @staticmethod
    def _dims(dataset):
        names = []
        for i, dim in enumerate(dataset.dims):
            names.append(dim[0].name.lstrip("/") if len(dim) else f"dim_{i}")
        return tuple(names)

    def coordinate(self, name):
        """Values of a dimension; the index where it has none."""
        if name in self.coordinates:
            scale = self.coordinates[name]
            if not text(scale.attrs.get("NAME", "")).startswith("This is a netCDF dimension"):
                return scale[...]
            return np.arange(scale.shape[0])
        raise KeyError(name)

    def coordinate_label(self, name):
        unit = text(self.coordinates[name].attrs.get("units", "")) if name in self.coordinates else ""
        return f"{name} [{unit}]" if unit and unit not in ("1", name) else name

    def title(self):
        return self.attrs.get("title", os.path.basename(self.path))


def files_of(argument):
    """The result files that an argument of the command line means."""
    if os.path.isdir(argument):
        found = [os.path.join(argument, n) for n in ("series.nc", "fields.nc")]
        found = [path for path in found if os.path.exists(path)]
        if not found:
            raise ToolError(f"{argument}: holds neither series.nc nor fields.nc; give the directory of a run")
        return found
    if not os.path.exists(argument):
        raise ToolError(f"{argument}: there is no such file or directory")
    return [argument]
