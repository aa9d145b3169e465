"""States that the grid does not resolve say so: a warning from the shortest waves at the start, or once when fields become too
steep in the run, and the observable `resolution` (src/physics/resolution.c). What is resolved, and what is rough by nature, is
not warned of."""
from program import *

START, LATER = "the grid does not resolve this state", "the grid does not resolve the fields any more"
count = 0


def run(directory, model, n, length, section, initial, time, observe="resolution", ranks=0, every=None, more=""):
    global count
    count += 1
    end = time.split("end: ")[1].split(",")[0].rstrip("}")
    grid = f"{{n: {n}, length: {length}}}"
    text = (f"model: {model}\ngrid: {grid}\n{model}: {section}\ninitial: {initial}\ntime: {time}\n"
            f"observe: {{every: {every or end}, list: [{observe}]}}\n{more}")
    out = os.path.join(directory, f"case{count}")
    result = weft("run", write(directory, f"case{count}.yaml", text), "--out", out, ranks=ranks)
    check(result.returncode == 0, f"{model} {initial}: {result.stderr}")
    return result, out


def read(out, name="resolution", file="series.nc"):
    with h5py.File(os.path.join(out, file)) as data:
        return data[name][...]


def expect(result, word, what):
    """word: START, LATER or None."""
    for text in (START, LATER):
        n = result.stderr.count(text)
        check(n == (text == word), f"{what}: {n} times '{text}', {result.stderr}")


def short(f, axis):
    """minus a quarter of the second difference, four times, on a periodic axis"""
    for _ in range(4):
        f = (2 * f - np.roll(f, 1, axis) - np.roll(f, -1, axis)) / 4
    return f


def share(phi, pi, dx):
    """The definition, written again with numpy."""
    high = sum((((np.roll(short(phi, a), -1, a) - short(phi, a)) / dx[a])**2).sum() + (short(pi, a)**2).sum()
               for a in range(phi.ndim))
    every = sum((((np.roll(phi, -1, a) - phi) / dx[a])**2).sum() for a in range(phi.ndim))
    return high / (every + ((pi - pi.mean())**2).sum())


def definition(directory):
    """Against numpy in one and two dimensions, of unequal cells."""
    pair = "{type: kink_antikink, separation: 30, velocity: 0.9, center: 0.3}"
    for n, length, initial, section in (
            ([96], [80.0], pair, "{potential: phi4}"), ([96], [80.0], pair, "{potential: phi4, laplacian: fd4}"),
            ([24, 40], [30.0, 60.0], "{type: random, spectrum: thermal, temperature: 0.1, background: 1}", "{potential: phi4}"),
            ([12, 10, 9], [6.0, 7.0, 8.0], "{type: gaussian, width: 1}", "{potential: linear}")):
        _, out = run(directory, "klein_gordon", n, length, section, initial, "{stepper: verlet, dt: 0.05, end: 0.5}",
                     more="output: {fields_every: 0.5, fields: [phi, pi]}\n")
        for record in (0, 1):
            wanted = share(read(out, "phi", "fields.nc")[record], read(out, "pi", "fields.nc")[record],
                           [l / m for l, m in zip(length, n)])
            found = read(out)[record]
            check(abs(found - wanted) <= 1e-10 * wanted + 1e-15, f"{n} {initial}: {found}, numpy {wanted}")


