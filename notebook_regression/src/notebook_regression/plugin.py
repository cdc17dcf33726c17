"""pytest hooks: `pytest --regression FOLDER` runs every notebook in it by nbval and compares what it shows.

An item for each code cell, and one for what the file holds. A cell tells what it compared through the user properties
of its report; the table at the end adds them up.
"""

import os
import re
import time
from collections import defaultdict
from pathlib import Path

import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME
from nbval.plugin import IPyNbCell, IPyNbFile, coalesce_streams, find_comment_markers, find_metadata_tags

from . import figures, page, stored, table, text
from .kernel import Kernel, KernelStopped
from .tolerance import count_numbers

PROPERTY = "notebook-regression"
PAGE_FOLDER = "NOTEBOOK_REGRESSION_PAGE"  # environment variable: workers of pytest-xdist write where the run does
SLOW = "slow"
NOT_TEXT = {*figures.KINDS, "application/vnd.jupyter.widget-view+json"}  # the latter holds random ids


class CellFailure(Exception):
    """What is wrong with a cell or a notebook, in sentences that name it."""


def pytest_addoption(parser):
    group = parser.getgroup("regression", "comparison of notebooks with what they store")
    group.addoption("--regression", action="store_true", help="run notebooks and compare all that they show")
    group.addoption("--regression-quick", action="store_true", help=f"leave out cells tagged `{SLOW}`")
    group.addoption("--regression-stored", action="store_true", help="run nothing: check the files only")
    group.addoption(
        "--regression-against",
        type=Path,
        metavar="FOLDER",
        help="run nothing: compare with the executed copies in FOLDER",
    )
    group.addoption("--regression-memory", type=float, default=8, metavar="GIB", help="limit of a kernel, default 8")
    group.addoption(
        "--regression-diffs",
        type=Path,
        default=Path("build/figure-diffs"),
        metavar="FOLDER",
        help="for pictures that differ",
    )
    parser.addini("regression_allowed_stderr", "patterns of lines that may come on stderr", "linelist", [])
    parser.addini("regression_max_bytes", "largest size of a notebook", default="1000000")


def pytest_configure(config):
    if not config.option.regression:
        return
    if config.option.nbval or config.option.nbval_lax:
        raise pytest.UsageError("--regression takes the place of --nbval; give one of them")
    against = config.option.regression_against
    if against is not None and not against.is_dir():
        raise pytest.UsageError(f"--regression-against: there is no folder {against}")
    if hasattr(config, "workerinput"):
        return
    target = config.rootpath / config.option.regression_diffs
    if not page.may_replace(target):
        raise pytest.UsageError(f"--regression-diffs: {target} holds something else; name a new folder")
    folder = page.start(target)
    os.environ[PAGE_FOLDER] = str(folder)
    config.pluginmanager.register(Summary(config, folder), "notebook-regression-summary")


def pytest_collect_file(file_path, parent):
    if parent.config.option.regression and file_path.suffix == ".ipynb":
        return NotebookFile.from_parent(parent, path=file_path)


class Summary:
    """Gathers what the items tell, and ends the run with a table and a page of pictures."""

    def __init__(self, config, folder):
        self.config, self.folder = config, folder
        self.rows = defaultdict(table.Row)

    def pytest_runtest_logreport(self, report):
        if report.when == "call":
            for name, tally in report.user_properties:
                if name == PROPERTY:
                    self.rows[tally["notebook"]].add(tally)

    def pytest_terminal_summary(self, terminalreporter):
        if self.rows:
            terminalreporter.section("notebooks")
            for line in table.lines(self.rows):
                terminalreporter.write_line(line)
        entries = [entry for row in self.rows.values() for entry in row.pictures]
        written = page.finish(self.folder, self.config.rootpath / self.config.option.regression_diffs, entries)
        if written:
            terminalreporter.write_line(f"pictures that differ: {written}")


