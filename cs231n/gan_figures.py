"""The older path of `cs231n.gan.figures`: both names are one module."""

import sys

from cs231n.gan import figures

sys.modules[__name__] = figures
