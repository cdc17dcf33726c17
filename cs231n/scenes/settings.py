"""The scale of the drawn scenes' features, and settings that train captioning models well on them."""

FEATURE_STD = 0.3  # standard deviation of the features; in trials, 1 gave three in a hundred fewer true captions


def lr_decay(num_epochs):
    """The `lr_decay` of `CaptioningSolver` that leaves 3 % of the learning rate after `num_epochs` epochs."""
    return round(0.03 ** (1 / num_epochs), 3)


def _settings(learning_rate, num_epochs):
    """Settings for `CaptioningSolver`.

    Chosen by the share of captions that are true, on the first thousand validation pictures. The learning rate falls to
    3 % over the training; other values were not compared. The noise is half the standard deviation of the features;
    without it, .60 of the RNN's captions of novel pictures are true, not .76 (docs/solutions/RNN_Captioning.md).
    """
    return {
        "update_rule": "adam",
        "optim_config": {"learning_rate": learning_rate},
        "lr_decay": lr_decay(num_epochs),
        "batch_size": 64,
        "num_epochs": num_epochs,
        "feature_noise": FEATURE_STD / 2,
    }


# Models with attention (to grids, not to the features of whole pictures) begin with small steps and clip gradients: the
# Transformer's first steps in a bad direction are hard to undo, and a single long gradient is such a step. Their
# learning rates were chosen: of the Transformer's captions .987, .995 and .988 are true with 1.5e-3, 2.5e-3 and 3.5e-3;
# of those of the LSTM with attention, after 500 batches with 192 hidden units, .54 with 2.5e-3 and .79 with 7e-3.
_LOOKING = {"warmup": 50, "max_norm": 5.0}

# By `cell_type`. RNN and LSTM have 256 entries in a word vector and 512 hidden units, the LSTM with attention 128 and
# 256, the Transformer two layers of width 256 with four heads. A batch takes a single core 24, 83, 42 and 113 ms, so
# each training takes about two minutes of it, the RNN's one and a half.
SCENES_SETTINGS = {
    "rnn": _settings(1.5e-3, 2),
    "lstm": _settings(2.5e-3, 0.75),
    "attn": _settings(7e-3, 1.5) | _LOOKING,
    "transformer": _settings(2.5e-3, 0.55) | _LOOKING,
}
