"""What a front end would show of messages, without a kernel."""

import time

import pytest

from notebook_regression.screen import Screen, as_in_a_terminal


def message(kind, parent="cell", **content):
    return {"msg_type": kind, "content": content, "parent_header": {"msg_id": parent}}


def printed(text, parent="cell"):
    return message("stream", parent, name="stdout", text=text)


def shown_data(text, kind="display_data", **transient):
    return message(kind, data={"text/plain": text}, metadata={}, transient=transient)


def texts(screen, area="cell"):
    return [output.get("text") or output.data["text/plain"] for output in screen.areas[area].shown()]


def handled(*messages):
    screen = Screen()
    for one in messages:
        screen.handle(one)
    return screen


def test_text_that_comes_in_pieces_is_one_output():
    assert texts(handled(printed("a"), printed("b\n"), shown_data("c"), printed("d"))) == ["ab\n", "c", "d"]


def test_data_that_is_no_text_becomes_what_a_file_can_hold():
    shown = message("display_data", data={"text/html": 1, "application/json": [1]}, metadata={}, transient={})
    assert handled(shown).areas["cell"].shown()[0].data == {"text/html": "1", "application/json": [1]}


def test_cleared_outputs_are_gone_at_once_or_when_the_next_comes():
    clear = message("clear_output", wait=False)
    assert texts(handled(printed("a"), clear)) == []
    wait = message("clear_output", wait=True)
    assert texts(handled(printed("a"), wait)) == ["a"]
    assert texts(handled(printed("a"), wait, printed("b"))) == ["b"]


def test_an_update_reaches_every_display_of_its_id():
    update = shown_data("new", "update_display_data", display_id="x")
    screen = handled(shown_data("old", display_id="x"), shown_data("other"), shown_data("old", display_id="x"), update)
    assert texts(screen) == ["new", "other", "new"]


def test_what_comes_late_belongs_to_its_own_cell():
    screen = handled(printed("a", "one"), printed("b", "two"), printed("c", "one"))
    assert texts(screen, "one") == ["ac"] and texts(screen, "two") == ["b"]


def widget(comm_id, **state):
    return message("comm_open", comm_id=comm_id, target_name="jupyter.widget", data={"state": state})


def changed(comm_id, **state):
    return message("comm_msg", comm_id=comm_id, data={"method": "update", "state": state})


def test_an_output_widget_catches_what_comes_while_it_is_entered():
    screen = handled(
        widget("out", _model_name="OutputModel", msg_id="", outputs=[]),
        changed("out", msg_id="cell"),
        printed("inside"),
        message("clear_output", wait=True),
        printed("again"),
        changed("out", msg_id=""),
        printed("outside"),
    )
    assert texts(screen) == ["outside"] and texts(screen, "out") == ["again"]
    assert screen.models_shown()["out"]["outputs"][0].text == "again"


@pytest.mark.parametrize(
    "text, seen",
    [
        ("10%\r20%\n", "20%\n"),
        ("long\rab", "abng"),
        ("abc\b\bd", "ad"),
        ("a\r\nb", "a\nb"),
        ("\ba", "a"),
    ],
)
def test_a_terminal_carries_out_its_signs(text, seen):
    assert as_in_a_terminal(text) == seen
    assert as_in_a_terminal(seen) == seen


def test_no_time_is_lost_on_many_pieces_and_long_lines():
    started = time.process_time()
    screen = handled(*(printed("a" * 100) for _ in range(20_000)))
    assert len(texts(screen)[0]) == 2_000_000
    as_in_a_terminal("\r".join(["a" * 100] * 10_000))
    assert time.process_time() - started < 10
