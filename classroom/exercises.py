"""What students write: the one table of exercises, with the points of each. They add up to 100.

A function listed here has its body between `### BEGIN SOLUTION` and `### END SOLUTION` in the solved edition.
"""

from typing import NamedTuple


class Exercise(NamedTuple):
    notebook: str
    file: str  # path from the project's root
    name: str  # the function's name, or Class.method
    points: int
    guide: str  # what to do, without giving the solution away; students find the guide where the solution was
    builds_on: tuple[str, ...] = ()  # names of exercises that the function calls, or whose cache it reads


class Helper(NamedTuple):
    """A function behind exercises that would give them away; it has no points of its own."""

    file: str
    name: str
    guide: str  # as of an exercise; empty where the whole function is left out, which only solutions call


# Names of notebooks, and files of exercises.
RNN_CAPTIONING, LSTM_CAPTIONING = "RNN_Captioning", "LSTM_Captioning"
NETWORK_VISUALIZATION, STYLE_TRANSFER, GANS = "NetworkVisualization", "StyleTransfer", "GANs"
RNN_LAYERS_PY, RNN_PY = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py"
NETWORK_VISUALIZATION_PY, STYLE_TRANSFER_PY = "cs231n/network_visualization.py", "cs231n/style_transfer.py"
GAN_NETWORKS_PY, GAN_LOSSES_PY = "cs231n/gan/networks.py", "cs231n/gan/losses.py"

