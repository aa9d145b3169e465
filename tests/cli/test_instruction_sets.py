"""Equal bits from builds for different instruction sets: the program as it is built against another build of it, for AVX2
where this CPU has AVX-512 and the program was built for it, else for SSE2 (x86-64-v2); and against itself where the C
library is made to use its functions for old CPUs, whose results differ in the last bit."""
import platform

from program import *

# glibc chooses a variant of exp, log, sin, ... by the CPU; this is its choice for one without these
OLD_CPU = "glibc.cpu.hwcaps=-AVX2,-FMA,-FMA4,-AVX512F,-AVX512VL"
FRONT = "mean, width2, moment3, velocity, height_pdf, correlation, covariance"
CASES = {
    "kuramoto, white and columnar noise, phase lag": f"""model: kuramoto
grid: {{n: [1500]}}
kuramoto: {{noise: 0.2, phase_lag: 0.4, disorder_type: gaussian, disorder: 0.2}}
initial: {{type: stationary}}
time: {{stepper: leimkuhler_matthews, dt: 0.05, end: 10.0}}
observe: {{every: 1.0, list: [{FRONT}, order_parameter, slip_rate, locked, cluster_sizes, width2_folded, structure_factor]}}
output: {{fields_every: 5.0, fields: [phase, omega]}}
ensemble: {{replicas: 3}}
""",
    "kuramoto, chain with harmonics and Lorentzian quantiles": f"""model: kuramoto
grid: {{n: [16, 100]}}
kuramoto: {{noise: 0.1, topology: chain, harmonics: [0.3], disorder_type: lorentzian, disorder: 0.1, disorder_draw: quantiles}}
initial: {{type: random}}
time: {{stepper: heun, dt: 0.05, end: 5.0}}
observe: {{every: 1.0, list: [{FRONT}, order_parameter]}}
output: {{fields_every: 5.0, fields: [phase, omega]}}
""",
    "kuramoto, all to all": """model: kuramoto
grid: {n: [500]}
kuramoto: {phase_lag: 0.3, topology: all_to_all, disorder_type: gaussian, disorder: 0.3, disorder_draw: quantiles}
initial: {type: random}
time: {stepper: rk4, dt: 0.05, end: 5.0}
observe: {every: 1.0, list: [order_parameter, frequency_spread]}
output: {fields_every: 5.0, fields: [phase]}
""",
    "kpz, lam_shin": f"""model: kpz
grid: {{n: [1500], length: [750.0]}}
kpz: {{lambda: 1.5, noise: 0.2, disorder_type: uniform, disorder: 0.1}}
initial: {{type: stationary}}
time: {{stepper: sra1, dt: 0.02, end: 4.0}}
observe: {{every: 0.4, list: [{FRONT}, gradient2, structure_factor_log]}}
output: {{fields_every: 2.0, fields: [height, eta]}}
ensemble: {{normals: single}}
""",
    "oscillators, Stuart-Landau": f"""model: oscillators
grid: {{n: [800]}}
oscillators: {{shear: 0.5, reactive: 0.2, noise: 0.02, disorder_type: gaussian, disorder: 0.1}}
initial: {{type: random}}
time: {{stepper: sra1, dt: 0.02, end: 5.0}}
observe: {{every: 1.0, list: [{FRONT}, order_parameter, amplitude]}}
output: {{fields_every: 5.0, fields: [u, v, phase]}}
""",
    "oscillators, van der Pol": """model: oscillators
grid: {n: [300]}
oscillators: {kind: van_der_pol, noise: 0.02}
initial: {type: random}
time: {stepper: euler_maruyama, dt: 0.01, end: 5.0}
observe: {every: 1.0, list: [width2, order_parameter]}
output: {fields_every: 5.0, fields: [u, v, phase]}
""",
    "reaction_lattice, exact": """model: reaction_lattice
grid: {n: [64, 64]}
""" + LOTKA_VOLTERRA + """time: {end: 10}
observe: {every: 1.0, list: [density]}
""",
    "reaction_lattice, fast": """model: reaction_lattice
grid: {n: [64, 128]}
""" + LOTKA_VOLTERRA.replace("hopping", "method: fast\n  hopping") + """time: {end: 10}
observe: {every: 1.0, list: [density, events]}
output: {fields_every: 5.0}
""",
    "reaction_lattice, unlimited sites": """model: reaction_lattice
grid: {n: [32, 32]}
reaction_lattice:
  species: [A, B]
  capacity: 0
  method: rdme
  hopping: 1.0
  reactions: [{reaction: A -> 0, rate: 0.1}, {reaction: B -> 2 B, rate: 0.5}, {reaction: A + B -> 2 A, rate: 0.2}]
initial: {type: random, density: {A: 2.3, B: 3.2}}
time: {end: 10}
observe: {every: 1.0, list: [density, events]}
output: {fields_every: 2.0}
""",
    "reaction_lattice, Monte Carlo steps": """model: reaction_lattice
grid: {n: [64, 64]}
reaction_lattice: {species: [A], clock: mcs, hopping: 0.5, reactions: [{reaction: A -> 0, rate: 0.1}, {reaction: A -> 2 A, rate: 0.3}]}
initial: {type: random, density: {A: 0.4}}
time: {end: 20}
observe: {every: 1.0, list: [density]}
output: {fields_every: 5.0}
""",
    "reaction_diffusion, directed percolation": """model: reaction_diffusion
grid: {n: [4096], length: [4096]}
reaction_diffusion: {species: [A], noise: dp, sigma: 1, diffusion: {A: 1}, reactions: [{reaction: A -> 2 A, rate: 1.2}, {reaction: 2 A -> A, rate: 0.5}]}
initial: {type: homogeneous, density: {A: 1}}
time: {dt: 0.1, end: 10}
observe: {every: 0.1, list: []}
output: {fields_every: 0.1}
""",
    "klein_gordon, finite differences": """model: klein_gordon
grid: {n: [64, 100], length: [16.0, 25.0]}
klein_gordon: {potential: phi4, laplacian: fd4}
initial: {type: bubble, amplitude: 1.5, width: 2.0}
time: {stepper: verlet, dt: 0.05, end: 10.0}
observe: {every: 1.0, list: [energy, phi_max]}
output: {fields_every: 5.0}
""",
    "klein_gordon, a kink into a sponge": """model: klein_gordon
grid: {n: [200], length: [60.0]}
klein_gordon: {potential: phi6, laplacian: fd4, boundary: absorbing}
initial: {type: kink, velocity: 0.4, center: -5.0}
time: {stepper: verlet, dt: 0.05, end: 20.0}
observe: {every: 5.0, list: [energy, phi_max, shannon, renyi(2), resolution]}
output: {fields_every: 5.0}
""",
    "klein_gordon, a breather": """model: klein_gordon
grid: {n: [200], length: [60.0]}
klein_gordon: {potential: sine_gordon, laplacian: fd8, boundary: neumann}
initial: {type: breather, frequency: 0.6}
time: {stepper: verlet, dt: 0.05, end: 20.0}
observe: {every: 5.0, list: [energy, phi_max]}
output: {fields_every: 5.0}
""",
    "klein_gordon, a pair of kinks": """model: klein_gordon
grid: {n: [200], length: [60.0]}
klein_gordon: {potential: double_sine_gordon, eta: 2.0, laplacian: fd2, boundary: neumann}
initial: {type: kink_antikink, velocity: 0.3, separation: 15}
time: {stepper: verlet, dt: 0.05, end: 20.0}
observe: {every: 5.0, list: [energy, phi_max]}
output: {fields_every: 5.0}
""",
    "klein_gordon, a lattice of kinks": """model: klein_gordon
grid: {n: [200], length: [60.0]}
klein_gordon: {potential: phi4, laplacian: fd4}
initial: {type: kink_lattice, kinks: 4}
time: {stepper: verlet, dt: 0.05, end: 20.0}
observe: {every: 5.0, list: [energy, phi_max]}
output: {fields_every: 5.0}
""",
    "klein_gordon, a mode": """model: klein_gordon
grid: {n: [64], length: [60.0]}
klein_gordon: {potential: phi4, laplacian: fd4}
initial: {type: mode, k: [3], amplitude: 0.5}
time: {stepper: verlet, dt: 0.05, end: 20.0}
observe: {every: 5.0, list: [energy, phi_max]}
output: {fields_every: 5.0}
""",
    "cgle, a spiral": """model: cgle
grid: {n: [40, 40], length: [40.0, 40.0]}
cgle: {scheme: fd2, alpha: 0.5, beta: -1.0, boundary: neumann}
initial: {type: spiral}
time: {stepper: rk4, dt: 0.02, end: 4.0}
observe: {every: 1.0, list: [amplitude, wavenumber, spiral_cores]}
output: {fields_every: 2.0}
""",
    "cgle, a plane wave": """model: cgle
grid: {n: [64], length: [40.0]}
cgle: {scheme: fd2, alpha: 0.5, beta: -1.0}
initial: {type: plane_wave, mode: 3}
time: {stepper: rk4, dt: 0.02, end: 4.0}
observe: {every: 1.0, list: [amplitude, wavenumber]}
output: {fields_every: 2.0}
""",
    "reaction_diffusion, a front of finite width": """model: reaction_diffusion
grid: {n: [100], length: [50.0]}
reaction_diffusion: {species: [A], reactions: [{reaction: A -> 2 A, rate: 1}, {reaction: 2 A -> A, rate: 1}], diffusion: 1, boundary: neumann}
initial: {type: front, left: 1, right: 0, position: -10, width: 3}
time: {stepper: rk4, dt: 0.05, end: 5}
observe: {every: 1, list: [density_A, front_position_A]}
output: {fields_every: 1}
""",
}

