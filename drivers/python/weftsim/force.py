"""weft analyze force: error against cost of the forces of the Holstein model, at a run's own states."""
import copy
import os
import re
import tempfile

import numpy as np

from .errors import ToolError
from .output import analysis_arguments
from .program import WeftError, call, written
from .result import one_file

KINDS = {"rational": {"force": "rational"}, "rational, repaired": {"force": "rational", "force_repair": True},
         "chebyshev": {"force": "chebyshev"}, "auto": {"force": "auto"}, "auto, repaired": {"force": "auto", "force_repair": True}}
OWN = ("force", "force_tolerance", "force_repair", "force_file", "radius", "order")  # keys that say how a force is found
SEEN = ["force_cost", "force_error", "force_error_max", "force_sites", "force_poles", "force_order", "force_repaired"]
DENSE_SITES = 1600  # diagonalisation is the reference up to so many sites
TIGHT = 1e-6        # tolerance of the reference beyond


class States:
    """Snapshots of a run of the model holstein, and its input."""

    def __init__(self, path):
        self.result = one_file(path, "fields.nc")
        self.parameters = self.result.parameters()
        if self.parameters.get("model") != "holstein":
            raise ToolError(f"{path}: is a run of {self.parameters.get('model')}; forces of electrons belong to the model holstein")
        if "Q" not in self.result.variables:
            raise ToolError(f"{path}: its snapshots have no field Q; add it to output.fields")
        if self.parameters["holstein"].get("dynamics") == "ehrenfest":
            raise ToolError(f"{path}: with dynamics: ehrenfest the density is that of orbitals, not of a force")
        if "replica" in self.result.variables["Q"].dims:
            raise ToolError(f"{path}: its snapshots are those of several replicas; run one with ensemble.replicas: 1")
        self.times = self.result.times()
        self.sites = int(np.prod(self.result.variables["Q"].shape[1:]))

    def trained(self):
        """The file of the learned force that moved the run, where it can be found from here; else None."""
        path = self.parameters["holstein"].get("force_file")
        return path if path and os.path.exists(path) else None

    def chosen(self, count):
        """Records that are spread over the times, the last one among them."""
        return sorted(set(np.linspace(len(self.times) - 1, 0, count).round().astype(int).tolist()))

    def density(self, record, keys, folder):
        """(n at all sites, {observable: value}) at the start of a run from a snapshot, with these keys of the force."""
        text = copy.deepcopy(self.parameters)
        own = {key: value for key, value in text["holstein"].items() if key not in OWN}
        start = float(self.times[record])
        text["holstein"] = {**own, **keys}
        text["initial"] = {"type": "file", "path": os.path.abspath(self.result.path), "record": int(record)}
        dt = float(self.result.attrs["dt"])
        text["time"] = {"start": start, "end": start + dt, "dt": dt, "stepper": text["time"]["stepper"]}
        text["observe"] = {"list": SEEN}
        text["output"] = {"fields_every": dt, "fields": ["density"]}
        text["ensemble"] = {"replicas": 1, "seed": 1}
        out = os.path.join(folder, "run")
        call(["run", written(text, folder), "--out", out, "--overwrite", "-q"])
        series = one_file(out, "series.nc")
        return one_file(out, "fields.nc").variables["density"][0].ravel(), {name: float(series.variables[name][0]) for name in SEEN}


def reference_of(states):
    """How the exact density is found, as keys and in words."""
    if states.sites <= DENSE_SITES:
        return {"force": "dense"}, "diagonalisation"
    return {"force": "chebyshev", "force_tolerance": TIGHT}, f"chebyshev at a tolerance of {TIGHT:g}"


def measure(states, records, tolerances, kinds, reference):
    """One row for each state, kind of force and tolerance; those that refuse have a reason and no numbers."""
    rows = []
    coupling = states.parameters["holstein"]["coupling"]
    with tempfile.TemporaryDirectory() as folder:
        for record in records:
            exact = states.density(record, reference, folder)[0]
            for kind, keys in kinds.items():
                for tolerance in tolerances:
                    row = {"time": float(states.times[record]), "force": kind, "tolerance": tolerance}
                    rows.append(row)
                    try:
                        n, seen = states.density(record, keys if tolerance is None else {**keys, "force_tolerance": tolerance}, folder)
                    except WeftError as error:
                        row["refused"] = str(error).splitlines()[0]
                        continue
                    off = n - exact
                    row.update(rms=float(np.sqrt(np.mean(off**2))), largest=float(np.max(np.abs(off))), **seen)
                    if len(coupling) == 1 and coupling[0] > 0:
                        row["stated_rms"] = seen["force_error"] / coupling[0]
    return rows


