"""wall_area where walls meet each other and the ends of the box: products of waves, whose zeros are lines and planes of known size,
at any place between the points, on axes that go round and between ends."""
from program import *

TEXT = """model: klein_gordon
grid: {n: %s, length: %s}
klein_gordon: {potential: phi4, laplacian: fd2, boundary: %s}
initial: {type: file, path: %s}
time: {stepper: verlet, dt: 0.001, end: 0.001}
observe: {every: 0.001, list: [wall_area]}
"""


def area(folder, shape, lengths, boundary, phi):
    path = os.path.join(folder, "state.h5")
    with h5py.File(path, "w") as file:
        file["phi"] = phi
    out = os.path.join(folder, "out")
    run = weft("run", write(folder, "input.yaml", TEXT % (list(shape), list(lengths), boundary, path)), "--out", out, "-q", "--overwrite")
    check(run.returncode == 0, f"{shape} {boundary}: {run.stderr}")
    with h5py.File(out + "/series.nc") as file:
        return file["wall_area"][0]


with scratch() as folder:
    draw = np.random.default_rng(3)
    # waves (full ones where axes go round, half ones between ends), offsets in points: on the points (0), between them, and any
    for shape, lengths, waves in (((48, 48), (8.0, 8.0), (1, 1)), ((48, 40), (8.0, 11.0), (2, 1)), ((64, 64), (8.0, 8.0), (2, 2)),
                                  ((20, 24, 22), (5.0, 6.0, 7.0), (1, 1, 0)), ((24, 24, 24), (5.0, 5.0, 5.0), (1, 1, 1))):
        for boundary in ("periodic", "neumann"):
            part = 1 if boundary == "periodic" else 0.5
            whole = np.prod(lengths)
            exact = sum(2 * part * w * whole / length for w, length in zip(waves, lengths))
            for offset in (0, 0.5, None, None, None) if boundary == "periodic" else (None,):
                phi = np.ones(shape)
                for axis, (n, w) in enumerate(zip(shape, waves)):
                    if w == 0:
                        continue
                    shift = draw.random() if offset is None else offset
                    x = (np.arange(n) + (shift if boundary == "periodic" else 0.5)) / n
                    wave = np.sin(2 * np.pi * w * x) if boundary == "periodic" else np.cos(np.pi * w * x)
                    wave[np.abs(wave) < 1e-12] = 0
                    phi = phi * wave.reshape([-1 if a == axis else 1 for a in range(len(shape))])
                found = area(folder, shape, lengths, boundary, phi)
                check(abs(found / exact - 1) < 0.015, f"{waves} waves on {shape}, {boundary}, offset {offset}: {found}, exact {exact}")
    # a diagonal cross and two diagonal walls that end in the corners of the box
    n = 40
    x = (np.arange(n) + 0.5) / n - 0.5
    for name, phi, exact in (("cross", (x[:, None] - x - 0.013) * (x[:, None] + x - 0.007), 2 * np.sqrt(2)), ("corner", x[:, None] - x - 0.004, np.sqrt(2))):
        found = area(folder, (n, n), (1.0, 1.0), "neumann", phi)
        check(abs(found / exact - 1) < 0.03, f"{name}: {found}, exact {exact}")
end()
