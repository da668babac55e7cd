"""What train_linear says of damaged files and of wrong command lines: where, and what was expected."""

import gzip
import io

import numpy as np
import pytest
from programs import train_linear

ALTERED = "no model of train_linear --save, or it was altered"
GOOD_CSV = b"a,b,y\n1,2,yes\n3,4,no\n5,7,yes\n"


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


CSV = {
    "empty": (b"", "a header with the names of columns was expected, but there is nothing"),
    "only a header": (b"a,b,y\n", "at least one sample was expected, but there is none"),
    "no header": (b"1,2,0\n3,4,1\n", "line 1: a header with the names of columns was expected, but there are numbers"),
    "a first sample": (
        b"1.5,2,yes\n3,4,no\n",
        "line 1: a header with the names of columns was expected, but there seems",
    ),
    "semicolons": (b"a;b;y\n1;2;yes\n", "line 1: commas were expected between the columns, but there are semicolons"),
    "tabs": (b"a\tb\ty\n1\t2\tyes\n", "line 1: commas were expected between the columns, but there are tabs"),
    "one column": (b"y\nyes\nno\n", "line 1: a column of features was expected beside the target"),
    "text for a number": (
        b"a,b,y\n1,2,yes\n3,old,no\n",
        'line 3, column 2 (b): a number was expected, not "old"',
    ),
    "NaN": (b"a,b,y\n1,nan,yes\n", "line 2, column 2 (b): a number was expected, and nan is not finite"),
    "infinity": (b"a,b,y\n1,-inf,yes\n", "line 2, column 2 (b): a number was expected, and -inf is not finite"),
    "huge": (b"a,b,y\n1e999,2,yes\n", "line 2, column 1 (a): a number was expected, and 1e999 is too large"),
    "too large for float32": (b"a,b,y\n1e300,2,yes\n1,2,no\n", "column 0 is too large"),
    "missing number": (b"a,b,y\n1,,yes\n", "line 2, column 2 (b): a number was expected, but there is nothing"),
    "blanks": (b"a,b,y\n1,  ,yes\n", "line 2, column 2 (b): a number was expected, but there is nothing"),
    "missing label": (b"a,b,y\n1,2,\n", "line 2, column 3 (y): a label was expected, but there is nothing"),
    "too few fields": (b"a,b,y\n1,2,yes\n1,no\n", "line 3: 3 fields were expected, as in the header, but there are 2"),
    "too many fields": (b"a,b,y\n1,2,3,no\n", "line 2: 3 fields were expected, as in the header, but there are 4"),
    "the same name twice": (
        b"a,a,y\n1,2,yes\n",
        "line 1, column 2 (a): a name of its own was expected, but column 1 has it already",
    ),
    "one class": (b"a,b,y\n1,2,yes\n3,4,yes\n", 'labels of at least two classes were expected, but all are "yes"'),
    "continuous labels": (b"a,y\n1,0.5\n2,1\n", "line 2, column 2 (y): a label was expected, not the number 0.5"),
    "an open quote": (
        b'a,b,y\n1,2,"yes\n3,4,no\n',
        "line 2, column 3: the quoted field that begins here has no",
    ),
    "text behind a quote": (
        b'a,b,y\n1,2,"y"es\n',
        "line 2, column 3: a comma or the end of the line was expected",
    ),
    "a quote over lines": (
        b'a,"b\nb",y\n1,2,yes\n1,x,no\n',
        'line 4, column 2 (b?b): a number was expected, not "x"',
    ),
    "binary": (b"a,b,y\n1,\x00\x01\xff,yes\n", "line 2, column 2: text was expected, but there is a byte 00"),
    "odd bytes": (b"a,b,y\n1,\xff\x01\xfe2,yes\n", 'line 2, column 2 (b): a number was expected, not "???2"'),
    "a long text": (b"a,y\n" + b"x" * 100000 + b",1\n", 'a number was expected, not "' + "x" * 40 + '..."'),
    "old line ends": (b"a,b,y\r1,2,yes\r3,4,no", "at least one sample was expected"),
}

