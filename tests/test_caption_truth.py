"""Results of `python -m tools.caption_truth` in a file: what is there is not measured again."""

import json

from tools import caption_truth


def test_a_stored_result_is_not_measured_again(tmp_path, monkeypatch, capsys):
    trained = []

    def result(data, cell_type, seed, settings, methods):
        trained.append((cell_type, seed, settings["num_epochs"]))
        return {"batches": 7, "reports": {"novel": {method: {"true": 0.5 + seed / 8} for method in methods}}}

    monkeypatch.setattr(caption_truth, "load_coco_data", lambda *_, **__: None)
    monkeypatch.setattr(caption_truth, "result", result)
    path = tmp_path / "results.json"
    command = ["--out", str(path), "--methods", "greedy", "--models", "rnn"]
    caption_truth.main([*command, "--seeds", "1"])
    caption_truth.main([*command, "lstm", "--seeds", "2", "--equal-time"])
    assert trained == [("rnn", 0, 2), ("rnn", 1, 2.6), ("lstm", 0, 0.75), ("lstm", 1, 0.75)]
    stored = json.loads(path.read_text())
    assert stored["rnn"]["1"]["reports"]["novel"] == {"greedy": {"true": 0.625}}
    assert {kind: list(runs) for kind, runs in stored.items()} == {"rnn": ["0", "1"], "lstm": ["0", "1"]}
    assert "rnn, novel, greedy: true 0.562 (true: sd 0.062)" in capsys.readouterr().out
