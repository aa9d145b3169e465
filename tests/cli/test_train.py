"""weft train and force: learned, from a training file to a run. The formula of the force and the exact densities are computed
here once more, in numpy, from what is in the files."""
from program import SOURCE, check, end, h5py, has, np, os, same, scratch, shutil, start, until, weft, write

BASE = """model: holstein
grid: {n: [12, 12]}
holstein: {coupling: 1.4142135623730951, temperature: 0.1, damping: 0.16, force: chebyshev, force_tolerance: 1e-2}
initial: {type: random, Q_sd: 1, P_sd: 1}
time: {dt: 0.1, end: 20}
observe: {every: 10, list: [temperature_kinetic]}
"""
TRAINING = """base: base.yaml
seeds: [1, 2, 3, 4, 5, 6]
held_out: [7, 8, 9]
snapshots: 10
"""
SMALL = """base: base.yaml
seeds: [1, 2]
held_out: [3]
snapshots: 4
steps: 3
vary: {time.end: 2}
"""
RUN = """model: holstein
grid: {n: [20, 14]}
holstein: {coupling: 1.4142135623730951, temperature: 0.1, damping: 0.16, force: learned, force_file: force.h5}
initial: {type: random, Q_sd: 1, P_sd: 1}
time: {dt: 0.1, end: 15}
observe: {every: 1, list: [temperature_kinetic, order_rms, force_error, force_error_max]}
output: {fields_every: 5, fields: [Q, density]}
"""
# without LAPACK there is no diagonalisation
EXACT = "" if has("LAPACK") else "exact: chebyshev\nexact_tolerance: 1e-6\n"


def learned(poles, T, V):
    """n - 1/2 of the formula: V of the axes (..., y, x) in units of t from mu, T likewise."""
    def at(f, y, x):
        return np.roll(f, (-y, -x), (-2, -1))
    near = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    out = 0
    for y, w, centre, axial, corner, outer, ring in poles:
        z = 1j * y * T
        u = 1 / (z - V)
        U = [at(u, *d) for d in near]
        S = sum(U)
        A = np.zeros(V.shape + (4, 4), complex)
        for k in range(4):
            j = (k + 1) % 4
            c = near[k][0] + near[j][0], near[k][1] + near[j][1]
            a = 2 * near[k][0], 2 * near[k][1]
            d = 1 / (z - at(V, *c) - outer * (at(S, *c) - U[k] - U[j]))
            A[..., k, k] += z - at(V, *near[k]) - axial / (z - at(V, *a) - outer * (at(S, *a) - U[k])) - corner * d
            A[..., j, j] -= corner * d
            A[..., k, j] -= ring * d
            A[..., j, k] -= ring * d
        s = np.linalg.solve(A, np.ones(V.shape + (4, 1)))[..., 0].sum(-1)
        out = out + w * T * (1 / (z - V - centre * s)).real
    return out


def diagonalised(V, T):
    """n - 1/2 of all levels of a periodic lattice."""
    n, m = V.shape
    H = np.diag(V.ravel())
    for y in range(n):
        for x in range(m):
            for i, j in (((y + 1) % n, x), (y, (x + 1) % m)):
                H[y * m + x, i * m + j] -= 1
                H[i * m + j, y * m + x] -= 1
    levels, vectors = np.linalg.eigh(H)
    return (-0.5 * vectors ** 2 @ np.tanh(levels / (2 * T))).reshape(n, m)


def data(folder, numbers):
    """Energies and densities of some runs."""
    parts = []
    for number in numbers:
        with h5py.File(os.path.join(folder, f"data-{number:04d}.h5")) as file:
            parts.append((file["energy"][...], file["density"][...], file["temperature"][0]))
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts]), parts[0][2]


