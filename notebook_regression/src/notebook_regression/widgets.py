"""Widgets as trees of what a reader sees; the ids of their models, new in each run, stand for these models."""

VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
REFERENCE = "IPY_MODEL_"
UNSEEN = ("msg_id", "outputs", "_view_count", "_dom_classes")


def stored_models(notebook):
    """dict id -> state, of the widgets that a notebook keeps in its metadata; empty where it keeps none."""
    try:
        state = notebook.metadata["widgets"][STATE]["state"]
        return {name: model["state"] for name, model in state.items()}
    except (KeyError, TypeError, AttributeError):
        return {}


def tree(models, name, above=()):
    """What the widget of an id shows, as nested dicts and lists; None when its model is not there."""
    if name not in models or name in above:
        return None
    return {
        key: _resolved(models, value, (*above, name))
        for key, value in sorted(models[name].items())
        if key not in UNSEEN and value is not None and not key.endswith("_version")
    }


def caught_outputs(models, name, seen=None):
    """Lists of outputs in the Output widgets of a tree, in its order."""
    seen = set() if seen is None else seen
    if name not in models or name in seen:
        return []
    seen.add(name)
    model = models[name]
    caught = [model["outputs"]] if "outputs" in model else []
    for value in model.values():
        for reference in value if isinstance(value, list | tuple) else [value]:
            if isinstance(reference, str) and reference.startswith(REFERENCE):
                caught += caught_outputs(models, reference.removeprefix(REFERENCE), seen)
    return caught


def _resolved(models, value, above):
    if isinstance(value, str) and value.startswith(REFERENCE):
        return tree(models, value.removeprefix(REFERENCE), above)
    if isinstance(value, list | tuple):
        return [_resolved(models, entry, above) for entry in value]
    return value
