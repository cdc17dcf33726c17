"""The package of the notebooks. On import it only sets what Keras and TensorFlow read when they are imported.

The modules of the folder `course`, if it is there, are found as `cs231n.gan_tf` and the like, as in the course.
"""

import os

os.environ["KERAS_BACKEND"] = "tensorflow"  # ~/.keras/keras.json may name another, which nothing here runs on
os.environ.pop("TF_USE_LEGACY_KERAS", None)  # tf.keras is Keras 3
os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")  # or the first open notebook takes all memory of a GPU
__path__.append(os.path.join(__path__[0], "course"))