def network(file, V, window):
    """n - 1/2 of the network in a file, as a correction to the window's or (None) alone."""
    width, depth = (int(x) for x in file["network"][...])
    scales, weights = file["scales"][...], list(file["weights"][...])

    def take(*shape):
        count = int(np.prod(shape))
        values = np.array(weights[:count]).reshape(shape)
        del weights[:count]
        return values

    def sums(channels):
        def at(f, y, x):
            return np.roll(f, (-y, -x), (-2, -1))
        out = []
        for f in channels:
            out += [f, 0.5 * (at(f, 0, 1) + at(f, 0, -1) + at(f, 1, 0) + at(f, -1, 0)),
                    0.5 * (at(f, 1, 1) + at(f, 1, -1) + at(f, -1, 1) + at(f, -1, -1))]
        return np.array(out)

    first = odd = np.array([V / np.sqrt(V * V + s * s) for s in scales])
    even = np.array([s / np.sqrt(V * V + s * s) for s in scales])
    for k in range(depth):
        A, B, bias = take(width, 3 * len(odd)), take(width, 3 * len(odd)), take(width)
        t = np.tanh(np.tensordot(A, sums(odd), 1))
        g = 1 / (1 + np.exp(-(np.tensordot(B, sums(even), 1) + bias.reshape(-1, *[1] * V.ndim))))
        odd, even = (t * g + (odd if k else 0)), g * (1 - t * t) + (even if k else 0)
    y = np.tensordot(take(len(scales)), first, 1) + np.tensordot(take(width), odd, 1)
    check(not weights, f"{len(weights)} weights are left")
    return 0.5 * np.tanh(y) if window is None else window + (0.25 - window ** 2) * np.tanh(y)


def rms(x):
    return float(np.sqrt(np.mean(x ** 2)))


def train(path, out, *arguments, code=0, **more):
    run = weft("train", path, "--out", out, *arguments, **more)
    check(run.returncode == code, f"weft train {path} {arguments}: code {run.returncode}, {run.stdout}{run.stderr}")
    return run


def test_training(directory):
    """Loss, errors, densities and formula of the file."""
    write(directory, "base.yaml", BASE)
    path = write(directory, "training.yaml", TRAINING + EXACT)
    out = os.path.join(directory, "trained")
    said = train(path, out).stdout
    with h5py.File(os.path.join(out, "force.h5")) as file:
        poles, loss, error = file["poles"][...], file["loss"][...], file["error"][...]
        check(list(file["temperature"]) == [0.1, 0.1] and abs(file["coupling"][0] - 2 ** 0.5) < 1e-15, "ranges are in the file")
        told = {name: text.decode() if isinstance(text, bytes) else str(text) for name, text in file.attrs.items()}
        check(TRAINING in told["training"] and "Q_sd: 1" in told["inputs"] and told["command"] and told["uuid"],
              f"the file says what it was trained on: {told}")
    V, n, T = data(out, range(6))
    Vh, nh, _ = data(out, range(6, 9))
    check(V.shape == (66, 12, 12) and Vh.shape == (33, 12, 12), f"configurations: {V.shape}, {Vh.shape}")
    off = max(np.abs(diagonalised(V[k], T) - n[k]).max() for k in (0, 20, 65))
    check(off < (1e-12 if not EXACT else 1e-4), f"densities against numpy: {off}")
    check(np.all(np.diff(loss) < 0), f"the loss falls with every step: {loss}")
    exact = poles.copy()
    exact[:, 2:] = 1
    check(abs(error[0] ** 2 / loss[0] - 1) < 1e-12 and abs(error[1] ** 2 / loss[-1] - 1) < 1e-12, "errors are those of the losses")
    found = rms(learned(poles, T, V) - n), rms(learned(poles, T, Vh) - nh)
    check(abs(found[0] / error[1] - 1) < 1e-10 and abs(found[1] / error[2] - 1) < 1e-10, f"errors of the formula: {found}, {error}")
    check(error[1] < 0.6 * error[0], f"training halves the error: {error}")
    check(abs(error[2] / error[1] - 1) < 0.2, f"held out as trained, within 20 %: {error}")
    check(np.all(poles[:, :6] >= 0) and np.all(np.abs(poles[:, 6]) <= poles[:, 4]), f"numbers keep their bounds: {poles}")
    check("held out" in said and "rms of n - 1/2: trained" in said, said)
    print("errors: start, trained, held out, late", error)
    # on a lattice of four times the sites
    path = write(directory, "large.yaml", TRAINING.replace("[1, 2, 3, 4, 5, 6]", "[21]").replace("[7, 8, 9]", "[22]") + EXACT
                 + "vary: {grid.n: [[24, 24]]}\nsteps: 0\n")
    large = os.path.join(directory, "large")
    train(path, large)
    Vl, nl, _ = data(large, range(2))
    there = rms(learned(poles, T, Vl) - nl)
    print("on 24 x 24:", there)
    check(abs(there / error[2] - 1) < 0.1, f"transfer to a larger lattice: {there} and {error[2]}")
    return os.path.join(out, "force.h5")


