"""The gates of a trained LSTM while it reads a caption."""

import numpy as np

from cs231n.rnn_layers import lstm_step_forward

_SATURATED = 100  # added to what goes into a sigmoid or a tanh, it makes the result 1 to the last digit


def gates_while_reading(model, features, caption):
    """The gates and the cell state of an LSTM after each word of a caption.

    The gates are not computed here: their formula is an exercise, and students have this file. They are read from what
    `lstm_step_forward` returns. A large bias forces all gates but one open or shut, and then the state that comes out
    is the remaining gate. For example, next_c = f * prev_c + i * g is f if i is shut and prev_c is 1. So the function
    works with every correct `lstm_step_forward`, whatever it keeps in its cache.

    Args:
        model: a `CaptioningRNN` with LSTM cells.
        features: (D,) array, the features of the picture.
        caption: (T,) integers, the indices of the words, beginning with <START>.

    Returns:
        dict of "i", "f", "o", "g" (gates and candidate) and "c" (cell state), each (T, H).
    """
    p = model.params
    x = p["W_embed"][caption]  # (T, W)
    h = features[None].astype(model.dtype) @ p["W_proj"] + p["b_proj"]  # (1, H)
    c, states = np.zeros_like(h), []
    for t in range(len(x)):
        prev_h = h
        h, c, _ = lstm_step_forward(x[t : t + 1], h, c, p["Wx"], p["Wh"], p["b"])
        states.append((prev_h, c))
    prev_h, c = (np.concatenate(rows) for rows in zip(*states, strict=True))  # (T, H)

    def forced(prev_c, i=0, g=0):
        """next_h and next_c of all steps, with `prev_c` for the cell state, and `i` and `g` added to two biases."""
        b = p["b"] + np.repeat(np.array([i, 0, 0, g], model.dtype), len(p["Wh"]))
        return lstm_step_forward(x, prev_h, np.full_like(c, prev_c), p["Wx"], p["Wh"], b)[:2]

    return {
        "i": forced(0, g=_SATURATED)[1],
        "f": forced(1, i=-_SATURATED)[1],
        "o": forced(0, i=_SATURATED, g=_SATURATED)[0] / float(np.tanh(1)),
        "g": forced(0, i=_SATURATED)[1],
        "c": c,
    }
