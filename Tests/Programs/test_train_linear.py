"""bindings/c/train_linear.c: what it learns, from files of every format, against scikit-learn."""

import csv
import gzip
import re

import numpy as np
import pytest
from programs import ROOT, train_linear, warning_of
from sklearn.datasets import dump_svmlight_file, load_diabetes, load_iris
from sklearn.linear_model import LogisticRegression, QuantileRegressor, Ridge
from sklearn.preprocessing import StandardScaler

DIGITS = ROOT / "bindings" / "data" / "optical-digits"
IRIS = load_iris()
NAMES = [str(IRIS.target_names[label]) for label in IRIS.target]


def write_csv(path, header, *columns, terminator="\n"):
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator=terminator)
        writer.writerow(header)
        writer.writerows(zip(*columns, strict=True))
    return path


def iris_csv(path, **format):
    return write_csv(path, [*IRIS.feature_names, "species"], *IRIS.data.T, NAMES, **format)


def predictions(path):
    with path.open(newline="") as file:
        return [row[0] for row in csv.reader(file)][1:]


def losses(output):
    """Training loss and score in the end."""
    return [float(text.rstrip("%")) for text in re.search(r"^ +end +(\S+) +(\S+)", output, re.MULTILINE).groups()]


def test_classes_with_names(tmp_path):
    data, model, out = iris_csv(tmp_path / "iris.csv"), tmp_path / "iris.model", tmp_path / "out.csv"
    output = train_linear("--train", data, "--l2", 0.01, "--save", model, "--predict", data, "--out", out)
    scaled = StandardScaler().fit_transform(IRIS.data)
    reference = LogisticRegression(C=1 / (2 * 150 * 0.01), tol=1e-8, max_iter=1000).fit(scaled, NAMES)
    assert predictions(out) == list(reference.predict(scaled))
    penalty = 0.01 * np.sum(reference.coef_**2)
    rows = np.arange(150)
    loss = -np.mean(reference.predict_log_proba(scaled)[rows, IRIS.target]) + penalty
    assert losses(output)[0] == pytest.approx(loss, abs=1e-4)
    assert re.search(r"ended in epoch \d+: (no progress any more|the loss cannot be lowered)", output)
    again = tmp_path / "again.csv"
    output = train_linear("--load", model, "--test", data, "--predict", data, "--out", again)
    assert again.read_bytes() == out.read_bytes()
    assert out.read_text().startswith("species\n")
    assert f"{100 * reference.score(scaled, NAMES):.2f}%" in output


def test_every_format_gives_the_same_model(tmp_path):
    labels = IRIS.target.astype(float)
    write_csv(tmp_path / "a.csv", ["a", "b", "c", "d", "y"], *IRIS.data.T, IRIS.target)
    write_csv(tmp_path / "b.csv", ["y", "d", "c", "b", "a"], IRIS.target, *IRIS.data.T[::-1], terminator="\r\n")
    write_csv(tmp_path / "ordered.csv", ["y", "a", "b", "c", "d"], IRIS.target, *IRIS.data.T)
    dump_svmlight_file(IRIS.data, IRIS.target, str(tmp_path / "a.svm"), zero_based=False, comment="from scikit-learn")
    np.save(tmp_path / "a.npy", np.c_[labels, IRIS.data])
    np.save(tmp_path / "big.npy", np.c_[IRIS.data, labels].astype(">f8"))
    np.save(tmp_path / "X.npy", IRIS.data)
    np.save(tmp_path / "y.npy", IRIS.target.astype(np.int16))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress((tmp_path / "a.csv").read_bytes()))
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "a.csv").read_bytes())
    ways = {
        "a.csv": (),
        "ordered.csv": ("--target", "y"),
        "a.svm": (),
        "a.npy": ("--target", 1),
        "big.npy": (),
        "X.npy": ("--train-labels", tmp_path / "y.npy"),
        "a.csv.gz": (),
        "bom.csv": (),
    }
    weights = {}
    for name, options in ways.items():
        saved = tmp_path / "weights.npy"
        train_linear("--train", tmp_path / name, *options, "--save", saved, "--epochs", 20)
        weights[name] = saved.read_bytes()
    assert len(set(weights.values())) == 1, {name: hash(value) for name, value in weights.items()}
    model = tmp_path / "a.model"
    train_linear("--train", tmp_path / "a.csv", "--save", model)
    assert train_linear("--load", model, "--test", tmp_path / "a.csv") == train_linear(
        "--load", model, "--test", tmp_path / "b.csv"
    )


def test_quoted_fields(tmp_path):
    path = tmp_path / "quoted.csv"
    path.write_text(
        '"x","a ""name"", odd"\r\n1,"left, ""he""\nsaid"\r\n\r\n2,"left, ""he""\nsaid"\r\n8,right\r\n9,"right"'
    )
    out = tmp_path / "out.csv"
    train_linear("--train", path, "--predict", path, "--out", out)
    assert predictions(out) == ['left, "he"\nsaid'] * 2 + ["right"] * 2
    assert out.read_text().startswith('"a ""name"", odd"\n')


def test_a_regressor(tmp_path):
    X, y = load_diabetes(return_X_y=True)
    path = write_csv(tmp_path / "diabetes.csv", [*"abcdefghij", "y"], *X.T, y)
    model, out = tmp_path / "m", tmp_path / "out.csv"
    output = train_linear(
        *("--train", path, "--task", "regress", "--l2", 0.5, "--save", model, "--predict", path, "--out", out)
    )
    scaled = StandardScaler().fit_transform(X)
    reference = Ridge(alpha=0.5 * len(X)).fit(scaled, y)
    np.testing.assert_allclose(np.array(predictions(out), float), reference.predict(scaled), rtol=1e-4)
    assert losses(output)[1] == pytest.approx(reference.score(scaled, y), abs=1e-4)
    assert f"{reference.score(scaled, y):.4f}" in train_linear("--load", model, "--test", path)


