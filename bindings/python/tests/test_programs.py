"""The example of the manual and the demo, run as their readers run them."""

import json
import os
import re
import subprocess
import sys

import header
import pytest

pytestmark = pytest.mark.slow

PYTHON = header.REPOSITORY / "bindings" / "python"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-B", *arguments],
        env={**os.environ, "PYTHONPATH": str(PYTHON)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_minimal_program():
    program = PYTHON / "examples" / "minimal.py"
    output = run(program)
    slope, shift = map(float, re.search(r"y = (\S+) x (\S+),", output).groups())
    assert abs(slope - 3) < 0.05
    assert abs(shift + 2) < 0.05
    assert float(re.search(r"([\d.]+)%", output)[1]) > 95
    assert len(program.read_text().splitlines()) <= 30


def program_of_the_manual(heading):
    """The first program under a heading."""
    text = (PYTHON / "README.md").read_text(encoding="utf-8")
    return re.search(rf"\n## {heading}\n.*?```python\n(.*?)```", text, re.DOTALL)[1]


def test_program_of_the_manual():
    output = run("-c", program_of_the_manual("A function of your own"))
    assert "GradientReport(right" in output
    assert "success: True" in output
    x = [float(number) for number in re.search(r"x: \[(\S+) (\S+)\]", output).groups()]
    assert all(abs(coordinate - 1) < 1e-4 for coordinate in x)


def test_linear_models_of_the_manual():
    pytest.importorskip("sklearn")
    classified, regressed = re.findall(r"^0\.\d+", run("-c", program_of_the_manual("Linear models")), re.MULTILINE)
    assert float(classified) > 0.96
    assert float(regressed) > 0.5


def test_demo_without_the_data_set(tmp_path):
    output = run(
        PYTHON / "demo" / "compare_optimizers.py", "--data", "/nonexistent", "--epochs", "3", "--output", tmp_path
    )
    assert "No data set in /nonexistent" in output.splitlines()[0]
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["dataset"] == "optical-digits"
    *runs, searched = results["runs"]
    assert {(item["optimizer"], item["loss"]) for item in runs} == {
        (optimizer, loss)
        for optimizer in ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw", "lion", "muon", "lbfgs")
        for loss in ("softmax_cross_entropy", "multiclass_hinge")
    }
    assert len(runs) == 20
    for item in runs:
        assert list(item) == [
            *("optimizer", "loss", "epochs", "batch_size"),
            *("learning_rate", "seconds", "train_loss", "test_accuracy"),
        ]
        assert item["epochs"] == (100 if item["optimizer"] == "lbfgs" else 3)
        assert item["seconds"] > 0
        assert item["train_loss"] < (2.3 if item["loss"].startswith("softmax") else 9)  # those of zero weights
        assert item["test_accuracy"] > 0.3
        assert f"{item['test_accuracy']:.1%}" in output
    # By chance one does worse than by any method: that is the point.
    assert list(searched) == list(runs[0])
    assert (searched["optimizer"], searched["loss"], searched["epochs"]) == ("random_search", "multiclass_hinge", 1000)
    assert 0.05 < searched["test_accuracy"] < 0.4 < min(item["test_accuracy"] for item in runs)
    assert f"{searched['test_accuracy']:.1%}" in output.splitlines()[-3]
    for name in ("loss_curves.png", "templates.png", "paths.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "paths.gif").read_bytes().startswith(b"GIF89a")
