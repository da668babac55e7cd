"""bindings/c/train_linear.c on sparse files: svmlight's, and Vowpal Wabbit's text, whose words are hashed."""

import gzip
import re

import numpy as np
import pytest
from programs import TRAIN_LINEAR, run, train_linear
from scipy import sparse
from sklearn.datasets import dump_svmlight_file, load_svmlight_file
from sklearn.utils import murmurhash3_32

# One step of gradient descent on the whole set, from 0: the weights are 2 / n * features.T @ targets.
ONE_STEP = ("--task", "regress", "--optimizer", "sgd", "--learning-rate", 1, "--epochs", 1, "--batch-size", 0)
WORDS = ["apple", "pear", "a", "ab", "abc", "abcd", "abcde", "café", "naïve", "x_y", "+", "don't", "日本語", "Z" * 100]


def number_of(name, namespace="", bits=18):
    """What Vowpal Wabbit makes of a name, by scikit-learn's MurmurHash3."""

    def hashed(text, seed):
        return int(text or "0") + seed if not text or text.isdigit() else murmurhash3_32(text, seed, positive=True)

    return hashed(name, hashed(namespace, 0) % 2**32) % 2**bits


def features_of(rows, bits):
    """The sparse matrix of rows of (namespace, name, value)."""
    matrix = np.zeros((len(rows), 2**bits))
    for row, entries in zip(matrix, rows, strict=True):
        for namespace, name, value in entries:
            row[number_of(name, namespace, bits)] += value
    return matrix


def weights_after_a_step(path, *options):
    """Without the bias, which is the last one."""
    saved = path.with_suffix(".npy")
    train_linear("--train", path, *ONE_STEP, "--save", saved, *options)
    return np.load(saved)[:-1, 0]


@pytest.mark.parametrize("bits", [1, 5, 18, 22])
def test_words_are_numbered_by_murmurhash(tmp_path, bits):
    path = tmp_path / "words.vw"
    path.write_text("".join(f"1 | {word}\n" for word in WORDS), encoding="utf-8")
    found = weights_after_a_step(path, "--hash-bits", bits)
    expected = np.zeros(2**bits)
    for word in WORDS:
        expected[number_of(word, bits=bits)] += 2 / len(WORDS)
    assert len(found) == 2**bits
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_the_whole_format(tmp_path):
    """Namespaces, factors, values, words that come twice, numbers, tags, weights and blanks."""
    path = tmp_path / "all.vw"
    path.write_text(
        "1.5 |a one two:2 one |b two\n"
        "\n"
        "-2 2 'tag|words:0.5 x y:3|a one:-1e-1 12 7:4\n"
        "3 0.5 0tag| 12 \t 13:2  \r\n"
        "4 'name | \n"
        "0.25\t1|\tx|x|12:2 5:3 six"
    )
    rows = [
        [("a", "one", 1), ("a", "two", 2), ("a", "one", 1), ("b", "two", 1)],
        [("words", "x", 0.5), ("words", "y", 1.5), ("a", "one", -0.1), ("a", "12", 1), ("a", "7", 4)],
        [("", "12", 1), ("", "13", 2)],
        [],
        [("", "x", 1), ("12", "5", 6), ("12", "six", 2)],
    ]
    targets, weights = np.array([1.5, -2, 3, 4, 0.25]), np.array([1, 2, 0.5, 1, 1])
    expected = 2 / weights.sum() * features_of(rows, 10).T @ (weights * targets)
    # In the last line 1 touches the |: it is a tag.
    assert np.count_nonzero(expected) == 12
    np.testing.assert_allclose(weights_after_a_step(path, "--hash-bits", 10), expected, rtol=1e-5, atol=1e-7)