def test_transfer(directory):
    """The training that is shipped, on a lattice of four and a half times its sites."""
    inputs = os.path.join(SOURCE, "inputs", "holstein", "learned")
    out = os.path.join(directory, "shipped")
    train(os.path.join(inputs, "training.yaml"), out, "-q", timeout=3600)
    with h5py.File(os.path.join(out, "force.h5")) as file:
        poles, held_out = file["poles"][...], file["error"][2]
    shutil.copy(os.path.join(inputs, "quench.yaml"), directory)
    path = write(directory, "wide.yaml", "base: quench.yaml\nseeds: [21]\nheld_out: [22]\nsnapshots: 13\nsteps: 0\nexact: chebyshev\n"
                 "exact_tolerance: 1e-4\nvary: {grid.n: [[64, 64]]}\n")
    wide = os.path.join(directory, "wide")
    train(path, wide, "-q", timeout=3600)
    V, n, T = data(wide, range(2))
    there = rms(learned(poles, T, V) - n)
    print("transfer from 30 x 30, held out", held_out, "to 64 x 64:", there)
    check(abs(there / held_out - 1) < 0.1, f"transfer to 64 x 64: {there} and {held_out}")


NETWORK = "network: {width: 3, depth: 2, epochs: 24, batch: 4, finish: 4}\n"


