"""A captioner for scenes that a reader composes: an LSTM that is trained once on the drawn scenes, and saved."""

import hashlib

import numpy as np

from cs231n.captioning_solver import CaptioningSolver
from cs231n.classifiers.rnn import CaptioningRNN
from cs231n.coco_utils import decode_captions, load_coco_data
from cs231n.data_sets import data_dir
from cs231n.packed_captioning import packed_loss
from cs231n.scenes.drawing import PICTURE_SIZE, draw_scene
from cs231n.scenes.features import efficientnet_outputs, load_reduction
from cs231n.scenes.settings import SCENES_SETTINGS
from cs231n.scenes.truth import truth_report

_WORDVEC_DIM, _HIDDEN_DIM = 256, 512  # as in the notebooks


def load_captioner(settings=None):
    """The notebook's LSTM, trained on the drawn scenes of this machine; the first call trains it, which takes minutes.

    It is saved in the folder `captioner` among the data sets, and trained again only if the scenes or settings change.

    Args:
        settings: dict of settings for `CaptioningSolver`; None for the notebook's.

    Raises:
        FileNotFoundError: if there are no scenes; the message names the command that draws them.
        ValueError: if the saved captioner is damaged.
        KeyboardInterrupt: if Ctrl-C ends the training; nothing is saved then.
        OSError: if the captioner cannot be saved.
    """
    settings = SCENES_SETTINGS["lstm"] if settings is None else settings
    data = load_coco_data(data_dir() / "scenes")
    digest = hashlib.sha256(data["train_features"].tobytes() + repr(settings).encode()).hexdigest()[:8]
    path = data_dir() / "captioner" / f"lstm-{digest}.npz"
    if path.exists():
        try:
            return CaptioningRNN.load(path)
        except ValueError as error:
            raise ValueError(f"{error}; delete it, and the next call trains it again") from None
    print("captioner: it is trained once on the drawn scenes, a matter of minutes ...", flush=True)
    path.parent.mkdir(exist_ok=True)  # before the work, so that a read-only folder is told at once
    shape = data["train_features"].shape[1], _WORDVEC_DIM, _HIDDEN_DIM
    model = CaptioningRNN(data["word_to_idx"], *shape, "lstm", seed=0)
    solver = CaptioningSolver(model, data, **settings, loss=packed_loss, verbose=False, seed=0)
    solver.train()
    if len(solver.loss_history) < solver.num_iterations:
        raise KeyboardInterrupt
    model.save(path)
    return model


def caption_scene(scene, model, reduction=None, describe=None):
    """A caption that a model writes for a scene, and whether it is true.

    Args:
        scene: a `Scene`, such as `scene_of_caption` composes.
        model: `CaptioningRNN` trained on the scenes.
        reduction, describe: results of `load_reduction()` and `efficientnet_outputs()`; None to call these functions.

    Returns:
        (caption, whether it is true of the scene).
    """
    reduction = reduction or load_reduction()
    picture = draw_scene(scene, PICTURE_SIZE)
    features = reduction.features((describe or efficientnet_outputs())(picture[None]))
    caption = decode_captions(model.sample(features.astype(np.float32))[0], model.idx_to_word, plain=True)
    return caption, truth_report([caption], [scene])["true"] == 1