class NotebookFile(IPyNbFile):
    """A notebook: what the file holds is checked, then its cells run in one kernel, or are compared with a copy."""

    stopped = None  # a sentence, once no cell can run any more
    told = False  # a failing cell has said so

    def collect(self):
        yield StoredItem.from_parent(self, name="stored")
        options = self.config.option
        try:
            self.nb = stored.read(self.path)
        except stored.Broken:
            return  # the item above says why
        if options.regression_stored:
            return
        self.all_cells = stored.code_cells(self.nb)
        for position, cell in enumerate(self.all_cells, 1):
            if options.regression_quick and SLOW in cell.metadata.get("tags", []):
                continue
            marks = defaultdict(bool, find_metadata_tags(cell.metadata))
            marks.update(find_comment_markers(cell.source))
            marks.setdefault("check", True)
            number = cell.execution_count or position
            yield NotebookCell.from_parent(
                self, name=f"Cell {number}", cell_num=number, cell=cell, options=marks, position=position
            )

    def setup(self):
        options = self.config.option
        if not hasattr(self, "nb") or options.regression_stored:
            return
        self.setup_sanitize_files()
        if options.regression_against:
            self.read_copy(options.regression_against / self.path.name)
            return
        name = options.nbval_kernel_name or self.nb.metadata.get("kernelspec", {}).get("name", "python3")
        if options.nbval_current_env:
            name = CURRENT_ENV_KERNEL_NAME
        try:
            memory = options.regression_memory * 2**30
            self.kernel = Kernel(name, str(self.path.parent), options.nbval_kernel_startup_timeout, memory)
        except KernelStopped as stop:
            self.stopped = str(stop)

    def read_copy(self, path):
        try:
            self.copies = stored.code_cells(stored.read(path))
        except stored.Broken as error:
            self.stopped = f"its copy {path.name} cannot be read: {error}"
            return
        if len(self.copies) != len(self.all_cells):
            self.stopped = f"its copy has {len(self.copies)} code cells, not {len(self.all_cells)}"

    def teardown(self):
        if self.kernel is not None and self.kernel.is_alive():
            self.kernel.stop()

    def get_kernel_message(self, timeout=None, stream="iopub"):
        """As nbval's; a verdict comes as a line on stdout, and the value behind it is kept in `numbers`."""
        message = super().get_kernel_message(timeout, stream)
        measured = message["content"].get("metadata", {}).get(text.MEASURED)
        if measured is not None and message["msg_type"] == "display_data":
            self.numbers.append(measured)
            line = message["content"]["data"].get("text/plain", "") + "\n"
            message |= {"msg_type": "stream", "content": {"name": "stdout", "text": line}}
        return message


class Reported(pytest.Item):
    """What both kinds of item tell of themselves."""

    def tell(self, **tally):
        notebook = self.parent.nodeid.removesuffix(".ipynb")
        self.user_properties.append((PROPERTY, {"notebook": notebook, **tally}))

    def repr_failure(self, excinfo):
        if isinstance(excinfo.value, CellFailure):
            return str(excinfo.value)
        return pytest.Item.repr_failure(self, excinfo)

    def reportinfo(self):
        return self.path, None, f"{self.parent.nodeid}: {self.name}"


class StoredItem(Reported):
    """What the file holds, without running it."""

    def runtest(self):
        started = time.monotonic()
        try:
            notebook = stored.read(self.path)
        except stored.Broken as error:
            found, cells = [str(error)], 0
        else:
            patterns = allowed_stderr(self.config)
            found = stored.problems(self.path, notebook, int(self.config.getini("regression_max_bytes")), patterns)
            cells = len(stored.code_cells(notebook))
        self.tell(of=cells, changed=len(found), seconds=time.monotonic() - started)
        if found:
            raise CellFailure("\n".join(f"{self.parent.nodeid}: {sentence}" for sentence in found))


