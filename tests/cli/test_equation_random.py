"""Random equations: every right-hand side that weft makes of a text equals, to 1e-11, what an
evaluator in NumPy makes of the same random expression, on the same random fields. The evaluator
knows nothing of linear parts, graphs and programs: it goes through the expression as it was drawn
and takes a transform for each derivative."""
import numpy as np

from equation_draws import Draw
from program import check, end, os, scratch, subprocess, WEFT, write

COUNT = 800  # of which about a third are ill posed, and refused

rng = np.random.default_rng(20261128)
with scratch() as directory:
    draws = []
    with open(os.path.join(directory, "list"), "w", encoding="utf-8") as listing:
        for i in range(COUNT):
            draws.append(Draw(rng))
            write(directory, f"{i}.yaml", draws[-1].yaml(i + 1))
            listing.write(f"{directory}/{i}.yaml {directory}/{i}.bin\n")
    tool = os.path.join(os.path.dirname(WEFT), "tests", "tool_equation_rhs")
    done = subprocess.run([tool, os.path.join(directory, "list")], capture_output=True, text=True)
    check(done.returncode == 0, f"the tool: {done.stderr}")
    worst, evaluated = 0.0, 0
    for i, d in enumerate(draws):
        path = os.path.join(directory, f"{i}.bin")
        if not os.path.exists(path):
            check(False, f"equation {i} was not evaluated: {d.yaml(i + 1)}")
            break
        data = np.fromfile(path)
        if not data.size:
            continue
        evaluated += 1
        data = data.reshape([-1, *d.n])
        n = len(data) // 2
        # fields in which each number is rounded another way: what NumPy's own rounding may amount to, as in lap(v - v + w - w)
        shaken = d.expected(data[:n] * (1 + 2.0 ** -52 * rng.integers(-1, 2, data[:n].shape)))
        for j, (mine, theirs, other) in enumerate(zip(data[n:], d.expected(data[:n]), shaken)):
            scale = max(np.abs(theirs).max(), 1.0)
            error = np.abs(mine - theirs).max() / scale
            worst = max(worst, error)
            check(error < 1e-11 + 20 * np.abs(theirs - other).max() / scale, f"equation {i}, component {j}: off by {error:.3g} of {scale:.3g}\n{d.yaml(i + 1)}")
    check(evaluated >= 500, f"{evaluated} equations were evaluated")
    print(f"{evaluated} equations, largest difference {worst:.3g}")
end()
