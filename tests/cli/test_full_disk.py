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
end()
