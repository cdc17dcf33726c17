"""Command line of the grader; see docs/grading.md."""

import argparse
import os
import sys

from classroom.grading import grader, report, sandbox, submission, whole_class
from cs231n.files import printable_output, user_path


def main():
    """Grade what the command line names. Returns None, or a message if that is not possible."""
    options = _options()
    for stream in (sys.stdout, sys.stderr):  # whatever a student writes, and whatever the terminal can show
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        if options.csv:
            csv, out = user_path(options.csv), user_path(options.out)
            whole_class.grade_class(user_path(options.submission), csv, out, options.unsafe, options.workers)
        else:
            _grade_one(options)
    except OSError as error:
        return f"{error.filename} cannot be used: {error.strerror}"
    except sandbox.NotGraded as error:
        return f"Not graded, for a reason that is not the submission's: {error}. The same command tries again."
    except (ValueError, RuntimeError) as error:
        return str(error)
    except KeyboardInterrupt:
        return "Interrupted."


def _options():
    description = "Grade submissions of the student edition."
    parser = argparse.ArgumentParser(prog="python -m classroom.grading", description=description)
    parser.add_argument("submission", help="a submission (folder, zip, tar or .py); with --csv, a folder of them")
    parser.add_argument("--json", help="file for the result in Gradescope's format, usually results.json")
    parser.add_argument("--html", help="file for the result as a page")
    parser.add_argument("--csv", help="file for the table of a class, a row for each submission in the folder")
    parser.add_argument("--out", default="build/grades", help="folder for results and pages of a class (%(default)s)")
    help_on_workers = "number of submissions graded at the same time (%(default)s)"
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help=help_on_workers)
    parser.add_argument("--unsafe", action="store_true", help="grade without a sandbox, for submissions that you trust")
    options = parser.parse_args()
    if options.csv and (options.json or options.html):
        parser.error("--json and --html are for one submission; with --csv, results of a class go to the folder --out")
    return options


def _grade_one(options):
    if not options.unsafe and (reason := sandbox.refusal()):
        raise RuntimeError(reason)
    name = submission.name_of(options.submission)
    try:
        handed_in = submission.read(options.submission)
    except ValueError as error:
        if not (options.json or options.html) or not user_path(options.submission).exists():
            raise
        result = grader.refused(str(error), name)  # the files tell the reason to whoever handed it in
        text = result["output"]
    else:
        result = grader.grade(handed_in, name, unsafe=options.unsafe)
        text = report.as_text(result)
    if options.json:
        report.write(options.json, report.as_json(result))
    if options.html:
        report.write(options.html, report.as_page(result))
    print(text)


if __name__ == "__main__":
    printable_output()
    sys.exit(main())
