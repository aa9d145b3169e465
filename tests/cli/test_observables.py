"""Observables where there is little to observe: flat fronts, constant formulas, walls instead of spiral cores, lattices that lack
modes of a path. Each value is exact, or made again with numpy from the fields; what nobody can know is nan."""
from program import *


def flat_fronts(directory):
    """A tilted front without noise stays flat while its mean grows, and then differs from its mean by the rounding of the mean."""
    text = ("model: kpz\ngrid: {n: SITES, length: SITES}\nkpz: {lambda: 1.0, tilt: 0.7, scheme: SCHEME}\ninitial: {type: flat}\n"
            "time: {dt: 0.1, end: 2.0}\nobserve: {every: 0.1, list: [mean, width2, skewness, kurtosis, height_pdf]}\n")
    for sites in ([3], [5], [11], [13], [3, 7], [101]):
        for scheme in ("lam_shin", "spectral"):
            what = f"flat{'x'.join(map(str, sites))}{scheme}"
            out = run_text(directory, what, text.replace("SITES", str(sites)).replace("SCHEME", scheme))
            check(np.allclose(read_values(out, "mean"), 0.245 * read_values(out, "time"), rtol=1e-12), f"{what}: mean")
            check(not read_values(out, "width2").any(), f"{what}: width2 {read_values(out, 'width2').max()}")
            for name in ("skewness", "kurtosis", "height_pdf"):
                check(np.isnan(read_values(out, name)).all(), f"{what}: {name} {read_values(out, name)}")


def constant_formulas(directory):
    """Pearson's coefficient of a constant is not known; that of fields of very small or very large values is."""
    text = ("model: equation\ngrid: {n: [3, 4, 9], length: [3.0, 8.0, 5.0]}\nequation: {fields: [u, v], space: SPACE,\n"
            "  equations: ['dt(u) = -0.1*u', 'dt(v) = -0.1*v'],\n  observables: {c: 'correlation(u, v)', same: 'correlation(u, u)',\n"
            "    small: 'correlation(1e-120*v, 1e-120*v)', variance: variance(u)}}\n"
            "initial: {type: formula, u: 0.7, v: normal}\ntime: {dt: 0.01, end: 0.2}\n"
            "observe: {every: 0.05, list: [c, same, small, variance]}\n")
    for space in ("spectral", "lattice"):
        out = run_text(directory, "constant" + space, text.replace("SPACE", space))
        for name, expected in (("c", np.nan), ("same", np.nan), ("small", 1), ("variance", 0)):
            check(np.allclose(read_values(out, name), expected, rtol=1e-12, atol=0, equal_nan=True), f"{space}: {name} {read_values(out, name)}")


CGLE = """model: cgle
grid: {n: SITES, length: SIDES}
cgle: {alpha: 0.0, beta: 0.0, scheme: SCHEME, boundary: BOUNDARY}
initial: {INITIAL}
time: {dt: 0.01, end: 0.05}
observe: {every: 0.05, list: [LIST]}
"""


def cgle(directory, what, **words):
    text = CGLE
    for word, value in ({"SCHEME": "fd2", "SIDES": words["SITES"]} | words).items():
        text = text.replace(word, str(value))
    return run_text(directory, what, text, ranks=words.get("RANKS", 0))


def phases(directory):
    """The last site before a wall has no neighbour, whose phase could differ; a field that vanishes has no phase."""
    for sites, formula, exact in (([4], "exp(0.5*i*x)", 0.5), ([5, 6], "exp(i*(0.5*x + 0.3*y))", np.hypot(0.5, 0.3)),
                                  ([3, 4, 5], "2*exp(i*(0.3*z - 0.4*y))", 0.5), ([1, 6], "exp(0.5*i*x)", 0.5), ([7], "0", np.nan)):
        for ranks in (1, 3):
            if sites[0] >= ranks:
                out = cgle(directory, f"phase{len(sites)}{sites[0]}{ranks}", SITES=sites, BOUNDARY="neumann", LIST="wavenumber",
                           INITIAL=f'type: formula, u: "{formula}"', RANKS=ranks)
                found = read_values(out, "wavenumber")[0]
                check(np.allclose(found, exact, rtol=1e-12, equal_nan=True), f"{sites} {formula} on {ranks} ranks: {found}, {exact}")


