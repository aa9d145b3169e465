"""weft plot, analyze, report: no traceback, nothing over another picture, nothing through a link, nothing of names that means
something to a shell or a browser; files that are damaged, empty, being written, or made by others."""
import contextlib
import gc
import glob
import importlib
import io
import random
import sys
import types

from program import *

sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))
from weftsim import cli  # noqa: E402

BASE = """model: kuramoto
grid: {n: [32]}
kuramoto: {coupling: 1, noise: 0.05, phase_lag: 0.3}
initial: {type: flat}
time: {dt: 0.1, end: 20}
observe: {every: 1, list: [width2, height_pdf]}
output: {fields_every: 5}
ensemble: {seed: 5}
"""
EXPECTED = "- {name: width2, value: 1e9, tolerance: 1, source: a test}\n"
TOOLS = (["plot", "-q"], ["report", "-q"], ["analyze", "kpz", "-q"])


def tool(*arguments, **more):
    run = subprocess.run([WEFT, *arguments], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, **more)
    run.stderr = run.stderr.decode("utf-8", "replace")
    return run


def inside(command, *arguments):
    """The same without a new process, for many."""
    errors = io.StringIO()
    main = importlib.import_module("weftsim." + command[0]).main
    with contextlib.redirect_stderr(errors), contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO())):
        code = cli.work(main, [*command[1:], *arguments])
    gc.collect()  # closes the files
    return types.SimpleNamespace(returncode=code, stderr=errors.getvalue())


def quiet(run, codes, what):
    """Ended with one of the codes, an error with one line."""
    lines = run.stderr.splitlines()
    good = run.returncode in codes and "Traceback" not in run.stderr and (run.returncode == 0 or
                                                                          (len(lines) == 1 and lines[0].startswith("weft: error: ")))
    check(good, f"{what}: code {run.returncode}: {run.stderr[-600:]}")


