"""Measures of a GAN's images, on cases with known answers."""

import numpy as np
import pytest
import scipy.linalg

from cs231n.classifiers.digits import WEIGHTS, digit_classifier, load_digit_classifier, read_digits
from cs231n.gan import quality

RNG = np.random.RandomState(231)


@pytest.fixture(scope="module")
def judge():
    try:
        return quality.Judge()
    except FileNotFoundError as error:
        pytest.skip(str(error))


# ---------------------------------------------------------------- Fréchet distance


def test_frechet_distance_of_two_normals_in_one_dimension():
    """The distance is (m1 - m2)^2 + (s1 - s2)^2 for samples shifted and scaled to have exactly these moments."""
    unit = np.array([-1.0, -1.0, 1.0, 1.0]) / np.sqrt(4 / 3)  # mean 0, variance (N - 1) 1
    distance = quality.frechet_distance(3 + 2 * unit[:, None], -1 + 5 * unit[:, None])
    assert distance == pytest.approx(4**2 + 3**2, rel=1e-12)


def test_frechet_distance_equals_the_formula_with_a_matrix_square_root():
    a, b = RNG.randn(300, 7) @ RNG.randn(7, 7) + 1, RNG.randn(200, 7) @ RNG.randn(7, 7)
    A, B = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    mean_distance = np.sum((a.mean(0) - b.mean(0)) ** 2)
    expected = mean_distance + np.trace(A + B - 2 * np.real(scipy.linalg.sqrtm(A @ B)))
    assert quality.frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)
    assert quality.frechet_distance(b, a) == pytest.approx(expected, rel=1e-9)


def test_frechet_distance_of_a_set_to_itself_is_zero_also_with_a_dead_feature():
    features = RNG.randn(100, 5)
    features[:, 3] = 0
    assert quality.frechet_distance(features, features) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    "shapes, words",
    [(((10, 3), (10, 4)), r"\(10, 3\) and \(10, 4\)"), (((10,), (10,)), "must be"), (((3, 3), (9, 3)), "more than 3")],
)
def test_frechet_distance_refuses(shapes, words):
    with pytest.raises(ValueError, match=words):
        quality.frechet_distance(*map(np.zeros, shapes))


# ---------------------------------------------------------------- classes


def test_classifier_score_is_the_number_of_classes_at_best_and_one_at_worst():
    sure = np.eye(10).repeat(3, axis=0)
    assert quality.classifier_score(sure) == pytest.approx(10)
    assert quality.classifier_score(sure[:3]) == pytest.approx(1)  # collapsed
    assert quality.classifier_score(np.full((5, 10), 0.1)) == pytest.approx(1)  # a classifier that is undecided
    assert quality.classifier_score(np.eye(10)[[0, 0, 1, 1]]) == pytest.approx(2)


def test_classifier_score_of_unsure_readings():
    p = RNG.dirichlet(np.ones(4), size=50)
    divergences = [sum(row * np.log(row / p.mean(axis=0))) for row in p]
    assert quality.classifier_score(p) == pytest.approx(np.exp(np.mean(divergences)))


def test_entropy_and_coverage():
    labels = [0] * 50 + [1] * 25 + [2] * 25
    p = 0.5 * np.eye(10)[labels] + 0.05
    assert quality.class_entropy(p) == pytest.approx(1.5)
    assert quality.digits_covered(p) == 3
    assert quality.digits_covered(p, share=0.3) == 1
    assert quality.digits_covered(np.eye(10)[[0] * 199 + [1]]) == 1  # one image of another digit
    assert quality.class_entropy(np.eye(10)[[4] * 9]) == 0


# ---------------------------------------------------------------- copies


def test_nearest_equals_a_search_one_by_one():
    images, others = RNG.rand(7, 30).astype(np.float32), RNG.rand(40, 30).astype(np.float32)
    all_distances = np.linalg.norm(images[:, None].astype(float) - others, axis=2)
    indices, distances = quality.nearest(images, others)
    np.testing.assert_array_equal(indices, all_distances.argmin(axis=1))
    np.testing.assert_allclose(distances, all_distances.min(axis=1), rtol=1e-6)


def test_novelty_is_zero_for_copies_and_one_for_the_test_images_themselves():
    train, test = RNG.rand(50, 20).astype(np.float32), RNG.rand(30, 20).astype(np.float32)
    assert quality.novelty(train[5:15], test, train) == pytest.approx(0, abs=1e-6)
    assert quality.novelty(test, test, train) == 1


# ---------------------------------------------------------------- the classifier, and all measures on MNIST


def test_classifier_is_small_and_its_weights_are_of_its_shapes():
    assert digit_classifier().count_params() == 61_322
    assert WEIGHTS.stat().st_size < 200_000
    load_digit_classifier()


def test_classifier_reads_99_percent_of_the_test_digits(judge):
    from cs231n.data_utils import load_mnist

    labels = load_mnist()[1][1]
    assert np.mean(judge.reading.probabilities.argmax(axis=1) == labels) >= 0.99
    np.testing.assert_allclose(judge.reading.probabilities.sum(axis=1), 1)


def test_reading_does_not_depend_on_the_company(judge):
    some = read_digits(judge.test_images[:3], judge.classifier)
    np.testing.assert_allclose(some.features, judge.reading.features[:3], rtol=1e-4, atol=1e-4)


def test_real_images_are_near_noise_is_far_and_one_digit_is_collapse(judge):
    real = judge(judge.train_images[:2000])
    assert real.distance < 3
    assert real.score > 9.6
    assert real.digits == 10
    assert real.confident > 0.95
    blurred = judge((judge.train_images[:2000] + RNG.uniform(-0.3, 0.3, (2000, 784)).astype(np.float32)).clip(-1, 1))
    assert blurred.distance > 3 * real.distance
    noise = judge(RNG.uniform(-1, 1, (2000, 784)).astype(np.float32))
    assert noise.distance > 300
    assert noise.score < 3
    one_digit = judge.test_images[judge.reading.probabilities.argmax(axis=1) == 3][:500]
    collapsed = judge(one_digit)
    assert collapsed.digits == 1
    assert collapsed.entropy == 0
    assert collapsed.score < 1.2


def test_novelty_of_copies_and_of_new_digits(judge):
    assert judge(judge.train_images[:100]).novelty == pytest.approx(0, abs=1e-3)
    assert judge(judge.test_images[-500:]).novelty == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize(
    "images, words",
    [
        (np.zeros((4, 28, 28)), r"\(4, 28, 28\)"),
        (np.zeros((0, 784)), "at least 1"),
        (np.full((2, 784), 255.0), r"\[-1, 1\]"),
        (np.full((2, 784), np.nan), r"\[-1, 1\]"),
    ],
)
def test_read_digits_refuses(images, words):
    with pytest.raises(ValueError, match=words):
        read_digits(images, classifier=None)
