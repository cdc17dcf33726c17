"""What the items tell of themselves goes along with pytest's reports, and ends in a table and a page."""

from collections import defaultdict

import pytest

from . import page, table


class Tallies:
    """Puts the tally of an item on its report, which pytest-xdist carries from a worker to the run."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        tally = getattr(item, "tally", None)
        if tally is not None and call.when == "call":
            report.notebook_tally = tally
        return report


class Summary:
    """Gathers what the items tell, and ends the run with a table and a page."""

    def __init__(self, config):
        self.target = config.rootpath / config.option.regression_diffs
        if not page.may_replace(self.target):
            raise pytest.UsageError(f"--regression-diffs: {self.target} holds something else; name a new folder")
        self.folder = page.start(self.target)
        self.tallies = defaultdict(dict)  # notebook -> dict id of an item -> its last tally

    def pytest_runtest_logreport(self, report):
        tally = getattr(report, "notebook_tally", None)
        if tally is not None:
            self.tallies[tally["notebook"]][report.nodeid] = tally

    def pytest_terminal_summary(self, terminalreporter):
        rows = {name: table.Row(tallies.values()) for name, tallies in self.tallies.items()}
        lines = list(table.lines(rows)) if rows else []
        if lines:
            terminalreporter.section("notebooks")
            for line in lines:
                terminalreporter.write_line(line)
        entries = [entry for row in rows.values() for entry in row.entries]
        try:
            written = page.finish(self.folder, self.target, entries, lines)
        except OSError as error:
            terminalreporter.write_line(f"the page of what differs cannot be written: {error.strerror}")
            return
        if written:
            terminalreporter.write_line(f"what differs, as a page: {written}")
