"""Drawing on Axes of one's own."""
import matplotlib.pyplot as plt
import numpy as np
import pytest

import weftsim


def test_series(network):
    data, (_, axis) = network.open(), plt.subplots()
    assert weftsim.plot_series(data, "density_U", ax=axis) is axis
    assert np.array_equal(axis.lines[0].get_ydata(), data.density_U) and axis.get_xlabel() == "$t$"


def test_field(network):
    data, (_, axis) = network.open(), plt.subplots()
    assert weftsim.plot_field(data, "density_V_field", time=1.0, ax=axis) is axis
    assert np.allclose(axis.collections[0].get_array().ravel(), data.density_V_field[-1].values.ravel())


def test_a_curve_for_each_word(phases):
    data, (_, axis) = phases.open(), plt.subplots()
    assert weftsim.plot_scan(data, "last_energy", x="velocity", ax=axis) is axis
    assert len(axis.containers) == 2 and np.array_equal(axis.containers[0][0].get_ydata(), data.last_energy.sel(stepper="verlet"))
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["verlet", "yoshida4"]


def test_what_is_not_there(network):
    with pytest.raises(weftsim.ToolError, match="there is no variable 'densty_U'"):
        weftsim.plot_series(network.open(), "densty_U")


def test_cells_without_a_point_are_drawn_as_the_nearest_one():
    """A map whose cells have no value at all (a cut of a scan whose points failed) has none to take."""
    from weftsim.draw_scan import nearest
    at, values = np.arange(3.0), np.full((3, 3), np.nan)
    assert tuple(nearest(at, at, values)[1, 2]) == (1, 2)
    values[0, 1] = 1
    assert all(tuple(cell) == (0, 1) for cell in nearest(at, at, values).reshape(9, 2))
