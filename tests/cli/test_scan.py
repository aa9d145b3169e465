"""Scans: points equal plain runs bit for bit; kills, stops and damage lose nothing; shares, extension, refinement,
failures, collection. What a scan costs beside its points: tests/bench/scan.py."""
import signal
import time

import xarray

from program import *

BASE = """model: kuramoto
grid: {n: [64]}
kuramoto: {coupling: 1, phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {dt: 0.1, end: 10}
observe: {every: 0.5, list: [width2, slip_rate, height_pdf]}
ensemble: {seed: 5}
"""
SCAN = """base: base.yaml
axes:
  kuramoto.phase_lag: {linspace: [0.0, 1.2, 3]}
  kuramoto.noise: {logspace: [0.01, 1.0, 4]}
derive: [beta_eff, last(slip_rate)]
"""


def scan(command, path, out, *arguments, code=0, **more):
    run = weft("scan", command, path, "--out", out, *arguments, **more)
    check(run.returncode == code, f"scan {command} {arguments}: code {run.returncode}: {run.stdout}{run.stderr}")
    return run


def collected(path, out):
    scan("collect", path, out, "-q")
    return xarray.open_dataset(os.path.join(out, "scan.nc")).load()


def equal(a, b, what):
    """Do two collections hold the same numbers, but for the seconds that points took?"""
    same_names = set(a.variables) == set(b.variables)
    check(same_names, f"{what}: variables {set(a.variables) ^ set(b.variables)}")
    for name in a.variables if same_names else []:
        if name != "seconds":
            check(a[name].values.tobytes() == b[name].values.tobytes(), f"{what}: {name} differs")


def plain(folder, base, seed, parameters, ranks=0):
    """series.nc of a plain run."""
    out = os.path.join(folder, "plain")
    arguments = [x for p in parameters for x in ("-P", p)]
    if seed is not None:
        arguments += ["-P", f"ensemble.seed={seed}"]
    run = weft("run", base, "--out", out, "--overwrite", "-q", *arguments, ranks=ranks)
    check(run.returncode == 0, f"plain run: {run.stderr}")
    with h5py.File(os.path.join(out, "series.nc")) as file:
        return {name: file[name][...] for name in file}


def same_as_plain(folder, base, data, point, extra, what):
    """The numbers of one point of a collection are those of a plain run."""
    at = data.isel(point)
    parameters = [f"{data[name].attrs['parameter']}={float(data[name][i])!r}" for name, i in point.items()]
    series = plain(folder, base, int(at.seed), parameters + extra)
    for name in ("width2", "slip_rate", "height_pdf", "width2_stderr"):
        if name in series:
            check(series[name].tobytes() == at[name].values.tobytes(), f"{what}: {name} is not that of a plain run")
    check(series["time"].tobytes() == data.time.values.tobytes(), f"{what}: times")


def logs(out):
    folder = os.path.join(out, "results")
    return [os.path.join(folder, name) for name in os.listdir(folder)] if os.path.isdir(folder) else []


