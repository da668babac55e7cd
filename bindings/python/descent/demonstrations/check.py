"""`python -m descent check`: gradients compared with differences, as a programmer does before trusting his own."""

import numpy as np
from numpy.typing import NDArray

import descent

Point = NDArray[np.float64]

SAMPLES, FEATURES, CLASSES = 60, 12, 4


def _data() -> tuple[Point, NDArray[np.int32]]:
    random = np.random.default_rng(7)
    labels = random.integers(0, CLASSES, SAMPLES).astype(np.int32)
    centres = random.normal(size=(CLASSES, FEATURES))
    return centres[labels] + random.normal(size=(SAMPLES, FEATURES)), labels


def softmax(weights: Point) -> tuple[float, Point]:
    """The softmax loss of a linear classifier, and its gradient: right."""
    features, labels = _data()
    value, slopes = descent.softmax_cross_entropy(features @ weights, labels)
    return value, features.T @ slopes


def softmax_without_mean(weights: Point) -> tuple[float, Point]:
    """The same with a mistake that everyone makes once: the division by the number of samples is forgotten."""
    value, gradient = softmax(weights)
    return value, gradient * SAMPLES


def softmax_with_typing_error(weights: Point) -> tuple[float, Point]:
    """The same with one derivative of 48 wrong by a hundredth: no training curve would show it."""
    value, gradient = softmax(weights)
    gradient[5, 2] *= 1.01
    return value, gradient


def hinge(weights: Point) -> tuple[float, Point]:
    """The SVM loss: a sum of corners, each a kink."""
    features, labels = _data()
    value, slopes = descent.multiclass_hinge(features @ weights, labels)
    return value, features.T @ slopes


def hinge_of_scores(scores: Point) -> tuple[float, Point]:
    """The SVM loss of one sample of class 0, as a function of its scores: a corner where another score is 1 below."""
    value, gradient = descent.multiclass_hinge(scores.reshape(1, -1), np.zeros(1, np.int32))
    return value, gradient.ravel()


def softmax_in_single_precision(weights: Point) -> tuple[float, Point]:
    """The softmax loss computed in float32, with 20,000 added to it: too few digits remain for differences."""
    features, labels = _data()
    scores = (features @ weights).astype(np.float32)
    value, slopes = descent.softmax_cross_entropy(scores, labels)
    return float(np.float32(value) + np.float32(2e4)), features.T @ slopes


_CASES = (
    ("softmax loss of a linear classifier, gradient right", softmax, None),
    ("the same, the mean forgotten", softmax_without_mean, None),
    ("the same, one derivative of 48 wrong by 1 %", softmax_with_typing_error, None),
    ("SVM loss (multiclass hinge), gradient right", hinge, None),
    ("softmax loss + 20,000, computed in float32, gradient right", softmax_in_single_precision, None),
    ("SVM loss of the scores (2, 1, 3), at the corner where 2 - 1 is the margin", hinge_of_scores, (2.0, 1.0, 3.0)),
)


def main() -> list[descent.GradientReport]:
    """Prints what the checks find, and returns it."""
    print("An analytic gradient against central differences, error |a - n| / max(|a|, |n|): right up to 1e-6, wrong")
    print("above 1e-3. The library looks for corners too: there two derivatives are right, and none is an error.")
    print("Where the noise of the function hides the derivative, the answer is neither.")
    weights = 0.1 * descent.initialize((FEATURES, CLASSES), "normal", seed=3, dtype=np.float64)
    reports = []
    for title, function, point in _CASES:
        report = descent.check_gradient(function, weights if point is None else point)
        reports.append(report)
        print(f"\n{title}")
        print(f"    {report.verdict}: error {report.max_relative_error:.1e} at {report.worst_index}")
        print(f"    analytic {report.analytic:.10f}, numeric {report.numeric:.10f} there")
        print(f"    {report.checked} derivatives compared, {report.suspected_kinks} at a kink")
        if report.advice:
            print(f"    {report.undetermined} undetermined: {report.advice}")

    x = np.array([1.3])
    print("\nThe error of a numeric derivative of exp at 1.3, by the method:")
    for method in ("forward", "central", "richardson"):
        error = abs(descent.numeric_gradient(lambda p: np.exp(p[0]), x, method=method)[0] / np.exp(1.3) - 1)
        print(f"    {method:10}  {error:.1e}")
    return reports
