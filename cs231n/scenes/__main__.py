"""The command line `python -m cs231n.scenes`, which draws the data set of scenes."""

import os

from cs231n.scenes.build import main

os.environ["CUDA_VISIBLE_DEVICES"] = "-1"  # features made on a GPU would differ from those of the stored outputs
main()