def test_normalizing(tmp_path):
    path = tmp_path / "long.vw"
    path.write_text("1 | a b c d:1e200\n2 | \n3 | b:3 e:4\n-1 | f:0\n")
    rows = [[("", "d", 1)], [], [("", "b", 0.6), ("", "e", 0.8)], []]
    expected = 2 / 4 * features_of(rows, 18).T @ [1, 2, 3, -1]
    np.testing.assert_allclose(weights_after_a_step(path, "--normalize"), expected, rtol=1e-6, atol=1e-7)
    path = tmp_path / "long.svm"
    path.write_text("1 1:1 2:1 90:1 91:1\n2 5:1\n3 2:3 50:4\n")
    found = weights_after_a_step(path, "--normalize")
    assert found[[0, 1, 4, 49]] * 1.5 == pytest.approx([0.5, 0.5 + 3 * 0.6, 2, 3 * 0.8])


def random_text(random, samples):
    """Texts of three kinds, told by some of their words, and what they are."""
    kinds = random.integers(0, 3, samples)
    common, own = [f"word{i}" for i in range(300)], [[f"{kind}{i}" for i in range(40)] for kind in "xyz"]
    texts = [
        " ".join([*random.choice(common, random.integers(0, 12)), *random.choice(own[kind], random.integers(2, 5))])
        for kind in kinds
    ]
    return texts, np.array(["sports", "news", "weather"])[kinds]


def test_text_from_words_to_predictions(tmp_path):
    """Classes with names, gzip, a model that knows how words were hashed, and texts without labels."""
    texts, labels = random_text(np.random.default_rng(3), 900)
    lines = [f"{label} | {text}\n" for label, text in zip(labels, texts, strict=True)]
    train, test, new = tmp_path / "train.vw", tmp_path / "test.vw.gz", tmp_path / "new.vw"
    train.write_text("".join(lines[:600]))
    test.write_bytes(gzip.compress("".join(lines[600:]).encode()))
    new.write_text("".join(f"| {text}\n" for text in texts[600:]))
    model, out, again = tmp_path / "text.model", tmp_path / "out.csv", tmp_path / "again.csv"
    options = ("--hash-bits", 14, "--normalize", "--save", model, "--predict", new, "--out", out)
    output = train_linear("--train", train, "--test", test, *options)
    assert "600 training and 300 test samples, 16384 features, 3 classes" in output
    predicted = np.array(out.read_text().split()[1:])
    accuracy = np.mean(predicted == labels[600:])
    assert accuracy > 0.95
    assert f"{100 * accuracy:.2f}%" in train_linear("--load", model, "--test", test, "--predict", test, "--out", again)
    assert again.read_bytes() == out.read_bytes()
    words = "it is that of the model that is loaded"
    assert words in train_linear("--load", model, "--test", test, "--hash-bits", 14, status=2)
    other = tmp_path / "other.svm"
    other.write_text("1 1:2\n")
    words = "the training data are text: features with hashed numbers were expected"
    assert words in train_linear("--load", model, "--test", other, status=1)


def sparse_problem(folder, samples=500, features=3000):
    """Few numbers in each row, and empty ones, in a svmlight file; its matrix, and its labels."""
    X = sparse.random_array((samples, features), density=0.004, rng=np.random.default_rng(4), dtype=np.float64).tocsr()
    is_empty = np.isin(np.arange(samples), [7, 99])
    X.data[np.repeat(is_empty, np.diff(X.indptr))] = 0
    X.eliminate_zeros()
    truth = np.random.default_rng(5).standard_normal((features, 3))
    y = (X @ truth).argmax(axis=1)
    path = folder / "sparse.svm"
    dump_svmlight_file(X, y, str(path), zero_based=False)
    again = load_svmlight_file(str(path), n_features=features)[0]
    return path, again, y


def test_sparse_rows_are_learned_as_dense_ones(tmp_path):
    path, X, y = sparse_problem(tmp_path)
    dense, saved = tmp_path / "dense.npy", tmp_path / "weights.npy"
    np.save(dense, np.c_[X.toarray(), y])
    options = ("--optimizer", "sgd", "--learning-rate", 0.5, "--epochs", 3, "--l2", 1e-4, "--save", saved)
    weights = []
    for data in (path, dense):
        train_linear("--train", data, *options)
        weights.append(np.load(saved))
    largest = X.indices.max() + 2
    assert np.count_nonzero(np.diff(X.indptr) == 0) > 0
    np.testing.assert_allclose(weights[0][: largest - 1], weights[1][: largest - 1], atol=2e-6)
    assert np.abs(weights[0]).max() > 0.01


