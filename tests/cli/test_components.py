"""Files that others read without a word: one variable a species, part or component, units that UDUNITS knows, flags of the
type of their variable, attributes that the classic format holds; and starts from either form of a state."""
import xarray

from program import *

RD = """model: reaction_diffusion
grid: {n: [6, 8], length: [6, 8]}
reaction_diffusion:
  species: [U, V]
  diffusion: {U: 1, V: 0.5}
  reactions: [{reaction: U + 2 V -> 3 V, rate: 1}, {reaction: V -> 0, rate: 0.1}]
initial: INITIAL
time: {dt: 0.05, end: 1}
observe: {every: 0.5, list: LIST}
output: {fields_every: 0.5}
"""
LATTICE = """model: reaction_lattice
grid: {n: [16, 16]}
""" + LOTKA_VOLTERRA.replace("{reaction: A -> 0", "{name: death, reaction: A -> 0").replace("hopping", "capacity: 3\n  hopping") + """time: {end: 2}
observe: {every: 1, list: [density, events, density_B]}
output: {fields_every: 1}
ensemble: {seed: 4294967295, replicas: 3, keep: all}
"""
WAVE = """model: klein_gordon
grid: {n: [16, 24], length: [8, 12]}
klein_gordon: {potential: polynomial, components: 2, coefficients: [0, 0, 1, 0, 1]}
initial: {type: gaussian}
time: {dt: 0.05, end: 1}
observe: {every: 0.5, list: [center_of_energy]}
output: {fields_every: 0.5}
"""
CGLE = """model: cgle
grid: {n: [16, 16], length: [16, 16]}
initial: {type: random}
time: {dt: 0.05, end: 1}
observe: {every: 0.5}
output: {fields_every: 0.5}
"""
UDUNITS = {"1", "rad", "s"}


def run(folder, name, source, ranks=0):
    out = os.path.join(folder, name)
    done = weft("run", write(folder, name + ".yaml", source), "--out", out, "-q", "--overwrite", ranks=ranks)
    check(done.returncode == 0, f"{name}: {done.stderr}")
    return [xarray.load_dataset(os.path.join(out, f), decode_times=False) for f in ("series.nc", "fields.nc")]


def classic(path, *options):
    """Does the oldest format hold it?"""
    if not shutil.which("nccopy"):
        return True
    return subprocess.run(["nccopy", *options, "-k", "classic", path, path + ".classic"], capture_output=True).returncode == 0


