"""Train the four kinds of GAN to the end and store their generators in the package.

    python -m tools.train_gans [vanilla] [lsgan] [dcgan] [wgan-gp]

Half an hour or more on two cores, two kinds at a time; an interrupted run continues where it was. Each kind has one
thread to itself, so that the result does not depend on the number of cores. Networks and settings are those of
`gan.RECIPES`; learning rates fall along a cosine to a twentieth, and the generator's weights are averaged.
"""

import argparse
import json
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from cs231n.files import atomic_write
from cs231n.quiet_tensorflow import quiet_tensorflow

CHECKPOINTS = Path("build/gans")
SEED, SAMPLES, FINAL_SAMPLES = 231, 2_000, 10_000
ROWS = 20  # of a log
STEPS = {"vanilla": 10_000, "lsgan": 10_000, "dcgan": 3_000, "wgan-gp": 5_000}
GENERATOR_RATE, CRITIC_RATES = 1e-3, {"dcgan": 5e-4}  # the critic's is the generator's, except where it is listed
CONSTANT_SHARES = {"dcgan": 0.6}  # share of the steps before the rates begin to fall; 0 where it is not listed
AVERAGE = 0.999


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.train_gans", description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"default all: {', '.join(STEPS)}")
    kinds = parser.parse_args(argv).kinds or list(STEPS)
    unknown = [kind for kind in kinds if kind not in STEPS]
    if unknown:
        parser.error(f"no GAN is called {unknown[0]!r}; there are: {', '.join(STEPS)}")
    os.environ.update(TQDM_DISABLE="1", TF_NUM_INTRAOP_THREADS="1")  # the processes below inherit them
    longest_first = sorted(kinds, key=list(STEPS).index, reverse=True)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for training in as_completed([pool.submit(train, kind) for kind in longest_first]):
            print(training.result(), flush=True)


def train(kind):
    """Train one kind, store its generator and its log in the package; returns a line that sums up."""
    quiet_tensorflow()
    from cs231n.gan import generate
    from cs231n.gan.quality import Judge
    from cs231n.gan.trained import FOLDER, load_trained_generator, save_weights

    judge = Judge()
    generator, rows = averaged_generator(kind, judge)
    save_weights(generator, FOLDER / f"{kind}.npz")
    log = {"rows": rows, "seed": SEED, "steps": STEPS[kind]}
    for title, G in (("quality", generator), ("quality of 8 bits", load_trained_generator(kind))):
        log[title] = {name: round(value, 3) for name, value in judge(generate(G, FINAL_SAMPLES))._asdict().items()}
    write_json(FOLDER / f"{kind}.json", log)
    return f"{kind}: {log['quality']}; in 8 bits {log['quality of 8 bits']}"


def averaged_generator(kind, judge):
    """The generator of a whole training, its weights averaged over the steps, and the rows of the training's log.

    Training goes on from the checkpoint of an interrupted run. Rows that this run has stored are not measured again.
    """
    from cs231n.gan import generate, train_gan

    steps, started = STEPS[kind], time.monotonic()
    checkpoint, stored_rows = CHECKPOINTS / f"{kind}.npz", CHECKPOINTS / f"{kind}.json"
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    rows = json.loads(stored_rows.read_text(encoding="utf-8")) if stored_rows.exists() else []
    solvers = {"learning_rate": falling_rate(kind, GENERATOR_RATE)}
    solvers["critic_rate"] = falling_rate(kind, CRITIC_RATES.get(kind, GENERATOR_RATE))
    for step in range(steps // ROWS, steps + 1, steps // ROWS):
        measured = any(row["step"] == step for row in rows)
        if measured and step < steps:
            continue
        training = train_gan(kind, step, solvers=solvers, ema_decay=AVERAGE, checkpoint=checkpoint, seed=SEED)
        if measured:
            continue
        raw, averaged = (judge(generate(G, SAMPLES)) for G in (training.generator, training.averaged))
        row = {"step": step, "raw": raw.distance, "averaged": averaged.distance, "score": averaged.score}
        rows.append({name: round(value, 3) for name, value in row.items()})
        write_json(stored_rows, rows)
        print(f"{kind}, after {(time.monotonic() - started) / 60:.1f} min: {rows[-1]}", flush=True)
    return training.averaged, rows


def falling_rate(kind, rate):
    """A learning rate that is constant for this kind's share of the steps, then falls along a cosine to a twentieth."""
    import keras

    constant_steps = round(CONSTANT_SHARES.get(kind, 0) * STEPS[kind])
    return keras.optimizers.schedules.CosineDecay(
        rate, STEPS[kind] - constant_steps, alpha=0.05, warmup_target=rate, warmup_steps=constant_steps
    )


def write_json(path, content):
    with atomic_write(path) as file:
        file.write((json.dumps(content, indent=1) + "\n").encode("utf-8"))


if __name__ == "__main__":
    main()
