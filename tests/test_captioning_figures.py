"""Figures of the captioning notebooks: they draw what they are given, and refuse what they could not draw."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from cs231n import captioning_figures as figures
from cs231n.scenes.grammar import FACT_KINDS

PICTURE = np.zeros((8, 8, 3), np.uint8)


@pytest.fixture(autouse=True)
def all_figures(monkeypatch):
    """A function that gives the figures shown so far."""
    matplotlib.use("Agg")
    monkeypatch.setattr(plt, "show", lambda: None)
    yield lambda: [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")


def texts(figure):
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_the_unrolled_network_has_a_cell_for_each_word(all_figures, cell_type):
    figures.draw_unrolled(["<START>", "a", "boat", "<END>"], cell_type)
    (figure,) = all_figures()
    assert texts(figure).count(cell_type.upper()) == texts(figure).count("scores") == 3
    assert (r"$c_{1}$" in texts(figure)) == (cell_type == "lstm")


def test_captions_stand_below_their_pictures_in_the_colour_of_truth(all_figures):
    figures.show_captions(
        [PICTURE] * 3, ["a boat", ["two boats", ""], "at sea"], [True, [False, True], True], columns=2
    )
    (figure,) = all_figures()
    colours = [
        {text.get_text(): text.get_color() for text in axis.texts} for axis in figure.axes if axis.images or axis.texts
    ]
    assert colours == [
        {"a boat": figures.RIGHT},
        {"two boats": figures.WRONG, "(nothing)": figures.RIGHT},
        {"at sea": figures.RIGHT},
    ]


def test_bars_are_as_high_as_the_shares(all_figures):
    names = ("true", *FACT_KINDS)
    reports = {
        label: dict(zip(names, np.linspace(low, 1, 6), strict=True)) | {"facts": 6.5}
        for label, low in (("RNN", 0.5), ("LSTM", 0.8))
    }
    figures.show_truth(reports, "what is true")
    (figure,) = all_figures()
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    np.testing.assert_allclose(heights, 100 * np.concatenate([np.linspace(0.5, 1, 6), np.linspace(0.8, 1, 6)]))
    assert {"what is true", "RNN (6.5 facts)", "LSTM (6.5 facts)", "50", "100"} <= set(texts(figure))


def test_losses_are_drawn_as_running_means(all_figures):
    figures.show_losses({"RNN": np.arange(1.0, 11)}, smooth=4)
    (line,) = all_figures()[0].axes[0].lines
    np.testing.assert_allclose(line.get_xdata(), np.arange(4, 11))
    np.testing.assert_allclose(line.get_ydata(), np.arange(2.5, 9))


def test_the_heat_maps_show_the_units_asked_for(all_figures):
    gates = {name: np.random.RandomState(0).rand(3, 7) for name in "ifogc"}
    figures.show_gates(PICTURE, ["<START>", "a", "boat"], gates, [5, 2])
    maps = [axis.images[0].get_array() for axis in all_figures()[0].axes[1:5]]
    np.testing.assert_array_equal(maps[1], gates["f"][:, [5, 2]].T)
    np.testing.assert_array_equal(maps[3], np.tanh(gates["c"][:, [5, 2]].T))


def test_every_history_is_drawn_in_a_colour_of_its_own(all_figures):
    figures.show_losses({f"run {k}": np.ones(30) for k in range(5)})
    lines = all_figures()[0].axes[0].lines
    assert len({line.get_color() for line in lines}) == len(lines) == 5


@pytest.mark.parametrize("count", [0, 6])
def test_no_history_and_no_report_is_left_out(all_figures, count):
    report = dict.fromkeys(("true", *FACT_KINDS), 1.0) | {"facts": 6.5}
    with pytest.raises(ValueError, match=f"there are colours for 1 to 5 histories, got {count}"):
        figures.show_losses({str(k): np.ones(30) for k in range(count)})
    with pytest.raises(ValueError, match=f"there are colours for 1 to 5 reports, got {count}"):
        figures.show_truth({str(k): report for k in range(count)}, "too many")
    assert all_figures() == []


@pytest.mark.parametrize(
    "pictures, captions, right, message",
    [
        ([PICTURE] * 2, ["a boat"], None, "needs a caption, got 2 pictures, 1 captions$"),
        ([PICTURE], ["a boat"] * 2, None, "got 1 pictures, 2 captions$"),
        ([PICTURE] * 2, ["a boat"] * 2, [True], "got 2 pictures, 2 captions, 1 verdicts"),
        ([], [], None, "got 0 pictures, 0 captions"),
    ],
)
def test_pictures_without_captions_are_refused(all_figures, pictures, captions, right, message):
    with pytest.raises(ValueError, match=message):
        figures.show_captions(pictures, captions, right)
    assert all_figures() == []
