"""Scans and job scripts under a real SLURM, started here and ended here: job array, a killed task resubmitted, the
signal before a time limit that makes a chain of jobs, whole nodes, what sites ask for, collection. Prints `skipped` with the reason where SLURM cannot be started."""
import re

from program import *
from slurm import Slurm, output, until

BASE = """model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: %d}
observe: {every: %d, list: [width2, slip_rate]}
ensemble: {seed: 5}
"""


def scan(command, path, out, *arguments):
    run = weft("scan", command, path, "--out", out, *arguments)
    check(run.returncode == 0, f"scan {command}: code {run.returncode}: {run.stdout}{run.stderr}")
    return run.stdout


def equal(a, b, what):
    difference = same_scan(a, b)
    check(difference == "", f"{what}: {difference}")


def array(slurm, folder):
    """A job array, one of whose tasks is killed and resubmitted."""
    write(folder, "base.yaml", BASE % (20000, 1000))
    path = write(folder, "scan.yaml", "base: base.yaml\naxes:\n  kuramoto.phase_lag: {linspace: [0, 1.2, 6]}\n"
                 "  kuramoto.noise: {logspace: [0.01, 1, 6]}\n")
    want, out = os.path.join(folder, "want"), os.path.join(folder, "out")
    scan("run", path, want)
    scan("collect", path, want)
    check("sbatch " in scan("slurm", path, out, "--time", "10m", "--tasks", 3), "the line that submits")
    job = slurm.submit(f"{out}/scan.slurm")
    check(until(lambda: any(n.startswith("task-0001") for n in (os.listdir(f"{out}/results") if
                                                                os.path.isdir(f"{out}/results") else [])), 60),
          f"task 1 begins: {slurm.call('squeue', '-r').stdout}{output(out)}")
    slurm.call("scancel", "--signal=KILL", "--full", f"{job}_1")
    slurm.wait(job, 120)
    status = scan("status", path, out)
    left = 36 - int(status.split(" done")[0].split()[-1])
    if left:
        line = scan("resubmit", path, out)
        check("sbatch --array=1 " in line, f"the killed task alone is to be submitted: {line}")
        slurm.wait(slurm.submit("--array=1", f"{out}/scan.slurm"), 120)
    check(left > 0, "the task was killed before its end")
    check("36 done" in scan("status", path, out), f"all is done: {output(out)}")
    scan("collect", path, out)
    equal(want, out, "job array")


def refined(slurm, folder):
    """A refined scan: an array for each round, one after the other."""
    write(folder, "short.yaml", BASE % (50, 5))
    path = write(folder, "refined.yaml", "base: short.yaml\naxes: {kuramoto.noise: {linspace: [0.1, 0.9, 3]}}\n"
                 "seeds: common\nderive: [last(width2)]\nrefine: {by: last(width2), where: gradient, share: 0.3, rounds: 2}\n")
    want, out = os.path.join(folder, "refined_want"), os.path.join(folder, "refined")
    scan("run", path, want)
    scan("collect", path, want)
    check(f"bash {out}/submit.sh" in scan("slurm", path, out, "--time", "10m", "--tasks", 2), "the line that submits")
    done = slurm.call("bash", f"{out}/submit.sh", "--comment=refined")
    jobs = done.stdout.split()
    check(done.returncode == 0 and len(jobs) == 3, f"three arrays: {done.stdout}{done.stderr}")
    check("afterany:" + jobs[0] in slurm.call("scontrol", "show", "job", jobs[1]).stdout, "a round waits for the one before")
    slurm.wait(jobs[-1], 120)
    scan("collect", path, out)
    equal(want, out, "chain of rounds")
    with h5py.File(os.path.join(out, "scan.nc")) as file:
        check(len(file["noise"]) > 5, f"two rounds: {file['noise'][...]}")