def test_networks(directory):
    """A network on the window and alone: the numbers of the file, losses, bits on 1 to 4 ranks and after a stop, runs."""
    write(directory, "base.yaml", BASE)
    small = SMALL.replace("snapshots: 4", "snapshots: 6") + EXACT
    for name, more in (("both", NETWORK), ("alone", NETWORK + "poles: 0\n")):
        path = write(directory, f"{name}.yaml", small + more)
        outs = []
        several = (1, 2, 3, 4) if name == "both" else (1, 3)
        for ranks in several:
            outs.append(os.path.join(directory, f"{name}{ranks}"))
            if outs[0] != outs[-1]:
                os.makedirs(outs[-1])
                for number in range(3):
                    shutil.copy(os.path.join(outs[0], f"data-{number:04d}.h5"), outs[-1])
            train(path, outs[-1], "-q", ranks=ranks)
            what = same(os.path.join(outs[0], "force.h5"), os.path.join(outs[-1], "force.h5"))
            check(not what, f"network {name}, {ranks} ranks: {what}")
        with h5py.File(os.path.join(outs[0], "force.h5")) as file:
            error = file["error"][...]
            for at, numbers in ((1, (0, 1)), (2, (2,))):
                V, n, T = data(outs[0], numbers)
                window = learned(file["poles"][...], T, V) if name == "both" else None
                there = rms(network(file, V, window) - n)
                check(abs(there / error[at] - 1) < 1e-10, f"network {name}: the error of the formula is {there}, of the file {error}")
            if name == "both":
                before = file["loss"][-1] ** 0.5
                check(error[1] < before, f"the network lowers the error of the window: {error[1]} and {before}")
        force = os.path.join(directory, "force.h5")
        shutil.copy(os.path.join(outs[0], "force.h5"), force)
        run = write(directory, "run.yaml", RUN.replace("force_file: force.h5", "force_file: force.h5, force_tolerance: 0.1")
                    .replace("end: 15", "end: 1.5").replace("fields_every: 5", "fields_every: 0.5").replace("every: 1,", "every: 0.5,"))
        for ranks in several:
            run_learned(directory, run, f"{name}-run{ranks}", "-q", ranks=ranks)
            what = same(os.path.join(directory, f"{name}-run1", "fields.nc"), os.path.join(directory, f"{name}-run{ranks}", "fields.nc"))
            check(not what, f"network {name}, {ranks} ranks: {what}")
        run_learned(directory, run, f"{name}-half", "-q", "-P", "time.end=0.7", ranks=2)
        run_learned(directory, run, f"{name}-half", "-q", "--resume", ranks=3)
        what = same(os.path.join(directory, f"{name}-run1", "fields.nc"), os.path.join(directory, f"{name}-half", "fields.nc"))
        check(not what, f"network {name}, resumed: {what}")
        with h5py.File(os.path.join(directory, f"{name}-run1", "fields.nc")) as file, h5py.File(force) as numbers:
            V, n = -(2 ** 0.5) * file["Q"][...], file["density"][...] - 0.5
            window = learned(numbers["poles"][...], 0.1, V) if name == "both" else None
            off = np.abs(network(numbers, V, window) - n).max()
        check(off < (1e-5 if name == "both" else 1e-12), f"network {name}: density of a run against the formula: {off}")
        # a filling off the middle is kept to rounding, by densities that are those of the formula at mu, to a part of the tolerance
        for ranks in (1, 3):
            run_learned(directory, run, f"{name}-filled{ranks}", "-q", "-P", "holstein.filling=0.49", "-P", "time.end=0.5", "-P",
                        "observe.list=[chemical_potential]", ranks=ranks)
        what = same(os.path.join(directory, f"{name}-filled1", "fields.nc"), os.path.join(directory, f"{name}-filled3", "fields.nc"))
        check(not what, f"network {name} at a filling, 3 ranks: {what}")
        with h5py.File(os.path.join(directory, f"{name}-filled1", "fields.nc")) as file, h5py.File(force) as numbers, \
                h5py.File(os.path.join(directory, f"{name}-filled1", "series.nc")) as series:
            mu = series["chemical_potential"][...]
            V, n = -(2 ** 0.5) * file["Q"][...] - mu[:, None, None], file["density"][...] - 0.5
            check(len(mu) == len(n) and np.all(mu != 0), f"chemical potentials {mu}")
            window = learned(numbers["poles"][...], 0.1, V) if name == "both" else None
            off, mean = np.abs(network(numbers, V, window) - n).max(), np.abs(n.mean(axis=(1, 2)) + 0.01).max()
        check(mean < 1e-12 and off < 1e-3, f"network {name}: filling off by {mean}, densities by {off}")
        print(f"network {name} at a filling: mean off by {mean:.1e}, densities by {off:.1e}")
    # a stop in the midst of the epochs
    path = write(directory, "long.yaml", small + NETWORK.replace("epochs: 24", "epochs: 100"))
    whole, cut = os.path.join(directory, "whole"), os.path.join(directory, "cut")
    for out in (whole, cut):
        os.makedirs(out)
        for number in range(3):
            shutil.copy(os.path.join(outs[0], f"data-{number:04d}.h5"), out)
    train(path, whole, "-q")
    process = start("train", path, "--out", cut)
    for line in process.stdout:
        if "epoch" in line:
            break
    write(cut, "stop", "")
    said = process.communicate()[1]
    check(process.returncode == 85 and "run again to go on" in said, f"code {process.returncode}: {said}")
    os.remove(os.path.join(cut, "stop"))
    run = train(path, cut, ranks=2)
    check("going on from epoch" in run.stdout, run.stdout)
    what = same(os.path.join(whole, "force.h5"), os.path.join(cut, "force.h5"))
    check(not what, f"network after a stop: {what}")


def test_ranks_and_stops(directory):
    """The same bits on 1 to 4 ranks, and after stops at any moment."""
    write(directory, "base.yaml", BASE)
    path = write(directory, "small.yaml", SMALL + EXACT)
    outs = []
    for ranks in (1, 2, 3, 4):
        outs.append(os.path.join(directory, f"ranks{ranks}"))
        train(path, outs[-1], "-q", ranks=ranks)
        for name in ("force.h5", "data-0000.h5", "data-0002.h5"):
            what = same(os.path.join(outs[0], name), os.path.join(outs[-1], name))
            check(not what, f"{ranks} ranks, {name}: {what}")
    out = os.path.join(directory, "stopped")
    os.makedirs(out)
    write(out, "stop", "")
    run = train(path, out, "-q", code=85)
    check("run again to go on" in run.stderr, run.stderr)
    os.remove(os.path.join(out, "stop"))
    shutil.copy(os.path.join(outs[0], "data-0000.h5"), out)
    before = os.stat(os.path.join(out, "data-0000.h5")).st_mtime_ns
    train(path, out, "-q", ranks=2)
    check(os.stat(os.path.join(out, "data-0000.h5")).st_mtime_ns == before, "a run whose data are there is not run again")
    what = same(os.path.join(outs[0], "force.h5"), os.path.join(out, "force.h5"))
    check(not what, f"after a stop: {what}")
    process = start("train", path, "--out", os.path.join(directory, "killed"))
    until(lambda: os.path.exists(os.path.join(directory, "killed", "data-0000.h5")), 60, 0.005)
    process.kill()
    process.communicate()
    train(path, os.path.join(directory, "killed"), "-q")
    what = same(os.path.join(outs[0], "force.h5"), os.path.join(directory, "killed", "force.h5"))
    check(not what, f"after a kill: {what}")
    other = write(directory, "other.yaml", SMALL.replace("snapshots: 4", "snapshots: 5") + EXACT)
    run = train(other, out, code=2)
    check("data of another training" in run.stderr and "--overwrite" in run.stderr, run.stderr)
    train(other, out, "-q", "--overwrite")
    data_file = os.path.join(out, "data-0001.h5")
    with h5py.File(data_file) as file:
        at = file["energy"].id.get_chunk_info(0).byte_offset
    with open(data_file, "r+b") as file:
        file.seek(at + 5)
        byte = file.read(1)
        file.seek(at + 5)
        file.write(bytes([byte[0] ^ 1]))
    run = train(other, out, code=4)
    check("damaged" in run.stderr and "data-0001.h5" in run.stderr, run.stderr)


