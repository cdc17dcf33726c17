"""How good the digits of a GAN are: measures that compare them with MNIST's, most through a digit classifier's eyes."""

from typing import NamedTuple

import numpy as np
import scipy.linalg
from scipy.special import entr, rel_entr

from cs231n.classifiers.digits import load_digit_classifier, read_digits
from cs231n.data_utils import load_mnist


class Quality(NamedTuple):
    """Measures of a set of images. The best possible values are those of MNIST's own images."""

    distance: float  # `frechet_distance` to the test images
    score: float  # `classifier_score`, 1 to 10
    digits: int  # `digits_covered`
    entropy: float  # `class_entropy`, in bits, at most log2 10 = 3.32
    confident: float  # share of the images to which the classifier gives one digit with a probability of .9 or more
    novelty: float  # `novelty`; far below 1 if the images are copies


class Judge:
    """A function that measures images against MNIST, whose test images the classifier reads only once.

    Attributes:
        train_images, test_images: (60000, 784) and (10000, 784) float32 in [-1, 1].
        classifier: the network that reads the images; reading: its `Reading` of the test images.
    """

    def __init__(self):
        (self.train_images, _), (self.test_images, _) = load_mnist((-1, 1))
        self.classifier = load_digit_classifier()
        self.reading = read_digits(self.test_images, self.classifier)

    def __call__(self, images):
        """`Quality` of images. The Fréchet distance falls as N grows, so compare sets of one size only.

        Args:
            images: (N, 784) in [-1, 1].

        Raises:
            ValueError: if there are not more images than features (64), or if they are not (N, 784) in [-1, 1].
        """
        features, probabilities = read_digits(images, self.classifier)
        return Quality(
            frechet_distance(features, self.reading.features),
            classifier_score(probabilities),
            digits_covered(probabilities),
            class_entropy(probabilities),
            float(np.mean(probabilities.max(axis=1) >= 0.9)),
            novelty(images[:_NOVELTY_IMAGES], self.test_images[:_NOVELTY_IMAGES], self.train_images),
        )


_NOVELTY_IMAGES = 500


def frechet_distance(features, other):
    """Squared distance of two normal distributions that have the means and covariances of two sets of features.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), which with Inception's features is the FID (Heusel et al. 2017,
    arXiv:1706.08500). Zero for equal sets; two finite samples of one distribution have a distance above zero.

    Args:
        features: (N, F) float; other: (M, F) float.

    Returns:
        A number in the features' unit squared, not negative.

    Raises:
        ValueError: if the shapes are not (N, F) and (M, F), or if N or M is not above F, which would make a covariance
            matrix singular.
    """
    features, other = np.asarray(features, np.float64), np.asarray(other, np.float64)
    if features.ndim != 2 or other.ndim != 2 or features.shape[1] != other.shape[1]:
        raise ValueError(f"features must be (N, F) and (M, F), got {features.shape} and {other.shape}")
    width = features.shape[1]
    if min(len(features), len(other)) <= width:
        raise ValueError(f"{width} features need more than {width} images, got {len(features)} and {len(other)}")
    distance_of_means = np.sum((features.mean(axis=0) - other.mean(axis=0)) ** 2)
    covariance, other_covariance = (np.cov(f, rowvar=False).reshape(width, width) for f in (features, other))
    # tr (C1 C2)^(1/2) = tr (R C2 R)^(1/2) with R the root of C1, which is symmetric: its eigenvalues are real.
    root = _symmetric_root(covariance)
    shared = np.trace(_symmetric_root(root @ other_covariance @ root))
    return float(max(distance_of_means + np.trace(covariance) + np.trace(other_covariance) - 2 * shared, 0))


def _symmetric_root(matrix):
    values, vectors = scipy.linalg.eigh(matrix)
    return (vectors * np.sqrt(values.clip(0))) @ vectors.T


def classifier_score(probabilities):
    """The Inception score with a classifier of digits: exp of the mean divergence KL(p(class | image) || p(class)).

    10 if each image is one digit beyond doubt and all digits are equally frequent; 1 if all images are read alike
    (Salimans et al. 2016, arXiv:1606.03498).

    Args:
        probabilities: (N, C) float, rows that sum to 1.
    """
    probabilities = np.asarray(probabilities, np.float64)
    divergences = rel_entr(probabilities, probabilities.mean(axis=0)).sum(axis=1)  # p log(p / mean), 0 where p is 0
    return float(np.exp(divergences.mean()))


def class_entropy(probabilities):
    """Entropy in bits of how often each class is the most probable: log2 C if all are equally frequent.

    Args:
        probabilities: (N, C) float.
    """
    return float(entr(_class_shares(probabilities)).sum() / np.log(2))


def digits_covered(probabilities, share=0.01):
    """Number of classes that are the most probable one for at least this share of the images.

    Args:
        probabilities: (N, C) float; share: float, by default one image in a hundred, so that strays do not count.
    """
    return int(np.sum(_class_shares(probabilities) >= share))


def _class_shares(probabilities):
    probabilities = np.asarray(probabilities)
    return np.bincount(probabilities.argmax(axis=1), minlength=probabilities.shape[1]) / len(probabilities)


def nearest(images, others):
    """Find for each image the closest of `others`, by the Euclidean distance of pixels.

    Args:
        images: (N, P) float32; others: (M, P) float32.

    Returns:
        indices (N,) into `others`, and distances (N,) float64.
    """
    images, others = np.asarray(images), np.asarray(others)
    # |a - b|^2 = |a|^2 - 2 a.b + |b|^2, where |a|^2 is the same for all others.
    indices = (np.einsum("mp,mp->m", others, others) - 2 * images @ others.T).argmin(axis=1)
    return indices, np.linalg.norm(images.astype(np.float64) - others[indices], axis=1)


def novelty(images, test_images, train_images):
    """Mean distance of images from their nearest training images, divided by the same mean for test images.

    About 1 for images as new as the test set's; 0 for copies. Above 1 is not better: noise is far from everything.

    Args:
        images, test_images, train_images: (N, P), (M, P), (K, P) float32.
    """
    return float(nearest(images, train_images)[1].mean() / nearest(test_images, train_images)[1].mean())