def chain(slurm, folder):
    """Tasks that are told that their time limit is near go back into the queue and go on; so does a plain run."""
    write(folder, "long.yaml", BASE % (800000, 80000))
    path = write(folder, "chain.yaml", "base: long.yaml\naxes: {kuramoto.noise: {values: [0.05, 0.2]}}\n")
    want, out = os.path.join(folder, "chain_want"), os.path.join(folder, "chain")
    done = weft("scan", "run", path, "--out", want, ranks=2)
    check(done.returncode == 0, f"the undisturbed scan: {done.stderr}")
    scan("collect", path, want)
    scan("slurm", path, out, "--time", "10m", "--tasks", 1)
    job = slurm.submit(f"{out}/scan.slurm")
    plain = os.path.join(folder, "plain")
    os.environ.update(INPUT=os.path.join(folder, "long.yaml"), OUT=plain)
    other = slurm.submit("--ntasks=1", "--time=20", f"--output={folder}/plain-%j.out",
                         os.path.join(SOURCE, "jobscripts", "resume_chain.slurm"))
    del os.environ["INPUT"], os.environ["OUT"]
    check(until(lambda: os.path.exists(f"{plain}/series.nc"), 60), "the run begins")
    check(until(lambda: os.path.isdir(f"{out}/results") and os.listdir(f"{out}/results"), 60), "the scan begins")
    for name in (f"{job}_0", other):  # what SLURM sends before a time limit
        slurm.call("scancel", "--signal=USR1", "--batch", name)
    slurm.wait(job, 300, lambda: "2 done" in weft("scan", "status", path, "--out", out).stdout)
    slurm.wait(other, 300, lambda: "\ndone in" in output(folder).replace("\033[K", "\n").split("plain-")[1])
    told = output(out) + output(folder)
    check("run it again to go on" in told, f"the scan met its limit: {told[-3000:]}")
    check("2 done" in scan("status", path, out), f"the chain ends: {told[-3000:]}")
    scan("collect", path, out)
    equal(want, out, "chain of a scan")
    check("run again with --resume" in told and "back into the queue" in told, f"the run was told to stop: {told[-3000:]}")
    run = weft("run", os.path.join(folder, "long.yaml"), "--out", os.path.join(folder, "plain_want"), "-q")
    difference = same(os.path.join(folder, "plain_want", "series.nc"), os.path.join(plain, "series.nc"))
    check(run.returncode == 0 and difference == "", f"chain of a run: {difference}")


def options(slurm, folder):
    """What a site may ask for: whole nodes, a constraint, a reservation, few tasks at a time, memory, lines of the user's. SLURM is asked
    what it took from the script."""
    path, out = os.path.join(folder, "scan.yaml"), os.path.join(folder, "options")
    made = slurm.call("scontrol", "create", "reservation", "reservationname=held", "starttime=now", "duration=60", "users=root", "nodes=ALL")
    check(made.returncode == 0, f"a reservation: {made.stderr}")
    scan("slurm", path, out, "--time", "10m", "--tasks", 2, "--points-per-node", 2, "--constraint", "big", "--reservation", "held",
         "--at-once", 1, "--sbatch=--comment=of the user", "--setup", 'echo "set up $SLURM_ARRAY_TASK_ID"; export FROM_USER=1',
         "--setup", 'echo "and $FROM_USER"')
    job = slurm.submit(f"{out}/scan.slurm")
    shown = slurm.call("scontrol", "show", "job", job).stdout
    for text in ("Features=big", "Reservation=held", "ArrayTaskThrottle=1", "NumNodes=1", "NumTasks=2", "OverSubscribe=NO",
                 "Comment=of the user", "TimeLimit=00:10:00"):
        check(text in shown, f"{text} reaches SLURM: {shown}")
    memory = re.search(r"MinMemoryCPU=(\d+)M", shown)
    check(memory and 300 < int(memory[1]) <= 500, f"memory of a core, from the estimate: {shown}")
    most = 0

    def watched():
        nonlocal most
        most = max(most, slurm.call("squeue", "-h", "-r", "-j", job, "-t", "running").stdout.count("\n"))
        return "36 done" in weft("scan", "status", path, "--out", out).stdout
    check(until(watched, 120) and most == 1, f"one task at a time, to the end: {most}: {output(out)}")
    slurm.wait(job, 60)
    slurm.call("scontrol", "delete", "reservation=held")
    told = output(out)
    for text in ("set up 0", "set up 1", "and 1", "2 groups of 1 rank"):
        check(text in told, f"{text}: {told}")
    scan("collect", path, out)
    equal(os.path.join(folder, "want"), out, "a scan on whole nodes")


