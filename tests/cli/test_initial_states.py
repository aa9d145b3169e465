"""Initial states are what they say: images on axes that go round, thermal spectra of the scheme about their background, modes
that the grid holds, files of this box."""
from program import *

HEAD = "model: klein_gordon\ngrid: {n: [N], length: [L]}\nklein_gordon: MODEL\ninitial: INITIAL\n" \
       "time: {stepper: STEPPER, dt: DT, end: END}\nobserve: {every: END, list: [LIST]}\n" \
       "output: {fields_every: END, fields: [FIELDS]}\n"
count = 0


def case(directory, initial, model="{potential: phi4}", n=80, length=40, stepper="verlet", dt=0.05, end=0.05,
         observe="energy", fields="phi, pi", more=""):
    """Run; the process and the directory of results."""
    global count
    count += 1
    text = HEAD
    for word, value in (("MODEL", model), ("INITIAL", initial), ("STEPPER", stepper), ("FIELDS", fields), ("LIST", observe),
                        ("END", end), ("DT", dt), ("[N]", f"[{n}]"), ("[L]", f"[{length}]")):
        text = text.replace(word, str(value))
    out = os.path.join(directory, f"case{count}")
    return weft("run", write(directory, f"case{count}.yaml", text + more), "--out", out), out


def read(out, file, name):
    with h5py.File(os.path.join(out, file)) as data:
        return data[name][...]


def refused(directory, words, initial, **more):
    result, _ = case(directory, initial, **more)
    check(result.returncode == 2 and words in result.stderr, f"{initial}: {result.returncode} {result.stderr}")


def ends(directory):
    """Localised states that the box cuts are warned of, with what is left at its ends; one that it does not hold is refused."""
    ring = "{type: ring, radius: RADIUS}"
    for initial, left, more in (("{type: gaussian, width: 10}", np.exp(-4), {}), ("{type: gaussian, width: 5}", None, {}),
                                ("{type: bubble, width: 15}", np.exp(-16 / 9), {}),
                                ("{type: breather, frequency: 0.99}", np.arctan(np.sqrt(0.0199) / 0.99 / np.cosh(np.sqrt(0.0199) * 20))
                                 / np.arctan(np.sqrt(0.0199) / 0.99), {"model": "{potential: sine_gordon}"}),
                                ("{type: breather, frequency: 0.5}", None, {"model": "{potential: sine_gordon}"}),
                                ("{type: kink, center: 19}", (1 - np.tanh(1 / np.sqrt(2))) / 2, {"model": "{potential: phi4, boundary: neumann}"}),
                                ("{type: kink, center: 10}", None, {"model": "{potential: phi4, boundary: neumann}"}),
                                ("{type: kink, center: 19}", None, {"model": "{potential: phi4, boundary: antiperiodic}"}),
                                (ring.replace("RADIUS", "18"), (1 - np.tanh(2 / np.sqrt(2))) / 2, {"n": "80, 80", "length": "40, 40"}),
                                (ring.replace("RADIUS", "10"), None, {"n": "80, 80", "length": "40, 40"})):
        result, _ = case(directory, initial, **more)
        said = f"{left:.2g} of the" in result.stderr if left else "is left at the ends" not in result.stderr
        check(result.returncode == 0 and said, f"{initial}: {left}: {result.returncode} {result.stderr}")
    refused(directory, "does not hold this ring", ring.replace("RADIUS", "26"), n="80, 80", length="40, 40")