# transforms depend on the CPU, so that these are only compared where another libm is used
SPECTRAL = {
    "klein_gordon, rotations": """model: klein_gordon
grid: {n: [32, 50], length: [16.0, 25.0]}
klein_gordon: {potential: phi4, damping: 0.02}
initial: {type: bubble, amplitude: 1.5, width: 2.0}
time: {stepper: STEPPER, dt: 0.05, end: 10.0}
observe: {every: 1.0, list: [energy, phi_max]}
output: {fields_every: 5.0}
""",
    "cgle, etdrk4": """model: cgle
grid: {n: [64], length: [60.0]}
cgle: {alpha: 1.5, beta: -1.0}
initial: {type: plane_wave, mode: 3}
time: {stepper: etdrk4, dt: 0.1, end: 20.0}
observe: {every: 1.0, list: [amplitude, wavenumber]}
output: {fields_every: 5.0}
""",
    "kpz, etd_heun": """model: kpz
grid: {n: [128], length: [64.0]}
kpz: {lambda: 1.5, noise: 0.2, scheme: spectral}
initial: {type: stationary}
time: {stepper: etd_heun, dt: 0.05, end: 4.0}
observe: {every: 0.4, list: [width2]}
output: {fields_every: 2.0}
""",
    "equations, matrices": """model: equation
grid: {n: [64], length: [40.0]}
equation:
  fields: [u, v]
  equations: ["dt(u) = lap(u) + 0.3*lap(v) + u - u^3 - v", "dt(v) = 2*lap(v) - 0.2*v + u"]
initial: {type: formula, u: "0.1*sin(2*pi*x/40)", v: "0.1*cos(4*pi*x/40)"}
time: {stepper: STEPPER, dt: 0.05, end: 5.0}
observe: {every: 1.0, list: [mean(u), variance(v)]}
output: {fields_every: 5.0}
""",
}
for case, steppers in (("klein_gordon, rotations", ("split4", "split6", "strang")), ("equations, matrices", ("etdrk4", "etd_heun"))):
    text = SPECTRAL.pop(case)
    SPECTRAL.update({f"{case}, {stepper}": text.replace("STEPPER", stepper) for stepper in steppers})