def kinks(directory):
    """The energy of a moving kink, exact: the mass times gamma. Where it is wrong by some per cent there is a warning."""
    mass = 2 * np.sqrt(2) / 3
    for v, dx, warned, error in ((0.99, 0.5, True, (0.1, 1)), (0.99, 0.25, True, (1e-4, 0.1)), (0.99, 0.125, False, (0, 1e-3)),
                                 (0.9, 0.5, False, (0, 5e-3)), (0.9, 1.0, True, (5e-3, 0.2)), (0, 0.5, False, (0, 1e-6))):
        result, out = run(directory, "klein_gordon", [int(80 / dx)], [80.0], "{potential: phi4, boundary: antiperiodic}",
                          f"{{type: kink, velocity: {v}, center: 0.06}}", "{dt: 0.05, end: 0.05}", "energy, resolution")
        wrong = abs(read(out, "energy")[0] * np.sqrt(1 - v * v) / mass - 1)
        check(error[0] <= wrong <= error[1], f"kink v = {v}, dx = {dx}: energy wrong by {wrong}")
        expect(result, START if warned else None, f"kink v = {v}, dx = {dx}, share {read(out)[0]}")
    # the whole suite of the kind: a heavy field, a narrow pulse, walls, two dimensions, other potentials
    for section, n, length, initial, warned in (
            ("{potential: phi4, lambda: 100, boundary: neumann}", [160], [80.0], "{type: kink}", True),
            ("{potential: phi4, lambda: 100, boundary: neumann}", [1600], [80.0], "{type: kink}", False),
            ("{potential: phi4, lambda: 400, boundary: antiperiodic}", [160], [80.0], "{type: kink}", True),
            ("{potential: phi4, boundary: neumann}", [16], [60.0], "{type: kink, velocity: 0.2}", True),
            ("{potential: linear}", [160], [80.0], "{type: gaussian, width: 0.3}", True),
            ("{potential: linear}", [160], [80.0], "{type: gaussian, width: 2}", False),
            ("{potential: linear, components: 2, laplacian: fd2}", [160], [80.0], "{type: gaussian, width: 0.3}", True),
            ("{potential: sine_gordon, winding: 1}", [64], [64.0], "{type: kink, velocity: 0.98}", True),
            ("{potential: sine_gordon, winding: 1}", [64], [32.0], "{type: kink}", False),
            ("{potential: phi4, laplacian: fd4}", [16, 64], [64.0, 32.0], "{type: ring, radius: 10}", True),
            ("{potential: phi4}", [128, 64], [64.0, 32.0], "{type: ring, radius: 10}", False),
            ("{potential: phi4, dealias: 1/2}", [80], [80.0], "{type: kink_antikink, separation: 20, velocity: 0.7}", True),
            ("{potential: phi4, dealias: 1/2}", [320], [80.0], "{type: kink_antikink, separation: 20, velocity: 0.7}", False)):
        result, out = run(directory, "klein_gordon", n, length, section, initial, "{dt: 0.02, end: 0.02}")
        expect(result, START if warned else None, f"{section} {initial} {n}, share {read(out)[0]}")


def steepening(directory):
    """Fields that become too steep are warned of once, with the time; checked too in `weft check` for the start."""
    burgers = "{fields: [u], equations: ['dt(u) = NU*lap(u) - u*dx(u)']}"
    for nu, word in ((0.02, LATER), (0.5, None)):
        result, out = run(directory, "equation", [128], [40.0], burgers.replace("NU", str(nu)),
                          "{type: formula, u: sin(2*pi*x/40)}", "{dt: 0.02, end: 14}", every=0.5)
        expect(result, word, f"burgers, nu = {nu}: {read(out)}")
        check(read(out)[0] < 1e-6, f"burgers starts at {read(out)[0]}")
    # Allen-Cahn from noise: a rough start is not warned of; walls that stay too thin are
    for model, section in (("equation", "{fields: [u], equations: ['dt(u) = D*lap(u) + u - u^3'], parameters: {D: DIFFUSION}}"),
                           ("equation", "{fields: [u], space: lattice, equations: ['dt(u) = DIFFUSION*lap(u) + u - u^3']}")):
        for diffusion, word in ((0.03, LATER), (4, None)):
            result, out = run(directory, model, [64, 48], [64.0, 48.0], section.replace("DIFFUSION", str(diffusion)),
                              "{type: formula, u: 0.1*normal}", "{dt: 0.02, end: 16}", every=1)
            expect(result, word, f"Allen-Cahn, D = {diffusion}: {read(out)}")
    for diffusion, word in ((0.005, LATER), (4, None)):
        result, out = run(directory, "reaction_diffusion", [200], [200.0],
                          f"{{species: [A], reactions: [{{reaction: A -> 2 A, rate: 1}}, {{reaction: 2 A -> A, rate: 1}}],"
                          f" diffusion: {diffusion}, boundary: neumann}}",
                          "{type: front, left: 1, right: 0, position: -60}", "{stepper: rk4, end: 20}", every=0.5)
        expect(result, word, f"Fisher, D = {diffusion}: {read(out)}")
    for diffusion, word in ((0.02, LATER), (2, None)):
        result, out = run(directory, "cgle", [96], [96.0], f"{{D: {diffusion}}}", "{type: random, amplitude: 0.1}",
                          "{dt: 0.05, end: 20}", every=0.5)
        expect(result, word, f"cgle, D = {diffusion}: {read(out)}")
    result, out = run(directory, "cgle", [64], [64.0], "{D: 0.1}", "{type: plane_wave, mode: 24}", "{dt: 0.05, end: 1}")
    expect(result, START, f"cgle, a wave of few points: {read(out)}")


