"""Observables beside what they are defined as, computed again with numpy where boxes have unequal sides, axes odd numbers of
sites, and states nothing to say; times and last states of runs that end early."""
from program import *


def mean_wavenumber(f, length):
    """Sum of |k| |f_k|^2 over that of |f_k|^2, mode by mode, the mean left out."""
    power = np.abs(np.fft.fftn(f - f.mean())) ** 2
    axes = [2 * np.pi * np.fft.fftfreq(n, side / n) for n, side in zip(f.shape, length)]
    k = np.sqrt(sum(k**2 for k in np.meshgrid(*axes, indexing="ij")))
    return np.sum(k * power) / np.sum(power)


def wavenumbers(directory):
    """A wave along the shorter side of a box is between two shells, and may be beyond the last one that is complete."""
    text = ("model: reaction_diffusion\ngrid: {n: SITES, length: SIDES}\nreaction_diffusion: {species: [A], diffusion: 0}\n"
            "initial: {type: formula, A: FORMULA}\ntime: {dt: 0.1, end: 0.1}\nobserve: {every: 0.1, list: [wavenumber_A]}\n"
            "output: {fields_every: 0.1}\n")
    for number, (sites, sides, formula, exact) in enumerate((
            ([16, 20], [7.0, 10.0], "1 + 0.1*cos(2*pi*y/7)", 2 * np.pi / 7),
            ([32, 8], [10.0, 10.0], "1 + 0.1*cos(2*pi*11*y/10)", 2 * np.pi * 1.1),
            ([12, 12], [5.0, 5.0], "1 + 0.1*cos(2*pi*(x + y)/5)", np.sqrt(2) * 2 * np.pi / 5),
            ([9, 10, 12], [3.0, 4.0, 7.0], "1 + 0.5*uniform", None), ([16], [5.0], "2 + uniform", None))):
        out = run_text(directory, f"wave{number}", text.replace("SITES", str(sites)).replace("SIDES", str(sides)).replace(
            "FORMULA", f'"{formula}"'))
        found, field = read_values(out, "wavenumber_A")[0], read_values(out, "density", "fields.nc")[0]
        expected = mean_wavenumber(field, sides) if exact is None else exact
        check(abs(found - expected) < 1e-10 * expected, f"{sites} {formula}: {found}, expected {expected}")


HOLSTEIN = """model: holstein
grid: {n: SITES}
holstein: {coupling: COUPLING, temperature: 0.3, force: dense}
initial: {type: random, Q_sd: 0.5}
time: {stepper: verlet, dt: 0.1, end: 0.1}
observe: {every: 0.1, list: [LIST]}
output: {fields_every: 0.1, fields: [density]}
"""


def walls_of(n):
    """Share of the bonds whose ends have the same sign of n - 1/2, all axes periodic; shares of plaquettes by their corners."""
    s = n - 0.5
    bonds = [s * np.roll(s, -1, axis) > 0 for axis in range(s.ndim)]
    if s.ndim != 2:
        return np.mean(bonds), None
    alike_x, alike_y = bonds[1], bonds[0]  # of a plaquette: its lower and left bond, and those opposite
    around = alike_x.astype(int) + np.roll(alike_x, -1, 0) + alike_y + np.roll(alike_y, -1, 1)
    kinds = np.array([np.sum((around == 2) & alike_y & np.roll(alike_y, -1, 1)), np.sum((around == 2) & alike_x & np.roll(alike_x, -1, 0)),
                      np.sum((around == 2) & (alike_x != np.roll(alike_x, -1, 0))), np.sum(around == 4)])
    return np.mean(bonds), kinds / max(1, kinds.sum())


