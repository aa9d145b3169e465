"""Analyses as functions."""
import numpy as np
import pytest
import xarray

import weftsim
from weftsim import fronts

FRONT = {"model": "kuramoto", "grid": {"n": [64]}, "kuramoto": {"noise": 0.1}, "initial": {"type": "flat"}, "time": {"dt": 0.1, "end": 100},
         "observe": {"every": {"log": 24}, "list": ["width2", "structure_factor_log"]}, "ensemble": {"replicas": 8, "keep": "all"}}


def power(times, beta, error, replicas=None):
    values = {"w": ("time", 2 * times**beta), "w_stderr": ("time", error * 2 * times**beta)}
    if replicas is not None:
        values["w_replica"] = (("replica", "time"), replicas)
    return xarray.Dataset(values, {"time": times})


def test_exponent_of_a_power_law():
    times = np.geomspace(1, 100, 21)
    value, error = weftsim.exponent(power(times, 0.5, 0.01), "w")
    # the ends of the last decade: means of thirds of 11 records, 7 steps of ln(100)/20 apart or a little more
    assert abs(value - 0.5) < 1e-12 and 0.01 * np.sqrt(2) / np.log(10) < error < 0.01 * np.sqrt(2) / np.log(4)
    found = weftsim.local_exponents(power(times, 0.5, 0.01), "w")
    assert np.allclose(found.exponent, 0.5) and np.all(found.exponent_stderr <= 0.01 * np.sqrt(2) / np.log(3) * 1.001)


def test_error_from_replicas():
    times = np.geomspace(1, 100, 21)
    random = np.random.default_rng(3)
    slopes = random.normal(0.5, 0.1, 400)
    replicas = 2 * times ** slopes[:, None]
    data = power(times, 0.5, 0.01, replicas).assign(w=("time", replicas.mean(axis=0)))
    value, error = weftsim.exponent(data, "w", window=(1, 2))
    assert abs(error - 0.1 / 20) < 0.15 * 0.1 / 20 and abs(value - 0.5) < 4 * error


def test_too_few_records():
    value, error = weftsim.exponent(power(np.array([1.0, 2.0]), 0.5, 0.01), "w")
    assert np.isnan(value) and np.isnan(error)


def test_what_is_not_there():
    with pytest.raises(weftsim.ToolError, match="there are: w, w_stderr"):
        weftsim.exponent(power(np.array([1.0, 2.0]), 0.5, 0.01), "width2")


def test_analysis_of_a_run():
    run = weftsim.run(FRONT, out="front", ranks=2)
    found = weftsim.analysis("kpz", run.path, window=(10, 100))
    value, error = weftsim.exponent(run.open(), "width2", window=(10, 100))
    one = found["runs"][0]
    assert one["growth_window"] == [10, 100] and abs(one["beta"]["value"] - value / 2) < 1e-9 and error > 0
    with pytest.raises(weftsim.ToolError, match="are none of this analysis"):
        weftsim.analysis("kpz", run.path, windows=(10, 100))
    with pytest.raises(weftsim.ToolError, match="there is no analysis 'kqz'"):
        weftsim.analysis("kqz", run.path)


class Ensemble:
    """Width2 of an Edwards-Wilkinson ring of 64 sites, exact in every mode, as an analysis sees a run with keep: all."""
    k2 = np.repeat(2 - 2 * np.cos(2 * np.pi * np.arange(1, 33) / 64), [2] * 31 + [1])

    def __init__(self, random, times, replicas):
        self.times, a, before = times, np.zeros((replicas, len(self.k2))), 0.0
        self.samples = np.empty((replicas, len(times)))
        for i, t in enumerate(times):
            stays = np.exp(-self.k2 * (t - before))
            a, before = a * stays + np.sqrt((1 - stays**2) / (64 * self.k2)) * random.normal(size=a.shape), t
            self.samples[:, i] = (a**2).sum(axis=1)

    def get(self, name):
        return self.samples.mean(axis=0), self.samples.std(axis=0, ddof=1) / np.sqrt(len(self.samples)), self.samples

    mean_over = fronts.Front.mean_over


@pytest.mark.parametrize("length, fewest", [(8, 8), (13, 60), (30, 150)])
def test_error_of_a_plateau(length, fewest):
    """Of short runs those pass the test of a plateau that are low by chance: the error must hold that. Lengths in times of saturation
    (28.67); by the scatter of the replicas alone 50, 20 and 6 % of the ensembles were off by more than two errors."""
    random, times = np.random.default_rng(7), np.geomspace(length * 28.67e-4, length * 28.67, 60)
    right = (1 / (64 * Ensemble.k2)).sum()
    found = [fronts.saturation(Ensemble(random, times, 20)) for _ in range(300)]
    off = [abs(value - right) / error for value, error in (f for f in found if f)]
    assert len(off) >= fewest and np.mean(np.array(off) > 2) < 0.15 and np.mean(np.array(off) > 3) < 0.1
    assert length < 30 or np.mean([error for _, error in (f for f in found if f)]) < 0.1 * right
