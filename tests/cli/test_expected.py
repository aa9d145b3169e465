"""expected.yaml of the shipped inputs: all can be read and name observables of their input; quick ones are run and agree."""
import glob
import sys

from program import *

sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))
from weftsim import expected, result  # noqa: E402

QUICK = ("holstein/two_sites", "holstein/thermal_chain", "holstein/amplitude_mode", "kuramoto/critical_coupling",
         "kpz/lam_shin_ring", "klein_gordon/static_kink", "equation/nls", "equation/fput")

paths = sorted(glob.glob(os.path.join(SOURCE, "inputs", "*", "*", "expected.yaml")))
check(len(paths) > 20, f"{len(paths)} inputs with expected numbers")
if has("PETSC"):
    QUICK += ("reaction_diffusion/stiff_dimers",)
for path in paths:
    rows = expected.load(path)
    check(len(rows) > 0 and all(row["source"] for row in rows), path)
with scratch() as folder:
    for name in QUICK:
        out = os.path.join(folder, name.replace("/", "_"))
        run = weft("run", os.path.join(SOURCE, "inputs", name, "input.yaml"), "--out", out, "-q")
        check(run.returncode == 0, f"{name}: {run.stderr}")
        rows = expected.load(os.path.join(SOURCE, "inputs", name, "expected.yaml"))
        for verdict in expected.judge([result.Result(os.path.join(out, "series.nc"))], rows):
            check(verdict["verdict"] == "agrees", f"{name}: {verdict}")
    # a run that -P made another one is not compared, whether or not the input has the key
    path = os.path.join(SOURCE, "inputs", QUICK[-1], "input.yaml")
    for more, key in (((), None), (("-P", "output.compress=1"), None), (("-P", "ensemble.seed=5"), "ensemble.seed")):
        run = weft("run", path, "--out", out, "-q", "--overwrite", *more)
        check(run.returncode == 0, f"{more}: {run.stderr}")
        found, note = expected.find(out, [result.Result(os.path.join(out, "series.nc"))], None)
        check((found is None and note.endswith(f"in {key}")) if key else (found and not note), f"{more}: {found} {note}")
end()
