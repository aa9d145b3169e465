"""What would be wrong without a word is told: histograms of formulas without a value, floats that overflow, elements of lists by name."""
import math
import re

from program import *

REACTIONS = ("model: reaction_lattice\ngrid: {n: [256]}\nreaction_lattice: {species: [A], hopping: 1, capacity: 1, reactions: ["
             "{name: birth, reaction: A -> 2 A, rate: 0.5}, {name: death, reaction: A -> 0, rate: 1}]}\n"
             "initial: {type: random, density: 0.5}\ntime: {end: 1}\nobserve: {every: 1, list: [density_A]}\n")
EQUATION = ("model: equation\ngrid: {n: [16], length: [16.0]}\nequation: {fields: [u], equations: ['dt(u) = 0.1*lap(u)']}\n"
            "initial: {type: formula, u: SIZE*cos(2*pi*x/16)}\ntime: {dt: 0.1, end: 1}\n"
            "observe: {every: 0.5, list: ['histogram(sqrt(u), 0, 1, 4)', 'histogram(u, -1, 1, 4)']}\n"
            "output: {fields_every: 0.5, precision: PRECISION}\n")


def count(numbers=iter(range(1000))):
    return next(numbers)


def run(directory, name, text, *more, ranks=0):
    out = os.path.join(directory, name)
    return weft("run", write(directory, name + ".yaml", text), "--out", out, *more, ranks=ranks), os.path.join(out, "series.nc")


def read(path, name):
    with h5py.File(path) as data:
        return data[name][...]


def by_name(directory):
    """The name of a reaction and its number are the same element; in scans too."""
    found = []
    for i, option in enumerate(("reactions.death.rate=3", "reactions.1.rate=3", "reactions.birth.rate=0.5")):
        result, path = run(directory, f"name{i}", REACTIONS, "-P", "reaction_lattice." + option)
        check(result.returncode == 0, f"{option}: {result.stderr}")
        found.append(read(path, "density_A")[-1])
    check(found[0] == found[1] != found[2], f"densities {found}")
    result, _ = run(directory, "none", REACTIONS, "-P", "reaction_lattice.reactions.deth.rate=3")
    check(result.returncode == 2 and "there is no element 'deth'" in result.stderr, result.stderr)
    scan = write(directory, "scan.yaml", "base: name0.yaml\naxes:\n  reaction_lattice.reactions.death.rate: {values: [1, 3]}\n"
                 "collect: [density_A]\nseeds: common\n")
    result = weft("scan", "run", scan, "--out", os.path.join(directory, "scan"))
    check(result.returncode == 0, f"scan: {result.stderr}")
    weft("scan", "collect", scan, "--out", os.path.join(directory, "scan"))
    check(read(os.path.join(directory, "scan", "scan.nc"), "density_A")[1, -1] == found[0], "a point of the scan")
    result, _ = run(directory, "foreign", REACTIONS, "-P", "observe.list=[survival_Q]")
    check("there is no species 'Q'; there are: " in result.stderr, f"a letter that no species has: {result.stderr}")
    result, _ = run(directory, "reduced", REACTIONS, "-P", "observe.list=[last(density)]")
    check("under derive in the file of a scan" in result.stderr, f"a reduction as observable: {result.stderr}")


def no_value(directory):
    """sqrt of a negative number is in no bin."""
    for ranks in (1, 3):
        result, path = run(directory, f"histogram{ranks}", EQUATION.replace("SIZE", "1").replace("PRECISION", "double"), ranks=ranks)
        check(result.returncode == 0, result.stderr)
        check(np.isnan(read(path, [n for n in h5py.File(path) if "sqrt" in n and "bin" not in n][0])).all(),
              "nan in a bin")
        other = [n for n in h5py.File(path) if n.startswith("histogram_u") and "bin" not in n][0]
        check(abs(read(path, other).sum(axis=-1) * 0.5 - 1).max() < 1e-12, "the density of u")


def single(directory):
    """Once, with the time, where a float cannot hold a value; doubles hold it."""
    for size, precision, times in (("1e39", "single", 1), ("1e39", "double", 0), ("1e38", "single", 0)):
        result, _ = run(directory, f"p{size}{precision}", EQUATION.replace("SIZE", size).replace("PRECISION", precision))
        check(result.returncode == 0 and result.stderr.count("numbers of single precision end at") == times,
              f"{size} {precision}: {result.stderr}")


