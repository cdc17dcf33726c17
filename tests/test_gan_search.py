"""Search of the noise: a digit that a generator made is found again, a drawn one is put where MNIST has its digits."""

import numpy as np
import pytest

pytest.importorskip("tensorflow")
import keras

from cs231n.gan.search import digit_from_drawing, nearest_generated


@pytest.fixture(scope="module")
def generator():
    """A small generator with random weights."""
    keras.utils.set_random_seed(231)
    return keras.Sequential([keras.Input([6]), keras.layers.Dense(32, "tanh"), keras.layers.Dense(784, "tanh")])


def test_a_generated_digit_is_found_again(generator):
    noise = np.random.RandomState(3).uniform(-0.9, 0.9, (1, 6)).astype(np.float32)
    digit = generator(noise)[0].numpy()
    nearest = nearest_generated(generator, digit, num_steps=200, num_starts=8)
    assert nearest.distances.shape == (201,) and nearest.distances[-1] < nearest.distances[0] / 100
    assert np.mean((nearest.image - digit) ** 2) == pytest.approx(nearest.distances[-1], rel=1e-3)
    np.testing.assert_allclose(generator(nearest.noise[None])[0], nearest.image, atol=1e-5)
    again = nearest_generated(generator, digit, num_steps=200, num_starts=8)
    assert np.array_equal(again.noise, nearest.noise)


def test_the_noise_stays_where_the_generator_was_trained(generator):
    digit = generator(np.full((1, 6), 5, np.float32))[0].numpy()
    nearest = nearest_generated(generator, digit, num_steps=40, num_starts=4)
    assert np.abs(nearest.noise).max() == 1


@pytest.mark.parametrize("dtype, ink", [(bool, True), (np.uint8, 255), (float, 1.0)])
def test_a_drawing_is_scaled_and_put_in_the_middle(dtype, ink):
    drawing = np.zeros((90, 70), dtype)
    drawing[10:60, 8:18] = ink  # a stroke of 50 x 10 pixels
    digit = (digit_from_drawing(drawing).reshape(28, 28) + 1) / 2
    rows, columns = np.nonzero(digit.max(axis=1) > 0.5)[0], np.nonzero(digit.max(axis=0) > 0.5)[0]
    assert (rows[0], rows[-1]) == (4, 23) and len(columns) == 4  # 20 x 4 pixels
    centre = [np.average(np.arange(28), weights=digit.sum(axis=axis)) for axis in (1, 0)]
    assert np.abs(np.array(centre) - 13.5).max() <= 1
    assert digit.min() == 0 and digit.max() == 1


def test_a_dot_is_a_digit_too():
    drawing = np.zeros((28, 28), bool)
    drawing[27, 0] = True
    assert digit_from_drawing(drawing).reshape(28, 28)[4:24, 4:24].min() == 1


def test_what_is_no_digit_is_refused(generator):
    with pytest.raises(ValueError, match="the drawing has no ink"):
        digit_from_drawing(np.zeros((28, 28), bool))
    with pytest.raises(ValueError, match="a picture must have the shape"):
        digit_from_drawing(np.zeros(28, bool))
    for digit in (np.zeros((28, 28)), np.full(784, 255.0), np.full(784, np.nan)):
        with pytest.raises(ValueError, match=r"a digit is 784 pixels in \[-1, 1\]"):
            nearest_generated(generator, digit)
    with pytest.raises(ValueError, match="num_starts must be a positive whole number, got 0"):
        nearest_generated(generator, np.zeros(784), num_starts=0)