def states_of_one_kind(directory):
    """A patch, a seed, a front or stripes that would be the same everywhere, and waves that the equation does not see, are refused;
    a patch or seed that meets its own image is warned of."""
    diffusion = "model: reaction_diffusion\ngrid: {n: [20], length: [20]}\nreaction_diffusion: {species: [A], diffusion: 0.1, " \
                "reactions: [{reaction: A -> 0, rate: 0.1}]}\n"
    plane = diffusion.replace("[20], length: [20]", "[20, 30], length: [20, 30]")
    lattice = "model: reaction_lattice\ngrid: {n: [20]}\nreaction_lattice: {species: [A, B], hopping: 1, " \
              "reactions: [{reaction: A -> 0, rate: 0.1}]}\n"
    waves = "model: cgle\ngrid: {n: [64], length: [640]}\ncgle: {dealias: 2/3}\n"
    for number, (head, initial, code, words) in enumerate((
            (diffusion, "{type: patch, patch: {A: 1}, density: {A: 0}, radius: 10}", 2, "the same everywhere"),
            (diffusion, "{type: patch, patch: {A: 1}, density: {A: 0}, radius: 9}", 0, ""),
            (lattice, "{type: seed, species: A, radius: 10}", 2, "the same everywhere"),
            (lattice, "{type: seed, species: A, radius: 9}", 0, ""),
            (plane, "{type: patch, patch: {A: 1}, density: {A: 0}, radius: 11}", 0, "half a periodic side of the box (10)"),
            (plane, "{type: patch, patch: {A: 1}, density: {A: 0}, radius: 9}", 0, ""),
            (plane.replace("{species", "{boundary: neumann, species"), "{type: patch, patch: {A: 1}, density: {A: 0}, radius: 11}", 0, ""),
            (plane.replace("{species", "{boundary: [neumann, periodic], species"), "{type: patch, patch: {A: 1}, density: {A: 0}, radius: 11}", 0, ""),
            (plane.replace("{species", "{boundary: [periodic, neumann], species"), "{type: patch, patch: {A: 1}, density: {A: 0}, radius: 11}", 0,
             "meets its own image"),
            (lattice.replace("[20]", "[20, 30]"), "{type: seed, species: A, radius: 10}", 0, "half a periodic side of the lattice (10)"),
            (lattice.replace("[20]", "[30, 20]"), "{type: seed, species: A, radius: 9}", 0, ""),
            (lattice, "{type: front, species: A, position: 20}", 2, "the same everywhere"),
            (lattice, "{type: front, species: A, position: 10}", 0, "a second front"),
            (lattice, "{type: stripes, species: [A, B], width: 20}", 2, "one stripe"),
            (lattice, "{type: stripes, species: [A, B], width: 3}", 0, "no whole number of periods of 6"),
            (lattice, "{type: stripes, species: [A, B], width: 5}", 0, ""),
            (waves, "{type: plane_wave, mode: 22}", 2, "does not hold this wave"),
            (waves, "{type: plane_wave, mode: 12}", 0, ""))):
        path = write(directory, f"kind{number}.yaml", head + f"initial: {initial}\ntime: {{end: 0.1}}\n")
        result = weft("run", path, "--out", os.path.join(directory, f"kind{number}"))
        check(result.returncode == code and (words in result.stderr if words else "initial." not in result.stderr),
              f"{initial}: {result.returncode} {result.stderr}")