def not_known(directory):
    """Reductions of scans that cannot know say nan: a sine-Gordon pair goes through each other, a phi4 pair bounces."""
    for potential, velocity, known in (("sine_gordon", 0.5, False), ("phi4", 0.4, True)):
        write(directory, "pair.yaml", f"model: klein_gordon\ngrid: {{n: [240], length: [60.0]}}\nklein_gordon: {{potential: {potential}, "
              "boundary: neumann}\ninitial: {type: kink_antikink, separation: 14, velocity: 0.5}\ntime: {end: 50}\n"
              "observe: {every: 0.5, list: [phi_center]}\n")
        scan = write(directory, potential + ".yaml", f"base: pair.yaml\naxes:\n  initial.velocity: {{values: [{velocity}]}}\n"
                     "collect: [phi_center]\nderive: [bounces, time_together]\n")
        out = os.path.join(directory, potential)
        for what in ("run", "collect"):
            result = weft("scan", what, scan, "--out", out)
            check(result.returncode == 0, f"{potential}: {result.stderr}")
        found = read(os.path.join(out, "scan.nc"), "time_together")[0]
        check(0 < found < 10 if known else np.isnan(found), f"{potential}: together for {found}")


def bits(directory):
    """A reaction so slow that the bits of a step or an attempt cannot express it is refused by every method that draws so."""
    text = ("model: reaction_lattice\ngrid: {n: [128]}\nreaction_lattice: {species: [A], hopping: 1, capacity: 1, method: METHOD, "
            "reactions: [{reaction: A -> 0, rate: RATE}]}\ninitial: {type: random, density: 0.5}\ntime: {end: 1}\n"
            "observe: {every: EVERY, list: [density_A]}\n")
    for method in ("fast", "exact", "sequential"):
        for rate, code in (("1e-12", 2), ("1e-9", 2), ("1e-6", 0)):
            result, _ = run(directory, f"{method}{rate}", text.replace("METHOD", method).replace("RATE", rate).replace("EVERY", "1"))
            check(result.returncode == code and (code == 0 or ("per cent wrong" in result.stderr and "A -> 0" in result.stderr)),
                  f"{method}, rate {rate}: {result.returncode} {result.stderr}")
    for method in ("fast", "exact", "sequential", "clock: mcs"): # a hop is an event, too
        for hop, code in (("1e-10", 2), ("1e-6", 0)):
            other = text.replace("hopping: 1,", f"hopping: {hop},").replace("RATE", "0.5").replace("EVERY", "1")
            other = other.replace("method: METHOD", method if ":" in method else f"method: {method}")
            result, _ = run(directory, f"hop{count()}", other)
            check(result.returncode == code and (code == 0 or "hopping" in result.stderr and "per cent" in result.stderr),
                  f"{method}, hopping {hop}: {result.returncode} {result.stderr}")
    for clock in ("mcs", "mcs, rule: neighbour", "mcs, rule: species", "mcs, update: sublattice"):
        for rate, code in (("1e-11", 2), ("1e-6", 0)):
            other = text.replace("method: METHOD", f"clock: {clock}").replace("RATE", rate).replace("EVERY", "1")
            result, _ = run(directory, f"mcs{count()}", other.replace("hopping: 1,", "hopping: 0.5,"))
            check(result.returncode == code and (code == 0 or "per cent wrong" in result.stderr), f"{clock}, {rate}: {result.stderr}")
    result, _ = run(directory, "short", text.replace("METHOD", "fast").replace("RATE", "1e-6").replace("EVERY", "1e-3"))
    check(result.returncode == 0 and result.stderr.count("per cent wrong") == 1, f"short steps: {result.stderr}")


def rest(directory):
    """A uniform state that no step changes is warned of; not one of a lattice whose first step has no event by chance."""
    slow = ("model: reaction_lattice\ngrid: {n: [2]}\nreaction_lattice: {species: [A], hopping: 0.1, capacity: 0, method: rdme, "
            "reactions: [{reaction: 2 A -> 0, rate: 1}]}\ninitial: {type: full, species: A}\ntime: {end: 1}\n"
            "observe: {every: 0.5, list: [density_A]}\n")
    empty = ("model: reaction_diffusion\ngrid: {n: [8], length: [8]}\nreaction_diffusion: {species: [A], diffusion: {A: 1}, "
             "reactions: [{reaction: A -> 0, rate: 1}]}\ninitial: {type: homogeneous, density: {A: 0}}\ntime: {end: 1}\n")
    result, _ = run(directory, "empty", empty)
    check(result.returncode == 0 and "nothing happens" in result.stderr, f"no densities: {result.stderr}")
    result, _ = run(directory, "slow", slow)
    check(result.returncode == 0 and "nothing happens" not in result.stderr, f"rare events: {result.stderr}")


