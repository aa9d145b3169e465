"""Random equations run: on one rank and on three, and on three with a stop half way and a resume. Lattices have the same bits
on any number of ranks, fields in k space the same numbers to rounding; a resumed run has the bits of one that went through.
Some equations blow up by themselves, as dt(v) = dx(v, 3)*lap(v) does: a run that ends with a field that is not finite is no
failure where the same fields grow tenfold in NumPy, too, by steps twenty times as short.
WEFT_SLOW: 500 equations that run, else 24."""
import h5py
import numpy as np

from equation_draws import Draw
from program import MPIEXEC, WEFT, check, end, os, scratch, subprocess, write

WANTED = 500 if os.environ.get("WEFT_SLOW") else 24
DT, STEPS = 1e-5, 4  # short steps: random equations have fast rates, and most fields grow without a bound


def values(path):
    with h5py.File(path) as file:
        return {name: file[name][...] for name in file if file[name].ndim > 1 and file[name].dtype.kind == "f"}


def blows_up(draw, path):
    """Do the fields at the start of the file grow tenfold in the time of the run, by the method of Runge and Kutta in NumPy?"""
    u = []
    with h5py.File(path) as file:
        for name, is_complex, order in draw.fields:
            for key in [name, name + "_t"][:order]:
                u += [file[part][0] for part in ([key + "_re", key + "_im"] if is_complex else [key])]
    u, h = np.array(u), DT / 20
    most = 10 * np.abs(u).max()
    for _ in range(20 * STEPS):
        with np.errstate(all="ignore"):
            a = np.array(draw.expected(u))
            b = np.array(draw.expected(u + h / 2 * a))
            c = np.array(draw.expected(u + h / 2 * b))
            u = u + h / 6 * (a + 2 * b + 2 * c + np.array(draw.expected(u + h * c)))
        if not np.abs(u).max() < most:
            return True
    return False


rng = np.random.default_rng(20261129)
more = f"output: {{fields_every: {DT * STEPS / 2}, fields: [FIELDS]}}\nobserve: {{every: {DT * STEPS / 2}}}\n"
with scratch() as folder:
    draws = []
    for i in range(WANTED * 8 // 5 + 4):
        draws.append(Draw(rng))
        os.mkdir(os.path.join(folder, str(i)))
        fields = ", ".join(key for name, _, order in draws[-1].fields for key in [name, name + "_t"][:order])
        write(folder, f"{i}.yaml", draws[-1].yaml(i + 1, f"dt: {DT}, end: {DT * STEPS}", more.replace("FIELDS", fields)))
    listing = write(folder, "list", "".join(f"{folder}/{i}.yaml {folder}/{i} {DT * STEPS / 2}\n" for i in range(len(draws))))
    tool = os.path.join(os.path.dirname(WEFT), "tests", "tool_equation_runs")
    done = subprocess.run([MPIEXEC, "-n", "3", tool, listing], capture_output=True, text=True)
    check(done.returncode == 0, f"the tool: {done.stderr[-2000:]}")
    said = done.stdout.splitlines()
    check(len(said) == len(draws), f"{len(said)} answers to {len(draws)} equations: {done.stdout[-500:]}")
    ran, blown, worst = 0, 0, 0.0
    for i, answer in enumerate(said):
        if answer == "refused" or "ranks are too many for this grid" in answer:  # ill posed; a lattice thinner than its stencil
            continue
        if "is not finite at time" in answer and blows_up(draws[i], os.path.join(folder, str(i), "one", "fields.nc")):
            blown += 1
            continue
        check(answer == "done", f"equation {i}: {answer}\n{draws[i].yaml(i + 1)}")
        if answer != "done":
            continue
        ran += 1
        one, every, two = (values(os.path.join(folder, str(i), which, "fields.nc")) for which in ("one", "all", "two"))
        for name, a in every.items():
            check(np.isfinite(a).all(), f"equation {i}: {name} is not finite")
            check(two[name].tobytes() == a.tobytes(), f"equation {i}: {name} differs after a resume\n{draws[i].yaml(i + 1)}")
            if draws[i].lattice:
                check(one[name].tobytes() == a.tobytes(), f"equation {i}: {name} depends on the ranks\n{draws[i].yaml(i + 1)}")
            error = np.abs(one[name] - a).max() / max(np.abs(a).max(), 1.0)
            worst = max(worst, error)
            check(error < 1e-12, f"equation {i}: {name} differs by {error:.3g} between 1 and 3 ranks\n{draws[i].yaml(i + 1)}")
    check(ran >= WANTED, f"{ran} equations ran")
    check(blown <= ran // 100 + 1, f"{blown} of {ran + blown} equations blew up")
    print(f"{ran} equations, {blown} more blew up by themselves, largest difference between 1 and 3 ranks {worst:.3g}")
end()
