"""What the tests of the package weftsim share. weft is named by the variable WEFT; each test has a folder of its own.

It is loaded as a plugin (-p shared), so that it also serves the examples in the package and in the documents."""
import os
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "drivers", "python"))

import matplotlib  # noqa: E402
import pytest  # noqa: E402

matplotlib.use("Agg")

INPUT = {"model": "reaction_diffusion", "grid": {"n": [8, 8], "length": [8.0, 8.0]},
         "reaction_diffusion": {"species": ["U", "V"], "diffusion": {"U": 1.0, "V": 0.5},
                                "reactions": [{"reaction": "U + 2 V -> 3 V", "rate": 1.0}, {"reaction": "V -> 0", "rate": 1e-1}]},
         "initial": {"type": "homogeneous", "density": {"U": 1, "V": 0.3}}, "time": {"dt": 0.05, "end": 1.0},
         "observe": {"every": 0.5, "list": ["density"]}, "output": {"fields_every": 1.0}}


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def no_figures():
    import matplotlib.pyplot as plt
    yield
    plt.close("all")


@pytest.fixture(scope="session")
def network(tmp_path_factory):
    """A run of two species, made once."""
    import weftsim
    return weftsim.run(INPUT, out=tmp_path_factory.mktemp("network") / "run", ranks=2)


@pytest.fixture(scope="session")
def phases(tmp_path_factory):
    """A scan over words and numbers, made once."""
    import weftsim
    folder = tmp_path_factory.mktemp("phases")
    (folder / "wave.yaml").write_text("""model: klein_gordon
grid: {n: [64], length: [20.0]}
klein_gordon: {potential: phi4}
initial: {type: kink_antikink, velocity: 0.2, separation: 8}
time: {dt: 0.05, end: 2}
observe: {every: 1, list: [energy]}
""")
    (folder / "scan.yaml").write_text("""base: wave.yaml
axes:
  initial.velocity: {linspace: [0.1, 0.3, 3]}
  time.stepper: {values: [verlet, yoshida4]}
derive: [last(energy)]
""")
    return weftsim.Scan(folder / "scan.yaml", out=folder / "scan").run(ranks=2)
