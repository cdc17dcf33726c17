"""Grades a folder of submissions: on this machine or on Dask's workers, from where it was interrupted."""

import json
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from tqdm import tqdm

from classroom.grading import grader, report, sandbox, submission

PATIENCE = 20  # seconds for a scheduler to answer


def grade_class(folder, csv, out, args):
    """Grade each submission in `folder`; a result and a page for each in `out`, a summary, and the table `csv`.

    Raises:
        ValueError: no such folder, or no submission in it. RuntimeError: submissions cannot be run safely.
        OSError: a result cannot be written.
    """
    if not args.scheduler and not args.unsafe and (reason := sandbox.refusal()):
        raise RuntimeError(reason)
    paths = _submissions(folder)
    out.mkdir(parents=True, exist_ok=True)
    results, todo = {}, {}
    for name, path in paths.items():
        try:
            files = submission.read(path)
        except ValueError as error:
            results[name] = grader.refused(str(error), name)
            report.write(out / f"{name}.json", report.as_json(results[name]))
            continue
        results[name] = _stored(out / f"{name}.json", grader.result_key(files))
        if not results[name]:
            todo[name] = files
    _grade(todo, results, out, args)
    ordered = [results[name] for name in sorted(results)]
    for result in ordered:
        report.write(out / f"{result['extra_data']['name']}.html", report.as_page(result))
    report.write(out / "index.html", report.as_summary(ordered))
    report.write(csv, report.as_csv(ordered))
    print(f"{len(ordered)} submissions, {len(todo)} of them graded now: {csv}, {out / 'index.html'}")


def _grade(todo, results, out, args):
    """Grade `todo` into `results`, each result written as soon as it is there."""
    if not todo:
        return
    finished = _on_dask if args.scheduler else _here
    with tqdm(total=len(results), initial=len(results) - len(todo), desc="grading", unit="submission") as bar:
        try:
            for name, result in finished(todo, args):
                results[name] = result
                report.write(out / f"{name}.json", report.as_json(result))
                bar.update()
        except KeyboardInterrupt:
            done = sum(result is not None for result in results.values())
            raise RuntimeError(f"Interrupted with {done} of {len(results)} graded; the same command goes on.") from None


def _here(todo, args):
    """Pairs of name and result, as they come; each thread waits for a submission's process."""
    with ThreadPoolExecutor(args.workers) as threads:
        futures = {threads.submit(grader.grade, files, name, args.unsafe): name for name, files in todo.items()}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            threads.shutdown(cancel_futures=True)


def _on_dask(todo, args):
    """The same from the workers of a Dask scheduler, which have this project and its environment."""
    from dask.distributed import Client
    from dask.distributed import as_completed as dask_completed

    try:
        client = Client(args.scheduler, timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError):
        raise RuntimeError(f"No Dask scheduler answers at {args.scheduler}.") from None
    with client:
        futures = {
            client.submit(grader.grade, files, name, args.unsafe, key=f"{name}-{grader.result_key(files)}"): name
            for name, files in todo.items()
        }
        for future in dask_completed(list(futures)):
            name = futures[future]
            try:
                result = future.result()
            except Exception as error:  # a worker without this project, or one that died again and again
                raise RuntimeError(f"{name} could not be graded by a worker of {args.scheduler}: {error}") from None
            if result["extra_data"]["key"] != grader.result_key(todo[name]):
                raise RuntimeError(f"A worker of {args.scheduler} has another version of this project or its packages.")
            yield name, result


def _submissions(folder):
    """Path of each submission by its name: the folders and zips in `folder`."""
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    paths, left_out = {}, []
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if not (path.is_dir() or path.suffix.lower() == ".zip"):
            left_out.append(path.name)
            continue
        if paths.setdefault(report.name_of(path), path) != path:
            raise ValueError(
                f"two submissions are called {report.name_of(path)}: {path} and {paths[report.name_of(path)]}"
            )
    if left_out:
        print(f"left out, no folder and no zip: {', '.join(map(repr, left_out))}")
    if not paths:
        raise ValueError(f"{folder} holds no submissions, that is folders or zips")
    return paths


def _stored(path, key):
    """The result in a file if it is of this key, else None."""
    try:
        result = json.loads(Path(path).read_text(encoding="utf-8"))
        return result if result["extra_data"]["key"] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
