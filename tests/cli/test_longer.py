"""Ensembles that are made longer: `-P time.end=... --resume` of a complete one gives the bits of one that was never interrupted,
on any number of ranks, for replicas that are farmed and for replicas in turn, with failures and absorbed replicas, stopped and
killed on the way, and where the files with the last states are missing or damaged."""
import glob
import re
import signal

from program import *

RING = """model: kuramoto
grid: {n: [%d]}
kuramoto: {phase_lag: 0.4, noise: 0.1, disorder_type: gaussian, disorder: 0.1}
initial: {type: flat}
time: {dt: 0.05, end: 9}
observe: {every: 0.5, list: [mean, width2, skewness, order_parameter, correlation]}
output: {fields_every: 1}
ensemble: {replicas: 5, seed: 3, keep: %s}
checkpoint: {every: 1h}
"""
FIELD = """model: klein_gordon
grid: {n: [24, 16], length: [12, 8]}
klein_gordon: {potential: phi4}
initial: {type: random, amplitude: 0.5}
time: {stepper: %s, dt: 0.05, end: 9}
observe: {every: 0.5, list: [energy, phi_max, spectrum]}
output: {fields_every: 1, compress: 1}
ensemble: {replicas: 3, seed: 5, keep: all}
"""
DYING = """model: reaction_lattice
grid: {n: [16]}
reaction_lattice: {species: [A], hopping: 0.5, reactions: [{reaction: A -> 0, rate: 0.7}, {reaction: A -> 2 A, rate: 0.3}]}
initial: {type: random, density: 0.4}
time: {end: 9}
observe: {every: 0.5, list: [density, survival, extinction_time]}
output: {fields_every: 1}
ensemble: {replicas: 12, seed: 5, keep: all}
"""
BLOW = """model: kpz
grid: {n: [64], length: [64]}
kpz: {lambda: 9, noise: 1, scheme: standard}
initial: {type: flat}
time: {dt: 0.05, end: 5, stepper: euler_maruyama}
observe: {every: 0.5, list: [width2, mean]}
ensemble: {replicas: 300, seed: 3, keep: %s, on_failure: drop}
"""


def names(out):
    return sorted(os.path.basename(p) for p in glob.glob(os.path.join(out, "*")))


def failures(out):
    """Which replicas failed, with their seeds."""
    return re.findall(r"replica \d+ \(seed \d+\)", attributes(out)["failed_replicas"])


def compare(reference, out, what):
    for name in ("series.nc", "fields.nc"):
        if os.path.exists(os.path.join(reference, name)):
            difference = same(os.path.join(reference, name), os.path.join(out, name))
            check(difference == "", f"{what}: {name}: {difference}")


def run(path, out, end_at, *more, ranks=0, code=0, what=""):
    result = weft("run", path, "--out", out, "-P", f"time.end={end_at}", *more, ranks=ranks)
    check(result.returncode == code, f"{what or out} to {end_at}: code {result.returncode}: {result.stderr}")
    return result


def attributes(out, name="series.nc"):
    with h5py.File(os.path.join(out, name), "r") as file:
        return {k: v.decode() if isinstance(v, bytes) else v for k, v in file.attrs.items()}


def longer(folder, name, text, ends, plans):
    """A run that was never interrupted, and others that are made longer, each start on other ranks."""
    path, reference = write(folder, name + ".yaml", text), os.path.join(folder, name)
    run(path, reference, ends[-1])
    for number, plan in enumerate(plans):
        out = os.path.join(folder, f"{name}-{number}")
        for end_at, (ranks, more) in zip(ends, plan):
            result = run(path, out, end_at, *more, *(["--resume"] if end_at != ends[0] else []), ranks=ranks)
        check(("go on from there" in result.stdout) == (len(ends) > 1), f"{name}: {result.stdout}")
        compare(reference, out, f"{name}, plan {number}")
        left = [n for n in names(out) if "tmp" in n or "block" in n or n == "lock"]
        check(not left and sum(n.startswith("ckpt-ensemble-") for n in names(out)) == 1, f"{name}: {names(out)}")
    return path, reference, out


