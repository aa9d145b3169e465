"""Names that stand twice in the next name, forty deep: 2^40 ways lead to the first one. What goes over the graph goes over each
node once, so that reading and running such an equation takes no longer than any other."""
from program import check, end, os, scratch, subprocess, WEFT, write

DEPTH = 40
CASES = {  # the first name; the next one from A; space; more keys
    "sum and operator": ("u^2", "0.1*A + 1e-3*lap(A)", "spectral", ""),
    "mean": ("u^2", "0.5*mean(A) + 1e-3*A", "spectral", ""),
    "additive noise": ("xi", "0.5*A + 1e-3*dx(A)", "spectral", ""),
    "noise in a condition": ("xi*u", "where(u, A, 0.3*A)", "spectral", ""),
    "neighbours": ("u[1]^2", "0.3*A + 0.1*A*u", "lattice", ""),
    "noise on a lattice": ("u*xi", "0.3*A + 0.1*A*u", "lattice", ""),
    "Stratonovich": ("u*xi", "0.3*A + 0.1*sin(u)*A", "lattice", "  noise: stratonovich\n"),
}
with scratch() as folder:
    for name, (first, step, space, more) in CASES.items():
        lines = [f"a0 = {first}"] + [f"a{k} = " + step.replace("A", f"a{k - 1}") for k in range(1, DEPTH)]
        lines.append(f"dt(u) = lap(u) + a{DEPTH - 1}")
        equations = "".join(f'    - "{line}"\n' for line in lines)
        path = write(folder, "a.yaml", f"model: equation\ngrid: {{n: [16], length: [16.0]}}\nequation:\n  fields: [u]\n  space: {space}\n"
                     f"{more}  equations:\n{equations}initial: {{type: formula, u: 0.1*normal}}\ntime: {{dt: 1.0e-3, end: 2.0e-3}}\n")
        try:
            run = subprocess.run([WEFT, "run", path, "-q", "--overwrite", "--out", os.path.join(folder, "out")], capture_output=True,
                                 text=True, timeout=60)
            check(run.returncode == 0, f"{name}: {run.stderr}")
        except subprocess.TimeoutExpired:
            check(False, f"{name}: not done after a minute")
end()
