"""Training a captioning model: batches, an update rule, a learning rate that falls."""

import math

import numpy as np

from cs231n import optim
from cs231n.checks import check_not_negative, check_positive, check_whole_number
from cs231n.coco_utils import sample_coco_minibatch
from cs231n.long_runs import keep_freed_memory, postponed_interrupt, progress

UPDATE_RULES = ("sgd", "sgd_momentum", "rmsprop", "adam")


class CaptioningSolver:
    """Trains a `CaptioningRNN` or a `CaptioningTransformer` on data from `load_coco_data`.

        solver = CaptioningSolver(model, data, update_rule="adam", optim_config={"learning_rate": 1e-3}, num_epochs=2)
        solver.train()

    Attributes:
        model: the model; its parameters are trained in place.
        loss_history: list of float, the loss of the batch at each iteration so far.
        num_iterations: number of iterations of the whole training.
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
        loss=None,
        warmup=0,
        max_norm=None,
    ):
        """Prepare training; nothing is computed yet.

        Args:
            model: a `CaptioningRNN` or a `CaptioningTransformer`.
            data: dict from `load_coco_data`.
            update_rule: one of `UPDATE_RULES`, the name of a function in `cs231n.optim`.
            optim_config: dict of settings of the update rule; a setting that is not in it takes the rule's default.
            lr_decay: factor by which the learning rate falls over an epoch. It falls a little at each iteration (the
                course's falls at the end of each epoch), so it also works for less than an epoch.
            batch_size: captions in a batch.
            num_epochs: passes over the data: the number of captions drawn, divided by the number that there are. It
                may be a fraction.
            print_every: iterations between two lines on the loss, if `verbose`.
            verbose: print these lines. A progress bar is shown in either case, unless $TQDM_DISABLE is set.
            feature_noise: standard deviation of normal noise that is added to the features, new for each batch. With
                noise the model cannot memorise which picture has which caption, and describes new pictures better.
            seed: int for the batches and the noise.
            loss: function of (model, features, captions) that returns (loss, grads) as `model.loss` does, and trains
                the model in its place; None for `model.loss`.
            warmup: iterations over which the learning rate rises to its full value, step by step. An update rule such
                as Adam knows little about the gradients at first, and a Transformer does not recover from a first step
                in a bad direction.
            max_norm: largest norm of the gradient of all parameters together. A longer gradient is made as short as
                this, in its own direction ("clipped"). None clips nothing.

        Raises:
            ValueError: if the update rule or one of its settings is unknown, if a number is outside its range, or if
                the model is made for another number of features or words than the data have.
        """
        check_positive("lr_decay", lr_decay)
        check_positive("num_epochs", num_epochs)
        check_whole_number("batch_size", batch_size)
        check_whole_number("print_every", print_every)
        check_not_negative("feature_noise", feature_noise)
        check_whole_number("warmup", warmup, least=0)
        if max_norm is not None:
            check_positive("max_norm", max_norm)
        settings = _rule_settings(update_rule, optim_config or {})
        _check_sizes(model, data)
        self.model, self.data = model, data
        self.batch_size, self.print_every, self.verbose = batch_size, print_every, verbose
        self.loss_history = []
        self.num_iterations = math.ceil(num_epochs * len(data["train_captions"]) / batch_size)
        self._loss = loss or type(model).loss
        self._rule = optim.adam_in_place if update_rule == "adam" else getattr(optim, update_rule)
        self._configs = {name: dict(optim_config or {}) for name in model.params}
        self._first_rate = settings["learning_rate"]
        self._decay = lr_decay ** (batch_size / len(data["train_captions"]))  # over an iteration
        self._feature_noise, self._warmup, self._max_norm = feature_noise, warmup, max_norm
        self._rng = np.random.RandomState(seed)

    def train(self):
        """Train to the end. After Ctrl-C what has been learned is kept, and another call goes on from there.

        Raises:
            FloatingPointError: if the loss is infinite or NaN; the model stays as it was before that batch.
        """
        remaining = range(len(self.loss_history), self.num_iterations)
        keep_freed_memory()
        with postponed_interrupt() as interrupted:
            for iteration in progress(remaining, f"training the {self.model.cell_type.upper()}"):
                self._step(iteration)
                place = f"iteration {iteration + 1} of {self.num_iterations}"
                if self.verbose and (iteration % self.print_every == 0 or iteration == remaining[-1]):
                    print(f"{place}: loss {self.loss_history[-1]:.3f}")
                if interrupted():
                    print(f"stopped after {place}; train() goes on from here")
                    break

    def _step(self, iteration):
        captions, features, _ = sample_coco_minibatch(self.data, self.batch_size, "train", self._rng)
        if self._feature_noise:
            features = features + self._feature_noise * self._rng.standard_normal(features.shape)
        loss, grads = self._loss(self.model, features, captions)
        rate = self._first_rate * self._decay**iteration * min(1, (iteration + 1) / max(self._warmup, 1))
        if not np.isfinite(loss):
            raise FloatingPointError(
                f"the loss is {loss} at iteration {iteration + 1}, where the learning rate is {rate:.2g}; "
                "train a new model with a smaller one"
            )
        self.loss_history.append(float(loss))
        if self._max_norm is not None:
            _clip(grads, self._max_norm)
        for name, w in self.model.params.items():
            self._configs[name]["learning_rate"] = rate
            self.model.params[name], self._configs[name] = self._rule(w, grads[name], self._configs[name])


def _clip(grads, max_norm):
    """Scale the arrays of the dict `grads` in place, all by one factor, so that their joint norm is <= max_norm."""
    norm = math.sqrt(sum(float(np.vdot(g, g)) for g in grads.values()))
    if norm > max_norm:
        for g in grads.values():
            g *= max_norm / norm


def _rule_settings(update_rule, optim_config):
    """dict of all settings of an update rule: those of `optim_config`, and defaults for the others.

    Raises:
        ValueError: if there is no such rule, or if it has no such setting.
    """
    if update_rule not in UPDATE_RULES:
        raise ValueError(f"unknown update_rule {update_rule!r}; choose one of {', '.join(UPDATE_RULES)}")
    _, defaults = getattr(optim, update_rule)(np.zeros(1), np.zeros(1))
    unknown = set(optim_config) - set(defaults)
    if unknown:
        raise ValueError(f"{update_rule} has no setting {min(unknown)!r}; its settings are {', '.join(defaults)}")
    return defaults | optim_config


def _check_sizes(model, data):
    """Raise ValueError unless the model is made for the features and the vocabulary of the data."""
    looks = model.cell_type in ("attn", "transformer")
    if (data["train_features"].ndim == 3) != looks:
        what = "features of cells" if looks else "features of whole pictures"
        raise ValueError(f"the cell type {model.cell_type!r} takes {what}; use load_coco_data(..., grid={looks})")
    for name, of_data, of_model in (
        ("features of a picture", data["train_features"].shape[-1], len(model.params["W_proj"])),
        ("words", len(data["idx_to_word"]), len(model.params["W_embed"])),
    ):
        if of_data != of_model:
            raise ValueError(f"the data have {of_data} {name}, the model is made for {of_model}")
