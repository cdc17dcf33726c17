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


def arrows(figure):
    return [text for text in figure.findobj(matplotlib.text.Annotation) if text.arrow_patch]


@pytest.mark.parametrize("cell_type", ["rnn", "lstm"])
def test_the_unrolled_network_has_a_cell_for_each_word(all_figures, cell_type):
    figures.draw_unrolled(["<START>", "a", "boat", "<END>"], cell_type)
    (figure,) = all_figures()
    assert texts(figure).count(cell_type.upper()) == texts(figure).count("scores") == 3
    assert (r"$c_{1}$" in texts(figure)) == (cell_type == "lstm")


def test_gradients_go_back_from_every_score_to_every_word_and_state(all_figures):
    figures.draw_unrolled(["<START>", "a", "boat", "<END>"], backward=True)
    back = [arrow for arrow in arrows(all_figures()[0]) if arrow.arrow_patch.get_edgecolor()[0] > 0.7]
    ways = [np.subtract(arrow.xy, arrow.xyann) for arrow in back]
    assert sum(x < 0 and y == 0 for x, y in ways) == 3 and sum(x == 0 and y < 0 for x, y in ways) == 6


def test_the_cell_has_its_gates_and_both_states(all_figures):
    figures.draw_cell()
    assert {"$f$", "$i$", "$g$", "$o$", "$c_{t-1}$", "$c_t$", "$h_{t-1}$", "$h_t$", "$x_t$"} <= set(
        texts(all_figures()[0])
    )


def test_captions_stand_below_their_pictures_with_the_mark_and_colour_of_truth(all_figures):
    figures.show_captions(
        [PICTURE] * 3, ["a boat", ["two boats", ""], "at sea"], [True, [False, True], True], columns=2
    )
    (figure,) = all_figures()
    colours = [
        {text.get_text(): text.get_color() for text in axis.texts} for axis in figure.axes if axis.images or axis.texts
    ]
    assert colours == [
        {"\u2713 a boat": figures.RIGHT},
        {"\u2717 two boats": figures.WRONG, "\u2713 (nothing)": figures.RIGHT},
        {"\u2713 at sea": figures.RIGHT},
    ]


def test_shares_of_false_facts_have_intervals_that_hold_them(all_figures):
    names = ("true", *FACT_KINDS)
    reports = {
        label: dict(zip(names, np.linspace(low, 1, 6), strict=True)) | {"facts": 6.5, "captions": 100}
        for label, low in (("RNN", 0.5), ("LSTM", 0.8))
    }
    figures.show_truth(reports, "what is false")
    axis = all_figures()[0].axes[0]
    points = [line.get_xdata() for line in axis.lines if len(line.get_xdata()) == 6]
    np.testing.assert_allclose(points, [np.linspace(50, 0, 6), np.linspace(20, 0, 6)], atol=1e-9)
    ends = np.array([[path.vertices[:, 0] for path in rows.get_paths()] for rows in axis.collections])
    # statsmodels.stats.proportion.proportion_confint(50, 100, method="wilson"), and the same of 20 and of 0
    np.testing.assert_allclose(ends[0, 0], [40.383, 59.617], atol=1e-2)
    np.testing.assert_allclose(ends[1, 0], [13.337, 28.883], atol=1e-2)
    np.testing.assert_allclose(ends[1, -1], [0, 3.699], atol=1e-2)
    assert {"what is false", "RNN (6.5 facts)", "LSTM (6.5 facts)", "50", "20"} <= set(texts(axis.figure))


def test_numbers_beside_small_shares_of_false_facts_stay_within_the_axes(all_figures):
    names = ("true", *FACT_KINDS)
    reports = {"Transformer": dict.fromkeys(names, 0.98) | {"facts": 6.5, "captions": 1000}}
    figures.show_truth(reports, "what is false")
    axis = all_figures()[0].axes[0]
    assert max(text.get_position()[0] for text in axis.texts) < axis.get_xlim()[1]


def test_losses_are_drawn_as_running_means(all_figures):
    figures.show_losses({"RNN": np.arange(1.0, 11)}, smooth=4)
    axis = all_figures()[0].axes[0]
    (line,) = axis.lines
    np.testing.assert_allclose(line.get_xdata(), np.arange(4, 11))
    np.testing.assert_allclose(line.get_ydata(), np.arange(2.5, 9))
    assert "  RNN" in texts(axis.figure)