def test_more_bad_trainings(directory):
    """Bases that no list of cases can have beside it."""
    write(directory, "kpz.yaml", "model: kpz\ngrid: {n: [8, 8], length: [8, 8]}\nkpz: {lambda: 1}\ninitial: {type: flat}\n"
          "time: {dt: 0.01, end: 1}\n")
    path = write(directory, "t.yaml", "base: kpz.yaml\nseeds: [1]\nheld_out: [2]\n")
    run = train(path, os.path.join(directory, "out"), code=2)
    check("t.yaml:1:1: base:" in run.stderr and "of the model kpz, which has no electrons" in run.stderr, run.stderr)
    write(directory, "base.yaml", BASE)
    path = write(directory, "t.yaml", SMALL + "poles: 2\n" + EXACT)
    write(directory, "base.yaml", BASE.replace("coupling: 1.4142135623730951", "coupling: 10").replace("force_tolerance: 1e-2", "force_tolerance: 0.1")
          .replace("temperature: 0.1", "temperature: 0.05"))
    run = train(path, os.path.join(directory, "out2"), code=2)
    check("t.yaml:7:1: poles: 2 poles miss the Fermi step by" in run.stderr, run.stderr)
    run = weft("train")
    check(run.returncode == 2 and "weft train needs a training file" in run.stderr, run.stderr)
    run = weft("train", path, "--resume")
    check(run.returncode == 2 and "no option --resume" in run.stderr, run.stderr)
    help_text, keys = weft("train", "--help"), weft("params", "train")
    check(help_text.returncode == 0 and "TRAINING.yaml" in help_text.stdout, help_text.stdout)
    check(keys.returncode == 0 and "held_out" in keys.stdout and "time.stepper" not in keys.stdout, keys.stdout)


def run_learned(directory, path, out, *arguments, code=0, **more):
    run = weft("run", path, "--out", os.path.join(directory, out), *arguments, cwd=directory, **more)
    check(run.returncode == code, f"{arguments}: code {run.returncode}: {run.stderr}")
    return run


