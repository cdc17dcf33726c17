"""Train the network that judges the GANs' digits, and store its weights in the package.

    python -m tools.train_digit_classifier

Adam with cosine decay, four epochs, about a minute on two cores. Weights are stored with 16 bits each.
"""

import io

import numpy as np

from cs231n.files import atomic_write
from cs231n.quiet_tensorflow import quiet_tensorflow

EPOCHS, BATCH, RATE = 4, 128, 2e-3


def main():
    quiet_tensorflow()
    from cs231n.classifiers.digits import WEIGHTS, load_digit_classifier, read_digits
    from cs231n.data_utils import load_mnist

    train_set, (x_test, y_test) = load_mnist((-1, 1))
    weights = [w.astype(np.float16) for w in trained_classifier(*train_set).get_weights()]
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{f"{k:02d}": w for k, w in enumerate(weights)})
    with atomic_write(WEIGHTS) as file:
        file.write(buffer.getvalue())
    digits = read_digits(x_test, load_digit_classifier()).probabilities.argmax(axis=1)
    print(
        f"{np.mean(digits == y_test):.2%} of the test digits right; {WEIGHTS.stat().st_size / 1e3:.0f} kB in {WEIGHTS}"
    )


def trained_classifier(x_train, y_train):
    """The classifier, trained on these images (N, 784) in [-1, 1] and their digits (N,)."""
    import keras

    from cs231n.classifiers.digits import digit_classifier

    model = digit_classifier()
    scores_only = keras.Model(model.inputs, model.outputs[1])
    schedule = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * len(x_train) // BATCH)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    scores_only.compile(keras.optimizers.Adam(schedule), loss, metrics=["accuracy"])
    scores_only.fit(x_train, y_train, BATCH, EPOCHS, verbose=2)
    return model


if __name__ == "__main__":
    main()
