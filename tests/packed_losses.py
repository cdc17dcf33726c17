"""What the tests of packed losses share."""

import numpy as np
import pytest


def check_packed_loss(packed, model, features, captions, atol=1e-11):
    """Assert that a packed loss and its gradients are those of `model.loss`, and that it changes no argument."""
    for array in (captions, features, *model.params.values()):
        array.flags.writeable = False
    loss, grads = packed(model, features, captions)
    expected, expected_grads = model.loss(features, captions)
    assert loss == pytest.approx(expected, abs=1e-12) and grads.keys() == expected_grads.keys()
    for name, gradient in expected_grads.items():
        assert grads[name].shape == gradient.shape
        np.testing.assert_allclose(grads[name], gradient, rtol=1e-8, atol=atol)
