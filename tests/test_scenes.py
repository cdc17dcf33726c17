"""Scenes: their parts, their pictures, their captions, and whether a caption is true."""

import hashlib
import json
import math
import shutil
from collections import Counter
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n.coco_utils import decode_captions, load_coco_data
from cs231n.download import find
from cs231n.scenes import (
    Group,
    Scene,
    bleu_score,
    build,
    build_scenes,
    caption_facts,
    draw_scene,
    fact_score,
    facts_true_of,
    features,
    sample_scenes,
    scene_captions,
    scene_of_caption,
    truth_report,
    wording_entropy,
)
from cs231n.scenes.composition import AIR, BACKGROUNDS, COLOURS, COUNTS, GROUND, KINDS, NOVEL_PAIRS, WATER
from cs231n.scenes.drawing import group_cells
from cs231n.scenes.grammar import FACT_KINDS, _random_caption

SNOW = Scene("snow", "beside", (Group(2, "red", "cat"), Group(1, "blue", "dog")), seed=5)
SEA = Scene("sea", "above", (Group(3, "white", "butterfly"), Group(1, "black", "whale")), seed=6)
FISH = Scene("sea", "alone", (Group(3, "pink", "fish"),), seed=7)

groups = st.builds(Group, st.sampled_from(COUNTS), st.sampled_from(COLOURS), st.sampled_from(KINDS))


@st.composite
def scenes(draw):
    """Any scene, including scenes that are never sampled."""
    layout = draw(st.sampled_from(["alone", "beside", "above"]))
    first, second = draw(groups), draw(groups)
    if first.kind == second.kind:
        layout = "alone"
    chosen = (first,) if layout == "alone" else (first, second)
    return Scene(draw(st.sampled_from(BACKGROUNDS)), layout, chosen, draw(st.integers(0, 2**32 - 1)))


# ---------------------------------------------------------------- composition


@settings(deadline=None)
@given(scenes())
def test_addresses_lead_back_to_their_scene(scene):
    assert Scene.from_address(scene.address) == scene
    assert scene.address.isascii() and not set(scene.address) & set(" \t\n")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "http://example.org/1.jpg",
        "scene:",
        "scene:snow/alone/1-red-cat",
        "scene:moon/alone/1-red-cat/5",
        "scene:snow/under/1-red-cat/5",
        "scene:snow/alone/4-red-cat/5",
        "scene:snow/alone/1-grey-cat/5",
        "scene:snow/alone/1-red-cow/5",
        "scene:snow/beside/1-red-cat/5",
        "scene:snow/alone/1-red-cat/1-red-dog/5",
        "scene:snow/alone/red-cat/5",
        "scene:snow/alone/1-red-cat/-5",
        "scene:snow/alone/1-red-cat/4294967296",
    ],
)
def test_other_addresses_are_refused(address):
    with pytest.raises(ValueError, match=f"no scene has the address '{address}'"):
        Scene.from_address(address)


def test_samples_are_reproducible_and_differ_by_split_and_seed():
    assert sample_scenes("train", 30) == sample_scenes("train", 50)[:30]
    assert sample_scenes("val", 30) == sample_scenes("val", 30, seed=231) != sample_scenes("val", 30, seed=232)
    with pytest.raises(ValueError, match="unknown split 'test'; there are train, val, novel"):
        sample_scenes("test", 1)


def test_splits_do_not_share_compositions():
    compositions = {
        split: {scene.composition for scene in sample_scenes(split, 2000)} for split in ("train", "val", "novel")
    }
    assert not compositions["val"] & compositions["train"]
    assert not compositions["novel"] & (compositions["train"] | compositions["val"])
    assert len(compositions["val"]) > 1500  # scenes of one group are sampled more than once


def test_novel_scenes_alone_have_the_novel_pairs():
    def pairs(scene):
        return {(group.kind, group.colour) for group in scene.groups}

    for split in ("train", "val"):
        assert not any(pairs(scene) & NOVEL_PAIRS for scene in sample_scenes(split, 1000))
    novel = sample_scenes("novel", 400)
    assert all(pairs(scene) & NOVEL_PAIRS for scene in novel)
    assert set().union(*map(pairs, novel)) >= NOVEL_PAIRS
    assert sorted(kind for kind, _ in NOVEL_PAIRS) == sorted(KINDS)
    assert sorted(colour for _, colour in NOVEL_PAIRS) == sorted(2 * COLOURS)


