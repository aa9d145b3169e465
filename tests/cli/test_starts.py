"""Where a run begins: stopped before its first step and resumed it is the run that was not stopped; and time.start moves the
clock, and nothing else. For every model, and every method of the lattice of particles."""
from program import *

PARTICLES = """model: reaction_lattice
grid: {n: [4096]}
reaction_lattice: {species: [A], reactions: [{reaction: A -> 0, rate: RATE}], METHOD}
initial: {type: random, density: {A: 0.9}}
time: {TIME}
observe: {every: 0.5, list: [density_A, extinction_time]}
"""
PLAIN = """model: MODEL
grid: {n: [16], LENGTH}
OWN
initial: {INITIAL}
time: {TIME}
observe: {every: 0.5}
"""


def plain(model, initial, time, own="", length="length: [16]"):
    return PLAIN.replace("MODEL", model).replace("LENGTH", length).replace("OWN", f"{model}: {{{own}}}" if own else "") \
        .replace("INITIAL", initial).replace("TIME", time + "TIME")


DECAY = 'species: [A, B], reactions: [{reaction: A -> B, rate: 1}, {reaction: 2 B -> A, rate: 0.5}]'
FIXED = "dt: 0.05, "
CASES = {  # name: input, and whether noise is keyed by the step (then only the law is the same)
    "exact": (PARTICLES.replace("METHOD", "method: exact"), True),
    "sequential": (PARTICLES.replace("METHOD", "method: sequential"), True),
    "fast": (PARTICLES.replace("METHOD", "method: fast"), True),
    "rdme": (PARTICLES.replace("METHOD", "method: rdme, capacity: 0, hopping: 1"), True),
    "mcs": (PARTICLES.replace("METHOD", "clock: mcs").replace("every: 0.5", "every: 1"), True),
    "mcs, many": (PARTICLES.replace("METHOD", "clock: mcs, capacity: 0").replace("every: 0.5", "every: 1"), True),
    "kuramoto": (plain("kuramoto", "type: random", FIXED, "coupling: 1, noise: 0.1", ""), True),
    "kuramoto at rest": (plain("kuramoto", "type: random", FIXED, "coupling: 1, noise: 0", ""), False),
    "oscillators": (plain("oscillators", "type: random", FIXED, length=""), False),
    "kpz": (plain("kpz", "type: random", FIXED, "lambda: 1, noise: 0.1"), True),
    "cgle": (plain("cgle", "type: random, amplitude: 0.2", FIXED), False),
    "klein_gordon": (plain("klein_gordon", "type: gaussian, amplitude: 0.5", FIXED, "potential: phi4"), False),
    "klein_gordon, split": (plain("klein_gordon", "type: random, amplitude: 0.5", "stepper: split4, " + FIXED, "potential: phi4"), False),
    "reaction_diffusion": (plain("reaction_diffusion", "type: homogeneous, density: {A: 0.9, B: 0}", FIXED, DECAY), False),
    "equation": (plain("equation", "type: formula, u: 'cos(x)'", FIXED, "fields: [u], equations: ['dt(u) = lap(u) - u^3']"), False),
    "holstein": (plain("holstein", "type: random, Q_sd: 0.3", "stepper: verlet, " + FIXED, "coupling: 1, temperature: 0.5", ""), False),
    "holstein, bath": (plain("holstein", "type: random, Q_sd: 0.3", "stepper: verlet_ou, " + FIXED,
                             "coupling: 1, temperature: 0.5, damping: 0.2", ""), True),
}
if has("PETSC"):
    CASES["petsc"] = (plain("reaction_diffusion", "type: homogeneous, density: {A: 0.9, B: 0}", "stepper: petsc_rosw, ", DECAY), None)


def series(out):
    with h5py.File(out + "/series.nc") as file:
        return {name: file[name][...] for name in file if file[name].dtype.kind == "f"}


