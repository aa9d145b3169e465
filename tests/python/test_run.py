"""Running inputs from Python."""
import os

import numpy as np
import pytest
from shared import INPUT

import weftsim


def test_a_run_from_a_dictionary(network):
    data = network.open()
    assert network.status == "complete"
    assert data.density_U.dims == ("time",) and data.density_U_field.dims == ("time_fields", "y", "x")
    assert np.allclose(data.density_U_field.mean(("y", "x")), data.density_U.sel(time=data.time_fields.values), rtol=1e-14)
    assert np.array_equal(data.time, [0, 0.5, 1]) and np.array_equal(data.time_fields, [0, 1])


def test_check():
    assert "density" in weftsim.check(INPUT)


def test_parameters_replace_values():
    longer = weftsim.run(INPUT, out="longer", parameters={"time.end": 2.0, "reaction_diffusion.species": ["U", "V"]})
    assert float(longer.open().time[-1]) == 2


def test_a_complete_run_goes_on():
    run = weftsim.run(INPUT, out="first").resume(time__end=1.5)
    assert float(run.open().time[-1]) == 1.5 and run.status == "complete"


@pytest.mark.parametrize("source, hint", [({**INPUT, "model": "no"}, "unknown model"), ("nothing.yaml", "cannot be read")])
def test_errors_are_exceptions(source, hint):
    with pytest.raises(weftsim.WeftError, match=hint) as found:
        weftsim.run(source, out="bad")
    assert found.value.code == 2


def test_results_are_not_overwritten():
    weftsim.run(INPUT, out="run")
    with pytest.raises(weftsim.WeftError) as found:
        weftsim.run(INPUT, out="run")
    assert found.value.code == 2
    assert weftsim.run(INPUT, out="run", overwrite=True).status == "complete"


def test_without_out_a_file_goes_where_weft_puts_it():
    with open("small.yaml", "w", encoding="utf-8") as file:
        file.write("model: kuramoto\ngrid: {n: [8]}\ninitial: {type: flat}\ntime: {dt: 0.1, end: 1}\nobserve: {every: 1, list: [width2]}\n")
    run = weftsim.run("small.yaml")
    assert os.path.samefile(run.path, "out/small") and run.status == "complete"


def test_progress_is_followed(capsys):
    pytest.importorskip("tqdm")
    weftsim.run(INPUT, out="shown", progress=True)
    assert "100%" in capsys.readouterr().err


def test_reductions_of_formulas():
    """What an input observes by a formula is a single number to a scan, but spectra."""
    with open("base.yaml", "w", encoding="utf-8") as file:
        file.write("model: equation\ngrid: {n: [16], length: [6.28]}\nequation:\n  fields: [u]\n  parameters: {r: 0.2}\n  equations: ['dt(u) = r*u - u^3']\n"
                   "  observables: {amplitude: sqrt(mean(u^2)), power: spectrum(u)}\ninitial: {type: formula, u: 0.1}\ntime: {dt: 0.05, end: 1}\n"
                   "observe: {every: 1, list: [amplitude, mean(u), power]}\n")
    text = "base: base.yaml\naxes: {equation.parameters.r: {values: [0.1, 0.4]}}\nderive: [last(amplitude), last(mean(u))]\n"
    with open("scan.yaml", "w", encoding="utf-8") as file:
        file.write(text)
    found = weftsim.Scan("scan.yaml", out="scan").run().open()
    for r in 0.1, 0.4:
        exact = 0.1 * np.exp(r) / np.sqrt(1 + 0.01 / r * (np.exp(2 * r) - 1))  # u' = r u - u^3
        assert abs(found.last_amplitude.sel(r=r) - exact) < 1e-6 and abs(found.last_mean_u.sel(r=r) - exact) < 1e-6
    with open("scan.yaml", "w", encoding="utf-8") as file:
        file.write(text.replace("last(amplitude)", "last(power)"))
    with pytest.raises(weftsim.WeftError, match="a single number, and power has several"):
        weftsim.Scan("scan.yaml", out="other").run()
