"""Nothing is allocated in the time loop: a run of twice as many steps makes as many allocations (a handful may come and go with
the clock: progress and the log). A library that counts them is loaded before the C library."""
from program import WEFT, check, end, os, scratch, subprocess, write

INPUT = """model: equation
grid: {n: [32], length: [20.0]}
equation: {fields: FIELDS, space: SPACE, equations: ["EQUATION"]}
initial: {type: formula, u: 0.1*normal}
time: {dt: 0.001, end: END}
observe: {every: END, list: [mean(re(u))]}
"""
CASES = {
    "spectral": ("[u]", "spectral", "dt(u) = lap(u) + u - u^3 - mean(u)*u + u*dx(u)"),
    "complex": ("{u: complex}", "spectral", "dt(u) = i*lap(u) + u - abs2(u)*u"),
    "noise": ("[u]", "spectral", "dt(u) = lap(u) - u^3 + dx(xi)"),
    "multiplicative": ("[u]", "spectral", "dt(u) = lap(u) - u + 0.1*u*xi"),
    "second order": ("[u]", "spectral", "dtt(u) = lap(u) - sin(u)"),
    "lattice": ("[u]", "lattice", "dt(u) = lap(u) + u - u^3 - mean(u)*u + u[1]*xi"),
    "chain": ("[u]", "lattice", "dtt(u) = u[1] - 2*u + u[-1] - t*dt(u)"),
}
with scratch() as directory:
    for name, (fields, space, equation) in CASES.items():
        counts = []
        for steps in ("1.0", "2.0"):
            path = write(directory, "a.yaml", INPUT.replace("SPACE", space).replace("END", steps).replace("EQUATION", equation)
                         .replace("FIELDS", fields))
            told = os.path.join(directory, "count")
            environment = dict(os.environ, LD_PRELOAD=os.environ["WEFT_COUNT_LIBRARY"], WEFT_ALLOCATIONS=told)
            run = subprocess.run([WEFT, "run", path, "-q", "--overwrite", "--out", os.path.join(directory, "out")], capture_output=True,
                                 text=True, env=environment)
            check(run.returncode == 0, f"{name}: {run.stderr[-500:]}")
            with open(told, encoding="ascii") as file:
                counts.append(int(file.read().split()[0]))
        check(counts[0] > 1000, f"{name}: {counts[0]} allocations in all: they are not counted")
        check(abs(counts[1] - counts[0]) < 50, f"{name}: {counts[0]} allocations for 1000 steps, {counts[1]} for 2000")
        print(name, counts)
end()
