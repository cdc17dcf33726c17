"""Train the network that judges the GANs' digits, and store its weights in the package.

    python -m tools.train_digit_classifier

Adam with cosine decay, four epochs, about a minute on two cores. Weights are stored in 16 bits.
"""

import io

import numpy as np

from cs231n.notebook import setup

setup()

import keras  # noqa: E402

from cs231n.classifiers.digits import WEIGHTS, digit_classifier, load_digit_classifier, read_digits  # noqa: E402
from cs231n.data_utils import load_mnist  # noqa: E402

EPOCHS, BATCH, RATE = 4, 128, 2e-3


def main():
    (x_train, y_train), (x_test, y_test) = load_mnist((-1, 1))
    model = digit_classifier()
    scores_only = keras.Model(model.inputs, model.outputs[1])
    schedule = keras.optimizers.schedules.CosineDecay(RATE, EPOCHS * len(x_train) // BATCH)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    scores_only.compile(keras.optimizers.Adam(schedule), loss, metrics=["accuracy"])
    scores_only.fit(x_train, y_train, BATCH, EPOCHS, verbose=2)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{f"{k:02d}": w.astype(np.float16) for k, w in enumerate(model.get_weights())})
    WEIGHTS.write_bytes(buffer.getvalue())
    read = read_digits(x_test, load_digit_classifier()).probabilities.argmax(axis=1)
    print(f"{np.mean(read == y_test):.2%} of the test digits; {WEIGHTS.stat().st_size / 1e3:.0f} kB in {WEIGHTS}")


if __name__ == "__main__":
    main()
