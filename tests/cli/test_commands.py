"""Commands, help, exit codes and messages of the program."""
import glob
import json
import re

import h5py
import numpy

from program import *

# ---- help and lists ----
out = weft("--help")
check(out.returncode == 0 and "usage:" in out.stdout, "weft --help")
for command in ("run", "check", "models", "params", "steppers", "info"):
    out = weft(command, "--help")
    check(out.returncode == 0 and "usage: weft " + command in out.stdout, f"weft {command} --help")
    check(weft("help", command).stdout == out.stdout, f"weft help {command}")
out = weft("models")
check(out.returncode == 0 and "klein_gordon" in out.stdout, "weft models")
models = [line.split()[0] for line in out.stdout.split("\n") if line and line[0] not in " '"]
out = weft("steppers")
check(out.returncode == 0 and "strang" in out.stdout and "verlet" in out.stdout, "weft steppers")
check(not any(line.strip() == "needs:" for line in out.stdout.splitlines()), "weft steppers says what each needs")
out = weft("info", "--build")
check(out.returncode == 0 and "FFTW" in out.stdout and "HDF5" in out.stdout, "weft info --build")



def once(pairs):
    """A JSON object whose keys are all different."""
    names = [name for name, _ in pairs]
    repeated = sorted({name for name in names if names.count(name) > 1})
    check(not repeated, f"weft params {model} --json: more than once: {repeated}")
    return dict(pairs)


for model in models:
    out = weft("params", model)
    check(out.returncode == 0 and "grid" in out.stdout, f"weft params {model}")
    check("time.stepper: " in out.stdout and "observe.list: " in out.stdout, f"weft params {model}: steppers, observables")
    out = weft("params", model, "--json")
    try:
        schema = json.loads(out.stdout, object_pairs_hook=once)
        check(model in json.dumps(schema), f"weft params {model} --json names the model's section")
    except ValueError as error:
        check(False, f"weft params {model} --json is no JSON: {error}")
    out = weft("params", model, "--template")
    with scratch() as folder:
        path = write(folder, "template.yaml", out.stdout)
        tried = weft("check", path)
        check(tried.returncode in (0, 2) and "internal error" not in tried.stderr, f"template of {model}: {tried.stderr}")

# ---- a template needs no more than its blanks: what it writes besides are defaults ----
SPACE = ("grid.n=[16]", "grid.length=[16]")
BLANKS = {"cgle": SPACE, "kpz": SPACE, "klein_gordon": SPACE + ("klein_gordon.potential=phi4",),
          "equation": SPACE + ("equation.fields=[u]", 'equation.equations=["dt(u) = lap(u) - u^3"]', "initial.u=sin(pi*x/8)", "equation.space=lattice"),
          "holstein": ("grid.n=[8]", "holstein.coupling=1", "holstein.temperature=0.3", "initial.Q_sd=0.1"),
          "kuramoto": ("grid.n=[16]",), "oscillators": ("grid.n=[16]",),
          "reaction_diffusion": SPACE + ("reaction_diffusion.species=[A]", "reaction_diffusion.diffusion=1", "initial.density=1"),
          "reaction_lattice": ("grid.n=[16]", "reaction_lattice.species=[A]", "reaction_lattice.hopping=1", "initial.density={A: 0.5}")}
check(sorted(BLANKS) == sorted(models), f"models: {models}")
for model, blanks in BLANKS.items():
    with scratch() as folder:
        path = write(folder, "template.yaml", weft("params", model, "--template").stdout)
        tried = weft("check", path, *(word for blank in (*blanks, "time.end=1") for word in ("-P", blank)))
        check(tried.returncode == 0, f"template of {model}, filled in: code {tried.returncode} {tried.stderr}")