def run(path, out, *more, ranks=0, codes=(0,)):
    done = weft("run", path, "--out", out, "-q", *more, ranks=ranks)
    check(done.returncode in codes, f"{out} {more}: {done.returncode} {done.stderr}")
    return done.returncode


def stopped(path, folder, name, exact):
    """--wall 0.000001s stops a run at its first look at the clock, which is before its first step."""
    whole = os.path.join(folder, name + ", whole")
    run(path, whole)
    for ranks in (0, 2) if name in ("rdme", "exact", "klein_gordon", "holstein, bath") else (0,):
        out = os.path.join(folder, f"{name}, stopped on {ranks}")
        code = run(path, out, "--wall", "0.000001s", ranks=ranks, codes=(85, 0))
        check(code == 85, f"{name}: stopped before its first step: {code}")
        run(path, out, "--resume", ranks=ranks)
        different = same(whole + "/series.nc", out + "/series.nc", 1e-9 if exact is None or (ranks and name[:2] in ("kl", "ho")) else 0.0)  # observables by transforms
        check(different == "", f"{name} on {ranks}: stopped at the start and resumed: {different}")
    return series(whole)


def moved(path, folder, name, noisy, whole):
    """The same from time 5 on."""
    out = os.path.join(folder, name + ", later")
    run(path, out, "-P", "time.start=5", "-P", "time.end=7")
    later = series(out)
    check(np.array_equal(later["time"], whole["time"] + 5), f"{name}: times {later['time']}, {whole['time']}")
    for key in whole:
        a, b = whole[key], later[key]
        if key == "time" or a.shape != b.shape:
            continue
        if key == "density_A" and "mcs" not in name and noisy:  # 4096 sites, each of which lives with probability exp(-t)
            law = whole[key][0] * np.exp(-whole["time"])
            width = np.sqrt(law * (1 - np.exp(-whole["time"])) / 4096)
            check(np.all(np.abs(b - law) <= 5 * width + 1e-12) and b[0] == a[0], f"{name}: {key} {b}, the law is {law}")
        elif not noisy and key.split("_")[0] not in ("extinction", "velocity"):
            off = np.nanmax(np.abs(a - b), initial=0)
            check(off <= 1e-8 * max(1, np.nanmax(np.abs(a), initial=0)) or noisy, f"{name}: {key} {a} {b}")


with scratch() as folder:
    for name, (text, noisy) in CASES.items():
        rate = "0.1" if "mcs" in name else "1"
        path = write(folder, name + ".yaml", text.replace("TIME", "end: 2").replace("RATE", rate))
        moved(path, folder, name, noisy, stopped(path, folder, name, noisy))
    # events have the clock's time: the last of 4096 particles dies about ln 4096 after the start
    path = write(folder, "last.yaml", PARTICLES.replace("METHOD", "method: exact").replace("RATE", "1").replace("TIME", "start: 100, end: 200"))
    run(path, os.path.join(folder, "last"))
    last = series(os.path.join(folder, "last"))["extinction_time"][-1] - 100
    check(np.log(4096) - 3 < last < np.log(4096) + 10, f"the last particle dies {last} after the start")
    # a ramp has the values of the clock
    ramp = plain("holstein", "type: random, Q_sd: 0.3", "stepper: verlet, " + FIXED, "coupling: [0, 1, 5, 2, 100, 2], temperature: 0.5", "")
    steady = plain("holstein", "type: random, Q_sd: 0.3", "stepper: verlet, " + FIXED, "coupling: 2, temperature: 0.5", "")
    for name, text in (("ramp", ramp), ("steady", steady)):
        run(write(folder, name + ".yaml", text.replace("TIME", "start: 5, end: 7")), os.path.join(folder, name))
    a, b = (series(os.path.join(folder, name)) for name in ("ramp", "steady"))
    check(np.allclose(a["energy"], b["energy"], rtol=1e-12), f"a ramp at its later value: {a['energy']} {b['energy']}")
end()
