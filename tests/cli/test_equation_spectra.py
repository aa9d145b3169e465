"""Noise of equations, mode by mode, on slabs and pencils: the increments of one step of dt(u) = NOISE have in each Fourier mode the
variance that the formula says, no mean, equal real and imaginary parts that are independent of each other, and are independent
of other modes; 1, 2 and 4 ranks give the same fields to 1e-12 (ten steps). Real and complex fields, white, conserved and filtered noise, 1 to 3
dimensions. Bounds: 5.5 standard errors for the worst mode, 4.5 for averages over modes."""
from program import check, end, h5py, np, os, scratch, weft, write

TEXT = """
model: equation
grid: {n: [N], length: [LENGTH]}
equation: {fields: {u: KIND}, parameters: {T: 0.3}, equations: ["dt(u) = NOISE"]}
initial: {type: formula, u: 0}
time: {stepper: etd_heun, dt: 0.5, end: 200.0}
observe: {every: 200.0}
output: {fields_every: 0.5}
"""


def k2(*k):
    return sum(q ** 2 for q in k)


CASES = [  # n, kind, noise, its power as a function of kz, ky, kx (those that are there); of a complex field that of u
    ([32], "real", "sqrt(2*T)*xi", lambda kx: 0.6 + 0 * kx),
    ([33], "real", "dx(sqrt(2*T)*xi(3)) + xi(1)", lambda kx: 0.6 * kx ** 2 + 1),
    ([16, 12], "real", "dx(sqrt(2*T)*xi(1)) + dy(sqrt(2*T)*xi(2))", lambda ky, kx: 0.6 * k2(kx, ky)),
    ([9, 15], "real", "fourier(exp(-k^2/4), sqrt(2*T)*xi)", lambda ky, kx: 0.6 * np.exp(-k2(kx, ky) / 2)),
    ([2, 6, 8], "real", "sqrt(2*T)*xi", lambda kz, ky, kx: 0.6 + 0 * kx),
    ([5, 6, 7], "real", "dx(sqrt(2*T)*xi(1)) + dy(sqrt(2*T)*xi(2)) + dz(sqrt(2*T)*xi(3))", lambda kz, ky, kx: 0.6 * k2(kx, ky, kz)),
    ([31], "complex", "sqrt(T)*(xi(1) + i*xi(2))", lambda kx: 0.6 + 0 * kx),
    ([9, 8], "complex", "dx(sqrt(T)*(xi(1) + i*xi(2))) + i*dy(sqrt(T)*(xi(3) + i*xi(4)))", lambda ky, kx: 0.6 * k2(kx, ky)),
    ([2, 6, 5], "complex", "sqrt(T)*(xi(1) + i*xi(2))", lambda kz, ky, kx: 0.6 + 0 * kx),
    ([32], "complex", "sqrt(2*T)*xi", lambda kx: 0.6 + 0 * kx),  # real noise: u(-k) is the conjugate of u(k)
]


def audit(case, u):
    n, kind, noise, power = case
    axes = tuple(range(1, len(n) + 1))
    length = [0.9 * m for m in n]
    wave = [2 * np.pi * np.fft.fftfreq(m, L / m) for m, L in zip(n, length)]
    # an odd derivative has no Nyquist mode
    grids = np.meshgrid(*wave, indexing="ij")
    if "d" in noise:
        grids = [np.where(2 * np.abs(np.fft.fftfreq(m, 1 / m)).reshape([-1 if a == b else 1 for b in range(len(n))]) == m, 0, g) for a, (g, m) in enumerate(zip(grids, n))]
    # unit: <|u_k|^2> of u_k = sum u exp(-ikx) is power * time * sites / cell
    exact = power(*grids) * 0.5 * np.prod(n) / np.prod([L / m for m, L in zip(n, length)])
    steps = np.fft.fftn(np.diff(u, axis=0), axes=axes)
    where = exact > 1e-12 * exact.max()
    check(np.abs(steps[:, ~where]).max(initial=0) < 1e-9 * np.sqrt(exact.max()), f"{case[:3]}: modes without noise have some")
    z = (steps[:, where] / np.sqrt(exact[where]))
    count = len(z)
    own = np.logical_and.reduce(np.meshgrid(*[2 * np.fft.fftfreq(m, 1 / m) % m == 0 for m in n], indexing="ij"))[where]
    symmetric = kind == "real" or "i*" not in noise
    # |z|^2 is exponential of variance 1, or, in modes that are their own conjugate, chi^2 of variance 2
    deviation = np.where(own & symmetric, np.sqrt(2.0), 1.0) / np.sqrt(count)
    off = ((np.abs(z) ** 2).mean(axis=0) - 1) / deviation
    check(np.abs(off).max() < 5.5, f"{case[:3]}: the power of a mode is {np.abs(off).max():.2f} standard errors off")
    check(abs(off.sum() / np.sqrt(len(off) * (2 if symmetric else 1))) < 4.5, f"{case[:3]}: the power of all modes is off: {off.mean():.3g}")
    check(abs((off ** 2).mean() - 1) < 4.5 * np.sqrt((4 if symmetric else 2) / len(off)), f"{case[:3]}: the powers scatter by {(off ** 2).mean():.3g} of what they should")
    check(np.abs(z.mean(axis=0)).max() * np.sqrt(count) < 5.5, f"{case[:3]}: a mode has a mean")
    # <z^2> = 0: real and imaginary parts are alike and independent (but in modes that are their own conjugate)
    pairs = np.abs((z[:, ~(own & symmetric)] ** 2).mean(axis=0)) * np.sqrt(count / 2)
    check(pairs.max(initial=0) < 5.5, f"{case[:3]}: real and imaginary parts of a mode are not alike: {pairs.max(initial=0):.2f}")
    # neighbours in the list of modes, and steps that follow each other
    for what, product in (("neighbours", (z[:, 1:] * z[:, :-1].conj()).mean(axis=0)), ("steps", (z[1:] * z[:-1].conj()).mean(axis=0))):
        if symmetric and what == "neighbours":
            continue_at = np.abs(product) < 0.9  # a mode and its conjugate may stand side by side
            product = product[continue_at]
        check(np.abs(product).max() * np.sqrt(count) < 5.5, f"{case[:3]}: {what} are correlated: {np.abs(product).max() * np.sqrt(count):.2f}")


with scratch() as directory:
    for number, case in enumerate(CASES):
        n, kind, noise, _ = case
        text = TEXT.replace("N]", ", ".join(map(str, n)) + "]").replace("LENGTH", ", ".join(repr(0.9 * m) for m in n))
        text = text.replace("KIND", kind).replace("NOISE", noise)
        found = []
        for ranks in (1, 2, 4):
            out = os.path.join(directory, f"{number}_{ranks}")
            run = weft("run", write(directory, "a.yaml", text), "-q", "--out", out, *(["-P", "time.end=5", "-P", "observe.every=5"] if ranks > 1 else []), ranks=ranks)
            check(run.returncode == 0, f"{case[:3]} on {ranks} ranks: {run.stderr}")
            if run.returncode:
                break
            with h5py.File(os.path.join(out, "fields.nc")) as file:
                found.append(file["u"][...] if kind == "real" else file["u_re"][...] + 1j * file["u_im"][...])
        if len(found) < 3:
            continue
        for other in found[1:]:
            check(np.abs(other - found[0][:11]).max() < 1e-12 * np.abs(found[0]).max(), f"{case[:3]}: other ranks, other noise")
        audit(case, found[0])
end()
