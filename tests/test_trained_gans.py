"""Generators that come with the package: stored in 8 bits, as good as their log says."""

import numpy as np
import pytest

from cs231n import gan
from cs231n.gan import trained
from cs231n.gan.quality import Judge

KINDS = sorted(gan.RECIPES)


@pytest.fixture
def small():
    """A generator with weights that are not as they were initialised, one of its columns zero."""
    model = gan.generator(4)
    rng = np.random.RandomState(231)
    weights = [rng.standard_normal(w.shape).astype(np.float32) for w in model.get_weights()]
    weights[0][:, 5] = 0
    model.set_weights(weights)
    return model


def test_eight_bits_keep_each_weight_to_half_a_level(small, tmp_path):
    trained.save_weights(small, tmp_path / "g.npz")
    other = gan.generator(4)
    trained.load_weights(other, tmp_path / "g.npz")
    for a, b in zip(small.get_weights(), other.get_weights(), strict=True):
        if a.ndim == 1:
            np.testing.assert_array_equal(a, b)
        else:
            assert (np.abs(a - b) <= 0.501 * np.abs(a).max(axis=0) / 127).all()
    assert [path.name for path in tmp_path.iterdir()] == ["g.npz"]


def test_saving_is_deterministic(small, tmp_path):
    for name in ("a.npz", "b.npz"):
        trained.save_weights(small, tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_damaged_or_foreign_files_are_refused(small, tmp_path):
    path = tmp_path / "g.npz"
    trained.save_weights(small, path)
    with pytest.raises(ValueError, match="g.npz is damaged or not weights of this network"):
        trained.load_weights(gan.generator(5), path)
    whole = path.read_bytes()
    cut, scrambled = whole[:-1000], whole[:100] + bytes(100) + whole[200:]
    for content in (cut, scrambled):  # the second raises zlib.error
        path.write_bytes(content)
        with pytest.raises(ValueError, match="git checkout restores it"):
            trained.load_weights(small, path)


def test_unknown_kind_names_those_there_are():
    with pytest.raises(ValueError, match="'biggan'; there are: dcgan, lsgan, vanilla, wgan-gp"):
        trained.load_trained_generator("biggan")


def test_files_are_small_and_all_there():
    sizes = {path.stem: path.stat().st_size for path in trained.FOLDER.glob("*.npz")}
    assert sorted(sizes) == KINDS
    assert max(sizes.values()) < 8e6
    assert sum(sizes.values()) < 20e6


@pytest.fixture(scope="module")
def judge():
    try:
        return Judge()
    except FileNotFoundError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("kind", KINDS)
def test_each_generator_is_as_good_as_its_log_says(kind, judge):
    log = trained.training_log(kind)
    quality = judge(gan.generate(trained.load_trained_generator(kind), 2000))
    assert log["rows"][-1]["step"] == log["steps"]
    assert quality.distance == pytest.approx(log["rows"][-1]["averaged"], rel=0.1)  # 8 bits, another processor
    assert quality.score == pytest.approx(log["quality of 8 bits"]["score"], abs=0.15)
    assert quality.digits == 10