def not_put_back(slurm, folder):
    """Where scontrol does not put a task back into the queue, a new job goes on, after the end of the old one."""
    path, out, tools = os.path.join(folder, "chain.yaml"), os.path.join(folder, "not_put_back"), os.path.join(folder, "tools")
    os.makedirs(tools)
    os.chmod(write(tools, "scontrol", "#!/bin/bash\necho 'requeue is disabled' >&2\nexit 1\n"), 0o755)
    scan("slurm", path, out, "--time", "10m", "--tasks", 1)
    usual = os.environ["PATH"]
    os.environ["PATH"] = tools + ":" + usual
    job = slurm.submit(f"{out}/scan.slurm")
    os.environ["PATH"] = usual
    check(until(lambda: os.path.isdir(f"{out}/results") and os.listdir(f"{out}/results"), 60), "the scan begins")
    slurm.call("scancel", "--signal=USR1", "--batch", f"{job}_0")
    check(until(lambda: "Submitted batch job" in output(out), 60), f"a new job: {output(out)}")
    new = re.search(r"Submitted batch job (\d+)", output(out))
    if new:
        slurm.wait(new[1], 300, lambda: "2 done" in weft("scan", "status", path, "--out", out).stdout)
    check("2 done" in scan("status", path, out), f"the new job ends the scan: {output(out)}")
    scan("collect", path, out)
    equal(os.path.join(folder, "chain_want"), out, "a scan that was not put back")


def shipped(slurm, folder):
    """The job scripts that come with weft: a run, a scan in one allocation, a scan as an array."""
    scripts = os.path.join(SOURCE, "jobscripts")
    for name in os.listdir(scripts):
        if not name.startswith("modulefile"):
            check(slurm.call("bash", "-n", os.path.join(scripts, name)).returncode == 0, f"{name} is no bash")
    base = os.path.join(folder, "base.yaml")
    os.environ.update(INPUT=base, OUT=os.path.join(folder, "single"))
    slurm.wait(slurm.submit("--ntasks=1", "--time=20", f"--output={folder}/single-%j.out", f"{scripts}/single.slurm"), 60)
    check(os.path.exists(os.path.join(folder, "single", "series.nc")), f"single.slurm: {output(folder)}")
    for name, arguments in (("scan", ["--ntasks=2"]), ("scan_array", ["--array=0-1"])):
        out = os.path.join(folder, "shipped_" + name)
        os.environ.update(SCAN=os.path.join(folder, "scan.yaml"), OUT=out, TASKS="2")
        slurm.wait(slurm.submit(*arguments, "--time=20", f"--output={folder}/{name}-%j.out",
                                f"{scripts}/{name}.slurm"), 90)
        if name == "scan_array":
            scan("collect", os.path.join(folder, "scan.yaml"), out)
        check(os.path.exists(os.path.join(out, "scan.nc")), f"{name}: {output(folder)}")
        equal(os.path.join(folder, "want"), out, name)
    for name in ("INPUT", "OUT", "SCAN", "TASKS"):
        del os.environ[name]


with scratch() as folder:
    slurm = Slurm(folder)
    work = os.path.join(folder, "work")
    os.environ["PATH"] = os.path.dirname(WEFT) + ":" + os.environ["PATH"]
    os.mkdir(work)
    try:
        array(slurm, work)
        options(slurm, work)
        shipped(slurm, work)
        refined(slurm, work)
        chain(slurm, work)
        not_put_back(slurm, work)
    finally:
        slurm.end()
end()