def test_training_shows_every_other_pair_everywhere_and_in_every_number():
    train = sample_scenes("train", 12_000)
    pairs = {(group.kind, group.colour) for scene in train for group in scene.groups}
    assert len(pairs) == len(KINDS) * len(COLOURS) - len(NOVEL_PAIRS)
    assert {(group.count, group.kind) for scene in train for group in scene.groups} == {
        (count, kind) for count in COUNTS for kind in KINDS
    }
    for scene in train:
        kinds = [group.kind for group in scene.groups]
        assert len(set(kinds)) == len(kinds)
        assert not set(kinds) & set(GROUND if scene.background == "sea" else WATER)
        assert scene.layout != "above" or (kinds[0] in AIR and kinds[1] not in AIR)


# ---------------------------------------------------------------- drawing


def test_pictures_are_reproducible_and_settled_by_their_address():
    first = draw_scene(SNOW)
    assert first.shape == (128, 128, 3) and first.dtype == np.uint8
    np.testing.assert_array_equal(first, draw_scene(SNOW.address))
    another = Scene(SNOW.background, SNOW.layout, SNOW.groups, seed=SNOW.seed + 1)
    assert (draw_scene(another) != first).any()


@pytest.mark.parametrize("scene", [SNOW, SEA, FISH], ids=lambda scene: scene.background)
def test_larger_pictures_show_the_same(scene):
    small, large = draw_scene(scene, 64), draw_scene(scene, 192)
    assert large.shape == (192, 192, 3)
    reduced = large.reshape(64, 3, 64, 3, 3).mean(axis=(1, 3))
    assert np.abs(reduced - small).mean() < 4


@pytest.mark.parametrize("background", BACKGROUNDS)
@pytest.mark.parametrize("kind", KINDS)
def test_things_have_their_colour_in_their_place(kind, background):
    """Pixels that change with the colour are the thing: large enough, inside the picture, of that colour."""
    pictures = {
        colour: draw_scene(Scene(background, "alone", (Group(1, colour, kind),), seed=3)).astype(int)
        for colour in COLOURS
    }
    thing = (pictures["red"] != pictures["blue"]).any(axis=-1)
    assert 0.03 < thing.mean() < 0.4
    assert not thing[:3].any() and not thing[-3:].any() and not thing[:, :3].any() and not thing[:, -3:].any()
    medians = {colour: np.median(picture[thing], axis=0) for colour, picture in pictures.items()}
    red, green, blue = medians["red"], medians["green"], medians["blue"]
    assert red.argmax() == 0 and green.argmax() == 1 and blue.argmax() == 2
    assert medians["white"].min() > 200 > 110 > medians["black"].max()
    assert medians["yellow"][2] < medians["pink"][2] and medians["purple"][1] < medians["pink"][1]


@pytest.mark.parametrize("layout", ["alone", "beside", "above"])
@pytest.mark.parametrize("count", COUNTS)
def test_groups_stay_in_the_picture_and_out_of_each_others_way(layout, count):
    other = Group(3, "green", "tree")
    for seed in range(6):
        extents = []
        for position in range(1 if layout == "alone" else 2):
            versions = []
            for colour in ("red", "blue"):
                chosen = [other, other]
                chosen[position] = Group(count, colour, "balloon")
                chosen = chosen[:1] if layout == "alone" else chosen
                versions.append(draw_scene(Scene("night", layout, tuple(chosen), seed)))
            rows, columns = np.nonzero((versions[0] != versions[1]).any(axis=-1))
            assert rows.min() > 0 and rows.max() < 127 and columns.min() > 0 and columns.max() < 127
            extents.append((rows.mean(), columns.mean(), columns.min(), columns.max()))
        if layout == "beside":
            assert extents[0][3] <= extents[1][2] + 2  # where the left group ends and the right group begins
        if layout == "above":
            assert extents[0][0] < 50 < 80 < extents[1][0]


@pytest.mark.parametrize("layout", ["alone", "beside", "above"])
@pytest.mark.parametrize("count", COUNTS)
def test_the_cells_of_a_group_hold_the_pixels_that_change_with_its_colour(layout, count):
    for seed in range(4):
        for position in range(1 if layout == "alone" else 2):
            versions = []
            for colour in ("red", "blue"):
                chosen = [Group(3, "green", "tree"), Group(2, "green", "cat")]
                chosen[position] = Group(count, colour, "balloon")
                versions.append(Scene("snow", layout, tuple(chosen[: 1 if layout == "alone" else 2]), seed))
            changed = (draw_scene(versions[0]) != draw_scene(versions[1])).any(axis=-1)
            share = changed.reshape(4, 32, 4, 32).sum(axis=(1, 3)) / changed.sum()
            cells = group_cells(versions[0])
            assert cells.shape == (len(versions[0].groups), 4, 4) and 0 <= cells.min() <= cells.max() <= 1
            assert share[cells[position] > 0].sum() > 0.97  # the squares hold the things, but for a string or an ear
            assert cells[position].sum() / 16 < 0.55  # and little else
            np.testing.assert_array_equal(group_cells(versions[0].address), cells)