def domains(directory):
    """Domains and walls of electrons on strips and on axes with an odd number of sites, beside sums over the density."""
    for sites in ([7], [8], [9, 7], [10, 7], [6, 32], [3, 4, 5]):
        observed = "domain_length, wall_density, domain_length_walls" + (", wall_orientation" if len(sites) == 2 else "")
        out = run_text(directory, "domains" + "x".join(map(str, sites)), HOLSTEIN.replace("SITES", str(sites)).replace(
            "LIST", observed).replace("COUPLING", "1.3"))
        for record, n in enumerate(read_values(out, "density", "fields.nc")):
            sign = (-1.0) ** sum(np.indices(n.shape))
            order = sign * (n - 0.5)
            power = np.sum(order**2) - np.sum(order) ** 2 / order.size  # without mode 0, which adds to the sum alone
            length = 2 * np.pi / mean_wavenumber(order, n.shape) * np.sum(order**2) / power
            found = read_values(out, "domain_length")[record]
            check(abs(found - length) < 1e-9 * length, f"{sites}: domain_length {found}, expected {length}")
            share, kinds = walls_of(n)
            found = read_values(out, "wall_density")[record]
            check(abs(found - share) < 1e-12, f"{sites}: wall_density {found}, expected {share}")
            with np.errstate(divide="ignore"):
                check(np.isclose(read_values(out, "domain_length_walls")[record], 1 / np.float64(share)), f"{sites}: domain_length_walls")
            if kinds is not None:
                found = read_values(out, "wall_orientation")[record]
                check(np.allclose(found, kinds), f"{sites}: wall_orientation {found}, expected {kinds}")


def nothing_to_say(directory):
    """A number that the state does not have is nan: the shape of a flat front, domains where there is no order."""
    observed = "domain_length, domain_length_half, domain_length_walls, wall_density, order_rms"
    out = run_text(directory, "uniform", HOLSTEIN.replace("SITES", "[8, 8]").replace("COUPLING", "0").replace("LIST", observed))
    check(np.all(read_values(out, "order_rms") < 1e-13), "a uniform density")
    for name in observed.split(", ")[:-1]:
        check(np.all(np.isnan(read_values(out, name))), f"{name} of rounding: {read_values(out, name)}")
    out = run_text(directory, "flat", "model: kpz\ngrid: {n: [16], length: [16.0]}\nkpz: {noise: 0.1}\ninitial: {type: flat}\n"
              "time: {dt: 0.1, end: 0.2}\nobserve: {every: 0.1, list: [skewness, kurtosis]}\nensemble: {replicas: 3}\n")
    for name in ("skewness", "kurtosis"):
        found = read_values(out, name)
        check(np.isnan(found[0]) and np.all(np.isfinite(found[1:])), f"{name} of a flat front: {found}")


def gaps(directory):
    """Levels -2 cos(2 pi k/n): n = 8 has two at mu = 0, n = 6 none; one at mu is next to it on both sides."""
    for sites, mu, gap in (("[8]", 0, 0), ("[6]", 0, 2), ("[4, 4]", 0, 0), ("[6]", 1, 0), ("[6]", 1.5, 1), ("[6]", 2, 0)):
        out = run_text(directory, f"gap{sites}{mu}", HOLSTEIN.replace("SITES", sites).replace("LIST", "gap").replace(
            "COUPLING", f"0, chemical_potential: {mu}"))
        check(np.all(np.abs(read_values(out, "gap") - gap) < 1e-10), f"gap of {sites} at {mu}: {read_values(out, 'gap')}, expected {gap}")