def cores(directory):
    """A wall, where the phase jumps by pi, has no cores, whatever its phase, direction and place; a spiral has one."""
    cases = [("(1 + 0.5*i)*tanh(x)", "neumann", 0), ("(0.6 + 0.8*i)*tanh(y)", "neumann", 0), ("(1 + 0.5*i)*tanh(x)", "periodic", 0),
             ("(0.3 - 0.9*i)*tanh(x + 0.5)", "periodic", 0), ("(0.6 + 0.8*i)*cos(pi*x)", "periodic", 0), ("tanh(x)", "neumann", 0),
             ("0", "periodic", 0), ("(1 + x + i*(y - 0.5))/(1 + x^2 + y^2)", "neumann", 1), ("(x - 0.3 - i*(y + 0.2))^2/9", "neumann", 2),
             ("sin(pi*x/4) + i*sin(pi*y/4)", "periodic", 4), ("(x + i*y)/(1 + x^2 + y^2)", "neumann", 1), ("sin(pi*(x - 0.4)/4) + i*sin(pi*(y + 0.3)/4)", "periodic", 4)]
    for number, (formula, boundary, expected) in enumerate(cases):
        for scheme in ("spectral", "fd2"):
            out = cgle(directory, f"cores{number}{scheme}", SITES=[8, 8], BOUNDARY=boundary, LIST="spiral_cores", SCHEME=scheme,
                       INITIAL=f'type: formula, u: "{formula}"', RANKS=1 + 2 * (number % 2))
            found = read_values(out, "spiral_cores")
            check((found == expected).all(), f"{formula}, {boundary}, {scheme}: cores {found}, expected {expected}")