@settings(deadline=None, max_examples=50)
@given(scenes(), st.sampled_from([32, 50, 128]))
def test_any_scene_can_be_drawn(scene, size):
    assert draw_scene(scene, size).shape == (size, size, 3)


# ---------------------------------------------------------------- sentences


@settings(deadline=None)
@given(scenes())
def test_captions_are_true_and_name_every_group_and_the_background(scene):
    captions = scene_captions(scene)
    assert len(set(captions)) == 5 and captions == scene_captions(scene)
    required = {("background", scene.background)}
    for group in scene.groups:
        required |= {("object", group.kind), ("colour", group.kind, group.colour), ("count", group.kind, group.count)}
    for caption in captions:
        assert len(caption.split()) <= 15
        facts = caption_facts(caption)
        assert required <= facts <= facts_true_of(scene)
        assert len([fact for fact in facts if fact[0] == "relation"]) == len(scene.groups) - 1


def test_captions_state_six_facts_and_more_on_average():
    captions = [caption for scene in sample_scenes("train", 500) for caption in scene_captions(scene)]
    assert np.mean([len(caption_facts(caption)) for caption in captions]) > 6.5
    assert len(set(captions)) > 2000


@pytest.mark.parametrize(
    "caption, facts",
    [
        (
            "two red cats to the left of a blue dog in the snow",
            {
                *(("object", "cat"), ("colour", "cat", "red"), ("count", "cat", 2)),
                *(("object", "dog"), ("colour", "dog", "blue"), ("count", "dog", 1)),
                *(("background", "snow"), ("relation", "cat", "left of", "dog")),
            },
        ),
        (
            "right of one black house are three pink kites in a town",
            {
                *(("object", "house"), ("colour", "house", "black"), ("count", "house", 1)),
                *(("object", "kite"), ("colour", "kite", "pink"), ("count", "kite", 3)),
                *(("background", "city"), ("relation", "house", "left of", "kite")),
            },
        ),
        (
            "under three white butterflies is a black whale at sea",
            {
                *(("object", "butterfly"), ("colour", "butterfly", "white"), ("count", "butterfly", 3)),
                *(("object", "whale"), ("colour", "whale", "black"), ("count", "whale", 1)),
                *(("background", "sea"), ("relation", "butterfly", "above", "whale")),
            },
        ),
        (
            "under the stars there is a green bird over two yellow trees",
            {
                *(("object", "bird"), ("colour", "bird", "green"), ("count", "bird", 1)),
                *(("object", "tree"), ("colour", "tree", "yellow"), ("count", "tree", 2)),
                *(("background", "night"), ("relation", "bird", "above", "tree")),
            },
        ),
        ("a purple fish", {("object", "fish"), ("colour", "fish", "purple"), ("count", "fish", 1)}),
        ("two purple fish", {("object", "fish"), ("colour", "fish", "purple"), ("count", "fish", 2)}),
        (
            "<START> a cat next to an umbrella <END>",
            {
                *(("object", "cat"), ("count", "cat", 1), ("object", "umbrella"), ("count", "umbrella", 1)),
                ("relation", "cat", "next to", "umbrella"),
            },
        ),
        ("in the snow", {("background", "snow")}),
    ],
)
def test_facts_of_captions(caption, facts):
    assert caption_facts(caption) == facts


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "a",
        "cat",
        "a red",
        "a cat red",
        "a red cats in the snow",
        "two red cat in the snow",
        "there are a red cat in the snow",
        "there is two red cats in the snow",
        "two red kites flies above a blue car",
        "a red cat in the snow in the snow",
        "a red cat in the snow at night",
        "a red cat left of a blue dog left of a green tree",
        "a red cat left of in the snow",
        "a red cat a blue dog",
        "a red red cat",
        "a red cat <UNK> the snow",
        "a red cat on the right",
        "A red cat",
        "a red cat ",
        "four red cats",
        "a red cow",
        "a red cat in the snow <END> <END>",
    ],
)
def test_other_strings_state_nothing(caption):
    assert caption_facts(caption) == frozenset()


