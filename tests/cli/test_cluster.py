"""Four hosts, with TCP between them: runs, an ensemble, a scan and resumes across them give the numbers of one rank; a host that
disappears ends the job, and a resume on those that are left goes on to the same numbers. Prints `skipped` with the reason where
there can be no such hosts.

usage: test_cluster.py WEFT SOURCE_DIR MPIEXEC
"""
import sys

from hosts import FIELD, FOUR, LOGIN, Hosts, why_not
from program import *

RING = """model: kuramoto
grid: {n: [512]}
kuramoto: {coupling: 1.0, phase_lag: 0.3, noise: 0.05}
initial: {type: random}
time: {dt: 0.05, end: %g}
observe: {every: %g}
output: {fields_every: %g}
"""
# In three dimensions on pencils: 8 ranks and 4 planes.
VOLUME = FIELD.replace("[32, 32]", "[4, 16, 16]").replace("[20.0, 20.0]", "[20.0, 20.0, 20.0]")
PREY = "model: reaction_lattice\ngrid: {n: [64, 64]}\n" + LOTKA_VOLTERRA + "time: {end: 20}\nobserve: {every: 5}\noutput: {fields_every: 20}\n"


class Cluster(Hosts):
    def command(self, arguments, hosts, each):
        placed = ",".join(f"{name}:{each}" for name in hosts)
        return self.inside(LOGIN, MPIEXEC, "-n", each * len(hosts), "--host", placed, WEFT, *arguments)

    def weft(self, *arguments, hosts=FOUR, each=1):
        return subprocess.run(self.command(arguments, hosts, each), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=120, env=self.mpi(), check=False)

    def start(self, *arguments, hosts=FOUR, each=1):
        return subprocess.Popen(self.command(arguments, hosts, each), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True, env=self.mpi())


def ran(done, what):
    check(done.returncode == 0, f"{what}: code {done.returncode}: {done.stdout}{done.stderr}")


def equal(a, b, what, tolerance=0.0):
    for name in ("series.nc", "fields.nc"):
        if os.path.exists(os.path.join(a, name)):
            found = same(os.path.join(a, name), os.path.join(b, name), tolerance)
            check(not found, f"{what}, {name}: {found}")


def runs(cluster, folder):
    for name, text, tolerance in (("ring", RING % (20, 5, 10), 0), ("prey", PREY, 0), ("field", FIELD, 1e-12), ("volume", VOLUME, 1e-12),
                                  ("ensemble", RING % (20, 5, 10) + "ensemble: {replicas: 11}\n", 0)):
        path, one, four = write(folder, name + ".yaml", text), os.path.join(folder, name + "_1"), os.path.join(folder, name + "_4")
        ran(weft("run", path, "--out", one, "-q"), f"{name} on one rank")
        ran(cluster.weft("run", path, "--out", four, "-q", each=2 if name == "volume" else 1), f"{name} on four hosts")
        equal(one, four, f"{name} on four hosts", tolerance)
    with h5py.File(os.path.join(folder, "ring_4", "series.nc")) as file:
        check(file.attrs["host"] in (b"h1", "h1"), f"the host in results: {file.attrs['host']}")


def scans(cluster, folder):
    """A scan on four hosts is stopped by its budget of time and goes on."""
    write(folder, "base.yaml", RING % (4000, 100, 4000))
    path = write(folder, "scan.yaml", "base: base.yaml\naxes: {kuramoto.noise: {linspace: [0.01, 0.5, 40]}}\nderive: [\"last(width2)\"]\n")
    one, four = os.path.join(folder, "scan_1"), os.path.join(folder, "scan_4")
    ran(weft("scan", "run", path, "--out", one, "-q"), "a scan on one rank")
    stopped = cluster.weft("scan", "run", path, "--out", four, "-q", "--wall", "0.2s")
    check(stopped.returncode == 85, f"a scan at its budget: code {stopped.returncode}: {stopped.stdout}{stopped.stderr}")
    ran(cluster.weft("scan", "run", path, "--out", four, "-q", hosts=FOUR[1:]), "a scan that goes on on three hosts")
    for out in (one, four):
        ran(weft("scan", "collect", path, "--out", out), "collection")
    found = same_scan(one, four)
    check(not found, f"a scan on four hosts: {found}")


def lost(cluster, folder, hosts, name, locked):
    """A host vanishes within a run: the job ends by itself, and the resume on the rest has the numbers of an undisturbed run."""
    rest = [host for host in hosts if host != name]
    path = write(folder, "long.yaml", RING.replace("512", "65536") % (400, 40, 200) + "checkpoint: {every: 0.2s}\n")
    want, out = os.path.join(folder, "long_want"), os.path.join(folder, "long_" + name)
    if not os.path.exists(want):
        ran(weft("run", path, "--out", want, "-q"), "the undisturbed run")
    job = cluster.start("run", path, "--out", out, hosts=hosts)
    begun = until(lambda: os.path.isdir(out) and any(f.startswith("ckpt") and f.endswith(".h5") for f in os.listdir(out)), 60)
    check(begun, f"a checkpoint before {name} vanishes")
    cluster.vanish(name)
    try:
        told = job.communicate(timeout=60)[0]
        check(job.returncode != 0, f"the job that lost {name} ends with code {job.returncode}: {told}")
    except subprocess.TimeoutExpired:
        job.kill()
        check(False, f"the job that lost {name} does not end: {job.communicate()[0]}")
    done = cluster.weft("run", path, "--out", out, "--resume", hosts=rest)
    lock = os.path.join(out, "lock")
    if locked:  # nobody who is left can know that its owner has ended
        check(done.returncode == 2 and f"on {name} since" in done.stderr and f"remove {lock}" in done.stderr,
              f"the lock of {name}: code {done.returncode}: {done.stderr}")
        os.remove(lock)
        done = cluster.weft("run", path, "--out", out, "--resume", hosts=rest)
    ran(done, f"the resume without {name}")
    check("resumed" in done.stdout + done.stderr or "going on" in done.stdout + done.stderr, f"it goes on: {done.stdout}{done.stderr}")
    equal(want, out, f"a run that lost {name}")


def main():
    reason = why_not()
    if reason:
        print("skipped:", reason)
        sys.exit(77)
    with scratch() as folder:
        cluster = Cluster(folder, FOUR)
        try:
            runs(cluster, folder)
            scans(cluster, folder)
            lost(cluster, folder, FOUR, "h3", False)
            lost(cluster, folder, ("h1", "h2", "h4"), "h1", True)
        finally:
            cluster.end()


main()
end()
