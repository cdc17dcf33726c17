"""TensorFlow as the benchmarks run it: on the processor, on as many threads as PyTorch, without log lines.

To be imported before anything else loads TensorFlow: `from tensorflow_setup import tf`.
"""

import os

from peer_process import THREADS

from cs231n.quiet_tensorflow import silenced_stderr

os.environ.update(TF_CPP_MIN_LOG_LEVEL="2", CUDA_VISIBLE_DEVICES="-1")

with silenced_stderr():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf.constant(0.0)  # the first operation starts the devices, which log as well