def test_validation_data_are_a_part_of_the_rows(tmp_path):
    path = sparse_problem(tmp_path)[0]
    output = train_linear("--train", path, "--validation-fraction", 0.2, "--optimizer", "adam", "--epochs", 3)
    assert "400 training" in output
    assert "validation loss" in output


# Files that do not fit into the memory.


def test_chunks_are_learned_as_the_whole_file(tmp_path):
    """One epoch of one chunk has the bits of an ordinary fit; smaller chunks learn as well."""
    texts, labels = random_text(np.random.default_rng(8), 1000)
    train, saved = tmp_path / "train.vw", tmp_path / "weights.npy"
    train.write_text("".join(f"{label} | {text}\n" for label, text in zip(labels, texts, strict=True)))
    sgd = ("--train", train, "--test", train, "--optimizer", "sgd", "--learning-rate", 0.5, "--hash-bits", 12)
    weights, outputs = [], []
    for chunk in ((), ("--chunk", 1000), ("--chunk", 5000), ("--chunk", 999)):
        outputs.append(train_linear(*sgd, "--epochs", 1, *chunk, "--save", saved))
        weights.append(np.load(saved))
    np.testing.assert_array_equal(weights[0], weights[1])
    np.testing.assert_array_equal(weights[0], weights[2])
    assert (weights[0] != weights[3]).any()
    for output in outputs:
        assert "1000 training and 1000 test samples, 4096 features, 3 classes" in output
    output = train_linear(*sgd, "--epochs", 10, "--chunk", 64)
    assert float(re.findall(r"(\S+)%", output)[-1]) > 95


def test_chunks_of_a_compressed_svmlight_file(tmp_path):
    path, _, y = sparse_problem(tmp_path)
    compressed, out = tmp_path / "sparse.svm.gz", tmp_path / "out.csv"
    compressed.write_bytes(gzip.compress(path.read_bytes()))
    adagrad = ("--optimizer", "adagrad", "--learning-rate", 0.5, "--epochs", 20)
    train_linear("--train", compressed, "--chunk", 100, *adagrad, "--predict", path, "--out", out)
    assert np.mean(np.array(out.read_text().split()[1:], float) == y) > 0.95


def test_a_chunk_needs_less_memory_than_the_file(tmp_path):
    path, saved = tmp_path / "large.vw", tmp_path / "weights.npy"
    random = np.random.default_rng(9)
    lines = ["yes" if row % 2 else "no" for row in range(2000)]
    lines = [f"{label} | {label} {' '.join(map(str, random.integers(0, 2**16, 150)))}\n" for label in lines]
    path.write_text("".join(lines) * 20)
    arguments = ("--train", path, "--optimizer", "sgd", "--epochs", 1, "--save", saved)
    limit = 96 << 20
    done = [run(TRAIN_LINEAR, *arguments, *chunk, address_space=limit) for chunk in (("--chunk", 1000), ())]
    assert done[0].returncode == 0, done[0].stderr
    assert done[1].returncode == 1
    assert "out of memory" in done[1].stderr
    assert np.isfinite(np.load(saved)).all()


def test_damage_is_found_in_every_chunk(tmp_path):
    path = tmp_path / "bad.vw"
    path.write_text("yes | a\nno | b\n" * 50 + "yes | c:\n")
    words = "line 101, column 3: a number behind the colon was expected"
    options = ("--optimizer", "sgd", "--chunk", 7)
    assert words in train_linear("--train", path, *options, status=1)
    path.write_text("")
    assert "at least one sample was expected" in train_linear("--train", path, *options, status=1)
    path.write_text("yes | a\nyes | b\n")
    assert "labels of at least two classes were expected" in train_linear("--train", path, *options, status=1)