def rough(directory):
    """What fills all waves by nature is not warned of."""
    for model, n, length, section, initial, time in (
            ("klein_gordon", [128], [64.0], "{potential: phi4}", "{type: random, spectrum: thermal, temperature: 0.01, background: 1}",
             "{dt: 0.05, end: 10}"),
            ("klein_gordon", [32, 32], [16.0, 16.0], "{potential: linear}", "{type: random, spectrum: vacuum, temperature: 0.01}",
             "{dt: 0.05, end: 5}"),
            ("equation", [64], [64.0], "{fields: [u], equations: ['dt(u) = lap(u) + 0.1*xi']}", "{type: formula, u: '0'}",
             "{dt: 0.05, end: 5}"),
            ("equation", [64], [64.0], "{fields: [q], space: lattice, equations: ['dtt(q) = q[1] - 2*q + q[-1]']}",
             "{type: formula, q: normal}", "{stepper: verlet, dt: 0.05, end: 5}"),
            ("reaction_diffusion", [64], [64.0],
             "{species: [A], reactions: [{reaction: A -> 2 A, rate: 1}, {reaction: 2 A -> A, rate: 1}], diffusion: 1,"
             " noise: chemical_langevin, particles: 100}", "{type: homogeneous, density: 1}", "{dt: 0.02, end: 5}")):
        result, out = run(directory, model, n, length, section, initial, time, every=1)
        expect(result, None, f"{model} {section}: {read(out)}")
    # zero, uniform, and uniform but for rounding: nothing varies
    for initial in ("{type: gaussian, amplitude: 0}", "{type: random, spectrum: band, k_min: 0.1, k_max: 1, amplitude: 0, background: 1}"):
        _, out = run(directory, "klein_gordon", [32], [32.0], "{potential: phi4}", initial, "{dt: 0.05, end: 5}")
        check((read(out) < 1e-8).all(), f"nothing varies: {read(out)}")
    if has("PETSC"):  # uniform but for what the linear solver leaves
        result, out = run(directory, "reaction_diffusion", [256], [100.0],
                          "{species: [A, B], reactions: [{reaction: 2 A -> B, rate: 1e5}, {reaction: B -> 2 A, rate: 1e5}, {reaction: B -> 0, rate: 0.1}],"
                          " diffusion: {A: 1, B: 0.1}}", "{type: homogeneous, density: {A: 0.5, B: 0.25}}",
                          "{stepper: petsc_rosw, rtol: 1e-6, atol: 1e-9, end: 40}", every=2)
        expect(result, None, f"a uniform stiff network: {read(out)}")


def nothing(directory):
    """Starts that stay as they are for ever say so; a start of zeros in which something happens does not."""
    growth = "reactions: [{reaction: A -> 2 A, rate: 1}, {reaction: 2 A -> A, rate: 1}], diffusion: 1}"
    silent, words = None, "a step does not change it"
    for model, section, initial, time, warned in (
            ("reaction_diffusion", "{species: [A], boundary: neumann, " + growth, "{type: front}", "{end: 1}", "zero"),
            ("reaction_diffusion", "{species: [A], " + growth, "{type: patch}", "{end: 1}", "zero"),
            ("reaction_diffusion", "{species: [A], " + growth, "{type: homogeneous, density: 0.5}", "{end: 1}", silent),
            ("reaction_diffusion", "{species: [A], reactions: [{reaction: 0 -> A, rate: 1}], diffusion: 1}",
             "{type: homogeneous}", "{end: 1}", silent),
            ("klein_gordon", "{potential: phi4}", "{type: gaussian, amplitude: 0}", "{end: 1}", "zero"),
            ("klein_gordon", "{potential: phi4}", "{type: gaussian, amplitude: 0, background: 1}",
             "{end: 1}", "the same"),
            ("klein_gordon", "{potential: phi4}", "{type: gaussian, amplitude: 0, background: 0.5}", "{end: 1}", silent),
            ("equation", "{fields: [u], equations: ['dt(u) = lap(u) + u - u^3']}", "{type: formula}", "{dt: 0.1, end: 1}", "zero"),
            ("equation", "{fields: [u], equations: ['dt(u) = lap(u) + 1']}", "{type: formula}", "{dt: 0.1, end: 1}", silent),
            ("equation", "{fields: [u], equations: ['dt(u) = lap(u) + xi']}", "{type: formula}", "{dt: 0.1, end: 1}", silent),
            ("kpz", "{noise: 1}", "{type: flat}", "{end: 1}", silent)):
        result, _ = run(directory, model, [16], [16.0], section, initial, time,
                        "width2" if model == "kpz" else "resolution")
        wanted = f"the state is {warned} everywhere" if warned else words
        check(result.stderr.count(wanted) == (1 if warned else 0), f"{model} {section} {initial}: {result.stderr}")


