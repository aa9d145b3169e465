"""Expected numbers of an input, and the verdicts of a run against them.

expected.yaml beside an input is a list of

    - name: energy          # a variable of series.nc, fields.nc or scan.nc
      time: all             # all records, the end (default), or a time
      at: {k: 0.5}          # where along further dimensions; the nearest point
      value: 13.856406
      tolerance: 1e-9       # absolute
      sigmas: 4             # more standard errors of the run allowed on top (default 0)
      source: 16 sqrt(1 - omega^2)
"""
import os
import shlex

import numpy as np

from .errors import ToolError
from .params import flat, read_yaml

UNTOLD = ("output.", "checkpoint.", "fft.", "ensemble.keep", "ensemble.ranks_per_replica")  # they change no number
FLAGS = ("--resume", "--overwrite", "--quiet", "--verbose")  # options without a value; options may be cut short
KEYS = {"name", "time", "at", "value", "tolerance", "sigmas", "source"}


def load(path):
    rows = read_yaml(path)
    if not isinstance(rows, list):
        raise ToolError(f"{path}: must be a list of {{name, value, tolerance, ...}}")
    for number, row in enumerate(rows, 1):
        where = f"{path}: entry {number}"
        if not isinstance(row, dict) or not {"name", "value", "source"} <= set(row):
            raise ToolError(f"{where}: needs name, value and source")
        for key in row:
            if key not in KEYS:
                raise ToolError(f"{where}: unknown key '{key}'; there are: {', '.join(sorted(KEYS))}")
        for key in ("value", "tolerance", "sigmas"):
            if key in row and (isinstance(row[key], bool) or not isinstance(row[key], (int, float))):
                raise ToolError(f"{where}: {key} must be a number")
        if not row.get("tolerance") and not row.get("sigmas"):
            raise ToolError(f"{where}: needs a tolerance or sigmas above 0")
        if row.get("time", "end") not in ("all", "end") and not isinstance(row["time"], (int, float)):
            raise ToolError(f"{where}: time must be all, end or a number")
        if not isinstance(row.get("at", {}), dict):
            raise ToolError(f"{where}: at must be {{dimension: value}}")
    return rows


def differences(given, used):
    """Keys of an input whose values are not those of a run; written forms such as `auto` count as equal to anything."""
    found = []
    flat_used = flat(used)
    for key, value in flat(given).items():
        other = flat_used.get(key)
        if key.startswith(UNTOLD) or value == "auto":
            continue
        if isinstance(other, list) and not isinstance(value, list):
            value = [value]  # a number stands for a list of one
        if isinstance(value, (int, float)) and isinstance(other, (int, float)):
            if not np.isclose(value, other, rtol=1e-12):
                found.append(key)
        elif str(value) != str(other) and value != other:
            found.append(key)
    return found


def words_of(command):
    """The words of a command line as it stands in a file; older files do not quote names."""
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def overrides(words, given):
    """Parameters that -P of a command line set and that the input does not have: those that it has are compared by value."""
    pairs = [after for word, after in zip(words, words[1:]) if word == "-P"] + [w[2:] for w in words if w.startswith("-P") and len(w) > 2]
    keys = [pair.split("=", 1)[0] for pair in pairs]
    return [key for key in dict.fromkeys(keys) if not key.startswith(UNTOLD) and key not in flat(given)]


def input_of(words):
    """The file that a command line of weft run or weft scan collect names; None: that of another command."""
    begin, value = 2 if words[1:2] == ["run"] else 3 if words[1:3] == ["scan", "collect"] else len(words), False
    for word in words[begin:]:
        if not value and (word == "-" or not word.startswith("-")):
            return word
        value = not value and (word == "-P" or word.startswith("--") and "=" not in word and not any(f.startswith(word) for f in FLAGS))
    return None