with scratch() as folder:
    one, two, in_turn = (0, ()), (2, ()), (2, ("-P", "ensemble.ranks_per_replica=2"))
    three, both = (3, ()), (4, ("-P", "ensemble.ranks_per_replica=2"))
    # twice longer; the first end lies between two records
    path, reference, out = longer(folder, "ring", RING % (64, "all"), (2.25, 4, 9), ((one, one, one), (two, in_turn, three), (both, one, in_turn)))
    about = attributes(out)
    check(about["status"] == "complete" and "end: 9" in about["input"], f"attributes: {about}")
    check([re.search(r"from time (\S+):", line).group(1) for line in about["history"].split("\n")] == ["0", "2.25", "4"], about["history"])
    check("end: 9" in attributes(out, "fields.nc")["input"], "the input in fields.nc")
    result = run(path, out, 9, "--resume")
    check("already complete" in result.stdout, f"complete: {result.stdout}")
    result = run(path, out, 4, "--resume", code=2)
    check("time.end" in result.stderr, f"shorter: {result.stderr}")
    for stepper, plans in (("split4", ((one, two), (in_turn, one))), ("verlet", ((one, in_turn), (three, two)))):
        text = FIELD % stepper
        longer(folder, stepper, text, (3, 9), plans[:1] if stepper == "split4" else plans)
    path, reference, out = longer(folder, "dying", DYING, (2, 5, 9), ((one, two, one), (in_turn, three, in_turn)))
    with h5py.File(os.path.join(out, "series.nc"), "r") as file:
        check(0 < np.sum(file["survival_replica"][:, -1] == 0) and np.any(file["extinction_time_replica"][:, -1] < 2),
              "some replicas died before the first end")
    # means alone; the states go into one file a block (of replicas that take more than 10 ms)
    path, reference, out = longer(folder, "mean", RING % (131072, "mean"), (2, 9), ((one, two),))
    check(sum(n.startswith("ckpt-final-") for n in names(out)) == 5, f"last states: {names(out)}")

    # of many quick replicas there are no states: 100 in each block, the first one too
    out = os.path.join(folder, "quick")
    run(write(folder, "quick.yaml", (RING % (16, "mean")).replace("replicas: 5", "replicas: 25600")), out, 0.25, "-P", "observe.every=0.25", "-P", "output.fields_every=0.25", ranks=2)
    check(not [n for n in names(out) if n.startswith("ckpt-final-")], f"states of quick replicas: {names(out)}")

    # replicas that fail before the first end, and after it
    for keep in ("all", "mean"):
        path = write(folder, "blow.yaml", BLOW % keep)
        reference, out = os.path.join(folder, "blow-" + keep), os.path.join(folder, "blown-" + keep)
        failed = []
        result = run(path, reference, 5, "-q")
        for end_at, ranks in ((2, 0), (3, 2), (5, 0)):
            # the last states are kept although these replicas are quick: that of the first block always is
            run(path, out, end_at, "-q", "--resume", ranks=ranks)
            failed.append(int(attributes(out)["replicas_failed"]))
        check(0 < failed[0] < failed[1] < failed[2] and failed[2] == attributes(reference)["replicas_failed"], f"failures: {failed}")
        compare(reference, out, f"failures, keep {keep}")
        # the reason may be another: what goes over a pole in the last steps before an end is told by its growth, else where it overflows
        check(failures(out) and failures(out) == failures(reference), f"names of failures: {failures(out)}")

    # a file that is damaged, one that is missing: the bits are the same (replicas that take less than 10 ms have none)
    path, reference = write(folder, "hurt.yaml", RING % (131072, "all")), os.path.join(folder, "hurt")
    run(path, reference, 9)
    out = os.path.join(folder, "hurt-2")
    run(path, out, 3)
    finals = sorted(glob.glob(os.path.join(out, "ckpt-final-*")))
    check(len(finals) == 5, f"last states of 5 blocks: {finals}")
    os.remove(finals[1])
    with open(finals[2], "r+b") as file:
        file.seek(os.path.getsize(finals[2]) // 2)
        file.write(b"\xff" * 64)
    os.truncate(finals[3], 3000)
    result = run(path, out, 9, "--resume", ranks=2)
    check("passing over" in result.stderr, f"damaged last states: {result.stderr}")
    compare(reference, out, "damaged last states")

    # stopped in the midst of a replica, and only then made longer: the replica goes on from where it is
    for keep in ("mean", "all"):
        path = write(folder, "early.yaml", (RING % (98304, keep)).replace("1h", "0.02s"))
        reference, out = os.path.join(folder, f"early {keep}"), os.path.join(folder, f"early-2 {keep}")
        run(path, reference, 9)
        for attempt in range(10):  # it may end before the signal comes
            shutil.rmtree(out, ignore_errors=True)
            process = start("run", path, "--out", out, "-P", "time.end=5", "-q")
            until(lambda: any(n.startswith("ckpt-block-000001") for n in names(out)) or process.poll() is not None, pause=0.002)
            process.send_signal(signal.SIGUSR1)
            process.communicate(timeout=120)
            if process.returncode != 0:
                break
        check(process.returncode == 85, f"stopped early, keep {keep}: {process.returncode}")
        result = run(path, out, 9, "--resume")
        check("passing over" not in result.stderr, f"the replica under way goes on, keep {keep}: {result.stderr}")
        compare(reference, out, f"stopped and then made longer, keep {keep}")

    # stopped and killed while it is made longer, and resumed on other ranks; results up to the earlier end stay until there are more
    path, reference = write(folder, "way.yaml", (RING % (131072, "all")).replace("1h", "0.05s")), os.path.join(folder, "way")
    run(path, reference, 9)
    short = os.path.join(folder, "way-short")
    run(path, short, 2)
    for number, (how, ranks, later) in enumerate(((signal.SIGUSR1, 0, 2), (signal.SIGKILL, 2, 0), (signal.SIGKILL, 0, 0), (signal.SIGUSR1, 2, 3))):
        out = os.path.join(folder, f"way-{number}")
        shutil.copytree(short, out)
        process = start("run", path, "--out", out, "-P", "time.end=9", "--resume", "-q", ranks=ranks)
        until(lambda: any(n.startswith("ckpt-block-") and n.endswith(".h5") for n in names(out)) or process.poll() is not None, pause=0.002)
        process.send_signal(how)
        process.communicate(timeout=120)
        if how == signal.SIGUSR1:
            check(process.returncode == 85, f"stop on the way: {process.returncode}")
        with h5py.File(os.path.join(out, "series.nc"), "r") as file:
            check(np.all(np.isfinite(file["width2_replica"][...])), f"results after {how!r} on the way")
        if how == signal.SIGKILL and ranks:
            # ranks outlive their mpirun for a while, and hold the lock
            check(until(lambda: weft("run", path, "--out", out, "-P", "time.end=9", "--resume", "-q").returncode == 0, 180, 1),
                  "no resume after mpirun was killed")
        else:
            run(path, out, 9, "--resume", "-q", ranks=later)
        compare(reference, out, f"{how!r} on the way")
        check(not [n for n in names(out) if "tmp" in n or "block" in n], f"left over: {names(out)}")
end()