with scratch() as folder:
    # ---- series: parts of observables; what was asked for by name is there once ----
    source = RD.replace("INITIAL", "{type: homogeneous, density: {U: 1, V: 0.3}}")
    for observed in ("[density]", "[density, density_V]", "[density_V, density]"):
        series, fields = run(folder, "rd", source.replace("LIST", observed))
        check({"density_U", "density_V"} == {v for v in series.data_vars} and series.density_U.dims == ("time",), f"{observed}: {list(series)}")
        for name in ("U", "V"):
            check(np.allclose(series["density_" + name], fields["density_" + name].mean(("y", "x")), rtol=1e-14), f"{observed}: {name}")
    check(fields.density_U.dims == ("time", "y", "x") and fields.density_U.attrs["field"] == "density"
          and fields.density_U.attrs["component"] == "U" and fields.density_U.attrs["symbol"] == "n_{U}", f"fields: {fields}")

    # ---- a start from one dataset a component, and from one for all, on any number of ranks ----
    random = np.random.default_rng(1).random((2, 6, 8))
    ends = []
    for form in ("parts", "whole"):
        path = os.path.join(folder, form + ".h5")
        with h5py.File(path, "w") as file:
            if form == "whole":
                file["density"] = random
            else:
                file["density_U"], file["density_V"] = random
        for ranks in (0, 3):
            _, fields = run(folder, f"start_{form}_{ranks}", RD.replace("INITIAL", f"{{type: file, path: {path}}}").replace("LIST", "[density]"), ranks)
            check(np.array_equal(fields.density_U[0], random[0]) and np.array_equal(fields.density_V[0], random[1]), f"start from {form}")
            ends.append(fields.density_V[-1].values)
    check(all(np.array_equal(e, ends[0]) for e in ends), "ends of starts from either form")
    _, again = run(folder, "again", RD.replace("INITIAL", f"{{type: file, path: {folder}/start_parts_0/fields.nc, record: 1}}").replace("LIST", "[density]"))
    check(np.array_equal(again.density_U[0], xarray.load_dataset(f"{folder}/start_parts_0/fields.nc").density_U[1]), "start from a record")
    with h5py.File(os.path.join(folder, "half.h5"), "w") as file:
        file["density_U"] = random[0]
    done = weft("run", write(folder, "half.yaml", RD.replace("INITIAL", f"{{type: file, path: {folder}/half.h5}}").replace("LIST", "[density]")),
                "--out", os.path.join(folder, "half"))
    check(done.returncode == 2 and "density_V" in done.stderr, f"a component that is not there: {done.returncode}: {done.stderr}")

    # ---- ensembles, events, names; other models ----
    series, fields = run(folder, "lattice", LATTICE)
    names = {"density_A", "density_B", "events_death", "events_r2", "events_r3", "events_hop", "events_exchange"}
    check(names | {n + e for n in names for e in ("_stderr", "_replica")} == set(series.data_vars), f"parts of an ensemble: {sorted(series)}")
    check(np.allclose(series.density_A, series.density_A_replica.mean("replica")), "mean over replicas of a part")
    check({"species_A", "species_B"} == set(fields.data_vars), f"counts: {list(fields)}")
    check(float(series.attrs["seed"]) == 4294967295, f"seed: {series.attrs['seed']}")
    series, fields = run(folder, "wave", WAVE)
    check({"phi_re", "phi_im"} == set(fields.data_vars), f"complex field: {list(fields)}")
    check({"center_of_energy_y", "center_of_energy_x"} == set(series.data_vars), f"directions: {list(series)}")
    _, fields = run(folder, "cgle", CGLE)
    check({"u_re", "u_im"} == set(fields.data_vars), f"cgle: {list(fields)}")

    # ---- scans: parts, short names of axes, labels, flags ----
    write(folder, "base.yaml", LATTICE.replace("replicas: 3, keep: all", "replicas: 2"))
    path = write(folder, "scan.yaml", """base: base.yaml
axes:
  reaction_lattice.reactions.0.rate: {values: [0.1, 0.2]}
  reaction_lattice.reactions.1.rate: {values: [0.5, 0.6, 0.7]}
  initial.type: {values: [random]}
collect: [density]
derive: [last(density_A)]
""")
    out = os.path.join(folder, "scan")
    for command in ("run", "collect"):
        done = weft("scan", command, path, "--out", out, "-q")
        check(done.returncode == 0, f"scan {command}: {done.stderr}")
    data = xarray.load_dataset(os.path.join(out, "scan.nc"), decode_times=False)
    check(data.density_A.dims[0] == "death_rate" and data.density_A.dims[2:] == ("type", "time"), f"axes: {data.density_A.dims}")
    check(np.array_equal(data.last_density_A, data.density_A[..., -1]), "reduction of a part")
    check(data.status.attrs["flag_values"].dtype == data.status.dtype, f"flags: {data.status.attrs['flag_values'].dtype} of {data.status.dtype}")
    check(data["type"].attrs["labels"] == "random" and data.seed.dtype == "f8", "labels and seeds")
    files = [os.path.join(folder, n) for n in ("rd/series.nc", "rd/fields.nc", "lattice/series.nc", "wave/fields.nc")]
    for file in files[:2] + files[3:]:  # replicas and time both grow: the old formats know one such dimension
        check(classic(file), f"{file}: the classic format cannot hold it")
    kept = os.path.join(folder, "kept")
    done = weft("run", write(folder, "kept.yaml", "model: kpz\ngrid: {n: [8], length: [8.0]}\ninitial: {type: flat}\ntime: {dt: 0.1, end: 0.2}\n"
                             "observe: {every: 0.1, list: [width2]}\nensemble: {replicas: 2, keep: all}\n"), "--out", kept, "-q")
    check(done.returncode == 0 and classic(os.path.join(kept, "series.nc"), "-u"), f"single replicas in the classic format, with nccopy -u: {done.stderr}")
    for file in [*files, os.path.join(out, "scan.nc")]:
        with xarray.open_dataset(file, decode_times=False) as data:
            units = {n: data[n].attrs["units"] for n in data.variables if "units" in data[n].attrs}
            check(set(units.values()) <= UDUNITS and units, f"{file}: units {units}")
end()
