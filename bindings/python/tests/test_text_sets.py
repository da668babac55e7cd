"""The texts that demonstrations train on, and the demonstration itself."""

import re
import subprocess
import sys

import numpy as np
import pytest
from header import REPOSITORY
from PIL import Image

from descent.demonstrations import text_sets

DEMO = REPOSITORY / "bindings" / "python" / "demo"
LISTING = """\
Package: chess-engine
Version: 1
Depends: libc6 (>= 2.34), libboard1 | libboard2,
 game-data
Description: Plays chess,
 and C++ too
Maintainer: A B <a@example.org>
Section: games

Package: libboard1
Description: board library
Section: contrib/libs
Suggests: chess-engine

Package: no-section
Description: is left out

Package: chess-engine
Description: again, of another architecture
Section: games
"""


@pytest.fixture
def small_list(monkeypatch):
    monkeypatch.setattr(text_sets, "FEWEST_PACKAGES", 2)
    return text_sets.packages(LISTING)


def tokens(texts, rows, row):
    return {texts.tokens[column] for column in rows[[row]].indices}


def test_a_list_of_packages_becomes_rows(small_list):
    assert small_list.class_names == ("games", "libs")
    assert (small_list.train.shape[0], small_list.test.shape[0]) == (2, 0)
    rows = {
        small_list.class_names[label]: tokens(small_list, small_list.train, row)
        for row, label in enumerate(small_list.train_labels)
    }
    words = {"plays", "chess", "and", "c++", "too", "plays chess", "chess and", "and c++", "c++ too"}
    related = {"Depends libc6", "Depends libboard1", "Depends libboard2", "Depends game-data"}
    assert rows["games"] == {*words, *related, "by A B <a@example.org>"}
    assert rows["libs"] == {"board", "library", "board library", "Suggests chess-engine", "by "}


def test_rows_are_of_length_1_and_in_order(small_list):
    for texts in (small_list, text_sets.novels()):
        lengths = np.sqrt(texts.train.multiply(texts.train).sum(axis=1))
        np.testing.assert_allclose(lengths, 1, rtol=1e-6)
        assert texts.train.has_canonical_format
        assert texts.train.dtype == np.float32


def test_the_novels():
    texts = text_sets.novels()
    assert (texts.train.shape[0], texts.test.shape[0], len(texts.class_names)) == (1620, 540, 6)
    assert (np.bincount(texts.train_labels) == 270).all()
    assert (np.bincount(texts.test_labels) == 90).all()
    # No passage is in both parts.
    both = {row.tobytes() for row in np.split(texts.train.indices, texts.train.indptr[1:-1])}
    assert not any(row.tobytes() in both for row in np.split(texts.test.indices, texts.test.indptr[1:-1]))


def test_without_a_list_it_says_so_and_takes_the_novels(monkeypatch, capsys):
    for command in ("false", "a-program-that-is-not-there"):
        monkeypatch.setattr(text_sets, "APT_LIST", [command])
        assert text_sets.load_or_fall_back().label == "novel"
        assert "apt has no list of Debian's packages here" in capsys.readouterr().out


@pytest.mark.slow
def test_the_demonstration(tmp_path):
    command = [sys.executable, DEMO / "classify_texts.py", "--novels", "--output", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    shares = [float(share) for share in re.findall(r"([\d.]+)% of the test passages right", done.stdout)]
    assert len(shares) == 2
    assert min(shares) > 60
    used, all_of_them = re.findall(r"([\d,]+) of ([\d,]+) weights are not 0", done.stdout)[1]
    assert int(used.replace(",", "")) < 0.5 * int(all_of_them.replace(",", ""))
    assert re.search(r"^Emma +90 +\d", done.stdout, re.MULTILINE)
    assert re.search(r"^  Emma: .*\bharriet\b", done.stdout, re.MULTILINE)
    assert Image.open(tmp_path / "confusion.png").size[0] > 500
