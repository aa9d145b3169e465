"""Every model on many more ranks than cores: the results are those of one rank, to the bit for lattices and differences, to 1e-12
for transforms; an ensemble and a scan too. 16 ranks, or 64 with WEFT_SLOW.

usage: test_many_ranks.py WEFT SOURCE_DIR MPIEXEC
"""
from program import check, end, os, same, same_scan, scratch, weft, write

RANKS = 64 if os.environ.get("WEFT_SLOW") else 16
SPECTRAL = 1e-12

# Name: (relative tolerance, input). Each axis that is cut has at least two sites, or rows, on each of 64 ranks.
CASES = {
    "klein_gordon": (SPECTRAL, """model: klein_gordon
grid: {n: [64, 64], length: [40.0, 40.0]}
klein_gordon: {potential: phi4}
initial: {type: gaussian, amplitude: 0.5, width: 3.0}
time: {stepper: strang, dt: 0.05, end: 1.0}
observe: {every: 0.5}
"""),
    "klein_gordon_fd": (0, """model: klein_gordon
grid: {n: [32, 128], length: [20.0, 80.0]}
klein_gordon: {potential: sine_gordon, laplacian: fd4}
initial: {type: gaussian, amplitude: 0.5, width: 3.0}
time: {stepper: verlet, dt: 0.05, end: 1.0}
observe: {every: 0.5}
"""),
    "kuramoto": (0, """model: kuramoto
grid: {n: [512]}
kuramoto: {coupling: 1.0, phase_lag: 0.3, noise: 0.05}
initial: {type: random}
time: {dt: 0.05, end: 5.0}
observe: {every: 1.0}
"""),
    "kpz": (0, """model: kpz
grid: {n: [64, 64], length: [64, 64]}
kpz: {nu: 1.0, lambda: 1.0, noise: 0.5}
initial: {type: flat}
time: {dt: 0.02, end: 1.0}
observe: {every: 0.5}
"""),
    "oscillators": (0, """model: oscillators
grid: {n: [512]}
oscillators: {noise: 0.05}
initial: {type: flat}
time: {dt: 0.05, end: 2.0}
observe: {every: 1.0}
"""),
    "cgle": (SPECTRAL, """model: cgle
grid: {n: [64, 64], length: [60.0, 60.0]}
cgle: {alpha: 1.5, beta: -0.7}
initial: {type: random}
time: {dt: 0.05, end: 1.0}
observe: {every: 0.5}
"""),
    "reaction_diffusion": (0, """model: reaction_diffusion
grid: {n: [128, 64], length: [128.0, 64.0]}
reaction_diffusion:
  species: [U, V]
  reactions:
    - {reaction: "U + 2 V -> 3 V", rate: 1}
    - {reaction: "0 -> U", rate: 0.037}
    - {reaction: "U -> 0", rate: 0.037, name: flow}
    - {reaction: "V -> 0", rate: 0.097, name: kill}
  diffusion: {U: 0.16, V: 0.08}
initial: {type: patch, patch: {U: 0.5, V: 0.25}, density: {U: 1}, radius: 8}
time: {dt: 0.5, end: 20.0}
observe: {every: 10.0}
"""),
    "reaction_lattice": (0, """model: reaction_lattice
grid: {n: [160, 160]}
reaction_lattice:
  species: [A, B]
  reactions:
    - {reaction: A -> 0, rate: 0.2}
    - {reaction: A + B -> 2 A, rate: 1.0}
    - {reaction: B -> 2 B, rate: 0.5}
initial: {type: random, density: {A: 0.3, B: 0.3}}
time: {end: 2.0}
observe: {every: 1.0}
"""),
    "holstein": (0, """model: holstein
grid: {n: [64, 64]}
holstein: {coupling: 1.5, elastic: 0.2, temperature: 0.4, force_tolerance: 1e-2}
initial: {type: random, Q_sd: 1.0, P_sd: 0.5}
time: {dt: 0.05, end: 0.2}
observe: {every: 0.1}
"""),
    "equation": (0, """model: equation
grid: {n: [64, 64], length: [64.0, 64.0]}
equation:
  fields: [u]
  space: lattice
  equations: ["dt(u) = lap(u) + u - u^3 + 0.1*xi"]
initial: {type: formula, u: 0.1*cos(2*pi*x/64)}
time: {dt: 0.02, end: 0.4}
observe: {every: 0.2}
"""),
}


def run(folder, name, text, ranks, *more):
    path, out = write(folder, name + ".yaml", text), os.path.join(folder, f"{name}_{ranks}")
    done = weft("run", path, "--out", out, "-q", *more, ranks=ranks)
    check(done.returncode == 0, f"{name} on {ranks} ranks: {done.stderr[-400:]}")
    return out if done.returncode == 0 else None


def main():
    with scratch() as folder:
        for name, (tolerance, text) in CASES.items():
            one, many = run(folder, name, text, 1), run(folder, name, text, RANKS)
            if one and many:
                for file in ("series.nc", "fields.nc"):
                    if os.path.exists(os.path.join(one, file)):
                        found = same(os.path.join(one, file), os.path.join(many, file), tolerance)
                        check(not found, f"{name}, {file}, {RANKS} ranks: {found}")
        ring = CASES["kuramoto"][1] + f"ensemble: {{replicas: {RANKS + 3}}}\n"
        one, many = run(folder, "ensemble", ring, 1), run(folder, "ensemble", ring, RANKS)
        if one and many:
            found = same(os.path.join(one, "series.nc"), os.path.join(many, "series.nc"))
            check(not found, f"ensemble on {RANKS} ranks: {found}")
        write(folder, "base.yaml", CASES["kuramoto"][1])
        scan = write(folder, "scan.yaml", f"base: base.yaml\naxes:\n  kuramoto.noise: {{linspace: [0.01, 0.5, {RANKS + 3}]}}\n"
                                          "derive: [\"last(width2)\"]\n")
        for ranks in (1, RANKS):
            out = os.path.join(folder, f"scan_{ranks}")
            for command in ("run", "collect"):
                done = weft("scan", command, scan, "--out", out, "-q", ranks=ranks if command == "run" else 0)
                check(done.returncode == 0, f"scan {command} on {ranks} ranks: {done.stderr[-400:]}")
        found = same_scan(*(os.path.join(folder, f"scan_{ranks}") for ranks in (1, RANKS)))
        check(not found, f"scan on {RANKS} ranks: {found}")


main()
end()
