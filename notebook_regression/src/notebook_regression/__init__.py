"""A pytest plugin that executes Jupyter notebooks by nbval and compares all that they show with what they store.

Words to the letter, numbers by declared tolerances, pictures by a perceptual measure; see docs/regression.md. It knows
nothing of the notebooks that it tests: copy the folder to use it elsewhere.
"""