def test_runs(directory, force):
    """A run with the learned force: bits on 1 to 4 ranks and after a stop, the density of the formula, the live error."""
    shutil.copy(force, os.path.join(directory, "force.h5"))
    path = write(directory, "run.yaml", RUN)
    for ranks in (1, 2, 3, 4):
        run_learned(directory, path, f"r{ranks}", "-q", ranks=ranks)
        for name in ("series.nc", "fields.nc"):
            what = same(os.path.join(directory, "r1", name), os.path.join(directory, f"r{ranks}", name))
            check(not what, f"{ranks} ranks, {name}: {what}")
    run_learned(directory, path, "half", "-q", "-P", "time.end=7.3", ranks=2)
    run_learned(directory, path, "half", "-q", "--resume", ranks=3)
    what = same(os.path.join(directory, "r1", "fields.nc"), os.path.join(directory, "half", "fields.nc"))
    check(not what, f"resumed: {what}")
    with h5py.File(force) as file:
        poles = file["poles"][...]
    with h5py.File(os.path.join(directory, "r1", "fields.nc")) as file:
        V, n = -(2 ** 0.5) * file["Q"][...], file["density"][...] - 0.5
    off = np.abs(learned(poles, 0.1, V) - n).max()
    check(off < 1e-5, f"density of a run against the formula: {off}")
    true = np.array([rms(n[k] - diagonalised(V[k], 0.1)) for k in range(len(n))])
    with h5py.File(os.path.join(directory, "r1", "series.nc")) as file:
        stated = file["force_error"][::5]
    print("true errors", true, "stated", stated)
    check(np.all(stated >= true) and np.all(stated <= 5 * true), f"live error: true {true}, stated {stated}")
    run = weft("analyze", "force", os.path.join(directory, "r1"), "--states", 1, "--tolerances", 1e-2, cwd=directory)
    rows = [line.split() for line in run.stdout.split("\n") if " learned " in line]
    check(run.returncode == 0 and len(rows) == 1, f"the force that moved the run is one of those compared: {run.stdout}{run.stderr}")
    check(abs(float(rows[0][2]) / true[-1] - 1) < 0.01, f"its error, and that of the run's last record {true[-1]}: {rows[0]}")
    for factor in (0.5, 2):
        run = run_learned(directory, path, "T", "-q", "--overwrite", "-P", f"holstein.temperature={0.1 * factor}", "-P", "time.end=1",
                          "-P", "holstein.force_tolerance=0.1")
        check("holstein.temperature goes from" in run.stderr and "was trained from 0.1 to 0.1" in run.stderr, run.stderr)
    run = run_learned(directory, path, "T", "-q", "--overwrite", "-P", "holstein.coupling=4", "-P", "holstein.force_tolerance=0.1",
                      "-P", "time.end=1")
    check("holstein.coupling goes from 4" in run.stderr and "energies reach" in run.stderr, run.stderr)
    return path


