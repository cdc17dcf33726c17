"""Command line of the grader; see docs/grading.md."""

import argparse
import os
import sys
from pathlib import Path

from classroom.grading import grader, report, sandbox, submission, whole_class


def main():
    parser = argparse.ArgumentParser(
        prog="python -m classroom.grading", description="Grade submissions of the student edition."
    )
    parser.add_argument("submission", help="a submission (folder or zip); with --csv, a folder of them")
    parser.add_argument("--json", help="write the result in Gradescope's format, usually results.json")
    parser.add_argument("--html", help="write the result as a page")
    parser.add_argument("--csv", help="grade a folder of submissions, and write a row for each")
    parser.add_argument("--out", default="build/grades", help="folder for results and pages of a class (%(default)s)")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="submissions at a time (%(default)s)")
    parser.add_argument("--scheduler", help="address of a Dask scheduler whose workers are to grade")
    parser.add_argument("--unsafe", action="store_true", help="without a sandbox, for submissions that you trust")
    args = parser.parse_args()
    if args.scheduler and not args.csv:
        parser.error("--scheduler is for a class; name its table with --csv")
    if args.csv and (args.json or args.html):
        parser.error("--json and --html are for one submission; with --csv, those of a class go to the folder --out")
    try:
        if args.csv:
            return whole_class.grade_class(Path(args.submission), Path(args.csv), Path(args.out), args)
        if not args.unsafe and (reason := sandbox.refusal()):
            raise RuntimeError(reason)
        name = report.name_of(args.submission)
        try:
            files = submission.read(args.submission)
        except ValueError as error:
            if not (args.json or args.html) or not Path(args.submission).exists():
                raise
            result = grader.refused(str(error), name)  # whoever handed it in reads why, in the file
            print(error)
        else:
            result = grader.grade(files, name, unsafe=args.unsafe)
            print(report.as_text(result))
        if args.json:
            report.write(args.json, report.as_json(result))
        if args.html:
            report.write(args.html, report.as_page(result))
    except OSError as error:
        return f"{error.filename} cannot be used: {error.strerror}"
    except (ValueError, RuntimeError) as error:
        return str(error)
    except KeyboardInterrupt:
        return "Interrupted."


if __name__ == "__main__":
    sys.exit(main())