def reason_of(words):
    """Why a force refuses, without the time, which stands in the row, and without advice."""
    return re.sub(r"^at time \S+: ", "", words).split(";")[0]


def line_of(row):
    head = f"{row['time']:<9.4g} {row['force']:19} {'' if row['tolerance'] is None else format(row['tolerance'], '.0e'):9}"
    if "refused" in row:
        return f"{head} refused: {reason_of(row['refused'])}"
    how = f"{row['force_sites']:.0f} sites, " + (f"{row['force_poles']:.0f} poles" if row["force_poles"] else f"order {row['force_order']:.0f}")
    if row["force_repaired"]:
        how += f", {100 * row['force_repaired']:.3g} % again"
    return f"{head} {row['rms']:9.2e} {row.get('stated_rms', np.nan):9.2e} {row['largest']:9.2e} {row['force_cost']:9.4f}  {how}"


def page(rows, kinds, records, title):
    from .style import COLOURS, plt
    figure, axes = plt.subplots(1, len(records), figsize=(max(4.6, 3.6 * len(records)), 3.6), squeeze=False, sharey=True)
    times = sorted({row["time"] for row in rows})
    for axis, time in zip(axes[0], times):
        for kind, colour, marker in zip(kinds, COLOURS, "os^Dvp"):
            found = [row for row in rows if row["time"] == time and row["force"] == kind and "rms" in row]
            if found:
                open_ring = kind.startswith("auto")  # around the one that it took
                axis.loglog([row["force_cost"] for row in found], [max(row["rms"], 1e-16) for row in found], marker=marker,
                            ms=9 if open_ring else 5, lw=0 if open_ring else 0.8, color=colour, label=kind,
                            mfc="none" if open_ring or "repaired" in kind else colour)
        axis.set(xlabel="cost / µs a site", title=f"t = {time:.4g}")
    axes[0, 0].set_ylabel("rms error of n")
    handles = {label: handle for axis in axes[0] for handle, label in zip(*axis.get_legend_handles_labels())}
    if handles:
        axes[0, -1].legend(handles.values(), handles.keys(), loc="center left", bbox_to_anchor=(1.02, 0.5), fontsize="small")
    figure.suptitle(title)
    return figure


def parse(arguments):
    parser = analysis_arguments("force", "Error against cost of the forces of the model holstein at the snapshots of a run.")
    parser.add_argument("--states", type=int, default=3, metavar="N", help="snapshots to take, spread over the run; default: 3")
    parser.add_argument("--tolerances", nargs="+", type=float, default=[1e-2, 1e-3, 1e-4], metavar="E", help="default: 1e-2 1e-3 1e-4")
    parser.add_argument("--learned", metavar="FILE", help="compare the learned force of this file too; default: the one that moved the run")
    options = parser.parse_args(arguments)
    if len(options.results) > 1:
        parser.error("one DIR at a time")
    if options.states < 1:
        parser.error("--states: at least 1")
    if not all(1e-13 <= value <= 0.1 for value in options.tolerances):
        parser.error("--tolerances: from 1e-13 to 0.1, as force_tolerance")
    return options


def results(options):
    """The report, a function that draws its page, and lines for people."""
    states = States(options.results[0])
    records = states.chosen(options.states)
    reference, words = reference_of(states)
    rows = measure(states, records, sorted(options.tolerances, reverse=True), KINDS, reference)
    kinds = dict(KINDS)
    trained = options.learned or states.trained()
    if trained:
        kinds["learned"] = {"force": "learned", "force_file": os.path.abspath(trained)}
        rows += measure(states, records, [None], {"learned": kinds["learned"]}, reference)
    report = {"analysis": "force", "run": options.results[0], "sites": states.sites, "reference": words, "rows": rows}
    head = f"{'time':9} {'force':19} {'tolerance':9} {'rms n':9} {'stated':9} {'largest':9} {'us/site':9}"
    summary = [f"reference: {words}", head, *map(line_of, rows)]
    return report, lambda: page(rows, kinds, records, f"forces at the states of {options.results[0]}"), summary
