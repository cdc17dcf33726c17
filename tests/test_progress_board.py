"""Progress of tasks that run side by side, and the time that is left."""

import pytest

from tools import progress_board
from tools.progress_board import Board


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(progress_board.time, "monotonic", lambda: now[0])
    return now


def test_the_time_left_goes_by_the_pace_so_far_and_ends_with_the_longest_task(clock, capsys):
    board = Board({"a": 60, "b": 120, "c": 600}, num_workers=2)
    assert board.time_left() == "about 10 minutes left"  # c alone takes as long
    board.begin("a")
    board.begin("b")
    board.step("a", "cell 1 of 2")
    clock[0] = 120
    board.end("a", "2 cells")  # at half the pace
    out = capsys.readouterr().out
    assert out == "a: cell 1 of 2, 0:00 min\na: 2 cells in 2:00 min; about 20 minutes left\n"
    board.begin("c")
    clock[0] = 240
    board.end("b", "done")
    assert capsys.readouterr().out.endswith("about 18 minutes left\n")
    clock[0] = 1270
    assert board.time_left() == "about a minute left"
    clock[0] = 1300
    assert board.time_left() == "less than a minute left"
    board.end("c", "done")
    assert capsys.readouterr().out == "c: done in 19:40 min\n"


def test_a_terminal_has_one_line_that_is_renewed(clock, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    board = Board({"a": 60, "b": 120}, num_workers=2)
    for name in ("a", "b"):
        board.begin(name)
        board.step(name, f"cell 1 of {name}")
    assert capsys.readouterr().out == ""
    clock[0] = 61
    board.renew()
    assert capsys.readouterr().out == (
        "\r\x1b[Ka: cell 1 of a, 1:01 min; b: cell 1 of b, 1:01 min; about a minute left"
    )