# ---- wrong command lines: one line, code 2, a hint ----
for arguments, hint in ((["rnu"], "did you mean 'run'"), (["run"], "needs an input file"),
                        (["run", "a.yaml", "b.yaml"], "takes one input file"),
                        (["run", "nothing.yaml"], "nothing.yaml: cannot be read: No such file"),
                        (["run", "."], ".: cannot be read: Is a directory"), (["run", "x.yaml", "--out", ""], "--out needs the name"),
                        (["scan", "check", "."], ".: cannot be read: Is a directory"),
                        (["scan", "run", "x.yaml", "--out="], "--out needs the name"),
                        (["run", "x.yaml", "--outt", "d"], "did you mean '--out'"),
                        (["run", "x.yaml", "--wall", "soon"], "--wall soon is no duration"),
                        (["run", "x.yaml", "--resume", "--overwrite"], "exclude each other"),
                        (["run", "x.yaml", "-P"], "needs a value"),
                        (["params", "klein_gordn"], "did you mean 'klein_gordon'"),
                        (["params"], "needs a model"), (["models", "x"], "takes no argument"),
                        (["info"], "takes a file")):
    out = weft(*arguments)
    lines = [line for line in out.stderr.split("\n") if line]
    check(out.returncode == 2 and len(lines) == 1 and lines[0].startswith("weft: error: ") and hint in lines[0],
          f"weft {' '.join(arguments)}: code {out.returncode}: {out.stderr}")
out = weft()
check(out.returncode == 2 and "usage:" in out.stderr, "weft without a command")
out = weft("run", "nothing.yaml", ranks=3)
check(out.returncode == 2 and out.stderr.count("weft: error:") == 1, "an error is printed once, not once a rank")
with scratch() as folder:
    out = weft("run", write(folder, "zero.yaml", "model: kpz\n\0\0"))
    check(out.returncode == 2 and "zero.yaml:2: not text" in out.stderr, f"an input with zero bytes: {out.stderr}")
# ---- a grid that no machine holds: one line, code 3, on one rank and on three ----
LARGE = """model: %s
grid: {n: [16777216, 16777216]%s}
%s
initial: {type: %s}
time: {end: 1}
"""
with scratch() as folder:
    for name, rest in (("kpz", (", length: [1, 1]", "kpz: {nu: 1, lambda: 3, noise: 1}", "flat")),
                       ("cgle", (", length: [1, 1]", "cgle: {}", "random")),
                       ("reaction_lattice", ("", "reaction_lattice: {species: [A], hopping: 1}", "full, species: A"))):
        for ranks in (0, 3):
            out = weft("run", write(folder, f"{name}.yaml", LARGE % (name, *rest)), ranks=ranks)
            check(out.returncode == 3 and out.stderr.count("weft: error: out of memory: ") == 1 and "MPI_ABORT" not in out.stderr
                  and "GB" in out.stderr, f"{name} too large on {ranks}: code {out.returncode}: {out.stderr}")
# ---- plans of runs that do not fit here: what grows with the sites is that of a check of the whole ----
PLANNED = """model: klein_gordon
grid: {n: [%d, %d, %d], length: [%g, 64, 64]}
klein_gordon: {potential: phi4}
initial: {type: random, amplitude: 0.1}
time: {stepper: strang, dt: 0.02, end: 2}
observe: {every: 1, list: [energy]}
output: {fields_every: 1}
"""


def figure(text, key):
    """The bytes behind a word; those of files are in the line after it."""
    number, unit = re.search(key + r"\D*?\n?\s+([\d.]+) ([kMGT]?B)\n", text).groups()
    return float(number) * 1000.0 ** "BkMGT".index(unit[0])