def images(directory):
    """The state about any centre is the state about 0, shifted by whole points, also over the seam."""
    for model, initial, odd in (
            ("{potential: phi4}", "{type: bubble, width: 3, CENTER}", False),
            ("{potential: phi4}", "{type: gaussian, amplitude: 0.5, background: 1, width: 4, CENTER}", False),
            ("{potential: phi4}", "{type: kink_antikink, separation: 12, velocity: 0.3, CENTER}", False),
            ("{potential: sine_gordon}", "{type: kink_antikink, separation: 12, velocity: 0.3, CENTER}", False),
            ("{potential: sine_gordon}", "{type: breather, CENTER}", False),
            ("{potential: phi4, boundary: antiperiodic}", "{type: kink, velocity: 0.2, CENTER}", True),
            ("{potential: linear, boundary: antiperiodic}", "{type: gaussian, width: 3, CENTER}", True),
            ("{potential: sine_gordon, winding: 1}", "{type: kink, CENTER}", None),
            ("{potential: double_sine_gordon, eta: 1.0, winding: -2}", "{type: antikink, CENTER}", None)):
        energies = []
        for centre in (0, 7.5, 15, 19.5, -20, 45):
            result, out = case(directory, initial.replace("CENTER", f"center: {centre}"), model)
            check(result.returncode == 0, f"{model} {initial} at {centre}: {result.stderr}")
            energies.append(read(out, "series.nc", "energy")[0])
            if odd is None:
                continue
            for name in ("phi", "pi"):
                field, shift = read(out, "fields.nc", name)[0], round(centre / 0.5)
                if centre == 0:
                    start = {**(start if name == "pi" else {}), name: field}
                moved = np.array([start[name][(i - shift) % 80] * (-1 if odd and (i - shift) // 80 % 2 else 1)
                                  for i in range(80)])
                check(np.max(np.abs(field - moved)) < 1e-12, f"{model} {initial} at {centre}: {name} is another field")
        check(np.ptp(energies) < 1e-9 * energies[0], f"{model} {initial}: energies {energies}")
    refused(directory, "outside of the box", "{type: gaussian, center: 100}", model="{potential: phi4, boundary: neumann}")
    refused(directory, "outside of the box", "{type: kink, center: -21}", model="{potential: phi4, boundary: neumann}")
    refused(directory, "does not hold both", "{type: kink_antikink, separation: 60}")
    refused(directory, "does not close", "{type: bubble}", model="{potential: phi4, boundary: antiperiodic}")


def thermal(directory):
    """<|phi_k|^2> (k^2 + V'') = T about any background: 62 modes, relative error of the mean sqrt(2/62) = 0.18."""
    phi6 = "{potential: phi6}"
    for model, background, curvature in (
            (phi6, 0, 1), (phi6, 1, 4), ("{potential: polynomial, coefficients: [0.25, 0, -0.5, 0, 0.25]}", 1, 2),
            ("{potential: double_sine_gordon, eta: 1.0}", 2 * np.pi, 0.75), ("{potential: phi4}", -1, 2)):
        ratios = []
        for seed in range(1, 7):
            result, out = case(directory, f"{{type: random, spectrum: thermal, temperature: 1e-6, background: {background}}}",
                               model, n=1024, length=200, more=f"ensemble: {{seed: {seed}}}\n")
            check(result.returncode == 0, f"{model} about {background}: {result.stderr}")
            phi = read(out, "fields.nc", "phi")[0] - background
            k = 2 * np.pi * np.arange(1, 32) / 200
            power = np.abs(np.fft.rfft(phi)[1:32]) ** 2 * 200 / 1024 ** 2
            ratios.append(np.mean(power * (k ** 2 + curvature)) / 1e-6)
        # 6 seeds, 31 complex modes each: relative error 1/sqrt(186)
        check(abs(np.mean(ratios) - 1) < 4.5 / np.sqrt(186), f"thermal {model} about {background}: {np.mean(ratios)}")
    refused(directory, "must be positive", "{type: random, spectrum: thermal, background: 0.1}")
    refused(directory, "must be positive", "{type: random, spectrum: vacuum}", model="{potential: linear, mass: 0}")
    refused(directory, "no mode", "{type: random, k_min: 0.01, k_max: 0.1}")
    result, _ = case(directory, "{type: random, spectrum: thermal, k_min: 0.1}", "{potential: linear, mass: 0}")
    check(result.returncode == 0, f"massless, without k = 0: {result.stderr}")


def equipartition(directory):
    """2 E_pot/N = T at the start with each Laplacian: 512 modes, 20 replicas: +-sqrt(2/10240) = 0.014."""
    for laplacian in ("fd2", "fd4", "fd6", "fd8", "spectral"):
        result, out = case(directory, "{type: random, spectrum: thermal, temperature: 1.0}",
                           f"{{potential: linear, mass: 1, laplacian: {laplacian}}}", n=512, length=256,
                           observe="energy_kinetic, energy_gradient, energy_potential",
                           more="ensemble: {replicas: 20, seed: 3}\n")
        check(result.returncode == 0, f"{laplacian}: {result.stderr}")
        potential = read(out, "series.nc", "energy_gradient")[0] + read(out, "series.nc", "energy_potential")[0]
        for name, energy in (("potential", potential), ("kinetic", read(out, "series.nc", "energy_kinetic")[0])):
            ratio = 2 * energy / 512
            check(abs(ratio - 1) < 4.5 * np.sqrt(2 / 10240), f"{laplacian}: {name} energy {ratio} T")


def files(directory):
    """A file holds the state of its own box."""
    x = -20 + 0.5 * np.arange(80)

    def store(name, **data):
        path = os.path.join(directory, name)
        with h5py.File(path, "w") as file:
            for key, value in data.items():
                file[key] = value
        return f"{{type: file, path: {path}}}"

    bell = np.exp(-x ** 2)
    result, _ = case(directory, store("good.h5", phi=bell))
    check(result.returncode == 0, result.stderr)
    refused(directory, "another grid.length", store("box.h5", phi=bell, x=0.5 * x))
    refused(directory, "another grid.length", store("walls.h5", phi=bell, x=x), model="{potential: phi4, boundary: neumann}")
    refused(directory, "not equidistant", store("uneven.h5", phi=bell, x=x + 0.1 * np.sin(np.pi * (x + 20) / 39.5) ** 2))
    for field, boundary, jumps in ((np.tanh(x), "periodic", True), (np.tanh(x), "antiperiodic", False), (bell, "antiperiodic", False),
                                   (1 - bell, "antiperiodic", True), (1 - bell, "periodic", False), (np.tanh(x), "neumann", False),
                                   (np.random.default_rng(1).normal(size=80), "periodic", False)):
        result, _ = case(directory, store("seam.h5", phi=field), model=f"{{potential: phi4, boundary: {boundary}}}")
        check(result.returncode == 0 and ("over the seam" in result.stderr) == jumps, f"seam, {boundary}: {result.stderr}")
    for model, warned in (("klein_gordon", False), ("cgle", True)):
        start = store("model.h5", phi=bell)
        with h5py.File(os.path.join(directory, "model.h5"), "a") as file:
            file.attrs["model"] = np.bytes_(model)
        result, _ = case(directory, start)
        check(result.returncode == 0 and ("a state of the model cgle" in result.stderr) == warned, f"model {model}: {result.stderr}")
    # a phase that winds: phi of another program, phi and pi of an earlier run, with its seam looked at
    sine = "{potential: sine_gordon, winding: 1}"
    kink = 4 * np.arctan(np.exp(x))
    for stepper, laplacian in (("split4", "spectral"), ("verlet", "fd4")):
        model = sine.replace("}", f", laplacian: {laplacian}}}")
        result, out = case(directory, store("kink.h5", phi=kink), model=model, stepper=stepper)
        check(result.returncode == 0 and "seam" not in result.stderr, f"phi that winds, {stepper}: {result.stderr}")
        check(abs(read(out, "series.nc", "energy")[0] - 8) < 0.02 and np.max(np.abs(read(out, "fields.nc", "phi")[0] - kink)) < 1e-12,
              f"phi that winds, {stepper}: energy {read(out, 'series.nc', 'energy')[0]}")
        result, first = case(directory, "{type: kink, velocity: 0.3}", model=model, stepper=stepper, end=1)
        result, second = case(directory, f"{{type: file, path: {first}/fields.nc}}", model=model, stepper=stepper, end=1)
        check(result.returncode == 0 and not result.stderr, f"phi of fields.nc: {result.stderr}")
        check(abs(read(first, "series.nc", "energy")[-1] - read(second, "series.nc", "energy")[0]) < 1e-9, "energy of the state that was stored")
    result, _ = case(directory, store("flat.h5", phi=bell), model=sine)
    check(result.returncode == 0 and "over the seam" in result.stderr, f"phi that does not wind: {result.stderr}")
    refused(directory, "no dataset 'chi'", store("nothing.h5", pi=bell), model=sine)
    # a snapshot says what its axes do at their ends
    result, out = case(directory, "{type: gaussian, width: 3}", model="{potential: phi4, boundary: antiperiodic}")
    with h5py.File(out + "/fields.nc") as file:
        check(file["x"].attrs["boundary"] == b"antiperiodic", f"boundary of x: {dict(file['x'].attrs)}")
    for boundary, warned in (("periodic", True), ("antiperiodic", False)):
        result, _ = case(directory, f"{{type: file, path: {out}/fields.nc}}", model=f"{{potential: phi4, boundary: {boundary}}}")
        check(result.returncode == 0 and ("is antiperiodic, and here it is periodic" in result.stderr) == warned, f"{boundary}: {result.stderr}")
    refused(directory, "2 values that are nan", store("nan.h5", phi=np.where(np.abs(x) == 3, np.nan, bell)))
    refused(directory, "the shape (79); this grid needs (80)", store("shape.h5", phi=bell[:79]))
    refused(directory, "needs (components, 80)", store("last.h5", phi=np.zeros((80, 2))),
            model="{potential: phi4, components: 2}")
    result, out = case(directory, "{type: bubble}", length=20, n=80)
    refused(directory, "another grid.length", f"{{type: file, path: {out}/fields.nc}}")


def modes(directory):
    refused(directory, "no wave shorter", "{type: mode, k: [16]}", model="{potential: phi4, boundary: neumann}", n=16)
    refused(directory, "removes modes of", "{type: mode, k: [7]}", model="{potential: phi4, dealias: 2/3}", n=16)
    refused(directory, "removes modes of", "{type: mode, k: [9]}", model="{potential: phi4, dealias: 2/3}", n=25)
    check(case(directory, "{type: mode, k: [8]}", "{potential: phi4, dealias: 2/3}", n=25)[0].returncode == 0, "25 points, mode 8")
    text = "model: cgle\ngrid: {n: [64], length: [300]}\ncgle: {alpha: 1, beta: -1}\n" \
           "initial: {type: plane_wave, mode: MODE}\ntime: {end: 0.1, dt: 0.1}\n"
    for mode in (40, 33, 32, -32, -40):
        result = weft("check", write(directory, "wave.yaml", text.replace("MODE", str(mode))))
        check(result.returncode == 2 and "64 points hold" in result.stderr, f"cgle mode {mode}: {result.stderr}")
    check(weft("check", write(directory, "wave.yaml", text.replace("MODE", "31"))).returncode == 0, "cgle mode 31")
    front = "model: reaction_diffusion\ngrid: {n: [100], length: [100]}\nreaction_diffusion: {species: [A], diffusion: 1, " \
            "reactions: [{reaction: A -> 2 A, rate: 1}, {reaction: 2 A -> A, rate: 1}]BOUNDARY}\n" \
            "initial: {type: front, left: 1.0, right: 0.0, position: -20, width: 2}\ntime: {end: 1, dt: 0.1}\n"
    result = weft("check", write(directory, "front.yaml", front.replace("BOUNDARY", "")))
    check(result.returncode == 0 and "a second front" in result.stderr, f"front at the seam: {result.stderr}")
    result = weft("check", write(directory, "front.yaml", front.replace("BOUNDARY", ", boundary: neumann")))
    check(result.returncode == 0 and "second front" not in result.stderr, f"front: {result.stderr}")


def pairs(directory):
    """Kinks of either order and of two velocities: masses of phi4 2 sqrt(2)/3, of phi6 1/4; energy gamma M, momentum gamma M v."""
    for model, mass, edges in (("{potential: phi4, boundary: neumann}", 2 * np.sqrt(2) / 3, (-1, 1)),
                               ("{potential: phi6, boundary: neumann}", 0.25, (0, 1))):
        for order, (outer, inner) in (("kink_antikink", edges), ("antikink_kink", edges[::-1])):
            for given, (left, right) in (("0.3", (0.3, 0.3)), ("[0.1, 0.6]", (0.1, 0.6)), ("[-0.2, 0]", (-0.2, 0))):
                result, out = case(directory, f"{{type: {order}, separation: 30, velocity: {given}}}", model, n=400,
                                   length=80, observe="energy, momentum")
                check(result.returncode == 0 and not result.stderr, f"{order} {given}: {result.stderr}")
                gamma = [1 / np.sqrt(1 - v * v) for v in (left, right)]
                energy, momentum = (read(out, "series.nc", name)[0] for name in ("energy", "momentum"))
                check(abs(energy - mass * sum(gamma)) < 1e-6, f"{model} {order} {given}: energy {energy}")
                expected = mass * (gamma[0] * left - gamma[1] * right)
                check(abs(momentum - expected) < 1e-6, f"{model} {order} {given}: momentum {momentum} for {expected}")
                phi = read(out, "fields.nc", "phi")[0]
                check(abs(phi[0] - outer) < 1e-5 and abs(phi[200] - inner) < 1e-5, f"{model} {order}: {phi[0]}, {phi[200]}")
    energies = []
    for order in ("kink_antikink", "antikink_kink"):  # of sine-Gordon, exact: mirrored about pi
        _, out = case(directory, f"{{type: {order}, separation: 12, velocity: 0.3}}", "{potential: sine_gordon}")
        energies.append(read(out, "fields.nc", "phi")[1])
    check(np.max(np.abs(energies[0] + energies[1] - 2 * np.pi)) < 1e-12, "sine-Gordon pairs are not each other's mirror image")
    for initial, words in (("{type: kink_antikink, separation: 39.8}", "to their images"),
                           ("{type: antikink_kink, separation: 3}", "between the two")):
        result, _ = case(directory, initial)
        check(result.returncode == 0 and words in result.stderr, f"{initial}: {result.stderr}")
    refused(directory, "3 numbers", "{type: kink_antikink, velocity: [0.1, 0.2, 0.3]}")
    refused(directory, "'winding: 0'", "{type: kink_antikink}", model="{potential: sine_gordon, winding: 1}")
    refused(directory, "opposite sign over this box", "{type: kink_antikink}", model="{potential: phi4, boundary: antiperiodic}")


def between_walls(directory):
    """Momentum and centre of energy of spectral fields between walls, against the derivatives of their sums of cosines and
    sines; differences of order 8: (k dx)^8/630 k of the largest k, 3 pi/8 of 64 points: 1e-6."""
    n, length = 64, 8.0
    x = -length / 2 + (np.arange(n) + 0.5) * length / n
    y = x + length / 2
    rng = np.random.default_rng(5)
    for wall in ("neumann", "dirichlet", "absorbing"):
        k = np.pi / length * (np.arange(6) + (wall == "dirichlet"))
        a, b = rng.normal(size=(2, 6))
        basis, slope = (np.sin, np.cos) if wall == "dirichlet" else (np.cos, lambda z: -np.sin(z))
        phi, pi = (sum(c * basis(q * y) for c, q in zip(w, k)) for w in (a, b))
        derivative = sum(c * q * slope(q * y) for c, q in zip(a, k))
        path = os.path.join(directory, f"{wall}.h5")
        with h5py.File(path, "w") as file:
            file["phi"], file["pi"] = phi, pi
        sponge = ", sponge_width: 1" if wall == "absorbing" else ""
        density = pi ** 2 / 2 + derivative ** 2 / 2 + (phi ** 2 - 1) ** 2 / 4
        _, out = case(directory, f"{{type: file, path: {path}}}", f"{{potential: phi4, boundary: {wall}{sponge}}}", n=n,
                      length=length, observe="momentum, center_of_energy", dt=0.01, end=0.01)
        for name, expected in (("momentum", -np.sum(pi * derivative) * length / n),
                               ("center_of_energy", np.sum(x * density) / np.sum(density))):
            value = read(out, "series.nc", name)[0]
            check(abs(value - expected) < 1e-5 * max(1, abs(expected)), f"{wall}: {name} {value} for {expected}")


def one_point(directory):
    """An axis of one point changes nothing."""
    for laplacian in ("spectral", "fd4"):
        energies = []
        for grid in ("[64]", "[1, 64]", "[64, 1]"):
            length = grid.replace("64", "20")
            text = f"model: klein_gordon\ngrid: {{n: {grid}, length: {length}}}\n" \
                   f"klein_gordon: {{potential: phi4, laplacian: {laplacian}}}\n" \
                   "initial: {type: mode, k: " + grid.replace("64", "3").replace("1", "0") + ", background: 1, amplitude: 0.3}\n" \
                   "time: {stepper: verlet, dt: 0.05, end: 1}\nobserve: {every: 1, list: [energy, phi_max]}\n"
            out = os.path.join(directory, f"{laplacian}{grid}")
            result = weft("run", write(directory, "point.yaml", text), "--out", out)
            check(result.returncode == 0, f"{grid}: {result.stderr}")
            energies.append([read(out, "series.nc", name)[-1] for name in ("energy", "phi_max")])
        check(np.ptp(energies, axis=0).max() < 1e-12, f"{laplacian}: {energies}")
    result, out = case(directory, "{type: gaussian, amplitude: 0, background: 0.5}", n=1, length=1, end=1)
    check(result.returncode == 0, f"one point: {result.stderr}")


with scratch() as directory:
    ends(directory)
    states_of_one_kind(directory)
    images(directory)
    pairs(directory)
    between_walls(directory)
    one_point(directory)
    thermal(directory)
    equipartition(directory)
    files(directory)
    modes(directory)
end()
