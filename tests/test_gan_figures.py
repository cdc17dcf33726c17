"""Figures of the GAN notebook show the data that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

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


def test_table_holds_every_measure(figures_shown):
    figures.show_quality({"a": Quality(12.34, 9.1, 10, 3.3, 0.985, 1.02), "b": Quality(500, 1, 1, 0, 0.1, 0)})
    cells = figures_shown[0].axes[0].tables[0].get_celld()
    row = [cells[1, column].get_text().get_text() for column in range(6)]
    assert row == ["12.3", "9.10", "10", "3.30", "98%", "1.02"]
    assert cells[2, -1].get_text().get_text() == "b"


def test_training_has_two_curves_a_kind(figures_shown):
    log = {"rows": [{"step": 10, "raw": 9.0, "averaged": 8.0}, {"step": 20, "raw": 5.0, "averaged": 3.0}]}
    figures.plot_training({"vanilla": log})
    raw, averaged = figures_shown[0].axes[0].lines
    assert list(raw.get_ydata()) == [9, 5]
    assert list(averaged.get_ydata()) == [8, 3]
