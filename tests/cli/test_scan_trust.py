"""What a scan must not get wrong without a word: seeds of long texts, quotes of values, axes that are made longer, files that
change, clocks that differ, names that a shell would run, files of the wrong kind, a full standard output."""
import socket

from program import *

BASE = """model: kuramoto
grid: {n: [16]}
kuramoto: {coupling: 1, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 1}
observe: {every: 0.5, list: [width2]}
ensemble: {seed: 5}
"""
CLOCK = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t clock, struct timespec *t)
{
    int (*next)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int code = next(clock, t);
    t->tv_sec += clock == CLOCK_REALTIME ? 86400 : 0;
    return code;
}
"""


def points(path, *arguments):
    """[[number, identity, seed, value, ...]] of weft scan expand."""
    run = weft("scan", "expand", path, *arguments)
    check(run.returncode == 0, f"expand {path}: {run.stderr}")
    return [line.split(" ", 3) for line in run.stdout.splitlines() if not line.startswith("#")]


def axis(folder, text, name="scan.yaml"):
    return write(folder, name, "base: base.yaml\naxes: {" + text + "}\n")


with scratch() as folder:
    base = write(folder, "base.yaml", BASE)

    # ---- seeds: of the whole text of the values, however long it is ----
    write(folder, "base.yaml", BASE.replace("type: flat", "type: file"))
    path = axis(folder, f"initial.path: {{values: [{'a' * 3000}1, {'a' * 3000}2]}}, kuramoto.noise: {{values: [0.1, 0.2, 0.3]}}")
    seeds = [p[2] for p in points(path)]
    check(len(seeds) == 6 and len(set(seeds)) == 6, f"seeds of long texts: {seeds}")
    write(folder, "base.yaml", BASE)

    # ---- linspace: a longer axis has the points of the shorter one ----
    for short, long in (("[0.1, 1.0, 10]", "[0.1, 2.0, 20]"), ("[-1, 1, 21]", "[-1, 2, 31]"), ("[0, 1, 4]", "[0, 3, 10]"),
                        ("[0.35, 0.4, 5]", "[0.35, 0.45, 9]"), ("[1000000.1, 1000001.1, 11]", "[1000000.1, 1000002.1, 21]"),
                        ("[3e-7, 3e-6, 10]", "[3e-7, 6e-6, 20]")):
        a, b = ([p[1:] for p in points(axis(folder, f"kuramoto.phase_lag: {{linspace: {v}}}"))] for v in (short, long))
        check(all(p in b for p in a), f"linspace {short} in {long}: {[p for p in a if p not in b]}")
    values = [float(p[3]) for p in points(axis(folder, "kuramoto.phase_lag: {linspace: [-1, 1, 201]}"))]
    check(values == [round(-1 + 0.01 * i, 10) for i in range(201)], "linspace gives the decimal numbers that are meant")
    a, b = ([p[1:] for p in points(axis(folder, f"kuramoto.noise: {{logspace: {v}}}"))]
            for v in ("[0.01, 1, 7]", "[0.01, 100, 13]"))
    check(all(p in b for p in a), f"logspace: {[p for p in a if p not in b]}")

    # ---- values in quotes stay what they are ----
    path = axis(folder, """kuramoto.phase_lag: {values: [0.1]}""", "one.yaml")
    for text in ("a #1.nc", "b: c.nc", "it's", 'say "x"', "[x]", "{x: 1}", "007", "true", "~", "- a", "x\ty", "ü ~ é"):
        quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '"'
        path = write(folder, "quotes.yaml", f"base: base.yaml\naxes: {{initial.path: {{values: [{quoted}]}}}}\n")
        write(folder, "base.yaml", BASE.replace("type: flat", "type: file"))
        run = weft("scan", "check", path)
        check(run.returncode == 2 and text.replace("\t", " ") in run.stderr.replace("\t", " ") and
              run.stderr.count("cannot be read") == 1, f"value {text!r}: {run.returncode}: {run.stderr}")
    write(folder, "base.yaml", BASE)

    # ---- a point is what was in the files that it starts from ----
    state = os.path.join(folder, "state.h5")
    write(folder, "base.yaml", BASE.replace("flat}", f"file, path: {state}}}"))
    path = axis(folder, "kuramoto.noise: {values: [0.1, 0.2]}")
    seen = []
    for value in (0.0, 1.0, 0.0):
        with h5py.File(state, "w", track_order=False) as file:
            file["phase"] = np.full(16, value)
        seen.append([p[1] for p in points(path)])
    check(seen[0] != seen[1] and not set(seen[0]) & set(seen[1]), f"another state, the same identity: {seen}")
    check(seen[0] == seen[2], f"the same state, another identity: {seen}")
    # whatever the file is called, and whichever key names it
    write(folder, "base.yaml", "model: holstein\ngrid: {n: [4]}\nholstein: {coupling: 1, temperature: 0.5, field: disorder}\n"
          "initial: {type: random, Q_sd: 0.3}\ntime: {dt: 0.01, end: 0.1}\n")
    other = axis(folder, "holstein.temperature: {values: [0.4, 0.5]}", "disorder.yaml")
    write(folder, "folded.yaml", "model: equation\ngrid: {n: [4], length: [4]}\nequation: {fields: [u], space: lattice, equations: ['dt(u) = f - u'], "
          "quenched: {f: {file: disorder}}}\ninitial: {type: formula, u: '0'}\ntime: {dt: 0.01, end: 0.1}\n")
    folded = write(folder, "folded_scan.yaml", "base: folded.yaml\naxes: {time.end: {values: [0.1, 0.2]}}\n")
    for scan in (other, folded):
        seen = []
        for value in (0.0, 1.0, 0.0):
            with h5py.File(os.path.join(folder, "disorder"), "w", track_order=False) as file:
                file["field"] = file["f"] = np.full(4, value)
            run = weft("scan", "expand", scan, cwd=folder)
            seen.append([line.split()[1] for line in run.stdout.splitlines() if not line.startswith("#")])
        check(len(seen[0]) == 2 and not set(seen[0]) & set(seen[1]) and seen[0] == seen[2], f"{scan}: {seen} {run.stderr}")
    write(folder, "base.yaml", BASE.replace("flat}", f"file, path: {state}}}"))
    out = os.path.join(folder, "states")
    done = [weft("scan", "run", path, "--out", out, ranks=n) for n in (1, 3)]
    check("2 points" in done[0].stdout and done[0].returncode == 0 and done[1].returncode == 0 and
          "all points are done" in done[1].stdout, f"identities on 1 and 3 ranks: {[d.stdout + d.stderr for d in done]}")
    write(folder, "base.yaml", BASE)

    # ---- points of two states of the sources: said, once, and both are named ----
    with open(WEFT, "rb") as file:
        image = file.read()
    known = weft("--version").stdout.split("git ")[-1].split("\n")[0].encode()[:7]  # compilers may cut longer texts into pieces
    if len(known) == 7 and image.count(known) == 1:
        other = os.path.join(folder, "weft")
        with open(other, "wb") as file:
            file.write(image.replace(known, b"another"))
        os.chmod(other, 0o755)
        out = os.path.join(folder, "versions")
        for program, values, words in ((WEFT, "0.1", 0), (WEFT, "0.1, 0.2", 0), (other, "0.1, 0.2, 0.3", 1)):
            path = axis(folder, f"kuramoto.noise: {{values: [{values}]}}")
            run = subprocess.run([program, "scan", "run", path, "--out", out, "-q"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
            gathered = weft("scan", "collect", path, "--out", out)
            check(run.returncode == 0 and gathered.returncode == 0 and gathered.stderr.count("not all computed by the same weft") == words,
                  f"by {program}: {run.stderr}{gathered.stderr}")

    # ---- failed points wait again after resubmit, whichever clock was ahead; what is said when all failed ----
    write(folder, "wave.yaml", """model: klein_gordon