def children(process):
    """Process numbers of the ranks of an mpirun."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[1]) == process.pid:
                found.append(int(name))
    return found


with scratch() as folder:
    base = write(folder, "base.yaml", BASE)
    path = write(folder, "scan.yaml", SCAN)
    reference = os.path.join(folder, "reference")

    # ---- points are plain runs; any number of ranks; every point has results and a seed of its own ----
    scan("check", path, reference)
    check(not os.path.exists(reference), "check writes nothing")
    scan("run", path, reference)
    whole = collected(path, reference)
    check(whole.width2.dims == ("phase_lag", "noise", "time") and whole.width2.shape == (3, 4, 21), "dimensions")
    check(whole.phase_lag.attrs["units"] == "rad" and whole.noise.attrs["scale"] == "log", "attributes of axes")
    check((whole.status == 1).all(), "all points are done")
    check(len(np.unique(whole.seed)) == 12, "seeds of their own")
    makers = whole.attrs["computed_by"].strip().split("\n")
    check(len(makers) == 1 and makers[0].startswith("weft ") and "1 rank a point" in makers[0], f"who computed: {makers}")
    for point in ({"phase_lag": 0, "noise": 0}, {"phase_lag": 2, "noise": 3}, {"phase_lag": 1, "noise": 2}):
        same_as_plain(folder, base, whole, point, [], f"point {point}")
    late = whole.time >= whole.time[-1] / 3 * (1 - 1e-12)
    fit = np.polyfit(np.log(whole.time[late]), np.log(whole.width2[1, 2][late]), 1)[0] / 2
    check(abs(float(whole.beta_eff[1, 2]) - fit) < 1e-10, "beta_eff is the slope of a fit")
    check((whole.last_slip_rate.values == whole.slip_rate.values[:, :, -1]).all(), "last(slip_rate)")
    for ranks in (2, 3):
        out = os.path.join(folder, f"ranks{ranks}")
        scan("run", path, out, ranks=ranks)
        equal(whole, collected(path, out), f"{ranks} ranks")
    run = scan("run", path, reference)
    check("all points are done" in run.stdout, "points are not run twice")

    # replicas; the same seed everywhere; several ranks for a point; an ensemble's numbers
    replicas = write(folder, "replicas.yaml", SCAN + "replicas: 5\nseeds: common\ncollect: [width2]\n")
    out = os.path.join(folder, "replicas")
    scan("run", replicas, out, "--ranks-per-point", 2, ranks=3)
    data = collected(replicas, out)
    check((data.seed == 5).all(), "the seed of the base everywhere")
    check("slip_rate" in data and "height_pdf" not in data, "what is collected, and what derive needs")
    same_as_plain(folder, base, data, {"phase_lag": 1, "noise": 1},
                  ["ensemble.replicas=5", "observe.list=[width2, slip_rate]"], "replicas")
    # errors of reductions: a jackknife over the replicas; that of the last value is the standard error
    series = plain(folder, base, 5, ["kuramoto.noise=" + repr(float(data.noise[1])), "kuramoto.phase_lag=0.6",
                                     "ensemble.replicas=5", "ensemble.keep=all", "observe.list=[width2, slip_rate]"])
    mean, t = series["width2_replica"].mean(0), series["time"]
    slopes = [np.polyfit(np.log(t[late]), np.log(((5 * mean - one) / 4)[late]), 1)[0] / 2
              for one in series["width2_replica"]]
    want = np.sqrt(4 * np.var(slopes))
    check(abs(float(data.beta_eff_stderr[1, 1]) / want - 1) < 1e-9, f"jackknife: {float(data.beta_eff_stderr[1, 1])}, {want}")
    check(np.allclose(data.last_slip_rate_stderr, data.slip_rate_stderr[..., -1], rtol=1e-9, atol=1e-15)
          and float(data.last_slip_rate_stderr.max()) > 0, "error of a last value")
    check(all(data[name].attrs["long_name"].startswith("standard error of: ") for name in ("width2_stderr", "beta_eff_stderr")),
          "standard errors say what they are")
    other = os.path.join(folder, "replicas_2")
    scan("run", replicas, other, ranks=2)
    equal(data, collected(replicas, other), "errors of reductions on other ranks")
    check("beta_eff_stderr" not in whole, "no errors without replicas")

    seeds = write(folder, "seeds.yaml", SCAN.replace("kuramoto.noise: {logspace: [0.01, 1.0, 4]}", "ensemble.seed: {values: [3, 8]}") + "seeds: common\n")
    out = os.path.join(folder, "seeds")
    scan("run", seeds, out)
    data = collected(seeds, out)
    check((data.seed.values == [[3, 8]] * 3).all() and "ensemble_seed" in data.dims, f"an axis of seeds: {data.seed.values}")
    same_as_plain(folder, base, data, {"phase_lag": 1, "ensemble_seed": 1}, [], "an axis of seeds")

    # fronts of limit-cycle oscillators: uncoupled phases grow as t^(1/2); a short coupled ring saturates
    write(folder, "cycles_base.yaml", """model: oscillators