def test_a_loss_with_a_parameter(tmp_path):
    random = np.random.default_rng(2)
    x = random.standard_normal(300)
    y = 2 * x + random.exponential(size=300)
    path = write_csv(tmp_path / "q.csv", ["x", "y"], x, y)
    out = tmp_path / "out.csv"
    train_linear(
        *(
            "--train",
            path,
            "--loss",
            "quantile",
            "--loss-parameter",
            0.9,
            "--optimizer",
            "adam",
            "--learning-rate",
            0.02,
        ),
        *("--schedule", 3, "--schedule-steps", 1500, "--epochs", 500, "--predict", path, "--out", out),
    )
    reference = QuantileRegressor(quantile=0.9, alpha=0).fit(x[:, None], y)
    pinball = lambda p: np.mean(np.maximum(0.9 * (y - p), 0.1 * (p - y)))  # noqa: E731
    assert pinball(np.array(predictions(out), float)) < 1.003 * pinball(reference.predict(x[:, None]))


def test_weights(tmp_path):
    """Weight 2 is a sample twice, weight 0 one that is not there."""
    random = np.random.default_rng(1)
    weights = random.integers(0, 4, 150)
    twice = np.repeat(np.arange(150), weights)
    header = ["a", "b", "c", "d", "w", "y"]
    column = write_csv(tmp_path / "column.csv", header, *IRIS.data.T, weights, NAMES)
    repeated = write_csv(tmp_path / "twice.csv", [*"abcd", "y"], *IRIS.data[twice].T, [NAMES[i] for i in twice])
    plain = write_csv(tmp_path / "plain.csv", [*"abcd", "y"], *IRIS.data.T, NAMES)
    (tmp_path / "w.txt").write_text("\n".join(map(str, weights)) + "\n")
    np.save(tmp_path / "w.npy", weights)
    runs = [
        (column, "--weights", "w"),
        (column, "--weights", "5"),
        (repeated,),
        (plain, "--weights", tmp_path / "w.txt"),
        (plain, "--weights", tmp_path / "w.npy"),
    ]
    found = []
    for run in runs:
        saved = tmp_path / "weights.npy"
        train_linear("--train", *run, "--l2", 0.01, "--save", saved)
        found.append(np.load(saved))
    assert np.abs(found[0]).max() > 0.1
    for other in found[1:]:
        np.testing.assert_allclose(other, found[0], atol=1e-4)


def test_validation_ends_a_fit(tmp_path):
    random = np.random.default_rng(4)
    X = random.standard_normal((200, 60))
    y = np.where(X[:, 0] + random.standard_normal(200) > 0, "yes", "no")
    header = [*(f"x{i}" for i in range(60)), "y"]
    train = write_csv(tmp_path / "train.csv", header, *X[:120].T, y[:120])
    validation = write_csv(tmp_path / "validation.csv", header, *X[120:].T, y[120:])
    for options in (("--validation", validation), ("--validation-fraction", 0.25)):
        output = train_linear("--train", train, *options, "--patience", 3, "--tolerance", 0.001)
        epochs, best = map(int, re.search(r"ended in epoch (\d+): no progress.*in epoch (\d+)$", output, re.M).groups())
        assert best < epochs <= best + 4
    assert "90 training" in output
    assert "80 test samples" in train_linear(
        "--train", train, "--test", validation, "--optimizer", "sgd", "--epochs", 2, "--patience", 1
    )


def test_images_as_before(tmp_path):
    saved = tmp_path / "weights.npy"
    options = ("--optimizer", "momentum", "--learning-rate", 0.05, "--epochs", 5, "--save", saved)
    output = train_linear("--data", DIGITS, "--feature-maximum", 16, *options)
    assert np.load(saved).shape == (65, 10)
    assert float(re.search(r"^ +end.* (\S+)%", output, re.MULTILINE)[1]) > 85
    images = DIGITS / "t10k-images-idx3-ubyte.gz"
    out = tmp_path / "out.csv"
    train_linear(*("--data", DIGITS, "--l2", 0.001, "--save", tmp_path / "m", "--predict", images, "--out", out))
    labels = np.frombuffer(gzip.decompress((DIGITS / "t10k-labels-idx1-ubyte.gz").read_bytes())[8:], np.uint8)
    assert np.mean(np.array(predictions(out), int) == labels) > 0.85


def test_a_fit_that_went_amiss_names_the_feature(tmp_path):
    random = np.random.default_rng(5)
    small, large, noise = random.standard_normal(100), 1e4 * random.standard_normal(100), random.standard_normal(100)
    path = write_csv(tmp_path / "scales.csv", ["small", "income", "y"], small, large, small + noise)
    words = warning_of(
        *("--train", path, "--task", "regress", "--optimizer", "sgd", "--learning-rate", 1e-8, "--maximize", 1),
        *("--epochs", 1, "--batch-size", 10),
    )
    assert "went amiss" in words
    assert "Feature 2 (income) has the largest magnitude" in words
    words = train_linear("--train", path, "--task", "regress", "--optimizer", "sgd", "--epochs", 50, status=1)
    assert "finite" in words


def test_help_lists_everything():
    words = train_linear("--help")
    options = re.findall(
        r"\{(?:NULL|\"[^\"]*\"),\s+\"([a-z0-9-]+)\"", (ROOT / "bindings/c/command_options.h").read_text()
    )
    assert len(options) > 25
    for name in (*options, "learning-rate", "optimizer-patience", "huber", "lbfgs", "multiclass_hinge"):
        assert re.search(rf"(^|[ -]){name}\b", words, re.MULTILINE), name