grid: {n: [32], length: [10]}
klein_gordon: {potential: polynomial, coefficients: [0, 0, 0.5, 0, -0.25]}
initial: {type: gaussian, amplitude: 1}
time: {stepper: verlet, dt: 0.001, end: 1}
observe: {every: 0.5, list: [energy]}
""")
    path = write(folder, "failing.yaml", "base: wave.yaml\naxes: {initial.amplitude: {values: [30, 40]}}\n")
    out = os.path.join(folder, "failing")
    ahead = os.path.join(folder, "ahead.so")  # a clock that is a day ahead
    made = subprocess.run(["cc", "-shared", "-fPIC", "-o", ahead, write(folder, "ahead.c", CLOCK), "-ldl"], capture_output=True, text=True)
    check(made.returncode == 0, f"the clock is made: {made.stderr}")
    subprocess.run([WEFT, "scan", "run", path, "--out", out], capture_output=True, stdin=subprocess.DEVNULL,
                   env={**os.environ, "LD_PRELOAD": ahead})
    run = weft("scan", "collect", path, "--out", out)
    check(run.returncode == 3 and "all 2 points of this scan failed" in run.stderr and "amplitude=30" in run.stderr and
          "weft scan resubmit" in run.stderr, f"collect of a scan that failed: {run.returncode}: {run.stderr}")
    for again in (1, 2):
        run = weft("scan", "resubmit", path, "--out", out)
        check(run.returncode == 0 and "2 failed points will be tried again" in run.stdout, f"resubmit: {run.stdout}{run.stderr}")
        run = weft("scan", "status", path, "--out", out)
        check("0 failed, 2 waiting" in run.stdout, f"points wait again: {run.stdout}")
        weft("scan", "run", path, "--out", out)
        run = weft("scan", "status", path, "--out", out)
        check("2 failed, 0 waiting" in run.stdout, f"and fail again: {run.stdout}")

    # ---- a collection has what any point has, however many variables that are ----
    write(folder, "base.yaml", """model: reaction_lattice