with scratch() as folder:
    whole = write(folder, "whole.yaml", PLANNED % (256, 256, 256, 64))
    real, plan = weft("check", whole), weft("check", whole, "--ranks", "1")
    check(real.returncode == 0 == plan.returncode and "measured on 128 x 128 x 128 sites" in plan.stdout, f"{real.stderr}{plan.stderr}")
    check(abs(figure(plan.stdout, "memory a rank, about") / figure(real.stdout, "memory a rank, at most") - 1) < 0.1, f"{real.stdout}{plan.stdout}")
    for key in ("a checkpoint", "snapshots"):
        check(figure(plan.stdout, key) == figure(real.stdout, key), f"{key}: {real.stdout}{plan.stdout}")
    large = write(folder, "large.yaml", PLANNED % (1024, 1024, 1024, 1024))
    out = weft("check", large, "--ranks", "512")
    check(out.returncode == 0 and "on 128 x 128 x 128 sites" in out.stdout and figure(out.stdout, "a checkpoint") == 17.2e9, f"1024^3: {out.stderr}{out.stdout}")
    # what grows with the sites of a rank, and what does not: chunks of a snapshot, the ghosts and messages of two faces
    shares = [figure(weft("check", large, "--ranks", str(n)).stdout, "memory a rank, about") for n in (32, 128, 512)]
    check(abs((shares[0] - shares[1]) / (shares[1] - shares[2]) - 4) < 0.1, f"memory of 32, 128 and 512 ranks: {shares}")
    out = weft("check", large, "--ranks", "2000000")
    check(out.returncode == 2 and "can use at most 1048576" in out.stderr, f"more ranks than rows: {out.stderr}")
    check(weft("check", large, "--ranks", "3x").returncode == 2, "a number of ranks that is none")
    # a parameter that was given on the command line is cut as well; a start that has no place in the part says where it was tried
    out = weft("check", whole, "-P", "grid.n=[2048, 1024, 1024]", "--ranks", "64")
    check(out.returncode == 0 and "on 256 x 128 x 128 sites" in out.stdout, f"grid.n by -P: {out.stderr}{out.stdout}")
    out = weft("check", large, "-P", "initial={type: mode, k: [400, 0, 0]}", "--ranks", "64")
    check(out.returncode == 2 and "measures with grid.n=[128, 128, 128]" in out.stderr, f"a mode that the part has not: {out.stderr}")
    out = weft("check", large, "-P", "grid.n=[67108864, 3, 2]", "--ranks", "64")
    check(out.returncode == 0 and "x 3 x 2 sites" in out.stdout, f"short axes stay: {out.stderr}{out.stdout}")
    lattice = write(folder, "lattice.yaml", "model: reaction_lattice\ngrid: {n: [65536, 65536]}\nreaction_lattice: {species: [A], hopping: 1}\n"
                    "initial: {type: full, species: A}\ntime: {end: 1}\n")
    out = weft("check", lattice, "--ranks", "64")
    check(out.returncode == 0 and "on 2048 x 2048 sites" in out.stdout and abs(figure(out.stdout, "a checkpoint") / 65536**2 - 1) < 0.002, f"a lattice: {out.stderr}{out.stdout}")
# what one rank plans for several is what these count: messages, ghost layers and tables that k and -k share on one rank
KINDS = {"klein_gordon": "klein_gordon: {potential: phi4}\ninitial: {type: random, amplitude: 0.1}\n",
         "cgle": "cgle: {alpha: 1}\ninitial: {type: random, amplitude: 0.1}\n",
         "reaction_diffusion": "reaction_diffusion: {species: [A, B], diffusion: 1}\ninitial: {type: random, density: 1}\n",
         "kpz": "kpz: {nu: 1, lambda: 1, noise: 1}\ninitial: {type: flat}\n"}
with scratch() as folder:
    for model, stepper in (("klein_gordon", "strang"), ("klein_gordon", "split4"), ("cgle", "auto"), ("reaction_diffusion", "auto"), ("kpz", "auto")):
        for n, length in (("[256, 256]", "[256, 256]"), ("[64, 64, 64]", "[64, 64, 64]"), ("[6, 128, 128]", "[6, 128, 128]")):
            text = f"model: {model}\ngrid: {{n: {n}, length: {length}}}\n{KINDS[model]}time: {{stepper: {stepper}, dt: 0.01, end: 0.1}}\n" \
                   "observe: {every: 0.1}\noutput: {fields_every: 0.1}\n"
            path = write(folder, "shares.yaml", text.replace("stepper: auto, ", ""))
            for ranks in (2, 3):
                plan, real = weft("check", path, "--ranks", str(ranks)), weft("check", path, ranks=ranks)
                check(plan.returncode == 0 == real.returncode, f"{model} {stepper} {n} on {ranks}: {plan.stderr}{real.stderr}")
                told, counted = figure(plan.stdout, "memory a rank, about"), figure(real.stdout, "memory a rank, at most")
                check(abs(told / counted - 1) < 0.06, f"{model} {stepper} {n} on {ranks}: {told:g} told, {counted:g} counted")
    line = write(folder, "line.yaml", "model: klein_gordon\ngrid: {n: [4096], length: [4096]}\nklein_gordon: {potential: phi4}\n"
                 "initial: {type: random, amplitude: 0.1}\ntime: {stepper: strang, dt: 0.01, end: 0.1}\n")
    out = weft("check", line, "--ranks", "4")
    check(out.returncode == 0 and "two to three times as much on several" in out.stdout, f"a line: {out.stderr}{out.stdout}")
