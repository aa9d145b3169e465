"""Nothing is allocated in the time loop: valgrind counts as many allocations for twice as many steps (a handful may come and
go with the clock: progress and the log)."""
import re
import shutil

from program import WEFT, check, end, os, scratch, subprocess, write

INPUT = """model: equation
grid: {n: [32], length: [20.0]}
equation: {fields: [u], space: SPACE, equations: ["dt(u) = lap(u) + u - u^3 - mean(u)*u + u*dx(u)"]}
initial: {type: formula, u: 0.1*normal}
time: {dt: 0.01, end: END}
observe: {every: END}
"""
with scratch() as directory:
    if not shutil.which("valgrind") or not os.environ.get("WEFT_SLOW"):
        print("skipped: valgrind is not here, or WEFT_SLOW is not set")
        check(True, "")
    for space in ("spectral", "lattice") if shutil.which("valgrind") and os.environ.get("WEFT_SLOW") else ():
        counts = []
        for steps in ("1.0", "2.0"):
            path = write(directory, "a.yaml", INPUT.replace("SPACE", space).replace("END", steps))
            run = subprocess.run(["valgrind", "--leak-check=no", WEFT, "run", path, "-q", "--out", os.path.join(directory, space + steps)],
                                 capture_output=True, text=True)
            found = re.search(r"total heap usage: ([0-9,]+) allocs", run.stderr)
            check(run.returncode == 0 and found, f"{space}: {run.stderr[-500:]}")
            counts.append(int(found.group(1).replace(",", "")) if found else 0)
        check(abs(counts[1] - counts[0]) < 50, f"{space}: {counts[0]} allocations for 100 steps, {counts[1]} for 200")
        print(space, counts)
end()
