"""The one place where the points of an exercise are divided over its checks.

Those that students see and run themselves come first, then those that only the grader has. In a check, the points are
divided equally among what it claims, say the gradients of a step.
"""

POINTS = {
    "rnn_step_forward": ({"values": 0.5}, {"awkward sizes": 1, "float32, arguments kept": 0.5}),
    "rnn_step_backward": ({"gradients": 2}, {"awkward sizes": 1.5, "float32, arguments kept": 0.5}),
    "rnn_forward": ({"values": 0.5}, {"awkward sizes": 1, "float32, arguments kept": 0.5}),
    "rnn_backward": ({"gradients": 1.5}, {"awkward sizes": 2, "float32, arguments kept": 0.5}),
    "word_embedding_forward": ({"values": 0.5}, {"awkward sizes": 0.25, "float32, arguments kept": 0.25}),
    "word_embedding_backward": ({"gradient": 0.5}, {"repeated words": 1, "float32, arguments kept": 0.5}),
    "CaptioningRNN.loss": ({"RNN": 1}, {"LSTM": 1, "short captions": 1.5, "float32, parameters kept": 0.5}),
    "CaptioningRNN.sample": ({"most probable words": 1}, {"after <END>": 1, "words drawn at random": 1}),
    "lstm_step_forward": ({"values": 1}, {"awkward sizes": 1.5, "large sums": 0.5, "float32, arguments kept": 1}),
    "lstm_step_backward": ({"gradients": 2.5}, {"awkward sizes": 2.5, "float32, arguments kept": 1}),
    "lstm_forward": ({"values": 1}, {"awkward sizes": 2, "float32, arguments kept": 1}),
    "lstm_backward": ({"gradients": 2.5}, {"awkward sizes": 2.5, "float32, arguments kept": 1}),
    "compute_saliency_maps": ({"one image": 2}, {"several images": 2, "other sizes": 1}),
    "make_fooling_image": ({"fools": 2}, {"as a file stores it": 1.5, "close to the image": 1.5, "one step": 1}),
    "create_class_visualization": ({"score rises": 2}, {"direction of a step": 3, "jitter and blur": 2}),
    "content_loss": ({"value": 1}, {"value and gradient": 2}),
    "gram_matrix": ({"normalised": 1.5}, {"as it is": 1, "gradient": 1.5, "one image at a time": 1}),
    "style_loss": ({"one layer": 1.5}, {"several layers": 2, "refusals": 1.5}),
    "tv_loss": ({"value": 1.5}, {"every pair": 2, "gradient": 1.5}),
    "sample_noise": ({"shape and range": 0.5}, {"seeds": 0.5}),
    "leaky_relu": ({"values": 0.5}, {"slopes": 0.5}),
    "discriminator": ({"parameters": 0.5}, {"scores": 1.5}),
    "generator": ({"parameters": 0.5}, {"images": 1.5}),
    "discriminator_loss": ({"value": 1}, {"value and gradients": 1, "large scores": 1}),
    "generator_loss": ({"value": 0.5}, {"value and gradient": 0.75, "large scores": 0.75}),
    "ls_discriminator_loss": ({"value": 0.5}, {"value and gradients": 1.5}),
    "ls_generator_loss": ({"value": 0.25}, {"value and gradient": 0.75}),
    "dc_discriminator": ({"parameters": 0.5}, {"scores": 1.5}),
    "dc_generator": ({"parameters": 1}, {"images": 2}),
    "gradient_penalty": ({"linear critic": 1}, {"each image by itself": 0.75, "no slope": 0.5, "points between": 0.75}),
}

# The exercises that a function calls, or whose cache it reads. It is graded with the student's own, and if those are
# not right, the feedback says so.
USES = {
    "rnn_step_backward": ["rnn_step_forward"],
    "rnn_forward": ["rnn_step_forward"],
    "rnn_backward": ["rnn_forward", "rnn_step_backward"],
    "word_embedding_backward": ["word_embedding_forward"],
    "CaptioningRNN.loss": [
        "word_embedding_forward",
        "word_embedding_backward",
        "rnn_forward",
        "rnn_backward",
        "lstm_forward",
        "lstm_backward",
    ],
    "CaptioningRNN.sample": ["rnn_step_forward", "lstm_step_forward"],
    "lstm_step_backward": ["lstm_step_forward"],
    "lstm_forward": ["lstm_step_forward"],
    "lstm_backward": ["lstm_forward", "lstm_step_backward"],
    "make_fooling_image": ["compute_saliency_maps"],
    "create_class_visualization": ["compute_saliency_maps"],
    "style_loss": ["gram_matrix"],
    "discriminator": ["leaky_relu"],
    "dc_discriminator": ["leaky_relu"],
}


def require_points(checks, part):
    """Each check has its points and all points their check: in `part` 0 of POINTS the visible, in 1 the hidden ones.

    Raises:
        ValueError: names the first for which it is not so.
    """
    have = [(check.exercise, check.title) for check in checks]
    wanted = [(exercise, title) for exercise, parts in POINTS.items() for title in parts[part]]
    for exercise, title in have:
        if (exercise, title) not in wanted:
            raise ValueError(f"the check {exercise}: {title} has no points; give it some in selfcheck/points.py")
    for exercise, title in wanted:
        if (exercise, title) not in have:
            raise ValueError(f"{exercise}: {title} has points in selfcheck/points.py, but there is no such check")
