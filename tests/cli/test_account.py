"""Where the time of a run goes: the table of -v and the attributes of series.nc. Messages and bytes of a step are known exactly;
seconds are not, but they add up to what the run says that it took."""
import re
import sys
import time

from program import *

FIELD = """model: klein_gordon
grid: {n: [64, 32], length: [64, 32]}
klein_gordon: {potential: phi4%s}
initial: {type: gaussian, amplitude: 1, width: 4}
time: {stepper: %s, dt: 0.1, end: 40}
observe: {every: 10, list: [energy]}
output: {fields_every: 20}
"""
RING = """model: kuramoto
grid: {n: [64]}
kuramoto: {noise: 0.1}
initial: {type: flat}
time: {dt: 0.05, end: 500}
observe: {every: 100, list: [width2]}
ensemble: {replicas: %d, seed: 3}
"""
EQUATION = """model: equation
grid: {n: [96, 80], length: [9, 7]}
equation:
  fields: {%s}
  equations: ["%s"]%s
initial: {type: formula, u: 0.1*sin(2*pi*x/7)}
time: {stepper: %s, %s, end: 0.1}
observe: {every: 0.1, list: [mean(re(u))]}
"""
# fields, equations, more keys, stepper, step
STEPS = [
    ("u: real", "dt(u) = -lap(lap(u)) - lap(u) + grad2(u)", "", "etdrk4", 0.01),
    ("u: complex", "dt(u) = u + lap(u) - abs2(u)*u", "", "etdrk4", 0.01),
    ("u: real", 'lap(p) = -u", "dt(u) = lap(u) - dy(p)*dx(u) + dx(p)*dy(u)', "", "etdrk4", 0.01),
    ("u: real", "dt(u) = lap(u) - u^3 + dx(xi(1)) + dy(xi(2))", "", "etd_heun", 0.01),
    ("u: real, v: real", 'dt(u) = lap(u) - v + xi", "dt(v) = u*v - v + 0.5*xi', "", "etd_heun", 0.01),
    ("u: real", "dt(u) = lap(u) - u^3 + 0.1*xi", "\n  noise_type: ou\n  correlation_time: 0.3", "etd_heun", 0.01),
    ("u: real", "dt(u) = lap(u) - u - mean(u^2)", "", "etdrk4", 0.01),
    ("u: real", "dtt(u) = lap(u) - sin(u)", "", "strang", 0.01),
    ("u: real", "dtt(u) = lap(u) - sin(u)", "", "split4", 0.01),
    ("u: real", "dtt(u) = lap(u) - sin(u)", "", "split6", 0.01),
    ("u: real", "dt(u) = lap(u) - u^3 + 0.1*u*xi", "", "euler_ito", 0.001),
    ("u: real", "dt(u) = lap(u) - u^3", "", "rk4", 0.001),
    ("u: real", "dt(u) = lap(u) - u^3", "", "heun", 0.001),
]
PARTS = ["kernels", "transforms", "noise", "halo", "reductions", "waiting", "records", "snapshots", "checkpoints", "other"]
# A field whose coefficients are packed for checkpoints, one whose layers are several chunks of a snapshot, and a ring whose coordinates
# are as long as a field.
BOX = """model: klein_gordon
grid: {n: %s, length: [100, 100, 100]}
klein_gordon: {potential: phi4}
initial: {type: gaussian, amplitude: 0.5, width: 3}
time: {stepper: strang, dt: 0.01, end: 0.01}
observe: {every: 0.01, list: [energy]}
"""
MEMORY = {
    "field": (BOX % [160, 160, 160], 2),
    "layers": (BOX % [32, 600, 600] + "output: {fields_every: 0.01, fields: [phi]}\n", 2),
    "blocks": ("""model: klein_gordon
grid: {n: [512, 128, 128], length: [512, 128, 128]}
klein_gordon: {potential: phi4, laplacian: fd2}
initial: {type: gaussian}
time: {stepper: verlet, dt: 0.1, end: 0.2}
observe: {every: 0.2, list: [energy]}
output: {fields_every: 0.2, fields: [phi]}
""", 2),
    "ring": ("""model: kuramoto
grid: {n: [1500000]}
kuramoto: {noise: 0.1}
initial: {type: flat}
time: {dt: 0.1, end: 0.1}
observe: {every: 0.1, list: [width2, order_parameter]}
output: {fields_every: 0.1}
""", 0)}
# Around each rank: the most memory that its process had, added to a file.
PEAK = "import resource, subprocess, sys; code = subprocess.call(sys.argv[2:]); " \
       "open(sys.argv[1], 'a').write(f'{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\\n'); sys.exit(code)"


