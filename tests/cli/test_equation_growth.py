"""Ill-posed equations of any number of coupled fields are refused with the mode and its rate, by the eigenvalues that NumPy
finds; and the step of dt: auto on lattices is stable, near the limit that NumPy finds for the same matrix."""
import re

from program import check, end, h5py, np, os, scratch, weft, write

HEAD = "model: equation\ngrid: {n: [32], length: [32.0]}\n"


def system(matrix, operator, more=""):
    n = len(matrix)
    lines = []
    for i in range(n):
        terms = " + ".join(f"({matrix[i][j]:.6g})*{operator.format(j)}" for j in range(n))
        lines.append(f"    - dt(u{i}) = {terms}{more}")
    fields = ", ".join(f"u{i}" for i in range(n))
    start = ", ".join(f"u{i}: normal" for i in range(n))
    return f"""{HEAD}equation:
  fields: [{fields}]
  equations:
{chr(10).join(lines)}
initial: {{type: formula, {start}}}
time: {{stepper: etdrk4, dt: 0.01, end: 0.01}}
"""


rng = np.random.default_rng(5)
with scratch() as directory:
    refused = 0
    for case in range(24):
        n = int(rng.integers(2, 6))
        matrix = rng.normal(size=(n, n)) + np.eye(n) * rng.uniform(0, 3)
        matrix = np.array([[float(f"{v:.6g}") for v in row] for row in matrix])
        lowest = np.linalg.eigvals(matrix).real.min()
        run = weft("check", write(directory, "a.yaml", system(matrix, "lap(u{})")))
        bad = lowest < 0
        refused += bad
        check((run.returncode == 2 and "ill posed" in run.stderr) if bad else run.returncode == 0,
              f"{n} fields with the lowest rate {lowest:.4g}: {run.stderr}\n{matrix}")
        if bad and run.returncode == 2:
            # spacing 1: the shortest wave has k = pi
            rates = [float(v) for v in re.findall(r"at the rate ([-+.e0-9]+)", run.stderr)]
            expected = [-lowest * np.pi ** 2, -lowest * 4 * np.pi ** 2]
            check(np.allclose(rates, expected, rtol=1e-3), f"rates {rates}, expected {expected}: {run.stderr}")
            check("kx = 3.142" in run.stderr, f"the mode: {run.stderr}")
    check(3 < refused < 21, f"{refused} of 24 are ill posed")

    # a field that grows alone, and is held by another one: u_t = dx(v), v_t = -dx(u) would oscillate; with the signs of
    # a gradient it grows; three fields in a circle, u_t = dx(v), v_t = dx(w), w_t = dx(u), have the cube roots of (i k)^3
    circle = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])
    for matrix, operator, bad in ((circle, "dx(u{})", True), (np.array([[0, 1], [1, 0]]), "dx(u{})", False),
                                  (np.array([[0, 1], [-1, 0]]), "dx(u{})", True), (np.array([[0, 1], [-1, 0]]), "lap(u{})", False),
                                  (-np.eye(3), "dx(u{}, 4)", False), (np.eye(3), "dx(u{}, 4)", True),
                                  (np.array([[1, 2, 0], [0, 1, 3], [0, 0, 1]]), "lap(u{})", False)):
        run = weft("check", write(directory, "a.yaml", system(matrix, operator)))
        check((run.returncode == 2 and "ill posed" in run.stderr) if bad else run.returncode == 0, f"{operator} {matrix}: {run.stderr}")

    # about the state at the start, and on lattices, where differences bound what they replace: warnings
    one = """model: equation
grid: {{n: [32], length: [32.0]}}
equation: {{fields: [u], space: {space}, equations: ["{equation}"]}}
initial: {{type: formula, u: 1 + 0.1*normal}}
time: {{dt: 0.001, end: 0.002}}
"""
    for space, equation, words in (("spectral", "dt(u) = -lap(u^3)", "for small changes of the initial state"),
                                   ("spectral", "dt(u) = dx((1 - u)*dx(u)) - lap(u^2)/4", "about u = "),
                                   ("spectral", "dt(u) = lap(u^3)", None), ("spectral", "dt(u) = u*lap(u) - u^3 - u*dx(u)", None),
                                   ("spectral", "dt(u) = -lap(u^3) - lap(lap(u))", None), ("spectral", "dt(u) = (1 + sin(x))*lap(u) + cos(t)*dx(u, 3)", None),
                                   ("lattice", "dt(u) = u - u^3 - 0.2*lap(u)", "grows faster on a finer grid"),
                                   ("lattice", "dt(u) = u - u^3 - 0.2*(u[1] - 2*u + u[-1])", None), ("lattice", "dt(u) = u - u^3 + lap(u)", None)):
        run = weft("check", write(directory, "a.yaml", one.format(space=space, equation=equation)))
        check(run.returncode == 0, f"{equation}: {run.stderr}")
        check(words in run.stderr if words else "ill posed" not in run.stderr, f"{space} {equation}: {run.stderr}")

    # ill posed about zero and not about other values: the values at the start decide, on a run and on a check, from a formula and from a file
    thin = """model: equation
grid: {{n: [64], length: [64.0]}}
equation: {{fields: [u], quenched: {{D: 1 + 0.1*normal}}, equations: ["dt(u) = {equation}"]}}
initial: {{type: formula, u: "{start}"}}
time: {{dt: 0.001, end: 0.002}}
observe: {{every: 0.001}}
output: {{fields_every: 0.002}}
"""
    for equation, start, bad in (("-u^2*lap(lap(u)) - lap(u)", "1 + 0.1*normal", False), ("-u^2*lap(lap(u)) - lap(u)", "0.1*normal", True),
                                 ("-u^2*lap(lap(u)) - lap(u)", "1 + cos(pi*x/32)", True), ("-D*u^2*lap(lap(u)) - lap(u)", "1 + 0.1*normal", False),
                                 ("-dx(u^3*dx(lap(u))) - lap(u) + cos(t)", "2 + 0.1*normal", False), ("lap(u^3) - lap(u)", "1 + 0.1*normal", False),
                                 ("lap(u^3) - lap(u)", "0.5 + 0.01*normal", True), ("-lap(u) - u*dx(u)", "1 + 0.1*normal", True)):
        path = write(directory, "a.yaml", thin.format(equation=equation, start=start))
        for ranks in (1, 3):
            run = weft("run", path, "--out", os.path.join(directory, "thin"), "--overwrite", ranks=ranks)
            check(run.returncode == (2 if bad else 0) and ("ill posed" in run.stderr) == bad, f"{ranks} ranks, {equation}, {start}: {run.stderr}")
        check(weft("check", path).returncode == (2 if bad else 0), f"check {equation}, {start}")
    # parts that are never zero together: a warning at most
    for start, said in (("1 + 0.1*normal", False), ("exp(i*pi*x/32)", True)):
        wave = thin.replace("[u]", "{{u: complex}}").format(equation="-abs2(u)*lap(lap(u)) - lap(u)", start=start)
        run = weft("run", write(directory, "b.yaml", wave), "--out", os.path.join(directory, "thin"), "--overwrite")
        check(run.returncode == 0 and ("ill posed" in run.stderr) == said, f"complex, {start}: {run.stderr}")
    write(directory, "a.yaml", thin.format(equation="-u^2*lap(lap(u)) - lap(u)", start="1 + 0.1*normal"))
    fields = os.path.join(directory, "fields.nc")
    check(weft("run", path, "--out", os.path.join(directory, "thin"), "--overwrite").returncode == 0, "a state for a file")
    longer = weft("run", path, "--out", os.path.join(directory, "thin"), "--resume", "-P", "time.end=0.004")
    check(longer.returncode == 0 and "ill posed" not in longer.stderr, f"made longer: {longer.stderr}")
    os.replace(os.path.join(directory, "thin", "fields.nc"), fields)
    for scale, bad in ((1, False), (0, True)):
        with h5py.File(fields, "r+") as f:
            f["u"][...] = scale * f["u"][...]
        text = thin.format(equation="-u^2*lap(lap(u)) - lap(u)", start="").replace('{type: formula, u: ""}', f"{{type: file, path: {fields}}}")
        run = weft("run", write(directory, "b.yaml", text), "--out", os.path.join(directory, "thin"), "--overwrite")
        check(run.returncode == (2 if bad else 0) and ("ill posed about u = 0" in run.stderr) == bad, f"from a file times {scale}: {run.stderr}")

    # coefficients are looked at where they are least and greatest on the grid, with the values that quenched fields have there
    placed = """model: equation
grid: {{n: [64, 16], length: [64.0, 16.0]}}
equation:
  fields: [u]
  parameters: {{s: {s}}}
  quenched: {{D: 1 + s*normal, e: normal}}
  space: {space}
  equations: ["dt(u) = {equation}"]
initial: {{type: formula, u: 1 + 0.1*normal}}
time: {{dt: 0.001, end: 0.002}}
"""
    for space, s, equation, bad in (("spectral", 0.5, "D*lap(u) + e*u", True), ("spectral", 0.2, "D*lap(u) + e*u", False),
                                    ("spectral", 0.2, "(1 - 1.2*exp(-((x - 7)^2 + (y - 3)^2)/4))*lap(u) + s*D", True),
                                    ("spectral", 0.2, "(1 - 0.9*exp(-((x - 7)^2 + (y - 3)^2)/4))*lap(u) + s*D", False),
                                    ("spectral", 0.2, "(1 - (x/32)^2)*lap(u) + s*D", False),  # zero at one site, by rounding
                                    ("spectral", 0.2, "(D + 0.5*cos(t*1500))*lap(u)", True), ("spectral", 0.2, "-D*lap(lap(u)) - lap(u)", False),
                                    ("spectral", 0.5, "-D*lap(lap(u)) - lap(u)", True),
                                    ("lattice", 0.5, "D*lap(u) + e*u", True), ("lattice", 0.2, "D*lap(u) + e*u", False)):
        path = write(directory, "a.yaml", placed.format(space=space, s=s, equation=equation))
        run = weft("check", path)
        check(run.returncode == (2 if bad and space == "spectral" else 0), f"{space}, s = {s}, {equation}: {run.stderr}")
        check(("ill posed at " in run.stderr) == bad, f"{space}, s = {s}, {equation}: {run.stderr}")
        if bad and space == "spectral":
            three = weft("check", path, ranks=3)
            check(three.returncode == 2 and three.stderr.split("\n")[0] == run.stderr.split("\n")[0], f"3 ranks: {three.stderr}")

    # a parameter that stands in no formula; in the start, in an observable, in a constraint it does
    for name, unused in (("r", True), ("u0", True), ("a", False), ("b", False), ("c", False), ("start", False)):
        run = weft("check", write(directory, "a.yaml", f"""{HEAD}equation:
  fields: [u]
  parameters: {{{name}: 1.0}}
  equations: ["p - {'c' if name == 'c' else '2'}*lap(p) = u", "dt(u) = lap(u) + p - {'a' if name == 'a' else 'exp(-1)'}*u"]
  observables: {{m: "mean(u)*{'b' if name == 'b' else '1'}"}}
initial: {{type: formula, u: "{'start' if name == 'start' else '1'}*normal"}}
time: {{stepper: etdrk4, dt: 0.01, end: 0.01}}
"""))
        check(run.returncode == 0 and ("stands in no formula" in run.stderr) == unused, f"parameter {name}: {run.stderr}")

    # dt: auto on a lattice: the linear part of the largest rate, from NumPy's matrix of the whole lattice
    lattice = """model: equation
grid: {{n: [32], length: [32.0]}}
equation:
  fields: [u, v]
  space: lattice
  equations:
    - "dt(u) = 7*lap(u) - u^3 + v"
    - "dt(v) = 2*lap(v) + 0.5*(u[1] - u[-1]) - v"
initial: {{type: formula, u: 0.5*normal, v: normal}}
time: {{dt: auto, end: 5.0, stepper: {stepper}}}
observe: {{every: 1.0, list: [max(u), min(u), variance(v)]}}
"""
    shift = np.roll(np.eye(32), 1, axis=0)
    lap, eye = shift + shift.T - 2 * np.eye(32), np.eye(32)
    largest = np.abs(np.linalg.eigvals(np.block([[7 * lap, eye], [0.5 * (shift.T - shift), 2 * lap - eye]]))).max()
    out = os.path.join(directory, "auto")
    run = weft("run", write(directory, "auto.yaml", lattice.format(stepper="rk4")), "-q", "--out", out)
    check(run.returncode == 0, f"dt: auto: {run.stderr}")
    with h5py.File(os.path.join(out, "series.nc")) as file:
        dt = float(np.asarray(file.attrs["dt"])) if "dt" in file.attrs else None
        check(np.abs(file["max_u"][...]).max() < 5, "a bounded solution")
    shown = weft("check", os.path.join(directory, "auto.yaml"))
    found = re.search(r"dt\D*([0-9.e-]+)", shown.stdout)
    dt = dt or float(found.group(1))
    check(0.3 * 2.78 / largest < dt < 2.78 / largest, f"dt {dt}; stable below {2.78 / largest:.4g}")
    # twice the limit is warned of
    long = lattice.format(stepper="rk4").replace("dt: auto", "dt: 0.25")
    run = weft("check", write(directory, "long.yaml", long))
    check("may be unstable" in run.stderr, f"a step that is too long: {run.stderr}")
    # so it is with noise, for each stepper that takes it; dt: auto keeps the variance of the exact law,
    # mean over modes of D/(1 + 2*7*(1 - cos k)) per cell, to a tenth, and 0.9 of what a wrong sign or an unstable step would give
    modes = 1 + 14 * (1 - np.cos(2 * np.pi * np.arange(256) / 256))
    for stepper, noise in (("heun", "0.1*xi"), ("sra1", "0.1*xi"), ("euler_maruyama", "0.1*xi"), ("leimkuhler_matthews", "0.1*xi"),
                           ("euler_ito", "0.1*sqrt(1 + u^4)*xi")):
        text = f"""model: equation
grid: {{n: [256], length: [256.0]}}
equation: {{fields: [u], space: lattice, equations: ["dt(u) = 7*lap(u) - u + {noise}"]}}
initial: {{type: formula, u: 0.05*normal}}
time: {{stepper: {stepper}, dt: DT, end: 60.0}}
observe: {{every: 1.0, list: [mean(u^2)]}}
"""
        run = weft("check", write(directory, "noisy.yaml", text.replace("DT", "0.5")))
        check(run.returncode == 0 and "may be unstable" in run.stderr, f"{stepper} with a step that is too long: {run.stderr}")
        out = os.path.join(directory, stepper)
        run = weft("run", write(directory, "noisy.yaml", text.replace("DT", "auto")), "-q", "--out", out)
        check(run.returncode == 0 and "unstable" not in run.stderr, f"{stepper} with dt: auto: {run.stderr}")
        with h5py.File(os.path.join(out, "series.nc")) as file:
            power = file["mean_u2"][10:].mean()
        exact = (0.01 / 2 / modes).mean()
        check(abs(power / exact - 1) < 0.2, f"{stepper} with dt: auto: <u^2> = {power:.4g}, expected {exact:.4g}")
        print(stepper, power / exact)

    # in k space nothing bounds a nonlinear term for certain: a message, not a guess
    run = weft("run", write(directory, "k.yaml", HEAD + """equation: {fields: [u], equations: ["dt(u) = lap(u) - u^3"]}
initial: {type: formula, u: normal}
time: {dt: auto, end: 1.0, stepper: etdrk4}
"""), "--out", os.path.join(directory, "k"))
    check(run.returncode == 2 and "time.rtol" in run.stderr, f"dt: auto in k space: {run.stderr}")
end()