def test_bad_forces(directory, path, force):
    """Files that do not belong to the run, and what is no such file."""
    def refused(words, *arguments, code=2):
        run = run_learned(directory, path, "bad", "-q", "--overwrite", *arguments, code=code)
        check(all(w in run.stderr for w in words), f"{arguments}: {run.stderr}")
        check(len([line for line in run.stderr.split("\n") if "error" in line]) == 1, f"{arguments}: one line: {run.stderr}")
    refused(["holstein.force_file", "cannot be read: No such file"], "-P", "holstein.force_file=none.h5")
    refused(["run.yaml:3:91: holstein.force_file", "trained for the hopping 1, and here it is 1.2"], "-P", "holstein.hopping=1.2")
    refused(["holstein.force: learned forces are those of the square lattice, and this one has 1"], "-P", "grid.n=[64]")
    refused(["holstein.force: learned forces are those of the square lattice, and this one has 3"], "-P", "grid.n=[8,8,8]")
    refused(["holstein.next_hopping: learned forces have none"], "-P", "holstein.next_hopping=0.2")
    refused(["holstein.force: trained numbers belong to windows of 7 x 7 sites"], "-P", "grid.n=[6,20]")
    refused(["holstein.radius: not used here"], "-P", "holstein.radius=2")
    refused(["holstein.force_file: not used here"], "-P", "holstein.force=auto")
    refused(["holstein.force: the orbitals of dynamics: ehrenfest"], "-P", "holstein.dynamics=ehrenfest")
    refused(["0", "use force: dense"], "-P", "holstein.electron_temperature=0")
    refused(["the learned force errs by", "force_tolerance is 0.001", "train it on states like this one"],
            "-P", "holstein.force_tolerance=1e-3", code=3)
    run = run_learned(directory, path, "bad", "-q", "--overwrite", "-P", "initial.Q_sd=1e6", "-P", "holstein.force_tolerance=5e-3", code=3)
    check("12 poles miss the Fermi step by 0.0" in run.stderr and "more than a quarter of the tolerance 0.005" in run.stderr, run.stderr)
    write(directory, "text.h5", "no file of numbers")
    refused(["holstein.field: nothing.h5 cannot be read: No such file"], "-P", "holstein.field=nothing.h5")
    refused(["holstein.field", "text.h5", "not an HDF5 file"], "-P", "holstein.field=text.h5")
    with h5py.File(os.path.join(directory, "hole.h5"), "w") as file:
        file["field"] = np.where(np.arange(280).reshape(20, 14) == 33, np.inf, 0)
    refused(["holstein.field: the dataset 'field' of hole.h5 has a value that is not finite"], "-P", "holstein.field=hole.h5")
    refused(["holstein.force_file", "text.h5", "not an HDF5 file"], "-P", "holstein.force_file=text.h5")
    refused(["holstein.force_file", "is no learned force of electrons"], "-P", "holstein.force_file=r1/series.nc")
    with open(force, "rb") as file:
        whole = file.read()
    with open(os.path.join(directory, "cut.h5"), "wb") as file:
        file.write(whole[:len(whole) // 2])
    refused(["holstein.force_file", "truncated"], "-P", "holstein.force_file=cut.h5")

    def spoil(change):
        shutil.copy(force, os.path.join(directory, "spoilt.h5"))
        with h5py.File(os.path.join(directory, "spoilt.h5"), "r+") as file:
            change(file)
        return "-P", "holstein.force_file=spoilt.h5"

    def number(i, j, value):
        def change(file):
            file["poles"][i, j] = value
        return spoil(change)

    refused(["spoilt.h5", "the density would not be bounded"], *number(0, 6, 50.0))
    refused(["spoilt.h5", "negative or not finite"], *number(1, 4, -1.0))
    refused(["spoilt.h5", "lies on the real axis"], *number(2, 0, 0.0))
    refused(["spoilt.h5", "negative or not finite"], *number(3, 1, np.nan))
    for name, value, hint in (("temperature", np.nan, "range of temperatures"), ("temperature", [1, 0.5], "range of temperatures"),
                              ("coupling", np.nan, "range of couplings"), ("hopping", np.inf, "hopping"), ("energy_bound", 0, "largest energy"),
                              ("energy_bound", np.nan, "largest energy"), ("error", -1, "error"), ("error", np.nan, "error")):
        refused(["spoilt.h5", hint], *spoil(lambda file: file[name].__setitem__(..., value)))
    refused(["spoilt.h5", "'hopping' is missing"], *spoil(lambda file: file.__delitem__("hopping")))
    refused(["spoilt.h5", "'poles' is missing"], *spoil(lambda file: file.__delitem__("poles")))
    with h5py.File(force) as file:
        at = file["poles"].id.get_chunk_info(0).byte_offset
    flipped = bytearray(whole)
    flipped[at + 3] ^= 4
    with open(os.path.join(directory, "flipped.h5"), "wb") as file:
        file.write(flipped)
    refused(["flipped.h5", "damaged"], "-P", "holstein.force_file=flipped.h5")
    # other numbers than those with which a run began
    shutil.copy(os.path.join(directory, "force.h5"), os.path.join(directory, "kept.h5"))
    run_learned(directory, path, "begun", "-q", "-P", "time.end=3")
    with h5py.File(os.path.join(directory, "force.h5"), "r+") as file:
        file["poles"][0, 1] *= 1.001
    run = run_learned(directory, path, "begun", "-q", "--resume", code=2)
    check("force.h5 has other contents" in run.stderr, run.stderr)
    shutil.copy(os.path.join(directory, "kept.h5"), os.path.join(directory, "force.h5"))


def test_inputs(force):
    """The shipped inputs with one force each can be run, on a small lattice."""
    for name in ("production/input", "production/chebyshev", "production/rational", "production/repair", "production/learned",
                 "coarsening_forces/exact", "coarsening_forces/rational", "coarsening_forces/learned", "learned/run"):
        path = os.path.join(SOURCE, "inputs", "holstein", name + ".yaml")
        with open(path) as file:
            file_of = ["-P", f"holstein.force_file={force}", "-P", "holstein.force_tolerance=0.1"] if "force_file" in file.read() else []
        run = weft("check", path, "-P", "grid.n=[16, 16]", *file_of)
        check(run.returncode == 0, f"{name}: {run.stdout}{run.stderr}")


with scratch() as folder:
    if os.environ.get("WEFT_SLOW") and has("LAPACK"):
        with scratch() as shipped:
            test_transfer(shipped)
    trained = test_training(folder)
    test_inputs(trained)
    with scratch() as networks:
        test_networks(networks)
    with scratch() as second:
        test_ranks_and_stops(second)
    with scratch() as third:
        test_more_bad_trainings(third)
    with scratch() as fourth:
        test_bad_forces(fourth, test_runs(fourth, trained), trained)
end()