EXERCISES = (
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "rnn_step_forward",
        2,
        "Compute next_h for all rows of the batch at once, by the formula of the docstring. Keep in the cache "
        "what the step back will need.",
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "rnn_step_backward",
        4,
        "Go back through the tanh first, then through the products and the bias. The slope of tanh can be written "
        "by its own value, so the cache may hold that. Each gradient has the shape of its argument.",
        ("rnn_step_forward",),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "rnn_forward",
        2,
        "Take one step after another with rnn_step_forward, handing each hidden state on to the next. Collect the "
        "states, in order, and the caches.",
        ("rnn_step_forward",),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "rnn_backward",
        4,
        "Walk through the steps from the last to the first with rnn_step_backward. A hidden state acts in two "
        "ways, from outside and through the next step; a parameter acts at every step. What follows for their "
        "gradients?",
        ("rnn_forward", "rnn_step_backward"),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "word_embedding_forward",
        1,
        "Look up the vector of every word; an array of numbers may stand in brackets, so no loop is needed. Keep "
        "in the cache what the way back will need.",
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "word_embedding_backward",
        2,
        "Add each row of dout to the row of dW that its word was taken from. A word may occur many times: check "
        "that no occurrence gets lost.",
        ("word_embedding_forward",),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_PY,
        "CaptioningRNN.loss",
        4,
        "Put the layers in a row: projection of the features, word vectors, the recurrent layer of this cell "
        "type, scores, loss; then walk back through all of them. Words that are <NULL> do not count. `grads` has "
        "an entry for each parameter.",
        (
            "word_embedding_forward",
            "word_embedding_backward",
            "rnn_forward",
            "rnn_backward",
            "lstm_forward",
            "lstm_backward",
        ),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_PY,
        "CaptioningRNN.sample",
        3,
        "Begin with <START> and let `self._step` give scores and the next states from the last words, for all "
        "pictures at once. Above temperature 0, draw the words with `rng`. After its <END> a caption holds <NULL> "
        "only; stop early when all have ended.",
        ("rnn_step_forward", "lstm_step_forward"),
    ),
    Exercise(
        LSTM_CAPTIONING,
        RNN_LAYERS_PY,
        "lstm_step_forward",
        4,
        "Compute the sums before all four gates together, cut them up in the order i, f, o, g, squash each by its "
        "own function, and go on by the formulas of the docstring. `sigmoid` is there.",
    ),
    Exercise(
        LSTM_CAPTIONING,
        RNN_LAYERS_PY,
        "lstm_step_backward",
        6,
        "Follow the derivation in the notebook from the output back to the sums before the gates, line by line. "
        "Remember that next_c acts in two ways.",
        ("lstm_step_forward",),
    ),
    Exercise(
        LSTM_CAPTIONING,
        RNN_LAYERS_PY,
        "lstm_forward",
        4,
        "Do as in rnn_forward, with a second line of state that begins at 0 and is handed from step to step but "
        "not out.",
        ("lstm_step_forward",),
    ),
    Exercise(
        LSTM_CAPTIONING,
        RNN_LAYERS_PY,
        "lstm_backward",
        6,
        "Do as in rnn_backward, with two gradients that travel back in time, of the hidden and of the cell state. "
        "After the last step nothing comes back to the cell state.",
        ("lstm_forward", "lstm_step_backward"),
    ),
    Exercise(
        NETWORK_VISUALIZATION,
        NETWORK_VISUALIZATION_PY,
        "compute_saliency_maps",
        5,
        "Differentiate the score of each image's own class with respect to the image, and make one number of a "
        "pixel's three channels. Write `score_gradient` at the end of this file for the first part: what follows "
        "needs it as well.",
    ),
    Exercise(
        NETWORK_VISUALIZATION,
        NETWORK_VISUALIZATION_PY,
        "make_fooling_image",
        6,
        "Follow the gradient of the target's score, in steps of length `learning_rate`, and keep the pixels "
        "between `BLACK` and `WHITE`. After each step make the image what a file can store, judge that one, and "
        "return it once the target's probability exceeds `confidence`.",
        ("compute_saliency_maps",),
    ),
    Exercise(
        NETWORK_VISUALIZATION,
        NETWORK_VISUALIZATION_PY,
        "create_class_visualization",
        7,
        "Make one step: shift the picture at random by up to `max_jitter` pixels (np.roll), climb a step of "
        "length `learning_rate` along the gradient of the score less the penalty, shift back, keep the pixels "
        "between `BLACK` and `WHITE`, and blur when it is time. `gradient` gives the slope of the score.",
        ("compute_saliency_maps",),
    ),
    Exercise(
        STYLE_TRANSFER,
        STYLE_TRANSFER_PY,
        "content_loss",
        3,
        "Write the formula of the docstring with operations of TensorFlow, so that it can be differentiated.",
    ),
    Exercise(
        STYLE_TRANSFER,
        STYLE_TRANSFER_PY,
        "gram_matrix",
        5,
        "Bring the map into two dimensions, places by channels. Which product of this matrix with itself sums "
        "over the places? Divide if `normalize` says so.",
    ),
    Exercise(
        STYLE_TRANSFER,
        STYLE_TRANSFER_PY,
        "style_loss",
        5,
        "Go through layers, targets and weights together: compare each Gram matrix with its target by the formula "
        "of the docstring, and add up. Refuse a layer that `feats` does not have (`_checked_layer`) and a target "
        "of another shape.",
        ("gram_matrix",),
    ),
    Exercise(
        STYLE_TRANSFER,
        STYLE_TRANSFER_PY,
        "tv_loss",
        5,
        "Compare the image with itself, moved by one pixel, downwards and to the right; slices do it without a "
        "loop. Count every pair once, those of the last row and the last column too.",
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "sample_noise",
        1,
        "Draw the numbers with TensorFlow, uniformly. With a seed use its stateless generator, which gives the same "
        "at every call; `seed` is by then the pair that it takes.",
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "leaky_relu",
        1,
        "Write the formula with operations of TensorFlow; one line is enough. It has to work for any shape and "
        "float dtype.",
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "discriminator",
        2,
        "Build a `keras.Sequential` on flat images: two hidden layers of 256 units, `leaky_relu` after each, and "
        "a single score without an activation. Begin with a `keras.Input`.",
        ("leaky_relu",),
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "generator",
        2,
        "Build a `keras.Sequential` on noise: two hidden layers of 1024 units with ReLU, and a pixel for each "
        "output, brought into [-1, 1]. Begin with a `keras.Input`.",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "discriminator_loss",
        3,
        "Add the mean over real images and the mean over generated ones. Start from the scores themselves, with a "
        "function that stays finite however large they are.",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "generator_loss",
        2,
        "Write the formula of the docstring, and again start from the scores themselves. How does it look like "
        "half of the discriminator's loss?",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "ls_discriminator_loss",
        2,
        "Write the formula of the docstring with operations of TensorFlow.",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "ls_generator_loss",
        1,
        "Write the formula of the docstring with operations of TensorFlow.",
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "dc_discriminator",
        2,
        "Build a `keras.Sequential` on flat images, which it first makes 28 x 28 with one channel: 32 filters of "
        "5 x 5 and max pooling, 64 filters of 5 x 5 and max pooling, all without padding, then 1024 units and a "
        "single score. `leaky_relu` comes after every layer with weights but the last.",
        ("leaky_relu",),
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "dc_generator",
        3,
        "Build a `keras.Sequential` on noise: 1024 units, then 7 x 7 x 128, then transposed convolutions of 4 x 4 "
        "with stride 2 to 64 channels and to one, flat at the end. After each layer with weights but the last "
        "come ReLU and a BatchNormalization of momentum .9; the last has tanh.",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "gradient_penalty",
        3,
        "`share` says where on each line from a real to a generated image the slope is taken. Make these images, "
        "differentiate the critic there under a tape, and measure each image's slope by itself. Keep the square "
        "root away from 0, where it has no slope.",
    ),
)

HELPERS = (
    Helper(
        NETWORK_VISUALIZATION_PY,
        "score_gradient",
        "Return a function that takes X and y and gives the gradient with respect to X, as an array, of one number "
        "made of the scores of y. Which number keeps the images of a batch apart? `tf.gather` picks a score for each "
        "image; `tf.function` makes the second call fast.",
    ),
    Helper(GAN_NETWORKS_PY, "fused_leaky_relu", ""),
    Helper(STYLE_TRANSFER_PY, "fast_style_loss", ""),
    Helper(STYLE_TRANSFER_PY, "fast_gram_matrix", ""),
    Helper(STYLE_TRANSFER_PY, "_product_with_itself", ""),
    Helper(STYLE_TRANSFER_PY, "fast_tv_loss", ""),
    Helper(STYLE_TRANSFER_PY, "_neighbour_differences", ""),
)