# ---------------------------------------------------------------- truth

RIGHT = "two red cats to the left of a blue dog in the snow"


@pytest.mark.parametrize(
    "caption", [RIGHT, "a picture of two red cats in the snow", "a dog", "a blue dog next to two cats"]
)
def test_right_captions_are_true(caption):
    assert truth_report([caption], [SNOW])["true"] == 1


@pytest.mark.parametrize(
    "caption, false",
    [
        ("two red cats to the left of a blue dog at night", {"background": 0}),
        ("two red cats to the left of a green dog in the snow", {"colour": 1 / 2}),
        ("three red cats to the left of a blue dog in the snow", {"count": 1 / 2}),
        ("two red cats above a blue dog in the snow", {"relation": 0}),
        ("a blue dog to the left of two red cats in the snow", {"relation": 0}),
        (
            "two red birds to the left of a blue dog in the snow",
            {"object": 1 / 2, "colour": 1 / 2, "count": 1 / 2, "relation": 0},
        ),
        ("two blue cats to the left of a red dog in the snow", {"colour": 0}),
        ("a picture of three green houses in the snow", {"object": 0, "colour": 0, "count": 0, "relation": math.nan}),
    ],
)
def test_wrong_captions_are_false_by_the_kinds_of_fact_that_are_wrong(caption, false):
    report = truth_report([caption], [SNOW])
    assert report["true"] == 0
    expected = dict.fromkeys(FACT_KINDS, 1) | false
    np.testing.assert_equal({kind: report[kind] for kind in FACT_KINDS}, expected)


@pytest.mark.parametrize("caption", ["in the snow", "", "<START>", "a picture of in the snow", "two red cats and more"])
def test_vague_captions_and_nonsense_are_not_true(caption):
    assert truth_report([caption], [SNOW])["true"] == 0


def test_report_of_several_captions():
    captions = [RIGHT, "a whale at sea", "two pink fish at sea", "in the desert"]
    report = truth_report(captions, [SNOW, SEA, FISH, FISH])
    assert report == {
        "captions": 4,
        "true": 2 / 4,
        "facts": (8 + 3 + 4 + 1) / 4,
        "object": 4 / 4,
        "colour": 3 / 3,
        "count": 3 / 4,
        "background": 3 / 4,
        "relation": 1,
    }
    assert list(report) == ["captions", "true", "facts", *FACT_KINDS]


def test_report_and_bleu_need_a_partner_for_every_caption():
    with pytest.raises(ValueError, match="as many captions as scenes, and at least one, got 2 and 1"):
        truth_report([RIGHT, RIGHT], [SNOW])
    with pytest.raises(ValueError, match="as many captions as lists of references, and at least one, got 0 and 0"):
        bleu_score([], [])
    with pytest.raises(ValueError, match="every caption needs at least one reference"):
        bleu_score([RIGHT, RIGHT], [[RIGHT], []])


def test_the_score_of_facts_by_hand():
    # The captions state 3 facts (object, colour, count), of which 2 and 1 are among the 4 of the references.
    references = [["a red boat", "a boat at sea"], ["two blue boats at sea"]]
    assert fact_score(["a red boat", "a blue boat"], references) == pytest.approx(
        (2 * 3 / (3 + 4) + 2 * 2 / (3 + 4)) / 2
    )
    assert fact_score(["", "nonsense"], references) == 0
    with pytest.raises(ValueError, match="as many captions as lists of references, and at least one, got 1 and 2"):
        fact_score(["a red boat"], references)


@pytest.mark.parametrize("scene", [SNOW, SEA, FISH])
def test_the_entropy_of_the_wording_is_that_of_many_random_captions(scene):
    rng = np.random.RandomState(0)
    counts = Counter(_random_caption(scene, rng) for _ in range(8000))
    shares = np.array(list(counts.values())) / 8000
    assert wording_entropy(scene) == pytest.approx(-(shares * np.log(shares)).sum(), abs=0.03)


def test_bleu_is_one_for_a_reference_and_hardly_sees_a_lie():
    pytest.importorskip("nltk")
    references = [scene_captions(scene) for scene in sample_scenes("val", 50)]
    copies = [some[0] for some in references]
    assert bleu_score(copies, references) == pytest.approx(1)
    lies = [" ".join(COLOURS[COLOURS.index(w) - 1] if w in COLOURS else w for w in copy.split()) for copy in copies]
    lies_report = truth_report(lies, sample_scenes("val", 50))
    assert lies_report["true"] == 0 and lies_report["colour"] < 0.1
    assert 0.3 < bleu_score(lies, references) < 0.8


