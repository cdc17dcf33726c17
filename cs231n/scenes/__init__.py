"""Drawn pictures with captions: a captioning data set that is made on your machine, where truth can be checked.

python -m cs231n.scenes        draws the pictures and computes their features, into datasets/scenes
"""

from cs231n.scenes.composition import Group, Scene, sample_scenes
from cs231n.scenes.drawing import draw_scene
from cs231n.scenes.grammar import caption_facts, facts_true_of, scene_captions, scene_of_caption, wording_entropy
from cs231n.scenes.pictures import load_picture
from cs231n.scenes.truth import bleu_score, fact_score, truth_report


def __getattr__(name):
    """`build_scenes` is loaded when it is first used: only those who build the data set need HDF5 and TensorFlow."""
    if name == "build_scenes":
        from cs231n.scenes.build import build_scenes

        return build_scenes
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
