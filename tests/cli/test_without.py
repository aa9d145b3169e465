"""A build without an optional library refuses what needs it by name, says what to install, and offers nothing of it."""
import re

from program import *

RATES = """model: reaction_diffusion
grid: {n: [16], length: [16]}
reaction_diffusion: {species: [U], diffusion: {U: 1}, reactions: [{reaction: U -> 0, rate: 1}]}
initial: {type: homogeneous, density: 1.0}
time: {end: 1, stepper: STEPPER}
"""
ELECTRONS = """model: holstein
grid: {n: [SIZE, SIZE]}
holstein: {coupling: 1, temperature: 0.5, force: FORCE}
initial: {type: random, Q_sd: 0.1}
time: {end: 0.1, dt: 0.05, stepper: verlet}
observe: {every: 0.1, list: [LIST]}
"""


def refused(folder, library, place, debian, text):
    path = write(folder, "input.yaml", text)
    run = weft("run", path, "--out", os.path.join(folder, "out"))
    if has(library):
        check(run.returncode == 0, f"{library}: {run.stderr}")
        shutil.rmtree(os.path.join(folder, "out"))
        return
    lines = [line for line in run.stderr.splitlines() if line and not line.startswith("    ")]  # the others show the place
    check(run.returncode == 2 and len(lines) == 1, f"{library}: {run.returncode} {run.stderr}")
    for word in (place, debian, f"-DWEFT_WITH_{library}=ON"):
        check(word in re.sub(r"(yaml:\d+):\d+:", r"\1:", run.stderr), f"{library}: '{word}' is not in: {run.stderr}")
    check(not os.path.exists(os.path.join(folder, "out")), f"{library}: something is left behind")


def offered():
    """What is missing is listed as missing, and is no choice of a template."""
    for name in ("petsc_arkimex", "petsc_bdf", "petsc_rosw"):
        lines = [line for line in weft("steppers").stdout.split("\n") if line.startswith(name)]
        check(len(lines) == 1 and ("needs PETSc, without" in lines[0]) != has("PETSC"), f"{name}: {lines}")
        template = weft("params", "reaction_diffusion", "--template").stdout
        check((name in template) == has("PETSC"), f"{name} in the template")


with scratch() as folder:
    for stepper in ("petsc_arkimex", "petsc_bdf", "petsc_rosw"):
        refused(folder, "PETSC", "input.yaml:5: time.stepper: " + stepper, "petsc-dev", RATES.replace("STEPPER", stepper))
    electrons = ELECTRONS.replace("FORCE", "dense")
    refused(folder, "LAPACK", "input.yaml:3: holstein.force", "libopenblas-dev", electrons.replace("SIZE", "6").replace("LIST", "energy"))
    electrons = ELECTRONS.replace("FORCE", "chebyshev").replace("LIST", "gap")
    refused(folder, "LAPACK", "input.yaml:6:", "libopenblas-dev", electrons.replace("SIZE", "20"))
    refused(folder, "SLEPC", "input.yaml:6:", "slepc-dev", electrons.replace("SIZE", "36"))
    offered()
end()
