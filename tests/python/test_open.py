"""Results and scans as xarray data."""
import importlib.util

import numpy as np
import pytest

import weftsim


def test_the_input_is_a_dictionary(network):
    found = network.open().attrs["input"]
    assert found["reaction_diffusion"]["species"] == ["U", "V"] and found["time"]["dt"] == 0.05


@pytest.mark.skipif(not importlib.util.find_spec("dask"), reason="dask is not installed")
def test_lazily(network):
    lazy = weftsim.open(network.path, chunks={})
    assert lazy.density_V_field.chunks is not None
    assert np.array_equal(lazy["density_V"], network.open()["density_V"])


def test_expand(phases):
    points = phases.expand()
    assert len(points) == 6 and points[0]["time.stepper"] == "verlet" and float(points[-1]["initial.velocity"]) == 0.3


def test_words_are_labels(phases):
    data = phases.open()
    assert np.isfinite(data.last_energy.sel(stepper="yoshida4", velocity=0.2)) and data.attrs["scan"]["base"] == "wave.yaml"


def test_what_is_not_there():
    with pytest.raises(weftsim.ToolError, match="neither series.nc nor fields.nc"):
        weftsim.open(".")


def test_series_and_fields_of_a_front_go_together():
    xarray, _ = pytest.importorskip("xarray"), pytest.importorskip("dask")
    weftsim.run({"model": "kpz", "grid": {"n": [16], "length": [16]}, "kpz": {"lambda": 1, "noise": 1}, "initial": {"type": "flat"}, "time": {"end": 4},
                 "observe": {"every": 2, "list": ["height_pdf"]}, "output": {"fields_every": 2}}, out="front")
    with xarray.open_mfdataset(["front/series.nc", "front/fields.nc"]) as both:
        assert both.height.dims == ("time", "x") and both.height_pdf.dims == ("time", "height_bin")