def estimates(directory):
    """A run that is over long before its end is estimated as it is, alone and as a point of a scan."""
    dying = write(directory, "dying.yaml", REACTIONS.replace("end: 1}", "end: 1e9}").replace("every: 1,", "every: 1e8,").replace("rate: 0.5", "rate: 0.1"))
    scan = write(directory, "estimate.yaml", "base: dying.yaml\naxes:\n  reaction_lattice.reactions.death.rate: {values: [1, 3]}\n"
                 "collect: [density_A]\n")
    for command in (("check", dying), ("scan", "check", scan)):
        result = weft(*command)
        told = [line for line in result.stdout.splitlines() if line.startswith("estimated time")]
        check(result.returncode == 0 and len(told) == 1 and re.search(r" \d+\.\ds ", told[0]), f"{command}: {told} {result.stderr}")


def frequencies(directory):
    """Mean frequencies since the previous snapshot: (phase - phase before)/interval; nan at the first one, which has none before it.
    The same over ranks and after a stop."""
    text = ("model: kuramoto\ngrid: {n: [64]}\nkuramoto: {coupling: 1, disorder_type: gaussian, disorder: 1}\ninitial: {type: random}\n"
            "time: {dt: 0.01, end: 5}\nobserve: {every: 1, list: [LIST]}\noutput: {fields_every: 0.5, fields: [phase, frequency]}\n")
    for observed, every in (("order_parameter", 1), ("frequency_spread", 2)):
        for ranks in (0, 3):
            name = f"{observed}{ranks}"
            result, series = run(directory, name, text.replace("LIST", observed), ranks=ranks)
            check(result.returncode == 0, f"{name}: {result.stderr}")
            fields = os.path.join(os.path.dirname(series), "fields.nc")
            phase, frequency = read(fields, "phase"), read(fields, "frequency")
            check(np.isnan(frequency[0]).all() and np.isfinite(frequency[every:]).all(), f"{name}: {frequency[:2]}")
            exact = (phase[every::every] - phase[:-every:every]) / (0.5 * every)
            check(abs(frequency[every::every] - exact).max() < 1e-12, f"{name}: {abs(frequency[every::every] - exact).max()}")


def long_steps(directory):
    """A given step in which a link turns by more than half a turn is warned of; one that resolves it is not."""
    text = ("model: kuramoto\ngrid: {n: [256]}\nkuramoto: {coupling: 1, disorder_type: lorentzian, disorder: 1, disorder_draw: quantiles}\n"
            "initial: {type: flat}\ntime: {dt: DT, end: 0.1}\nobserve: {every: 0.1, list: [width2]}\n")
    fastest = 2 / math.tan(math.pi / 512)  # between the first and the last quantile
    for dt in ("0.1", "0.025", "0.02", "0.0125", "0.005", "auto"):
        for topology in ("ring", "chain", "all_to_all"):
            result, _ = run(directory, f"{dt}{topology}", text.replace("DT", dt).replace("{coupling", f"{{topology: {topology}, coupling"))
            missed = dt != "auto" and topology != "all_to_all" and float(dt) * fastest > math.pi
            check(result.returncode == 0 and ("too long for the fastest motions" in result.stderr) == missed, f"{dt}, {topology}: {result.stderr}")


def sizes(directory):
    """What `weft check` says of the files is what a run writes, to a tenth: single runs, ensembles, all of their replicas, fields."""
    head = "model: kuramoto\ngrid: {n: [64]}\nkuramoto: {coupling: 1, noise: 0.1}\ninitial: {type: random}\ntime: {dt: 0.05, end: 20}\n"
    field = "model: cgle\ngrid: {n: [24, 40], length: [24, 40]}\ninitial: {type: random, amplitude: 0.1}\ntime: {dt: 0.05, end: 20}\n"
    texts = {"single": head + "observe: {every: 0.05, list: [order_parameter, height_pdf]}\n",
             "short": head + "observe: {every: 5, list: [order_parameter, width2]}\n",
             "mean": head + "observe: {every: 0.5, list: [width2, correlation, height_pdf]}\nensemble: {replicas: 30}\n",
             "all": head + "observe: {every: 0.5, list: [width2, correlation, height_pdf]}\nensemble: {replicas: 30, keep: all}\n",
             "few": head + "observe: {every: 1, list: [width2]}\nensemble: {replicas: 300, keep: all}\n",
             "fields": field + "observe: {every: 1}\noutput: {fields_every: 0.5}\n",
             "small": field.replace("24, 40", "4, 6") + "observe: {every: 1}\noutput: {fields_every: 0.05, precision: single}\n"}
    unit = {"B": 1, "kB": 1e3, "MB": 1e6}
    for name, text in texts.items():
        told = weft("check", write(directory, f"size_{name}.yaml", text))
        check(told.returncode == 0, f"size, {name}: {told.stderr}")
        result, series = run(directory, f"size_{name}", text)
        check(result.returncode == 0, f"size, {name}: {result.stderr}")
        for file in ("series.nc", "fields.nc"):
            found = re.search(rf"^{file} .*\n +([0-9.]+) (B|kB|MB)$", told.stdout, re.M)
            path = os.path.join(os.path.dirname(series), file)
            check(bool(found) == os.path.exists(path), f"size, {name}: {told.stdout}")
            if found:
                ratio = float(found[1]) * unit[found[2]] / os.path.getsize(path)
                check(0.9 < ratio < 1.1, f"size, {name}: {file} has {os.path.getsize(path)} bytes, {found[0]} were told")


