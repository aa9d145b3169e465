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
    # where the input is not called .yaml, was moved or came through a pipe: compared, or it is said why not
    text, out = os.path.join(folder, "input.txt"), os.path.join(folder, "named.yaml")
    shutil.copy(path, text)
    shutil.copy(os.path.join(os.path.dirname(path), "expected.yaml"), folder)
    for name, words in ((text, f"the input {text} is not there"), ("-", "the input came from standard input")):
        with open(path, encoding="utf-8") as file:
            run = subprocess.run([WEFT, "run", "--out", out, "-q", "--overwrite", name], stdin=file, capture_output=True, text=True, timeout=300)
        check(run.returncode == 0, f"{name}: {run.stderr}")
        results = [result.Result(os.path.join(out, "series.nc"))]
        if name == text:
            found, note = expected.find(out, results, None)
            check(found and not note, f"an input that is called input.txt: {found} {note}")
            os.remove(text)
        found, note = expected.find(out, results, None)
        check(found is None and words in note, f"{name} is not there: {found} {note}")
end()
