"""The long training: it stores a generator and a log, and an interrupted run continues."""

import json

import pytest

from cs231n.data_utils import load_mnist
from cs231n.download import find
from cs231n.gan import quality, trained, training
from tools import train_gans


@pytest.mark.skipif(not find("mnist"), reason="needs the digits: python -m cs231n.download mnist")
def test_stores_generator_and_log_and_does_not_repeat_what_is_done(monkeypatch, tmp_path):
    for name, value in {"STEPS": {"vanilla": 6}, "ROWS": 2, "SAMPLES": 100, "FINAL_SAMPLES": 100}.items():
        monkeypatch.setattr(train_gans, name, value)
    monkeypatch.setattr(train_gans, "CHECKPOINTS", tmp_path / "checkpoints")
    monkeypatch.setattr(trained, "FOLDER", tmp_path)
    (train_images, train_digits), test = load_mnist((-1, 1))
    few = (train_images[:1000], train_digits[:1000]), test
    for module in (quality, training):
        monkeypatch.setattr(module, "load_mnist", lambda value_range: few)
    train_gans.train("vanilla")
    weights, log = (tmp_path / "vanilla.npz").read_bytes(), trained.training_log("vanilla")
    assert (log["steps"], [row["step"] for row in log["rows"]]) == (6, [3, 6])
    assert log["rows"][-1]["averaged"] > 100  # a generator learns nothing in six steps
    trained.load_trained_generator("vanilla")

    # As after an interruption between the two rows: the second part is trained again, from the checkpoint of the first.
    rows = tmp_path / "checkpoints/vanilla.json"
    rows.write_text(json.dumps(log["rows"][:1]))
    train_gans.train("vanilla")
    assert (tmp_path / "vanilla.npz").read_bytes() == weights
    assert trained.training_log("vanilla")["rows"] == log["rows"]


def test_unknown_kind_is_one_line(capsys):
    with pytest.raises(SystemExit):
        train_gans.main(["vae"])
    assert "no GAN is called 'vae'; there are: vanilla, lsgan, dcgan, wgan-gp" in capsys.readouterr().err