grid: {n: [16]}
oscillators: {growth: 2, frequency: 0.3, shear: 0.5, noise: 1e-4}
initial: {type: flat}
time: {dt: 0.05, end: 200}
observe: {every: 1, list: [width2]}
""")
    cycles = write(folder, "cycles.yaml", """base: cycles_base.yaml
axes:
  oscillators.coupling: {values: [0, 0.3]}
replicas: 32
derive: [beta_eff, saturation, saturation_time]
""")
    out = os.path.join(folder, "cycles")
    scan("run", cycles, out)
    data = collected(cycles, out)
    t, w2 = data.time.values, data.width2.values
    late = t >= t[-1] / 3 * (1 - 1e-12)
    for i in range(2):
        check(abs(float(data.beta_eff[i]) - np.polyfit(np.log(t[late]), np.log(w2[i][late]), 1)[0] / 2) < 1e-10, "beta_eff")
        plateau, early = w2[i][t >= t[-1] / 2].mean(), w2[i][(t >= t[-1] / 4) & (t < t[-1] / 2)].mean()
        if i == 0: # uncoupled phases grow for ever: a mean over the last half would be that of the length of the run
            check(plateau > 1.2 * early and np.isnan(data.saturation[i]) and np.isnan(data.saturation_time[i]), "no plateau")
            continue
        check(abs(float(data.saturation[i]) / plateau - 1) < 1e-12, "saturation: the mean of the last half")
        after = np.argmax(w2[i] >= plateau / 2)
        first = np.interp(np.log(plateau / 2), np.log(w2[i][after - 1:after + 1]), np.log(t[after - 1:after + 1]))
        check(abs(float(data.saturation_time[i]) / np.exp(first) - 1) < 1e-12, "when half of it is reached, between two records")
        # half way at a time of 2 to 3, the scatter of one replica of W^2 some tens of per cent of it: of 32 a twentieth
        check(0.01 < float(data.saturation_time_stderr[i]) < 1, f"saturation_time has an error: {data.saturation_time_stderr.values}")
    for i, exact in ((0, 0.5), (1, 0.0)):
        error = float(data.beta_eff_stderr[i])
        check(abs(float(data.beta_eff[i]) - exact) < 4 * error and error < 0.1, f"beta_eff {data.beta_eff.values} +- {error}")
    # the linear ring of phases: W^2 = (D/nu)(L^2 - 1)/(12 L) with D = noise (1 + c2^2)/mu, nu = K
    exact, error = 1e-4 * 1.25 / 2 / 0.3 * (16**2 - 1) / (12 * 16), float(data.saturation_stderr[1])
    check(abs(float(data.saturation[1]) - exact) < 4 * error + 0.05 * exact and error < 0.1 * exact,
          f"saturation {float(data.saturation[1])} +- {error}, expected {exact}")

    # words, zipped axes, parts of different shape and length
    words = write(folder, "words.yaml", """base: base.yaml
axes:
  initial.type: {values: [flat, random]}
  grid.n: {values: [32, 64]}
  time.end: {values: [5, 10]}
