"""The older path of `cs231n.gan.quality`: both names are one module."""

import sys

from cs231n.gan import quality

sys.modules[__name__] = quality
