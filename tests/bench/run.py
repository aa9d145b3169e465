"""Measure weft, and other programs on the same work beside it, in one run: quote ratios only.

usage: run.py BUILD [PEERS [PART ...]]
PART is klein_gordon, sync, reaction, fields, equations, holstein or scans, without it all are
measured. BUILD is the build directory; PEERS a folder with the scripts of other programs: run_amangkurat.py,
kg1d.xmds, kg3d.xmds, sync_c_bound.c, sync_numba_em.py, sync_xmds2.xmds, sync_odeint.cpp,
lattice_lv_numba.py, holstein_langevin_numpy.py, equation_bound.c, equation_numpy.py,
equation_exponax.py, equation_ks.xmds. A peer whose program is not installed is left out.
"""
import glob
import importlib.util
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

ENV = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
           OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_btl_base_warn_component_unused="0")


def output(command, cwd=None, timeout=900):
    """Standard output of a command, or None with a note if it cannot run."""
    try:
        done = subprocess.run(command, cwd=cwd, env=ENV, timeout=timeout, capture_output=True, text=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        print(f"  left out: {command[0]}: {error}")
        return None
    if done.returncode:
        print(f"  left out: {' '.join(command)}: code {done.returncode}: {done.stderr.strip()[-200:]}")
        return None
    return done.stdout


def indented(text):
    for line in (text or "").rstrip().split("\n"):
        print("  " + line)


def number(text, pattern):
    found = re.search(pattern, text or "")
    return float(found.group(1)) if found else None


def ratio(what, a, b):
    if a and b:
        print(f"  = {what}: {a / b:.2f}")


def xmds(peers, script, folder):
    """Build an XMDS2 script; the program's path, or None."""
    if not shutil.which("xmds2"):
        print("  left out: xmds2 is not installed")
        return None
    shutil.copy(os.path.join(peers, script), folder)
    if output(["xmds2", script], cwd=folder) is None:
        return None
    return os.path.join(folder, os.path.splitext(script)[0])


def klein_gordon(build, peers, folder):
    print("Klein-Gordon fields")
    ours = output([os.path.join(build, "tests", "bench_klein_gordon")])
    indented(ours)
    rate_1d = number(ours, r"strang 1D 4096 phi4\s.*?([\d.]+) M site-steps/s")
    rate_3d = number(ours, r"strang 3D 64 phi4\s.*?([\d.]+) M site-steps/s")
    if not peers:
        return
    package = importlib.util.find_spec("amangkurat")
    if package:
        source = os.path.dirname(os.path.dirname(package.origin))
        text = output([sys.executable, os.path.join(peers, "run_amangkurat.py"), source, "--no-energy", "--no-adapt"])
        indented(text)
        rates = [float(x) * 1e-6 for x in re.findall(r'"site_updates_per_s": (\d+)', text or "")]
        if rates:
            ratio("site rate of strang at N = 4096 to the best of amangkurat's cases", rate_1d, max(rates))
    else:
        print("  left out: amangkurat is not installed")
    program = xmds(peers, "kg3d.xmds", folder)
    if program:
        text = output(["mpirun", "-n", "1", program], cwd=folder)
        seconds = number(text, r"[Tt]ime elapsed for simulation is: ([\d.]+)") or number(text, r"([\d.]+) seconds")
        if seconds:
            theirs = 64**3 * 100 / seconds * 1e-6
            print(f"  XMDS2 RK4 64^3: {theirs:.2f} M site-steps/s")
            ratio("site rate of strang at 64^3 to XMDS2", rate_3d, theirs)


def sync(build, peers, folder):
    print("Synchronization chains")
    ours = output([os.path.join(build, "tests", "bench_sync")])
    indented(ours)
    farming(build, folder)
    noisy = number(ours, r"noisy ring, leimkuhler_matthews\s+([\d.]+)")
    if not peers:
        return
    bound = os.path.join(folder, "bound")
    if output(["gcc", "-O3", "-march=native", "-ffast-math", "-mprefer-vector-width=512",
               os.path.join(peers, "sync_c_bound.c"), "-o", bound, "-lm"]) is not None:
        text = output([bound])
        indented(text)
        ratio("noisy ring to the bound program (whose normals are single)", noisy, number(text, r"full step ([\d.]+)"))
    for script in ("sync_numba_em.py",):
        text = output([sys.executable, os.path.join(peers, script)])
        indented(text)
        for name, value in re.findall(r"(\w[\w ]*?)\s+([\d.]+) ns", text or ""):
            ratio(f"{name.strip()} to weft", float(value), noisy)
    program = xmds(peers, "sync_xmds2.xmds", folder)
    if program:
        indented(output([program], cwd=folder))
    if shutil.which("g++"):
        program = os.path.join(folder, "odeint")
        if output(["g++", "-O3", "-march=native", os.path.join(peers, "sync_odeint.cpp"), "-o", program]) is not None:
            indented(output([program]))


FARM = """model: kuramoto
grid: {n: [512]}
kuramoto: {phase_lag: 0.3, noise: 0.05}
initial: {type: flat}
time: {stepper: leimkuhler_matthews, dt: 0.05, end: 3000.0}
observe: {every: {log: 400}, list: [width2, skewness]}
ensemble: {replicas: 64}
"""


def spent(command):
    """Wall time and CPU time of a command, all its processes together; None if it cannot run."""
    wall, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    if output(command) is None:
        return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def farming(build, folder):
    """64 replicas on one rank and on two, the best of three; start-up is a run to time 1.

    Ranks that wait burn time, so that the CPU times give a bound of the speed-up on a busy machine too."""
    path = os.path.join(folder, "farm.yaml")
    with open(path, "w", encoding="ascii") as file:
        file.write(FARM)
    wall, cpu = {}, {}
    for end in (1, 3000):
        for ranks in (1, 2):
            times = [spent(["mpirun", "-n", str(ranks), os.path.join(build, "weft"), "run", path, "-P", f"time.end={end}",
                            "--out", os.path.join(folder, "farm"), "--overwrite", "-q"]) for repeat in range(3)]
            if None in times:
                return
            wall[end, ranks], cpu[end, ranks] = (min(column) for column in zip(*times))
    print(f"  64 replicas of L = 512 on one rank {wall[3000, 1]:.2f} s, on two {wall[3000, 2]:.2f} s "
          f"(start-up {wall[1, 1]:.2f} and {wall[1, 2]:.2f} s)")
    for what, times, share in (("wall time; needs a quiet machine", wall, 1), ("bound by CPU times", cpu, 2)):
        without = (times[3000, 1] - times[1, 1]) / (times[3000, 2] - times[1, 2])
        print(f"  = speed-up by farming over 2 ranks ({what}): {share * times[3000, 1] / times[3000, 2]:.2f}, "
              f"without start-up {share * without:.2f}")


def reaction(build, peers, folder):
    program = os.path.join(build, "tests", "bench_reaction_lattice")
    if not os.path.exists(program):
        return
    print("Reaction lattices")
    ours = output([program])
    indented(ours)
    if peers:
        numba = os.path.join(peers, "lattice_lv_numba.py")
        for size, time in ((256, 50), (512, 20), (1024, 5), (4096, 1)):
            text = output([sys.executable, numba, "--L", str(size), "--time", str(time)])
            indented(text and f"numba, {size} x {size}: " + text.strip().split("\n")[-1])
            rate = number(text, r"attempts/s ([\d.e+]+)")
            for method in ("sequential", "exact"):
                own = number(ours, rf"\[{size}, {size}\].*{method} .*attempts/s ([\d.e+]+)")
                ratio(f"{method} to numba, {size} x {size}", own, rate)


def fields(build, _peers, _folder):
    print("Reaction-diffusion fields")
    indented(output([os.path.join(build, "tests", "bench_reaction_diffusion")]))


def holstein(build, peers, folder):
    print("Holstein lattices")
    more = [os.path.join(peers, "holstein_langevin_numpy.py")] if peers else []
    indented(output([os.path.join(build, "tests", "bench_holstein"), *more]))


def scans(build, _peers, _folder):
    print("Scans")
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scan.py")
    indented(output([sys.executable, script, os.path.join(build, "weft"), "mpirun"]))


# Name, points along an axis, and steps of a measurement of the peers.
EQUATIONS = (("ks", 1024, 2000), ("ks", 16384, 100), ("sh", 256, 20), ("ns", 256, 10))


def equations(build, peers, folder):
    """Equations of the input beside the built-in models, a program by hand with FFTW, and peers."""
    print("Equations of the input")
    own = os.path.join(build, "tests", "bench_equation")
    indented(output([own]))
    starts(build, folder)
    bound = os.path.join(folder, "equation_bound")
    if not peers or output(["gcc", "-O3", "-march=native", os.path.join(peers, "equation_bound.c"), "-o", bound,
                            "-lfftw3", "-lm"]) is None:
        return
    others = {"NumPy": "equation_numpy.py"}
    if importlib.util.find_spec("exponax"):
        others["exponax"] = "equation_exponax.py"
    else:
        print("  left out: exponax is not installed")
    for name, n, steps in EQUATIONS:
        mine, theirs = [], []
        for repeat in range(5):  # in turn, so that what else the machine does falls on both
            mine.append(number(output([own, name, str(n)]), r": ([\d.]+) ns"))
            theirs.append(number(output([bound, name, str(n), str(steps)]), r": ([\d.]+) ns"))
        if None in mine or None in theirs:
            return
        print(f"  {name} {n}: equation {min(mine):.1f}, bound {min(theirs):.1f} ns per site and step")
        ratio(f"{name} {n} to the bound program", min(mine), min(theirs))
        for other, script in others.items():
            text = output([sys.executable, os.path.join(peers, script), name, str(n), str(steps)])
            indented(text)
            ratio(f"{name} {n}: {other} to weft", number(text, r": ([\d.]+) ns"), min(mine))
    program = xmds(peers, "equation_ks.xmds", folder)
    if program:
        indented(output([program], cwd=folder))


SMALL = {
    "model kpz": "model: kpz\ngrid: {n: [64], length: [64.0]}\nkpz: {nu: 1, lambda: 1, noise: 0.5, scheme: spectral}\n"
                 "initial: {type: flat}\ntime: {stepper: etd_heun, dt: 0.02, end: 0.02}\n",
    "equation": "model: equation\ngrid: {n: [64], length: [64.0]}\n"
                "equation: {fields: [h], equations: [dt(h) = lap(h) + grad2(h)/2 + xi]}\n"
                "initial: {type: formula, h: 0}\ntime: {stepper: etd_heun, dt: 0.02, end: 0.02}\n",
}


def starts(build, folder):
    """A whole run of one step, in turn: the difference is what reading the equation costs."""
    best = {}
    for repeat in range(7):
        for name, text in SMALL.items():
            path = os.path.join(folder, "small.yaml")
            with open(path, "w", encoding="ascii") as file:
                file.write(text)
            times = spent([os.path.join(build, "weft"), "run", path, "--out", os.path.join(folder, "small"),
                           "--overwrite", "-q"])
            if times is None:
                return
            best[name] = min(best.get(name, times), times)
    for name, (wall, cpu) in best.items():
        print(f"  start-up, {name}: {wall:.3f} s, {cpu:.3f} s of CPU")
    print(f"  = an equation starts later by {best['equation'][0] - best['model kpz'][0]:.3f} s")


def main():
    build = sys.argv[1]
    peers = sys.argv[2] if len(sys.argv) > 2 and sys.argv[2] else None
    if peers and not glob.glob(os.path.join(peers, "*")):
        sys.exit(f"{peers} holds no peers")
    with open("/proc/loadavg", encoding="ascii") as file:
        print("load", file.read().split()[0])
    parts = {"klein_gordon": klein_gordon, "sync": sync, "reaction": reaction, "fields": fields,
             "equations": equations, "holstein": holstein, "scans": scans}
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[3:] or parts:
            parts[name](build, peers, folder)


main()
