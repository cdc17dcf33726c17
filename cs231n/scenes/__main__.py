import sys

from cs231n.scenes.build import main

sys.exit(main())