grid: {n: [8]}
reaction_lattice: {species: [A], reactions: [{reaction: A -> 0, rate: 0.5}]}
initial: {type: random, density: {A: 0.5}}
time: {end: 1}
observe: {every: 1, list: [density]}
""")
    lists = ", ".join("[A, " + ", ".join(f"S{7 * k + i}" for i in range(7)) + "]" for k in range(40))
    path = axis(folder, f"reaction_lattice.species: {{values: [{lists}]}}", "species.yaml")
    out = os.path.join(folder, "species")
    run = weft("scan", "run", path, "--out", out)
    gathered = weft("scan", "collect", path, "--out", out)
    check(run.returncode == 0 and gathered.returncode == 0, f"many species: {run.stderr}{gathered.stderr}")
    with h5py.File(out + "/scan.nc") as file:
        missing = [i for i in range(280) if f"density_S{i}" not in file]
        check(not missing and "density_A" in file, f"variables of a collection: without {len(missing)}")

    # ---- replicas that failed and were dropped are counted ----
    write(folder, "base.yaml", """model: klein_gordon
grid: {n: [16], length: [16]}
klein_gordon: {potential: polynomial, coefficients: [0, 0, 0.5, 0, -0.25]}
initial: {type: random, amplitude: 1}
time: {stepper: verlet, dt: 0.05, end: 5}
observe: {every: 5, list: [energy]}
ensemble: {replicas: 12, on_failure: drop}
""")
    path = axis(folder, "initial.amplitude: {values: [0.1, AMPLITUDE]}".replace("AMPLITUDE", "0.9"), "dropped.yaml")
    out = os.path.join(folder, "dropped")
    run = weft("scan", "run", path, "--out", out, ranks=2)
    gathered = weft("scan", "collect", path, "--out", out)
    check(run.returncode == 0 and gathered.returncode == 0, f"dropped: {run.stderr}{gathered.stderr}")
    with h5py.File(out + "/scan.nc") as file:
        counted, seeds = file["replicas_done"][...], file["seed"][...]
        check(counted[0] == 12 and 0 < counted[1] < 12, f"replicas in the means: {counted}")
    alone = os.path.join(folder, "alone")
    run = weft("run", os.path.join(folder, "base.yaml"), "--out", alone, "-q", "-P", "initial.amplitude=0.9", "-P",
               f"ensemble.seed={int(seeds[1])}")
    with h5py.File(alone + "/series.nc") as file:
        check(run.returncode == 0 and file.attrs["replicas_done"] == counted[1], f"as the run alone says: {counted}")

    write(folder, "base.yaml", BASE)

    # ---- names: a shell runs nothing of them ----
    path = axis(folder, "kuramoto.noise: {linspace: [0.1, 0.2, 2]}")
    witness = os.path.join(folder, "witness")
    os.makedirs(os.path.join(folder, "tools"))
    with open(os.path.join(folder, "tools", "sbatch"), "w") as file:
        file.write('#!/bin/bash\necho 7\nprintf "%s\\n" "${@: -1}" >> "$SEEN"\n')
    os.chmod(os.path.join(folder, "tools", "sbatch"), 0o755)
    for number, name in enumerate(("plain", "a b", "it's", 'say "x"', "$(touch witness)", "`touch witness`", "$HOME", "back\\slash",
                                   "}; touch witness", "new\nline", "# no", "%j", "*", "!!", "gr\u00fc\u00dfe", "~", "-dash;&|")):
        place = os.path.join(folder, "names", name)
        os.makedirs(place)
        write(place, "base.yaml", BASE)
        scan = write(place, "scan.yaml", "base: base.yaml\naxes: {kuramoto.noise: {linspace: [0.1, 0.2, 2]}}\n"
                     "derive: [last(width2)]\nseeds: common\nrefine: {by: last(width2), rounds: 1}\n")
        out = os.path.join(place, "out")
        run = weft("scan", "slurm", scan, "--out", out, "--time", "10m", "--tasks", 1)
        check(run.returncode == 0, f"scan slurm {name!r}: {run.stderr}")
        script = os.path.join(out, "scan.slurm")
        env = {**os.environ, "PATH": os.path.join(folder, "tools") + ":" + os.environ["PATH"], "SLURM_ARRAY_TASK_ID": "0",
               "SLURM_ARRAY_JOB_ID": "1", "SEEN": os.path.join(folder, f"seen{number}")}
        done = subprocess.run(["bash", script], cwd=folder, env=env, capture_output=True, text=True)
        check(done.returncode == 0 and any(n.startswith("task-0000") for n in os.listdir(os.path.join(out, "results"))),
              f"scan.slurm {name!r}: {done.returncode}: {done.stdout}{done.stderr}")
        line = run.stdout.split("\nbash ", 1)[1] if "\nbash " in run.stdout else ""
        done = subprocess.run(["bash", "-c", "bash " + line], cwd=folder, env=env, capture_output=True, text=True)
        with open(env["SEEN"]) as file:
            seen = file.read()
        check(done.returncode == 0 and seen == 2 * (script + "\n"), f"submit.sh {name!r}: {done.stderr}{seen}")
        check(not os.path.exists(witness), f"{name!r} is run")
        with open(script) as file:
            lines = [x for x in file.read().split("\n") if x.startswith("#SBATCH")]
        known = ("job-name", "array", "ntasks", "time", "mem-per-cpu", "signal", "requeue", "open-mode", "output")
        check(all(x.startswith(tuple("#SBATCH --" + k for k in known)) for x in lines), f"#SBATCH lines of {name!r}: {lines}")
    for words, hint in ((["--partition", "a\n#SBATCH --x"], "--partition"), (["--qos", "a b"], "--qos"),
                        (["--sbatch", "rm"], "--sbatch"), (["--sbatch", "--a\n--b"], "--sbatch"),
                        (["--sbatch", "--a=1 --b"], "repeat --sbatch"),
                        (["--setup", "a\nb"], "--setup"), (["--points-per-node", "0"], "--points-per-node")):
        run = weft("scan", "slurm", path, "--time", "10m", *words)
        check(run.returncode == 2 and hint in run.stderr, f"scan slurm {words}: {run.returncode}: {run.stderr}")
    out = os.path.join(folder, "options")
    weft("scan", "slurm", path, "--out", out, "--time", "10m", "--tasks", 2, "--qos", "long", "--constraint", "a&b", "--reservation", "r",
         "--at-once", 1, "--mem-per-cpu", "2G", "--sbatch=--mail-type=END", "--sbatch=--nice=10",
         "--sbatch=--comment=two words", "--sbatch=--licenses='a b'", "--ranks", 2, "--points-per-node", 3)
    with open(os.path.join(out, "scan.slurm")) as file:
        script = file.read()
    for line in ("--qos=long", "--constraint=a&b", "--reservation=r", "--array=0-1%1", "--mem-per-cpu=2G", "--mail-type=END", "--nice=10",
                 '--comment="two words"', "--licenses='a b'", "--ntasks=6", "--nodes=1", "--exclusive"):
        check(f"#SBATCH {line}\n" in script, f"scan slurm: {line}: {script}")
    check('="--ranks-per-point 2"' in script, f"a point has its ranks: {script}")

    # ---- a point of which every replica failed and was left out has failed: it has no zeros for results ----
    for replicas, said in ((3, "all 3 replicas failed; the first: replica 0"), (1, "the field is not finite")):
        write(folder, "blow.yaml", f"""model: klein_gordon
