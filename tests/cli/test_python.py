"""The Python package: installs without a compiler; runs inputs from dictionaries; opens results and scans with labels."""
import sys
import venv

from program import *

sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))
os.environ["WEFT"] = WEFT
import weftsim  # noqa: E402

INPUT = {"model": "reaction_diffusion", "grid": {"n": [8, 8], "length": [8.0, 8.0]},
         "reaction_diffusion": {"species": ["U", "V"], "diffusion": {"U": 1.0, "V": 0.5},
                                "reactions": [{"reaction": "U + 2 V -> 3 V", "rate": 1.0}, {"reaction": "V -> 0", "rate": 1e-1}]},
         "initial": {"type": "homogeneous", "density": {"U": 1, "V": 0.3}}, "time": {"dt": 0.05, "end": 1.0},
         "observe": {"every": 0.5, "list": ["density"]}, "output": {"fields_every": 1.0}}

with scratch() as folder:
    os.chdir(folder)
    run = weftsim.run(INPUT, out="run", ranks=2)
    data = run.open()
    check(run.status == "complete" and data.density_U.dims == ("time",) and data.density_U_field.dims == ("time_fields", "y", "x"),
          f"a run from a dictionary: {data}")
    check(np.allclose(data.density_U_field.mean(("y", "x")), data.density_U.sel(time=data.time_fields.values), rtol=1e-14), "observable and field")
    check(data.attrs["input"]["reaction_diffusion"]["species"] == ["U", "V"] and data.attrs["input"]["time"]["dt"] == 0.05, "the input as a dictionary")
    check(np.array_equal(data.time, [0, 0.5, 1]) and np.array_equal(data.time_fields, [0, 1]), f"times: {data.sizes}")
    check("weft check" and "density" in weftsim.check(INPUT), "check")
    longer = weftsim.run(INPUT, out="longer", parameters={"time.end": 2.0, "reaction_diffusion.species": ["U", "V"]})
    check(float(longer.open().time[-1]) == 2, "parameters replace values")
    for source, hint in (({**INPUT, "model": "no"}, "unknown model"), ("nothing.yaml", "cannot be read")):
        try:
            weftsim.run(source, out="bad")
            check(False, f"{hint}: no error")
        except weftsim.WeftError as error:
            check(error.code == 2 and hint in str(error), f"{hint}: {error}")
    try:
        weftsim.run(INPUT, out="run")
        check(False, "results are overwritten")
    except weftsim.WeftError as error:
        check(error.code == 2, f"results that are there: {error}")
    lazy = weftsim.open("run", chunks={}) if __import__("importlib").util.find_spec("dask") else data
    check(np.array_equal(lazy["density_V"], data["density_V"]), "lazily")

    # ---- drawing on Axes ----
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, 3)
    ax = weftsim.plot_series(data, "density_U", ax=axes[0])
    check(ax is axes[0] and np.array_equal(ax.lines[0].get_ydata(), data.density_U) and ax.get_xlabel() == "$t$", "plot_series")
    ax = weftsim.plot_field(data, "density_V_field", time=1.0, ax=axes[1])
    check(ax is axes[1] and np.allclose(ax.collections[0].get_array().ravel(), data.density_V_field[-1].values.ravel()), "plot_field")
    try:
        weftsim.plot_series(data, "densty_U")
        check(False, "plot_series of what is not there")
    except weftsim.ToolError as error:
        check("there is no variable 'densty_U'" in str(error), str(error))

    # ---- a scan over words and numbers ----
    write(folder, "wave.yaml", """model: klein_gordon
grid: {n: [64], length: [20.0]}
klein_gordon: {potential: phi4}
initial: {type: kink_antikink, velocity: 0.2, separation: 8}
time: {dt: 0.05, end: 2}
observe: {every: 1, list: [energy]}
""")
    write(folder, "scan.yaml", """base: wave.yaml
axes:
  initial.velocity: {linspace: [0.1, 0.3, 3]}
  time.stepper: {values: [verlet, yoshida4]}
derive: [last(energy)]
""")
    scan = weftsim.Scan("scan.yaml", out="scan")
    points = scan.expand()
    check(len(points) == 6 and points[0]["time.stepper"] == "verlet" and float(points[-1]["initial.velocity"]) == 0.3, f"expand: {points[:1]}")
    phases = scan.run(ranks=2).open()
    one = phases.last_energy.sel(stepper="yoshida4", velocity=0.2)
    ax = weftsim.plot_scan(phases, "last_energy", x="velocity", ax=axes[2])
    check(len(ax.containers) == 2 and np.array_equal(ax.containers[0][0].get_ydata(), phases.last_energy.sel(stepper="verlet"))
          and [text.get_text() for text in ax.get_legend().get_texts()] == ["verlet", "yoshida4"], "plot_scan draws a curve for each word")
    check(np.isfinite(one) and phases.attrs["scan"]["base"] == "wave.yaml", f"words as labels: {phases}")

    # ---- pip install, without a compiler ----
    home = os.path.join(folder, "venv")
    venv.create(home, system_site_packages=True, with_pip=False)
    pip = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True)
    if pip.returncode == 0:
        shutil.copytree(os.path.join(SOURCE, "drivers", "python"), "package", ignore=shutil.ignore_patterns("__pycache__"))
        done = subprocess.run([sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--target",
                               os.path.join(folder, "site"), "./package"], capture_output=True, text=True, env={**os.environ, "CC": "false"})
        check(done.returncode == 0, f"pip install: {done.stderr[-500:]}")
        done = subprocess.run([sys.executable, "-c", "import weftsim, weftsim.laws; print(weftsim.__file__, len(weftsim.laws.laws()))"], cwd="/",
                              env={**os.environ, "PYTHONPATH": os.path.join(folder, "site")}, capture_output=True, text=True)
        check(done.stdout.startswith(os.path.join(folder, "site")) and done.stdout.split()[-1] == "4", f"the installed package: {done.stdout}{done.stderr}")
    else:
        print("skipped: pip is not installed")
    os.chdir("/")
end()
