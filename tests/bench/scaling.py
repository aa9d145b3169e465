"""How weft scales: what a step costs and sends, counted and measured in runs on 1, 2 and 4 ranks, and what follows for many ranks.

usage: scaling.py BUILD                measure, and write docs/dev/scaling.json and docs/performance.md
       scaling.py page                 write docs/performance.md from the table that is kept

The model of a step on P ranks, of S sites in all:

    t(P) = c S/P + messages(P) latency + bytes(P)/bandwidth

c is measured on one rank (kernels, transforms, noise). Messages and bytes of a rank are counted in runs on 2 and 4 ranks, and go on
by what they are for: a halo keeps its messages, and its bytes fall with the surface of a block; a transform sends to all other ranks
(an all-to-all), and its bytes fall as 1/P. Latency and bandwidth of this machine are those of messages between two processes; of a
cluster they are assumed, and said.
"""
import json
import os
import subprocess
import sys
import tempfile

import h5py

ENV = dict(os.environ, OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", OMPI_ALLOW_RUN_AS_ROOT="1",
           OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_btl_base_warn_component_unused="0", OMPI_MCA_rmaps_base_oversubscribe="1")
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
TABLE, PAGE = os.path.join(ROOT, "docs", "dev", "scaling.json"), os.path.join(ROOT, "docs", "performance.md")
CLUSTER = {"latency": 2e-6, "bandwidth": 1e9}  # s a message; bytes a second and rank, all ranks of a node at once
RANKS = (16, 64, 256, 1024, 4096)

# Name, sites along each axis in the measurement, at the size that is extrapolated, and the input without its grid.
CASES = (
    ("klein_gordon, strang", (256, 256), (4096, 4096), "length: {length}", """model: klein_gordon
klein_gordon: {{potential: phi4}}
initial: {{type: gaussian, amplitude: 0.5, width: 3.0}}
time: {{stepper: strang, dt: 0.02, end: {end}}}
""", 0.02),
    ("klein_gordon, verlet, fd4", (512, 512), (4096, 4096), "length: {length}", """model: klein_gordon
klein_gordon: {{potential: phi4, laplacian: fd4}}
initial: {{type: gaussian, amplitude: 0.5, width: 3.0}}
time: {{stepper: verlet, dt: 0.02, end: {end}}}
""", 0.02),
    ("kuramoto, noisy ring", (262144,), (16777216,), "", """model: kuramoto
kuramoto: {{coupling: 1.0, phase_lag: 0.3, noise: 0.05}}
initial: {{type: flat}}
time: {{dt: 0.05, end: {end}}}
""", 0.05),
    ("kpz, surface", (512, 512), (4096, 4096), "length: {length}", """model: kpz
kpz: {{nu: 1.0, lambda: 1.0, noise: 0.5}}
initial: {{type: flat}}
time: {{dt: 0.05, end: {end}}}
""", 0.05),
    ("oscillators, noisy ring", (262144,), (16777216,), "", """model: oscillators
oscillators: {{noise: 0.05}}
initial: {{type: flat}}
time: {{dt: 0.05, end: {end}}}
""", 0.05),
    ("cgle, etdrk4", (256, 256), (4096, 4096), "length: {length}", """model: cgle
cgle: {{alpha: 1.5, beta: -0.7}}
initial: {{type: random}}
time: {{stepper: etdrk4, dt: 0.02, end: {end}}}
""", 0.02),
    ("reaction_diffusion, Gray-Scott, rk4", (512, 512), (4096, 4096), "length: {length}", """model: reaction_diffusion
reaction_diffusion:
  species: [U, V]
  reactions:
    - {{reaction: "U + 2 V -> 3 V", rate: 1}}
    - {{reaction: "0 -> U", rate: 0.037}}
    - {{reaction: "U -> 0", rate: 0.037, name: flow}}
    - {{reaction: "V -> 0", rate: 0.097, name: kill}}
  diffusion: {{U: 0.16, V: 0.08}}
initial: {{type: patch, patch: {{U: 0.5, V: 0.25}}, density: {{U: 1}}, radius: 8}}
time: {{dt: 0.5, end: {end}}}
""", 0.5),
    ("holstein, rational windows", (128, 128), (4096, 4096), "", """model: holstein
holstein: {{coupling: 3.5, elastic: 0.18, mass: 5, damping: 0.2, temperature: 0.1, force_tolerance: 1e-2}}
initial: {{type: random, Q_sd: 5.27, P_sd: 5}}
time: {{stepper: verlet_ou, dt: 0.05, end: {end}}}
""", 0.05),
)
STEPS = 400


def product(numbers):
    result = 1
    for n in numbers:
        result *= n
    return result


