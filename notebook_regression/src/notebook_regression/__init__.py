"""A pytest plugin that executes Jupyter notebooks and compares all that they show with what they store.

Words to the letter, numbers by declared tolerances, pictures by a perceptual measure; the README says more.
"""