def last_states(directory):
    """A run that is absorbed writes its last state as a snapshot too, at the time of the event, on any number of ranks; a
    resume to a later end leaves it alone."""
    text = ("model: reaction_lattice\ngrid: {n: [64]}\nreaction_lattice: {species: [A, B], hopping: 0.5, reactions: ["
            "{reaction: A + B -> 0, rate: 5}, {reaction: A -> 0, rate: 1}, {reaction: B -> 0, rate: 1}]}\n"
            "initial: {type: random, density: {A: 0.3, B: 0.3}}\ntime: {end: 100}\n"
            "observe: {every: EVERY, list: [density]}\noutput: {fields_every: 2.5}\n")
    for every in ("1", "2.5", "30"):
        outs = [run_text(directory, f"absorbed{every}_{ranks}", text.replace("EVERY", every), ranks=ranks) for ranks in (0, 3)]
        times, last = read_values(outs[0], "time", "fields.nc"), read_values(outs[0], "time")[-1]
        check(times[-1] == last and 0 < last < 100 and np.all(np.diff(times[:-1]) == 2.5), f"snapshots at {times}, ended at {last}")
        check(not np.any(read_values(outs[0], "species", "fields.nc")[-1]) and np.all(read_values(outs[0], "species", "fields.nc")[:-1].any(axis=1)),
              "the last state is empty, and no other one")
        check(not same(outs[0] + "/fields.nc", outs[1] + "/fields.nc"), "fields.nc on three ranks")
        again = weft("run", os.path.join(directory, f"absorbed{every}_0.yaml"), "-P", "time.end=200", "--resume", "-q", "--out", outs[0])
        check(again.returncode == 0 and not same(outs[0] + "/fields.nc", outs[1] + "/fields.nc"), f"a later end: {again.stderr}")

    # an event at the very step of an entry whose decimal time is a rounding below that of the step: recorded once
    dp = ("model: reaction_diffusion\ngrid: {n: [10], length: [10.0]}\nreaction_diffusion: {species: [A], reactions: ["
          "{reaction: A -> 2 A, rate: 1}, {reaction: 2 A -> A, rate: 1}], diffusion: 0.25, noise: dp, sigma: 1.4142135623730951}\n"
          "initial: {type: homogeneous, density: 0.5}\ntime: {stepper: split_step, dt: 0.1, end: 50}\nobserve: {every: 0.1, list: [density_A]}\noutput: {fields_every: 0.1}\n")
    for seed in range(1, 9):
        out = run_text(directory, f"once{seed}", dp + f"ensemble: {{seed: {seed}}}\n")
        for name in ("series.nc", "fields.nc"):
            times = read_values(out, "time", name)
            check(times[-1] < 50 and np.all(np.diff(times) > 0.05), f"seed {seed}, {name}: the last times are {times[-3:]}")


def collisions(directory):
    """Meetings of kinks whose vacua do not lie on either side of zero: a phi6 antikink and kink meet once, and the pair of
    the double sine-Gordon potential, each of whose kinks has two positions, has no v_out. Axes that change the vacua are refused."""
    pair = ("model: klein_gordon\ngrid: {n: [256], length: [80.0]}\nklein_gordon: {potential: POTENTIAL, boundary: neumann, "
            "laplacian: fd4}\ninitial: {type: TYPE, separation: 16, velocity: 0.6}\ntime: {end: 40}\nobserve: {every: 0.2}\n")
    for potential, kind, bounces, out in (("phi6", "antikink_kink", 1, (0.55, 0.605)), ("phi6", "kink_antikink", 1, (0.4, 0.6)),
                                          ("phi4", "antikink_kink", 1, (0.482, 0.502)),  # 0.492 by an independent program
                                          ("sine_gordon", "antikink_kink", 1, (0.595, 0.605)), ("double_sine_gordon", "antikink_kink", 1, None)):
        write(directory, "pair.yaml", pair.replace("POTENTIAL", potential).replace("TYPE", kind))
        scan = write(directory, f"{potential}_{kind}.yaml", "base: pair.yaml\naxes:\n  initial.velocity: {values: [0.6]}\n"
                     "collect: [phi_center, kink_positions(2)]\nderive: [bounces, v_out]\n")
        results = os.path.join(directory, f"{potential}_{kind}")
        for what in ("run", "collect"):
            done = weft("scan", what, scan, "--out", results)
            check(done.returncode == 0, f"{potential}: {done.stderr}")
        found, speed = (read_values(results, name, "scan.nc")[0] for name in ("bounces", "v_out"))
        check(found == bounces, f"{potential} {kind}: {found} bounces")
        check(np.isnan(speed) if out is None else out[0] < speed < out[1], f"{potential} {kind}: v_out {speed}")
    for axis, values, derive in (("klein_gordon.vacuum", "[1, 2]", "bounces"), ("klein_gordon.lambda", "[1, 2]", "v_out"), ("grid.n", "[[64], [128]]", "v_out"),
                                 ("grid.length.0", "[80, 90]", "v_out")):
        write(directory, "pair.yaml", pair.replace("POTENTIAL", "phi6").replace("TYPE", "kink_antikink"))
        scan = write(directory, "refused.yaml", f"base: pair.yaml\naxes:\n  {axis}: {{values: {values}}}\nderive: [{derive}]\n")
        done = weft("scan", "expand", scan)
        check(done.returncode == 2 and f"{derive} depends on {axis}" in done.stderr, f"{axis}: {done.stderr}")


with scratch() as folder:
    wavenumbers(folder)
    if has("LAPACK"):
        domains(folder)
        nothing_to_say(folder)
        gaps(folder)
    last_states(folder)
    collisions(folder)
end()
