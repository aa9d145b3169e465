"""Places that cannot be written, disks that are full (a small file system of its own) and names of every kind, for single runs,
ensembles, scans, collections, pictures, analyses and reports: one message, code 4, nothing half-written, and a resume with room
gives the files of a run that was not disturbed."""
from program import *

RING = """model: kuramoto
grid: {n: [256]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 100}
observe: {every: 0.1, list: [width2, height_pdf]}
checkpoint: {every: 0.02s}
"""
SCAN = "base: base.yaml\naxes: {kuramoto.noise: {linspace: [0.1, 0.5, 12]}}\n"
QUICK = RING.replace("end: 100", "end: 10")
KINDS = {"single": RING + "output: {fields_every: 0.2}\n",
         "means": RING.replace("end: 100", "end: 30") + "ensemble: {replicas: 6}\n",
         "all": RING.replace("end: 100", "end: 20") + "ensemble: {replicas: 40, keep: all}\n"}
# a file system of a size in bytes (or read-only) at $PLACE while a command runs; what is in it then is copied to $PLACE.kept
INSIDE = """mount -t tmpfs -o "$HOW" none "$PLACE" || exit 77
[ ! -d "$PLACE.kept" ] || cp -a "$PLACE.kept/." "$PLACE/" || exit 77
[ -z "$SEALED" ] || mount -o remount,ro "$PLACE" || exit 77
"$@"
code=$?
rm -rf "$PLACE.kept"; mkdir "$PLACE.kept"; cp -a "$PLACE/." "$PLACE.kept/" || exit 78
exit $code
"""


def inside(place, how, *command, sealed=""):
    os.makedirs(place, exist_ok=True)
    return subprocess.run(["unshare", "-m", "bash", "-c", INSIDE, "x", *map(str, command)], capture_output=True, text=True,
                          timeout=300, env={**os.environ, "PLACE": place, "HOW": how, "SEALED": sealed})


def told(run, what, code=4, words=""):
    """Ended with this code and one message."""
    errors = [line for line in run.stderr.split("\n") if line.startswith("weft: error:")]
    check(run.returncode == code and len(errors) == 1 and words in run.stderr and "Traceback" not in run.stderr,
          f"{what}: code {run.returncode}: {run.stderr[-400:]}")


def tidy(place, what):
    left = [n for _, folders, files in os.walk(place) for n in folders + files if "tmp" in n or n == "lock"]
    check(not left, f"{what}: left over: {left}")


def full(folder):
    """The disk fills up at several moments; then there is room."""
    for kind, text in KINDS.items():
        path, reference = write(folder, kind + ".yaml", text), os.path.join(folder, "reference " + kind)
        run = weft("run", path, "--out", reference, "-q")
        check(run.returncode == 0, f"{kind}: {run.stderr}")
        size = sum(os.path.getsize(os.path.join(reference, n)) for n in os.listdir(reference))
        for number, part in enumerate((0.002, 0.4, 0.9 if kind == "single" else 0.6)):
            place = os.path.join(folder, f"full {kind} {number}")
            run = inside(place, f"size={max(8192, int(part * size) // 4096 * 4096)}", WEFT, "run", path, "--out", place + "/out", "-q")
            told(run, f"{kind}, a disk of {part} of the files")
            out = place + ".kept/out"
            tidy(out, f"{kind}, {part}")
            resumable = any(n.startswith("ckpt") for n in os.listdir(out)) if os.path.isdir(out) else False
            run = weft("run", path, "--out", out, "-q", "--resume" if resumable or not os.path.isdir(out) else "--overwrite")
            check(run.returncode == 0, f"{kind}, with room after {part}: {run.returncode} {run.stderr}")
            for name in ("series.nc", "fields.nc"):
                if os.path.exists(os.path.join(reference, name)) and run.returncode == 0:
                    difference = same(os.path.join(reference, name), os.path.join(out, name))
                    check(not difference, f"{kind}, with room after {part}: {name}: {difference}")


