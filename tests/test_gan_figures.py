"""Figures of the GAN notebook show the data that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from bs4 import BeautifulSoup
from matplotlib.colors import to_hex

from cs231n.gan import figures
from cs231n.gan.quality import Quality


@pytest.fixture
def figures_shown(monkeypatch):
    """A list of the figures shown so far."""
    figures_shown = []
    monkeypatch.setattr(plt, "show", lambda: figures_shown.append(plt.gcf()))
    yield figures_shown
    plt.close("all")


def test_grids_stand_side_by_side_under_their_titles(figures_shown):
    figures.show_digits({"paper": np.full((8, 784), -1.0), "ink": np.ones((8, 784))}, columns=4)
    paper, ink = figures_shown[0].axes
    assert [axis.get_title() for axis in (paper, ink)] == ["paper", "ink"]
    assert [axis.images[0].get_array()[0, 0].tolist() for axis in (paper, ink)] == [[0, 0, 0], [255, 255, 255]]
    assert paper.images[0].get_array().shape == (2 * 30 - 2, 4 * 30 - 2, 3)


def test_losses_are_smoothed_over_the_window(figures_shown):
    history = {"D": np.tile([0.0, 2.0], 50), "G": np.ones(100)}
    figures.plot_losses({"live": history}, window=10)
    smooth = {line.get_label(): line.get_ydata() for line in figures_shown[0].axes[0].lines}
    np.testing.assert_allclose(smooth["D"], np.ones(91))
    np.testing.assert_allclose(smooth["G"], np.ones(91))


def test_the_critic_s_estimate_is_its_negated_loss_on_a_logarithmic_axis(figures_shown):
    figures.plot_estimate(-np.tile([1.0, 3.0], 50), window=10)
    (axis,) = figures_shown[0].axes
    np.testing.assert_allclose(axis.lines[0].get_ydata(), np.full(91, 2))
    assert axis.get_yscale() == "symlog"


def test_table_holds_every_measure_in_html_and_shades_where_one_is_fooled(monkeypatch):
    displays = []
    monkeypatch.setattr(figures, "display", lambda thing: displays.append(thing.data))
    rows = {"a": Quality(12.34, 9.1, 10, 3.3, 0.985, 1.02), "b < c": Quality(500, 1, 1, 0, 0.1, 0)}
    figures.show_quality(rows, fooled=[("b < c", "score")])
    table = BeautifulSoup(displays[0], "html.parser")
    first, second = table.find_all("tr")[1:]
    assert [cell.get_text() for cell in first.find_all("td")] == ["12.3", "9.10", "10", "3.30", "98%", "1.02"]
    assert second.th.get_text() == "b < c" and second.th["scope"] == "row"
    assert [cell.get("title") for cell in second.find_all("td")] == [None, "fooled", None, None, None, None]


def test_training_has_two_curves_a_kind_and_the_floor_of_real_images(figures_shown):
    log = {"rows": [{"step": 10, "raw": 9.0, "averaged": 8.0}, {"step": 20, "raw": 5.0, "averaged": 3.0}]}
    figures.plot_training({"vanilla": log}, 1.9)
    raw, averaged, floor = figures_shown[0].axes[0].lines
    assert list(raw.get_ydata()) == [9, 5]
    assert list(averaged.get_ydata()) == [8, 3]
    assert list(floor.get_ydata()) == [1.9, 1.9]


def test_points_have_a_row_for_each_name_and_a_column_for_each_step(figures_shown):
    points = {step: np.full((3, 2), step / 1000) for step in (400, 800)}
    figures.show_points({"one": points, "other": points}, np.zeros((8, 2)))
    axes = figures_shown[0].axes
    assert [axis.lines[1].get_xdata()[0] for axis in axes] == [0.4, 0.8, 0.4, 0.8]
    assert [axis.get_ylabel() for axis in axes] == ["one", "", "other", ""]


def test_counts_of_zero_have_a_colour_of_their_own(figures_shown):
    figures.show_counts({"a": np.array([[0, 1], [4, 16]]), "b": np.ones((2, 2))}, "ways")
    image = figures_shown[0].axes[0].images[0]
    zero, one = image.to_rgba([0, 1])
    assert to_hex(zero) == figures.ORANGE and to_hex(one) != figures.ORANGE
    assert figures_shown[0].axes[-1].get_ylabel() == "ways"
