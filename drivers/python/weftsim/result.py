"""Reading of result files."""
import os
import re

import h5py
import numpy as np

from .errors import IO_ERROR, ToolError, warn
from .params import parse_yaml
from .symbols import GREEK, symbol_of, typeset


SYMBOLS = {"time": "t", "x": "x", "y": "y", "z": "z", "k": "k", "k_log": "k", "r": "r"}  # of the axes of fields and spectra
REAL_UNITS = ("rad", "s")
LOOKED = 1 << 30  # bytes of numbers of a file that unread() reads
LARGEST = 1e150  # beyond it squares are no numbers any more, and matplotlib finds no ticks


def text(value):
    """An attribute as text."""
    if isinstance(value, h5py.Empty):
        return ""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        return text(value.flat[0]) if value.size else ""
    return str(value)


def formula(symbol):
    """A symbol that matplotlib can set, or nothing."""
    from matplotlib.mathtext import MathTextParser
    try:
        MathTextParser("path").parse(f"${symbol}$")
    except ValueError:
        return ""
    return symbol


def unit_of(dataset):
    """What the model says, where it is none that UDUNITS knows."""
    return text(dataset.attrs.get("dimension", "")) or text(dataset.attrs.get("units", ""))


def beyond(values):
    """Where they are finite, and too large for sums, squares and axes; None where they are nowhere."""
    found = np.isfinite(values) & ~((values >= -LARGEST) & (values <= LARGEST)) if np.asarray(values).dtype.kind == "f" else np.False_
    return found if np.any(found) else None


class Variable:
    """A variable of a result file, read when it is asked for. Numbers beyond LARGEST are nan, which is said once."""

    def __init__(self, dataset, dims):
        self.dataset = dataset
        self.name = dataset.name.lstrip("/")
        self.dims = dims
        self.shape = dataset.shape
        self.unit = unit_of(dataset)
        self.field, self.component = (text(dataset.attrs.get(key, "")) for key in ("field", "component"))
        self.long_name = text(dataset.attrs.get("long_name", self.name))
        self.given = False  # is the name one that the input gave?
        self.whole = None  # of a reduction of a scan: the variable that it reduces
        self.told = False

    @property
    def symbol(self):
        return formula(text(self.dataset.attrs.get("symbol", "")) or (self._own_symbol() if self.given else ""))

    def _own_symbol(self):
        part = {"re": r"\mathrm{Re}\,", "im": r"\mathrm{Im}\,"}.get(self.component, "")
        found = symbol_of(self.field if part else self.name)
        return part + found if found else ""

    @property
    def is_integer(self):
        return self.dataset.dtype.kind in "iu"

    def __getitem__(self, key):
        try:
            return self._usable(self.dataset[self._within(key)])
        except (OSError, ValueError, RuntimeError) as error:
            raise ToolError(f"{self.dataset.file.filename}: {self.name} cannot be read: {error}", IO_ERROR) from None

    def _usable(self, values):
        if self.name.endswith("_stderr") and np.any(values < 0):  # of a damaged file
            values = np.where(values < 0, np.nan, values)
        huge = beyond(values)
        if huge is None:
            return values
        if not self.told:
            warn(f"{self.dataset.file.filename}: numbers of {self.name} beyond {LARGEST:g} are left out, the largest {np.max(np.abs(values[huge])):.3g}")
        self.told = True
        return np.where(huge, np.nan, values)

    def _within(self, key):
        """The key within the lengths that all variables of the file have: one that is being written has some longer."""
        if key is Ellipsis:
            key = ()
        key = list(key) if isinstance(key, tuple) else [key]
        key += [slice(None)] * (len(self.shape) - len(key))
        for i, n in enumerate(self.shape):
            if n == self.dataset.shape[i]:
                continue
            if isinstance(key[i], slice):
                key[i] = slice(*key[i].indices(n)) if (key[i].step or 1) > 0 else key[i]
            elif isinstance(key[i], (int, np.integer)) and key[i] < 0:
                key[i] += n
        return tuple(key)

    def label(self):
        """For the axis of a picture: the symbol of formulas, or the name. Units such as "length" only repeat what it is."""
        label = f"${self.symbol}$" if self.symbol else typeset(self.name.replace("_", " "))
        if self.whole and not self.symbol:  # last of density_A
            label = f"{self.name.removesuffix('_' + self.whole.name).replace('_', ' ')} ${self.whole.symbol}$"
        return f"{label} [{self.unit}]" if self.unit in REAL_UNITS else label

    def title(self):
        """The long name up to where it begins to explain."""
        if self.component and "species" in self.long_name:
            return f"{(self.field or self.name.removesuffix('_' + self.component)).replace('_', ' ')} of {self.component}"
        short = re.split(r"; |: nan", self.long_name, maxsplit=1)[0]
        if self.whole:
            short = re.sub(rf"(?<!\w){re.escape(self.whole.name)}$", lambda _: f"${self.whole.symbol}$", short)
        if re.match(r"\d: ", short):  # what its numbers mean
            return self.name.replace("_", " ")
        short = re.sub(r"\bof a (species|reaction)\b", f"of {self.component or self.name.rsplit('_', 1)[-1]}", short)
        short = short if len(short) < 120 else short[:117] + "..."
        short = typeset(re.sub(r"(?<! about)(?<! of)(?<! from) \([^()+*/^-]*\)$", "", short))  # explanations, not places
        return f"{short} ${self.symbol}$" if short == "field" and self.symbol else short


