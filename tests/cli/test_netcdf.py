"""Result files as their readers see them: h5py, netCDF4, xarray with both engines, ncdump."""
import importlib.util

import netCDF4
import xarray

from program import *

FIELD = """model: klein_gordon
grid: {n: [24, 20], length: [12.0, 10.0]}
klein_gordon: {potential: phi4}
initial: {type: ring, radius: 3.0}
time: {stepper: STEPPER, dt: 0.05, end: 3.0}
observe: {every: 0.5, list: [energy, phi_max]}
output: {fields_every: 1.0, fields: [phi, pi], precision: PRECISION, compress: COMPRESS}
"""
SPECIES = """model: reaction_lattice
grid: {n: [12, 14]}
reaction_lattice: {species: [A, B], hopping: 1.0}
initial: {type: random, density: {A: 0.3, B: 0.3}}
time: {end: 2}
observe: {every: 1}
output: {fields_every: 1}
"""
ENSEMBLE = """model: kpz
grid: {n: [64], length: [64]}
kpz: {nu: 1, lambda: 3, noise: 1, scheme: lam_shin}
initial: {type: flat}
time: {stepper: heun, dt: 0.05, end: 5}
observe:
  every: 1.0
  list: [mean, width2, structure_factor_log, height_pdf]
output: {fields_every: 1.0}
ensemble: {replicas: 5, seed: 1, keep: all}
"""
ENGINES = ["netcdf4"] + (["h5netcdf"] if importlib.util.find_spec("h5netcdf") else [])


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def structure(path):
    """{variable: names of its dimensions} by h5py, which must find one scale for each dimension."""
    dims = {}
    with h5py.File(path, "r") as file:
        # a time without a unit is none to the CF conventions: they are not claimed
        check("Conventions" not in file.attrs, f"{path}: Conventions")
        check(text(file.attrs["status"]) == "complete", f"{path}: status")
        for name in ("title", "input", "weft_version", "weft_git", "libraries", "date", "host", "command", "seed",
                     "rank_layout", "run_uuid"):
            check(name in file.attrs, f"{path}: attribute {name}")
        for name, dataset in file.items():
            if dataset.attrs.get("CLASS") == b"DIMENSION_SCALE":
                dims[name] = (name,)
                check(dataset.ndim == 1, f"{path}: scale {name}")
            else:
                check(all(len(d) == 1 for d in dataset.dims), f"{path}: {name} has not one scale a dimension")
                dims[name] = tuple(d[0].name[1:] for d in dataset.dims)
                check("units" in dataset.attrs and "long_name" in dataset.attrs, f"{path}: {name} is not labelled")
            check(dataset.dtype.kind in "fiu", f"{path}: {name} is of type {dataset.dtype}")
        check(file["time"].maxshape == (None,), f"{path}: time is not unlimited")
    return dims


def no_coordinates(file, name):
    return text(file[name].attrs["NAME"]).startswith("This is a netCDF dimension but not a netCDF variable")


def compare_readers(path):
    dims = structure(path)
    with h5py.File(path, "r") as plain:
        with netCDF4.Dataset(path) as dataset:
            check(dataset.dimensions["time"].isunlimited(), f"{path}: netCDF4 sees no unlimited time")
            check(isinstance(dataset.title, str), f"{path}: title is no text")
            for name, expected in dims.items():
                if name in dataset.dimensions and no_coordinates(plain, name):
                    check(name not in dataset.variables, f"{path}: {name} became a variable")
                    continue
                check(dataset[name].dimensions == expected, f"{path}: netCDF4 gives {name} other dimensions")
        for engine in ENGINES:
            with xarray.open_dataset(path, engine=engine) as dataset:
                for name, expected in dims.items():
                    if name in dataset.dims and no_coordinates(plain, name):
                        check(name not in dataset.coords, f"{path}: {engine}: {name} became a coordinate")
                        continue
                    check(dataset[name].dims == expected, f"{path}: {engine}: {name} has {dataset[name].dims}")
                    check(np.array_equal(dataset[name].values, plain[name][...], equal_nan=True),
                          f"{path}: {engine}: {name} has other values")
                    if len(expected) == 1 and expected[0] == name:
                        check(name in dataset.coords, f"{path}: {engine}: {name} is no coordinate")
                check(np.all(np.diff(dataset["time"].values) > 0), f"{path}: {engine}: time does not grow")
    run = subprocess.run(["ncdump", "-h", path], capture_output=True, text=True)
    check(run.returncode == 0, f"{path}: ncdump: {run.stderr}")
    check("time = UNLIMITED" in run.stdout and "phony_dim" not in run.stdout, f"{path}: ncdump: {run.stdout[:500]}")
    return dims