SVMLIGHT = {
    "empty": (b"", "at least one sample was expected, but there is none"),
    "only comments": (b"# nothing\n\n  # else\n", "at least one sample was expected, but there is none"),
    "no label": (b"1 1:2\n1:3 2:4\n", 'line 2, column 1: a label was expected, not "1:3"'),
    "text as label": (b"yes 1:2\n", 'line 1, column 1: a number as label was expected, not "yes"'),
    "several labels": (b"1,2 1:2\n", 'line 1, column 1: a number as label was expected, not "1,2"'),
    "index 0": (b"1 1:2\n0 0:3\n", "line 2, column 2: an index from 1 to 2147483647 was expected"),
    "a huge index": (b"1 99999999999999999999:3\n", "line 1, column 2: an index from 1 to 2147483647 was expected"),
    "descending": (b"1 3:1 2:1\n", "line 1, column 3: an index above 3 was expected (they ascend)"),
    "twice": (b"1 3:1 3:1\n", "line 1, column 3: an index above 3 was expected (they ascend)"),
    "no colon": (b"1 3\n", 'line 1, column 2: index:value was expected, not "3"'),
    "negative": (b"1 -3:1\n", 'line 1, column 2: index:value was expected, not "-3:1"'),
    "no value": (b"1 3: 4:1\n", "line 1, column 2: a number behind the colon was expected, but there is nothing"),
    "NaN": (b"1 3:nan\n", "line 1, column 2: a number behind the colon was expected, and nan is not finite"),
    "huge": (b"1 3:1e400\n", "line 1, column 2: a number behind the colon was expected, and 1e400 is too large"),
    "continuous": (b"0.25 1:1\n", "line 1, column 1: a label was expected, not the number 0.25"),
    "binary": (b"1 1:\x002\n", "line 1: text was expected, but there is a byte 00"),
    "no features": (b"1\n2\n", "features were expected, but no sample has any"),
}

VW = {
    "empty": (b"", "at least one sample was expected, but there is none"),
    "only line ends": (b"\n\r\n  \n", "at least one sample was expected, but there is none"),
    "no bar": (b"1 | a\n2 a b\n", "line 2: a | in front of the features was expected"),
    "no label": (b"1 | a\n| b\n", "line 2, column 1: a label, and a blank behind it, was expected in front of the |"),
    "a label that touches the bar": (b"1| a\n", "line 1, column 1: a label, and a blank behind it, was expected"),
    "only a tag": (b"1 | a\n'tag | b\n", "line 2, column 1: a label, and a blank behind it, was expected"),
    "a weight that is none": (b"1 old | a\n", 'line 1, column 2: a weight from 0 on was expected, not "old"'),
    "a negative weight": (b"1 -2 | a\n", "line 1, column 2: a weight from 0 on was expected, not -2"),
    "an initial prediction": (
        b"1 1 0.5 | a\n",
        'line 1, column 3: the features behind a | were expected, not "0.5"',
    ),
    "four words": (b"1 1 'a b| a\n", 'line 1, column 4: the features behind a | were expected, not "b"'),
    "no number": (
        b"1 | a b:\n",
        "line 1, column 4: a number behind the colon was expected, but there is nothing",
    ),
    "text for a number": (
        b"1 | a\n2 |x see http://a.b\n",
        'line 2, column 4: a number behind the colon was expected, not "//a.b"',
    ),
    "NaN": (b"1 |a b c:nan\n", "line 1, column 4: a number behind the colon was expected, and nan is not finite"),
    "a bad factor": (b"1 |a:x b\n", 'line 1, column 2: a number behind the colon was expected, not "x"'),
    "no name": (b"1 | :5\n", "line 1, column 3: a name in front of the colon was expected"),
    "no name of a namespace": (b"1 |:5 a\n", "line 1, column 2: a name in front of the colon was expected"),
    "a huge product": (
        b"1 |a:1e200 b:1e200\n",
        "line 1, column 3: a value was expected, and this one is too large",
    ),
    "a huge sum": (b"1 | a:1e308 b a:1e308\n", "line 1: the sum of the values of one feature is too large"),
    "too large for float32": (
        b"1 | a:1e300\n2 | b\n",
        "line 1: numbers that fit into 32 bits were expected, and 1e+300 is too large",
    ),
    "continuous": (b"0.25 | a\n", "line 1, column 1: a label was expected, not the number 0.25"),
    "one class": (b"yes | a\nyes | b\n", 'labels of at least two classes were expected, but all are "yes"'),
    "binary": (b"1 | a\x00b\n", "line 1: text was expected, but there is a byte 00"),
}

