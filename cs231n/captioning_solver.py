"""Training a captioning model: batches, an update rule, a learning rate that falls."""

import math

import numpy as np

from cs231n import optim
from cs231n.coco_utils import sample_coco_minibatch
from cs231n.long_runs import postponed_interrupt, progress
from cs231n.packed_captioning import packed_loss

UPDATE_RULES = ("sgd", "sgd_momentum", "rmsprop", "adam")


def _scenes_settings(learning_rate, num_epochs):
    """The rate falls to 3 % over the run; the noise is half the standard deviation of the features."""
    return {
        "update_rule": "adam",
        "optim_config": {"learning_rate": learning_rate},
        "lr_decay": round(0.03 ** (1 / num_epochs), 3),
        "batch_size": 64,
        "num_epochs": num_epochs,
        "feature_noise": 0.15,
    }


# What trains a model of 256 numbers a word and 512 hidden units well on the drawn scenes, by its cell.
SCENES_SETTINGS = {"rnn": _scenes_settings(1.5e-3, 1.6), "lstm": _scenes_settings(2.5e-3, 0.75)}


class CaptioningSolver:
    """Trains a `CaptioningRNN` on data of `load_coco_data`.

        solver = CaptioningSolver(model, data, update_rule="adam", optim_config={"learning_rate": 1e-3}, num_epochs=2)
        solver.train()

    Attributes:
        model: trained in place.
        loss_history: list of float, the loss of the batch of each iteration so far.
        num_iterations: how many there will be.
    """

    def __init__(
        self,
        model,
        data,
        update_rule="sgd",
        optim_config=None,
        lr_decay=1.0,
        batch_size=100,
        num_epochs=10,
        print_every=10,
        verbose=True,
        feature_noise=0.0,
        seed=231,
    ):
        """Prepare training; nothing is computed yet.

        Args:
            model: a `CaptioningRNN`.
            data: dict from `load_coco_data`.
            update_rule: one of `UPDATE_RULES`, by the name of its function in `cs231n.optim`.
            optim_config: dict of the rule's settings; what is missing takes the rule's own value.
            lr_decay: what the learning rate is multiplied by over an epoch. It falls a little at each iteration (the
                course's falls at each epoch's end), which also suits training for less than an epoch.
            batch_size: captions a batch.
            num_epochs: how often as many captions are drawn as there are; may be a fraction.
            print_every: iterations between two lines on the loss, when `verbose`.
            verbose: print them. A progress bar shows in either case, where a person waits.
            feature_noise: standard deviation of normal noise that is added to the features, new for each batch. The
                model cannot learn by heart which picture has which caption, and describes new pictures better.
            seed: of the batches and of the noise.

        Raises:
            ValueError: unknown update rule or setting of it, a number that must be positive is not, or data whose
                features or vocabulary are of another size than the model's.
        """
        positive = {
            "lr_decay": lr_decay,
            "num_epochs": num_epochs,
            "batch_size": batch_size,
            "print_every": print_every,
        }
        for name, value in positive.items():
            if not value > 0:
                raise ValueError(f"{name} must be positive, got {value}")
        for name in ("batch_size", "print_every"):
            if positive[name] != int(positive[name]):
                raise ValueError(f"{name} must be a whole number, got {positive[name]}")
        if not feature_noise >= 0:
            raise ValueError(f"feature_noise must be at least 0, got {feature_noise}")
        if update_rule not in UPDATE_RULES:
            raise ValueError(f"unknown update_rule {update_rule!r}; there are {', '.join(UPDATE_RULES)}")
        rule = getattr(optim, update_rule)
        _, settings = rule(np.zeros(1), np.zeros(1))
        unknown = set(optim_config or {}) - set(settings)
        if unknown:
            raise ValueError(f"{update_rule} has no setting {min(unknown)!r}; it has {', '.join(settings)}")
        for what, there, wanted in (
            ("features of a picture", data["train_features"].shape[1], len(model.params["W_proj"])),
            ("words", len(data["idx_to_word"]), len(model.params["W_embed"])),
        ):
            if there != wanted:
                raise ValueError(f"the data have {there} {what}, the model is made for {wanted}")
        self.model, self.data = model, data
        self.batch_size, self.print_every, self.verbose = batch_size, print_every, verbose
        self.loss_history = []
        self.num_iterations = math.ceil(num_epochs * len(data["train_captions"]) / batch_size)
        self._rule = optim.adam_in_place if update_rule == "adam" else rule
        self._configs = {name: dict(optim_config or {}) for name in model.params}
        self._first_rate = (optim_config or {}).get("learning_rate", settings["learning_rate"])
        self._decay = lr_decay ** (batch_size / len(data["train_captions"]))  # over an iteration
        self._feature_noise = feature_noise
        self._rng = np.random.RandomState(seed)

    def train(self):
        """Train to the end. Stopped by Ctrl-C it keeps what it has learned; called again it goes on from there.

        Raises:
            FloatingPointError: the loss is infinite or no number; the model stays as it was before that batch.
        """
        remaining = range(len(self.loss_history), self.num_iterations)
        with postponed_interrupt() as interrupted:
            for iteration in progress(remaining, f"training the {self.model.cell_type.upper()}"):
                self._step(iteration)
                if self.verbose and (iteration % self.print_every == 0 or iteration == remaining[-1]):
                    print(f"iteration {iteration + 1} of {self.num_iterations}: loss {self.loss_history[-1]:.3f}")
                if interrupted():
                    print(
                        f"stopped after iteration {iteration + 1} of {self.num_iterations}; train() goes on from here"
                    )
                    break

    def _step(self, iteration):
        captions, features, _ = sample_coco_minibatch(self.data, self.batch_size, "train", self._rng)
        if self._feature_noise:
            features = features + self._feature_noise * self._rng.standard_normal(features.shape)
        loss, grads = packed_loss(self.model, features, captions)
        rate = self._first_rate * self._decay**iteration
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"the loss is {loss} at iteration {iteration + 1}, where the learning rate is {rate:.2g}; "
                "train a new model with a smaller one"
            )
        self.loss_history.append(float(loss))
        for name, w in self.model.params.items():
            self._configs[name]["learning_rate"] = rate
            self.model.params[name], self._configs[name] = self._rule(w, grads[name], self._configs[name])
