"""Running inputs from Python."""
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from shared import INPUT

import weftsim
from weftsim.errors import ToolError
from weftsim.params import parse_yaml, to_yaml


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


@pytest.mark.parametrize("value, given", [
    (1e-5, 1e-5), (1e20, 1e20), (2.5e-7, 2.5e-7), (np.float64(3e-9), 3e-9), (np.float32(0.5), 0.5), (7, 7), (True, True),
    ("yes", "yes"), ("a: b", "a: b"), (range(3), [0, 1, 2]), (np.arange(2.0), [0.0, 1.0]), ((1, "x"), [1, "x"]), (Path("a/b"), "a/b")])
def test_every_value_is_written_as_weft_reads_it(value, given):
    """1e-05 has no point, without which PyYAML writes a tag, and weft knows no tags."""
    for flow in False, True:
        text = to_yaml({"key": value}, exact=True, flow=flow)
        assert "!" not in text and parse_yaml(text, "here") == {"key": given}


@pytest.mark.parametrize("value", [1 + 2j, {1, 2}, b"x", object(), np.complex128(1j)])
def test_what_an_input_cannot_hold(value):
    with pytest.raises(ToolError, match="cannot hold"):
        weftsim.check({**INPUT, "ensemble": {"seed": value}})


def test_messages_about_a_dictionary_name_keys_and_no_file():
    for ask in weftsim.check, weftsim.run:
        with pytest.raises(weftsim.WeftError) as found:
            ask({**INPUT, "initial": {"type": "uniform"}})
        assert str(found.value).startswith("initial.type: unknown initial state 'uniform'"), found.value


def test_progress_without_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(weftsim.WeftError, match="pip install tqdm"):
        weftsim.run(INPUT, out="bare", progress=True)
    assert not os.path.exists("bare")


def test_small_and_endless_numbers():
    run = weftsim.run({**INPUT, "time": {"dt": 1e-5, "end": 2e-5}, "observe": {"every": 1e-5, "list": ["density"]}})
    assert np.array_equal(run.open().time, [0, 1e-5, 2e-5])
    for value in np.inf, -np.inf, np.nan:
        with pytest.raises(weftsim.WeftError, match="time.end: "):
            weftsim.run({**INPUT, "time": {"end": value}})


def test_what_a_result_says_is_an_input(network):
    again = weftsim.run(network.open().attrs["input"])
    assert network.open().equals(again.open())


def test_a_run_that_cannot_begin_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(weftsim.WeftError):
        weftsim.run({**INPUT, "model": "no"})
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("ranks", [0, -1, 1.5, "2"])
def test_ranks_are_a_whole_number(ranks):
    with pytest.raises(weftsim.WeftError, match="whole number"):
        weftsim.run(INPUT, ranks=ranks)


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