def on_ranks(directory):
    """The same warning once, and the same numbers: to the bit with differences, to rounding with transforms."""
    for n, length, section in (([66], [33.0], "{potential: phi4, laplacian: fd2}"), ([66], [33.0], "{potential: phi4}"),
                               ([18, 26], [18.0, 20.0], "{potential: phi4, laplacian: fd4, boundary: [neumann, antiperiodic]}"),
                               ([12, 13, 14], [12.0, 13.0, 14.0], "{potential: phi4, boundary: dirichlet}")):
        for ranks in (1, 2, 3, 4):
            result, out = run(directory, "klein_gordon", n, length, section, "{type: gaussian, width: 0.6, center: %s}" %
                              ("0" if len(n) == 1 else str([0] * len(n))), "{stepper: verlet, dt: 0.1, end: 2}", ranks=ranks)
            expect(result, START, f"{section} on {ranks} ranks")
            if ranks == 1:
                wanted = read(out)
            worst = abs(read(out) / wanted - 1).max()
            check(worst <= (0 if "fd" in section else 1e-9), f"{section} on {ranks} ranks: {read(out)}, not {wanted}")


def others(directory):
    """The name is taken; `weft check` warns as the run does."""
    result = weft("check", os.path.join(directory, "case5.yaml"))
    check(result.returncode == 0 and result.stderr.count(START) == 1, f"check: {result.stderr}")
    path = write(directory, "taken.yaml", "model: equation\ngrid: {n: [16], length: [16.0]}\nequation: {fields: [u], equations: "
                 "['dt(u) = lap(u)'], observables: {resolution: mean(u)}}\ninitial: {type: formula, u: x}\ntime: {dt: 0.1, end: 1}\n")
    result = weft("check", path)
    check(result.returncode == 2 and "resolution is an observable of every equation" in result.stderr, result.stderr)


def scans(directory):
    """Of many points alike the first is named and the others are counted, once, whichever rank met them."""
    write(directory, "pulse.yaml", "model: klein_gordon\ngrid: {n: [160], length: [80.0]}\nklein_gordon: {potential: linear}\n"
          "initial: {type: gaussian, width: 2}\ntime: {dt: 0.02, end: 0.02}\nobserve: {every: 0.02, list: [energy]}\n")
    write(directory, "burgers.yaml", "model: equation\ngrid: {n: [128], length: [40.0]}\nequation: {fields: [u], "
          "equations: ['dt(u) = nu*lap(u) - u*dx(u)'], parameters: {nu: 1}}\ninitial: {type: formula, u: sin(2*pi*x/40)}\n"
          "time: {dt: 0.02, end: 14}\nobserve: {every: 0.5, list: [resolution]}\n")
    pulse = write(directory, "pulses.yaml", "base: pulse.yaml\naxes: {initial.width: {values: [2, 0.3, 0.31, 0.32]}}\n")
    burgers = write(directory, "shocks.yaml", "base: burgers.yaml\naxes: {equation.parameters.nu: {values: [0.5, 0.02, 0.021]}}\n")
    for scan, text, name, more, commands in ((pulse, START, "initial.width=0.3", 2, (("check",), ("run",), ("slurm", "--time", "1h"))),
                                             (burgers, LATER, "equation.parameters.nu=0.02", 1, (("run",),))):
        for (command, *options), ranks in ((c, r) for c in commands for r in (1, 2, 4)):
            result = weft("scan", command, scan, "--out", os.path.join(directory, f"{os.path.basename(scan)}-{command}-{ranks}"), *options, ranks=ranks)
            first, *rest = [line for line in result.stderr.splitlines() if text in line] or [""]
            check(result.returncode == 0 and first.startswith(f"weft: warning: {name}") and len(rest) == 1
                  and rest[0].startswith(f"weft: warning: at {more} more point{'s' if more > 1 else ''} so far as at {name}"),
                  f"scan {command} {scan} on {ranks} ranks: {result.returncode} {result.stderr}")
    whole = weft("scan", "run", pulse, "--ranks-per-point", "2", "--out", os.path.join(directory, "pairs"), ranks=4)
    check(whole.returncode == 0 and "at 2 more points so far" in whole.stderr and whole.stderr.count(START) == 2, f"two ranks a point: {whole.stderr}")


with scratch() as folder:
    for part in (definition, kinks, steepening, rough, nothing, on_ranks, others, scans):
        part(folder)
end()