grid: {{n: [64], length: [64]}}
klein_gordon: {{potential: polynomial, coefficients: [0, 0, 1, -1]}}
initial: {{type: gaussian, amplitude: 0.1}}
time: {{stepper: verlet, dt: 0.1, end: 20}}
observe: {{every: 10, list: [phi_max]}}
ensemble: {{replicas: {replicas}, on_failure: drop}}
""")
        scan, out = write(folder, "blow_scan.yaml", "base: blow.yaml\naxes: {initial.amplitude: {values: [3.0, 0.1]}}\n"), \
            os.path.join(folder, f"blow{replicas}")
        run = weft("scan", "run", scan, "--out", out)
        check(run.returncode == 3 and said in run.stderr, f"{replicas} failed replicas: {run.returncode}: {run.stderr}")
        weft("scan", "collect", scan, "--out", out)
        with h5py.File(os.path.join(out, "scan.nc")) as data:
            rows = data["phi_max"][...]
            check(np.isnan(rows[1]).all() and np.isfinite(rows[0]).all(), f"{replicas} failed replicas: {rows}")

    # ---- a scan is no input and an input no scan ----
    run = weft("scan", "run", base)
    check(run.returncode == 2 and f"weft run {base}" in run.stderr, f"scan run of an input: {run.stderr}")
    run = weft("run", path)
    check(run.returncode == 2 and f"weft scan run {path}" in run.stderr, f"run of a scan: {run.stderr}")

    # ---- what is printed to a full disk is not printed; a reader may close its pipe; closed descriptors ----
    for arguments in (["models"], ["params", "kpz", "--template"], ["check", base], ["info", "--build"], ["steppers"], ["--help"],
                      ["scan", "expand", path], ["run", base, "--out", os.path.join(folder, "full")]):
        with open("/dev/full", "w") as full:
            run = subprocess.run([WEFT, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL)
        check(run.returncode == 4 and run.stderr.count("weft: error: ") == 1, f"{arguments} > /dev/full: {run.returncode}: {run.stderr}")
    run = subprocess.run(["bash", "-c", '"$0" run "$1" --out "$2" >&- 2>&-', WEFT, base, os.path.join(folder, "closed")])
    check(run.returncode == 0, f"closed standard files: {run.returncode}")
    # ---- what a kill left beside a file that is written by a rename goes; what a process at work, or another machine, has there stays ----
    host, out = socket.gethostname(), os.path.join(folder, "left")
    dead = subprocess.Popen(["true"])
    dead.wait()
    os.makedirs(out)
    gone = [f"{name}.{host}-{dead.pid}.tmp" for name in ("scan.yaml", "params.first.yaml", "scan.nc")]
    stays = [f"scan.yaml.{host}-{os.getpid()}.tmp", f"scan.nc.elsewhere-{dead.pid}.tmp"]
    for name in gone + stays:
        write(out, name, "half")
    for command in (("scan", "run", path, "--out", out, "-q"), ("scan", "collect", path, "--out", out, "-q")):
        run = weft(*command)
        check(run.returncode == 0, f"{command}: {run.stderr}")
    there = os.listdir(out)
    check(not set(gone) & set(there) and set(stays) <= set(there), f"left beside: {there}")
    # ---- weft info of a directory ----
    run = weft("info", os.path.join(folder, "closed"))
    check(run.returncode == 0 and "width2" in run.stdout and "series.nc" in run.stdout, f"info DIR: {run.stdout}{run.stderr}")
    os.makedirs(os.path.join(folder, "nothing"))
    run = weft("info", os.path.join(folder, "nothing"))
    check(run.returncode == 2 and "holds neither" in run.stderr, f"info of an empty directory: {run.stderr}")
# ---- commands that only look at files start no MPI: they work where it cannot be started, and once under a launcher ----
with scratch() as folder:
    write(folder, "base.yaml", "model: kuramoto\ngrid: {n: [16]}\nkuramoto: {noise: 0.1}\ninitial: {type: flat}\ntime: {dt: 0.1, end: 1}\n"
                               "observe: {every: 0.5, list: [width2]}\n")
    path = write(folder, "scan.yaml", "base: base.yaml\naxes: {kuramoto.noise: {values: [0.1, 0.2, 0.3]}}\n")
    out = os.path.join(folder, "out")
    check(weft("scan", "run", path, "--out", out, "-q").returncode == 0, "a scan")
    no_mpi = {**os.environ, "OMPI_MCA_pml": "nonsense", "OMPI_MCA_btl": "nonsense"}
    check(weft("scan", "check", path, "--out", out, env=no_mpi).returncode != 0, "MPI cannot be started in this test")
    for command, word in (("expand", "0.3"), ("status", "3 done"), ("collect", "scan.nc"), ("resubmit", "")):
        run = weft("scan", command, path, "--out", out, env=no_mpi)
        check(run.returncode == 0 and word in run.stdout, f"scan {command} without MPI: {run.returncode} {run.stdout} {run.stderr}")
    run = weft("scan", "status", path, "--out", out, ranks=3)
    check(run.returncode == 0 and run.stdout.count("3 done") == 1, f"scan status under mpirun: {run.stdout}")

    # ---- a collection has the symbols that results of single runs have ----
    for name, text, values in (("lattice", LOTKA_VOLTERRA + "time: {end: 2}\nobserve: {every: 1, list: [density, survival, pair_A_B, variance_A, extinction_time_B]}\n",
                                "reaction_lattice.exchange: {values: [0, 0.5]}"),
                               ("front", "kpz: {lambda: 1}\ninitial: {type: flat}\ntime: {dt: 0.05, end: 1}\n", "kpz.noise: {values: [0.1, 0.2]}")):
        model = "reaction_lattice" if name == "lattice" else "kpz"
        write(folder, "base.yaml", f"model: {model}\ngrid: {{n: [32]{', length: [32]' if model == 'kpz' else ''}}}\n{text}")
        scan = write(folder, name + ".yaml", f"base: base.yaml\naxes: {{{values}}}\n" + ("derive: [saturation]\n" if name == "front" else ""))
        out, one = os.path.join(folder, name), os.path.join(folder, name + " alone")
        for command in (("scan", "run", scan, "--out", out, "-q"), ("scan", "collect", scan, "--out", out, "-q"),
                        ("run", os.path.join(folder, "base.yaml"), "--out", one, "-q")):
            run = weft(*command)
            check(run.returncode == 0, f"{command}: {run.stderr}")
        with h5py.File(out + "/scan.nc") as all_points, h5py.File(one + "/series.nc") as single:
            wanted = {v: single[v].attrs.get("symbol") for v in single}
            found = {v: all_points[v].attrs.get("symbol") for v in single if v in all_points}
            check(any(wanted.values()) and all(found[v] == wanted[v] for v in found), f"symbols: {wanted} {found}")
            check(name != "front" or all_points["saturation"].attrs.get("symbol") == rb"W^2_\mathrm{sat}", "a reduction has the symbol of its table")
end()