zip: [[grid.n, time.end]]
collect: [width2, structure_factor]
""")
    out = os.path.join(folder, "words")
    scan("run", words, out)
    data = collected(words, out)
    check(data.width2.dims == ("type", "n", "record") and data.time.dims == ("type", "n", "record"), "records")
    check(data.type.attrs["flag_meanings"] == "flat random", "words of an axis")
    check(data.end.dims == ("n",) and list(data.end) == [5, 10], "a zipped axis")
    check(int(np.isfinite(data.width2[0, 0]).sum()) == 11 and int(np.isfinite(data.width2[0, 1]).sum()) == 21,
          "missing records are nan")
    series = plain(folder, base, int(data.seed[1, 0]), ["initial.type=random", "grid.n=32", "time.end=5",
                                                       "observe.list=[width2, structure_factor]"])
    k = series["structure_factor"].shape[1]
    check(series["structure_factor"].tobytes() == data.structure_factor[1, 0, :11, :k].values.tobytes(),
          "a point of another shape")

    # ---- a scan that is extended reuses what is there ----
    out = os.path.join(folder, "extended")
    shutil.copytree(reference, out)
    larger = write(folder, "larger.yaml", SCAN.replace("1.2, 3", "1.8, 4").replace("1.0, 4", "1.0, 7"))
    run = scan("run", larger, out)
    check("16 points for" in run.stdout, f"of 28 points 12 are there: {run.stdout}")
    data = collected(larger, out)
    check(data.width2.sel(phase_lag=1.2, noise=0.01).values.tobytes() == whole.width2[2, 0].values.tobytes(),
          "a point keeps its numbers in a larger scan")

    # ---- shares of a job array ----
    out = os.path.join(folder, "tasks")
    for task in (2, 0, 1):
        scan("run", path, out, "--task", task, "--tasks", 3)
        status = scan("status", path, out).stdout
    check("12 done" in status, f"three tasks do all: {status}")
    equal(whole, collected(path, out), "tasks")

    # ---- failures are recorded, the rest goes on ----
    wave = write(folder, "wave.yaml", """model: klein_gordon
