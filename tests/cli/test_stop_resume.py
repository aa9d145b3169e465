"""Stops in good order, kills, and resumes: the files are those of a run that was never stopped."""
import signal
import time

from program import *

# Finite differences promise equal bits on any number of ranks; spectral runs 1e-12.
FIELD = """model: klein_gordon
grid: {{n: [512, 500], length: [128.0, 125.0]}}
klein_gordon: {{potential: phi4, laplacian: {laplacian}}}
initial: {{type: bubble, amplitude: 1.5, width: 2.0}}
time: {{stepper: {stepper}, dt: 0.05, end: {end}}}
observe: {{every: 1.0, list: [energy, phi_max]}}
output:
  fields_every: 10.0
  compress: {compress}
checkpoint: {{every: 0.2s}}
"""


RING = """model: kuramoto
grid: {n: [64]}
kuramoto: {noise: 0.1}
initial: {type: flat}
time: {dt: 0.1, end: 1e7}
observe: {every: 5.0, list: [width2]}
"""

FILLING = """model: holstein
grid: {n: [4, 4]}
holstein: {coupling: 2, temperature: 0.1, force: dense, filling: 0.4}
initial: {type: random, Q_sd: 1}
time: {stepper: verlet, dt: 0.05, end: 0.2}
"""
STEPS = """model: reaction_lattice
grid: {n: [16, 16]}
reaction_lattice: {species: [A], clock: mcs, hopping: 0.5, reactions: [{reaction: A -> 0, rate: 0.1}]}
initial: {type: random, density: 0.3}
time: {end: 5}
"""
ADAPTIVE = """model: reaction_diffusion
grid: {n: [24], length: [24]}
reaction_diffusion: {species: [U], reactions: [{reaction: U -> 2 U, rate: 1}, {reaction: 2 U -> U, rate: 1}], diffusion: {U: 1}}
initial: {type: patch, patch: {U: 0.5}, density: {U: 0.1}, radius: 5}
time: {stepper: petsc_rosw, end: 1.7}
"""
AUTO = """model: klein_gordon
grid: {n: [24], length: [10]}
klein_gordon: {potential: phi4}
initial: {type: gaussian, amplitude: 1}
time: {stepper: verlet, dt: auto, end: 1.7}
"""
LATTICE = """model: reaction_lattice
grid: {n: [256, 256]}
""" + LOTKA_VOLTERRA + """time: {end: 300}
observe: {every: 0.1, list: [density, autocorrelation(0.01), autocorrelation(297.3)]}
checkpoint: {every: 0.1s}
"""


def checkpoints(folder):
    """Without the last states of replicas, which are for a later end (cli.longer)."""
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return [n for n in names if n.startswith("ckpt-") and not n.startswith("ckpt-final-") and n.endswith(".h5")]


def finish(path, out, ranks=0):
    """Resume until the end."""
    run = weft("run", path, "--out", out, "--resume", "-q", ranks=ranks)
    check(run.returncode == 0, f"resume of {out}: code {run.returncode}: {run.stderr}")


def compare(reference, out, tolerance, what):
    for name in ("series.nc", "fields.nc"):
        difference = same(os.path.join(reference, name), os.path.join(out, name), tolerance)
        check(difference == "", f"{what}: {name}: {difference}")


