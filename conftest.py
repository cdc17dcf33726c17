"""Settings for pytest, with tests and notebooks; at the root, because `pytest notebooks` reads no file of tests/."""

import os
from pathlib import Path

SETTINGS = Path(__file__).with_name("tests") / "settings"

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="-1", TQDM_DISABLE="1")
# In place of the user's own settings of Keras and Matplotlib.
os.environ.update(KERAS_BACKEND="tensorflow", KERAS_HOME=str(SETTINGS), MATPLOTLIBRC=str(SETTINGS / "matplotlibrc"))


def pytest_configure(config):
    options = vars(config.option)  # lacks the options of regression where only requirements.txt is installed
    if any(options.get(name) for name in ("regression", "regression_accept", "nbval")):
        # Stored outputs come from the data that every machine has.
        os.environ["CS231N_EMBEDDED_ONLY"] = "1"


def pytest_collectstart(collector):
    if collector.config.option.nbval and hasattr(collector, "skip_compare"):  # plain nbval must not compare stderr
        collector.skip_compare += ("stderr",)
