"""TensorFlow without its log lines, seeded, deterministic, and with the usual settings of Keras."""

import contextlib
import os
import random
import sys
import tempfile
import warnings

import numpy as np


def quiet_tensorflow(seed=231):
    """Import TensorFlow quietly, seed it and make its operations deterministic.

    Call this before any other import of TensorFlow.

    Keras gets its usual settings, whatever ~/.keras/keras.json says; a GPU computes products of matrices in full
    float32, not in TF32, whose errors are larger than what the notebooks allow.

    Args:
        seed: int, for the random numbers of Keras and TensorFlow; those of Python and NumPy stay as they are.

    Raises:
        RuntimeError: if TensorFlow is already loaded, so that its log lines can no longer be held back.
    """
    if "tensorflow" in sys.modules and "TF_CPP_MIN_LOG_LEVEL" not in os.environ:
        raise RuntimeError("call setup() before importing tensorflow; restart the kernel and run it first")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    python_state, numpy_state = random.getstate(), np.random.get_state()
    with silenced_stderr():
        import keras
        import tensorflow as tf

        from cs231n.keras_defaults import set_keras_defaults

        set_keras_defaults()
        keras.utils.set_random_seed(seed)  # seeds Python and NumPy as well
        tf.config.experimental.enable_op_determinism()
        tf.config.experimental.enable_tensor_float_32_execution(False)
        tf.constant(0.0)  # the first operation starts the devices, which log as well
    # On Python 3.13 tf.function causes this warning; under PYTHONWARNINGS=error it would not compile anything.
    warnings.filterwarnings("ignore", ".*'___pyct_anno'", DeprecationWarning)
    random.setstate(python_state)
    np.random.set_state(numpy_state)


@contextlib.contextmanager
def silenced_stderr():
    """Hold back what native code writes to file descriptor 2: oneDNN's start-up lines ignore every log level.

    The output is dropped if the block succeeds, and written if it raises.
    """
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as output:
        os.dup2(output.fileno(), 2)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield
        except BaseException:
            os.dup2(saved, 2)
            output.seek(0)
            os.write(2, output.read())
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