out = weft("info", os.path.join(SOURCE, "README.md"))
check(out.returncode == 4 and "cannot be opened: it is not an HDF5 file" in out.stderr, f"weft info of a file that is none: {out.stderr}")
out = weft("info", os.path.join(SOURCE, "none.nc"))
check(out.returncode == 4 and "cannot be opened: No such file" in out.stderr, f"weft info of a file that is not there: {out.stderr}")
with scratch() as folder:  # how many replicas failed, the seed and all starts are told, and check tells the size of a checkpoint
    text = """model: kpz
grid: {n: [32], length: [32.0]}
kpz: {nu: 1, lambda: 5, noise: 1}
initial: {type: flat}
time: {dt: 0.05, end: 20.0}
observe: {every: 0.05, list: [width2, mean]}
ensemble: {replicas: 20, seed: 3, on_failure: drop}
"""
    path, run = write(folder, "drop.yaml", text), os.path.join(folder, "drop")
    check(weft("run", path, "--out", run, "-q").returncode == 0, "an ensemble with failures")
    out = weft("info", os.path.join(run, "series.nc"))
    with h5py.File(os.path.join(run, "series.nc")) as file:
        failed = file.attrs["replicas_failed"]
    for line in ("seed +3", "dt +0.05", f"replicas_failed +{failed}", f"replicas_done +{20 - failed}", r"failed_replicas +replica \d+ \(seed 3\): "):
        check(failed > 1 and re.search(f"^{line}", out.stdout, re.M), f"weft info says {line}: {out.stdout}")
    for model in (text.replace("lambda: 5", "lambda: 0").replace("20, seed: 3", "1"), text.replace("lambda: 5", "lambda: 0").replace(
            "20, seed: 3", "1").replace("[32]", "[8192]").replace("32.0", "8192.0") + "output: {fields_every: 0.1}\n"):
        path = write(folder, "single.yaml", model)
        said = figure(weft("check", path).stdout, "a checkpoint")
        check(weft("run", path, "--out", run, "-q", "--overwrite").returncode == 0, "a single run")
        last, = glob.glob(os.path.join(run, "ckpt-*.h5"))
        check(0.6 < os.path.getsize(last) / said < 1.7, f"a checkpoint of {os.path.getsize(last)} bytes, told {said}")
        check(len(re.findall(r"weft \d", weft("info", os.path.join(run, "series.nc")).stdout.split("history")[1].split("host")[0])) == 1, "one start")
    out = weft("run", path, "-P", "time.end=20.1", "--resume", "-q", "--out", run)
    check(out.returncode == 0, f"a later end: {out.stderr}")
    history = weft("info", os.path.join(run, "series.nc")).stdout.split("history")[1].split("host")[0]
    check(len(re.findall(r"from time", history)) == 2, f"both starts: {history}")
with scratch() as folder:  # files of other programs: lists of texts, which are passed over
    path = os.path.join(folder, "other.h5")
    with h5py.File(path, "w") as file:
        file.attrs["title"] = "one text"
        file.attrs["names"] = ["alpha"] * 64
        file.attrs.create("fixed", numpy.array([b"abcdefgh"] * 5000))
        file.attrs["nothing"] = h5py.Empty("S3")
        file.create_dataset("x", data=[1.0, 2.0]).attrs["units"] = ["m", "s"] * 40
    out = weft("info", path)
    check(out.returncode == 0 and "one text" in out.stdout and "alpha" not in out.stdout and "double   2" in out.stdout,
          f"weft info of lists of texts: code {out.returncode}: {out.stdout}{out.stderr}")
end()
