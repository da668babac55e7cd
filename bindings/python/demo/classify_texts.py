"""In which section is a Debian package? A linear classifier on sparse data, its words and its mistakes.

    python bindings/python/demo/classify_texts.py [--novels] [--output DIRECTORY]

Prints how many packages of each section are told right, and the words that speak most for some sections; and draws
which sections are mistaken for each other, into build/demo. Without apt's list of packages, and with --novels, it takes
passages of six novels from this repository.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# The package need not be installed for its demo.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import confusion

import descent
from descent.demonstrations import text_sets
from descent.demonstrations.text_sets import TextSet

OUTPUT = Path(__file__).resolve().parents[3] / "build" / "demo"

# What LIBLINEAR calls C, and how often dual coordinate ascent goes through the rows. More of them hardly help.
STRENGTH, EPOCHS = 3.5, 11
# For l1: rows of length 1 with few features in common take large steps.
LEARNING_RATE, BATCH_SIZE, SEED = 60.0, 16, 1
FEWEST_EPOCHS, FEWEST_VISITS = 5, 100_000  # epochs, and rows in all of them
L1 = 2e-6
MOST_WORDS, MOST_CLASSES = 10, 12


def classifier(samples: int, l1: float) -> descent.LinearClassifier:
    """Each class against the rest by dual coordinate ascent; with l1 softmax by SGD with a rate that falls to 0."""
    if l1 == 0:
        l2 = 1 / (2 * STRENGTH * samples)
        return descent.LinearClassifier(loss="one_vs_rest_hinge", optimizer="sdca", l2=l2, epochs=EPOCHS, seed=SEED)
    epochs = max(FEWEST_EPOCHS, round(FEWEST_VISITS / samples))
    schedule = descent.schedules.Cosine(steps=epochs * -(-samples // BATCH_SIZE))
    sgd = descent.SGD(learning_rate=LEARNING_RATE, schedule=schedule)
    return descent.LinearClassifier(optimizer=sgd, l1=l1, epochs=epochs, batch_size=BATCH_SIZE, seed=SEED)


def train(texts: TextSet, l1: float = 0.0) -> tuple[descent.LinearClassifier, NDArray[np.int32]]:
    """A trained classifier and what it predicts for the test texts, with a line about it."""
    start = time.perf_counter()
    model = classifier(texts.train.shape[0], l1).fit(texts.train, texts.train_labels)
    seconds = time.perf_counter() - start
    predicted = model.predict(texts.test)
    right = np.mean(predicted == texts.test_labels)
    coef = model.coef_
    used = f"{np.count_nonzero(coef):,} of {coef.size:,} weights are not 0"
    print(f"l1 {l1:g}: {right:.2%} of the test {texts.texts} right, trained in {seconds:.2f} s; {used}")
    return model, predicted


def print_classes(texts: TextSet, matrix: NDArray[np.int64]) -> None:
    """How many of each class are right, and what the others are mistaken for, the largest classes first."""
    print(f"\n{texts.label:<22}{texts.texts:>9}{'right':>8}   mistaken most for")
    sizes = matrix.sum(axis=1)
    for index in np.argsort(-sizes, kind="stable"):
        if sizes[index] == 0:
            continue
        mistakes = matrix[index].copy()
        mistakes[index] = 0
        others = [other for other in np.argsort(-mistakes, kind="stable")[:3] if mistakes[other] > 0]
        words = ", ".join(f"{texts.class_names[other]} {mistakes[other] / sizes[index]:.0%}" for other in others)
        share = matrix[index, index] / sizes[index]
        print(f"{texts.class_names[index]:<22}{sizes[index]:>9,}{share:>8.1%}   {words}")


def print_words(texts: TextSet, model: descent.LinearClassifier, matrix: NDArray[np.int64]) -> None:
    """The words and pairs of words with the largest weights, for the classes with the most texts."""
    print(f"\nThe words that speak most for a {texts.label}")
    # Names of other packages have a capital in front of them, those of maintainers an address behind them.
    others = np.array([token != token.lower() or "<" in token for token in texts.tokens])
    coef = np.where(others, -np.inf, model.coef_)
    for index in np.sort(np.argsort(-matrix.sum(axis=1), kind="stable")[:MOST_CLASSES]):
        best = np.argsort(-coef[index], kind="stable")[:MOST_WORDS]
        print(f"  {texts.class_names[index] + ':':<22} {', '.join(texts.tokens[token] for token in best)}")


def main(texts: TextSet, output: Path) -> Path:
    """Trains, prints and draws; returns the picture."""
    rows, features = texts.train.shape
    print(
        f"{rows:,} {texts.texts} to train, {texts.test.shape[0]:,} to test, {features:,} features, "
        f"{texts.train.nnz / rows:.1f} of them in a row, {len(texts.class_names)} {texts.label}s; "
        f"{descent.thread_count()} threads\n"
    )
    model, predicted = train(texts)
    train(texts, L1)
    matrix = confusion.count(texts.test_labels, predicted, len(texts.class_names))
    print_classes(texts, matrix)
    print_words(texts, model, matrix)
    output.mkdir(parents=True, exist_ok=True)
    return confusion.draw(matrix, texts, output / "confusion.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--novels", action="store_true", help="take the small data set of this repository")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the picture goes")
    arguments = parser.parse_args()
    chosen = text_sets.novels() if arguments.novels else text_sets.load_or_fall_back()
    print(f"\n{main(chosen, arguments.output)}")
