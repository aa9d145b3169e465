"""What must not be lost, by kinds of faults: checkpoints that cannot be used, locks, directories that are moved under a run,
signals, launchers of another MPI, damaged results, and what files say of who made them."""
import contextlib
import re
import signal
import time

from program import *

FIELD = """model: klein_gordon
grid: {n: [64], length: [40]}
klein_gordon: {potential: phi4, laplacian: fd2}
initial: {type: gaussian, amplitude: 0.5}
time: {stepper: verlet, dt: 0.01, end: END}
observe: {every: 1, list: [energy, phi_max, spectrum]}
output: {fields_every: 10}
checkpoint: {every: 0.3s, keep: 2}
"""


def checkpoints(out):
    return sorted(n for n in os.listdir(out) if n.startswith("ckpt-") and n.endswith(".h5")) if os.path.isdir(out) else []


def begin(path, out, *more, **options):
    """Start a run and wait for its second checkpoint."""
    process = start("run", path, "--out", out, "-q", *more, **options)
    check(until(lambda: len(checkpoints(out)) >= 2 or process.poll() is not None), "a run with checkpoints")
    return process


def stop(process, number=signal.SIGTERM):
    process.send_signal(number)
    said = process.communicate(timeout=60)
    return process.returncode, said[1]


def content(path):
    with open(path, "rb") as file:
        return file.read()


def put(path, data, at=None):
    with open(path, "wb" if at is None else "r+b") as file:
        file.seek(at or 0)
        file.write(data)


def checkpoints_that_cannot_be_used(folder, path, out):
    """A resume without a sound checkpoint changes nothing; damaged ones never push sound ones out."""
    series = content(out + "/series.nc")
    kept = {n: content(out + "/" + n) for n in checkpoints(out)}
    for n in kept:
        put(out + "/" + n, kept[n][:5000])
    for ranks in (0, 2):
        run = weft("run", path, "--out", out, "--resume", "-q", ranks=ranks)
        check(run.returncode == 4 and "none that can be used" in run.stderr and run.stderr.count("weft: error") == 1,
              f"no sound checkpoint: {run.returncode} {run.stderr}")
        check(content(out + "/series.nc") == series and checkpoints(out) == sorted(kept), "nothing is changed")
    older, newest = sorted(kept)
    put(out + "/" + older, kept[older])
    run = weft("run", path, "--out", out, "--resume", "--wall", "1s", "-q")
    later = checkpoints(out)
    check(run.returncode == 85 and older not in later or len(later) >= 2, f"a damaged one is newer: {run.returncode} {later}")
    check(any(n not in kept for n in later), f"checkpoints of the resumed run stay: {later}")
    # one bit anywhere in a checkpoint: an older one is used, or the numbers are right
    sound, end_at = os.path.join(folder, "sound"), str(int(int(newest[5:-3]) * 0.01) + 20)
    shutil.copytree(out, sound)
    for n in checkpoints(sound):
        os.remove(sound + "/" + n)
    put(sound + "/series.nc", series)
    for n, data in kept.items():
        put(sound + "/" + n, data)
    reference = os.path.join(folder, "reference")
    run = weft("run", path, "--out", reference, "-q", "-P", "time.end=" + end_at)
    check(run.returncode == 0, f"reference: {run.stderr}")
    draw, size = np.random.default_rng(5), len(kept[newest])
    for trial in range(40 if os.environ.get("WEFT_SLOW") else 12):
        flipped = bytearray(kept[newest])
        at = int(draw.integers(size)) if trial > 3 else [1766, 800, 1200, 2500][trial]
        flipped[at] ^= 1 << int(draw.integers(8))
        copy = os.path.join(folder, "flipped")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(sound, copy)
        put(copy + "/" + newest, bytes(flipped))
        run = weft("run", path, "--out", copy, "--resume", "-q", "-P", "time.end=" + end_at)
        difference = same(reference + "/series.nc", copy + "/series.nc") if run.returncode == 0 else ""
        check(run.returncode == 0 and not difference, f"bit flipped at {at}: {run.returncode} {run.stderr} {difference}")