NPY = {
    "empty": (b"", "not a .npy file"),
    "text": (GOOD_CSV, "not a .npy file"),
    "only a header": (npy(np.ones((3, 2)))[:128], "truncated: 3 rows of 2 numbers were expected, but it ends in row 1"),
    "half a header": (npy(np.ones((3, 2)))[:60], "truncated or altered: its header alone should have 118 bytes"),
    "truncated": (npy(np.ones((3, 2)))[:-1], "but it ends in row 3"),
    "longer": (npy(np.ones((3, 2))) + b"x", "altered: bytes follow the last number"),
    "a vector": (npy(np.ones(3)), "a matrix was expected"),
    "a cube": (npy(np.ones((3, 2, 2))), "an array of one or two dimensions was expected"),
    "no rows": (npy(np.ones((0, 2))), "an array with at least one number was expected, not one of shape (0, 2)\n"),
    "complex": (npy(np.ones((3, 2), complex)), "float32, float64 or whole numbers were expected"),
    "objects": (npy(np.array([[b"x"]])), "float32, float64 or whole numbers were expected"),
    "columns first": (npy(np.asfortranarray(np.ones((3, 2)))), "an array in C order was expected"),
    "NaN": (npy(np.array([[1, 0], [np.nan, 1]])), "row 2, column 1: a number was expected, and nan is not finite"),
    "structures": (npy(np.zeros(2, "f4, f4")), "but the array's type is a structure\n"),
    "halves": (npy(np.ones((3, 2), np.float16)), "but the array's type is '<f2'\n"),
    "NaN as label": (
        npy(np.array([[1, 0], [2, np.nan]])),
        "row 2, column 2: a label was expected, not the number nan",
    ),
    "only labels": (npy(np.array([[1.0], [2]])), "features and a column of labels were expected"),
    "impossible": (
        npy(np.ones((3, 2))).replace(b"(3, 2), ", b"(2305843009213693951, 9), ")[:128] + b"x",
        "altered: 2305843009213693951 rows of 9 columns cannot be",
    ),
}
CASES = [(kind, name) for kind, cases in (("csv", CSV), ("svm", SVMLIGHT), ("vw", VW), ("npy", NPY)) for name in cases]


@pytest.mark.parametrize(("kind", "name"), CASES)
@pytest.mark.parametrize("compressed", [False, True])
def test_a_damaged_file(tmp_path, kind, name, compressed):
    content, words = {"csv": CSV, "svm": SVMLIGHT, "vw": VW, "npy": NPY}[kind][name]
    path = tmp_path / f"data.{kind}"
    path.write_bytes(gzip.compress(content) if compressed else content)
    said = train_linear("--train", path, "--save", tmp_path / "model", status=1)
    assert words in said
    assert len(said.splitlines()) == 1
    assert [found.name for found in tmp_path.iterdir()] == [path.name], "something was saved"


def test_a_truncated_gzip_file(tmp_path):
    path = tmp_path / "data.csv.gz"
    rows = b"".join(b"%d,%d,%d\n" % (i, i * i, i % 2) for i in range(1000))
    path.write_bytes(gzip.compress(b"a,b,y\n" + rows)[:-10])
    assert "truncated or altered: gzip ended with status 1" in train_linear("--train", path, status=1)


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "good.csv"
    path.write_bytes(GOOD_CSV)
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,c,y\n1,2,no\n", 'line 1: a column "b" was expected, as in the training data'),
        (b"a,b,z\n1,2,no\n", 'line 1: a column "y" was expected, as in the training data'),
        (b"y,b,a\nmaybe,2,3\n", 'line 2, column 1 (y): a label of the training data was expected, not "maybe"'),
    ],
)
def test_other_data_must_match(tmp_path, data, content, words):
    other = tmp_path / "other.csv"
    other.write_bytes(content)
    for name in ("--test", "--validation"):
        assert words in train_linear("--train", data, name, other, status=1)
    model = tmp_path / "model"
    train_linear("--train", data, "--save", model)
    assert words in train_linear("--load", model, "--test", other, status=1)