def test_names_of_curves_that_end_close_together_do_not_overlap(all_figures):
    figures.show_losses({"again": np.full(30, 5.4), "flat": np.full(30, 11.0), "attention": np.full(30, 5.8)})
    (figure,) = all_figures()
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == 3 and not any(a.overlaps(b) for a in boxes for b in boxes if a is not b)


def test_floors_are_dashed_lines_with_their_names(all_figures):
    figures.show_losses({"RNN": np.arange(1.0, 41)}, floors={"by heart": 1.5})
    (figure,) = all_figures()
    (floor,) = figure.axes[0].collections
    np.testing.assert_array_equal(floor.get_paths()[0].vertices, [[0, 1.5], [40, 1.5]])
    assert "  by heart" in texts(figure)


def test_the_heat_map_shows_the_forget_gates_of_the_units_asked_for(all_figures):
    gates = {name: np.random.RandomState(0).rand(3, 7) for name in "ifogc"}
    figures.show_gates(PICTURE, ["<START>", "a", "boat"], gates, [5, 2])
    axis = all_figures()[0].axes[1]
    np.testing.assert_array_equal(axis.images[0].get_array(), gates["f"][:, [5, 2]].T)
    assert [text.get_text() for text in axis.texts] == ["<START>", "a", "boat"]
    means = [text.get_bbox_patch().get_facecolor() for text in axis.texts]
    np.testing.assert_allclose(means, plt.get_cmap("cividis")(gates["f"][:, [5, 2]].mean(axis=1)))


def test_every_history_is_drawn_in_a_colour_of_its_own(all_figures):
    figures.show_losses({f"run {k}": np.ones(30) for k in range(5)})
    lines = all_figures()[0].axes[0].lines
    assert len({line.get_color() for line in lines}) == len(lines) == 5


@pytest.mark.parametrize("count", [0, 6])
def test_no_history_and_no_report_is_left_out(all_figures, count):
    report = dict.fromkeys(("true", *FACT_KINDS), 1.0) | {"facts": 6.5, "captions": 10}
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


def test_each_word_has_the_picture_bright_where_the_weights_are_large(all_figures):
    weights = np.full((3, 4, 4), 1 / 16)
    weights[1] = 0
    weights[1, 0, 3] = 1
    picture = np.full((64, 64, 3), 255, np.uint8)
    figures.show_attention(picture, ["a", "boat", "<END>"], weights, columns=2)
    (figure,) = all_figures()
    axes = [axis for axis in figure.axes if axis.images]
    assert [axis.get_title() for axis in axes] == ["", "a", "boat", "<END>"] and len(figure.axes) == 4
    itself, even, looking, _ = (axis.images[0].get_array() for axis in axes)
    np.testing.assert_array_equal(itself, picture)
    np.testing.assert_allclose(even, 0.5)
    np.testing.assert_allclose(looking[:16, 48:], 1)
    assert np.isclose(looking, 0.2).sum() == 15 * 16 * 16 * 3


def test_each_head_has_a_row_and_each_word_a_column(all_figures):
    weights = np.zeros((2, 3, 4, 4, 4))  # layers, heads, words, and the cells of a picture
    for head, word in np.ndindex(6, 4):
        weights[head // 3, head % 3, word, word, head % 4] = 1
    figures.show_heads(np.full((64, 64, 3), 255, np.uint8), ["a", "red", "boat", "<END>"], weights)
    (figure,) = all_figures()
    axes = np.reshape([axis for axis in figure.axes if axis.images], (6, 4))
    assert [axis.get_title() for axis in axes[0]] == ["a", "red", "boat", "<END>"]
    assert [row[0].get_ylabel() for row in axes[2:4]] == ["layer 1\nhead 3", "layer 2\nhead 1"]
    for head, word in np.ndindex(6, 4):
        lit = axes[head, word].images[0].get_array()[8::16, 8::16, 0]
        assert np.unravel_index(lit.argmax(), (4, 4)) == (word, head % 4)


def test_words_without_weights_are_refused():
    with pytest.raises(ValueError, match="each word needs its weights, got 2 words and weights of 3"):
        figures.show_attention(PICTURE, ["a", "boat"], np.full((3, 4, 4), 1 / 16))
    with pytest.raises(ValueError, match="each word needs its weights, got 2 words and weights of 3"):
        figures.show_heads(PICTURE, ["a", "boat"], np.full((1, 2, 3, 4, 4), 1 / 16))
