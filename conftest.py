"""Settings for pytest and nbval; at the root, because `pytest --nbval notebooks` reads none in tests/."""

import os

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="-1", TQDM_DISABLE="1")


def pytest_configure(config):
    if config.getoption("nbval", False):  # stored outputs come from data that every machine has
        os.environ["CS231N_EMBEDDED_ONLY"] = "1"


def pytest_collectstart(collector):
    if hasattr(collector, "skip_compare"):  # only nbval's notebook file has it
        collector.skip_compare += ("stderr",)
