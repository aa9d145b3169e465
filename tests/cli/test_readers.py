"""Result files of all models in one to three dimensions, and a scan, as VTK (ParaView's readers) and compliance-checker see them.

VTK's numbers must be those of the file, by both of its netCDF readers. Of what compliance-checker says of the CF conventions only that is
allowed which docs/results.md names: results are no geography and have no calendar."""
import importlib.util
import json
import re
import sys

from program import *

SPECIES = {"species": ["U", "V"], "diffusion": {"U": 1.0, "V": 0.5}, "reactions": [{"reaction": "U + 2 V -> 3 V", "rate": 1.0}]}
RANDOM = {"type": "random"}
CASES = {"klein_gordon": (True, {"potential": "phi4"}, RANDOM), "kuramoto": (False, {}, RANDOM), "oscillators": (False, {}, RANDOM),
         "kpz": (True, {"noise": 0.1}, {"type": "flat"}), "cgle": (True, {}, RANDOM),
         "reaction_diffusion": (True, SPECIES, {"type": "homogeneous", "density": {"U": 1, "V": 0.3}}),
         "reaction_lattice": (False, {"species": ["A", "B"], "hopping": 1.0}, {"type": "random", "density": {"A": 0.3, "B": 0.3}}),
         "equation": (True, {"fields": ["u", "v"], "equations": ["dt(u) = lap(u) - u^3", "dt(v) = lap(v) - v"]},
                      {"type": "formula", "u": "normal", "v": "normal"}),
         "holstein": (False, {"coupling": 1.0, "elastic": 0.1, "mass": 5, "damping": 0.2, "temperature": 0.1}, {"type": "random", "Q_sd": 1.0, "P_sd": 1})}
SHAPES = [8], [6, 8], [4, 6, 8]
# what CF asks of geography (axes named X, Y, Z are longitude, latitude, height to it), of calendars, of its claim, and of bytes before CF 1.9
KNOWN = ("time does not have correct time units", "standard_name='time'", "positive attribute", "is not one of the variables identifying true latitude/longitude",
         "valid units for latitude", "valid units for longitude", "Conventions field is not present", "the datatype is uint8", "global attribute history")



def vtk_arrays(path, kind, name):
    """The values of one variable at its last time."""
    import vtk
    from vtk.util.numpy_support import vtk_to_numpy
    reader = getattr(vtk, kind)()
    reader.SetFileName(path)
    if kind == "vtkNetCDFCFReader":
        reader.SphericalCoordinatesOff()
    reader.UpdateInformation()
    for i in range(reader.GetNumberOfVariableArrays()):
        other = reader.GetVariableArrayName(i)
        reader.SetVariableArrayStatus(other, int(other == name))
    reader.UpdateInformation()
    steps = reader.GetOutputInformation(0).Get(vtk.vtkStreamingDemandDrivenPipeline.TIME_STEPS())
    reader.UpdateTimeStep(steps[-1]) if steps else reader.Update()
    data = reader.GetOutputDataObject(0)
    for values in data.GetPointData(), data.GetCellData():
        if values.GetArray(name):
            return vtk_to_numpy(values.GetArray(name))
    return None


def by_vtk(path):
    with h5py.File(path) as file:
        for name, dataset in file.items():
            if dataset.attrs.get("CLASS") == b"DIMENSION_SCALE":
                continue
            expected = np.ravel(dataset[-1] if dataset.dims[0][0].name == "/time" else dataset[...])
            for kind in "vtkNetCDFReader", "vtkNetCDFCFReader":
                found = vtk_arrays(path, kind, name)
                check(found is not None and np.array_equal(np.ravel(found), expected, equal_nan=True), f"{path}: {name} by {kind}")


def by_checker(path):
    out = subprocess.run(["compliance-checker", "--test", "cf:1.8", path], capture_output=True, text=True, check=False, timeout=120)
    lines = [line for line in out.stdout.splitlines() if line.startswith("* ")]
    check("Corrective Actions" in out.stdout and lines, f"{path}: compliance-checker: {out.stdout[-300:]}{out.stderr[-300:]}")
    for line in lines:
        check(any(word in line for word in KNOWN), f"{path}: {line}")


has_vtk, has_checker = importlib.util.find_spec("vtk"), shutil.which("compliance-checker")
if not has_vtk and not has_checker:
    print("skipped: neither VTK nor compliance-checker is installed")
    sys.exit(77)
print(f"VTK: {'yes' if has_vtk else 'no'}; compliance-checker: {'yes' if has_checker else 'no'}")

with scratch() as folder:
    files = []
    for model, (in_space, own, initial) in CASES.items():
        for n in SHAPES:
            if model == "holstein" and (len(n) == 3 or not has("LAPACK")):
                continue
            grid = {"n": n, "length": [float(i) for i in n]} if in_space else {"n": n}
            source = {"model": model, "grid": grid, model: own, "initial": initial, "time": {"end": 1}, "observe": {"every": 0.5}, "output": {"fields_every": 0.5}}
            out = os.path.join(folder, f"{model}{len(n)}")
            got = weft("run", write(folder, "input.yaml", json.dumps(source)), "--out", out, "-q")
            check(got.returncode == 0, f"{model} in {len(n)} dimensions: {got.stderr}")
            files += [os.path.join(out, name) for name in ("series.nc", "fields.nc")]
    write(folder, "base.yaml", json.dumps({"model": "kuramoto", "grid": {"n": [16]}, "initial": {"type": "flat"}, "time": {"dt": 0.1, "end": 2},
                                        "observe": {"every": 1, "list": ["width2"]}}))
    scan = write(folder, "scan.yaml", "base: base.yaml\naxes: {kuramoto.noise: {values: [0.1, 0.2]}, time.stepper: {values: [heun, euler_maruyama]}}\n"
                 "collect: [width2]\nderive: [last(width2)]\n")
    for command in "run", "collect":
        weft("scan", command, scan, "--out", os.path.join(folder, "scan"), "-q")
    files.append(os.path.join(folder, "scan", "scan.nc"))
    for path in files:
        if has_vtk:
            by_vtk(path)
        if has_checker and re.search(r"(1|3|scan)/\w+\.nc$", path):  # half a minute less than all
            by_checker(path)
end()
