"""The README shows what is compiled and what runs."""

import re
from pathlib import Path

import pytest
from methods_page import page
from speed.report import readme, store

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("program", ["bindings/c/minimal.c", "bindings/python/examples/minimal.py"])
def test_readme_shows_the_examples_word_for_word(program):
    assert (ROOT / program).read_text().rstrip() in README


def test_page_of_methods_is_that_of_the_library():
    assert (ROOT / "bindings" / "METHODS.md").read_text() == page()


@pytest.mark.skipif(readme.BEGIN not in README, reason="the README has no table of speed")
def test_readme_speed_is_that_of_the_results():
    assert readme.table(store.read(ROOT / "Benchmarks/results.json")) in README


def test_readme_links_lead_somewhere():
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert links
    for link in links:
        assert (ROOT / link).exists(), link
