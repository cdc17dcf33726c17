"""Train the four kinds of GAN to the end and store their generators in the package.

    python -m tools.train_gans [vanilla] [lsgan] [dcgan] [wgan-gp]

Half an hour or more on two cores, two kinds at a time; interrupted, it goes on where it was. Each kind has one thread
to itself, so that the result does not depend on the number of cores. Networks and settings are those of `gan.RECIPES`;
the learning rates fall along a cosine to a twentieth in the end, and the generator's weights are averaged.
"""

import argparse
import json
import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

os.environ.update(TQDM_DISABLE="1", TF_NUM_INTRAOP_THREADS="1")

CHECKPOINTS = Path("build/gans")
SEED, SAMPLES, FINAL_SAMPLES = 231, 2_000, 10_000
ROWS = 20  # of a log
STEPS = {"vanilla": 10_000, "lsgan": 10_000, "dcgan": 3_000, "wgan-gp": 5_000}
CRITIC_RATES = {"dcgan": 5e-4}  # else 1e-3, as the generator's
HELD = {"dcgan": 0.6}  # share of the steps at these rates, before they fall; else none
AVERAGE = 0.999


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m tools.train_gans", description=__doc__.split("\n")[0])
    parser.add_argument("kinds", nargs="*", metavar="KIND", help=f"default all: {', '.join(STEPS)}")
    kinds = parser.parse_args(argv).kinds or list(STEPS)
    unknown = [kind for kind in kinds if kind not in STEPS]
    if unknown:
        parser.error(f"no GAN is called {unknown[0]!r}; there are: {', '.join(STEPS)}")
    longest_first = sorted(kinds, key=list(STEPS).index, reverse=True)
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        for done in as_completed([pool.submit(train, kind) for kind in longest_first]):
            print(done.result(), flush=True)


def train(kind):
    """Train one kind, store its generator and log; returns a line that sums up."""
    from cs231n.notebook import setup

    setup()
    import keras

    from cs231n.gan import generate, train_gan
    from cs231n.gan_quality import Judge
    from cs231n.trained_gans import FOLDER, load_trained_generator, save_weights

    steps, started = STEPS[kind], time.monotonic()
    judge, checkpoint, notes = Judge(), CHECKPOINTS / f"{kind}.npz", CHECKPOINTS / f"{kind}.json"
    CHECKPOINTS.mkdir(parents=True, exist_ok=True)
    log = json.loads(notes.read_text(encoding="utf-8")) if notes.exists() else {"rows": []}

    held = round(HELD.get(kind, 0) * steps)

    def falling(rate):
        return keras.optimizers.schedules.CosineDecay(
            rate, steps - held, alpha=0.05, warmup_target=rate, warmup_steps=held
        )

    solvers = {"learning_rate": falling(1e-3), "critic_rate": falling(CRITIC_RATES.get(kind, 1e-3))}
    for step in range(steps // ROWS, steps + 1, steps // ROWS):
        known = any(row["step"] == step for row in log["rows"])
        if known and step < steps:
            continue
        trained = train_gan(kind, step, solvers=solvers, ema_decay=AVERAGE, checkpoint=checkpoint, seed=SEED)
        if known:
            continue
        raw, averaged = (judge(generate(G, SAMPLES)) for G in (trained.generator, trained.averaged))
        row = {"step": step, "raw": raw.distance, "averaged": averaged.distance, "score": averaged.score}
        log["rows"].append({name: round(value, 3) for name, value in row.items()})
        notes.write_text(json.dumps(log), encoding="utf-8")
        print(f"{kind}, after {(time.monotonic() - started) / 60:.1f} min: {log['rows'][-1]}", flush=True)
    save_weights(trained.averaged, FOLDER / f"{kind}.npz")
    log |= {"seed": SEED, "steps": steps}
    for title, G in (("quality", trained.averaged), ("quality of 8 bits", load_trained_generator(kind))):
        log[title] = {name: round(value, 3) for name, value in judge(generate(G, FINAL_SAMPLES))._asdict().items()}
    (FOLDER / f"{kind}.json").write_text(json.dumps(log, indent=1) + "\n", encoding="utf-8")
    return f"{kind}: {log['quality']}; in 8 bits {log['quality of 8 bits']}"


if __name__ == "__main__":
    main()
