"""The inputs of equations give the numbers that their expected.yaml promises, each with its source."""
import sys

from program import SOURCE, check, end, np, os, scratch, weft

sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))
from weftsim import expected  # noqa: E402
import h5py  # noqa: E402

# what falls from record to record (gradient flows), to rounding
FALLS = {"swift_hohenberg": "free_energy", "swift_hohenberg_stripes": "free_energy", "allen_cahn": "free_energy", "conserved_allen_cahn": "free_energy",
         "allen_cahn_coarsening": "free_energy", "cahn_hilliard_coarsening": "free_energy"}
cases = os.path.join(SOURCE, "inputs", "equation")


def along(variable, at):
    """The values of a variable (time, k) nearest to at, or those of a variable (time)."""
    if not at:
        return variable[...]
    (_, value), = at.items()
    coordinate = variable.dims[1][0][...]
    return variable[...][:, np.argmin(np.abs(coordinate - value))]


def compare(case, row, series):
    name = row["name"]
    if name not in series:
        check(False, f"{case}: there is no {name}")
        return
    values, times = along(series[name], row.get("at")), series["time"][...]
    when = row.get("time", "end")
    chosen = values if when == "all" else values[-1:] if when == "end" else values[[np.argmin(np.abs(times - when))]]
    allowed = row.get("tolerance", 0)
    if "sigmas" in row:
        allowed = allowed + row["sigmas"] * along(series[name + "_stderr"], row.get("at"))[-1]
    off = np.max(np.abs(chosen - row["value"]))
    check(off <= allowed, f"{case}: {name} is off by {off}, {allowed} allowed ({row['source']})")


with scratch() as directory:
    for case in sorted(os.listdir(cases)):
        path = os.path.join(cases, case, "input.yaml")
        if not os.path.exists(path):
            continue
        out = os.path.join(directory, case)
        run = weft("run", path, "-q", "--out", out)
        check(run.returncode == 0, f"{case}: {run.stderr}")
        rows = expected.load(os.path.join(cases, case, "expected.yaml"))
        check(len(rows) > 0, f"{case}: nothing is expected")
        if run.returncode == 0:
            with h5py.File(os.path.join(out, "series.nc"), "r") as series:
                for row in rows:
                    compare(case, row, series)
                if case in FALLS:
                    energy = series[FALLS[case]][...]
                    rise = np.diff(energy).max() / np.ptp(energy)
                    check(rise < 1e-9, f"{case}: {FALLS[case]} rises by {rise:.3g} of its range")
        for name in ("README.md", "result.png"):
            check(os.path.exists(os.path.join(cases, case, name)), f"{case}: no {name}")
end()
