"""Measure weft beside its bounds, and other programs on the same work, in one run; keep the table and write the page of it.

usage: run.py BUILD [PEERS [PART ...]]   measure, show, and write docs/dev/speed.json and docs/dev/speed.md; with parts: their rows only
       run.py page                       write docs/dev/speed.md from the table that is kept

BUILD is the build directory; PEERS a folder with scripts of other programs: run_amangkurat.py, kg3d.xmds, sync_c_bound.c,
sync_numba_em.py, sync_odeint.cpp, lattice_lv_numba.py, holstein_langevin_numpy.py, equation_bound.c, equation_numpy.py,
equation_exponax.py, equation_ks.xmds; peer_pypde.py is beside this file. A peer that is not installed, or that does not compute
the same as weft (same.py), is left out, with a word. Parts: see PARTS.

A row is one figure of weft beside one other figure (a bound, or another program), and their ratio: the median of five pairs
taken in turn, with the lowest and the highest. Rows of peers are made here, where both are whole programs.
"""
import glob
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import page  # noqa: E402  pylint: disable=wrong-import-position
import same as peer  # noqa: E402  pylint: disable=wrong-import-position

ENV = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
           OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_btl_base_warn_component_unused="0", OMPI_MCA_rmaps_base_oversubscribe="1")
PAIRS = 5


def same(what, compare, *arguments):
    """Whether a peer computes what weft computes; else, or where that cannot be found out, a word. See same.py."""
    try:
        far = compare(*arguments)
    except (OSError, ValueError, LookupError, ImportError, ArithmeticError, subprocess.SubprocessError) as error:
        left_out(what, f"it could not be compared with weft: {error}")
        return False
    if far > 1:
        left_out(what, f"it does not compute the same: {far:.3g} times farther from weft than is allowed")
    return far <= 1


def left_out(what, why):
    print(f"  left out: {what}: {why}", flush=True)


