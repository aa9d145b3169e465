"""etd_heun is of weak order 2 on nonlinear equations with noise. Sites without derivatives are independent samples of a stochastic
differential equation, whose moments are known:

    quartic     du = -u^3 dt + sqrt(2 D) dW from u = 1: <u^2> by the Fokker-Planck equation (finite volumes, matrix exponential)
    drift       du = -u dt + s dW, dv = u v dt from (0, 1): <v> = exp(var/2), var of int u dt, a Gaussian number
    square      the same u, dw = (u^2 - w) dt from w = 0: <w> from the linear equations of the moments

The error of the step dt and of dt/2, less 4 standard errors, must have a ratio between 2.5 and 6.5 (4 at order 2, 2 at order 1)."""
from program import check, end, h5py, np, os, scratch, weft, write
from scipy.linalg import expm

N = 1 << 20
TEXT = """
model: equation
grid: {n: [N], length: [N.0]}
equation:
  fields: FIELDS
  dealias: none
  equations: EQUATIONS
initial: {type: formula, START}
time: {stepper: etd_heun, dt: DT, end: 1.0}
observe: {every: 1.0, list: [MEAN, SQUARE]}
"""


def quartic(D, time):
    """<u^2> at a time, from u = 1: a conservative scheme on 1600 cells, extrapolated from 800."""
    found = []
    for m in (800, 1600):
        h = 10.0 / m
        x = -5 + h * (np.arange(m) + 0.5)
        face = x[:-1] + h / 2
        flow = -face ** 3  # flux at a face: flow (p_i + p_{i+1})/2 - D (p_{i+1} - p_i)/h
        A = np.zeros((m, m))
        for i, f in enumerate(flow):
            left, right = f / 2 + D / h, f / 2 - D / h
            A[i, i] -= left / h
            A[i, i + 1] -= right / h
            A[i + 1, i] += left / h
            A[i + 1, i + 1] += right / h
        p = np.zeros(m)
        p[m * 6 // 10 - 1:m * 6 // 10 + 1] = 0.5  # about u = 1, which is a face
        p = expm(A * time) @ p
        found.append((x ** 2 * p).sum())
    return found[1] + (found[1] - found[0]) / 3


s, D = 1.5, 0.8
# int_0^1 u dt of du = -u dt + s dW: variance s^2 int_0^1 (1 - exp(-(1 - t)))^2 dt
area = s ** 2 * (1 - 2 * (1 - np.exp(-1)) + (1 - np.exp(-2)) / 2)
# d<u^2> = -2 <u^2> + s^2, d<w> = <u^2> - <w>
w = s ** 2 / 2 * ((1 - np.exp(-1)) - (np.exp(-1) - np.exp(-2)))
CASES = [("quartic", "[u]", f'["dt(u) = -u^3 + sqrt(2*{D})*xi"]', "u: 1", "u^2", quartic(D, 1.0), 0.25),
         ("drift", "[u, v]", f'["dt(u) = -u + {s}*xi", "dt(v) = u*v"]', "u: 0, v: 1", "v", np.exp(area / 2), 0.5),
         ("square", "[u, w]", f'["dt(u) = -u + {s}*xi", "dt(w) = u^2 - w"]', "u: 0, w: 0", "w", w, 0.5)]

with scratch() as directory:
    for name, fields, equations, start, mean, exact, dt in CASES:
        errors, deviation = [], 0
        for step in (dt, dt / 2):
            text = TEXT.replace("FIELDS", fields).replace("EQUATIONS", equations).replace("START", start).replace("DT", repr(step))
            text = text.replace("MEAN", f'"mean({mean})"').replace("SQUARE", f'"mean(({mean})^2)"').replace("N", str(N))
            out = os.path.join(directory, "out")
            run = weft("run", write(directory, "a.yaml", text), "-q", "--out", out, "--overwrite")
            check(run.returncode == 0, f"{name}: {run.stderr}")
            with h5py.File(os.path.join(out, "series.nc")) as file:
                values = sorted((key, file[key][-1]) for key in file if key.startswith("mean"))
                first, second = sorted((v for _, v in values), key=lambda v: abs(v - exact))
            errors.append(first - exact)
            deviation = np.sqrt((second - first ** 2) / N)
        print(f"{name}: exact {exact:.6f}, errors {errors[0]:.5f}, {errors[1]:.5f} +- {deviation:.5f}, ratio {errors[0] / errors[1]:.2f}")
        low, high = abs(errors[1]) - 4 * deviation, abs(errors[1]) + 4 * deviation
        check(abs(errors[0]) > 20 * deviation, f"{name}: the error {errors[0]:.3g} is not above the noise {deviation:.3g}")
        check(2.5 * low < abs(errors[0]) + 4 * deviation and abs(errors[0]) - 4 * deviation < 6.5 * high and 2.5 < abs(errors[0]) / low,
              f"{name}: errors {errors[0]:.4g} and {errors[1]:.4g} +- {deviation:.2g} are not of order 2")
end()