def test_bleu_by_hand():
    pytest.importorskip("nltk")
    # Of the runs of one to four words, 4 of 6, 3 of 5, 2 of 4 and 1 of 3 are in the reference, which is shorter.
    score = bleu_score(["a cat on the mat mat"], [["the cat on the mat"]])
    assert score == pytest.approx((4 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)


# ---------------------------------------------------------------- composing


@settings(deadline=None)
@given(scenes(), st.integers(0, 2**32 - 1))
def test_every_caption_has_a_scene_of_which_it_is_true(scene, seed):
    for caption in scene_captions(scene):
        composed = scene_of_caption(caption.capitalize() + ".", seed)
        assert caption_facts(caption) <= facts_true_of(composed) and composed.seed == seed
        assert {*composed.groups} == {*scene.groups} and composed.background == scene.background
        assert Scene.from_address(composed.address) == composed


def test_what_a_caption_leaves_open_depends_on_the_seed():
    composed = {scene_of_caption("a cat next to a dog", seed).composition for seed in range(30)}
    assert len(composed) > 20 and all("/beside/" in composition for composition in composed)
    assert scene_of_caption("two red boats at sea", 8172).address == "scene:sea/alone/2-red-boat/8172"


@pytest.mark.parametrize(
    "caption, composition",
    [
        ("a red cat to the right of two blue dogs in the snow", "snow/beside/2-blue-dog/1-red-cat"),
        ("Two black cats below a red balloon at night.", "night/above/1-red-balloon/2-black-cat"),
        ("a red cat and a blue dog on the sand", "desert/beside/1-red-cat/1-blue-dog"),
    ],
)
def test_forms_that_only_people_use_are_composed_but_are_no_captions(caption, composition):
    assert scene_of_caption(caption).composition == composition and not caption_facts(caption)


@pytest.mark.parametrize(
    "caption, message",
    [
        ("two orange boats at sea", r"scene \(unknown here: orange\); try"),
        ("a cat and two spaceships and an ufo", r"\(unknown here: spaceships, ufo\)"),
        ("two red boat at sea", "is no sentence about a scene; try 'two red boats at sea'"),
        ("at sea", "is no sentence about a scene"),
        ("", "is no sentence about a scene"),
        ("a red cat next to a blue cat", "names two groups of the same kind"),
    ],
)
def test_other_sentences_have_no_scene(caption, message):
    with pytest.raises(ValueError, match=message):
        scene_of_caption(caption)


# ---------------------------------------------------------------- building

SMALL = {"train": 45, "val": 13, "novel": 9}


def small_describe(pictures):
    """Features for two layers without a network: means over a grid of each quarter of a cell, and squares of some."""
    means = pictures.reshape(len(pictures), 4, 2, 16, 4, 2, 16, 3).mean(axis=(3, 6)) / 255  # (N, 4, 2, 4, 2, 3)
    means = means.transpose(0, 1, 3, 2, 4, 5).reshape(len(pictures), -1)  # the twelve numbers of a cell side by side
    return [means, means[:, ::4] ** 2]


@pytest.fixture
def small(monkeypatch):
    """A data set so small that it is built at once."""
    monkeypatch.setattr(build, "NUM_FEATURES", 16)
    monkeypatch.setattr(build, "NUM_CELL_FEATURES", 5)
    monkeypatch.setattr(build, "_PIECE", 10)
    monkeypatch.setenv("TQDM_DISABLE", "1")


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_built_files_are_in_the_format_of_the_course(tmp_path, small, capsys):
    folder = tmp_path / "new" / "scenes"
    build_scenes(folder, SMALL, describe=small_describe)
    assert capsys.readouterr().out == (
        "scenes: 67 to be drawn and described, a matter of minutes ...\nscenes: drawn, described and written\n"
    )
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["scenes"]
    data = load_coco_data(folder)
    assert data["idx_to_word"][:4] == ["<NULL>", "<START>", "<END>", "<UNK>"]
    for split, num in SMALL.items():
        scenes = sample_scenes(split, num)
        assert data[f"{split}_urls"].tolist() == [scene.address for scene in scenes]
        assert data[f"{split}_features"].shape == (num, 16) and data[f"{split}_features"].dtype == np.float32
        captions = decode_captions(data[f"{split}_captions"], data["idx_to_word"], plain=True)
        assert captions == [caption for scene in scenes for caption in scene_captions(scene)]
        assert data[f"{split}_image_idxs"].tolist() == [k for k in range(num) for _ in range(5)]
        assert truth_report(captions, [scene for scene in scenes for _ in range(5)])["true"] == 1


def test_grids_are_principal_components_of_the_cells_of_the_training_split(tmp_path, small):
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    data = load_coco_data(tmp_path / "scenes", grid=True)
    assert {split: data[f"{split}_features"].shape for split in SMALL} == {s: (n, 16, 5) for s, n in SMALL.items()}
    rows = data["train_features"].reshape(-1, 5)
    covariance = rows.T @ rows / len(rows)
    np.testing.assert_allclose(rows.mean(axis=0), 0, atol=1e-3)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 1e-3 * covariance.max()
    assert (np.diff(np.diag(covariance)) < 0).all()  # the largest first


def test_a_cell_of_a_grid_tells_its_own_part_of_the_picture(tmp_path, small):
    """Cells that show the same in two pictures have the same features; here, those that no thing stands in."""
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    grids = load_coco_data(tmp_path / "scenes", grid=True)["train_features"].astype(np.float16)
    cells = np.stack([draw_scene(scene) for scene in sample_scenes("train", SMALL["train"])])
    cells = small_describe(cells)[0].reshape(len(grids) * 16, -1)
    rows = grids.reshape(len(grids) * 16, -1)
    _, first, inverse = np.unique(cells, axis=0, return_index=True, return_inverse=True)
    assert len(first) < len(cells)  # some are alike
    np.testing.assert_allclose(rows, rows[first][inverse.ravel()], atol=1e-3)


def test_an_older_data_set_gets_grids_without_drawing_where_the_pieces_are_there(tmp_path, small, capsys):
    folder = tmp_path / "scenes"
    build_scenes(folder, SMALL, describe=small_describe)
    whole = contents(folder)
    for path in folder.glob("*_grid*"):
        path.unlink()
    recipe = {"version": 1, "seed": 231, "num_scenes": SMALL}  # of the version before grids
    (folder / "scenes.json").write_text(json.dumps({"recipe": recipe, "sha256": {}}))
    with pytest.raises(FileNotFoundError, match="train2014_grid.h5 is missing: this data set has no features of cells"):
        load_coco_data(folder, grid=True)
    with pytest.raises(FileNotFoundError, match="grid.npz is missing; an older version made the scenes; bring them up"):
        features.load_reduction(folder, features.GRID_REDUCTION_FILE)
    pieces = tmp_path / f".scenes-{hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:8]}"
    pieces.mkdir()
    build._described({split: sample_scenes(split, num, 231) for split, num in SMALL.items()}, pieces, small_describe)
    capsys.readouterr()
    build_scenes(folder, SMALL, describe=None)  # drawing would need the network's weights
    assert capsys.readouterr().out == "scenes: drawn, described and written\n"
    assert contents(folder) == whole


def test_features_are_principal_components_of_the_training_split(tmp_path, small):
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    data = load_coco_data(tmp_path / "scenes")
    train = data["train_features"].astype(float)
    np.testing.assert_allclose(train.mean(axis=0), 0, atol=1e-5)
    covariance = np.cov(train.T, bias=True)
    variances = np.diag(covariance)
    assert np.abs(covariance - np.diag(variances)).max() < 1e-4 * variances[0]
    assert (np.diff(variances) < 0).all() and train.std() == pytest.approx(0.3, abs=1e-5)
    # The same by the singular values of the features of all splits together.
    layers = {
        split: small_describe(np.stack([draw_scene(scene) for scene in sample_scenes(split, num)]))
        for split, num in SMALL.items()
    }
    rows = {split: [] for split in SMALL}
    for k in range(2):
        mean, std = layers["train"][k].mean(axis=0), layers["train"][k].std(axis=0)
        divisor = std + 0.05 * layers["train"][k].std()
        size = np.sqrt((((layers["train"][k] - mean) / divisor) ** 2).sum(axis=1).mean())
        for split in SMALL:
            rows[split].append((layers[split][k] - mean) / divisor / size)
    rows = {split: np.concatenate(parts, axis=1) for split, parts in rows.items()}
    _, singular, components = np.linalg.svd(rows["train"], full_matrices=False)
    expected = {split: part @ components[:16].T / np.sqrt(singular[:16]) for split, part in rows.items()}
    for split in SMALL:
        signs = np.sign((expected["train"] * train).sum(axis=0))
        np.testing.assert_allclose(
            data[f"{split}_features"], signs * expected[split] * (0.3 / expected["train"].std()), rtol=1e-3, atol=1e-3
        )


def test_the_reduction_describes_other_pictures_in_the_same_terms(tmp_path, small):
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    data, reduction = load_coco_data(tmp_path / "scenes"), features.load_reduction(tmp_path / "scenes")
    grids = load_coco_data(tmp_path / "scenes", grid=True)
    of_cells = features.load_reduction(tmp_path / "scenes", features.GRID_REDUCTION_FILE)
    for split in SMALL:
        layers = small_describe(np.stack([draw_scene(url) for url in data[f"{split}_urls"]]))
        layers = [layer.astype(np.float32) for layer in layers]
        np.testing.assert_allclose(reduction.features(layers), data[f"{split}_features"], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(of_cells.grids(layers), grids[f"{split}_features"], rtol=1e-3, atol=1e-3)  # float16


def test_a_damaged_or_missing_reduction_is_told_with_the_command_that_makes_it(tmp_path, data_with_scenes):
    shutil.copytree(data_with_scenes / "scenes", tmp_path / "scenes")
    (tmp_path / "scenes" / "reduction.npz").write_bytes(b"half of it")
    with pytest.raises(ValueError, match="reduction.npz is damaged or not the reduction of the scenes .*delete it"):
        features.load_reduction(tmp_path / "scenes")
    (tmp_path / "scenes" / "reduction.npz").unlink()
    with pytest.raises(FileNotFoundError, match="reduction.npz is missing; .* python -m cs231n.scenes"):
        features.load_reduction(tmp_path / "scenes")


def test_the_same_seed_gives_the_same_bytes_and_another_others(tmp_path, small):
    for name, seed in (("one", 231), ("two", 231), ("three", 232)):
        build_scenes(tmp_path / name, SMALL, seed=seed, describe=small_describe)
    one, two, three = (contents(tmp_path / name) for name in ("one", "two", "three"))
    assert one == two
    assert {name for name in one if one[name] == three[name]} <= {"coco2014_vocab.json"}


def test_a_second_run_does_nothing(tmp_path, small, capsys):
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "scenes").iterdir()}
    capsys.readouterr()
    build_scenes(tmp_path / "scenes", SMALL, describe=None)  # building would need the network's weights
    assert capsys.readouterr().out == "scenes: complete\n"
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "scenes").iterdir()}