grid: {n: [32], length: [10]}
klein_gordon: {potential: polynomial, coefficients: [0, 0, 0.5, 0, -0.25]}
initial: {type: gaussian, amplitude: 1}
time: {stepper: verlet, dt: 0.001, end: 1}
observe: {every: 0.5, list: [energy]}
""")
    failing = write(folder, "failing.yaml",
                    "base: wave.yaml\naxes: {initial.amplitude: {values: [0.1, 30, 1]}}\n")
    out = os.path.join(folder, "failing")
    run = scan("run", failing, out, code=3, ranks=2)
    check("1 point failed" in run.stderr and "not finite" in run.stderr, f"the message: {run.stderr}")
    status = scan("status", failing, out).stdout
    check("2 done, 0 running, 1 failed" in status and "initial.amplitude=30" in status, status)
    data = collected(failing, out)
    check(list(data.status) == [1, 1, 2] and np.isnan(data.energy[2]).all() and np.isfinite(data.energy[:2]).all(),
          "failed points are nan")
    check("not finite" in data.attrs["failed_points"], "the message of a failed point is kept")
    scan("run", failing, out, code=3)
    check("will be tried again" in scan("resubmit", failing, out).stdout, "resubmit")
    check("1 waiting" in scan("status", failing, out).stdout, "a failed point waits again")
    scan("run", failing, out, code=3)

    # ---- kill -9: of a rank, of a whole process, of mpirun ----
    slow = BASE.replace("end: 10", "end: 8000").replace("every: 0.5", "every: 400")
    write(folder, "slow_base.yaml", slow)
    slow = write(folder, "slow.yaml", SCAN.replace("base.yaml", "slow_base.yaml").replace("1.0, 4", "1.0, 20"))
    undisturbed = os.path.join(folder, "undisturbed")
    scan("run", slow, undisturbed)
    want = collected(slow, undisturbed)
    bytes_of_point = sum(map(os.path.getsize, logs(undisturbed))) / 60

    def finished(out):
        """Points with results."""
        return int(weft("scan", "status", slow, "--out", out).stdout.split(" done")[0].split()[-1])

    for victim, ranks in (("rank", 2), ("process", 0), ("mpirun", 2)):
        out = os.path.join(folder, "killed_" + victim)
        process = start("scan", "run", slow, "--out", out, ranks=ranks)
        until(lambda: sum(map(os.path.getsize, logs(out))) > 10 * bytes_of_point)
        before = int(sum(map(os.path.getsize, logs(out))) / bytes_of_point) - 3
        os.kill(children(process)[-1] if victim == "rank" else process.pid, signal.SIGKILL)
        process.communicate(timeout=60)
        after = finished(out)
        check(0 < before <= after < 60, f"{victim}: nothing is lost: {before} of {after} points")
        run = scan("run", slow, out, ranks=2)
        # ranks that lost their mpirun may go on for a moment
        check(f"{60 - after} points for" in run.stdout or victim == "mpirun", f"{victim}: the rest is done: {run.stdout}")
        equal(want, collected(slow, out), f"after the {victim} was killed")

    # damaged logs: a torn end, rubbish, an empty file
    out = os.path.join(folder, "damaged")
    shutil.copytree(undisturbed, out)
    for log in logs(out):
        os.truncate(log, os.path.getsize(log) - 1234)
    write(os.path.join(out, "results"), "rubbish.log", "rubbish" * 1000)
    write(os.path.join(out, "results"), "empty.log", "")
    check(40 < finished(out) < 60, "what comes before the damage counts")
    scan("run", slow, out)
    equal(want, collected(slow, out), "damaged logs")
    flipped = os.path.join(folder, "flipped")
    shutil.copytree(undisturbed, flipped)
    with open(logs(flipped)[0], "r+b") as file:
        file.seek(os.path.getsize(logs(flipped)[0]) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    check(10 < finished(flipped) < 60, "a flipped bit is found")

    # ---- stops in good order, in the middle of a point; resumed on other ranks ----
    write(folder, "long_base.yaml", BASE.replace("end: 10", "end: 600000").replace("every: 0.5", "every: 60000")
          .replace(", height_pdf", ""))
    for extra, what in (("", "one replica"), ("replicas: 2\n", "replicas")):
        long = write(folder, "long.yaml", "base: long_base.yaml\naxes: {kuramoto.noise: {values: [0.1]}}\n" + extra)
        out = os.path.join(folder, "stopped" + what[:3])
        process = start("scan", "run", long, "--out", out)
        check(until(lambda: sum(map(os.path.getsize, logs(out))) > 300), "the point has begun")
        status = weft("scan", "status", long, "--out", out).stdout
        check("1 running" in status, f"a running point: {status}")
        process.send_signal(signal.SIGUSR1)
        _, errors = process.communicate(timeout=60)
        check(process.returncode == 85 and "run it again" in errors, f"stop: code {process.returncode}: {errors}")
        check(os.path.isdir(os.path.join(out, "under_way")), f"{what}: a checkpoint of the point")
        scan("run", long, out, ranks=3)
        check(os.listdir(os.path.join(out, "under_way")) == [], f"{what}: the checkpoint is gone")
        data = collected(long, out)
        same_as_plain(folder, os.path.join(folder, "long_base.yaml"), data, {"noise": 0},
                      ["ensemble.replicas=2"] if extra else [], f"stopped, {what}")
    # a budget that ends within points, of which each group has one, while there are more
    long = write(folder, "walls.yaml", "base: long_base.yaml\naxes: {kuramoto.noise: {values: [0.1, 0.2, 0.3]}}\n")
    out = os.path.join(folder, "walls")
    run = weft("scan", "run", long, "--out", out, "--wall", "1s", ranks=2)
    check(run.returncode == 85 and len(os.listdir(os.path.join(out, "under_way"))) == 2, f"a budget within points: code {run.returncode}: {run.stderr}")
    scan("run", long, out, ranks=2)
    same_as_plain(folder, os.path.join(folder, "long_base.yaml"), collected(long, out), {"noise": 0}, [], "a budget within points")
    out = os.path.join(folder, "wall")
    run = weft("scan", "run", slow, "--out", out, "--wall", "0.3s")
    check(run.returncode == 85, f"wall: code {run.returncode}: {run.stderr}")
    process = start("scan", "run", slow, "--out", out, ranks=2)
    until(lambda: len(logs(out)) > 1)
    open(os.path.join(out, "stop"), "w").close()
    process.communicate(timeout=60)
    check(process.returncode in (0, 85), f"stop file: code {process.returncode}")
    scan("run", slow, out, ranks=2)
    equal(want, collected(slow, out), "wall and stop file")

    # ---- refinement ----
    write(folder, "phi4.yaml", """model: klein_gordon
grid: {n: [32], length: [10]}
klein_gordon: {potential: phi4}
initial: {type: gaussian, amplitude: 1}
time: {stepper: verlet, dt: 0.01, end: 1}
observe: {every: 0.5, list: [energy]}
""")
    wave = os.path.join(folder, "phi4.yaml")
    edge = write(folder, "edge.yaml", """base: phi4.yaml
