"""What is new in each run is replaced, and nothing else."""

import time

import pytest

from notebook_regression import rules, sanitizers, tracebacks

ONE, OTHER = "0f8fad5b-d9cb-469f-a165-70867728950e", "7c9e6679-7425-40de-944b-e07fc1f90ae7"
LOOPS = "(mean ± std. dev. of 7 runs, 1,000 loops each)"
NEW_IN_EACH_RUN = [
    ("addresses", "text/plain", "<f at 0x7f0c5e3a1b20>", "<f at 0x7f9999999990>"),
    ("addresses", "text/plain", "Generator(PCG64) at 0x7F0C5E3A1B20", "Generator(PCG64) at 0x7F9999999990"),
    ("addresses", "text/plain", "<weakref at 0x7f0c5e3a; to 'A'>", "<weakref at 0x7f999999; to 'A'>"),
    ("addresses", "text/plain", "<Future at 0x7f0c5e3a state=pending>", "<Future at 0x7f999999 state=pending>"),
    (
        "threads-and-tasks",
        "text/plain",
        "<Thread(T-1, started 139723647589248)>",
        "<Thread(T-1, started 140125562854272)>",
    ),
    ("threads-and-tasks", "text/plain", "<Task pending name='Task-40' coro", "<Task pending name='Task-37' coro"),
    ("times", "stderr", "100%|###| 9/9 [00:01<00:00,  8.31it/s]", "100%|###| 9/9 [00:02<00:00, 4.05it/s]"),
    ("times", "stderr", "9it [00:01, 1.20s/it, loss=1]", "9it [00:00, 311.12it/s, loss=1]"),
    ("times", "a+json", "9/9 [00:01&lt;00:00,\u2007\u20078.31it/s]", "9/9 [00:00&lt;00:00,\u200797.30it/s]"),
    (
        "times",
        "stdout",
        "CPU times: user 3 ms, sys: 0\nWall time: 4 ms",
        "CPU times: user 1 s, sys: 1 s\nWall time: 2 s",
    ),
    ("times", "stdout", "63/63 ━━━ 1s 2ms/step - loss: 1", "63/63 ━━━ 0s 850us/step - loss: 1"),
    ("times", "stdout", f"1.2 ms ± 3 µs per loop {LOOPS}", f"950 μs ± 12 ns per loop {LOOPS}"),
    ("written-files", "stdout", "a\nWriting mine.py\n", "a\nOverwriting mine.py\n"),
    ("cell-files", "stderr", "/tmp/ipykernel_12/345.py:1: UserWarning", "/var/tmp/ipykernel_9/1.py:1: UserWarning"),
    ("cell-files", "stderr", "<ipython-input-3-0a1b2c>:1: W", "<ipython-input-7-ffff00>:1: W"),
    ("figure-size", "text/plain", "<Figure size 640x480 with 1 Axes>", "<Figure size 641x480 with 1 Axes>"),
    ("uuids", "text/html", f'<div id="{ONE}">', f'<div id="{OTHER}">'),
    ("hex-ids", "text/html", "anim" + ONE.replace("-", ""), "anim" + OTHER.replace("-", "")),
    ("hex-ids", "text/html", "altair-viz-" + ONE.replace("-", ""), "altair-viz-" + OTHER.replace("-", "")),
    ("pandas-styler", "text/html", "#T_0a1b2_row0_col1", "#T_ff00a_row0_col1"),
    ("matplotlib-svg", "image/svg+xml", '<path id="m0a1b2c3d4e"/>', '<path id="m9a8b7c6d5e"/>'),
    ("svg-dates", "image/svg+xml", "<dc:date>2024-01-02T03:04:05</dc:date>", "<dc:date>2025-01-02T03:04:05</dc:date>"),
    ("pdf-dates", "application/pdf", "/CreationDate (D:20240102)", "/CreationDate (D:20250102)"),
]
SAID = [
    ("text/plain", "0xdeadbeef", "0xdeadbeee"),
    ("stderr", "9/9 [00:01<00:00, 8.31it/s, loss=1]", "9/9 [00:01<00:00, 8.31it/s, loss=2]"),
    ("stderr", "9/9 [00:01<00:00, 8.31it/s]", "8/9 [00:01<00:00, 8.31it/s]"),
    ("stdout", "63/63 ━━━ 1s 2ms/step - loss: 1", "63/63 ━━━ 1s 2ms/step - loss: 2"),
    ("stdout", "it took 5 ms", "it took 6 ms"),
    ("text/plain", "jump at 0xdeadbeef", "jump at 0xdeadbeee"),
    ("stdout", "Writing to mine.py", "Overwriting to mine.py"),
    ("text/plain", ONE, OTHER),
    ("text/html", "<td>0123456789</td>", "<td>0123456780</td>"),
    ("text/plain", "<f at 0x7f0c5e3a1b20> <g at 0x7f0c5e3a1b20>", "<f at 0x7f0c5e3a1b20> <g at 0x7f0c5e3a1b99>"),
    ("text/html", "#T_0a1b2_row0 #T_0a1b2_row1", "#T_0a1b2_row0 #T_ff00a_row1"),
    ("stdout", "see /data/one.py", "see /data/two.py"),
]


@pytest.mark.parametrize("name, kind, one, other", NEW_IN_EACH_RUN)
def test_what_is_new_in_each_run_is_the_same(name, kind, one, other):
    only = sanitizers.chosen([name])
    assert sanitizers.sanitized(one, kind, only) == sanitizers.sanitized(other, kind, only)
    others = sanitizers.chosen([f"-{name}"])
    assert sanitizers.sanitized(one, kind, others) != sanitizers.sanitized(other, kind, others)


@pytest.mark.parametrize("kind, one, other", SAID)
def test_what_a_notebook_says_stays(kind, one, other):
    everything = sanitizers.chosen([])
    assert sanitizers.sanitized(one, kind, everything) != sanitizers.sanitized(other, kind, everything)


def test_a_name_that_there_is_not_is_one_sentence():
    assert sanitizers.chosen(["none"]) == {}
    assert list(sanitizers.chosen(["uuids"])) == ["uuids"]
    with pytest.raises(sanitizers.Unknown, match="there is no sanitizer 'uuid'; there are: addresses"):
        sanitizers.chosen(["uuid"])


PIECES = ["a", " at 0x", "/", "A1", "T_0", "<dc:date>", "_", "0", "Warning", "5%|", "C:\\a\\"]
PIECES += ["(", ".py", "/ipykernel_"]


@pytest.mark.parametrize("piece", PIECES)
def test_no_pattern_takes_quadratic_time(piece):
    """200,000 letters took 276 seconds once: a pattern was tried from each of them to the end."""
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    for name, sanitizer in sanitizers.SANITIZERS.items():
        sanitizers.sanitized(text, sanitizer.kinds[0], {name: sanitizer})
    for pattern, _ in rules.TELLTALES.values():
        pattern.search(text)
    tracebacks.own_frames([text])
    assert time.process_time() - started < 5
