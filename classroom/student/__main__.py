"""Build the student edition, in build/student/ and build/student.zip, or put the solutions back into one.

python -m classroom.student                    build it
python -m classroom.student --restore FOLDER   for instructors: put the solutions back into an edition
"""

import argparse
import sys

from classroom.student.edition import ROOT, build
from classroom.student.pieces import Fault
from classroom.student.restoring import restore
from cs231n.files import exit_with_message_on_oserror, printable_output, user_path

TARGET = ROOT / "build" / "student"


def main(argv=None):
    parser = argparse.ArgumentParser(prog="python -m classroom.student", description="Build the student edition.")
    parser.add_argument("--restore", metavar="FOLDER", type=user_path, help="put the solutions back into this edition")
    options = parser.parse_args(argv)
    try:
        if options.restore:
            restore(options.restore)
            print(f"{options.restore} has the solutions now")
        else:
            count, size = build(TARGET)
            print(f"build/student: {count} files; build/student.zip: {size / 1e6:.1f} MB")
    except Fault as fault:
        sys.exit(str(fault))


if __name__ == "__main__":
    printable_output()
    with exit_with_message_on_oserror():
        main()
