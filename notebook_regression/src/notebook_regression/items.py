"""pytest's items: for what a notebook's file holds, for each code cell, and for storing or upgrading a file."""

import os
import re
import time
import warnings
from collections import defaultdict
from pathlib import Path

import pytest

from . import comparison, diffs, page, rules, sanitizers, stored, widgets
from .accept import NotStored, accept, upgrade
from .kernel import Kernel, KernelStopped
from .nbval_parts import CURRENT_ENV_KERNEL_NAME, IPyNbCell, IPyNbFile, find_comment_markers, find_metadata_tags
from .plugin import PAGE_FOLDER
from .run import NotebookRun, Step

SLOW = "slow"
NBVAL_SKIPS = {  # nbval's own list, of which this package compares some
    "metadata",
    "traceback",
    "prompt_number",
    "output_type",
    "name",
    "execution_count",
    widgets.VIEW,
    *comparison.PICTURES,
}
DIFF_LINES = 60  # of a unified diff in the terminal; -vv shows all


class CellFailure(Exception):
    """What is wrong with a cell or a notebook, in sentences that name it."""


def check_settings(config):
    """Raise a UsageError for settings that cannot hold."""
    try:
        rules.rules_of_lines(config.getini("regression_rules"))
        sanitizers.chosen(config.getini("regression_sanitizers"))
        allowed_stderr(config)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


def pytest_collect_file(file_path, parent):
    if file_path.suffix != ".ipynb":
        return None
    options = parent.config.option
    kind = UpgradeFile if options.regression_upgrade else AcceptFile if options.regression_accept else NotebookFile
    return kind.from_parent(parent, path=file_path)


def allowed_stderr(config):
    lines = config.getini("regression_allowed_stderr")
    try:
        return tuple(re.compile(pattern) for pattern in lines)
    except re.error as error:
        raise ValueError(f"regression_allowed_stderr: {error.pattern!r} is no pattern: {error}") from error