axes: {initial.amplitude: {linspace: [0, 2, 3]}}
derive: [last(energy)]
refine: {by: last(energy), where: bisection, level: %r, rounds: 6}
""")
    level = float(plain(folder, wave, None, ["initial.amplitude=0.3"])["energy"][-1])
    with open(edge) as file:
        text = file.read() % level
    write(folder, "edge.yaml", text)
    out = os.path.join(folder, "edge")
    scan("run", edge, out, ranks=2)
    data = collected(edge, out)
    x, y = data.amplitude.values, data.last_energy.values
    gaps = [(b - a) for a, b, u, v in zip(x, x[1:], y, y[1:]) if (u - level) * (v - level) < 0]
    check(len(x) > 6 and min(gaps) <= 1 / 64 + 1e-12, f"bisection: {x}")
    steep = write(folder, "steep.yaml", """base: phi4.yaml
axes:
  initial.amplitude: {linspace: [0, 4, 5]}
  initial.width: {values: [1, 2]}
derive: [last(energy)]
refine: {by: last(energy), where: gradient, rounds: 2, share: 0.5}
""")
    out = os.path.join(folder, "steep")
    scan("run", steep, out, ranks=2)
    data = collected(steep, out)
    added = set(data.amplitude.values) - {0, 1, 2, 3, 4}
    check(added and min(added) > 2 and {int(s) for s in np.unique(data.status)} == {1, 4}, f"gradient: {sorted(added)}")
    check("all points are done" in scan("run", steep, out).stdout, "a refined scan is done")

    # ---- job script ----
    run = scan("slurm", path, reference, "--time", "90m", "--tasks", 4, "--partition", "short")
    with open(os.path.join(reference, "scan.slurm")) as file:
        script = file.read()
    check("sbatch " in run.stdout and "--array=0-3\n" in script and "--time=1:30:00\n" in script and
          "--partition=short\n" in script, "scan slurm")
    check(subprocess.run(["bash", "-n", os.path.join(reference, "scan.slurm")]).returncode == 0, "the script is bash")

    # ---- expand, and what a scan costs ----
    big = write(folder, "big.yaml", """base: base.yaml
axes:
  kuramoto.phase_lag: {linspace: [0.0, 1.5, 400]}
  kuramoto.noise: {logspace: [0.01, 1.0, 250]}
""")
    lines = scan("expand", big, os.path.join(folder, "big")).stdout.splitlines()
    check(len(lines) == 100001, f"expansion of 10^5 points: {len(lines)} lines")
    check(len({line.split()[1] for line in lines[1:]}) == 100000, "identities are different")
    # the quick way to a point and the plain one come to the same identity
    few = write(folder, "few.yaml", f"""base: base.yaml
axes:
  kuramoto.phase_lag: {{values: [{lines[-1].split()[3]}]}}
  kuramoto.noise: {{values: ["{lines[-2].split()[4]}", 1.0]}}
""")
    ids = [line.split()[1:3] for line in scan("expand", few, os.path.join(folder, "few")).stdout.splitlines()[1:]]
    check(ids == [line.split()[1:3] for line in lines[-2:]], f"identities do not depend on the scan: {ids}")

    many = write(folder, "many.yaml", """base: many_base.yaml
axes:
  kuramoto.phase_lag: {linspace: [0.0, 1.5, 40]}
  kuramoto.noise: {logspace: [0.01, 1.0, 25]}
""")
    write(folder, "many_base.yaml", BASE.replace("n: [64]", "n: [8]").replace("end: 10", "end: 49.9")
          .replace("every: 0.5, list: [width2, slip_rate, height_pdf]", "every: 0.1, list: [width2]"))
    out = os.path.join(folder, "many")
    scan("run", many, out, "-q", ranks=2)
    data = collected(many, out)
    check(data.width2.shape == (40, 25, 500) and np.isfinite(data.width2).all(), "1000 points of 500 records")
end()
