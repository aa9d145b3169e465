"""A full disk (here a limit on the size of files): exit code 4, one message, and the checkpoint before
it is good: a resume with room gives the files of an undisturbed run."""
import resource

from program import *

# steps so small that the disk is not full before the first checkpoint
INPUT = """model: klein_gordon
grid: {n: [256, 256], length: [128.0, 128.0]}
klein_gordon: {potential: phi4, laplacian: fd2}
initial: {type: bubble}
time: {stepper: verlet, dt: 0.001, end: 8.0}
observe: {every: 0.2, list: [energy]}
output: {fields_every: 0.2}
checkpoint: {every: 0.01s}
"""
BASE = """model: kuramoto
grid: {n: [8]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 50}
observe: {every: 0.1, list: [height_pdf]}
"""
LIMIT = 12_000_000  # bytes: a checkpoint of 1 MB and what MPI needs fit, fields.nc of 21 MB does not


def limited():
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT))


with scratch() as folder:
    path = write(folder, "input.yaml", INPUT)
    for ranks in (0, 2):
        reference = os.path.join(folder, f"reference{ranks}")
        run = weft("run", path, "--out", reference, "-q")
        check(run.returncode == 0, f"reference: {run.stderr}")
        out = os.path.join(folder, f"full{ranks}")
        run = weft("run", path, "--out", out, "-q", ranks=ranks, preexec_fn=limited)
        errors = [line for line in run.stderr.split("\n") if line.startswith("weft: error:")]
        check(run.returncode == 4, f"{ranks} ranks: code {run.returncode}: {run.stderr}")
        check(len(errors) == 1 and "fields.nc" in errors[0], f"{ranks} ranks: one message: {run.stderr}")
        kept = [n for n in os.listdir(out) if n.startswith("ckpt-") and n.endswith(".h5")] if os.path.isdir(out) else []
        check(len(kept) > 0, f"{ranks} ranks: a checkpoint is left")
        run = weft("run", path, "--out", out, "-q", "--resume", ranks=ranks)
        check(run.returncode == 0, f"{ranks} ranks: resume: {run.returncode}: {run.stderr}")
        for name in ("series.nc", "fields.nc"):
            difference = same(os.path.join(reference, name), os.path.join(out, name))
            check(difference == "", f"{ranks} ranks: {name}: {difference}")

    # a scan: its log of 19 MB does not fit
    write(folder, "base.yaml", BASE)
    scan = write(folder, "scan.yaml", "base: base.yaml\naxes: {kuramoto.noise: {linspace: [0.1, 0.5, 40]}}\n")
    for out, limit in (("whole", None), ("full", limited)):
        run = weft("scan", "run", scan, "--out", os.path.join(folder, out), "-q", preexec_fn=limit)
        errors = [line for line in run.stderr.split("\n") if line.startswith("weft: error:")]
        check(run.returncode == (4 if limit else 0) and len(errors) == (1 if limit else 0) and all("cannot write it" in e for e in errors),
              f"a scan, {out}: code {run.returncode}: {run.stderr}")
    told = weft("scan", "status", scan, "--out", os.path.join(folder, "full")).stdout
    check(20 < int(told.split(" done")[0].split()[-1]) < 40, f"what fitted is there: {told}")
    weft("scan", "run", scan, "--out", os.path.join(folder, "full"), "-q")
    for out in ("whole", "full"):
        weft("scan", "collect", scan, "--out", os.path.join(folder, out), "-q")
    difference = same_scan(os.path.join(folder, "whole"), os.path.join(folder, "full"))
    check(difference == "", f"a scan that goes on with room: {difference}")
end()
