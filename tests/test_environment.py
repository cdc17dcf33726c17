"""The script that makes .venv: which Python it takes, and what it says where there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ("sh", "cat", "cmp", "dirname", "rm", "env", "mkdir", "chmod", "ln", "grep")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the fakes are scripts of a Unix shell")


class Machine:
    """A checkout with nothing to install, and a PATH with a shell's tools and what a test puts there."""

    def __init__(self, folder):
        self.checkout, self.commands = folder / "check out", folder / "bin"
        self.commands.mkdir()
        (self.checkout / "tools").mkdir(parents=True)
        shutil.copy(ROOT / "tools/environment.sh", self.checkout / "tools")
        self.requirements = self.checkout / "requirements.txt"
        self.requirements.write_text("# nothing\n")
        (self.checkout / "pyproject.toml").write_text("")
        for tool in TOOLS:
            (self.commands / tool).symlink_to(shutil.which(tool))

    def add(self, command, script):
        (self.commands / command).write_text(f"#!/bin/sh\n{script}\n")
        (self.commands / command).chmod(0o755)

    def add_python(self, command, version=None):
        """The Python of these tests, which poses as another `version` if it is given one; venv and pip are fakes."""
        disguise = f"import sys; sys.version_info = {version or sys.version_info[:3]}; exec(sys.argv[1])"
        path = self.commands / command
        self.add(command, PYTHON.format(path=path, python=sys.executable, disguise=disguise))

    def run(self, **variables):
        environment = {"PATH": str(self.commands), **variables}
        command = ["sh", "tools/environment.sh", "requirements.txt"]
        return subprocess.run(command, cwd=self.checkout, env=environment, capture_output=True, text=True)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


PYTHON = """
case "$1 $2" in
"-m venv") mkdir -p .venv/bin; ln -s "{path}" .venv/bin/python ;;
"-m pip") if grep -q nowhere requirements.txt; then exit 1; fi ;;
*) exec "{python}" -I -S -c '{disguise}' "$2" ;;
esac
"""
BROKEN = "echo 'pyenv: python3.13: command not found' >&2; exit 127"
UV = """
echo "$@" >> uv.log
if [ "$1" = venv ]; then mkdir -p .venv/bin; ln -s "{python}" .venv/bin/python; fi
"""


def test_the_first_python_that_runs_and_is_in_range_is_taken(machine):
    machine.add("python3.13", BROKEN)
    machine.add_python("python3.12", (3, 14, 0))
    machine.add("python3.11", f'exec "{sys.executable}" "$@"')
    result = machine.run()
    assert result.returncode == 0, result.stderr
    assert "GB to download" in result.stdout
    subprocess.run([machine.checkout / ".venv/bin/python", "-m", "pip", "--version"], check=True, capture_output=True)
    again = machine.run()
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")


def test_other_requirements_or_another_place_install_again(machine):
    machine.add_python("python3")
    machine.run()
    machine.requirements.write_text("# other\n")
    assert "Installing requirements.txt" in machine.run().stdout
    machine.checkout = machine.checkout.rename(machine.checkout.with_name("elsewhere"))
    assert "Installing requirements.txt" in machine.run().stdout
    assert machine.run().stdout == ""


def test_a_failed_installation_is_tried_again(machine):
    machine.add_python("python3")
    machine.requirements.write_text("nowhere\n")
    assert machine.run().returncode != 0
    machine.requirements.write_text("# nothing\n")
    assert machine.run().returncode == 0


def test_an_environment_of_a_python_that_is_gone_is_made_anew(machine):
    machine.add_python("python3")
    machine.run()
    python = machine.checkout / ".venv/bin/python"
    python.unlink()
    python.symlink_to(machine.checkout / "gone")
    result = machine.run()
    assert result.returncode == 0 and "Making .venv anew with python3." in result.stdout


def test_an_environment_of_another_python_than_the_one_that_is_named_is_made_anew(machine):
    machine.add_python("python3")
    machine.run()
    assert machine.run(PYTHON="python3").stdout == ""
    # An environment that says of itself what the one of another version would.
    (machine.checkout / ".venv/bin/python").unlink()
    machine.add_python("other", (3, 10, 1))
    (machine.checkout / ".venv/bin/python").symlink_to(machine.commands / "other")
    assert machine.run().stdout == ""
    result = machine.run(PYTHON="python3")
    assert result.returncode == 0 and "Making .venv anew with python3." in result.stdout


def test_where_no_python_works_one_sentence_says_why_and_how_to_get_one(machine):
    machine.add("python3.13", BROKEN)
    machine.add_python("python3", (3, 14, 0))
    machine.add_python("python", (2, 7, 18))
    result = machine.run()
    assert result.returncode == 1 and result.stdout == ""
    assert (
        "python3.13: it does not run; python3: it is Python 3.14, for which there is no TensorFlow yet" in result.stderr
    )
    assert "python: it is Python 2.7." in result.stderr
    assert all(way in result.stderr for way in ("uv", "brew", "dnf", "apt", "py install 3.13"))
    assert not (machine.checkout / ".venv").exists()


def test_a_python_that_is_named_and_cannot_be_used_is_refused_with_the_reason(machine):
    machine.add_python("python3")
    machine.add_python("python3.9", (3, 9, 7))
    result = machine.run(PYTHON="python3.9")
    assert result.returncode == 1 and "PYTHON=python3.9 cannot be used: it is Python 3.9; Python 3.10" in result.stderr
    assert "PYTHON=nothing cannot be used: it does not run" in machine.run(PYTHON="nothing").stderr


def test_a_python_may_be_a_path_with_spaces_or_a_command_with_an_option(machine):
    machine.add_python("../check out/python")
    machine.add("py", f'[ "$1" = -3.13 ] && shift && exec "{machine.checkout}/python" "$@"')
    assert machine.run(PYTHON="py -3.13").returncode == 0
    shutil.rmtree(machine.checkout / ".venv")
    assert machine.run().returncode == 0  # py is found without being named
    shutil.rmtree(machine.checkout / ".venv")
    assert machine.run(PYTHON=str(machine.checkout / "python")).returncode == 0


def test_without_a_python_uv_brings_one(machine):
    machine.add_python("hidden")
    machine.add("uv", UV.format(python=machine.commands / "hidden"))
    result = machine.run()
    assert result.returncode == 0, result.stderr
    calls = (machine.checkout / "uv.log").read_text()
    assert "venv --quiet --seed --python 3.13 .venv" in calls
    assert "pip install --quiet --python .venv/bin/python -r requirements.txt" in calls


def test_where_uv_cannot_install_pip_does(machine):
    machine.add_python("python3")
    machine.add("uv", '[ "$1" = --version ]')
    result = machine.run()
    assert result.returncode == 0 and "now pip tries" in result.stderr


def test_a_python_without_venv_says_what_to_install(machine):
    machine.add("python3", f"""case "$2" in *ensurepip*) exit 1;; esac; exec "{sys.executable}" "$@\"""")
    result = machine.run()
    assert result.returncode == 1 and "apt install python3-venv" in result.stderr


def test_the_promised_versions_are_those_of_the_project():
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    script = (ROOT / "tools/environment.sh").read_text("utf-8")
    assert 'requires-python = ">=3.10,<3.14"' in project
    assert "< (3, 10)" in script and "> (3, 13)" in script
