"""The module names of the course's TensorFlow 2 assignment, for its notebooks: `from cs231n.gan_tf import *` works.

`cs231n/__init__.py` puts this folder on the search path of the package, so that a module here is also found as
`cs231n.<its name>`. Each hands on functions of this package under the names that the course's handout imports; what
it adds is helpers of a few lines. New code imports from where things are. docs/differences.md says which cells of the
course's notebooks run.
"""