def phonons(directory):
    """Q at the modes of the path that the lattice has, and no others; shells of structure factors that hold modes."""
    corner = {1: ((0,), (1,)), 2: ((0, 0), (0, 1), (1, 1), (0, 0)), 3: ((0, 0, 0), (0, 0, 1), (0, 1, 1), (1, 1, 1), (0, 0, 0))}
    text = ("model: holstein\ngrid: {n: SITES}\nholstein: {coupling: 1.7, temperature: 0.3, force: dense}\n"
            "initial: {type: random, Q_sd: 0.8}\ntime: {stepper: verlet, dt: 0.1, end: 0.1}\n"
            "observe: {every: 0.1, list: [phonon_modes, structure_factor_n]}\noutput: {fields_every: 0.1, fields: [Q]}\n")
    for sites, places in (([8], np.arange(5) / 4), ([7], np.arange(4) * 2 / 7), ([6, 6], np.arange(10) / 3),
                          ([4, 10], [0, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3]), ([4, 6, 8], None), ([5, 4], [0, 0.5, 1, 1.4, 1.8, 3]),
                          ([5, 5], [0, 0.4, 0.8, 2.2, 2.6, 3])):
        dim, out = len(sites), run_text(directory, "phonons" + "x".join(map(str, sites)), text.replace("SITES", str(sites)))
        path, q_r, k = read_values(out, "path"), read_values(out, "Q", "fields.nc")[0], read_values(out, "k")
        found = read_values(out, "phonon_modes_re")[0] + 1j * read_values(out, "phonon_modes_im")[0]
        check(places is None or len(path) == len(places) and np.allclose(path, places), f"{sites}: places {path}")
        for place, value in zip(path, found):
            leg = min(int(place + 1e-9), len(corner[dim]) - 2)
            q = np.pi * (np.array(corner[dim][leg]) * (1 - place + leg) + np.array(corner[dim][leg + 1]) * (place - leg))
            angle = sum(np.meshgrid(*[a * np.arange(n) for a, n in zip(q, sites)], indexing="ij"))
            expected = np.sum(q_r * np.exp(-1j * angle)) / np.sqrt(q_r.size)
            check(abs(value - expected) < 1e-12 and np.allclose(q * sites / (2 * np.pi), np.rint(q * sites / (2 * np.pi))),
                  f"{sites}: mode at {place}: {value}, expected {expected}")
        most = np.sqrt(sum((n // 2 / n) ** 2 for n in sites)) * max(sites)
        check(len(k) == int(most + 0.5 + 1e-9) + 1 and (read_values(out, "structure_factor_n") > 0).all(), f"{sites}: shells {len(k)}, {most}")
    out = run_text(directory, "no_walls", text.replace("SITES", "[4, 6]").replace("type: random, Q_sd: 0.8", "type: staggered").replace(
        "phonon_modes, structure_factor_n", "wall_density, wall_orientation"))
    check(not read_values(out, "wall_density").any() and np.isnan(read_values(out, "wall_orientation")).all(), "a lattice without walls has no shares")


def constraints(directory):
    """A constraint beside an equation of second order, on many grids: its left side has an unknown that is no component, at which
    the look for momenta went astray, mostly to a crash. Observables of fields, momenta and the constraint against numpy."""
    text = ("model: equation\ngrid: {n: SITES, length: SIDES}\nequation:\n  fields: [u]\n  boundary: BOUNDARY\n  equations:\n"
            "    - dtt(u) = lap(u) - 0.1*u^3 - 0.2*dt(u)\n    - psi - 0.3*lap(psi) = u\n    - e = dt(u)^2/2 + grad2(u)/2\n"
            "  observables: {energy: integral(e), momentum: 'correlation(u, dt(u))', force: mean(psi*u), slope: 'variance(dx(u, 3))'}\n"
            "initial: {type: formula, u: 0.5*normal, u_t: 0.3*normal}\ntime: {dt: 0.005, end: 0.01, stepper: rk4}\n"
            "observe: {every: 0.005, list: [energy, momentum, force, slope]}\noutput: {fields_every: 0.005, fields: [u, u_t]}\n")
    for case, (sites, sides, turns, ranks) in enumerate((
            ([17], [9.3], [0], 0), ([17, 8], [18.2, 13.4], [0, 0], 0), ([14, 14], [5.0, 12.0], [1, 0], 2), ([6, 5, 6], [4.0, 9.0, 7.0], [1, 1, 1], 0),
            ([9, 6, 7], [4.0, 9.0, 7.0], [0, 0, 1], 3), ([7, 6, 8], [9.0, 7.0, 5.0], [0, 0, 0], 0))):
        boundary = "[" + ", ".join("antiperiodic" if turn else "periodic" for turn in turns) + "]"
        out = run_text(directory, f"constraint{case}", text.replace("SITES", str(sites)).replace("SIDES", str(sides)).replace("BOUNDARY", boundary),
                       ranks=ranks)
        cell = np.prod([length / n for length, n in zip(sides, sites)])
        found = {name: read_values(out, name) for name in ("energy", "momentum", "force", "slope")}
        for record, (u, p) in enumerate(zip(read_values(out, "u", "fields.nc"), read_values(out, "u_t", "fields.nc"))):
            whole, k2, gradient = u, 0, 0
            for axis, turn in enumerate(turns):  # a field that changes its sign is periodic on twice the length
                whole = np.concatenate([whole, -whole], axis) if turn else whole
            modes, k = np.fft.fftn(whole), []
            for axis, turn in enumerate(turns):
                n = whole.shape[axis]
                k.append((2 * np.pi * np.fft.fftfreq(n, 1 / n) / (sides[axis] * (1 + turn))).reshape([-1 if a == axis else 1 for a in range(u.ndim)]))
                k2 = k2 + k[axis] ** 2
            own = tuple(slice(0, n) for n in sites)

            def back(factor, axis=None):
                if axis is not None and whole.shape[axis] % 2 == 0:
                    factor = np.where(np.isclose(abs(k[axis]), abs(k[axis]).max()), 0, factor)
                return np.fft.ifftn(modes * factor).real[own]

            for axis in range(u.ndim):
                gradient = gradient + back(1j * k[axis], axis) ** 2
            expected = {"energy": (p ** 2 + gradient).sum() / 2 * cell, "momentum": np.corrcoef(u.ravel(), p.ravel())[0, 1],
                        "force": (back(1 / (1 + 0.3 * k2)) * u).mean(), "slope": back((1j * k[-1]) ** 3, u.ndim - 1).var()}
            for name, value in expected.items():
                check(abs(found[name][record] - value) < 1e-11 * max(abs(value), 1e-2), f"{sites} {boundary} {name}: {found[name][record]}, {value}")


with scratch() as directory:
    flat_fronts(directory)
    constraints(directory)
    constant_formulas(directory)
    phases(directory)
    cores(directory)
    phonons(directory)
end()