@pytest.mark.parametrize("name", ["train2014_urls.txt", "val2014_vgg16_fc7_pca.h5", "reduction.npz", "scenes.json"])
@pytest.mark.parametrize("damage", [lambda path: path.unlink(), lambda path: path.write_bytes(path.read_bytes()[:-9])])
def test_missing_and_damaged_files_are_mended(tmp_path, small, name, damage):
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    whole = contents(tmp_path / "scenes")
    damage(tmp_path / "scenes" / name)
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    assert contents(tmp_path / "scenes") == whole


def test_stopped_building_leaves_the_old_files_and_goes_on_where_it_was(tmp_path, small):
    build_scenes(tmp_path / "scenes", SMALL, seed=1, describe=small_describe)
    old = contents(tmp_path / "scenes")
    calls = []

    def stops(pictures):
        if len(calls) == 4:
            raise KeyboardInterrupt
        calls.append(len(pictures))
        return small_describe(pictures)

    def goes_on(pictures):
        calls.append(len(pictures))
        return small_describe(pictures)

    with pytest.raises(KeyboardInterrupt):
        build_scenes(tmp_path / "scenes", SMALL, describe=stops)
    assert contents(tmp_path / "scenes") == old
    build_scenes(tmp_path / "scenes", SMALL, describe=goes_on)
    assert calls == [10, 10, 10, 10, 5, 10, 3, 9]  # once for each scene
    build_scenes(tmp_path / "straight", SMALL, describe=small_describe)
    assert contents(tmp_path / "scenes") == contents(tmp_path / "straight")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["scenes", "straight"]


