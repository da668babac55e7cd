"""The texts that demonstrations train on: the descriptions of Debian's packages where apt has its list of them, else
passages of six novels in this repository. Each text has a label: the package's section, the novel."""

import gzip
import itertools
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    from scipy import sparse
except ImportError as error:
    raise ImportError("sparse data need SciPy, which is not installed: python3 -m pip install scipy") from error

NOVELS = Path(__file__).resolve().parents[3] / "data" / "novels"
APT_LIST = ["apt-cache", "dumpavail"]
# Fewer packages are no list of Debian's: apt then knows of those that are installed.
FEWEST_PACKAGES = 10_000
MOST_TO_TRAIN, TRAIN_SHARE = 50_000, 0.8

Matrix = Any  # scipy.sparse.csr_array, which has no types
# A text's tokens, and its label.
Text = tuple[Iterable[str], str]


@dataclass(frozen=True)
class TextSet:
    """Training and test texts as sparse rows of length 1, with labels that count the class names.

    A row has the same value for each of its text's different tokens; `tokens` has the token of each column.
    """

    texts: str
    """What the texts are, in the plural: packages, passages."""
    label: str
    """What is told of them: section, novel."""
    class_names: tuple[str, ...]
    tokens: tuple[str, ...]
    train: Matrix
    train_labels: NDArray[np.int32]
    test: Matrix
    test_labels: NDArray[np.int32]


# ---- Debian's packages ----


def _entries(listing: str) -> Iterator[dict[str, str]]:
    """The fields of each package in apt's list, which has a paragraph for each; of two with one name the first."""
    seen: set[str] = set()
    for paragraph in listing.split("\n\n"):
        # A line that begins with a blank goes on with the field above it.
        lines = re.sub(r"\n[ \t]+", " ", paragraph).split("\n")
        fields = dict(line.split(": ", 1) for line in lines if ": " in line)
        name = fields.get("Package", "")
        if "Section" in fields and name not in seen:
            seen.add(name)
            yield fields


def words_of(text: str) -> list[str]:
    """The words of a text: letters, digits and + (as in c++), at least two."""
    return re.findall(r"[a-z0-9+]{2,}", text.lower())


def _with_pairs(words: Sequence[str]) -> list[str]:
    """Words, and pairs of neighbours."""
    return [*words, *map(" ".join, itertools.pairwise(words))]


def _package_tokens(fields: dict[str, str]) -> list[str]:
    """What there is to know about a package but for its section: words, what it goes with, and who maintains it."""
    tokens = _with_pairs(words_of(fields.get("Description", "")))
    for relation in ("Depends", "Recommends", "Suggests"):
        others = filter(str.strip, re.split("[,|]", fields.get(relation, "")))
        tokens += [f"{relation} {other.split()[0]}" for other in others]
    return [*tokens, f"by {fields.get('Maintainer', '')}"]


def _apt_list() -> str:
    try:
        done = subprocess.run(APT_LIST, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.decode(errors="replace")


def packages(listing: str | None = None) -> TextSet | None:
    """Debian's packages, labelled with their sections; None where apt has no list of them.

    On Debian 12: 63,666 packages, 50,000 of them to train, 210,271 features, 58 sections. The order is a random one,
    the same each time; the list itself changes a little with each point release.
    """
    listing = _apt_list() if listing is None else listing
    texts = [(_package_tokens(fields), fields["Section"].split("/")[-1]) for fields in _entries(listing)]
    if len(texts) < FEWEST_PACKAGES:
        return None
    order = np.random.RandomState(0).permutation(len(texts))
    train = min(MOST_TO_TRAIN, round(TRAIN_SHARE * len(texts)))
    return _text_set(("packages", "section"), [texts[i] for i in order], train)


# ---- the novels ----


def novels() -> TextSet:
    """Passages of Jane Austen's novels, labelled with the novel."""
    if not NOVELS.is_dir():
        raise FileNotFoundError(f"{NOVELS} is in the repository of libdescent only")
    texts: list[Text] = []
    train = 0
    for name in ("train.vw.gz", "test.vw.gz"):
        train = len(texts)
        for line in gzip.decompress((NOVELS / name).read_bytes()).decode().splitlines():
            label, passage = line.split(" | ")
            texts.append((_with_pairs(passage.split()), label))
    return _text_set(("passages", "novel"), texts, train)


def load_or_fall_back() -> TextSet:
    """Debian's packages, or a word that they are not there and the novels."""
    found = packages()
    if found is None:
        print("apt has no list of Debian's packages here (`apt-get update` gets one): training on six novels instead.")
    return found or novels()


# ---- rows ----


def _text_set(nouns: tuple[str, str], texts: Sequence[Text], train: int) -> TextSet:
    """The set of these texts; the first ones are to train with."""
    classes, labels = np.unique([label for _, label in texts], return_inverse=True)
    numbers: dict[str, int] = {}
    columns: list[int] = []
    starts = [0]
    for tokens, _ in texts:
        columns += sorted(numbers.setdefault(token, len(numbers)) for token in sorted(set(tokens)))
        starts.append(len(columns))
    lengths = np.diff(starts)
    values = np.repeat(1 / np.sqrt(lengths, where=lengths > 0, out=np.ones(len(lengths))), lengths).astype(np.float32)
    rows = sparse.csr_array(
        (values, np.array(columns, np.int32), np.array(starts, np.int32)), shape=(len(texts), len(numbers))
    )
    answers = labels.astype(np.int32)
    return TextSet(
        *nouns,
        tuple(map(str, classes)),
        tuple(numbers),
        rows[:train],
        answers[:train],
        rows[train:],
        answers[train:],
    )
