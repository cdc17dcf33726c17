"""Command line of the student edition, see classroom/student/edition.py."""

import argparse
import sys
from pathlib import Path

from classroom.student import edition
from classroom.student.edition import TARGET, Fault, build, restore
from cs231n.files import exit_with_message_on_oserror


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.student", description=edition.__doc__.split("\n")[0])
    parser.add_argument("--restore", metavar="FOLDER", type=Path, help="put the solutions back into an edition")
    options = parser.parse_args(argv)
    try:
        if options.restore:
            restore(options.restore)
            print(f"{options.restore} holds the solutions now")
        else:
            count, size = build(TARGET)
            print(f"build/student: {count} files; build/student.zip: {size / 1e6:.1f} MB")
    except Fault as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    with exit_with_message_on_oserror():
        main()
