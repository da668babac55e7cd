"""`python -m descent`: what it prints and draws, and that the table is the library's."""

import os
import re
import subprocess
import sys

import header
import numpy as np
import pytest
from PIL import Image
from stepped import STEPPED

import descent
from descent._c.table import ALGORITHMS
from descent.demonstrations import check, compare, landscapes, summary

pytestmark = pytest.mark.slow

PYTHON = header.REPOSITORY / "bindings" / "python"


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-B", "-m", "descent", *arguments],
        env={**os.environ, "PYTHONPATH": str(PYTHON), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("landscape", landscapes.LANDSCAPES, ids=lambda landscape: landscape.name)
def test_landscapes_are_what_they_say(landscape):
    for minimum in landscape.minima:
        value, gradient = landscape(np.array(minimum))
        assert value == pytest.approx(landscape.least)
        np.testing.assert_allclose(gradient, 0, atol=1e-12)
    assert descent.check_gradient(landscape, landscape.start).verdict == "right"
    assert tuple(landscape.learning_rates) == landscapes.COURSE
    for name in landscapes.COURSE:
        path = landscapes.follow(landscape, descent.OPTIMIZERS[name](learning_rate=landscape.learning_rate(name)))
        assert path.points.shape == (landscape.steps + 1, 2)
        assert path.losses[-1] < path.losses[0]


def test_pictures_of_the_paths(tmp_path):
    paths = compare.run()
    picture, animation = tmp_path / "paths.png", tmp_path / "paths.gif"
    compare.draw_picture(paths, picture)
    compare.draw_animation(paths, animation)
    assert Image.open(picture).size[0] > 1200
    moving = Image.open(animation)
    assert moving.n_frames > 40
    assert animation.stat().st_size < 3_000_000
    # The palette has every optimizer's colour.
    moving.seek(moving.n_frames - 1)
    colours = {colour for _, colour in moving.convert("RGB").getcolors(1 << 20)}
    for colour in compare.drawing.COLOURS.values():
        wanted = tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))
        assert any(max(abs(a - b) for a, b in zip(wanted, found, strict=True)) < 8 for found in colours)


def test_other_methods_are_drawn_on_request(tmp_path):
    assert [file.stat().st_size > 0 for file in compare.main(tmp_path, ["adam", "lion", "prodigy"])] == [True, True]
    with pytest.raises(ValueError, match="no optimizer 'adamv' to draw; there are sgd, "):
        compare.main(tmp_path, ["adamv"])
    for methods in ([], ["adam", "adam"], list(descent.OPTIMIZERS)[:9]):
        with pytest.raises(ValueError, match="one to 8 optimizers"):
            compare.main(tmp_path, methods)


def test_every_method_descends_on_the_ravine():
    landscape = landscapes.LANDSCAPES[0]
    for name, kind in STEPPED.items():
        path = landscapes.follow(landscape, kind(learning_rate=landscape.learning_rate(name)))
        assert path.losses[-1] < path.losses[0], name


def test_gradients_checked(capsys):
    right, forgotten, mistyped, hinge, rounded, corner = check.main()
    assert [report.verdict for report in (right, hinge, corner)] == ["right"] * 3
    assert [report.verdict for report in (forgotten, mistyped)] == ["wrong"] * 2
    assert mistyped.worst_index == (5, 2)
    assert (rounded.verdict, rounded.undetermined) == ("undetermined", 48)
    assert corner.suspected_kinks == 2
    text = capsys.readouterr().out
    assert text.count("right:") == 3
    assert text.count("wrong:") == 2
    assert rounded.advice in text


def test_range_picture(tmp_path):
    found = run("range", "--output", str(tmp_path), "--data", "/nonexistent")
    assert "No data set in /nonexistent" in found.stdout
    low, high = map(float, re.search(r"good from (\S+) to (\S+)", found.stdout).groups())
    proposal = float(re.search(r"proposal (\S+),", found.stdout)[1])
    assert low < proposal < high
    assert (tmp_path / "range.png").read_bytes().startswith(b"\x89PNG")


def test_without_matplotlib(tmp_path):
    (tmp_path / "matplotlib.py").write_text("raise ImportError('no such thing', name='matplotlib')")
    path = os.pathsep.join((str(tmp_path), str(PYTHON)))
    found = run("compare", PYTHONPATH=path)
    assert found.returncode == 1
    assert "Matplotlib" in found.stderr
    assert "pip install matplotlib" in found.stderr
    assert "Traceback" not in found.stderr
    assert run("check", PYTHONPATH=path).returncode == 0
    code = "import descent, sys; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path}, check=True)


def test_unknown_demonstration():
    assert run("dance").returncode == 2


# --- the table that sums up ---

PAGE = (PYTHON / "OPTIMIZERS.md").read_text(encoding="utf-8")
ROWS = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in PAGE.splitlines() if line[:1] == "|"]


def test_table_agrees_with_the_library():
    assert all(len(row) in (4, 8) for row in ROWS)
    rows = {row[0]: row for row in ROWS}
    listed = {algorithm.title for algorithm in ALGORITHMS.values() if not algorithm.is_for_models}
    assert listed | {"Method", "---"} == set(rows)
    for algorithm in summary.STEPPED:
        row = rows[algorithm.title]
        assert row[:5] == summary.static_cells(algorithm)
        for name, default in re.findall(r"`(\w+)` ([\d.e-]+)", row[4]):
            assert getattr(descent.OPTIMIZERS[algorithm.name](), name) == float(default)
    assert summary.CONDITIONS in PAGE


def test_table_shows_what_is_measured():
    algorithm = ALGORITHMS["momentum"]
    measured = summary.measured_cells(algorithm)
    row = next(row for row in ROWS if row[0] == "Momentum")
    # The paths have the same bits everywhere, but NumPy's sums and normal draws may differ in the last digits.
    assert measured[:2] == row[5:7]
    for found, written in zip(re.findall(r"[\d.]+", measured[2]), re.findall(r"[\d.]+", row[7]), strict=True):
        assert float(found) == pytest.approx(float(written), rel=0.1)