def output(command, cwd=None, timeout=1800):
    """Standard output of a command, or None with a word if it cannot run."""
    try:
        done = subprocess.run(command, cwd=cwd, env=ENV, timeout=timeout, capture_output=True, text=True, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return left_out(command[0], error)
    if done.returncode:
        return left_out(" ".join(command), f"code {done.returncode}: {done.stderr.strip()[-200:]}")
    return done.stdout


def written(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def number(text, pattern):
    found = re.search(pattern, text or "")
    return float(found.group(1)) if found else None


class Table:
    """The rows of this run."""

    def __init__(self):
        self.rows = []

    def add(self, part, name, unit, value, beside="", other=float("nan"), ratio=(float("nan"),) * 3):
        row = dict(zip(page.COLUMNS, (part, name, unit, value, beside, other, *ratio)))
        self.rows.append(row)
        print("  " + page.line(row), flush=True)

    def program(self, build, name, *arguments, ranks=1):
        """The rows that a bench program prints."""
        path = os.path.join(build, "tests", "bench", "bench_" + name)
        if not os.path.exists(path):
            return left_out(name, "it is not built")
        for text in (output([*(["mpirun", "-n", str(ranks)] if ranks > 1 else []), path, *arguments]) or "").split("\n"):
            words = text.split("\t")
            if words[0] == "row":
                figures = [float(word) for word in (words[4], *words[6:])]
                self.add(*words[1:4], figures[0], words[5], figures[1], figures[2:])
        return None

    def pairs(self, part, name, unit, own, peer, theirs):
        """own, theirs: functions that run a program and give its figure (None: it cannot run)."""
        values = []
        for _ in range(PAIRS):
            pair = own(), theirs()
            if None in pair:
                return
            values.append(pair)
        ratios = sorted(a / b for a, b in values)
        middle = [sorted(column)[PAIRS // 2] for column in zip(*values)]
        self.add(part, name, unit, middle[0], peer, middle[1], (ratios[PAIRS // 2], ratios[0], ratios[-1]))


def compiled(source, target, *options):
    """A program of one file; None if there is no compiler for it, or it does not compile."""
    compiler = "g++" if source.endswith("cpp") else "gcc"
    built = output([compiler, "-O3", "-march=native", source, "-o", target, *options])
    return None if built is None else target


def klein_gordon(table, build, peers, folder):
    table.program(build, "klein_gordon")
    strang = [row for row in table.rows if row["name"] == "strang, 512, phi4"]
    package = importlib.util.find_spec("amangkurat")
    if peers and strang and not package:
        left_out("amangkurat", "it is not installed (pip install amangkurat)")
    if peers and strang and package:
        source = os.path.dirname(os.path.dirname(package.origin))
        text = output([sys.executable, os.path.join(peers, "run_amangkurat.py"), source, "--no-energy", "--no-adapt"])
        rate = number(text, r'"case1_linear".*?"site_updates_per_s": (\d+)')
        if rate and same("amangkurat", peer.amangkurat, build, folder, text):
            value, other = strang[0]["value"], 1e9 / rate
            table.add("peers", strang[0]["name"], "ns/site/step", value, "amangkurat, a linear wave", other, (value / other,) * 3)
    if peers and strang:
        xmds(table, build, peers, folder)


def xmds(table, build, peers, folder):
    """RK4 of XMDS2 on 64^3 sites."""
    if not shutil.which("xmds2"):
        return left_out("XMDS2", "it is not installed")
    shutil.copy(os.path.join(peers, "kg3d.xmds"), folder)
    if output(["xmds2", "kg3d.xmds"], cwd=folder) is None:
        return None
    text = output(["mpirun", "-n", "1", os.path.join(folder, "kg3d")], cwd=folder)
    seconds = number(text, r"[Tt]ime elapsed for simulation is: ([\d.]+)")
    own = [row for row in table.rows if row["name"] == "strang, 64 x 64 x 64, phi4"]
    if seconds and own and same("XMDS2", peer.bubble_xmds, build, folder):
        value, other = own[0]["value"], seconds * 1e9 / 64**3 / 100
        table.add("peers", own[0]["name"], "ns/site/step", value, "XMDS2, RK4", other, (value / other,) * 3)
    return None


def chains(table, build, peers, folder):
    table.program(build, "chains")
    noisy = [row for row in table.rows if row["name"] == "kuramoto ring with noise, euler_maruyama"]
    quenched = [row for row in table.rows if row["name"].startswith("kuramoto ring with quenched")]
    if not peers or not noisy:
        return
    others = []
    bound = compiled(os.path.join(peers, "sync_c_bound.c"), os.path.join(folder, "bound"), "-ffast-math",
                     "-mprefer-vector-width=512", "-lm")
    source = os.path.join(peers, "sync_c_bound.c")
    if bound and same("the C program of rings", peer.ring_c, build, folder, source):
        text = output([bound])
        others.append((noisy[0], "a C program (single-precision normals)", number(text, r"full step ([\d.]+)")))
    source = os.path.join(peers, "sync_numba_em.py")
    text = output([sys.executable, source])
    if text and not same("numba and NumPy, rings", peer.ring_numba, build, folder, source):
        text = None
    for name, value in re.findall(r"(\w[\w ]*?)\s+([\d.]+) ns", text or ""):
        others.append((noisy[0], name.strip(), float(value)))
    odeint = compiled(os.path.join(peers, "sync_odeint.cpp"), os.path.join(folder, "odeint"))
    if odeint and same("Boost.odeint", peer.ring_odeint, build, folder, os.path.join(peers, "sync_odeint.cpp")):
        others.append((quenched[0], "Boost.odeint", number(output([odeint]), r"euler +([\d.]+) ns")))
    for row, name, other in others:
        if other:
            table.add("peers", row["name"], row["unit"], row["value"], name, other, (row["value"] / other,) * 3)


def lattices(table, build, peers, folder):
    table.program(build, "reaction_lattice")
    if not peers:
        return
    text = output([sys.executable, os.path.join(peers, "lattice_lv_numba.py"), "--L", "256", "--time", "50"])
    if text is None or not same("numba, lattices", peer.densities_numba, build, folder, text):
        return
    for size, stop in ((256, 50), (1024, 5), (4096, 1)):
        text = output([sys.executable, os.path.join(peers, "lattice_lv_numba.py"), "--L", str(size), "--time", str(stop)])
        rate = number(text, r"attempts/s ([\d.e+]+)")
        for row in [row for row in table.rows if row["part"] == "lattices" and row["name"] == f"exact, {size} x {size}"]:
            if rate:
                table.add("peers", row["name"], row["unit"], row["value"], "numba, serial", 1e9 / rate,
                          (row["value"] * rate / 1e9,) * 3)


def fields(table, build, _peers, _folder):
    table.program(build, "reaction_diffusion")


def holstein(table, build, peers, folder):
    table.program(build, "holstein")
    source = os.path.join(peers or "", "holstein_langevin_numpy.py")
    if not peers or not same("NumPy, electrons", peer.density_numpy, build, folder, source):
        return
    text = output([sys.executable, source, "--L", "32", "--steps", "20"])
    seconds = number(text, r"seconds_per_step=([\d.]+)")
    for row in [row for row in table.rows if row["part"] == "electrons" and re.match("diagonalisation|rational, 13 sites and", row["name"])]:
        if seconds:
            other = seconds * 1e6 / 32**2
            table.add("peers", row["name"], row["unit"], row["value"], "NumPy, diagonalisation of 32 x 32", other,
                      (row["value"] / other,) * 3)


# Name, points along an axis, and steps of a measurement of the peers.
EQUATIONS = (("ks", 1024, 2000), ("ks", 16384, 100), ("sh", 256, 20), ("ns", 256, 10))
LONG = {"ks": "Kuramoto-Sivashinsky", "sh": "Swift-Hohenberg", "ns": "Navier-Stokes"}


def equations(table, build, peers, folder):
    """Equations of the input beside the built-in models, a program by hand with FFTW, and peers."""
    table.program(build, "equation")
    starts(table, build, folder)
    if not peers:
        return
    own = os.path.join(build, "tests", "bench", "bench_equation")
    # name: command, how weft plans its transforms beside it, and how it is compared with weft
    source = os.path.join(peers, "equation_numpy.py")
    others = {"NumPy": ([sys.executable, source], "measure", (peer.equation_numpy, build, source))}
    # by hand, and the same with plans that are estimated: what FFTW gains by its search is not what weft loses
    source = os.path.join(peers, "equation_bound.c")
    estimated = os.path.join(folder, "equation_bound_estimate.c")
    written(estimated, peer.text_of(source).replace("FFTW_PATIENT", "FFTW_ESTIMATE"))
    for label, text, planning in (("a C program with FFTW", source, "measure"),
                                  ("a C program with FFTW, plans estimated on both sides", estimated, "estimate"),
                                  ("a C program with FFTW that searches its plans, weft as by default", source, "estimate")):
        bound = compiled(text, os.path.join(folder, os.path.basename(text)[:-2]), "-lfftw3", "-lm")
        if bound:
            others[label] = ([bound], planning, (peer.equation_c, build, peer.text_of(text), folder))
    if importlib.util.find_spec("exponax"):
        text = peer.exponax_as_weft(peer.text_of(os.path.join(peers, "equation_exponax.py")))
        source = written(os.path.join(folder, "equation_exponax.py"), text)
        others["exponax"] = ([sys.executable, source], "measure", (peer.equation_exponax, build, text, folder))
    else:
        left_out("exponax", "it is not installed (pip install exponax)")
    for case in LONG:
        fit = {name: row for name, row in others.items() if same(f"{name}, {LONG[case]}", *row[2], case)}
        for name, n, steps in EQUATIONS:
            for other, (command, planning, _) in fit.items() if name == case else ():
                table.pairs("peers", f"{LONG[name]}, {n} points an axis", "ns/site/step",
                            lambda: number(output([own, name, str(n), planning]), r"ns/site/step\t([\d.]+)"), other,
                            lambda: number(output([*command, name, str(n), str(steps)]), r": ([\d.]+) ns"))
    pypde(table, build, folder)
    slower = xmds_equation(peers, folder)
    text = peer.text_of(os.path.join(peers, "equation_ks.xmds"))
    if slower and same("XMDS2, Kuramoto-Sivashinsky", peer.equation_xmds, build, text, folder):
        table.pairs("peers", "Kuramoto-Sivashinsky, 1024 points an axis", "ns/site/step",
                    lambda: number(output([own, "ks", "1024", "measure"]), r"ns/site/step\t([\d.]+)"), "XMDS2, RK4", slower)


def pypde(table, build, folder):
    """Gray-Scott by py-pde beside the built-in model."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "peer_pypde.py")
    own = [row for row in table.rows if row["name"] == "Gray-Scott 256^2, rk4"]
    if not importlib.util.find_spec("pde"):
        return left_out("py-pde", "it is not installed (pip install py-pde)")
    if own and same("py-pde", peer.gray_scott_pypde, build, folder, script):
        other = number(output([sys.executable, script, "256", "100"]), r": ([\d.]+) ns")
        if other:
            value = own[0]["other"]
            table.add("peers", "Gray-Scott, 256 x 256, rk4", "ns/site/step", value, "py-pde, numba", other, (value / other,) * 3)
    return None


def xmds_equation(peers, folder):
    """Time a site and step of XMDS2 on 1024 sites, as a function: the difference of two programs, of which one makes five times as
    many steps, so that their start does not count. None: it cannot run."""
    steps = (2000, 10000)
    if not shutil.which("xmds2"):
        return left_out("XMDS2", "it is not installed")
    text = peer.text_of(os.path.join(peers, "equation_ks.xmds"))
    for count in steps:
        source = text.replace("eq_ks", f"ks_{count}").replace('interval="100" steps="2000"', f'interval="{count // 20}" steps="{count}"')
        written(os.path.join(folder, f"ks_{count}.xmds"), source)
        if output(["xmds2", f"ks_{count}.xmds"], cwd=folder) is None:
            return None

    def measure():
        taken = []
        for count in steps:
            begin = time.monotonic()
            if output([os.path.join(folder, f"ks_{count}")], cwd=folder) is None:
                return None
            taken.append(time.monotonic() - begin)
        return (taken[1] - taken[0]) * 1e9 / 1024 / (steps[1] - steps[0])
    return measure


SMALL = {
    "kpz": "model: kpz\ngrid: {n: [64], length: [64.0]}\nkpz: {nu: 1, lambda: 1, noise: 0.5, scheme: spectral}\n"
           "initial: {type: flat}\ntime: {stepper: etd_heun, dt: 0.02, end: 0.02}\n",
    "equation": "model: equation\ngrid: {n: [64], length: [64.0]}\n"
                "equation: {fields: [h], equations: [dt(h) = lap(h) + grad2(h)/2 + xi]}\n"
                "initial: {type: formula, h: 0}\ntime: {stepper: etd_heun, dt: 0.02, end: 0.02}\n",
}


def starts(table, build, folder):
    """A whole run of one step: what reading an equation costs."""
    def start(name):
        def run():
            path = os.path.join(folder, name + ".yaml")
            with open(path, "w", encoding="ascii") as file:
                file.write(SMALL[name])
            begin = time.monotonic()
            done = output([os.path.join(build, "weft"), "run", path, "--out", os.path.join(folder, name), "--overwrite", "-q"])
            return None if done is None else time.monotonic() - begin
        return run
    table.pairs("equations", "a whole run of one step", "s", start("equation"), "the built-in model", start("kpz"))


RECORDS = 200000
RING = "model: kuramoto\ngrid: {n: [64]}\nkuramoto: {noise: 0.1}\ninitial: {type: flat}\ntime: {dt: 0.01, end: END}\n" \
       "observe: {every: EVERY, list: [order_parameter, width2]}\n"


def records(table, build, _peers, folder):
    """What a record costs, in microseconds of the processor."""
    path, values = os.path.join(folder, "ring.yaml"), []
    for _ in range(PAIRS):
        taken = []
        for every in (0.01, 0.01 * RECORDS):
            with open(path, "w", encoding="ascii") as file:
                file.write(RING.replace("END", str(0.01 * RECORDS)).replace("EVERY", str(every)))
            begin = os.times()
            if output([os.path.join(build, "weft"), "run", path, "--out", os.path.join(folder, "ring"), "--overwrite", "-q"]) is None:
                return
            done = os.times()
            taken.append(done.children_user + done.children_system - begin.children_user - begin.children_system)
        values.append((taken[0] - taken[1]) * 1e6 / RECORDS)
    values.sort()
    table.add("records", "a record of two numbers", "us/record", values[PAIRS // 2], "promised", 5.0,
              tuple(value / 5.0 for value in (values[PAIRS // 2], values[0], values[-1])))


def scans(table, build, _peers, _folder):
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scan.py")
    text = output([sys.executable, script, os.path.join(build, "weft"), "mpirun"])
    for line in (text or "").strip().split("\n"):
        words = line.split("\t")
        if words[0] == "row":
            table.add(words[1], words[2], words[3], float(words[4]), words[5], float(words[6]),
                      (float(words[4]) / float(words[6]),) * 3)


def numbers(table, build, _peers, _folder):
    table.program(build, "noise")


def grids(table, build, _peers, _folder):
    table.program(build, "grid")
    table.program(build, "grid", ranks=2)


def files(table, build, _peers, _folder):
    table.program(build, "snapshots")
    table.program(build, "snapshots", ranks=2)


def ranks(table, build, _peers, _folder):
    """On more ranks than cores, too, since two cores are what is there: pencils beside slabs; two ranks beside one."""
    for count in (4, 8, 16):
        table.program(build, "ranks", "pencils", ranks=count)
    table.program(build, "ranks", "runs", ranks=2)


PARTS = {"grid": grids, "files": files, "ranks": ranks, "noise": numbers, "klein_gordon": klein_gordon, "chains": chains, "records": records, "lattices": lattices, "fields": fields, "equations": equations,
         "holstein": holstein, "scans": scans}


def machine():
    """What the figures were measured on, in words."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        text = file.read()
    name = re.search(r"model name\s*: (.*)", text)
    sets = [word for word in ("avx2", "avx512f") if re.search(rf"\b{word}\b", text)]
    return f"{name.group(1).strip() if name else 'an unknown processor'}, {os.cpu_count()} cores" + \
        (f", {', '.join(sets)}" if sets else "")


def main():
    if sys.argv[1:] == ["page"]:
        page.write(page.kept())
        return
    build = os.path.abspath(sys.argv[1])
    peers = sys.argv[2] if len(sys.argv) > 2 and sys.argv[2] else None
    if peers and not os.path.isdir(peers):
        sys.exit(f"{peers} is no folder")
    if not glob.glob(os.path.join(build, "tests", "bench", "bench_*")):
        sys.exit(f"{build} has no programs of the bench: 'cmake --build --preset release --target bench' builds and runs them")
    table = Table()
    load = os.getloadavg()[0]
    print(f"load {load:.2f}")
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[3:] or PARTS:
            print(name, flush=True)
            PARTS[name](table, build, peers, folder)
    kept = {"machine": machine(), "date": time.strftime("%Y-%m-%d"), "load": round(load, 2),
            "version": (output([os.path.join(build, "weft"), "--version"]) or "").split("\n")[0], "rows": table.rows}
    if len(sys.argv) > 3:
        before = page.kept()
        if before["machine"] != kept["machine"]:
            sys.exit("the table is of another machine; measure all parts")
        kept["rows"] = page.merged(before["rows"], table.rows)
    page.keep(kept)
    page.write(page.kept())


main()