def flags():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        return set(next(line for line in file if line.startswith("flags")).split())


def other_architecture():
    """What the program is compared with; None with a reason where there is nothing to compare."""
    if platform.machine() != "x86_64":
        return None, f"no second instruction set is known for {platform.machine()}"
    ours = weft("info", "--build").stdout
    wide = "avx512f" in flags() and ("-march=native" in ours or "-march=x86-64-v4" in ours)
    return ("x86-64-v3" if wide else "x86-64-v2"), ours.split("\n")[1]


def build(architecture, folder):
    """The program for another architecture; its path."""
    options = [f"-DWEFT_ARCH={architecture}", "-DWEFT_TESTS=OFF", "-DCMAKE_BUILD_TYPE=Release"]
    for command in (["cmake", "-S", SOURCE, "-B", folder, *options],
                    ["cmake", "--build", folder, "--target", "weft_program", "--parallel", "2"]):
        out = subprocess.run(command, capture_output=True, text=True)
        check(out.returncode == 0, f"{' '.join(command)}: {out.stdout[-500:]}{out.stderr[-1000:]}")
    return os.path.join(folder, "weft")


def told(tunables):
    """What the program says of its build; a shared library for several processors is chosen by the loader."""
    return subprocess.run([WEFT, "--version"], capture_output=True, text=True, env=dict(os.environ, GLIBC_TUNABLES=tunables)).stdout


architecture, why = other_architecture()
if architecture is None:
    print(f"left out: {why}")
    sys.exit(77)
with scratch() as folder:
    print(f"{why} against {architecture}")
    other = build(architecture, os.path.join(folder, "build"))
    one_library = told("") == told(OLD_CPU)
    if not one_library:
        print("left out: transforms with another libm, for which the loader takes another library of weft")
    for number, (name, text) in enumerate((CASES | (SPECTRAL if one_library else {})).items()):
        path = write(folder, f"case{number}.yaml", text)
        outs = []
        for program, tunables in ((WEFT, ""), (other if name in CASES else WEFT, ""), (WEFT, OLD_CPU)):
            outs.append(os.path.join(folder, f"out{len(outs)}-{number}"))
            run = subprocess.run([program, "run", path, "--out", outs[-1], "-q"], capture_output=True, text=True, timeout=300,
                                 env=dict(os.environ, GLIBC_TUNABLES=tunables))
            check(run.returncode == 0, f"{name}: code {run.returncode}: {run.stderr}")
        for file in ("series.nc", "fields.nc"):
            for out, what in ((outs[1], architecture), (outs[2], "another libm")):
                if os.path.exists(os.path.join(outs[0], file)):
                    difference = same(os.path.join(outs[0], file), os.path.join(out, file))
                    check(difference == "", f"{name}: {file}, {what}: {difference}")
end()
