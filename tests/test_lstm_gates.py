"""Gates read from an LSTM's states: the recurrence holds with them."""

import numpy as np

from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.lstm_gates import gates_while_reading
from cs231n.rnn_layers import lstm_forward


def test_gates_are_those_of_the_lstm():
    model = CaptioningRNN({"<NULL>": 0, "a": 1, "b": 2}, 4, 5, 6, "lstm", np.float64, seed=0)
    model.params["b"] = np.random.RandomState(1).randn(24)
    feature, caption, p = np.random.RandomState(0).randn(4), [1, 2, 2], model.params
    gates = gates_while_reading(model, feature, caption)
    h, _ = lstm_forward(p["W_embed"][caption][None], feature[None] @ p["W_proj"], p["Wx"], p["Wh"], p["b"])
    assert all(values.shape == (3, 6) for values in gates.values())
    np.testing.assert_allclose(gates["o"] * np.tanh(gates["c"]), h[0], atol=1e-12)
    c = np.zeros(6)
    for t in range(3):
        c = gates["f"][t] * c + gates["i"][t] * gates["g"][t]
        np.testing.assert_allclose(gates["c"][t], c, atol=1e-12)
