"""The command line `python -m cs231n.scenes`, which draws the data set of scenes."""

import sys

from cs231n.scenes.build import main

sys.exit(main())
