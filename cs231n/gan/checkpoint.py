"""Checkpoints of a training: copies in memory, and a file from which it goes on to the identical result."""

import time
import zlib

import numpy as np

from cs231n.files import atomic_write, user_path
from cs231n.untrusted_files import read_npz, untrusted_file

_STEPS_BETWEEN_COPIES = 100  # in memory
_SECONDS_BETWEEN_WRITES = 30  # to the file
_NOT_VARIABLES = ("losses", "settings", "shots")


class Checkpoint:
    """A callback of `train` that keeps everything that training changes: variables, losses, shots.

    Args:
        path: path of the .npz file, or None for copies in memory only.
        fingerprint: dict name -> number or str, what has to be the same for a training to go on from the file.
    """

    def __init__(self, path, fingerprint):
        self.path, self.fingerprint = path and user_path(path), fingerprint
        self._written = time.monotonic()

    def begin(self, run):
        """Set `run` to what the file holds, if there is one; then take the first copy.

        Raises:
            ValueError: if the file is damaged, is not a checkpoint, or is one of another training.
        """
        if self.path and self.path.exists():
            advice = "give another path, or move the file away to begin anew"
            with untrusted_file(self.path, "a checkpoint of a GAN", advice, begins=(b"PK",)):  # .npz is a zip archive
                stored = read_npz(self.path)
            self._check(stored, run)
            for name, variable in _variables(run).items():
                variable.assign(stored[name])
            run.losses = stored["losses"].tolist()
            shots = [name for name in stored if name.startswith("shots/")]
            run.shots = {int(name.partition("/")[2]): stored[name] for name in shots}
        self._copy(run)

    def __call__(self, run):
        """Copy the state now and then, and write it at longer intervals and at the end."""
        write_is_due = self.path and time.monotonic() - self._written > _SECONDS_BETWEEN_WRITES
        if run.ended or write_is_due or run.steps % _STEPS_BETWEEN_COPIES == 0:
            self._copy(run)
        if self.path and (run.ended or write_is_due):
            self._write(run)

    def restore(self, run):
        """Set `run` back to the last copy."""
        arrays, steps = self._copied
        for name, variable in _variables(run).items():
            variable.assign(arrays[name])
        del run.losses[steps:]
        run.shots = {step: shot for step, shot in run.shots.items() if step <= steps}

    def _copy(self, run):
        self._copied = {name: variable.numpy() for name, variable in _variables(run).items()}, run.steps

    def _write(self, run):
        contents = self._copied[0] | {f"shots/{step}": shot for step, shot in run.shots.items()}
        contents |= {f"settings/{name}": np.array(value) for name, value in self.fingerprint.items()}
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.path) as file:
            np.savez(file, losses=np.array(run.losses, np.float32).reshape(-1, 2), **contents)
        self._written = time.monotonic()

    def _check(self, stored, run):
        """Raise ValueError unless the file's arrays are a checkpoint of this training."""
        for name in ("losses", *(f"settings/{name}" for name in self.fingerprint)):
            if name not in stored:
                raise ValueError(f"{self.path} is not a checkpoint of a GAN: it lacks {name}")
        for name, value in self.fingerprint.items():
            was = stored[f"settings/{name}"]
            if not np.array_equal(was, value):
                raise ValueError(f"the checkpoint {self.path} was made with {name} = {was}, not {value}")
        shapes = {name: tuple(variable.shape) for name, variable in _variables(run).items()}
        if shapes != {name: stored[name].shape for name in stored if name.partition("/")[0] not in _NOT_VARIABLES}:
            raise ValueError(f"the checkpoint {self.path} is of other networks or solvers")
        steps = len(stored["losses"])
        if steps > run.num_steps:
            raise ValueError(f"the checkpoint {self.path} has gone {steps} steps already, more than {run.num_steps}")


def fingerprint(players, settings, images):
    """dict name -> number or str: what decides how a training goes, apart from the networks and their optimizers.

    Args:
        players: `Players`; settings: `Settings`; images: (N, 784) float32.
    """
    losses = (players.discriminator_loss, players.generator_loss)
    return settings._asdict() | {
        "ema_decay": settings.ema_decay or 0,
        "images": f"{len(images):,}, of checksum {zlib.crc32(np.ascontiguousarray(images)):08x}",
        "losses": " and ".join(getattr(loss, "__name__", type(loss).__name__) for loss in losses),
    }


def _variables(run):
    """dict name -> variable, for each variable of the networks and of their optimizers."""
    groups = {"D": run.players.D.weights, "G": run.players.G.weights}
    for name in ("D_solver", "G_solver"):
        variables = getattr(run.players, name).variables
        # Without the learning rate, which the caller may change when training goes on.
        groups[name] = [variable for variable in variables if variable.name != "learning_rate"]
    if run.averaged is not run.players.G:
        groups["averaged"] = run.averaged.weights
    return {f"{group}/{k:02d}": variable for group, row in groups.items() for k, variable in enumerate(row)}