class NotebookCell(Reported, IPyNbCell):
    """A code cell: run by nbval, or taken from a copy; then compared."""

    def __init__(self, name, parent, cell_num, cell, options, position):
        super().__init__(name, parent, cell_num, cell, options)
        self.position = position
        self.title = f"{parent.nodeid}, {stored.cell_name(cell, position)}"
        outputs, self.stored_numbers = text.numbers_in(cell.outputs)
        self.cell = cell.copy()
        self.cell.outputs = outputs
        self.tally = dict(cells=0, texts=0, numbers=0, figures=0, moved=[], without=0, pictures=[])
        self.found = []

    def setup(self):
        if self.parent.stopped and self.parent.told:
            pytest.skip("no kernel to run it")

    def runtest(self):
        started = time.monotonic()
        try:
            if self.parent.stopped:
                self.fail(self.parent.stopped)
            self.parent.numbers = []
            if self.config.option.regression_against:
                self.take_from_copy()
            else:
                super().runtest()
        except KernelStopped as stop:
            self.parent.stopped = str(stop)
            self.fail(str(stop))
        finally:
            changed = max(len(self.found), int(self.parent.told and self.parent.stopped is not None))
            self.tell(**self.tally, changed=changed, seconds=time.monotonic() - started)

    def take_from_copy(self):
        if self.options["skip"]:
            pytest.skip()
        copy = self.parent.copies[self.position - 1]
        if copy.source != self.cell.source:
            self.found.append("its code is not that of the copy")
        outputs, self.parent.numbers = text.numbers_in(copy.outputs)
        if self.options["check"]:
            self.compare_outputs(coalesce_streams(outputs), coalesce_streams(self.cell.outputs))
        if self.found:
            self.fail_with_differences()

    def raise_cell_error(self, message, traceback=None):
        """What nbval calls when a cell raised, hung, or shows something else."""
        if self.found:
            self.fail_with_differences()
        if self.parent.timed_out:
            self.parent.stopped = f"it did not end within {self.config.option.nbval_cell_timeout:g} seconds"
            self.fail(self.parent.stopped)
        errors = [output for output in self.test_outputs if output.output_type == "error"]
        self.found.append(f"{errors[-1].ename}: {errors[-1].evalue}" if errors else message)
        raise CellFailure(f"{self.title}: {self.found[0]}\n{traceback or ''}")

    def fail(self, sentence):
        """Fail with what stops the whole notebook; the cells after this one are skipped."""
        self.parent.told = True
        raise CellFailure(f"{self.title}: {sentence}")

    def fail_with_differences(self):
        raise CellFailure("\n".join(f"{self.title}: {sentence}" for sentence in self.found))

    def compare_outputs(self, test, ref, skip_compare=None):
        """Whether new and stored outputs are alike; what is not is said in `found`."""
        self.tally["cells"] = 1
        try:
            tags = stored.read_tags(self.cell)
        except ValueError as error:
            self.found.append(str(error))
            tags = stored.Tags()
        self.compare_texts(texts_of(ref), texts_of(test), tags.tolerance)
        self.compare_stderr(test)
        self.compare_figures(pictures_of(ref), pictures_of(test), tags)
        self.compare_numbers()
        self.comparison_traceback = self.found
        return not self.found

    def compare_texts(self, old, new, tolerance):
        for kind in sorted(old.keys() | new.keys()):
            if len(old[kind]) != len(new[kind]):
                self.found.append(f"{len(old[kind])} outputs of {kind} are stored, now there are {len(new[kind])}")
            for one, other in zip(old[kind], new[kind], strict=False):
                self.tally["texts"] += 1
                if tolerance is not None:
                    self.tally["numbers"] += count_numbers(other)
                difference = text.text_difference(self.sanitize(one), self.sanitize(other), tolerance)
                if difference:
                    expected, got = difference
                    self.found.append(f"{kind} differs\n    expected: {expected}\n    got:      {got}")

    def compare_stderr(self, outputs):
        lines = "".join(output.text for output in outputs if output.get("name") == "stderr")
        for line in stored.unexpected_lines(lines, allowed_stderr(self.config)):
            self.found.append(f"unexpected on stderr: {line}")

    def compare_figures(self, old, new, tags):
        if len(old) != len(new):
            self.found.append(f"{len(old)} figures are stored, now there are {len(new)}")
            return
        for place, ((old_kind, one), (new_kind, other)) in enumerate(zip(old, new, strict=True), 1):
            self.tally["figures"] += 1
            which = f"figure {place}" if len(old) > 1 else "figure"
            if old_kind != new_kind:
                self.found.append(f"{which} is stored as {old_kind}, now it is {new_kind}")
            try:
                self.compare_figure(which, figures.decode(one), figures.decode(other), tags)
            except figures.PictureError as error:
                self.found.append(f"{which}: {error}")

    def compare_figure(self, which, old, new, tags):
        if tags.varies:
            size = figures.size_difference(old, new, figures.VARYING_SIZE_TOLERANCE)
            sentences = [size] if size else []
            if figures.is_blank(new):
                sentences.append("it is blank")
        else:
            limits = figures.Limits().wider(tags.wider)
            sentences, found = figures.differences(old, new, limits)
            if not sentences and figures.moved(found, limits):
                self.tally["moved"].append(f"{self.title}: {which} is a little different")
        if sentences:
            sentence = f"{which}: {'; '.join(sentences)}"
            self.found.append(sentence)
            name = re.sub(r"\W+", "-", f"{self.title} {which}") + ".png"
            page.add(Path(os.environ[PAGE_FOLDER]), name, old, new)
            self.tally["pictures"].append((self.title, sentence, name))

    def compare_numbers(self):
        problems = [problem for problem in map(text.measured_problem, self.parent.numbers) if problem]
        if problems:
            self.found += problems
            return
        changed, moved, without = text.number_differences(self.stored_numbers, self.parent.numbers)
        self.found += changed
        self.tally["moved"] += [f"{self.title}: {sentence}" for sentence in moved]
        self.tally["numbers"] += len(self.parent.numbers) - len(without)
        self.tally["without"] += len(without)


def texts_of(outputs):
    """dict kind -> list of texts; an error's kind is `error`. stderr is looked at by itself."""
    texts = defaultdict(list)
    for output in outputs:
        if output.output_type == "stream":
            if output.name != "stderr":
                texts[output.name].append(output.text)
        elif output.output_type == "error":
            texts["error"].append(f"{output.ename}: {output.evalue}")
        else:
            for kind, data in output.data.items():
                if kind not in NOT_TEXT:
                    texts[kind].append(data if isinstance(data, str) else repr(data))
    return texts


def pictures_of(outputs):
    """List of (kind, base64 text)."""
    return [
        (kind, data) for output in outputs for kind, data in output.get("data", {}).items() if kind in figures.KINDS
    ]


def allowed_stderr(config):
    return [re.compile(pattern) for pattern in config.getini("regression_allowed_stderr")]
