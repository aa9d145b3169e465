"""The size of domains of reaction lattices: the period of stripes and of hexagons, straight and oblique, of any contrast and share
of the period, in boxes of any shape (lines, strips, narrow and cubic boxes, odd sides), nothing (nan) for random lattices, and
nan or a length of the box's order for one wall. The states are drawn here, with a period that is known."""
from program import *

LATTICE = """model: reaction_lattice
grid: {n: %s}
reaction_lattice: {species: [A, B], hopping: 1.0, reactions: [{reaction: A -> 0, rate: 1.0}]}
initial: {type: file, path: %s}
time: {end: 1e-6}
observe: {every: 1e-6, list: [domain_size_A, structure_factor_A]}
"""


def size_of(folder, state):
    """domain_size_A of a lattice of the states 0, 1 (A), 2 (B), and S(k)."""
    path = os.path.join(folder, "state.h5")
    with h5py.File(path, "w") as file:
        file["species"] = state.astype(np.uint8)
    out = os.path.join(folder, "out")
    run = weft("run", write(folder, "lattice.yaml", LATTICE % (list(state.shape), path)), "--out", out, "-q", "--overwrite")
    check(run.returncode == 0, f"{state.shape}: {run.returncode} {run.stderr}")
    with h5py.File(out + "/series.nc") as file:
        return file["domain_size_A"][0], file["structure_factor_A"][0]


def sites(draw, density):
    """A with the given probability at each site, B with half of what is left."""
    u = draw.random(density.shape)
    return np.where(u < density, 1, np.where(u < 0.5 + 0.5 * density, 2, 0))


def phase(shape, mode):
    """2 pi k.x of a whole number of periods along each axis, and the period."""
    grids = np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij")
    k = 2 * np.pi * np.sqrt(sum((m / n) ** 2 for m, n in zip(mode, shape)))
    return 2 * np.pi * sum(m * g for m, g in zip(mode, grids)), 2 * np.pi / k


def wave(angle, kind):
    if kind == "cosine":
        return 0.5 + 0.45 * np.cos(angle)
    share = {"square": 0.5, "third": 1 / 3, "quarter": 0.25}[kind]
    return np.where((angle / (2 * np.pi) + 1e-9) % 1 < share, 0.9, 0.05)


def independent(state, size):
    """S(k) mode by mode with numpy: the wavenumber of the strongest mode."""
    f = (state == 1) - np.mean(state == 1)
    power = np.abs(np.fft.fftn(f)) ** 2
    k2 = sum(np.meshgrid(*[(2 * np.pi * np.fft.fftfreq(n)) ** 2 for n in state.shape], indexing="ij"))
    return 2 * np.pi / np.sqrt(k2.flat[np.argmax(power)])


with scratch() as folder:
    draw = np.random.default_rng(12)
    # stripes: shapes and numbers of periods along each axis
    for shape, mode in (((8, 8, 256), (0, 0, 4)), ((8, 8, 256), (0, 0, 2)), ((8, 8, 256), (0, 0, 1)), ((8, 8, 256), (0, 0, 7)),
                        ((9, 7, 243), (0, 0, 3)), ((9, 7, 243), (0, 0, 9)), ((4, 256, 4), (0, 8, 0)), ((8, 512), (0, 8)),
                        ((8, 512), (0, 2)), ((512, 8), (3, 0)), ((512, 8), (12, 1)), ((2, 2, 300), (0, 0, 5)), ((3, 400), (0, 6)),
                        ((1024,), (4,)), ((1001,), (13,)), ((4096,), (1,)), ((64, 64), (3, 3)), ((128, 96), (5, 2)), ((61, 127), (2, 3)),
                        ((20, 24, 28), (2, 1, 3)), ((32, 32, 32), (2, 2, 0)), ((16, 16, 128), (1, 2, 6))):
        for kind in ("cosine", "square", "third") + (("quarter",) if sum(mode) > 2 else ()):
            angle, period = phase(shape, mode)
            state = sites(draw, wave(angle, kind))
            size, _ = size_of(folder, state)
            check(abs(size / period - 1) < 0.05, f"stripes, {kind}, {mode} periods in {shape}: {size}, period {period}")
            check(abs(independent(state, size) / period - 1) < 1e-9, f"{shape} {mode} {kind}: another mode is the strongest")
    # hexagons: three waves, whose wavevectors add up to nothing
    for shape, modes in (((120, 104), ((0, 6), (6, 3), (6, -3))), ((96, 165), ((4, 0), (2, 6), (-2, 6)))):
        waves = [phase(shape, mode) for mode in modes]
        state = sites(draw, np.clip(0.4 + 0.2 * sum(np.cos(angle) for angle, _ in waves), 0, 1))
        size, _ = size_of(folder, state)
        period = 3 / sum(1 / p for _, p in waves)
        check(abs(size / period - 1) < 0.05, f"hexagons in {shape}: {size}, spacing of rows {period}")
    # random lattices of any density have no size
    found = []
    for trial in range(60):
        shape = ((8, 8, 256), (9, 7, 243), (8, 512), (3, 400), (1024,), (64, 48), (31, 33), (16, 18, 20), (2, 2, 300), (5, 5))[trial % 10]
        size, _ = size_of(folder, sites(draw, np.full(shape, draw.uniform(0.05, 0.95))))
        found += [] if np.isnan(size) else [(shape, size)]
    check(not found, f"random lattices: {found}")
    # A + B -> 0 on a line: one mode a shell, of which one in a hundred is a hundred times smaller than its neighbours by chance. The
    # size follows the number of domains, which are counted site by site, at every record
    out = os.path.join(folder, "domains")
    run = weft("run", write(folder, "domains.yaml", """model: reaction_lattice
grid: {n: [16384]}
reaction_lattice: {species: [A, B], hopping: 1.0, reactions: [{reaction: A + B -> 0, rate: contact}]}
initial: {type: random, density: {A: 0.4, B: 0.4}}
time: {end: 2000}
observe: {every: 20, list: [domain_size_A]}
output: {fields_every: 20}
"""), "--out", out, "-q")
    check(run.returncode == 0, run.stderr)
    with h5py.File(out + "/series.nc") as series, h5py.File(out + "/fields.nc") as fields:
        sizes, species = series["domain_size_A"][5:], fields["species"][5:]
    counted = np.array([2 * species.shape[1] / np.sum(s[s > 0] != np.roll(s[s > 0], 1)) for s in species])
    ratio = sizes / counted
    check(0.9 < np.min(ratio) and np.max(ratio) < 2, f"domains of A + B -> 0: {np.min(ratio)} to {np.max(ratio)} times those counted")
    steps = np.abs(np.diff(np.log(sizes)))
    check(np.max(steps) < 0.35 and np.std(steps) < 0.08, f"domains of A + B -> 0: from record to record {np.max(steps)}, {np.std(steps)}")
    # one wall between halves of a line or a strip: as large as the box
    for shape in ((512,), (8, 256), (6, 6, 200)):
        x = np.arange(shape[-1]) * np.ones(shape)
        size, _ = size_of(folder, sites(draw, np.where(x < shape[-1] / 2, 0.9, 0.1)))
        check(abs(size / shape[-1] - 1) < 0.05, f"two halves of {shape}: {size}")
end()
