"""Grades a folder of submissions; a run that was interrupted continues where it stopped."""

import json
from concurrent.futures import ThreadPoolExecutor, as_completed

from tqdm import tqdm

from classroom.grading import grader, report, sandbox, submission


def grade_class(folder, csv, out, unsafe, workers):
    """Grade each submission in `folder`.

    Args:
        folder: Path of the folder of submissions, folders or zips.
        csv: Path of the table to write, a row for each submission.
        out: Path of a folder for a result and a page of each submission, and a summary.
        unsafe: True to run submissions without a sandbox.
        workers: number of submissions that are graded at the same time.

    Raises:
        ValueError: if there is no such folder, or no submission in it.
        RuntimeError: if submissions cannot be run safely, or the run is interrupted.
        OSError: if a result cannot be written.
    """
    if not unsafe and (reason := sandbox.refusal()):
        raise RuntimeError(reason)
    paths = _submissions(folder)
    out.mkdir(parents=True, exist_ok=True)
    results, ungraded = {}, {}
    for name, path in paths.items():
        try:
            files = submission.read(path)
        except ValueError as error:
            results[name] = grader.refused(str(error), name)
            report.write(out / f"{name}.json", report.as_json(results[name]))
            continue
        results[name] = _stored_result(out / f"{name}.json", grader.result_key(files))
        if not results[name]:
            ungraded[name] = files
    if ungraded:
        _grade(ungraded, results, out, unsafe, workers)
    ordered = [results[name] for name in sorted(results)]
    for result in ordered:
        report.write(out / f"{result['extra_data']['name']}.html", report.as_page(result))
    report.write(out / "index.html", report.as_summary(ordered))
    report.write(csv, report.as_csv(ordered))
    print(f"{len(ordered)} submissions, {len(ungraded)} of them graded now: {csv}, {out / 'index.html'}")


def _grade(ungraded, results, out, unsafe, workers):
    """Grade `ungraded` (dict name -> files) into `results`; write each result as soon as it is known."""
    bar = tqdm(total=len(results), initial=len(results) - len(ungraded), desc="grading", unit="submission")
    with bar, ThreadPoolExecutor(workers) as threads:  # a thread waits for its submission's process
        futures = {threads.submit(grader.grade, files, name, unsafe): name for name, files in ungraded.items()}
        try:
            for future in as_completed(futures):
                name = futures[future]
                results[name] = future.result()
                report.write(out / f"{name}.json", report.as_json(results[name]))
                bar.update()
        except KeyboardInterrupt:
            graded = sum(result is not None for result in results.values())
            raise RuntimeError(
                f"Interrupted with {graded} of {len(results)} graded; the same command continues from there."
            ) from None
        finally:
            threads.shutdown(cancel_futures=True)


def _submissions(folder):
    """dict name -> path: the folders and zips in `folder`."""
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    paths, others = {}, []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if not (path.is_dir() or path.suffix.lower() == ".zip"):
            others.append(path.name)
            continue
        name = submission.name_of(path)
        if paths.setdefault(name, path) != path:
            raise ValueError(f"two submissions are called {name}: {path} and {paths[name]}; rename one")
    if others:
        print(f"skipped, because neither a folder nor a zip: {', '.join(map(repr, others))}")
    if not paths:
        raise ValueError(f"{folder} holds no submissions, that is, folders or zips")
    return paths


def _stored_result(path, key):
    """The result in the file at `path` if it has this key, else None."""
    try:
        result = json.loads(path.read_text(encoding="utf-8"))
        return result if result["extra_data"]["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