def test_processes_that_draw_ahead_give_the_same_data_set(tmp_path, small, monkeypatch):
    build_scenes(tmp_path / "here", SMALL, describe=small_describe)
    monkeypatch.setattr(build, "_WORTH_PROCESSES", 1)
    build_scenes(tmp_path / "ahead", SMALL, describe=small_describe)
    assert contents(tmp_path / "ahead") == contents(tmp_path / "here")


def test_a_killed_process_is_a_sentence_and_the_next_run_goes_on(tmp_path, small, monkeypatch):
    class Killed(build.ProcessPoolExecutor):
        def submit(self, *arguments):
            future = Future()
            future.set_exception(BrokenProcessPool("A child process terminated abruptly"))
            return future

    with monkeypatch.context() as patch:
        patch.setattr(build, "_WORTH_PROCESSES", 1)
        patch.setattr(build, "ProcessPoolExecutor", Killed)
        with pytest.raises(RuntimeError, match="a process that draws was killed, .* run this again"):
            build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    assert len(load_coco_data(tmp_path / "scenes")["train_urls"]) == SMALL["train"]


def test_piece_cut_short_by_a_crash_is_never_read(tmp_path, small, monkeypatch):
    def crashes(file, *arrays):
        file.write(b"half of it")
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", crashes)
        with pytest.raises(OSError, match="No space left"):
            build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    assert len(load_coco_data(tmp_path / "scenes")["train_urls"]) == SMALL["train"]


