"""What students write: the one table of exercises, with the points of each. They add up to 100.

A function listed here has its body between `### BEGIN SOLUTION` and `### END SOLUTION` in the solved edition.
"""

from typing import NamedTuple


class Exercise(NamedTuple):
    notebook: str
    file: str  # from the project's root
    name: str  # of the function, or Class.method
    points: int
    guide: str  # what to do, without giving it away; it stands where the solution stood


RNN, LSTM, SEEING = "RNN_Captioning", "LSTM_Captioning", "NetworkVisualization"
STYLE, GANS = "StyleTransfer", "GANs"
LAYERS, MODEL, VISUALS = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py", "cs231n/network_visualization.py"
PAINTING, GAN = "cs231n/style_transfer.py", "cs231n/gan.py"

EXERCISES = (
    Exercise(RNN, LAYERS, "rnn_step_forward", 2, ""),
    Exercise(RNN, LAYERS, "rnn_step_backward", 4, ""),
    Exercise(RNN, LAYERS, "rnn_forward", 2, ""),
    Exercise(RNN, LAYERS, "rnn_backward", 4, ""),
    Exercise(RNN, LAYERS, "word_embedding_forward", 1, ""),
    Exercise(RNN, LAYERS, "word_embedding_backward", 2, ""),
    Exercise(RNN, MODEL, "CaptioningRNN.loss", 4, ""),
    Exercise(RNN, MODEL, "CaptioningRNN.sample", 3, ""),
    Exercise(LSTM, LAYERS, "lstm_step_forward", 4, ""),
    Exercise(LSTM, LAYERS, "lstm_step_backward", 6, ""),
    Exercise(LSTM, LAYERS, "lstm_forward", 4, ""),
    Exercise(LSTM, LAYERS, "lstm_backward", 6, ""),
    Exercise(SEEING, VISUALS, "compute_saliency_maps", 5, ""),
    Exercise(SEEING, VISUALS, "make_fooling_image", 6, ""),
    Exercise(SEEING, VISUALS, "create_class_visualization", 7, ""),
    Exercise(STYLE, PAINTING, "content_loss", 3, ""),
    Exercise(STYLE, PAINTING, "gram_matrix", 5, ""),
    Exercise(STYLE, PAINTING, "style_loss", 5, ""),
    Exercise(STYLE, PAINTING, "tv_loss", 5, ""),
    Exercise(GANS, GAN, "sample_noise", 1, ""),
    Exercise(GANS, GAN, "leaky_relu", 1, ""),
    Exercise(GANS, GAN, "discriminator", 2, ""),
    Exercise(GANS, GAN, "generator", 2, ""),
    Exercise(GANS, GAN, "discriminator_loss", 3, ""),
    Exercise(GANS, GAN, "generator_loss", 2, ""),
    Exercise(GANS, GAN, "ls_discriminator_loss", 2, ""),
    Exercise(GANS, GAN, "ls_generator_loss", 1, ""),
    Exercise(GANS, GAN, "dc_discriminator", 2, ""),
    Exercise(GANS, GAN, "dc_generator", 3, ""),
    Exercise(GANS, GAN, "gradient_penalty", 3, ""),
)