with scratch() as folder:
    # ---- names with quotes, blanks, tags and bytes that are no UTF-8; expected numbers are found beside them ----
    for name in ("it's", "my dir", "<b>&amp;", b"gr\xfcn", "$(touch witness)"):
        place = os.path.join(os.fsencode(folder), os.fsencode(name))
        os.makedirs(place)
        for file, text in (("input.yaml", BASE), ("expected.yaml", EXPECTED)):
            with open(os.path.join(place, file.encode()), "w", encoding="utf-8") as out:
                out.write(text)
        result = os.path.join(place, b"out")
        quiet(tool("run", os.path.join(place, b"input.yaml"), "--out", result, "-q"), (0,), f"run {name}")
        for command in TOOLS if name in ("it's", b"gr\xfcn") else TOOLS[1:2]:
            quiet(tool(*command, result, cwd=folder), (0,), f"{command[0]} {name}")
        with open(os.path.join(result, b"report.html"), encoding="utf-8") as file:
            page = file.read()
        check("<b>&amp;" not in page and "differs" in page, f"report of {name}: names as text, and compared")
    check(not os.path.exists(os.path.join(folder, "witness")), "nothing of a name is run")

    # ---- two runs into one directory: no picture over another ----
    a, b = os.path.join(folder, "it's", "out"), os.path.join(folder, "my dir", "other")
    os.rename(os.path.join(folder, "my dir", "out"), b)
    both = os.path.join(folder, "both")
    run = tool("plot", a, b, "--out", both, "--only", "width2")
    paths = run.stdout.decode().split("\n")[:-1]
    check(len(paths) == len(set(paths)) == 2 and all(os.path.exists(p) for p in paths), f"pictures of two runs: {paths}")

    # ---- links in a result lead nowhere ----
    victim = write(folder, "victim.txt", "mine")
    secret = write(folder, "secret.png", "SECRET")
    linked = os.path.join(folder, "linked")
    shutil.copytree(b, linked)
    for name in ("report.html", "series.png", "phase.png", "kpz.yaml"):
        with_name = os.path.join(linked, name)
        if os.path.lexists(with_name):
            os.unlink(with_name)
        os.symlink(victim, with_name)
    if os.path.lexists(os.path.join(linked, "kpz.png")):
        os.unlink(os.path.join(linked, "kpz.png"))
    os.symlink(secret, os.path.join(linked, "kpz.png"))
    for command in (["report", "-q"], ["plot", "-q"], ["report", "-q"], ["analyze", "kpz", "-q"]):
        quiet(tool(*command, linked), (0,), f"{command} with links")
    with open(victim) as file:
        check(file.read() == "mine", "a link is not written through")
    with open(os.path.join(linked, "report.html")) as file:
        check("U0VDUkVU" not in file.read(), "what a link shows is not put into a page")
    outside = os.path.join(folder, "outside.h5")
    shutil.copy(os.path.join(b, "series.nc"), outside)
    for kind in ("external", "soft", "raw"):
        place = os.path.join(folder, kind)
        os.makedirs(place)
        shutil.copy(outside, os.path.join(place, "series.nc"))
        with h5py.File(os.path.join(place, "series.nc"), "r+") as file:
            if kind == "raw":
                file.create_dataset("private", (4,), "u1", external=[(victim, 0, 4)])
            else:
                file["private"] = h5py.ExternalLink(outside, "/width2") if kind == "external" else h5py.SoftLink("/private")
        for command in TOOLS[:2]:
            run = tool(*command, place)
            quiet(run, (0, 4), f"{command[0]} of {kind} links")
            check(not glob.glob(os.path.join(place, "private*")), f"{kind}: not followed")

    # ---- numbers at the ends of what doubles hold ----
    many = os.path.join(folder, "many")
    quiet(tool("run", write(folder, "many.yaml", BASE.replace("every: 1,", "every: {log: 20},").replace("{seed: 5}", "{replicas: 4, keep: all}")),
               "--out", many, "-q"), (0,), "an ensemble")
    random_numbers, most = np.random.default_rng(1), sys.float_info.max
    fills = {"largest": lambda n: np.full(n, most), "both signs": lambda n: np.where(np.arange(n) % 2, most, -most),
             "one": lambda n: np.where(np.arange(n) == n // 2, most, 1.0), "1e308": lambda n: random_numbers.uniform(-1, 1, n) * 1e308,
             "least": lambda n: np.full(n, 5e-324), "decades": lambda n: 10 ** random_numbers.uniform(-300, 300, n) * random_numbers.choice((-1, 1), n)}
    huge = os.path.join(folder, "huge")
    for origin in (b, many):
        for name, fill in fills.items():
            for axes in (False, True):
                shutil.rmtree(huge, ignore_errors=True)
                shutil.copytree(origin, huge)
                for path in glob.glob(os.path.join(huge, "*.nc")):
                    with h5py.File(path, "r+") as file:
                        for data in list(file.values()):
                            is_axis = h5py.h5ds.is_scale(data.id)
                            if data.size and data.dtype.kind == "f" and is_axis == axes:
                                data[...] = (np.sort if axes else np.asarray)(fill(data.size)).reshape(data.shape)
                for command in TOOLS:
                    run = inside(command, huge)
                    errors = [line for line in run.stderr.splitlines() if not line.startswith("weft: warning: ")]
                    check(run.returncode in (0, 2, 4) and len(errors) == (run.returncode != 0) and "Error" not in run.stderr and
                          (axes or command[0] != "report" or run.returncode == 0), f"{command[0]}, {name}, axes {axes}: {run.returncode}: {run.stderr[-600:]}")
                    told = "numbers of width2 beyond 1e+150 are left out, the largest 1.8e+308" in run.stderr
                    check(told or axes or command[0] == "analyze" or name not in ("largest", "both signs", "one"), f"{command[0]}, {name}: {run.stderr}")

    # ---- closed pipes, full disks, odd styles ----
    for command in (["plot"], ["report"], ["analyze", "kpz"]):
        shutil.rmtree(both, ignore_errors=True)
        out = [] if command[0] == "report" else ["--out", both]
        run = subprocess.run(["bash", "-c", '"$@" | head -0; exit ${PIPESTATUS[0]}', "bash", WEFT, *command, b, *out], capture_output=True, text=True)
        check(run.returncode == 0 and not run.stderr, f"{command} | head -0: {run.returncode}: {run.stderr}")
        check(command[0] != "plot" or len(os.listdir(both)) >= 3, "all pictures are drawn though nobody reads their names")
        with open("/dev/full", "w") as full:
            run = subprocess.run([WEFT, *command, b, *out], stdout=full, stderr=subprocess.PIPE, text=True)
        quiet(run, (4,), f"{command} > /dev/full")
    write(folder, "matplotlibrc", "text.usetex: True\n")
    quiet(tool("plot", "-q", b, "--out", both, env={**os.environ, "MATPLOTLIBRC": folder}), (0,), "a style with LaTeX")

    # ---- what is no result, and what is damaged ----
    odd = os.path.join(folder, "odd")
    os.makedirs(odd)
    series = os.path.join(odd, "series.nc")
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(f"{c}: &{c} [{','.join(['*' + p] * 9)}]\n" for p, c in zip("abcdefgh", "bcdefghi"))
    for text in ("[1, 2]", "text", bomb, "[" * 3000 + "]" * 3000, "model: [", "model: {a: b}", "grid: 3", "grid: {n: x}\nmodel: kpz"):
        shutil.copy(outside, series)
        with h5py.File(series, "r+") as file:
            del file.attrs["input"]
            file.attrs["input"] = text
        for command in TOOLS[1:]:
            quiet(inside(command, odd), (0, 2, 4), f"{command[0]}, attribute input {text[:20]!r}")
    with h5py.File(outside, "r") as file:
        names = [n for n in file if "time" in [d[0].name[1:] if len(d) else "" for d in file[n].dims]]
    for name in names:  # as while a run writes: records of time that others do not have yet, and the reverse
        for longer in (False, True):
            shutil.copy(outside, series)
            with h5py.File(series, "r+") as file:
                n = file["time"].shape[0]
                for other in ([name] if longer else [x for x in [*names, "time"] if x != name]):
                    file[other].resize(n + 3, axis=0)
            for command in (TOOLS[2] if longer else TOOLS[0],):
                quiet(inside(command, odd), (0,), f"{command[0]}, {name} {'longer' if longer else 'shorter'} than the rest")
    with open(outside, "rb") as file:
        whole = file.read()
    draw = random.Random(1)
    for trial in range(int(os.environ.get("WEFT_SLOW", "0") or 0) * 190 + 6):
        data = bytearray(whole)
        if trial % 3 == 0:
            data = data[: draw.randrange(len(data))]
        for _ in range(1 + trial % 4):
            if data:
                at = draw.randrange(len(data))
                data[at: at + 8] = bytes(draw.randrange(256) for _ in range(min(8, len(data) - at)))
        with open(series, "wb") as file:
            file.write(data)
        quiet(tool(*TOOLS[trial % 3], odd), (0, 2, 4), f"{TOOLS[trial % 3][0]} of damaged file {trial}")
    check(not glob.glob(os.path.join(odd, ".*")), "nothing temporary is left")
end()
