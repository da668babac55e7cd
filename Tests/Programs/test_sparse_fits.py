"""bindings/c/train_linear.c on sparse files: the minimum, L1, and real words."""

import re

import numpy as np
from programs import ROOT, train_linear
from sklearn.linear_model import LogisticRegression
from test_text import sparse_problem


def test_the_minimum_is_scikit_learns(tmp_path):
    path, X, y = sparse_problem(tmp_path)
    output = train_linear("--train", path, "--l2", 1e-3, "--optimizer", "lbfgs", "--epochs", 300)
    reference = LogisticRegression(C=1 / (2 * len(y) * 1e-3), tol=1e-8, max_iter=2000).fit(X, y)
    loss = -np.mean(reference.predict_log_proba(X)[np.arange(len(y)), y]) + 1e-3 * np.sum(reference.coef_**2)
    found = float(re.search(r"^ +end +(\S+)", output, re.MULTILINE)[1])
    assert loss - 1e-4 <= found < 1.01 * loss


def test_l1_leaves_few_weights(tmp_path):
    path = sparse_problem(tmp_path)[0]
    saved = tmp_path / "weights.npy"
    # FTRL's own l1 stands against the sum of the gradients of all steps.
    for optimizer, l1 in {"lbfgs": 1e-3, "sgd": 2e-3, "adagrad": 2e-3, "adam": 2e-3, "ftrl": 0.05}.items():
        output = train_linear("--train", path, "--optimizer", optimizer, "--l1", l1, "--epochs", 20, "--save", saved)
        kept = np.count_nonzero(np.load(saved)[:-1])
        assert 0 < kept < 0.6 * np.load(saved)[:-1].size
        if optimizer != "ftrl":
            assert f"{kept} of {np.load(saved)[:-1].size} weights are not 0" in output


def test_the_novels_of_the_repository():
    """A text of real words, compressed, from the file to the accuracy."""
    novels = ROOT / "bindings" / "data" / "novels"
    output = train_linear("--train", novels / "train.vw.gz", "--test", novels / "test.vw.gz", "--normalize")
    assert "1620 training and 540 test samples, 262144 features, 6 classes" in output
    assert float(re.findall(r"(\S+)%", output)[-1]) > 60


def test_a_model_of_few_weights_is_a_small_file(tmp_path):
    """Its zeros are not in it, and it predicts what it did."""
    random, path, model = np.random.default_rng(3), tmp_path / "words.vw", tmp_path / "model"
    lines = [f"{1 - 2 * (i % 2)} | {'good' if i % 2 else 'bad'} word{random.integers(30)}" for i in range(200)]
    path.write_text("\n".join(lines) + "\n")
    options = ("--optimizer", "adagrad", "--epochs", 3, "--l1", 1e-3, "--hash-bits", 16)
    train_linear("--train", path, *options, "--save", model)
    assert model.stat().st_size < 2**16 / 8 + 4000
    out = tmp_path / "out.txt"
    train_linear("--load", model, "--predict", path, "--out", out)
    predicted = out.read_text().split()[1:]
    assert len(predicted) == 200
    assert sum(float(answer) == float(line.split()[0]) for answer, line in zip(predicted, lines, strict=True)) > 190
