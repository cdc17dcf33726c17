"""Trainings with several seeds: their summary, and the steps of the notebook."""

import json
import re
from pathlib import Path

import pytest

from cs231n.download import find
from cs231n.gan_quality import Quality
from tools import gan_spread

NOTEBOOK = Path(__file__).resolve().parent.parent / "notebooks" / "GANs.ipynb"


def test_the_steps_are_those_of_the_notebook():
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    source = "\n".join("".join(cell["source"]) for cell in cells)
    live = re.findall(r'live\["(\S+)"\] = gan\.train_gan\("\1", (\d+), ema_decay=0\.99', source)
    assert {kind: int(steps) for kind, steps in live} == gan_spread.STEPS


def test_summary_is_mean_and_deviation():
    qualities = [Quality(*[0] * len(Quality._fields))._replace(distance=d, score=s, digits=k) for d, s, k in
                 ((10, 8, 10), (14, 9, 9))]  # fmt: skip
    assert gan_spread.summary(qualities) == ("distance 12.0 (sd 2.0), score 8.50 (sd 0.50), digits at least 9")


@pytest.mark.skipif(not find("mnist"), reason="needs the digits: python -m cs231n.download mnist")
def test_each_seed_has_a_line_of_its_own(monkeypatch, capsys):
    monkeypatch.setattr(gan_spread, "STEPS", {"vanilla": 2})
    gan_spread.main(["vanilla", "--seeds", "2"])
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in lines] == ["vanilla, seed 231", "vanilla, seed 232", "vanilla, 2 steps"]
    assert lines[0].partition(":")[2] != lines[1].partition(":")[2]


def test_unknown_kind_is_one_line(capsys):
    with pytest.raises(SystemExit):
        gan_spread.main(["vae"])
    assert "no GAN is called 'vae'; there are: vanilla, lsgan, dcgan, wgan-gp" in capsys.readouterr().err
