"""Spectral runs on more ranks than the slowest of three axes has points: the results of one rank, and resumes from pencils
on slabs and back."""
from program import *

FIELD = """model: klein_gordon
grid: {n: [2, 8, 9], length: [2.0, 8.0, 9.0]}
klein_gordon: {potential: phi4, dealias: 2/3}
initial: {type: random, amplitude: 1.0, k_max: 4}
time: {stepper: split4, dt: 0.05, end: 2}
observe: {every: 0.5, list: [energy, momentum, phi_max, spectrum]}
output: {fields_every: 1}
"""

FRONT = """model: kpz
grid: {n: [3, 8, 8], length: [3.0, 8.0, 8.0]}
kpz: {lambda: 1, noise: 0.2, scheme: spectral}
initial: {type: flat}
time: {stepper: etd_heun, dt: 0.05, end: 2}
observe: {every: 0.5, list: [mean, width2, structure_factor]}
output: {fields_every: 1}
"""


def run(path, out, ranks, *more):
    done = weft("run", path, "--out", out, "-q", *more, ranks=ranks)
    check(done.returncode == 0, f"{out} on {ranks} ranks: code {done.returncode}: {done.stderr}")


def compare(reference, out, what):
    for name in ("series.nc", "fields.nc"):
        difference = same(os.path.join(reference, name), os.path.join(out, name), 1e-12)
        check(difference == "", f"{what}: {name}: {difference}")


with scratch() as folder:
    for name, text, slabs in (("field", FIELD, 2), ("front", FRONT, 3)):
        path = write(folder, f"{name}.yaml", text)
        reference = os.path.join(folder, f"{name}_1")
        run(path, reference, 0)
        out = os.path.join(folder, f"{name}_4")
        run(path, out, 4)
        compare(reference, out, f"{name} on 4 ranks")
        with h5py.File(os.path.join(out, "series.nc")) as file:
            check(file.attrs["rank_layout"] in ("4 ranks, 2 x 2 x 1", b"4 ranks, 2 x 2 x 1"), f"{name}: layout of 4 ranks")

        # half of the run with a checkpoint at every step, the other half on another layout
        for first, then in ((4, slabs), (slabs, 4)):
            out = os.path.join(folder, f"{name}_{first}_{then}")
            run(path, out, first, "-P", "time.end=1", "-P", "checkpoint.every=1e-6s")
            run(path, out, then, "--resume")
            compare(reference, out, f"{name} on {first}, then {then} ranks")

    for ranks, layout in ((3, "3 x 1 x 1 (slabs)"), (4, "2 x 2 x 1 (pencils)")):
        out = weft("check", path, ranks=ranks)
        check(out.returncode == 0 and f"{ranks} ranks as {layout}" in out.stdout, f"check on {ranks}: {out.stdout}")

    # what even pencils, and slabs in two dimensions, cannot use
    for n, ranks, words in (("[2, 2, 64]", 5, "5 ranks are too many for a grid of 2 x 2 x 64 points cut into slabs or pencils; "
                                              "4 can be used"),
                            ("[3, 64]", 4, "4 ranks are too many for a grid of 3 x 64 points cut into slabs; 3 can be used")):
        path = write(folder, "many.yaml", f"model: kpz\ngrid: {{n: {n}, length: {n}}}\nkpz: {{scheme: spectral}}\ninitial: {{type: flat}}\n"
                                          "time: {stepper: etd_heun, dt: 0.05, end: 1}\nobserve: {every: 1, list: [width2]}\n")
        out = weft("run", path, "--out", os.path.join(folder, "many"), ranks=ranks)
        check(out.returncode == 2 and out.stderr.count(words) == 1, f"too many ranks: {out.returncode}: {out.stderr}")

end()