def test_an_index_beyond_the_training_data(tmp_path):
    train, test = tmp_path / "a.svm", tmp_path / "b.svm"
    train.write_text("1 1:2 3:4\n0 2:1\n")
    test.write_text("1 1:2\n1 1:2 4:1\n")
    words = "line 2: an index up to 3 was expected, the number of features of the training data, not 4"
    assert words in train_linear("--train", train, "--test", test, status=1)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("1\n2\n", "3 weights were expected, one for each sample, but there are 2"),
        ("1\n2\n3\n4\n", "3 weights were expected, one for each sample, but there are 4"),
        ("1\n-2\n3\n", "line 2: a weight from 0 on was expected, not -2"),
        ("1\nx\n3\n", 'line 2: a weight from 0 on was expected, not "x"'),
        ("0\n0\n0\n", "weights"),
    ],
)
def test_bad_weights(tmp_path, data, content, words):
    path = tmp_path / "weights.txt"
    path.write_text(content)
    assert words in train_linear("--train", data, "--weights", path, status=1)


def test_damaged_models(tmp_path, data):
    model = tmp_path / "model"
    train_linear("--train", data, "--save", model)
    good = model.read_bytes()
    for size in (0, 1, 20, len(good) // 2, len(good) - 1):
        model.write_bytes(good[:size])
        assert "no model of train_linear --save, or it was altered" in train_linear(
            "--load", model, "--test", data, status=1
        )
    for at in range(0, len(good), 7):
        model.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert "no model of train_linear --save, or it was altered" in train_linear(
            "--load", model, "--test", data, status=1
        )


def test_a_number_beside_the_target_that_is_none(tmp_path):
    path = tmp_path / "data.npy"
    path.write_bytes(npy(np.array([[1, 0, 2], [3, 1, np.inf]])))
    words = "row 2, column 3: a number was expected, and inf is not finite"
    assert f"{path}: {words}" in train_linear("--train", path, "--target", 2, status=1)


def test_columns_that_are_counted(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(b"0,1,y\n1,2,yes\n3,4,no\n")
    assert "2 training" in train_linear("--train", path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--task", "guess"], '"guess" is not one of classify regress'),
        (["--loss", "huber", "--task", "classify"], "huber takes real targets, which --task classify does not have"),
        (["--loss", "multiclass_hinge", "--task", "regress"], "takes labels, which --task regress does not have"),
        (["--loss-parameter", "1"], "softmax_cross_entropy has none"),
        (["--loss", "quantile", "--loss-parameter", "1"], "--loss-parameter: quantile: 1 is outside (0, 1)"),
        (["--learning-rate", "0.1"], "--learning-rate: it needs --optimizer"),
        (["--optimizer", "sgd", "--learning-rate", "-1"], "learning_rate"),
        (["--validation-fraction", "1"], "1 is outside [0, 1)"),
        (["--tolerance", "nan"], "nan is outside [0, 1)"),
        (["--epochs", "0"], '"0" is not a whole number from 1'),
        (["--predict", "x.csv"], "--predict: it and --out go together"),
        (["--load", "model"], "either this or --train"),
        (["--train-labels", "y.npy"], "the labels are in"),
        (["--validation", "x.csv", "--validation-fraction", "0.5"], "either this or --validation-fraction"),
        (["--train", "another.csv"], "one file is enough"),
        (["--hash-bits", "18"], "--hash-bits: it is for text in .vw files"),
        (["--hash-bits", "31"], "--hash-bits: 31 is outside [1, 30]"),
        (["--chunk", "9"], "--chunk: it is for .svm and .vw files to train with"),
        (["--normalize"], "--normalize: it is for .svm and .vw files"),
        (["--colour", "red"], "there is no such option"),
    ],
)
def test_wrong_command_lines(data, arguments, words):
    assert words in train_linear("--train", data, *arguments, status=2)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "z"], '--target: there is no column "z"'),
        (["--target", "4"], '--target: there is no column "4"'),
        (["--weights", "y"], "is the target"),
        (["--weights", "nowhere"], "nowhere: cannot open"),
        (["--save", "/nowhere/model"], "/nowhere/model: cannot"),
        (["--validation-fraction", "0.9"], "leaves no samples"),
        (["--task", "regress"], 'line 2, column 3 (y): a target was expected, not "yes"'),
    ],
)
def test_what_only_the_data_tell(data, arguments, words):
    assert words in train_linear("--train", data, *arguments, status=1)


def test_a_file_where_a_directory_was_expected(data):
    assert "--data names a directory, --train a file" in train_linear("--data", data, status=1)


def test_a_name_that_tells_nothing(tmp_path):
    table = tmp_path / "table.tsv"
    table.write_bytes(b"a\tb\ty\n1\t2\tyes\n")
    assert "names of other files end with .csv" in train_linear("--train", table, status=1)