def marks_of(cell, check):
    """nbval's marks of a cell, from its tags and comments: dict of `skip`, `check`, `check_exception`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of tags and comments that contradict each other the comments count
        marks = defaultdict(bool, find_metadata_tags({"tags": stored.tags_of(cell)}))
        marks.update(find_comment_markers(cell.source))
    marks.setdefault("check", check)
    return marks


class RunnableFile(IPyNbFile):
    """A notebook file and the kernel for it."""

    nb = None

    def setup(self):
        """Unlike nbval, start no kernel before one is needed."""

    def teardown(self):
        pass

    def new_kernel(self):
        options, spec = self.config.option, stored.kernel_spec(self.nb)
        name = options.nbval_kernel_name or spec.get("name", "python3")
        if options.nbval_current_env:
            language = spec.get("language", "python")
            if "python" not in language.lower():
                raise KernelStopped(f"it is written in {language}; --nbval-current-env runs Python")
            name = CURRENT_ENV_KERNEL_NAME
        memory = options.regression_memory * 2**30
        kernel = Kernel(name, str(self.path.parent), options.nbval_kernel_startup_timeout, memory)
        if getattr(options, "cov_source", None):
            kernel.start_coverage(self.config, self.path)
        return kernel

    def new_run(self, cells, all_marks):
        """A NotebookRun of code cells, within the time that options, metadata and tags give.

        Raises:
            ValueError: if a limit is not a positive number; the message is one sentence.
        """
        options, settings = self.config.option, stored.notebook_settings(self.nb)
        for_cells = _seconds(settings, "cell-timeout", options.nbval_cell_timeout)
        whole = _seconds(settings, "notebook-timeout", options.regression_notebook_timeout)
        steps = [
            Step(cell.source, marks["skip"], _seconds(stored.cell_settings(cell), "cell-timeout", for_cells))
            for cell, marks in zip(cells, all_marks, strict=True)
        ]
        return NotebookRun(steps, self.new_kernel, whole)

    def stop_run(self, run):
        if run.kernel is not None and run.kernel.is_alive() and getattr(self.config.option, "cov_source", None):
            run.kernel.stop_coverage(self.config)
        run.stop()


def _seconds(settings, name, default):
    if name not in settings:
        return default
    return stored.positive_number(f"{stored.SETTINGS}-{name}", settings[name], f"`{stored.SETTINGS}-{name}: 60`")


class NotebookFile(RunnableFile):
    """A notebook: what the file holds is checked, then its cells run in one kernel, or are compared with a copy."""

    run = copies = None
    stopped = None  # a sentence, when no cell can be compared at all
    told_by = None  # the item that has failed with why no cell runs any more

    def collect(self):
        yield StoredItem.from_parent(self, name="stored")
        options = self.config.option
        try:
            self.nb = stored.read(self.path)
        except stored.Broken:
            return  # the item above says why
        if options.regression_stored:
            return
        check = not (options.regression_lax or options.nbval_lax)
        titles = zip(stored.code_cells(self.nb), stored.cell_names(self.nb), strict=True)
        self.cells, place = [], 0
        for position, (cell, title) in enumerate(titles):
            if options.regression_quick and SLOW in stored.tags_of(cell):
                continue
            marks = marks_of(cell, check)
            name = title.partition(" (")[0]
            name = name[0].upper() + name[1:]
            number = cell.execution_count or position + 1
            item = NotebookCell.from_parent(self, name=name, cell_num=number, cell=cell, options=marks)
            item.place, item.position, item.title = place, position, f"{self.nodeid}, {title}"
            self.cells.append((cell, marks))
            place += 1
            yield item

    def setup(self):
        options = self.config.option
        if self.nb is None or options.regression_stored:
            return
        self.setup_sanitize_files()
        self.sanitizers = sanitizers.chosen(self.config.getini("regression_sanitizers"))
        self.stored_models = widgets.stored_models(self.nb)
        try:
            if options.regression_against:
                self.read_copy(options.regression_against)
            else:
                self.run = self.new_run(*zip(*self.cells, strict=True)) if self.cells else None
        except ValueError as error:
            self.stopped = str(error)

    def read_copy(self, folder):
        """Read the executed copy, which lies in the folder as the notebook lies below where pytest began.

        Raises:
            Broken: if there is no copy, if it cannot be read, or if its cells differ.
        """
        path = self.copy_path(folder)
        try:
            copy = stored.read(path)
        except stored.Broken as error:
            raise stored.Broken(f"its copy {path.name} cannot be read: {error}") from error
        self.copies, self.copy_models = stored.code_cells(copy), widgets.stored_models(copy)
        number = len(stored.code_cells(self.nb))
        if len(self.copies) != number:
            raise stored.Broken(f"its copy has {len(self.copies)} code cells, not {number}")

    def copy_path(self, folder):
        relative = os.path.relpath(self.path, self.config.rootpath)
        parts = [part for part in Path(relative).parts if part != os.pardir]
        for start in range(len(parts) - 1):
            path = folder.joinpath(*parts[start:])
            if path.is_file():
                return path
        namesakes = {item.path for item in self.session.items if item.path.name == self.path.name}
        if len(namesakes) > 1:
            number = len(namesakes)
            raise stored.Broken(f"of {number} notebooks {self.path.name}, no copy of this one lies in {folder}")
        return folder / self.path.name

    def teardown(self):
        if self.run is not None:
            self.stop_run(self.run)
        self.run = None

    def models(self):
        return self.copy_models if self.run is None else self.run.screen.models_shown()


class Reported(pytest.Item):
    """What all items tell of themselves."""

    tally = None

    def tell(self, started, **tally):
        notebook = self.parent.nodeid.removesuffix(".ipynb")
        self.tally = {"notebook": notebook, "seconds": time.monotonic() - started, **tally}

    def repr_failure(self, excinfo):
        if isinstance(excinfo.value, CellFailure):
            return str(excinfo.value).encode("utf-8", "backslashreplace").decode("utf-8")
        return pytest.Item.repr_failure(self, excinfo)

    def reportinfo(self):
        return self.path, None, f"{self.parent.nodeid}: {self.name}"


class StoredItem(Reported):
    """What the file holds, without running it."""

    def runtest(self):
        started = time.monotonic()
        notebook, problems, notes = self.parent.nb, [], []
        if notebook is None:
            problems = [self.why_broken()]
        else:
            marks = [marks_of(cell, True) for cell in stored.code_cells(notebook)]
            settings = rules.rules_of_lines(self.config.getini("regression_rules"))
            problems = rules.problems(self.path, notebook, settings, marks, allowed_stderr(self.config))
            if notebook.nbformat_minor < stored.NEWEST_FORMAT[1] and not problems:
                version = f"{notebook.nbformat}.{notebook.nbformat_minor}"
                notes = [f"{self.parent.nodeid} is of format {version}; --regression-upgrade gives its cells their ids"]
        cells = len(stored.code_cells(notebook)) if notebook is not None else 0
        sentences = "\n".join(f"{self.parent.nodeid}: {sentence}" for sentence in problems)
        entry = {"title": self.parent.nodeid, "sentences": sentences, "diff": [], "pictures": []}
        self.tell(started, of=cells, changed=len(problems), notes=notes, entries=[entry] if problems else [])
        if problems:
            raise CellFailure(sentences)

    def why_broken(self):
        try:
            stored.read(self.path)
        except stored.Broken as error:
            return str(error)
        return "it was changed while this ran; run it again"


class NotebookCell(Reported, IPyNbCell):
    """A code cell: run, or taken from a copy; then compared.

    Attributes:
        place: among the cells that run, from 0; position: among all code cells, from 0.
    """

    ran = False

    def setup(self):
        if self.parent.told_by not in (None, self):
            pytest.skip("no kernel to run it")

    def runtest(self):
        started = time.monotonic()
        self.findings, self.sentences, self.compared = comparison.Findings(), [], 0
        try:
            self.check()
        finally:
            changed = len(self.sentences)
            counts = self.findings.counts | {"cells": self.compared, "changed": changed}
            self.tell(started, **counts, moved=self.findings.moved, entries=self.entries() if changed else [])
        if self.sentences:
            raise CellFailure(self.words())

    def check(self):
        if self.options["skip"]:
            pytest.skip()
        if self.parent.stopped:
            self.stop(self.parent.stopped)
        elif self.config.option.regression_against:
            self.check_against_copy()
        else:
            self.check_by_running()
        if self.config.option.regression_strict:
            prefix = f"{self.title}: "
            self.sentences += [f"moved: {line.removeprefix(prefix)}" for line in self.findings.moved]

    def stop(self, sentence):
        """Fail with what stops the whole notebook; the cells after this one are skipped."""
        self.parent.told_by = self
        self.sentences = [sentence]

    def check_against_copy(self):
        copy = self.parent.copies[self.position]
        if copy.source != self.cell.source:
            self.sentences.append("its code is not that of the copy")
        if self.options["check"]:
            self.compare(copy.outputs)

    def check_by_running(self):
        run = self.parent.run
        if self.ran:  # pytest-rerunfailures tries again, from the top of the notebook
            run.restart()
            self.parent.told_by = None
        self.ran = True
        outcome = run.outcome(self.place)
        if run.stopped and (outcome.stopped or outcome.area is None):
            self.stop(self.why_stopped(outcome, run))
        elif outcome.error and not self.options["check_exception"]:
            self.tell_error(outcome.error, run)
        elif self.options["check"]:
            self.compare(outcome.outputs)
            if self.findings.sentences and self.may_change(outcome):
                run.finish()
                self.sentences = []
                self.compare(outcome.outputs)

    def why_stopped(self, outcome, run):
        if outcome.stopped:
            return outcome.stopped
        place = next(k for k, other in enumerate(run.outcomes) if other.stopped)
        return f"it did not run, for a cell above, code cell {place + 1} of those that run, stopped: {run.stopped}"

    def may_change(self, outcome):
        """Whether cells below may bring what stands here to what is stored: they update it, or it comes late."""
        late = len(outcome.outputs) < len(self.cell.outputs)
        return (outcome.area.updatable or late) and self.place < len(self.parent.run.steps) - 1

    def tell_error(self, error, run):
        sentence = f"{error.ename}: {error.evalue}"
        above = run.first_error_above(self.place)
        if above and not self.parent.cells[above[0]][1]["check_exception"]:
            sentence += (
                f"\n(a cell above, code cell {above[0] + 1}, had ended with {above[1].ename}: {above[1].evalue})"
            )
        self.sentences.append(sentence + "\n" + "\n".join(error.traceback))

    def compare(self, outputs):
        """Compare new outputs with the stored ones, and gather what differs."""
        self.compared = 1
        try:
            tags = stored.read_tags(self.cell)
        except ValueError as error:
            self.sentences.append(str(error))
            tags = stored.Tags()
        if not self.cell.outputs and self.cell.execution_count is None and self.shows(outputs):
            self.sentences.append("it was never run, or its outputs were cleared, but it shows something")
            return
        settings = comparison.Settings(
            title=self.title,
            tags=tags,
            sanitizers=self.parent.sanitizers,
            further=self.sanitize,
            allowed_stderr=allowed_stderr(self.config),
            skip=frozenset(self.parent.skip_compare) - NBVAL_SKIPS,
            old_models=self.parent.stored_models,
            new_models=self.parent.models(),
        )
        self.findings = comparison.compare(self.cell.outputs, outputs, settings)
        self.sentences += self.findings.sentences

    def shows(self, outputs):
        allowed = allowed_stderr(self.config)
        return any(
            output.get("name") != "stderr" or stored.unexpected_lines(output.text, allowed) for output in outputs
        )

    def words(self):
        """Sentences, and the differences of longer texts as unified diffs."""
        lines = [f"{self.title}: {sentence}" for sentence in self.sentences]
        for kind, one, other in self.findings.diffs:
            diff = diffs.unified(one, other)
            if len(diff) > DIFF_LINES and self.config.option.verbose < 2:
                diff = [*diff[:DIFF_LINES], f"... {len(diff) - DIFF_LINES} more lines; -vv shows them"]
            lines += [f"{kind}, stored and now:", *diff] if diff else []
        return "\n".join(lines)

    def entries(self):
        """What the page shows of this cell."""
        pictures = []
        for difference in self.findings.entries:
            name = re.sub(r"\W+", "-", f"{self.title} {difference.which}") + ".png"
            try:
                page.add(Path(os.environ[PAGE_FOLDER]), name, difference.stored, difference.new)
            except OSError as error:
                self.sentences.append(f"{difference.which} cannot be put on the page: {error.strerror}")
            else:
                pictures.append((difference.which, name))
        diff = [line for kind, one, other in self.findings.diffs for line in (f"{kind}:", *diffs.unified(one, other))]
        return [{"title": self.title, "sentences": "\n".join(self.sentences), "diff": diff, "pictures": pictures}]


class AcceptFile(RunnableFile):
    """A notebook to run and to store."""

    def collect(self):
        yield AcceptItem.from_parent(self, name="accept")


class AcceptItem(Reported):
    """Runs a whole notebook and stores what it shows, or leaves the file as it is."""

    def runtest(self):
        started = time.monotonic()
        try:
            self.parent.nb = stored.read(self.path)
            cells = stored.code_cells(self.parent.nb)
            marks = [marks_of(cell, True) for cell in cells]
            run = self.parent.new_run(cells, marks)
            try:
                changes = accept(self.path, run, marks)
            finally:
                self.parent.stop_run(run)
        except (NotStored, ValueError, OSError) as error:
            sentence = error.strerror if isinstance(error, OSError) else error
            raise CellFailure(f"{self.parent.nodeid}: {sentence}; the file is left as it is") from error
        notes = [f"{self.parent.nodeid}: {'changed in' if changes else 'nothing changed'}"]
        notes += [f"  {line}" for line in changes]
        self.tell(started, of=len(cells), cells=len(cells), notes=notes)


class UpgradeFile(RunnableFile):
    """A notebook to bring to the newest format."""

    def collect(self):
        yield UpgradeItem.from_parent(self, name="upgrade")


class UpgradeItem(Reported):
    """Brings a file of format 4.0 to 4.4 up to 4.5; nothing else in it changes."""

    def runtest(self):
        started = time.monotonic()
        try:
            before = upgrade(self.path)
        except (stored.Broken, OSError) as error:
            sentence = error.strerror if isinstance(error, OSError) else error
            raise CellFailure(f"{self.parent.nodeid}: {sentence}; the file is left as it is") from error
        note = f"{self.parent.nodeid}: {f'format {before} is now 4.5' if before else 'is of format 4.5 already'}"
        self.tell(started, notes=[note])
