"""Orders of the steppers of equations by halving the step, on three nonlinear equations each, and the error of the adaptive
pair for its tolerance. The order is log2 of the ratio of the errors at dt and dt/2, against the same method at dt/16 (etdrk43: against etdrk4),
which changes the ratio of order p by less than a factor 1 + 2^-2p. Bounds: p - 0.3 to p + 0.7, since the next order in dt is not gone.
On 64 points the stiffest modes of the first equation (L dt of 20 and more) take the order down to 3.5: stiff order reduction."""
import math

from program import check, end, h5py, np, os, scratch, weft, write

HEAD = """model: equation
grid: {n: [32], length: [20.0]}
equation:
  fields: FIELDS
  equations: EQUATIONS
initial: {type: formula, START}
time: {stepper: STEPPER, TIME, end: 1.0}
observe: {every: 1.0}
output: {fields_every: 1.0, fields: [NAMES]}
"""
FIRST = [("{u: real}", '["dt(u) = -lap(u) - lap(lap(u)) - u*dx(u)"]', "u: 2*sin(pi*x/10) + cos(pi*x/5)", 0.02),
         ("{A: complex}", '["dt(A) = A + (1 + 2*i)*lap(A) - (1 - i)*abs2(A)*A"]', "A: 0.5*exp(i*pi*x/10) + 0.3*cos(pi*x/5)", 0.05),
         ("{u: real, v: real}", '["dt(u) = lap(u) + u - u^3/3 - v", "dt(v) = 0.3*lap(v) + 0.3*(u + 0.7 - 0.8*v) + 0.1*u*v"]',
          "u: cos(pi*x/10), v: sin(pi*x/10)", 0.1)]
SECOND = [("{q: real}", '["dtt(q) = lap(q) - sin(q)"]', "q: 2*cos(pi*x/10)", 0.1),
          ("{q: real}", '["dtt(q) = lap(q) + q - q^3 - 0.2*dt(q)"]', "q: 1.5*cos(pi*x/10), q_t: sin(pi*x/5)", 0.1),
          ("{q: real, p: real}", '["dtt(q) = lap(q) - q*p^2", "dtt(p) = 2*lap(p) - p*q^2 - p^3"]', "q: cos(pi*x/10), p: 1 + sin(pi*x/10)", 0.1)]


def final(directory, equation, stepper, time):
    fields, equations, start, _ = equation
    names = [part.split(":")[0].strip() for part in fields.strip("{}").split(",")]
    text = HEAD.replace("FIELDS", fields).replace("EQUATIONS", equations).replace("START", start).replace("STEPPER", stepper)
    text = text.replace("TIME", time).replace("NAMES", ", ".join(names))
    out = os.path.join(directory, "out")
    run = weft("run", write(directory, "a.yaml", text), "-q", "--out", out, "--overwrite")
    check(run.returncode == 0, f"{stepper} {time} {equations}: {run.stderr}")
    with h5py.File(os.path.join(out, "fields.nc")) as file:
        return np.concatenate([file[name][-1].ravel() for name in sorted(file) if name.split("_")[0] in names and file[name].ndim == 2])


with scratch() as directory:
    for stepper, order, equations in (("etdrk4", 4, FIRST), ("split4", 4, SECOND), ("strang", 2, SECOND)):
        for equation in equations:
            dt = equation[3]
            u = [final(directory, equation, stepper, f"dt: {dt / k!r}") for k in (1, 2, 16)]
            errors = [np.abs(v - u[2]).max() for v in u[:2]]
            found = np.log2(errors[0] / errors[1])
            print(f"{stepper} {equation[1]}: errors {errors[0]:.2g}, {errors[1]:.2g}, order {found:.2f}")
            check(errors[1] > 1e-13 and order - 0.3 < found < order + 0.7, f"{stepper} {equation[1]}: order {found:.3g}, errors {errors}")
    for equation in FIRST:
        exact = final(directory, equation, "etdrk4", f"dt: {equation[3] / 16!r}")
        for rtol in (1e-4, 1e-6, 1e-8):
            off = np.abs(final(directory, equation, "etdrk43", f"rtol: {rtol}, atol: {rtol * 1e-2}") - exact).max()
            print(f"etdrk43 {equation[1]} rtol {rtol}: {off:.2g}")
            # a local error of rtol in each of the steps of a time of order one
            check(off < 20 * rtol, f"etdrk43 {equation[1]}: off by {off:.3g} at rtol {rtol}")

    # what depends on the time by itself: a drive, a pulse between the records, a rate with corners; records far apart
    def pulse(t):
        return np.sqrt(np.pi) / 20 * (np.vectorize(math.erf)(10 * (t - 1.5)) + math.erf(15))

    def corners(t):
        return -np.minimum(t, 0.3) + np.where(t > 0.3, -(np.minimum(t, 1.3) - 0.3) + 1.5 * (np.minimum(t, 1.3) - 0.3) ** 2, 0) + 2 * np.maximum(t - 1.3, 0)

    for equation, value in (("cos(20*t)", lambda t: 0.1 + np.sin(20 * t) / 20), ("exp(-100*(t - 1.5)^2)", lambda t: 0.1 + pulse(t)),
                            ("r*u", lambda t: 0.1 * np.exp(corners(t))), ("u*cos(9*t)", lambda t: 0.1 * np.exp(np.sin(9 * t) / 9))):
        for rtol in (1e-5, 1e-8):
            text = f"""model: equation
grid: {{n: [16], length: [16.0]}}
equation: {{fields: [u], parameters: {{r: [0.3, -1.0, 1.3, 2.0]}}, equations: ["dt(u) = lap(u) + {equation}"]}}
initial: {{type: formula, u: 0.1}}
time: {{end: 3.0, rtol: {rtol:.0e}, atol: {rtol / 100:.0e}}}
observe: {{every: 1.0, list: [mean(u)]}}
"""
            out = os.path.join(directory, "timed")
            run = weft("run", write(directory, "timed.yaml", text.replace("e-", ".0e-")), "-q", "--overwrite", "--out", out)
            check(run.returncode == 0, f"{equation}: {run.stderr}")
            with h5py.File(os.path.join(out, "series.nc")) as file:
                t, u = file["time"][...], file["mean_u"][...]
            off = np.abs(u - value(t)).max() / np.abs(value(t)).max()
            check(off < 20 * rtol, f"etdrk43 {equation}: off by {off:.3g} at rtol {rtol}")
end()