def damaged_results(folder, path, out):
    """weft info --verify names what is damaged."""
    run = weft("info", "--verify", out)
    check(run.returncode == 0 and run.stdout.count("sound") >= 3, f"sound: {run.returncode} {run.stdout}{run.stderr}")
    copy = os.path.join(folder, "bits")
    shutil.copytree(out, copy)
    for file, name in (("series.nc", "energy"), ("series.nc", "time"), ("fields.nc", "phi"), ("fields.nc", "x")):
        with h5py.File(out + "/" + file) as f:
            check(f[name].fletcher32, f"{file}: {name} has a checksum")
            place = f[name].id.get_chunk_info(0).byte_offset
        data = content(out + "/" + file)
        put(copy + "/" + file, data)
        put(copy + "/" + file, bytes([data[place + 100] ^ 4]), place + 100)
        for what in (copy, copy + "/" + file):
            run = weft("info", "--verify", what)
            check(run.returncode == 4 and f"'{name}'" in run.stderr, f"{file}: {name} damaged: {run.returncode} {run.stderr}")
        for tool in ("plot", "report"):  # and nobody reads other numbers from it
            run = weft(tool, copy, "-q")
            check(run.returncode == 4 and f"{file}: {name} cannot be read" in run.stderr,
                  f"{file}: {name} damaged, {tool}: {run.returncode} {run.stderr}")
        put(copy + "/" + file, data)
    newest = checkpoints(copy)[-1]
    with h5py.File(copy + "/" + newest) as f:
        place = f["fields/phi"].id.get_offset()
    put(copy + "/" + newest, b"\x01\x02\x03", place + 64)
    run = weft("info", "--verify", copy)
    check(run.returncode == 4 and "fields/phi" in run.stderr and "1 of" in run.stderr, f"checkpoint damaged: {run.stderr}")
    # the heap of dimension lists has no checksum: nobody needs it to go on
    for at, value in ((24, b"\xf0"), (16, b"\0\0"), (0, b"\0" * 400)):
        shutil.rmtree(copy)
        shutil.copytree(out, copy)
        place = content(copy + "/series.nc").find(b"GCOL")
        check(place > 0, "a heap")
        put(copy + "/series.nc", value, place + at)
        run = weft("run", path, "--out", copy, "--resume", "-q", "--wall", "1s", timeout=60)
        check(run.returncode == 85, f"damaged dimension lists: {run.returncode} {run.stderr}")


def locks(folder, path):
    """A lock that cannot be removed is an error, not a wait without end."""
    out = os.path.join(folder, "locked")
    os.makedirs(out)
    gone = subprocess.Popen(["true"])
    gone.wait()
    write(out, "lock", f"host {os.uname().nodename} process {gone.pid} started 1 since 2020-01-01T00:00:00Z slurm_job - "
          "slurm_restart 0 slurm_cluster -")
    fixed = subprocess.run(["chattr", "+i", out], capture_output=True).returncode == 0
    if fixed or os.geteuid() != 0:
        if not fixed:
            os.chmod(out, 0o555)
        run = weft("run", path, "--out", out, "--overwrite", "-q", timeout=60)
        subprocess.run(["chattr", "-i", out], capture_output=True)
        os.chmod(out, 0o755)
        check(run.returncode == 4 and "cannot" in run.stderr, f"a lock that stays: {run.returncode} {run.stderr}")
    # a signal before a run writes ends the program at once
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    process = start("run", fifo, "--out", os.path.join(folder, "none"), "-q")
    time.sleep(1.5)
    process.send_signal(signal.SIGTERM)
    check(until(lambda: process.poll() is not None, 20) and process.returncode != 0, "SIGTERM while the input is read")
    process.kill()
    process.communicate()


def moved_directory(folder, path):
    """A run whose directory is moved away leaves the one that stands there now alone."""
    out, away = os.path.join(folder, "here"), os.path.join(folder, "away")
    first = begin(path, out)
    first.send_signal(signal.SIGSTOP)
    os.rename(out, away)
    second = begin(path, out, "-P", "initial.amplitude=0.4")
    second.send_signal(signal.SIGSTOP)
    before = sorted(os.listdir(out))
    first.send_signal(signal.SIGCONT)
    said = first.communicate(timeout=60)[1]
    check(first.returncode == 4 and "not this run's any more" in said, f"moved: {first.returncode} {said}")
    check(sorted(os.listdir(out)) == before, f"the other run's files stay: {before} {sorted(os.listdir(out))}")
    second.send_signal(signal.SIGCONT)
    code, said = stop(second)
    check(code == 85, f"the other run: {code} {said}")
    run = weft("run", path, "--out", away, "--resume", "--wall", "1s", "-q")
    check(run.returncode == 85, f"the moved run goes on: {run.returncode} {run.stderr}")


