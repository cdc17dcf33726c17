"""Submissions of student editions that were handed out before parts of the package moved.

Such a submission has its own files with exercises; all other modules come from the present edition.
"""

# Names that files with exercises used to import: file of the present edition -> source to add to it.
NAMES = {
    "cs231n/files.py": b"\nwritten_whole = atomic_write\n",
    "cs231n/notebook.py": b"\nfrom cs231n.long_runs import postponed_interrupt, progress\n",
}
# Present file with exercises -> the file that used to hold the same exercises.
FILES = {"cs231n/gan/networks.py": "cs231n/gan.py", "cs231n/gan/losses.py": "cs231n/gan.py"}


def file_in(submission, file):
    """The file of a submission that holds the exercises of `file`: the file itself, or the former one.

    Args:
        submission: dict path -> bytes; file: path of a file with exercises in the present edition.
    """
    former = FILES.get(file)
    return former if former in submission and file not in submission else file


def given_modules(given, submission):
    """The modules of the present edition that the submission runs with, dict path -> bytes.

    Args:
        given: dict path -> bytes, all modules of the present edition without exercises.
        submission: dict path -> bytes.
    """
    formers = {former for file, former in FILES.items() if file_in(submission, file) == former}
    packages = tuple(
        former.removesuffix(".py") + "/" for former in formers
    )  # a package would hide a module of its name
    modules = {name: data for name, data in given.items() if not name.startswith(packages)}
    return modules | {name: modules[name] + source for name, source in NAMES.items() if name in modules}