def run(folder, name, source, ranks):
    out = os.path.join(folder, name)
    result = weft("run", write(folder, name + ".yaml", source), "--out", out, "-q", ranks=ranks)
    check(result.returncode == 0, f"{name}: code {result.returncode}: {result.stderr}")
    return compare_readers(out + "/series.nc"), compare_readers(out + "/fields.nc"), out


with scratch() as folder:
    for ranks in (0, 3):
        for precision, compress in (("double", 0), ("single", 5)):
            source = FIELD.replace("PRECISION", precision).replace("COMPRESS", str(compress)).replace("STEPPER", "split4")
            series, fields, out = run(folder, f"field-{precision}-{ranks}", source, ranks)
            check(series["energy"] == ("time",), "energy is not a series")
            check(fields["phi"] == ("time", "y", "x") and fields["pi"] == ("time", "y", "x"), "phi is not (time, y, x)")
            with h5py.File(out + "/fields.nc", "r") as file:
                check(file["phi"].shape == (4, 24, 20) and file["phi"].chunks[1:] == (24, 20), "shape of phi")
                check(file["phi"].dtype == ("f8" if precision == "double" else "f4"), "precision of phi")
                check(file["phi"].compression == ("gzip" if compress else None), "compression of phi")
                check(text(file["x"].attrs["axis"]) == "X" and text(file["time"].attrs["axis"]) == "T", "axis")
            with xarray.open_dataset(out + "/fields.nc") as data:
                check(np.allclose(data.x, -5 + 0.5 * np.arange(20)), "coordinates along x")
        _, fields, out = run(folder, f"species-{ranks}", SPECIES, ranks)
        check(any(d[-2:] == ("y", "x") for d in fields.values()), "no field of species")
        _, fields, out = run(folder, f"counts-{ranks}", SPECIES.replace("hopping", "capacity: 3, hopping"), ranks)
        check(fields["species_A"] == fields["species_B"] == ("time", "y", "x"), f"a variable for each species: {fields}")
        with xarray.open_dataset(out + "/fields.nc") as data:
            check(data.species_B.attrs["field"] == "species" and data.species_B.attrs["component"] == "B", "what a component is of")
        series, _, out = run(folder, f"ensemble-{ranks}", ENSEMBLE, ranks)
        check(series["mean"] == ("time",) and series["mean_stderr"] == ("time",), "mean and its error")
        check(series["mean_replica"] == ("replica", "time"), "replicas of the mean")
        with h5py.File(out + "/series.nc", "r") as file:
            check(file["mean_replica"].shape == (5, 6) and not np.isnan(file["mean_replica"][...]).any(), "replicas")
        # what reactions by contact mean for a bond
        source = SPECIES.replace("hopping", "reactions: [{reaction: A + B -> 0, rate: contact}], hopping")
        _, _, out = run(folder, f"contact-{ranks}", source, ranks)
        with h5py.File(out + "/series.nc") as file:
            check("A + B -> 0: 0.5 for each pair of neighbours, by contact" in text(file.attrs["rates"]), "rate of a contact")
            check(text(file.attrs["conserved"]) == "A - B", "conserved numbers")
        # states from a file that weft did not write: whole numbers of any type, and nothing else
        with h5py.File(os.path.join(folder, f"species-{ranks}", "fields.nc")) as file:
            states = file["species"][-1]
        for values, good in ((states.astype(float), True), (states.astype("i8"), True), (states + 0.5, False), (states - 1.0, False)):
            with h5py.File(os.path.join(folder, "states.h5"), "w") as file:
                file["species"] = values
            source = SPECIES.replace("{type: random, density: {A: 0.3, B: 0.3}}", f"{{type: file, path: {folder}/states.h5}}")
            out = os.path.join(folder, f"from-file-{ranks}")
            got = weft("run", write(folder, "from-file.yaml", source), "--out", out, "--overwrite", "-q", ranks=ranks)
            check(got.returncode == (0 if good else 2), f"states of type {values.dtype}: code {got.returncode}: {got.stderr}")
            check(good or "no whole numbers from 0 to 255" in got.stderr, f"message for states: {got.stderr}")
            if good:
                with h5py.File(out + "/fields.nc") as file:
                    check(np.array_equal(file["species"][0], states), f"states of type {values.dtype}")
    # a reader that has the file open, with HDF5's own lock, does not stop a run from going on
    out = os.path.join(folder, "field-double-0")
    with h5py.File(out + "/series.nc", "r"), h5py.File(out + "/fields.nc", "r"):
        again = weft("run", os.path.join(folder, "field-double-0.yaml"), "--out", out, "--overwrite", "-q")
        check(again.returncode == 0, f"with readers: code {again.returncode}: {again.stderr}")
end()
