"""What the small command lines share: help, messages of one sentence, a check of the output, figures in files."""

import argparse
import contextlib
import sys

from cs231n.files import atomic_write, check_writable, oserror_message, printable_output, user_path

_DPI = 120  # of a figure in a file
_ROOM = 5_000_000  # bytes; a picture or an animation has seldom more


def argument_parser(name, description):
    """A parser of the arguments of `python -m cs231n.NAME`; its help shows the description with its line breaks."""
    layout = argparse.RawDescriptionHelpFormatter
    return argparse.ArgumentParser(prog=f"python -m cs231n.{name}", description=description, formatter_class=layout)


@contextlib.contextmanager
def command_line(name, stopped="stopped"):
    """Run a command in a `with` block: what a user can cause ends the program with one sentence, not a traceback.

    Args:
        name: what the command is called at the beginning of the sentence.
        stopped: what is said after Ctrl-C.

    Raises:
        SystemExit: if the block meets a bad argument or file (exit code 1), or Ctrl-C (130).
    """
    printable_output()
    try:
        yield
    except KeyboardInterrupt:
        print(f"\n{name}: {stopped}", file=sys.stderr)
        sys.exit(130)
    except OSError as error:
        sys.exit(f"{name}: {oserror_message(error)}")
    except (ValueError, RuntimeError, MemoryError, ImportError) as error:
        sys.exit(f"{name}: {error}")


def check_output(path, sources=()):
    """Find out before minutes of work whether their result can be written.

    Args:
        path: file to write.
        sources: paths or addresses of the files that the command reads.

    Raises:
        ValueError: if the folder of the file does not exist, if the file is a folder, or if it would replace one of the
            sources.
        OSError: if nothing can be written there, or no more than a few megabytes.
    """
    path = user_path(path)
    if not path.parent.is_dir():
        raise ValueError(f"there is no folder {path.parent} to write {path.name} to")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; name a file to write with -o")
    for source in sources:
        if "://" not in str(source) and user_path(source).exists() and path.exists() and path.samefile(source):
            raise ValueError(f"the output {path} would replace the picture that is read; name another file with -o")
    check_writable(path, _ROOM)


@contextlib.contextmanager
def figure_in_file(path):
    """Write the figure that a `with` block shows to a file, atomically, after the block; no window opens."""
    import matplotlib  # only here: --help needs no figures

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    yield
    with atomic_write(path) as file:
        plt.savefig(file, format=user_path(path).suffix[1:].lower(), dpi=_DPI, bbox_inches="tight")
    plt.close("all")