class Result:
    """One of weft's netCDF-4 files."""

    def __init__(self, path):
        self.path = path
        try:
            self.file = h5py.File(path, "r")
        except OSError as error:
            if os.path.isfile(path) and not h5py.is_hdf5(path):
                error = "it is not an HDF5 file, as results are"
            raise ToolError(f"{path}: cannot be read: {error}", IO_ERROR) from None
        self.attrs = {key: text(value) for key, value in self.file.attrs.items()}
        self.variables = {}
        self.coordinates = {}
        try:
            for name in self.file:
                self._take(name)
        except (OSError, ValueError, RuntimeError) as error:
            raise ToolError(f"{path}: cannot be read: {error}", IO_ERROR) from None
        self._cut()
        self._name_formulas()
        self._name_events()
        self._name_reductions()
        if not self.coordinates:
            raise ToolError(f"{path}: holds none of weft's results")

    def _take(self, name):
        """A dataset of this very file: results of others may have links to files that are no business of theirs."""
        if not isinstance(self.file.get(name, getlink=True), h5py.HardLink):
            return
        item = self.file[name]
        if not isinstance(item, h5py.Dataset):
            return
        if item.external:
            raise ToolError(f"{self.path}: the values of {name} are in another file, which is not read", IO_ERROR)
        if h5py.h5ds.is_scale(item.id):
            self.coordinates[name] = item
        else:
            self.variables[name] = Variable(item, self._dims(item))

    def _cut(self):
        """To the shortest length of each dimension."""
        self.length = {name: scale.shape[0] for name, scale in self.coordinates.items() if scale.shape}
        for variable in self.variables.values():
            for dim, n in zip(variable.dims, variable.dataset.shape):
                self.length[dim] = min(self.length.get(dim, n), n)
        for variable in self.variables.values():
            variable.shape = tuple(self.length[dim] for dim in variable.dims)

    def _name_formulas(self):
        """What the input names and writes as a formula is explained by the formula."""
        own = self.parameters().get("equation") if self.attrs.get("model") == "equation" else None
        if not isinstance(own, dict):
            return
        formulas = own.get("observables")
        formulas = dict(formulas) if isinstance(formulas, dict) else {}
        observe = self.parameters().get("observe")
        listed = observe.get("list") if isinstance(observe, dict) else None
        for written in listed if isinstance(listed, list) else []:
            formulas.setdefault(observable_name(str(written)), written)
        for variable in self.variables.values():
            field = variable.long_name.split(":")[0] == "field"
            variable.given = field or variable.long_name == "formula of the input"
            if field:
                variable.long_name = f"field {variable.name}"
            elif variable.given and variable.name in formulas:
                variable.long_name = str(formulas[variable.name])

    def _name_events(self):
        """Counts of events are explained by their reaction: by its name, or as the input writes one that has none."""
        every = "events since the start, of each reaction, then hops and exchanges: "
        counts = {v.long_name.removeprefix(every): v for v in self.variables.values() if v.long_name.startswith(every)}
        own = counts and self.parameters().get("reaction_lattice")
        reactions = own.get("reactions") if isinstance(own, dict) else None
        written = {f"r{i}": str(r.get("reaction")) for i, r in enumerate(reactions, 1)
                   if isinstance(r, dict) and "name" not in r} if isinstance(reactions, list) else {}
        for name, variable in counts.items():
            variable.long_name = "events since the start: " + written.get(name, name)

    def _name_reductions(self):
        """Reductions of a scan have the symbol of what they reduce, where the file has it."""
        for name, variable in self.variables.items() if self.is_scan else ():
            parts = name.split("_")
            wholes = (self.variables.get("_".join(parts[i:])) for i in range(1, len(parts)))
            variable.whole = next((w for w in wholes if w and w.symbol and variable.long_name.endswith(w.name)), None)

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
                try:
                    values = scale[: self.length.get(name, scale.shape[0])]
                except (OSError, ValueError, RuntimeError) as error:
                    raise ToolError(f"{self.path}: {name} cannot be read: {error}", IO_ERROR) from None
                if beyond(values) is not None:
                    raise ToolError(f"{self.path}: the coordinate {name} has numbers beyond {LARGEST:g}; the file is damaged or not one of weft's", IO_ERROR)
                return np.array([text(v) for v in values]) if values.dtype.kind in "OS" else values
            return np.arange(scale.shape[0])
        raise KeyError(name)

    def unread(self, most=LOOKED):
        """Read every number once, so that the library compares the checksums; how many bytes there are where they are too many for that."""
        stored = [(name, scale, self.length.get(name, 0)) for name, scale in self.coordinates.items() if scale.chunks]
        stored += [(name, v.dataset, v.shape[0]) for name, v in self.variables.items() if v.dataset.chunks]
        size = sum(dataset.nbytes for _, dataset, _ in stored)
        if size > most:
            return size
        for name, dataset, rows in stored:
            row = max(1, dataset.nbytes // max(1, dataset.shape[0]))
            step = dataset.chunks[0] * max(1, (1 << 24) // (row * dataset.chunks[0]))
            try:
                for first in range(0, rows, step):
                    dataset[first : min(first + step, rows)]
            except (OSError, ValueError, RuntimeError) as error:
                raise ToolError(f"{self.path}: {name} cannot be read: {error}", IO_ERROR) from None
        return 0

    def coordinate_label(self, name):
        """For the axis of a picture: the symbol, or the name."""
        scale = self.coordinates.get(name)
        symbol = formula(text(scale.attrs.get("symbol", ""))) if scale is not None else ""
        symbol = symbol or SYMBOLS.get(name) or (f"\\{name}" if name in GREEK else "")
        return f"${symbol}$" if symbol else name.replace("_", " ")

    def times(self):
        """Times of the records."""
        if "time" not in self.coordinates or self.length.get("time", 0) == 0:
            raise ToolError(f"{self.path}: holds no records yet")
        return self.coordinate("time")

    def words(self, name):
        """What the numbers along an axis stand for, where they are words; else None."""
        names = text(self.coordinates[name].attrs.get("flag_meanings", "")).split()
        return [word.replace("_", " ") if word.startswith("[") else word for word in names] or None

    def title(self):
        return self.attrs.get("title", os.path.basename(self.path))

    def error_of(self, name):
        """The standard errors of a variable, or None."""
        found = self.variables.get(f"{name}_stderr")
        return None if found is None else found[...]

    def samples(self, name):
        """The series of single replicas (replica, ...) of a variable, those of replicas that there are: not of those that failed or are not
        done yet, which are nan in all that was recorded. None where single ones were not kept."""
        found = self.variables.get(f"{name}_replica")
        if found is None:
            return None
        values = found[...]
        nothing = np.isnan(values.reshape(len(values), -1)).all(axis=1)
        if nothing.any():
            absent = absent_replicas(v[...] for key, v in self.variables.items() if key.endswith("_replica"))
            values = values[~(nothing & absent)]
        return values

    def parameters(self):
        """The resolved input as nested dictionaries; empty where the file has none."""
        found = parse_yaml(self.attrs.get("input", ""), f"{self.path}: attribute input", IO_ERROR) or {}
        if not isinstance(found, dict):
            raise ToolError(f"{self.path}: the attribute input is no input of weft; the file is damaged or not one of weft's", IO_ERROR)
        return found

    def dimension(self):
        """Number of axes of the grid; 1 where the file does not tell."""
        n = self.parameters().get("grid", {}).get("n", [0])
        return len(n) if isinstance(n, list) else 1

    def species(self):
        """The names of the species of a reaction model, in their order; else none."""
        parameters = self.parameters()
        names = parameters.get(str(parameters.get("model")), {})
        names = names.get("species", []) if isinstance(names, dict) else []
        return [str(name) for name in names] if isinstance(names, list) else [str(names)]

    def scan_file(self):
        """The text of a scan as nested dictionaries."""
        found = parse_yaml(self.attrs.get("scan", ""), f"{self.path}: attribute scan", IO_ERROR)
        return found if isinstance(found, dict) else {}

    @property
    def is_scan(self):
        """Has it a status for each point of the scan's axes?"""
        return "status" in self.variables and "time" not in self.variables["status"].dims


def absent_replicas(series):
    """Which replicas are nan in all of the series (replica, ...)?"""
    return np.all([np.isnan(values.reshape(len(values), -1)).all(axis=1) for values in series], axis=0)


def observable_name(written):
    """The variable of an observable as a run names it: mean(u^2) is mean_u2."""
    return re.sub(r"[^A-Za-z0-9_]", "", written.replace(".", "p").replace("-", "m").replace("(", "_"))


def is_auxiliary(name, names):
    """Is it, among these names, the error of another variable, or the series of single replicas? An observable of its own
    may end in "_error", too (force_error)."""
    return name.endswith(("_stderr", "_replica")) or (name.endswith("_error") and name.removesuffix("_error") in names)


def files_of(argument):
    """The result files that an argument of the command line means."""
    if os.path.isdir(argument):
        found = [os.path.join(argument, n) for n in ("scan.nc", "series.nc", "fields.nc")]
        found = [path for path in found if os.path.exists(path)]
        if not found and os.path.exists(os.path.join(argument, "scan.yaml")):
            raise ToolError(f"{argument}: the scan is not collected yet; run weft scan collect first")
        if not found:
            raise ToolError(f"{argument}: holds neither series.nc nor fields.nc nor scan.nc; give the directory of a "
                            "run or a scan")
        return found
    if not os.path.exists(argument):
        raise ToolError(f"{argument}: there is no such file or directory")
    return [argument]


def one_file(argument, name):
    """The file of that name in a result directory, or the file itself."""
    path = os.path.join(argument, name) if os.path.isdir(argument) else argument
    if not os.path.exists(path):
        raise ToolError(f"{argument}: holds no {name}" if os.path.isdir(argument) else
                        f"{argument}: there is no such file or directory")
    return Result(path)