def beside_input(result):
    """expected.yaml beside the input that the run's command names, and why it cannot be used ('' if it can)."""
    words = words_of(result.attrs.get("command", ""))
    name = input_of(words)
    if name is None:
        return None, ""
    if name in ("-", "/dev/stdin"):
        return None, "not looked for: the input came from standard input, which has no folder"
    if not os.path.exists(name):
        return None, f"not looked for: the input {name} is not there (from this folder)"
    if result.is_scan and os.path.basename(name) != "scan.yaml":
        return None, ""  # a folder may hold several scans
    path = os.path.join(os.path.dirname(name), "expected.yaml")
    if not os.path.exists(path):
        return None, ""
    given = read_yaml(name) or {}
    changed = differences(given, result.scan_file() if result.is_scan else result.parameters()) + overrides(words, given)
    if changed:
        return path, f"not compared with {path}: the run differs from {name} in {', '.join(changed)}"
    return path, ""


def find(folder, results, given):
    """Path of the expected numbers or None, and a note."""
    if given:
        return given, ""
    own = os.path.join(folder, "expected.yaml")
    if os.path.exists(own):
        return own, ""
    path, note = beside_input(results[0])
    return (None, note) if note else (path, "")


def select(result, row):
    """Values and standard errors (or None) that an entry names."""
    variable = result.variables[row["name"]]
    key = [slice(None)] * len(variable.dims)
    for i, dim in enumerate(variable.dims):
        if dim == "time":
            when, times = row.get("time", "end"), result.coordinate("time")
            if when != "all":
                key[i] = len(times) - 1 if when == "end" else int(np.argmin(np.abs(times - when)))
            if isinstance(when, (int, float)) and abs(times[key[i]] - when) > 1e-6 * max(abs(when), 1e-6):
                raise ToolError(f"{row['name']}: there is no record at time {when}; the nearest is at {times[key[i]]}")
        elif dim in row.get("at", {}):
            grid = result.coordinate(dim)
            key[i] = int(np.argmin(np.abs(grid - row["at"][dim])))
    for dim in row.get("at", {}):
        if dim not in variable.dims:
            raise ToolError(f"{row['name']}: has no dimension '{dim}'; there are: {', '.join(variable.dims)}")
    errors = result.variables.get(f"{row['name']}_stderr")
    return np.asarray(variable[tuple(key)], float), None if errors is None else np.asarray(errors[tuple(key)], float)


def judge(results, rows):
    """Verdicts: [{name, when, value, stderr, expected, allowed, source, verdict: agrees|differs|missing, note}]."""
    verdicts = []
    for row in rows:
        when = row.get("time", "end")
        entry = {"name": row["name"], "when": f"t = {when:g}" if isinstance(when, (int, float)) else
                 "all records" if when == "all" else "end", "expected": row["value"], "source": str(row["source"]),
                 "value": None, "stderr": None, "allowed": row.get("tolerance", 0.0), "verdict": "missing", "note": ""}
        entry["when"] += "".join(f", {k} = {v}" for k, v in row.get("at", {}).items())
        verdicts.append(entry)
        result = next((r for r in results if row["name"] in r.variables), None)
        if result is None:
            entry["note"] = "not observed in this run"
            continue
        try:
            values, errors = select(result, row)
        except ToolError as error:
            entry["note"] = str(error)
            continue
        if not values.size:
            entry["note"] = "no records"
            continue
        allowed = row.get("tolerance", 0.0) + row.get("sigmas", 0.0) * (0 if errors is None else errors)
        off = np.abs(values - row["value"])
        worst = np.unravel_index(np.argmax(np.where(np.isnan(off), np.inf, off - allowed)), off.shape)
        entry.update(value=float(values[worst]), stderr=None if errors is None else float(errors[worst]),
                     allowed=float(np.broadcast_to(allowed, off.shape)[worst]),
                     verdict="agrees" if bool(np.all(off <= allowed)) else "differs")
        if row.get("sigmas") and errors is None:
            entry["note"] = "no standard errors: one replica"
    return verdicts