def measure(build, folder, case, ranks):
    """Seconds of work a step (the mean of the ranks), seconds of a step, messages and bytes a step."""
    name, n, _, length, text, dt = case
    grid = f"n: {list(n)}" + (", " + length.format(length=[float(x) for x in n]) if length else "")
    path, out = os.path.join(folder, "input.yaml"), os.path.join(folder, f"out{ranks}")
    with open(path, "w", encoding="ascii") as file:
        file.write(text.format(end=dt * STEPS) + f"grid: {{{grid}}}\nobserve: {{every: {dt * STEPS}}}\n")
    done = subprocess.run(["mpirun", "-n", str(ranks), os.path.join(build, "weft"), "run", path, "--out", out, "--overwrite", "-q"],
                          env=ENV, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{name} on {ranks} ranks: {done.stderr}")
    with h5py.File(os.path.join(out, "series.nc")) as file:
        a = file.attrs
        parts = {key: float(a["seconds_" + key][1]) for key in ("kernels", "transforms", "noise", "halo", "reductions", "waiting", "other")}
        work = (parts["kernels"] + parts["transforms"] + parts["noise"] + parts["other"]) / STEPS
        return {"work": work, "step": sum(parts.values()) / STEPS, "messages": float(a["messages_per_step"]),
                "bytes": float(a["bytes_per_step"])}


def sends(case, p, sites):
    """Messages and bytes of a rank and step on p ranks, from those counted on two and four."""
    two = case["ranks"]["2"]
    n, dim = case["n"], len(case["n"])
    if p == 1:
        return 0.0, 0.0
    if case["transforms"]:  # an all-to-all; each rank holds 1/p, and keeps 1/p of that
        volume = two["bytes"] / (0.5 * 0.5 * product(n))
        return two["messages"] * (p - 1), volume * sites / p * (1 - 1 / p)
    # a halo of blocks that are nearly cubes: a side is n/p^(1/dim); two ranks cut one axis
    faces = two["messages"]                 # messages of one cut axis
    layer = two["bytes"] / product(n[1:])  # bytes of a site of the two faces
    side = (sites / p) ** (1 / dim)
    return faces * dim, layer * dim * side ** (dim - 1)


def predict(case, p, sites, net):
    messages, data = sends(case, p, sites)
    return {"work": case["c"] * sites / p, "messages": messages * net["latency"], "bytes": data / net["bandwidth"]}


def efficiency(case, p, sites, net):
    """Strong: of sites shared out over p; weak: of as many sites a rank as 16 ranks have."""
    strong = case["c"] * sites / p / sum(predict(case, p, sites, net).values())
    weak = sum(predict(case, 16, sites, net).values()) / sum(predict(case, p, sites * p / 16, net).values())
    return strong, weak


def breaks(case, p, sites, net):
    """What takes most of a step on p ranks."""
    parts = predict(case, p, sites, net)
    words = {"work": "work", "messages": "the number of messages", "bytes": "the bytes of messages"}
    return words[max(parts, key=parts.get)]


def measured(build):
    table = {"cases": [], "cluster": CLUSTER}
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            ranks = {str(p): measure(build, folder, case, p) for p in (1, 2, 4)}
            table["cases"].append({"name": case[0], "n": list(case[1]), "large": list(case[2]), "ranks": ranks,
                                   "c": ranks["1"]["work"] / product(case[1]),
                                   "transforms": ranks["4"]["messages"] > 2.5 * ranks["2"]["messages"]})
            print(case[0], json.dumps(ranks), flush=True)
    return table


def text(table):
    """The page."""
    net = table["cluster"]
    out = ["# Performance on many ranks", "",
           "This page is written by `cmake --build --preset release --target scaling` from runs on 1, 2 and 4 ranks of one machine "
           "(two cores: what 4 ranks send is counted, not timed). [speed](dev/speed.md) has what one core does.", "",
           "A step of S sites on P ranks takes", "", "    t(P) = c S/P + messages(P) latency + bytes(P)/bandwidth,", "",
           "where c is the work on a site, measured on one rank, and messages and bytes are those that one rank sends in a step. A halo needs the same messages on any "
           "number of ranks, and fewer bytes the smaller a block is. A transform on slabs sends a message to every other rank.", "",
           "| | work, ns a site | messages on 2 and 4 ranks | kB on 2 and 4 ranks | on 2 ranks: work measured over c S/2 |", "|---|---|---|---|---|"]
    for case in table["cases"]:
        r = case["ranks"]
        ratio = r["2"]["work"] / (case["c"] * product(case["n"]) / 2)
        out.append(f"| {case['name']}, {' x '.join(map(str, case['n']))} | {case['c'] * 1e9:.2f} | {r['2']['messages']:.3g}, {r['4']['messages']:.3g} | "
                   f"{r['2']['bytes'] / 1e3:.3g}, {r['4']['bytes'] / 1e3:.3g} | {ratio:.2f} |")
    out += ["", f"For a cluster with {net['latency'] * 1e6:g} us a message and {net['bandwidth'] / 1e9:g} GB/s for each rank while all ranks of a node send, both assumed, the share of "
            "time that is work (strong: the lattice below shared out; weak: as many sites on each rank as 16 ranks have of it, against 16 ranks):", "",
            "| | " + " | ".join(f"{p} ranks" for p in RANKS) + " | what grows first |", "|---|" + "---|" * (len(RANKS) + 1)]
    for case in table["cases"]:
        sites = product(case["large"])
        cells = [f"{a:.0%}, {b:.0%}" for a, b in (efficiency(case, p, sites, net) for p in RANKS)]
        out.append(f"| {case['name']}, {' x '.join(map(str, case['large']))} | " + " | ".join(cells) + f" | {breaks(case, RANKS[-1], sites, net)} |")
    out += ["", "Each cell: strong, weak. Transforms in two dimensions use at most as many ranks as there are rows; in three, pencils go on ([grid](dev/grid.md)), whose messages go to a row or a column of ranks only. Sums of observables are made at records only, and "
            "cost about log2(P) messages each. Replicas and points of scans send nothing while they run: they scale until they are shared out."]
    if table.get("large"):
        import large
        out += large.text(table["large"])
    return "\n".join(out) + "\n"


def keep(table):
    with open(TABLE, "w", encoding="utf-8") as file:
        json.dump(table, file, indent=1)
        file.write("\n")
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text(table))


def main():
    if sys.argv[1] != "page":
        with open(TABLE, encoding="utf-8") as file:
            before = json.load(file)
        keep({**measured(sys.argv[1]), "large": before.get("large", [])})
    with open(TABLE, encoding="utf-8") as file:
        page = text(json.load(file))
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(page)


if __name__ == "__main__":
    main()
