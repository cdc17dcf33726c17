"""The table of exercises: which functions students write, and the points of each.

Those of the course's five notebooks have 100 points in total; those of the two beyond the course have 40 of their own.

In the solved edition, the body of each of these functions is between `### BEGIN SOLUTION` and `### END SOLUTION`.
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
    """A function that would give solutions of exercises away. Students write it, without points, or do not get it."""

    file: str
    name: str
    guide: str  # as for an exercise; empty if students do not get the function, because only solutions call it


# Names of notebooks, and files of exercises.
RNN_CAPTIONING, LSTM_CAPTIONING = "RNN_Captioning", "LSTM_Captioning"
NETWORK_VISUALIZATION, STYLE_TRANSFER, GANS = "NetworkVisualization", "StyleTransfer", "GANs"
ATTENTION_CAPTIONING, TRANSFORMER_CAPTIONING = BEYOND = "Attention_Captioning", "Transformer_Captioning"
RNN_LAYERS_PY, RNN_PY = "cs231n/rnn_layers.py", "cs231n/classifiers/rnn.py"
NETWORK_VISUALIZATION_PY, STYLE_TRANSFER_PY = "cs231n/network_visualization.py", "cs231n/style_transfer.py"
GAN_NETWORKS_PY, GAN_LOSSES_PY = "cs231n/gan/networks.py", "cs231n/gan/losses.py"
ATTENTION_LAYERS_PY, TRANSFORMER_LAYERS_PY = "cs231n/attention_layers.py", "cs231n/transformer_layers.py"
ATTENTION_PY, TRANSFORMER_PY = "cs231n/classifiers/attention.py", "cs231n/classifiers/transformer.py"

EXERCISES = (
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "rnn_step_forward",
        2,
        "Compute next_h for all rows of the batch at once, by the formula of the docstring. Store in the cache what "
        "the backward step will need.",
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "rnn_step_backward",
        4,
        "Go backwards through the tanh first, then through the matrix products and the bias. The derivative of tanh "
        "can be computed from its output, so the cache may hold that output. Each gradient has the shape of its "
        "argument.",
        ("rnn_step_forward",),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "rnn_forward",
        2,
        "Call rnn_step_forward for one step after another, and pass each hidden state on to the next step. Collect "
        "the states, in order, and the caches.",
        ("rnn_step_forward",),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "rnn_backward",
        4,
        "Call rnn_step_backward for the steps from the last to the first. A hidden state acts in two ways, directly "
        "and through the next step; a parameter acts at every step. What follows for their gradients?",
        ("rnn_forward", "rnn_step_backward"),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "word_embedding_forward",
        1,
        "Look up the vector of every word. An integer array can be an index, so no loop is needed. Store in the cache "
        "what the backward pass will need.",
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_LAYERS_PY,
        "word_embedding_backward",
        2,
        "Add each row of dout to the row of dW that belongs to its word. A word may occur many times: check that no "
        "occurrence is lost.",
        ("word_embedding_forward",),
    ),
    Exercise(
        RNN_CAPTIONING,
        RNN_PY,
        "CaptioningRNN.loss",
        4,
        "Connect the layers: projection of the features, word vectors, the recurrent layer of this cell type, scores, "
        "loss; then go backwards through all of them. Targets that are <NULL> are ignored. `grads` needs an entry for "
        "each parameter.",
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
        "Begin with <START> and let `self._step` compute scores and next states from the last words, for all pictures "
        "at once. For a temperature above 0, draw the words with `rng`. After its <END> a caption holds only <NULL>; "
        "stop early when all captions have ended.",
        ("rnn_step_forward", "lstm_step_forward"),
    ),
    Exercise(
        LSTM_CAPTIONING,
        RNN_LAYERS_PY,
        "lstm_step_forward",
        4,
        "Compute the sums before all four gates together, cut them into i, f, o, g in this order, apply each gate's "
        "own function, and continue with the formulas of the docstring. `sigmoid` is defined in this file.",
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
        "Do the same as in rnn_forward, with a second state: the cell state begins at 0 and is passed from step to "
        "step, but it is not returned.",
        ("lstm_step_forward",),
    ),
    Exercise(
        LSTM_CAPTIONING,
        RNN_LAYERS_PY,
        "lstm_backward",
        6,
        "Do the same as in rnn_backward, with two gradients that travel back in time: those of the hidden state and "
        "of the cell state. After the last step the gradient of the cell state is 0.",
        ("lstm_forward", "lstm_step_backward"),
    ),
    Exercise(
        NETWORK_VISUALIZATION,
        NETWORK_VISUALIZATION_PY,
        "compute_saliency_maps",
        5,
        "Differentiate the score of each image's own class with respect to the image, and reduce a pixel's three "
        "channels to one number. For the first part, write `score_gradient` at the end of this file: later exercises "
        "need it as well.",
    ),
    Exercise(
        NETWORK_VISUALIZATION,
        NETWORK_VISUALIZATION_PY,
        "make_fooling_image",
        6,
        "Follow the gradient of the target's score, in steps of length `learning_rate`, and keep the pixels between "
        "`BLACK` and `WHITE`. After each step, round the image to what a file can store, judge the rounded image, and "
        "return it once the target's probability exceeds `confidence`.",
        ("compute_saliency_maps",),
    ),
    Exercise(
        NETWORK_VISUALIZATION,
        NETWORK_VISUALIZATION_PY,
        "create_class_visualization",
        7,
        "Make one step: shift the picture at random by up to `max_jitter` pixels along both axes (np.roll), move it by "
        "`learning_rate` along the gradient of the score minus the penalty, shift it back, keep the pixels between "
        "`BLACK` and `WHITE`, and blur the picture after every `blur_every` steps. `gradient` computes the gradient "
        "of the score.",
        ("compute_saliency_maps",),
    ),
    Exercise(
        STYLE_TRANSFER,
        STYLE_TRANSFER_PY,
        "content_loss",
        3,
        "Write the formula of the docstring with TensorFlow's operations, so that it can be differentiated.",
    ),
    Exercise(
        STYLE_TRANSFER,
        STYLE_TRANSFER_PY,
        "gram_matrix",
        5,
        "Reshape the map to two dimensions, positions by channels. Which product of this matrix with itself sums over "
        "the positions? Divide if `normalize` is True.",
    ),
    Exercise(
        STYLE_TRANSFER,
        STYLE_TRANSFER_PY,
        "style_loss",
        5,
        "Go through layers, targets and weights together: compare each Gram matrix with its target by the formula of "
        "the docstring, and add up. Raise ValueError for a layer that `feats` does not have (`_checked_layer` does "
        "it) and for a target whose shape is not that of the Gram matrix.",
        ("gram_matrix",),
    ),
    Exercise(
        STYLE_TRANSFER,
        STYLE_TRANSFER_PY,
        "tv_loss",
        5,
        "Compare the image with itself, shifted by one pixel downwards and to the right; slices do it without a loop. "
        "Count every pair once, also those of the last row and the last column.",
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "sample_noise",
        1,
        "Draw uniform numbers with TensorFlow. With a seed, use TensorFlow's stateless generator, which returns the "
        "same numbers at every call; here `seed` is already the pair that this generator takes.",
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "leaky_relu",
        1,
        "Write the formula with TensorFlow's operations; one line is enough. It must work for any shape and float "
        "dtype.",
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "discriminator",
        2,
        "Build a `keras.Sequential` on flat images: two hidden layers of 256 units, `leaky_relu` after each, and a "
        "single score without an activation. Begin with a `keras.Input`; its shape is a tuple, (784,) and not 784.",
        ("leaky_relu",),
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "generator",
        2,
        "Build a `keras.Sequential` on noise: two hidden layers of 1024 units with ReLU, then an output for each "
        "pixel, brought into [-1, 1]. Begin with a `keras.Input`.",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "discriminator_loss",
        3,
        "Add the mean over real images and the mean over generated ones. Start from the scores themselves, with a "
        "function that stays finite for scores of any size.",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "generator_loss",
        2,
        "Write the formula of the docstring, and again start from the scores themselves. In what way does it look "
        "like one half of the discriminator's loss?",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "ls_discriminator_loss",
        2,
        "Write the formula of the docstring with TensorFlow's operations.",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "ls_generator_loss",
        1,
        "Write the formula of the docstring with TensorFlow's operations.",
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "dc_discriminator",
        2,
        "Build a `keras.Sequential` on flat images, which it first reshapes to 28 x 28 with one channel: 32 filters "
        "of 5 x 5 and max pooling, 64 filters of 5 x 5 and max pooling, all without padding, then 1024 units and a "
        "single score. `leaky_relu` comes after every layer with weights except the last.",
        ("leaky_relu",),
    ),
    Exercise(
        GANS,
        GAN_NETWORKS_PY,
        "dc_generator",
        3,
        "Build a `keras.Sequential` on noise: 1024 units, then 7 x 7 x 128, then transposed convolutions of 4 x 4 "
        "with stride 2 to 64 channels and to one, flat at the end. After each layer with weights except the last come "
        "ReLU and a BatchNormalization of momentum .9; after the last comes tanh.",
    ),
    Exercise(
        GANS,
        GAN_LOSSES_PY,
        "gradient_penalty",
        3,
        "`share` says where the point lies on each line from a real to a generated image. Compute these points, "
        "differentiate the critic there under a tape, and take the norm of each image's gradient by itself. Keep the "
        "square root away from 0, where its slope is infinite.",
    ),
    Exercise(
        ATTENTION_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "dot_product_attention",
        3,
        "Lay the cells out in a row, compute the scores of all pictures with one product, and the weighted means with "
        "another. `softmax` is defined in this file.",
    ),
    Exercise(
        ATTENTION_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "softmax_backward",
        2,
        "Each weight depends on every score. Follow line 2 of the derivation in the notebook; the matrix of all "
        "derivatives need not be built.",
    ),
    Exercise(
        ATTENTION_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "dot_product_attention_backward",
        4,
        "Go back through the mean, the softmax and the scores. A cell is used twice: add both parts of its gradient.",
        ("dot_product_attention", "softmax_backward"),
    ),
    Exercise(
        ATTENTION_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "attention_forward",
        2,
        "Begin with the mean of all cells as hidden and as cell state. Before each step look at the picture with the "
        "last hidden state, then call attention_step_forward.",
        ("dot_product_attention", "lstm_step_forward"),
    ),
    Exercise(
        ATTENTION_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "attention_backward",
        3,
        "Go from the last step to the first, as in lstm_backward. What does the state that asks get back, and in how "
        "many ways does A act?",
        ("attention_forward", "dot_product_attention_backward", "lstm_step_backward"),
    ),
    Exercise(
        ATTENTION_CAPTIONING,
        ATTENTION_PY,
        "AttentionLSTM.loss",
        2,
        "Do the same as in CaptioningRNN.loss, with `self.cells` in place of the first state. `grads` needs an entry "
        "for each parameter; b_proj has a row for each cell.",
        ("attention_forward", "attention_backward", "word_embedding_forward", "word_embedding_backward"),
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "scaled_dot_product_attention",
        2,
        "Write the formula of the docstring. `check_mask` raises the errors; places that the mask hides have a score "
        "of -inf.",
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "scaled_dot_product_attention_backward",
        3,
        "Go back through the second product, the softmax and the first product. `np.swapaxes` transposes the last two "
        "axes.",
        ("scaled_dot_product_attention", "softmax_backward"),
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "multi_head_attention_forward",
        3,
        "Make queries from x, keys and values from source; split the heads, let each of them look, join them, and "
        "apply the last matrix. The weights are the last entry of the cache.",
        ("scaled_dot_product_attention",),
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        ATTENTION_LAYERS_PY,
        "multi_head_attention_backward",
        4,
        "Go back through the same steps in the opposite order. The source was used twice.",
        ("multi_head_attention_forward", "scaled_dot_product_attention_backward"),
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        TRANSFORMER_LAYERS_PY,
        "positional_encoding",
        2,
        "Compute the angles of all positions and pairs as a table, and put each sine beside its cosine. An odd D has "
        "one cosine less.",
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        TRANSFORMER_LAYERS_PY,
        "layer_norm_forward",
        1,
        "Subtract the mean of each vector, divide by the root of its variance plus eps, and apply gamma and beta. "
        "float32 stays float32.",
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        TRANSFORMER_LAYERS_PY,
        "layer_norm_backward",
        4,
        "Follow the derivation in the notebook; its last line holds for every vector by itself.",
        ("layer_norm_forward",),
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        TRANSFORMER_LAYERS_PY,
        "decoder_layer_forward",
        3,
        "Three parts: words look at words with a causal mask, then at A, then comes the feed-forward block. Each "
        "takes the normal form of x; its output goes through dropout and is added to x. decoder_layer_backward shows "
        "what the cache must hold.",
        ("multi_head_attention_forward", "layer_norm_forward"),
    ),
    Exercise(
        TRANSFORMER_CAPTIONING,
        TRANSFORMER_PY,
        "CaptioningTransformer.loss",
        2,
        "`self.forward` computes what stands before the scores; then come scores and loss, and everything backwards. "
        "Every layer looks at the cells, so the gradients of A add up. Columns in which no caption has a word have no "
        "loss.",
        (
            "decoder_layer_forward",
            "multi_head_attention_backward",
            "layer_norm_backward",
            "word_embedding_forward",
            "word_embedding_backward",
        ),
    ),
)

HELPERS = (
    Helper(
        NETWORK_VISUALIZATION_PY,
        "score_gradient",
        "Return a function that takes X and y and returns an array: the gradient, with respect to X, of one number "
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