def test_too_few_scenes_for_the_features_are_refused(tmp_path, small):
    with pytest.raises(ValueError, match="16 features need more than 16 scenes in train, got 16"):
        build_scenes(tmp_path / "scenes", SMALL | {"train": 16}, describe=small_describe)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["notes.txt", "train2014_urls.txt"])
def test_a_folder_of_something_else_is_left_alone(tmp_path, small, monkeypatch, name):
    mine = tmp_path / "scenes" / name
    mine.parent.mkdir()
    mine.write_text("garden.jpg\n")
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    monkeypatch.setattr(build, "NUM_SCENES", SMALL)
    with pytest.raises(SystemExit, match="holds something other than scenes; move it away or name another folder$"):
        build.main()
    assert mine.read_text() == "garden.jpg\n"


def test_pieces_of_another_set_are_left_alone(tmp_path, small):
    build_scenes(tmp_path / "scenes-small", SMALL, describe=small_describe)  # leaves .scenes-small.lock
    (tmp_path / ".scenes-small-0123abcd").mkdir()
    (tmp_path / ".scenes-0123abcd").mkdir()
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {".scenes-small.lock", ".scenes-small-0123abcd", ".scenes.lock", "scenes", "scenes-small"}


def test_a_complete_set_needs_no_permission(tmp_path, small, monkeypatch, capsys):
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)

    def refuses(*_, **__):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(build, "file_lock", refuses)
    build_scenes(tmp_path / "scenes", SMALL, describe=small_describe)
    assert capsys.readouterr().out.endswith("scenes: complete\n")


def test_without_weights_the_command_says_how_to_get_them(tmp_path, small, monkeypatch):
    pytest.importorskip("tensorflow")
    monkeypatch.setenv("CS231N_DATA", str(tmp_path))
    monkeypatch.setattr(build, "NUM_SCENES", SMALL)
    with pytest.raises(SystemExit) as ending:
        build.main()
    assert "python -m cs231n.download efficientnet_lite0" in ending.value.code and "\n" not in ending.value.code


def test_ctrl_c_ends_the_command_in_one_line(monkeypatch, capsys):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "build_scenes", interrupted)
    with pytest.raises(SystemExit) as ending:
        build.main()
    assert ending.value.code == 130
    assert capsys.readouterr().err.strip() == "scenes: stopped; the next run goes on from here"


@pytest.mark.skipif(
    find("efficientnet_lite0") is None, reason="no weights: python -m cs231n.download efficientnet_lite0"
)
def test_network_describes_things_and_places():
    pytest.importorskip("tensorflow")
    base = Scene("city", "beside", (Group(1, "red", "cat"), Group(1, "blue", "house")), seed=4)
    recoloured = Scene("city", "beside", (Group(1, "red", "cat"), Group(1, "green", "house")), seed=4)
    describe = features.efficientnet_outputs()
    layers = describe(np.stack([draw_scene(scene) for scene in (base, recoloured, base)]))
    for layer in layers:
        cells = layer.reshape(3, 4, 4, -1)
        np.testing.assert_array_equal(layer[0], layer[2])
        change = np.abs(cells[0] - cells[1]).mean(axis=(0, 2))  # for each column of cells, from left to right
        assert change[2:].min() > 2 * change[0] and layer.dtype == np.float32
