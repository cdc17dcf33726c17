"""What a front end shows of a kernel's messages: outputs may be cleared, updated, or caught by a widget."""

import base64
from collections import defaultdict

from nbformat import NotebookNode, from_dict

from .stored import TEXTS

WIDGET_TARGET = "jupyter.widget"
OUTPUT_WIDGET = "OutputModel"


class Area:
    """Where outputs stand one below the other: under a cell, or in an Output widget."""

    def __init__(self):
        self.outputs = []
        self.clear_next = False
        self.count = None  # number of the cell's execution
        self.updatable = False  # whether a later cell may change what stands here

    def add(self, output):
        if self.clear_next:
            self.clear(wait=False)
        last = self.outputs[-1] if self.outputs else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.setdefault("pieces", []).append(output.text)  # joined later: adding up would take quadratic time
        else:
            self.outputs.append(output)

    def clear(self, wait):
        self.clear_next = wait
        if not wait:
            self.outputs.clear()

    def shown(self):
        """The outputs, with text that came in pieces as one, as a terminal would show it."""
        for output in self.outputs:
            if output.output_type == "stream":
                pieces = output.pop("pieces", [])
                output.text = as_in_a_terminal("".join([output.text, *pieces]))
        return self.outputs


class Screen:
    """All that one notebook shows while its kernel lives.

    Attributes:
        areas: dict id of an execution, or of an Output widget -> Area.
        models: dict id of a widget -> its state.
    """

    def __init__(self):
        self.areas = defaultdict(Area)
        self.models, self.buffers = {}, defaultdict(dict)
        self.displays = defaultdict(list)  # id of a display -> outputs
        self.catchers = defaultdict(list)  # id of an execution -> Output widgets, of which the last catches its outputs
        self.changed_widgets = set()

    def handle(self, message):
        """Take a message of the kernel's iopub channel."""
        method = getattr(self, f"_take_{message['msg_type']}", None)
        if method:
            method(message["content"], message["parent_header"].get("msg_id"), message.get("buffers") or [])

    def widget_state(self):
        """What Jupyter keeps as the metadata `widgets` of a notebook."""
        state = {}
        for comm_id, model in self.models.items():
            if "_model_name" not in model:
                continue
            model = dict(model)
            if model["_model_name"] == OUTPUT_WIDGET:
                model["outputs"] = self.areas[comm_id].shown()
                model["msg_id"] = ""
            entry = {name: model.get(f"_{name}") for name in ("model_name", "model_module", "model_module_version")}
            entry["state"] = model
            if self.buffers[comm_id]:
                entry["buffers"] = list(self.buffers[comm_id].values())
            state[comm_id] = entry
        return state

    def models_shown(self):
        """dict id of a widget -> its state, with the outputs that Output widgets caught."""
        return {name: entry["state"] for name, entry in self.widget_state().items()}

    def tell_widgets(self, kernel):
        """Send outputs that widgets caught to the kernel, where code may read them."""
        for comm_id in self.changed_widgets & self.models.keys():
            state = {"outputs": self.areas[comm_id].shown()}
            kernel.send_comm(comm_id, {"method": "update", "state": state, "buffer_paths": []})
        self.changed_widgets.clear()

    def _area(self, parent):
        if self.catchers[parent]:
            widget = self.catchers[parent][-1]
            self.changed_widgets.add(widget)
            self.areas[parent].updatable = True
            return self.areas[widget]
        return self.areas[parent]

    def _take_execute_input(self, content, parent, buffers):
        self.areas[parent].count = content.get("execution_count")

    def _take_stream(self, content, parent, buffers):
        self._area(parent).add(NotebookNode(output_type="stream", name=content["name"], text=content["text"]))

    def _take_error(self, content, parent, buffers):
        words = {name: str(content.get(name, "")) for name in ("ename", "evalue")}
        traceback = list(content.get("traceback", []))
        self._area(parent).add(NotebookNode(output_type="error", traceback=traceback, **words))

    def _take_display_data(self, content, parent, buffers):
        self._add_display(content, parent, {})

    def _take_execute_result(self, content, parent, buffers):
        self._add_display(content, parent, {"execution_count": content.get("execution_count")})

    def _add_display(self, content, parent, more):
        kind = "execute_result" if more else "display_data"
        metadata = content.get("metadata") or {}
        output = from_dict({"output_type": kind, "data": _as_stored(content["data"]), "metadata": metadata, **more})
        area = self._area(parent)
        area.add(output)
        display_id = _display_id(content)
        if display_id:
            self.displays[display_id].append(output)
        if display_id or any("widget-view" in name for name in output.data):
            self.areas[parent].updatable = True

    def _take_update_display_data(self, content, parent, buffers):
        for output in self.displays[_display_id(content)]:
            output.data = from_dict(_as_stored(content["data"]))
            output.metadata = from_dict(content.get("metadata") or {})

    def _take_clear_output(self, content, parent, buffers):
        self._area(parent).clear(content.get("wait", False))

    def _take_comm_open(self, content, parent, buffers):
        if content.get("target_name") == WIDGET_TARGET:
            self.models[content["comm_id"]] = {}
            self._update_model(content, buffers)

    def _take_comm_msg(self, content, parent, buffers):
        if content["comm_id"] in self.models and content["data"].get("method") == "update":
            self._update_model(content, buffers)

    def _take_comm_close(self, content, parent, buffers):
        self.models.pop(content["comm_id"], None)

    def _update_model(self, content, buffers):
        comm_id, data = content["comm_id"], content["data"]
        model, change = self.models[comm_id], dict(data.get("state", {}))
        for path, buffer in zip(data.get("buffer_paths", []), buffers, strict=False):
            code = base64.b64encode(buffer).decode("ascii")
            self.buffers[comm_id][tuple(path)] = {"data": code, "path": path, "encoding": "base64"}
        if "msg_id" in change:
            self._catch(comm_id, model.get("msg_id"), change["msg_id"])
        if "outputs" in change and change.get("_model_name", model.get("_model_name")) == OUTPUT_WIDGET:
            self.areas[comm_id].outputs[:] = from_dict(list(change["outputs"]))
        model.update(change)

    def _catch(self, comm_id, before, now):
        """From now on an Output widget catches what comes from the execution `now`."""
        if before and comm_id in self.catchers[before]:
            self.catchers[before].remove(comm_id)
        if now:
            self.catchers[now].append(comm_id)


def _as_stored(data):
    """Data by kind, with text where files have text: `display({"text/html": 1}, raw=True)` sends a number."""
    return {
        kind: str(value) if kind.startswith(TEXTS) and not isinstance(value, str) else value
        for kind, value in data.items()
    }


def _display_id(content):
    return (content.get("transient") or {}).get("display_id")


def as_in_a_terminal(text):
    """Text with its backspaces and carriage returns carried out, as Jupyter shows it."""
    if "\b" not in text and "\r" not in text:
        return text
    return "\n".join(map(_line_in_a_terminal, text.replace("\r\n", "\n").split("\n")))


def _line_in_a_terminal(line):
    cells, place = [], 0
    for piece in line.split("\r"):
        place = 0
        for letter in piece:
            if letter == "\b":
                place = max(place - 1, 0)
                del cells[place:]
            else:
                cells[place : place + 1] = [letter]
                place += 1
    return "".join(cells)
