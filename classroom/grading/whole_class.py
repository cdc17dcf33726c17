"""Grades a folder of submissions; a run that was interrupted continues where it stopped."""

import contextlib
import json
from concurrent.futures import ThreadPoolExecutor, as_completed

from tqdm import tqdm

from classroom.grading import class_folder, grader, report, sandbox, submission


def grade_class(folder, csv, out, unsafe, workers):
    """Grade each submission in `folder`.

    Args:
        folder: Path of the folder of submissions; `class_folder` says what it may hold.
        csv: Path of the table to write, a row for each submission.
        out: Path of a folder for a result and a page of each submission, and a summary.
        unsafe: True to run submissions without a sandbox.
        workers: number of submissions that are graded at the same time.

    Raises:
        ValueError: if there is no such folder, or nothing in it.
        RuntimeError: if submissions cannot be run safely, or the run is interrupted.
        OSError: if a result cannot be written.
    """
    if not unsafe and (reason := sandbox.refusal()):
        raise RuntimeError(reason)
    entries = class_folder.entries(folder)
    out.mkdir(parents=True, exist_ok=True)
    results, waiting = _read(entries, out, unsafe)
    ungraded = _grade(waiting, results, out, unsafe, workers)
    ordered = [results[entry.name] for entry in entries if entry.name in results]
    for result in ordered:
        report.write(out / f"{result['extra_data']['name']}.html", report.as_page(result))
    report.write(out / "index.html", report.as_summary(ordered, ungraded))
    report.write(csv, report.as_csv(ordered, ungraded))
    print(f"{len(entries)} submissions, {len(waiting) - len(ungraded)} of them graded now: {csv}, {out / 'index.html'}")
    _print_rest(ordered, ungraded)


def _read(entries, out, unsafe):
    """(dict name -> result, for what is stored or not understood; dict name -> `Submission`, for what is to grade)."""
    results, waiting = {}, {}
    for entry in entries:
        path = out / f"{entry.name}.json"
        try:
            if entry.problem:
                raise ValueError(entry.problem)
            handed_in = submission.read(entry.parts, entry.notes)
        except ValueError as error:
            results[entry.name] = grader.refused(str(error), entry.name)
            report.write(path, report.as_json(results[entry.name]))
            continue
        stored = _stored_result(path, grader.result_key(handed_in, unsafe))
        if stored:
            results[entry.name] = stored
        else:
            waiting[entry.name] = handed_in
    return results, waiting


def _grade(waiting, results, out, unsafe, workers):
    """Grade `waiting` (dict name -> `Submission`) into `results`; write each result as soon as it is known.

    Returns:
        dict from the name of a submission that could not be graded to the reason.
    """
    ungraded, total = {}, len(results) + len(waiting)
    bar = tqdm(total=total, initial=len(results), desc="grading", unit="submission", ascii=True)
    with bar, ThreadPoolExecutor(workers) as threads:  # a thread waits for its submission's process
        futures = {threads.submit(grader.grade, handed_in, name, unsafe): name for name, handed_in in waiting.items()}
        try:
            for future in as_completed(futures):
                name = futures[future]
                try:
                    results[name] = future.result()
                    report.write(out / f"{name}.json", report.as_json(results[name]))
                except sandbox.NotGraded as error:
                    ungraded[name] = str(error)
                    for kind in ("json", "html"):  # of an earlier version
                        (out / f"{name}.{kind}").unlink(missing_ok=True)
                bar.update()
        except KeyboardInterrupt:
            raise RuntimeError(
                f"Interrupted with {len(results)} of {total} graded; the same command continues from there."
            ) from None
        finally:
            threads.shutdown(cancel_futures=True)
    return dict(sorted(ungraded.items()))


def _print_rest(results, ungraded):
    """Name the submissions without points, and why."""
    strange = [result["extra_data"] for result in results if result["extra_data"]["status"] == grader.NOT_UNDERSTOOD]
    if strange:
        print(f"{len(strange)} not understood, without points in the table:")
        for about in strange:
            print(f"  {about['name']}: {'; '.join(about['notes'])}")
    if ungraded:
        print(f"{len(ungraded)} not graded, for reasons that are not theirs; the same command tries again:")
        for name, reason in ungraded.items():
            print(f"  {name}: {reason}")


def _stored_result(path, key):
    """The result in the file at `path` if it has this key, else None."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        result = json.loads(path.read_text(encoding="utf-8"))
        if result["extra_data"]["key"] == key:
            return result
    return None
