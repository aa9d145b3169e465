"""SLURM on four nodes: runs, an ensemble, a scan and chains of jobs across them give the numbers of one rank. A node that disappears
ends its job; the next job, or the same one put back into the queue, goes on to the same numbers on the nodes that are left. Prints
`skipped` with the reason where there can be no such nodes.

usage: test_slurm_cluster.py WEFT SOURCE_DIR MPIEXEC
"""
from hosts import FIELD, FOUR, Hosts, why_not
from program import *
from slurm import Slurm, output, skip, until

RING = """model: kuramoto
grid: {n: [%d]}
kuramoto: {coupling: 1.0, phase_lag: 0.3, noise: 0.05}
initial: {type: random}
time: {dt: 0.05, end: %g}
observe: {every: %g}
output: {fields_every: %g}
"""
SCRIPTS = os.path.join(SOURCE, "jobscripts")
# A node that does not answer for so many seconds is down (300 where nothing is said), and how long an answer may take.
LOST = "SlurmdTimeout=5\nMessageTimeout=3\nTCPTimeout=1\n"


def submit(slurm, script, folder, *arguments, **settings):
    """One of the shipped job scripts, on as many nodes as there are."""
    os.environ.update(settings)
    try:
        return slurm.submit("--ntasks=4", "--nodes=2-4", "--spread-job", "--time=20", f"--output={folder}/%j.out", *arguments, f"{SCRIPTS}/{script}.slurm")
    finally:
        for name in settings:
            del os.environ[name]


def equal(a, b, what, tolerance=0.0):
    for name in ("series.nc", "fields.nc"):
        found = same(os.path.join(a, name), os.path.join(b, name), tolerance) if os.path.exists(os.path.join(b, name)) else "it is missing"
        check(not found, f"{what}, {name}: {found}")


def wanted(folder, name, text):
    """The undisturbed run on one rank: its input and its results."""
    path, want = write(folder, name + ".yaml", text), os.path.join(folder, name + "_want")
    done = weft("run", path, "--out", want, "-q")
    check(done.returncode == 0, f"{name} on one rank: {done.stderr}")
    return path, want


def runs(slurm, folder):
    """Started by mpirun and by srun."""
    jobs = []
    for name, launcher, text, tolerance in (("ring", "mpirun", RING % (512, 20, 5, 10), 0), ("field", "srun --mpi=pmix", FIELD, 1e-12),
                                            ("ensemble", "srun --mpi=pmix", RING % (64, 20, 5, 10) + "ensemble: {replicas: 11}\n", 0)):
        path, want = wanted(folder, name, text)
        out = os.path.join(folder, name)
        jobs.append((name, submit(slurm, "single", folder, INPUT=path, OUT=out, MPIRUN=launcher), want, out, tolerance))
    for name, job, want, out, tolerance in jobs:
        slurm.wait(job, 120)
        equal(want, out, f"{name} on four nodes: {output(folder)}", tolerance)
    nodes = slurm.call("scontrol", "show", "job", jobs[0][1]).stdout
    check("NumNodes=4" in nodes and "NodeList=h[1-4]" in nodes, f"on four nodes: {nodes}")
    with h5py.File(os.path.join(folder, "ring", "series.nc")) as file:
        check(file.attrs["host"] in (b"h1", "h1"), f"the host in results: {file.attrs['host']}")


def stopped(slurm, folder):
    """A run and a scan that are told that their time limit is near go back into the queue and go on, on four nodes."""
    path, want = wanted(folder, "chain", RING % (262144, 100, 10, 50))
    write(folder, "base.yaml", RING % (512, 4000, 100, 4000))
    scan = write(folder, "scan.yaml", "base: base.yaml\naxes: {kuramoto.noise: {linspace: [0.01, 0.5, 40]}}\nderive: [\"last(width2)\"]\n")
    one, four, out = (os.path.join(folder, name) for name in ("scan_one", "scan_four", "chain"))
    for what in ("run", "collect"):
        done = weft("scan", what, scan, "--out", one)
        check(done.returncode == 0, f"the scan on one rank: {done.stderr}")
    jobs = [submit(slurm, "resume_chain", folder, INPUT=path, OUT=out), submit(slurm, "scan", folder, SCAN=scan, OUT=four)]
    for job, begun in zip(jobs, (f"{out}/series.nc", f"{four}/results")):
        check(until(lambda: os.path.exists(begun), 60), f"{begun}: {output(folder)}")
        slurm.call("scancel", "--signal=USR1", "--batch", job)
    for job in jobs:
        slurm.wait(job, 120)
    told = output(folder)
    check(told.count("back into the queue") == 2, f"both were stopped: {told}")
    equal(want, out, "a chain on four nodes")
    found = same_scan(one, four)
    check(not found, f"a scan on four nodes: {found}")


def lost(slurm, folder, name, path, want, again):
    """A node vanishes under a run. Its job ends there; again: it is put back by SLURM, else a new job goes on."""
    out = os.path.join(folder, "lost_" + name)
    job = submit(slurm, "resume_chain", folder, *([] if again else ["--no-requeue"]), INPUT=path, OUT=out)
    begun = until(lambda: os.path.isdir(out) and any(f.startswith("ckpt") and f.endswith(".h5") for f in os.listdir(out)), 60)
    check(begun, f"a checkpoint before {name} vanishes: {output(folder)}")
    slurm.hosts.vanish(name)
    if not again:
        slurm.wait(job, 120)
        check("NODE_FAIL" in slurm.call("scontrol", "show", "job", job).stdout, f"job {job} lost {name}")
        job = submit(slurm, "resume_chain", folder, INPUT=path, OUT=out)
    slurm.wait(job, 300, lambda: "\ndone in" in output(folder))
    told = output(folder)
    check("resumed from" in told, f"it goes on: {told}")
    check(again or "taking over" in told, f"another job takes the lock over that {name} held: {told}")
    equal(want, out, f"a run that lost {name}")


def main():
    reason = why_not()
    if reason:
        skip(reason)
    with scratch() as folder:
        os.chmod(folder, 0o755)
        place = {name: os.path.join(folder, name) for name in ("hosts", "slurm", "runs", "stopped", "h1", "h3")}
        for name in place.values():
            os.mkdir(name)
        os.environ["PATH"] = os.path.dirname(WEFT) + ":" + os.environ["PATH"]
        hosts = Hosts(place["hosts"], FOUR)
        try:
            slurm = Slurm(place["slurm"], hosts, LOST)
            try:
                runs(slurm, place["runs"])
                stopped(slurm, place["stopped"])
                path, want = wanted(folder, "long", RING % (2097152, 20, 4, 20) + "checkpoint: {every: 0.2s}\n")
                lost(slurm, place["h1"], "h1", path, want, False)
                lost(slurm, place["h3"], "h3", path, want, True)
            finally:
                slurm.end()
        finally:
            hosts.end()


main()
end()
