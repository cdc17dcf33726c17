"""The tour of the README runs word for word; with NOTEBOOK_REGRESSION_TOUR=full its installation does, too."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"(?ms)^```(sh install|sh|text)\n(.*?)^```$")
FULL = os.environ.get("NOTEBOOK_REGRESSION_TOUR") == "full"


def blocks():
    tour = (ROOT / "README.md").read_text("utf-8").partition("## A tour\n")[2].partition("\n## ")[0]
    return BLOCK.findall(tour)


def command_folder(folder):
    """A folder with the command `pytest` of this environment."""
    folder.mkdir()
    command = folder / "pytest"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pytest "$@"\n')
    command.chmod(0o755)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="the tour is for a shell")
def test_the_tour_runs_word_for_word(tmp_path):
    kinds = ("sh install", "sh") if FULL else ("sh",)
    script = "set -e\n" + "".join(words for kind, words in blocks() if kind in kinds)
    environment = os.environ | {"PLUGIN": str(ROOT), "PYTEST_ADDOPTS": "", "COLUMNS": "200"}
    if FULL:
        environment.pop("PYTHONPATH", None)
    else:
        environment["PATH"] = os.pathsep.join([str(command_folder(tmp_path / "bin")), environment["PATH"]])
    started = time.monotonic()
    outcome = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True)
    print(f"the tour took {time.monotonic() - started:.0f} seconds")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    shown = [line.split() for line in outcome.stdout.splitlines()]
    promised = [line for kind, words in blocks() if kind == "text" for line in words.splitlines()]
    missing = [line for line in promised if line.split() not in shown]
    assert len(promised) >= 10 and not missing, outcome.stdout


def test_the_readme_names_every_rule_sanitizer_and_option():
    from notebook_regression import plugin, rules, sanitizers

    text = (ROOT / "README.md").read_text("utf-8")
    options = re.findall(r'"(--regression[\w-]*)"', Path(plugin.__file__).read_text("utf-8"))
    assert len(options) >= 11
    missing = [name for name in (*rules.RULES, *sanitizers.SANITIZERS) if f"`{name}`" not in text]
    missing += [name for name in options if f"`{name}" not in text]
    assert not missing