def signals(folder, path):
    """Each way to lose a terminal or a limit makes a checkpoint; a stop is called a stop."""
    for number in (signal.SIGHUP, signal.SIGXCPU, signal.SIGPIPE, signal.SIGINT):
        out = os.path.join(folder, f"signal{number}")
        code, said = stop(begin(path, out), number)
        check(code == 85 and re.search(rf"^weft: stopped at .*\({number.name}\)", said, re.M) and "error" not in said,
              f"{number.name}: {code} {said}")
        check(not os.path.exists(out + "/lock"), f"{number.name}: no lock stays")
    # a reader that is gone: the second line of progress finds a closed pipe
    out = os.path.join(folder, "pipe")
    run = subprocess.run(["bash", "-c", '"$0" run "$1" --out "$2" | head -1; exit ${PIPESTATUS[0]}', WEFT, path, out], capture_output=True,
                         text=True, timeout=120, stdin=subprocess.DEVNULL)
    check(run.returncode == 85 and "(SIGPIPE)" in run.stderr and checkpoints(out) and not os.path.exists(out + "/lock"),
          f"weft run | head -1: {run.returncode} {run.stderr}")
    out = os.path.join(folder, "nohup")
    process = begin(path, out, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    time.sleep(1)
    check(process.poll() is None, "SIGHUP that was ignored at the start stays ignored")
    check(stop(process)[0] == 85, "and another signal stops it")
    # standard streams that are closed: nothing of weft's goes into other files
    out = os.path.join(folder, "closed")
    run = subprocess.run(["sh", "-c", 'exec "$0" run "$1" --out "$2" -P time.end=10 <&- >&- 2>&-', WEFT, path, out])
    check(run.returncode == 0 and weft("info", "--verify", out).returncode == 0, f"closed streams: {run.returncode}")


def launchers(folder, path):
    """Programs that a launcher of another MPI started each alone: refused, once."""
    for more, says in (({"PMI_SIZE": "3", "PMI_RANK": "0"}, 1), ({"PMI_SIZE": "3", "PMI_RANK": "2"}, 0),
                       ({"SLURM_STEP_NUM_TASKS": "4", "SLURM_PROCID": "0"}, 1), ({"MPI_LOCALNRANKS": "2"}, 1), ({"PMI_SIZE": "1"}, None)):
        run = weft("check", path, env={**os.environ, **more})
        good = run.returncode == 0 if says is None else \
            run.returncode == 2 and run.stderr.count("does not fit the MPI library") == says
        check(good, f"{more}: {run.returncode} {run.stderr}")
    scan = write(folder, "alone.yaml", f"base: {path}\naxes: {{initial.amplitude: {{values: [0.1, 0.2]}}}}\n")
    for command in (("run", path), ("scan", "run", scan)):
        for rank in ("0", "1", "2"):
            out = os.path.join(folder, "alone")
            run = weft(*command, "--out", out, env={**os.environ, "PMI_SIZE": "3", "PMI_RANK": rank})
            check(run.returncode == 2 and not os.path.exists(out), f"{command}, process {rank} of 3: {run.returncode} {run.stderr}")
    run = weft("check", path, ranks=2, env={**os.environ, "SLURM_STEP_NUM_TASKS": "2"})
    check(run.returncode == 0, f"the right launcher: {run.stderr}")


def provenance(folder, path):
    """Each start has its line; another version that goes on says so."""
    out = os.path.join(folder, "starts")
    for end_at in (10, 20, 30):
        run = weft("run", path, "--out", out, "-q", "-P", f"time.end={end_at}", "--resume")
        check(run.returncode == 0 and "another weft" not in run.stderr, f"start to {end_at}: {run.stderr}")
    for name in ("series.nc", "fields.nc"):
        with h5py.File(f"{out}/{name}") as file:
            lines = file.attrs["history"].decode().split("\n")
            check([re.search(r"from time (\S+):", line).group(1) for line in lines] == ["0", "10", "20"], f"{name}: {lines}")
            check(all(word in file.attrs["libraries"].decode() for word in ("FFTW", "HDF5", "PETSc", "SLEPc", "LAPACK" if not has("LAPACK") else "BLAS", "ScaLAPACK")),
                  f"libraries: {file.attrs['libraries']}")
    with h5py.File(f"{out}/series.nc") as file:
        check(len(file.attrs["parent_uuid"]) == 36, "the run that was resumed")
        git = file.attrs["weft_git"]
    # a program that says another state of the sources goes on with a single run (the file alone cannot be changed: a resume puts it back)
    image, known = content(WEFT), git[:7]  # compilers may cut longer texts into pieces
    if len(known) == 7 and image.count(known) == 1:
        changed = os.path.join(folder, "weft")
        put(changed, image.replace(known, b"another"))
        os.chmod(changed, 0o755)
        run = subprocess.run([MPIEXEC, "-n", "2", changed, "run", path, "--out", out, "-q", "-P", "time.end=40", "--resume"], capture_output=True,
                             text=True, stdin=subprocess.DEVNULL, timeout=120)
        check(run.returncode == 0 and run.stderr.count("another weft goes on") == 1, f"another program: {run.returncode} {run.stderr}")
        for name in ("series.nc", "fields.nc"):
            with h5py.File(f"{out}/{name}") as file:
                lines = file.attrs["history"].decode().split("\n")
                check(len(lines) == 4 and "2 ranks" in lines[3] and "from time 30:" in lines[3] and git.decode() in lines[0] and
                      git.decode() not in lines[3], f"{name}, another program: {lines}")
    # ensembles: stopped before the first block is done, stopped later, complete and made longer
    many = write(folder, "many.yaml", "model: kuramoto\ngrid: {n: [32]}\nkuramoto: {noise: 0.1}\ninitial: {type: flat}\n"
                 "time: {dt: 0.05, end: 20}\nobserve: {every: 1, list: [width2]}\nensemble: {replicas: 40}\n")
    for keep, how, end_at in (("mean", "at once", 20), ("all", "at once", 20), ("mean", "complete", 30), ("all", "complete", 30)):
        out = os.path.join(folder, f"many {keep} {how}")
        more = ("-q", "-P", f"ensemble.keep={keep}")
        weft("run", many, "--out", out, *more, *(["--wall", "0.001s"] if how == "at once" else []))
        with h5py.File(out + "/series.nc", "r+") as file:
            # replaced by h5py, which leaves HDF5 an index in which the attribute is missing; any length, also of numbers
            file.attrs["weft_version"] = "9.9"
            file.attrs["title"] = "a title of mine, which is longer than the one that was there before"
            file.attrs["date"] = np.bytes_(b"1999-01-01T00:00:00Z")
            file.attrs["my note"] = 3
            file.attrs["replicas_done"] = np.int32(0)
        run = weft("run", many, "--out", out, *more, "--resume", "-P", f"time.end={end_at}", ranks=2)
        check(run.returncode == 0 and run.stderr.count("another weft goes on") == 1, f"{out}: {run.returncode} {run.stderr}")
        with h5py.File(out + "/series.nc") as file:
            lines = file.attrs["history"].decode().split("\n")
            check(len(lines) == 2, f"{out}: each start has its line: {lines}")


def clocks(folder, path):
    """A start from a snapshot keeps its clock: the parts are those of one run."""
    whole, second, ensemble = (os.path.join(folder, n) for n in ("whole", "second", "second-of-many"))
    common = ("-q", "-P", "output.fields=[phi, pi]", "-P", "time.end=60")
    run = weft("run", path, "--out", whole, *common)
    check(run.returncode == 0, f"the whole: {run.stderr}")
    text = write(folder, "second.yaml", re.sub("initial: .*", f"initial: {{type: file, path: {whole}/fields.nc, record: 3}}",
                                               FIELD.replace("END", "60")).replace("end: 60", "start: 30, end: 60"))
    for out, more, ranks in ((second, (), 0), (ensemble, ("-P", "ensemble.replicas=2"), 2)):
        run = weft("run", text, "--out", out, *common, *more, ranks=ranks)
        check(run.returncode == 0, f"the second part: {run.stderr}")
        with h5py.File(whole + "/series.nc") as a, h5py.File(out + "/series.nc") as b, h5py.File(out + "/fields.nc") as c:
            for name in ("time", "energy", "phi_max"):
                check(np.array_equal(a[name][30:], b[name][...]), f"{out}: {name}: {a[name][30:33]} {b[name][:3]}")
            check(b.attrs["parent_uuid"] == a.attrs["run_uuid"], "the run that the snapshot is of")
            check(list(c["time"]) == [30, 40, 50, 60], f"snapshots: {c['time'][...]}")
    for change, words in (("time.start=60", "not before time.end"), ("time.start=30.005", "no whole number of steps")):
        run = weft("check", text, "-P", change)
        check(run.returncode == 2 and words in run.stderr, f"{change}: {run.returncode} {run.stderr}")
    stopped = os.path.join(folder, "second-longer")
    for end_at in (45, 60):
        run = weft("run", text, "--out", stopped, "--resume", *common, "-P", f"time.end={end_at}")
        check(run.returncode == 0, f"the second part, longer: {run.stderr}")
    check(same(second + "/series.nc", stopped + "/series.nc") == "", "the second part in two parts")

ELSEWHERE = """#!/bin/bash
# rank 1 has an empty disk of its own over the directory $HIDE
if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then
  exec unshare -m bash -c 'mount -t tmpfs none "$HIDE" && cd "$PWD" && exec "$@"' x "$@"
fi
exec "$@"
"""


def file_systems(folder, path):
    """Ranks that see different disks under one name: code 4 and one message, not a hang, and nothing computed twice."""
    hidden, wrap = os.path.join(folder, "hidden"), write(folder, "elsewhere.sh", ELSEWHERE)
    os.makedirs(hidden)
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", hidden], capture_output=True).returncode:
        print("skipped: ranks with disks of their own, since this user may not mount")
        return
    short = ("-q", "-P", "time.end=2", "-P", "output.fields=[phi, pi]", "-P", "output.fields_every=1")
    run = weft("run", path, "--out", os.path.join(folder, "before"), *short)
    check(run.returncode == 0, f"a state to start from: {run.stderr}")
    shutil.copy(os.path.join(folder, "before", "fields.nc"), hidden)
    other = write(folder, "from-file.yaml", re.sub("initial: .*", f"initial: {{type: file, path: {hidden}/fields.nc}}",
                                                   FIELD.replace("END", "2")))
    scan = write(folder, "elsewhere.yaml", f"base: {path}\naxes: {{initial.amplitude: {{values: [0.1, 0.2, 0.3]}}}}\n")
    of_files = write(folder, "files.yaml", f"base: {other}\naxes: {{time.dt: {{values: [0.01, 0.02, 0.005]}}}}\n")
    plain = os.path.join(folder, "plain")
    for what, arguments in (("results", ["run", path, "--out", hidden + "/run"]), ("an initial state", ["run", other, "--out", plain]),
                            ("replicas' initial states", ["run", other, "--out", plain, "-P", "ensemble.replicas=3"]),
                            ("results of a scan", ["scan", "run", scan, "--out", hidden + "/scan"]),
                            ("states of a scan", ["scan", "run", of_files, "--out", plain])):
        run = subprocess.run([MPIEXEC, "-n", "2", "bash", wrap, WEFT, *arguments, "-q"], capture_output=True, text=True, timeout=120,
                             stdin=subprocess.DEVNULL, env={**os.environ, "HIDE": hidden})
        check(run.returncode == 4 and run.stderr.count("weft: error") == 1, f"{what} on different disks: {run.returncode} {run.stderr}")
        check(not os.path.exists(plain), f"{what}: nothing is written")


def other_users(folder):
    """What a killed run of another user left in /dev/shm (a semaphore of Open MPI's shared file pointers, named after the file alone)
    does not keep a run on two ranks from its snapshots. Only a user who may become another one can try this."""
    left = [f"/dev/shm/sem.OMPIO_{name}" for name in ("fields.nc", "series.nc")]
    if os.geteuid() != 0 or not os.path.isdir("/dev/shm"):
        return
    mine = os.path.join(folder, "of nobody")
    os.makedirs(mine)
    os.chmod(folder, 0o755)
    os.chown(mine, 65534, 65534)
    other = {"user": 65534, "group": 65534, "extra_groups": [], "stdin": subprocess.DEVNULL, "capture_output": True, "text": True}
    try:
        able = subprocess.run([WEFT, "models"], cwd="/", check=False, **other).returncode == 0
    except PermissionError:
        able = False
    if not able or any(map(os.path.exists, left)):  # a build in a private folder; a run at work
        return
    for path in left:
        with open(path, "w", encoding="utf-8"):
            os.chmod(path, 0o600)
    try:
        path = write(folder, "short.yaml", FIELD.replace("END", "1").replace("every: 10}", "every: 1}"))
        os.chmod(path, 0o644)
        run = subprocess.run([MPIEXEC, "-n", "2", WEFT, "run", path, "--out", os.path.join(mine, "out"), "-q"], timeout=120, cwd=mine,
                             env={**os.environ, "HOME": mine}, **other)
        check(run.returncode == 0, f"beside a semaphore of another user: {run.returncode} {run.stderr}")
    finally:
        for path in left:
            with contextlib.suppress(FileNotFoundError):  # a run of root on this machine takes it away, too
                os.unlink(path)


with scratch() as folder:
    long, out = write(folder, "long.yaml", FIELD.replace("END", "1e6")), os.path.join(folder, "out")
    code, said = stop(begin(long, out))
    check(code == 85 and len(checkpoints(out)) == 2, f"a stopped run: {code} {said}")
    shutil.copytree(out, os.path.join(folder, "stopped"))
    damaged_results(folder, long, os.path.join(folder, "stopped"))
    checkpoints_that_cannot_be_used(folder, long, out)
    locks(folder, long)
    moved_directory(folder, long)
    signals(folder, long)
    launchers(folder, long)
    file_systems(folder, long)
    other_users(folder)
    clocks(folder, long)
    provenance(folder, long)
end()
