"""The loss that training uses: in this edition your own `CaptioningRNN.loss`, step by step.

The reference edition has a faster form of the same here, which passes over padding and computes what needs no earlier
state in one large product.
"""


def packed_loss(model, features, captions):
    """What `model.loss(features, captions)` returns; arguments and errors as there."""
    return model.loss(features, captions)