def windows(directory):
    """Which windows a force of electrons uses: poles of rational ones, none of others; the sites computed again are a whole number of
    sites, and the same on any number of ranks."""
    text = ("model: holstein\ngrid: {n: [24, 24]}\nholstein: {coupling: 3.5, temperature: 0.1, damping: 0.1, force: FORCE}\n"
            "initial: {type: thermal, temperature: 0.3}\ntime: {stepper: baoab, dt: 0.05, end: 1}\n"
            "observe: {every: 0.5, list: [force_poles, force_repaired]}\n")
    found = {}
    for name, force, ranks in (("repair", "rational, force_repair: true, force_tolerance: 1e-2", 0),
                               ("repair2", "rational, force_repair: true, force_tolerance: 1e-2", 2),
                               ("chebyshev", "chebyshev, force_tolerance: 1e-2", 0), ("dense", "dense", 0)):
        result, path = run(directory, "windows_" + name, text.replace("FORCE", force), ranks=ranks)
        check(result.returncode == 0, f"windows, {name}: {result.stderr}")
        found[name] = read(path, "force_poles"), read(path, "force_repaired")
    poles, share = found["repair"]
    check((poles >= 1).all() and (poles == np.round(poles)).all(), f"poles: {poles}")
    check(0 < share.max() < 1 and abs(share * 576 - np.round(share * 576)).max() < 1e-9, f"sites computed again: {share}")
    check((poles == found["repair2"][0]).all() and (share == found["repair2"][1]).all(), f"on two ranks: {found['repair2']}")
    check(all((values == 0).all() for name in ("chebyshev", "dense") for values in found[name]), f"no poles: {found}")


def harmless(directory):
    """No name of a file, label or attribute steers a terminal; letters beyond ASCII and ends of lines stay."""
    name = "r\x1b[31m\u00e9\u009b2J\u20ac"
    result, path = run(directory, name, EQUATION.replace("SIZE", "1").replace("PRECISION", "double"))
    with h5py.File(path, "a") as data:
        data.attrs["title"] = "of\x1b]0;others\x07 \u00e9\nand\ta line"
        data["time"].attrs["long_name"] = "a\x9b31mb\x7fc"
    where = os.path.dirname(path)
    told = [result, weft("info", where), weft("info", path), weft("info", "--verify", where), weft("analyze", "field", where),
            weft("plot", path), weft("plot", where, "x\x1b[31m\u00e9")]
    quoted = name.replace("\x1b", "\\e").replace("\u009b", "\\x9b")
    with h5py.File(os.path.join(where, "fields.nc"), "a") as data:
        data.attrs["model"] = "an\x1b[31mother\u00e9"
    text = EQUATION.replace("{type: formula, u: SIZE*cos(2*pi*x/16)}", f'{{type: file, path: "{directory}/{quoted}/fields.nc"}}').replace("PRECISION", "double")
    told.append(weft("check", write(directory, "state.yaml", text)))
    check("a state of the model an [31mother\u00e9" in told[-1].stderr, told[-1].stderr)
    text = write(directory, name + "s.yaml", f'base: "{quoted}.yaml"\naxes:\n  time.dt: {{values: [0.1, 0.2]}}\n')
    told += [weft("scan", command, text) for command in ("check", "status")]
    for one in told:
        found = [c for c in one.stdout + one.stderr if c not in "\n\t" and (c < " " or "\x7f" <= c < "\xa0")]
        check(not found, f"{one.args}: {found} in {one.stdout}{one.stderr}")
        check("\u00e9" in one.stdout + one.stderr or one.args[1:3] == ["scan", "status"], f"{one.args}: {one.stdout}{one.stderr}")
    check("of ]0;others  \u00e9\n" in told[2].stdout and "and\ta line" in told[2].stdout and "a  31mb c" in told[2].stdout, told[2].stdout)


with scratch() as folder:
    for part in (harmless, sizes, windows, by_name, no_value, single, not_known, bits, rest, estimates, frequencies, long_steps):
        part(folder)
end()
