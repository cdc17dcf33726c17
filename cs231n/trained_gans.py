"""The older path of `cs231n.gan.trained`: both names are one module."""

import sys

from cs231n.gan import trained

sys.modules[__name__] = trained