def table(result):
    """{activity: mean seconds} and the line on messages."""
    lines = result.stdout.split("where the time went")[1].splitlines()[1:]
    rows = {line.split()[0]: float(line.split()[3]) for line in lines if line.rstrip().endswith("%")}
    sent = next(line.split() for line in lines if "a step sends" in line)
    return rows, float(sent[-4]), float(sent[-2])


def run(folder, name, text, ranks=0, *more):
    out = os.path.join(folder, name)
    began = time.monotonic()
    result = weft("run", write(folder, name + ".yaml", text), "--out", out, *more, ranks=ranks)
    check(result.returncode == 0, f"{name}: {result.stderr}")
    return out, result, time.monotonic() - began


def attributes(out):
    with h5py.File(os.path.join(out, "series.nc"), "r") as file:
        return {k: np.array(v) for k, v in file.attrs.items() if k.startswith("seconds_") or k.endswith("_per_step")}


with scratch() as folder:
    out, result, took = run(folder, "spectral", FIELD % ("", "strang"), 2, "-v")
    rows, messages, size = table(result)
    found = attributes(out)
    check(sorted(found) == sorted(["seconds_" + p for p in PARTS] + ["messages_per_step", "bytes_per_step", "transforms_per_step"]), f"{sorted(found)}")
    check(found["transforms_per_step"] == 2, f"{found['transforms_per_step']} transforms a step of strang")
    check(set(rows) >= {"kernels", "transforms", "waiting", "records", "snapshots"} and set(rows) <= set(PARTS), f"{rows}")
    # two redistributions a step of 64 x 17 complex numbers: each of two ranks sends half of its half
    check(messages == 2 and size == 2 * 64 * 17 * 16 / 4, f"spectral: {messages} messages, {size} bytes")
    check(found["messages_per_step"] == messages and found["bytes_per_step"] == size, f"attributes: {found}")
    least, mean, most = np.array([found["seconds_" + p] for p in PARTS]).T
    check(np.all(0 <= least) and np.all(least <= mean) and np.all(mean <= most), f"spread: {found}")
    check(0 < mean.sum() < took, f"{mean.sum()} s of {took} s")

    out, result, took = run(folder, "differences", FIELD % (", laplacian: fd2", "verlet"), 2, "-v")
    rows, messages, size = table(result)
    # one exchange a step, 32 doubles to either side; a look at the rates now and then makes one more
    check(2 <= messages < 2.5 and 512 <= size < 640, f"differences: {messages} messages, {size} bytes")
    check("halo" in rows and "transforms" not in rows, f"differences: {rows}")

    out, result, took = run(folder, "ring", RING % 1, 0, "-v")
    rows, messages, size = table(result)
    check(messages == 0 and size == 0 and rows["noise"] > 0 and rows["kernels"] > 0, f"ring: {rows}, {messages}")
    out, result, took = run(folder, "quiet", RING % 1)
    check("where the time went" not in result.stdout and len(attributes(out)) == len(PARTS) + 3, f"not asked for: {result.stdout}")
    out, result, took = run(folder, "replicas", RING % 4, 2, "-v")
    rows, messages, size = table(result)
    check(rows["kernels"] > 0 and sum(rows.values()) < took, f"replicas: {rows} of {took} s")
    check("2 groups of 1 rank\n" in result.stdout, f"all have work: {result.stdout}")

    # three replicas on two ranks: one of them has nothing to do for a third of the time of both, a quarter of the mean
    # (a bound that holds where the machine is so busy that most of so short a run is something else)
    out, result, took = run(folder, "uneven", RING % 3, 2, "-v")
    rows, messages, size = table(result)
    check(0.02 < rows.get("waiting", 0) / sum(rows.values()) < 0.45, f"replicas: a rank waits for the other: {rows} of {took} s")
    check("2 groups of 1 rank; 75 % of the ranks have work" in result.stdout, f"said before: {result.stdout}")

    # what is said of the transforms of a step is what a run counts, before the run and in its files
    for number, (fields, lines, more, stepper, dt) in enumerate(STEPS):
        text = EQUATION % (fields, lines, more, stepper, f"dt: {dt}")
        name = f"{stepper} of {lines}"
        out, result, took = run(folder, f"step{number}", text, 0, "-v")
        said = next((line for line in result.stdout.splitlines() if line.startswith("transforms ")), "transforms 0 none")
        with h5py.File(os.path.join(out, "series.nc"), "r") as file:
            counted, memory = float(file.attrs["transforms_per_step"]), int(file.attrs["memory_bytes"])
            kept = bytes(file.attrs["transforms"]).decode()
        check(counted > 0 and int(said.split()[1]) == counted and said.split(None, 1)[1] == kept, f"{name}: said {said}, kept {kept}, counted {counted}")
        told = weft("check", os.path.join(folder, f"step{number}.yaml")).stdout
        check(said in told, f"{name}: check does not say {said}")
        # texts of files apart; a field has 61 kB
        value, unit = next(line.split()[-2:] for line in told.splitlines() if line.startswith("memory a rank"))
        check(float(value) * {"kB": 1e3, "MB": 1e6}[unit] >= memory - 5e4, f"{name}: {value} {unit} of {memory} B that the run took at its start")

    # the memory that `weft check` tells, and the most that the processes of the run have: what HDF5 and MPI hold at most beside it is
    # some MB (2 to 7 MB for seven such runs of five models on one and two ranks; less than is told on rings, whose rows of observables
    # and coordinates are not in memory at once); before all was counted a field of this kind had 25 MB more and the ring 48
    for name, (text, ranks) in MEMORY.items():
        path, peaks = write(folder, name + ".yaml", text), os.path.join(folder, name + ".peaks")
        told = weft("check", path, ranks=ranks).stdout
        said = [re.search(key + r"\s+([\d.]+) MB\n", told) for key in ("memory a rank, at most", "program and libraries")]
        check(all(said), f"{name}: {told}")
        command = [sys.executable, "-c", PEAK, peaks, WEFT, "run", path, "--out", os.path.join(folder, "memory-" + name), "-q"]
        launch = [MPIEXEC, "-n", str(ranks)] if ranks else []
        result = subprocess.run(launch + command, capture_output=True, text=True, cwd=folder, check=False)
        check(result.returncode == 0, f"{name}: {result.stderr[-500:]}")
        with open(peaks, encoding="ascii") as file:
            peak = max(int(line) for line in file) * 1024e-6
        planned = sum(float(word[1]) for word in said)
        check(0.8 * planned < peak < planned + 12, f"{name}: {peak} MB of {planned} MB that were told")

    # `weft check` computes two records and times the second, in which a spectrum that is kept for the step of the first must not be
    # found: twice as many transforms as a record of a run has (a run of N records more has N times as many)
    ring = ("model: kpz\ngrid: {n: [256], length: [256]}\nkpz: {scheme: standard}\ninitial: {type: flat}\n"
            "time: {dt: 0.01, end: 1}\nobserve: {every: %g, list: [%s]}\n")

    def transforms(command, every, observable):
        told, path = os.path.join(folder, "count"), write(folder, "record.yaml", ring % (every, observable))
        more = ["-q", "--overwrite", "--out", os.path.join(folder, "record")] if command == "run" else []
        result = subprocess.run([WEFT, command, path, *more], capture_output=True, text=True,
                                env=dict(os.environ, LD_PRELOAD=os.environ["WEFT_COUNT_LIBRARY"], WEFT_ALLOCATIONS=told))
        check(result.returncode == 0, f"{command}: {result.stderr[-500:]}")
        with open(told, encoding="ascii") as file:
            return int(file.read().split()[1])

    a_record = (transforms("run", 0.1, "structure_factor") - transforms("run", 0.2, "structure_factor")) / 5
    checked = transforms("check", 0.1, "structure_factor") - transforms("check", 0.1, "width2")
    check(a_record > 0 and checked == 2 * a_record, f"{checked} transforms of weft check for two records of {a_record}")

end()