def full_scan(folder):
    write(folder, "base.yaml", QUICK)
    scan, reference = write(folder, "scan.yaml", SCAN), os.path.join(folder, "reference scan")
    for command in ("run", "collect"):
        run = weft("scan", command, scan, "--out", reference, "-q")
        check(run.returncode == 0, f"scan {command}: {run.stderr}")
    size = sum(os.path.getsize(os.path.join(r, n)) for r, _, files in os.walk(reference) for n in files if n != "scan.nc")
    for part in (0.001, 0.5):
        place = os.path.join(folder, f"full scan {part}")
        told(inside(place, f"size={max(4096, int(part * size) // 4096 * 4096)}", WEFT, "scan", "run", scan, "--out", place + "/out", "-q"),
             f"a scan on a disk of {part}")
        tidy(place + ".kept", f"scan {part}")
        run = weft("scan", "run", scan, "--out", place + ".kept/out", "-q")
        check(run.returncode == 0, f"a scan with room: {run.stderr}")
        run = weft("scan", "collect", scan, "--out", place + ".kept/out", "-q")
        check(run.returncode == 0 and not same_scan(reference, place + ".kept/out"), f"a scan with room after {part}: {run.stderr}")
    # the log fits, scan.nc does not; an old one stays
    place = os.path.join(folder, "full collect")
    shutil.copytree(reference, place + ".kept/out")
    used = sum(-(-os.path.getsize(os.path.join(r, n)) // 4096) * 4096 for r, _, files in os.walk(reference) for n in files)
    for old in (True, False):
        if not old:
            os.remove(place + ".kept/out/scan.nc")
            used -= os.path.getsize(reference + "/scan.nc")
        told(inside(place, f"size={used // 4096 * 4096 + 8 * 4096}", WEFT, "scan", "collect", scan, "--out", place + "/out", "-q"), "collect on a full disk")
        tidy(place + ".kept", "collect")
        check(os.path.exists(place + ".kept/out/scan.nc") == old, "an old collection stays, no half of one")
        if old:
            check(not same_scan(reference, place + ".kept/out"), "the old collection is whole")
    return scan, reference


def tools(folder, run, scan):
    """Pictures, analyses and reports into places that are full, and that cannot be written."""
    for number, (command, result) in enumerate(((["plot"], run), (["analyze", "kpz"], run), (["report"], run), (["plot"], scan), (["report"], scan))):
        for how, sealed, bytes_free in (("full", "", 2), ("read-only", "yes", 0))[:1 if number == 4 else 2]:
            place = os.path.join(folder, f"{how} tool {number}")
            shutil.copytree(result, place + ".kept/out")
            used = sum(-(-os.path.getsize(os.path.join(r, n)) // 4096) for r, _, files in os.walk(result) for n in files)
            before = sorted(os.listdir(result))
            done = inside(place, f"size={(used + bytes_free) * 4096}" if how == "full" else "size=1g", WEFT, *command, place + "/out", "-q", sealed=sealed)
            told(done, f"weft {command} on a {how} disk")
            left = [n for n in sorted(os.listdir(place + ".kept/out")) if n not in before]
            check(not any("tmp" in n for n in left) and all(os.path.getsize(f"{place}.kept/out/{n}") > 100 for n in left),
                  f"weft {command} on a {how} disk: half-written {left}")


def read_only(folder, path, scan, result):
    """Nothing can be written: at once, with the reason."""
    for what, command, kept in (("a run", ("run", path, "--out", "PLACE/out"), None), ("a run made longer", ("run", path, "--out", "PLACE/out", "--resume", "-P", "time.end=20"), result),
                                ("a run again", ("run", path, "--out", "PLACE/out", "--overwrite"), result),
                                ("a scan", ("scan", "run", scan, "--out", "PLACE/out"), None), ("expand", ("scan", "slurm", scan, "--out", "PLACE/out", "--time", "1h"), None)):
        place = os.path.join(folder, "sealed " + what)
        if kept:
            shutil.copytree(kept, place + ".kept/out")
        done = inside(place, "size=1g", WEFT, *[str(c).replace("PLACE", place) for c in command], sealed="yes")
        told(done, f"{what} on a read-only disk", words="Read-only file system")
        if kept:
            difference = same(result + "/series.nc", place + ".kept/out/series.nc")
            check(not difference and sorted(os.listdir(result)) == sorted(os.listdir(place + ".kept/out")), f"{what}: nothing is changed {difference}")


def names(folder):
    """Names with quotes, line ends, blanks, letters of all kinds: directories, inputs, initial states, axes of scans."""
    for number, name in enumerate(("it's \"quoted\"", "two\nlines", "tab\tand $(touch x) `touch y`", "grün λ 波", "-dash", "a #b: c, [d] %s %n \\",
                                   b"\xff\xfe bytes".decode("utf-8", "surrogateescape"), "star*? {x}; e\u0301 & more|")):
        place = os.path.join(folder, str(number), name)
        os.makedirs(place)
        with open(os.path.join(place, "input.yaml"), "w", encoding="utf-8") as file:
            file.write(QUICK + "output: {fields_every: 10}\n")
        looks = (("check", "input.yaml"), ("info", "out"), ("plot", "out", "-q"), ("report", "out", "-q"), ("analyze", "kpz", "out", "-q"))
        for command in (("run", "input.yaml", "--out", "out", "-q"), *(looks if number in (0, 1, 6) else ()), ("run", "out/params.used.yaml", "--out", "again", "-q")):
            run = subprocess.run([WEFT, *[os.path.join(place, c) if "." in c or c in ("out", "again") else c for c in command]], capture_output=True, cwd=folder,
                                 stdin=subprocess.DEVNULL, timeout=120)
            check(run.returncode == 0, f"{command[0]} in {name!r}: {run.returncode} {run.stderr[-300:]!r}")
        check(not same(place + "/out/series.nc", place + "/again/series.nc"), f"{name!r}: params.used.yaml")
        if "\udcff" in name:
            continue  # YAML is UTF-8
        quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'
        state = os.path.join(place, name + ".h5")
        with h5py.File(state, "w") as file:
            file["phase"] = np.zeros(256)
        text = QUICK.replace("{type: flat}", "{type: file, path: " + quoted[:-1] + '.h5"}')
        os.rename(place + "/out", place + "/first")
        with open(os.path.join(place, "from.yaml"), "w", encoding="utf-8") as file:
            file.write(text)
        for command in (("run", "from.yaml", "--out", "out", "-q"), ("run", "out/params.used.yaml", "--out", "repeated", "-q")):
            run = subprocess.run([WEFT, *command], capture_output=True, cwd=place, stdin=subprocess.DEVNULL)
            check(run.returncode == 0, f"a state called {name!r}: {run.returncode} {run.stderr[-300:]!r}")
        with open(os.path.join(place, "scan.yaml"), "w", encoding="utf-8") as file:
            file.write("base: from.yaml\naxes: {initial.path: {values: [" + quoted[:-1] + '.h5"]}, kuramoto.noise: {values: [0.1, 0.2]}}\n')
        for command in (("scan", "run", "scan.yaml", "--out", "scan", "-q"), ("scan", "collect", "scan.yaml", "--out", "scan", "-q"), ("scan", "slurm", "scan.yaml", "--out", "scan", "--time", "1h"),
                        *([("plot", "scan", "-q")] if number < 2 else [])):
            run = subprocess.run([WEFT, *command], capture_output=True, cwd=place, stdin=subprocess.DEVNULL, timeout=120)
            check(run.returncode == 0, f"{command[:2]} over a state called {name!r}: {run.returncode} {run.stderr[-300:]!r}")
        for script in ("scan.slurm", "submit.sh"):
            if os.path.exists(f"{place}/scan/{script}"):
                run = subprocess.run(["bash", "-n", f"{place}/scan/{script}"], capture_output=True, text=True)
                check(run.returncode == 0, f"{script} for {name!r}: {run.stderr}")
    check(not [n for r, _, f in os.walk(folder) for n in f if n in ("x", "y")], "nothing of a name is run")


def many_at_once(folder):
    """Programs without mpirun that are started at the same time, as in a job array, do not get into each other's way."""
    path, places = write(folder, "many.yaml", RING), os.path.join(folder, "tmpdir")
    os.makedirs(places)
    script = 'for i in 1 2 3 4 5 6 7 8 9 10; do "$0" check "$1" >/dev/null || exit 1; done'
    at_work = [subprocess.Popen(["sh", "-c", script, WEFT, path], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                env={**os.environ, "TMPDIR": places}) for _ in range(8)]
    for process in at_work:
        said = process.communicate(timeout=300)[1]
        check(process.returncode == 0, f"many at once: {process.returncode} {said[-300:]}")
    check(not os.listdir(places), f"left in TMPDIR: {os.listdir(places)}")


with scratch() as folder:
    many_at_once(folder)
    names(folder)
    if subprocess.run(["unshare", "-m", "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True).returncode:
        print("left out: full and read-only disks, since this user may not mount")
    else:
        full(folder)
        scan, collected = full_scan(folder)
        path = write(folder, "quick.yaml", QUICK)
        run = os.path.join(folder, "run")
        check(weft("run", path, "--out", run, "-q").returncode == 0, "a run")
        tools(folder, run, collected)
        read_only(folder, path, scan, run)
end()