OPEN_MPI = "Open MPI" in weft("--version").stdout
with scratch() as folder:
    path = write(folder, "fd.yaml", FIELD.format(laplacian="fd4", compress=1, stepper="verlet", end=100.0))
    reference = os.path.join(folder, "reference")
    run = weft("run", path, "--out", reference, "-q")
    check(run.returncode == 0 and run.stdout == "", f"reference run: {run.stderr}{run.stdout}")

    # signals, on one rank and on two, resumed on another number of ranks
    for number, ranks, then in ((signal.SIGUSR1, 0, 3), (signal.SIGTERM, 0, 2), (signal.SIGUSR2, 2, 1)):
        out = os.path.join(folder, f"signal{number}")
        process = start("run", path, "--out", out, "-q", ranks=ranks)
        check(until(lambda: os.path.exists(os.path.join(out, "fields.nc"))), "the run has begun")
        time.sleep(0.3)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
        check(process.returncode == 85, f"signal {number}: code {process.returncode}: {errors}")
        check("run again with --resume" in errors, f"signal {number}: the message says what to do: {errors}")
        check(len(checkpoints(out)) >= 1, f"signal {number}: a checkpoint")
        finish(path, out, then)
        compare(reference, out, 0, f"signal {number}, {ranks} ranks then {then}")

    # SIGTERM and Ctrl-C to mpirun, which is told to wait: a checkpoint, no lock, and mpirun's own code
    for number in (signal.SIGTERM, signal.SIGINT):
        out = os.path.join(folder, f"mpirun{number}")
        process = subprocess.Popen([MPIEXEC, *(["--mca", "odls_base_sigkill_timeout", "5"] if OPEN_MPI else []), "-n", "2", WEFT, "run", path,
                                    "--out", out, "-q"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        check(until(lambda: os.path.exists(os.path.join(out, "fields.nc"))), "the run has begun")
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
        check(process.returncode != 0 and checkpoints(out) and not os.path.exists(os.path.join(out, "lock")),
              f"signal {number} to mpirun: {process.returncode} {os.listdir(out)} {errors}")
        finish(path, out)
        compare(reference, out, 0, f"signal {number} to mpirun")

    # files that are read at every start have to be the same ones; an initial state has been left behind, but for replicas to come
    def numbers(name, value):
        with h5py.File(os.path.join(folder, name), "w") as file:
            file["field"] = file["Q"] = file["P"] = np.full(4, value) * np.arange(4)

    for name, keys, many, code in (("disorder", "field: disorder", "", 2), ("state", "", "", 0), ("state", "", "ensemble: {replicas: 2}\n", 2)):
        initial = "type: file, path: state" if name == "state" else "type: random, Q_sd: 0.3"
        text = f"model: holstein\ngrid: {{n: [4]}}\nholstein: {{coupling: 1, temperature: 0.5, force: dense, {keys}}}\ninitial: {{{initial}}}\n" \
            f"time: {{stepper: verlet, dt: 0.01, end: 0.1}}\nobserve: {{every: 0.1, list: [energy]}}\n{many}"
        path_of, out = write(folder, "contents.yaml", text), os.path.join(folder, f"contents {keys} {many}".strip())
        numbers(name, 1.0)
        began = weft("run", path_of, "--out", out, "-q", cwd=folder)
        used = os.path.join(out, "params.used.yaml")
        for value, end_at, expected in ((1.0, 0.2, 0), (2.0, 0.3, code), (1.0, 0.3, 0)):
            numbers(name, value)
            for ranks in (0, 2):
                run = weft("run", path_of, "--out", out, "-q", "--resume", "-P", f"time.end={end_at}", cwd=folder, ranks=ranks)
                check(began.returncode == 0 and run.returncode == expected and run.stderr.count(f"{name} has other contents") == (expected != 0),
                      f"{name}, {keys} {many}, {value} to {end_at}: {began.stderr}{run.returncode} {run.stderr}")
        with open(used) as file:
            check(("# file " in file.read()) == bool(code), f"{used}")

    # a file named stop, then the wall-time budget
    out = os.path.join(folder, "stopped")
    process = start("run", path, "--out", out, "-q")
    check(until(lambda: os.path.exists(os.path.join(out, "fields.nc"))), "the run has begun")
    open(os.path.join(out, "stop"), "w").close()
    _, errors = process.communicate(timeout=60)
    check(process.returncode == 85 and "stop" in errors, f"stop file: code {process.returncode}: {errors}")
    run = weft("run", path, "--out", out, "--resume", "--wall", "2s", "-q")
    check(run.returncode in (0, 85), f"wall: code {run.returncode}: {run.stderr}")
    finish(path, out)
    compare(reference, out, 0, "stop file and wall")

    # killed after a checkpoint, twice
    out = os.path.join(folder, "killed")
    for _ in range(2):
        before = set(checkpoints(out))
        process = start("run", path, "--out", out, "-q", "--resume")
        until(lambda: set(checkpoints(out)) - before or process.poll() is not None, 30)
        process.kill()
        process.wait()
    check(len(checkpoints(out)) >= 1, "a checkpoint of the killed run")
    # a checkpoint that was being written when the run was killed is left aside
    newest = os.path.join(out, sorted(checkpoints(out))[-1])
    with open(newest, "rb") as file:
        content = file.read()
    with open(os.path.join(out, "ckpt-9999999999999999.h5"), "wb") as file:
        file.write(content[: len(content) // 2])
    run = weft("run", path, "--out", out, "--resume", "-q", ranks=2)
    check(run.returncode == 0 and "damaged" in run.stderr, f"a truncated checkpoint is passed over: {run.stderr}")
    os.remove(os.path.join(out, "ckpt-9999999999999999.h5"))
    compare(reference, out, 0, "killed")

    # one run at a time in a directory
    check(not os.path.exists(os.path.join(out, "lock")), "no lock is left")
    out, lock = os.path.join(folder, "locked"), os.path.join(folder, "locked", "lock")
    process = start("run", path, "--out", out, "-q")
    check(until(lambda: os.path.exists(lock) and checkpoints(out)), "a run makes a lock")
    os.kill(process.pid, signal.SIGSTOP)
    for option in ("--resume", "--overwrite"):
        run = weft("run", path, "--out", out, option, ranks=2 if option == "--resume" else 0)
        check(run.returncode == 2 and run.stderr.count(f"in use by process {process.pid} on") == 1,
              f"two runs at a time: {run.returncode}: {run.stderr}")
    process.kill()
    process.communicate(timeout=60)
    check(os.path.exists(lock), "a killed run leaves its lock")
    run = weft("run", path, "--out", out, "--resume")
    check(run.returncode == 0 and "has ended: taking over" in run.stdout, f"a lock without its process: {run.stderr}")
    check(not os.path.exists(lock), "the lock is gone")
    compare(reference, out, 0, "after the lock of a killed run")
    short = ("run", path, "-P", "time.end=1", "-P", "output.fields_every=1", "--overwrite", "-q", "--out", out)
    elsewhere = "host elsewhere process 1 started 0 since 2020-01-01T00:00:00Z slurm_job 77 slurm_restart 0 slurm_cluster alpha"
    for text, environment, what in ((elsewhere, {}, "on elsewhere, SLURM job 77"), ("", {}, "does not say by whom"),
                                    (elsewhere, {"SLURM_JOB_ID": "77"}, "on elsewhere"),
                                    (elsewhere, {"SLURM_JOB_ID": "77", "SLURM_RESTART_COUNT": "1"}, None)):
        write(out, "lock", text)
        run = weft(*short, env={**os.environ, **environment})
        check(run.returncode == (2 if what else 0) and (what is None or what in run.stderr and "remove" in run.stderr),
              f"lock {text!r}: {run.returncode}: {run.stderr}")

    # results are not overwritten by accident
    run = weft("run", path, "--out", reference)
    check(run.returncode == 2 and "already holds results" in run.stderr, "results are not overwritten")
    run = weft("run", path, "--out", reference, "--resume")
    check(run.returncode == 0 and "already complete" in run.stdout, "resume of a complete run")

    # other parameters are refused
    out = os.path.join(folder, "stopped")
    run = weft("run", path, "--out", out, "--resume", "-P", "klein_gordon.lambda=2")
    check(run.returncode == 2 and "other parameters" in run.stderr, f"other parameters: {run.returncode} {run.stderr}")

    # also of a complete run, single or an ensemble: nothing is written over
    for more in ((), ("-P", "ensemble.replicas=2")):
        out = os.path.join(folder, f"complete_{len(more)}")
        run = weft("run", path, "-P", "time.end=1", "-P", "output.fields_every=1", "-q", "--out", out, *more)
        check(run.returncode == 0, f"short run: {run.stderr}")
        with open(os.path.join(out, "series.nc"), "rb") as file:
            before = file.read()
        for change, code, words in (("checkpoint.every=5m", 0, "already complete"),
                                    ("klein_gordon.lambda=2", 2, "other parameters")):
            run = weft("run", path, "-P", "time.end=1", "-P", "output.fields_every=1", "--out", out, "--resume", *more,
                       "-P", change, ranks=2)
            check(run.returncode == code and words in run.stdout + run.stderr,
                  f"resume of a complete run with {change}: {run.returncode} {run.stderr}")
        with open(os.path.join(out, "series.nc"), "rb") as file:
            check(file.read() == before, "a complete run is left as it is")
        check(len(checkpoints(out)) == 1, f"one checkpoint is left at the end: {os.listdir(out)}")
    # a complete run is made longer, on other ranks: the same files as of a run that was long from the start
    long = os.path.join(folder, "long")
    run = weft("run", path, "-P", "time.end=3", "-P", "output.fields_every=1", "-q", "--out", long)
    out = os.path.join(folder, "complete_0")
    for end_at, ranks in ((2, 2), (3, 0)):
        run = weft("run", path, "-P", f"time.end={end_at}", "-P", "output.fields_every=1", "--out", out, "--resume", ranks=ranks)
        check(run.returncode == 0 and "resumed" in run.stdout, f"a complete run made longer: {run.returncode} {run.stderr}")
    compare(long, out, 0, "a complete run made longer")
    write(out, "series.nc", "not of weft")
    os.remove(os.path.join(out, "params.used.yaml"))
    for name in checkpoints(out):
        os.remove(os.path.join(out, name))
    run = weft("run", path, "--out", out, "--resume")
    check(run.returncode == 4, f"resume in a foreign directory: {run.returncode} {run.stderr}")

    # an end before the present time; another end where the times of records depend on it
    ring = write(folder, "ring.yaml", RING)
    for every, changes in (("5.0", (("time.end=5", "beyond time.end"), ("observe.every=10.0", "other parameters"))),
                           ("{log: 9}", (("time.end=2e7", "time.end, too"),))):
        out = os.path.join(folder, f"ring_{len(every)}")
        run = weft("run", ring, "--out", out, "-q", "--wall", "1s", "-P", f"observe.every={every}")
        check(run.returncode == 85, f"ring: {run.returncode} {run.stderr}")
        for change, words in changes:
            run = weft("run", ring, "--out", out, "-q", "--resume", "-P", f"observe.every={every}", "-P", change)
            check(run.returncode == 2 and words in run.stderr, f"resume with {change}: {run.returncode} {run.stderr}")

    # params.used.yaml runs again to the same result
    again = os.path.join(folder, "again")
    run = weft("run", os.path.join(reference, "params.used.yaml"), "--out", again, "-q", ranks=3)
    check(run.returncode == 0, f"params.used.yaml: {run.stderr}")
    compare(reference, again, 0, "params.used.yaml on 3 ranks")
    # what was left to weft is in it, and it runs again to the same bits; a chain goes on, also with ranks that are left over
    for what, text in (("auto", AUTO), *([("adaptive", ADAPTIVE)] if has("PETSC") else []),
                       ("replicas", AUTO.replace("model: klein", "ensemble: {replicas: 2, ranks_per_replica: 2}\nmodel: klein"))):
        path = write(folder, f"{what}.yaml", text)
        first, again = os.path.join(folder, what), os.path.join(folder, what + "_again")
        run = weft("run", path, "--out", first, "-q", ranks=3)
        used = os.path.join(first, "params.used.yaml")
        with open(used) as file:
            text = file.read()
        check(run.returncode == 0 and ("dt: 0." in text or what == "adaptive") and "dt: auto" not in text
              and "every: 0.0" in text and "list: [" in text, f"{what}: what is resolved: {run.stderr}{text}")
        run = weft("run", used, "--out", again, "-q", ranks=3)
        difference = same(os.path.join(first, "series.nc"), os.path.join(again, "series.nc"))
        check(run.returncode == 0 and difference == "", f"{what}: params.used.yaml runs again: {run.stderr}{difference}")
        with h5py.File(os.path.join(again, "series.nc")) as file:
            times = file["time"][...]
        check(abs(times[-1] - 1.7) < 1e-14 and len(times) == {"adaptive": 101}.get(what, 21), f"{what}: a record at the end: {len(times)}, {times[-1]}")
        with open(os.path.join(again, "params.used.yaml")) as file:
            check(file.read() == text, f"{what}: and leaves itself")
        run = weft("run", path, "--out", first, "--resume", ranks=3)
        check(run.returncode == 0 and "already complete" in run.stdout, f"{what}: resumed: {run.stderr}")
    # defaults that are not used beside other keys
    for what, text in (("filling", FILLING), ("steps", STEPS)):
        first, again = os.path.join(folder, what), os.path.join(folder, what + "_again")
        runs = [weft("run", write(folder, f"{what}.yaml", text), "--out", first, "-q"),
                weft("run", os.path.join(first, "params.used.yaml"), "--out", again, "-q")]
        check([r.returncode for r in runs] == [0, 0] and same(os.path.join(first, "series.nc"), os.path.join(again, "series.nc")) == "",
              f"{what}: params.used.yaml runs again: {[r.stderr for r in runs]}")

    # what an observable remembers is part of checkpoints: stopped after the first waiting time and before the second
    path = write(folder, "lattice.yaml", LATTICE)
    reference = os.path.join(folder, "lattice")
    run = weft("run", path, "--out", reference, "-q", ranks=2)
    check(run.returncode == 0, f"lattice reference: {run.stderr}")
    with h5py.File(os.path.join(reference, "series.nc"), "r") as file:
        check("A + B -> 2 A: 0.25 for each ordered pair" in file.attrs["rates"].decode() and
              file.attrs["clock"].decode() == "continuous time" and "master equation" in file.attrs["method"].decode(),
              f"conventions in the file: {dict(file.attrs)}")
        time_of, late = file["time"][...], file["autocorrelation_297p3_A"][...]
    check(np.all(np.isnan(late[time_of < 297.3])) and np.all(np.isfinite(late[time_of >= 297.3])), "nan before the waiting time")
    # and so are the counts of events of the fast method, with what they left of whole numbers
    fast = write(folder, "fast.yaml", LATTICE.replace("end: 300", "end: 1000").replace("  hopping", "  method: fast\n  hopping").replace(
        "autocorrelation(0.01), autocorrelation(297.3)", "events"))
    fast_reference = os.path.join(folder, "fast")
    run = weft("run", fast, "--out", fast_reference, "-q")
    check(run.returncode == 0, f"fast lattice reference: {run.stderr}")
    for lattice, whole, ranks in ((path, reference, 3), (fast, fast_reference, 0)):
        out = whole + "_stopped"
        process = start("run", lattice, "--out", out, "-q")
        until(lambda: os.path.exists(os.path.join(out, "series.nc")))
        process.send_signal(signal.SIGUSR1)
        process.communicate(timeout=60)
        check(process.returncode == 85, f"{out}: code {process.returncode}")
        finish(lattice, out, ranks)
        difference = same(os.path.join(whole, "series.nc"), os.path.join(out, "series.nc"))
        check(difference == "", f"{out}: {difference}")
    # replicas that die out before the waiting time stay as they are
    dead = write(folder, "dead.yaml", "model: reaction_lattice\ngrid: {n: [8, 8]}\nreaction_lattice:\n  species: [A]\n"
                 "  reactions: [{reaction: A -> 0, rate: 5}]\ninitial: {type: full, species: A}\ntime: {end: 40}\n"
                 "observe: {every: 5, list: [autocorrelation(30), survival]}\nensemble: {replicas: 4}\n")
    run = weft("run", dead, "--out", os.path.join(folder, "dead"), "-q")
    with h5py.File(os.path.join(folder, "dead", "series.nc"), "r") as file:
        found = file["autocorrelation_30_A"][...]
        check(file["survival"][-1] == 0 and np.all(np.isnan(found[:6])) and np.all(found[6:] == 0), f"after extinction: {found}")
    # one that dies out has its last record at that time, the same on any number of ranks
    single = [os.path.join(folder, f"dead{ranks}") for ranks in range(1, 5)]
    for ranks, out in enumerate(single, 1):
        run = weft("run", dead, "--out", out, "-q", "-P", "ensemble.replicas=1", "-P", "observe.list=[survival, extinction_time]", ranks=ranks)
        check(run.returncode == 0 and same(single[0] + "/series.nc", out + "/series.nc") == "", f"dead on {ranks} ranks: {run.stderr}")
        with h5py.File(out + "/series.nc") as file:
            times, last = file["time"][...], file["extinction_time"][-1]
            check(len(times) == 2 and times[1] == last and 0 < last < 5 and list(file["survival"]) == [1, 0], f"dead on {ranks} ranks: {times} {last}")
    run = weft("check", path, "-P", "time.end=9")
    check(run.returncode == 2 and "between 0 and time.end" in run.stderr, f"a waiting time after the end: {run.stderr}")

    # spectral
    path = write(folder, "spectral.yaml", FIELD.format(laplacian="spectral", compress=0, stepper="strang", end=40.0))
    reference = os.path.join(folder, "spectral")
    run = weft("run", path, "--out", reference, "-q", ranks=2)
    check(run.returncode == 0, f"spectral reference: {run.stderr}")
    out = os.path.join(folder, "spectral_stopped")
    process = start("run", path, "--out", out, "-q", ranks=2)
    until(lambda: os.path.exists(os.path.join(out, "fields.nc")))
    time.sleep(0.3)
    process.send_signal(signal.SIGUSR1)
    process.communicate(timeout=60)
    check(process.returncode in (0, 85), f"spectral stop: code {process.returncode}")
    finish(path, out, 2)
    compare(reference, out, 0, "spectral on the same ranks: bit for bit")
end()
