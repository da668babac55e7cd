"""A linear classifier in the manner of scikit-learn, trained in the library."""

from collections.abc import Callable, Mapping, Set
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._c.arrays import Array
from .._c.errors import InvalidArgumentError
from ..distributed import Communicator, class_totals
from ..functions.progress import Progress
from ..optimizers import Optimizer
from . import _answers, _inputs, _sklearn
from ._estimator import LinearEstimator, read_only
from ._model import LinearModel, Samples
from ._saving import OfTheFit


class OfProbabilities:
    """A method that only a classifier with probabilities has: scikit-learn's tools ask hasattr()."""

    def __init__(self, function: Callable[[Any, Any], NDArray[np.float32]]) -> None:
        """`function` is the method's own."""
        self._function = function

    def __get__(self, classifier: "LinearClassifier | None", owner: type) -> Callable[[Any], NDArray[np.float32]]:
        """The method, bound where there is a classifier."""
        if classifier is not None and classifier.loss != "softmax_cross_entropy":
            raise AttributeError(
                f"{self._function.__name__} needs the loss 'softmax_cross_entropy', and this one has "
                f"{classifier.loss!r}, whose scores are no logarithms of probabilities"
            )
        bound: Callable[[Any], NDArray[np.float32]] = self._function.__get__(classifier, owner)
        return bound


class LinearClassifier(LinearEstimator):
    """A linear classifier: scores = X W + b, trained by any optimizer of the library, or by one that it chooses.

    It has scikit-learn's interface, and works in its pipelines and searches. LinearClassifier().fit(X, y) is right on
    small and large data, scaled or not.

    loss: 'softmax_cross_entropy', 'multiclass_hinge' (the linear SVM), 'squared_hinge', or one of each class by itself
        against the rest: 'one_vs_rest_hinge', 'one_vs_rest_squared_hinge' (that of LinearSVC), 'one_vs_rest_logistic'.
        These, and any with two classes, can be fitted with the optimizer 'sdca', dual coordinate ascent, which needs an
        l2 above 0 and no learning rate; those with a second derivative with 'coordinate_descent', for an l1 above 0
    optimizer: None, which chooses what suits the data: L-BFGS to convergence for small ones, and larger ones with ten
        times as many samples as weights; else Adam with minibatches, a rate from the library's range test and a
        schedule, until the loss falls no more. Or an algorithm's name, for its default options; or an Optimizer, e.g.
        descent.Adam(learning_rate=0.01). Every fit starts it afresh. After a fit the given Optimizer has the state of
        that fit: step_count, and state('weights', ...) and state('bias', ...). So it has in the progress function,
        which can read, save and copy it, but not change it; other threads see the state of the fit before
    l1: strength of the regularization l1 * sum(|W|), [0, inf), which makes weights exactly 0: with optimizer=None, SGD,
        Momentum, Nesterov, AdaGrad, RMSProp, Adam and AdamW by a proximal step after each step, with L-BFGS by OWL-QN,
        with CoordinateDescent soonest to the minimum;
        for FTRL it is that method's own option, which stands against the sum of the gradients of all steps; with others
        it is an error. Beside l2 it is the elastic net
    l2: strength of the regularization l2 * sum(W * W), [0, inf); the bias is not regularized. None: 1 / (2 * samples),
        as LogisticRegression has it with C=1, if the optimizer is chosen, else 0
    epochs: how often a fit goes through the samples, at least 1; iterations of a batch method. None: what goes with the
        optimizer that is chosen, and 10 with one that is given: few steps where there are few samples
    batch_size: samples in a minibatch; 0 means all of them, batch gradient descent. None: 128, or what goes with the
        optimizer
    sampling: 'shuffle' (each sample once an epoch, in random order), 'replacement' (independent draws), 'stratified'
        (each sample once an epoch, the classes in every minibatch in the proportions of the data set) or 'weighted'
        (independent draws by the samples' weights, which then do not multiply the loss of the minibatches)
    class_weight: None; 'balanced', which gives all classes the same total weight; or a dict from label to weight,
        [0, inf), 1 for what it leaves out: what the samples' weights are multiplied by in a fit, and not in score() or
        evaluate(). In partial_fit() each chunk is balanced by itself
    seed: of sampling, initial weights and validation_fraction; the same seed gives the same draws everywhere
    standardize: whether each feature is centred and scaled by its mean and standard deviation, which are taken from the
        data in double; l1 and l2 act on the weights of features so scaled, coef_ is in the data's own units. None: if
        the optimizer is chosen and X is not sparse
    validation_fraction: in (0, 1), the share of the samples that is set aside, of each class its share, as validation
        data; None for none
    patience: the fit ends after so many epochs in which the loss, of the validation data if there are some, made no
        progress
    tolerance: by which share of itself the loss must fall to make progress, [0, 1); with it patience is 5 unless it is
        given
    dense_steps: with sparse X and minibatches, whether a step updates all weights. If not, it updates those of features
        that occur in the minibatch: with SGD, AdaGrad and FTRL the others catch up later, and the result is the same up
        to rounding (AdaGrad and FTRL only without l2 and weight decay, else they update all); with other optimizers
        momentum, means and decay of a weight stand still meanwhile
    average: whether the weights in the end are averages of those of the steps, as the optimizer's option average says
        ('ema' if it is 'none'); a batch method has none
    warm_start: whether a fit begins with the weights of the last one
    progress: None; True for a bar (tqdm's, where that is installed); or a function that gets a ProgressReport after
        every step: the fit stops when it returns a true value, or raises
    initial_weights: None, or (coef, intercept) to begin with, of the shapes of coef_ and intercept_
    initial_standard_deviation: of the weights' normal distribution before a fit; 0 starts with zeros
    scale, offset: features are used as X * scale + offset; scale=None means 1/255 where X of the fit is uint8, else 1,
        and holds for all that is predicted and evaluated after it, of whatever type: the same numbers mean the same
    communicator: None, or this process among several (descent.distributed.MPI(), for example), each of which calls the
        same methods with its own rows, at least one; descent.distributed says which. A fit is then one of all rows, and
        so are fit(), resume(), partial_fit() and learning_rate_range(); predictions and scores are of this process's
    shards: into how many parts all rows are divided, a power of two; the same fit on 1, 2, 4, ... processes has the
        same bits. batch_size must be a multiple of it. None: 8 with a communicator, else the rows are one whole

    X is whatever NumPy can read as numbers of shape (samples, features): arrays of any order, lists, data frames (the
    columns' names become feature_names_in_), memory maps. C-contiguous float32, float64, float16, bfloat16 (of
    ml_dtypes) and uint8 are used in place, all others are copied once: booleans and integers of 8 and 16 bits as
    float32 (uint8 as it is), the rest as float64. Or X is an array or a matrix of scipy.sparse: of CSR the values (of
    these types) and column
    numbers (int32) are used in place, other formats become CSR once, and rows that are not sorted or hold a column
    twice are put in order in a copy; offset must be 0, and standardizing scales without centring. NaN and infinity are
    refused, in fit() as in predict(). During a fit the numbers of what is used in place may change, but it cannot be
    resized or given other memory.

    Attributes of a fitted classifier:
    classes_: the different labels, sorted
    coef_, intercept_: the weights, of shape (classes, features), and the bias, of shape (classes,); of two classes
        there is one row, for the second class against the first, as in scikit-learn. In float32, or in float64 if the
        model is standardized; read-only copies: to change them would change nothing
        After sparsify() coef_ is a scipy.sparse matrix, until densify() or another fit
    n_features_in_: the number of features
    feature_names_in_: their names, if X was a data frame with text as names
    n_iter_: the number of epochs, or iterations
    history_: for every epoch a dict of epoch, step, loss (the mean over the epoch's samples), learning_rate,
        gradient_norm, update_ratio, seconds, plateau, update_cosine, zero_fraction, noise_scale and validation_loss
    loss_curve_: the losses of history_
    stopped_: whether the progress function or an interrupt stopped the fit; the result is usable
    stop_reason_: else 'epochs', 'patience', or 'minimum' if a batch method could not lower the loss any more

    A fit that ends with a loss that is NaN or infinite, or above the one it began with, warns (scikit-learn's
    ConvergenceWarning where that is loaded) and names the feature with the largest numbers.

    A fit that fails, or in which the progress function raises, leaves everything as it was. KeyboardInterrupt (Ctrl-C)
    comes out of it too, but what was trained until then takes the place of an earlier fit, as if the progress function
    had stopped it. Predictions may be made from several threads, which take turns; a fit must be alone with its
    estimator and its optimizer.

    save() and load(), state_dict() and load_state_dict(), pickling and copying keep all of it but the progress function
    (which pickling keeps): settings, parameters, the optimizer with its state, history, and where the fit stands. So a
    fit that was stopped goes on with resume(), and save() in the progress function writes a checkpoint of the fit that
    is running:

        classifier.set_params(progress=lambda report: classifier.save("fit.descent") if report.epoch_end else None)
        ...
        descent.LinearClassifier.load("fit.descent").resume(X, y)
    """

    _estimator_type = "classifier"
    _kind = "classifier"
    _takes_labels = True

    class_weight: Mapping[Any, float] | str | None

    classes_ = OfTheFit[NDArray[Any]]()

    def __init__(
        self,
        *,
        loss: str = "softmax_cross_entropy",
        optimizer: str | Optimizer | None = None,
        l1: float = 0.0,
        l2: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        sampling: str = "shuffle",
        seed: int = 0,
        class_weight: Mapping[Any, float] | str | None = None,
        standardize: bool | None = None,
        validation_fraction: float | None = None,
        patience: int | None = None,
        tolerance: float | None = None,
        average: bool = False,
        dense_steps: bool = False,
        warm_start: bool = False,
        progress: Progress | bool | None = None,
        initial_weights: tuple[ArrayLike, ArrayLike] | None = None,
        initial_standard_deviation: float = 0.0,
        scale: float | None = None,
        offset: float = 0.0,
        communicator: Communicator | None = None,
        shards: int | None = None,
    ) -> None:
        """Keeps the settings; fit() looks at them."""
        self._keep(locals())

    def fit(self, X: Any, y: Any, sample_weight: Any = None, validation: Any = None) -> Self:
        """Trains on features X and labels y, from the start; returns itself.

        y: one label per sample, of any kind that numpy.unique can sort: integers, strings, ...; no NaN or None
        sample_weight: how much each sample counts, [0, inf), not all 0; weight 2 is a sample twice, weight 0 one that
            is not there. None: all count 1
        validation: (X, y) or (X, y, sample_weight), other samples, after whose loss the weights of the best epoch are
            kept

        TypeError: X holds no numbers, or a setting is of a wrong type. InvalidArgumentError: X is empty, or holds NaN
        or infinity (the text names row and column), or a setting is out of range. UnknownNameError: loss, optimizer or
        sampling. ShapeMismatchError: X has not two axes, or y not one label for each sample. All are ValueErrors.
        OutOfMemoryError. Whatever the progress function raises.
        """
        return self._fit(X, y, sample_weight, validation)

    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> Self:
        """One pass over a chunk of a stream; state and schedule of the optimizer go on from the chunk before.

        Means and deviations of standardized features are those of the first chunk. epochs, patience, tolerance and
        validation_fraction are settings of fit() only.

        classes: all labels that there will be; needed in the first call, and the same later. InvalidArgumentError names
            labels that are not among them
        optimizer=None is Adam here, with a rate of 1 / features, in [0.001, 0.1], where features are standardized.
        Otherwise as in fit()
        """
        if not self.__sklearn_is_fitted__():
            if classes is None:
                raise InvalidArgumentError("classes must be passed on the first call to partial_fit.")
            known = self._listed(classes)
        else:
            known = self.classes_
            if classes is not None and not np.array_equal(self._listed(classes), known):
                raise InvalidArgumentError(
                    f"`classes={classes!r}` is not the same as on last call to partial_fit, was: {known!r}"
                )
        return self._partial_fit(X, y, sample_weight, lambda y, samples: self._indexed(y, samples, known))

    def decision_function(self, X: Any) -> NDArray[np.float32]:
        """The scores: shape (samples, classes), or (samples,) for two classes. Errors as in predict()."""
        scores = _inputs.as_results(self._fitted_model.scores(self._known_data(X)), "scores")
        return scores[:, 0] if self._fitted_model.kind == "binary" else scores

    def predict(self, X: Any) -> NDArray[Any]:
        """The label with the highest score for each sample, the first of equals.

        NotFittedError before a fit; TypeError, InvalidArgumentError and ShapeMismatchError for X, as in fit().
        InvalidArgumentError where scores are not finite in float32, because of huge numbers in X or in the weights.
        """
        scores = self.decision_function(X)
        best = (scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)
        predicted: NDArray[Any] = self.classes_[best]
        return predicted

    @OfProbabilities
    def predict_proba(self, X: Any) -> NDArray[np.float32]:
        """The softmax of the scores: shape (samples, classes), for two classes too. Errors as in predict().

        With the hinge losses, whose scores are not logarithms of probabilities, there is no such method.
        """
        probabilities: NDArray[np.float32] = np.exp(self._log_probabilities(X)).astype(np.float32)
        return probabilities

    @OfProbabilities
    def predict_log_proba(self, X: Any) -> NDArray[np.float32]:
        """The logarithms of predict_proba(X), exact where these are very small. Errors as there."""
        return self._log_probabilities(X).astype(np.float32)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The accuracy: the (weighted) share of samples with the right predicted label. Errors as in predict()."""
        predicted = self.predict(X)
        labels = _answers.as_labels(y, len(predicted), type(self).__name__)
        return float(np.average(predicted == labels, weights=_answers.as_weights(sample_weight, len(labels))))

    @property
    def coef_(self) -> Array:
        """A copy of the weights: shape (classes, features), or (1, features); sparse after sparsify()."""
        coef: Array = self._shown(np.ascontiguousarray(self._parameters[0].T))
        return coef

    @property
    def intercept_(self) -> Array:
        """A copy of the bias: shape (classes,), or (1,) for two classes."""
        return read_only(self._parameters[1])

    def __sklearn_tags__(self) -> Any:
        """Answers scikit-learn's question; scikit-learn is needed only by those who use it."""
        return _sklearn.tags("classifier", several_targets=False)

    def _log_probabilities(self, X: Any) -> NDArray[np.float64]:
        scores = self.decision_function(X).astype(np.float64)
        if scores.ndim == 1:
            return np.stack([-np.logaddexp(0, scores), -np.logaddexp(0, -scores)], axis=1)
        scores -= scores.max(axis=1, keepdims=True)
        logarithms: NDArray[np.float64] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        return logarithms

    def _listed(self, classes: Any) -> NDArray[Any]:
        """Labels that somebody lists, in any order, sorted."""
        if isinstance(classes, Set):
            classes = list(classes)
        if np.asarray(classes).ndim != 1 or len(classes) == 0:
            raise InvalidArgumentError(f"classes must be a list of all labels that there will be, not {classes!r}")
        try:
            return _answers.different_labels(_answers.as_labels(classes, len(classes), type(self).__name__))[0]
        except (InvalidArgumentError, TypeError) as error:
            raise type(error)(f"classes, as y: {error}") from None

    def _new_answers(self, y: Any, samples: int) -> dict[str, Any]:
        labels = _answers.as_labels(y, samples, type(self).__name__)
        classes, indices = _answers.different_labels(labels)
        return {"classes": classes, "labels": indices.astype(np.int32)}

    def _known_answers(self, y: Any, samples: int) -> dict[str, Any]:
        return self._indexed(y, samples, self.classes_)

    def _answers_like(self, answers: Mapping[str, Any], y: Any, samples: int) -> dict[str, Any]:
        return self._indexed(y, samples, answers["classes"])

    def _indexed(self, y: Any, samples: int, classes: NDArray[Any]) -> dict[str, Any]:
        """Labels as places in a list that must have all of them."""
        labels = _answers.as_labels(y, samples, type(self).__name__)
        indices = np.searchsorted(classes, labels).clip(max=len(classes) - 1).astype(np.int32)
        unknown = classes[indices] != labels
        if unknown.any():
            wrong = int(np.argmax(unknown))
            [label] = labels[wrong : wrong + 1].tolist()
            raise InvalidArgumentError(f"y[{wrong}] is {label!r}, a label that the fit did not have")
        return {"classes": classes, "labels": indices}

    def _new_model(self, dimension: int, answers: Mapping[str, Any]) -> LinearModel:
        outputs = len(answers["classes"])
        if outputs == 2:
            return LinearModel("binary", dimension, 1, self.loss)
        return LinearModel("classifier", dimension, outputs, self.loss)

    def _weights(self, answers: Mapping[str, Any], weights: Any, communicator: Communicator | None) -> Any:
        classes, labels, totals = answers["classes"], answers["labels"], None
        if self._shard_count > 1 and isinstance(self.class_weight, str):
            totals = class_totals(labels, len(classes), weights, communicator, self._shard_count)
        return _answers.class_weights(self.class_weight, classes, labels, weights, totals, is_all=communicator is None)

    def _summary(self, answers: Mapping[str, Any]) -> Any:
        return answers["classes"]

    def _united(self, answers: dict[str, Any], summaries: list[Any]) -> dict[str, Any]:
        classes = np.unique(np.concatenate(summaries))
        places = np.searchsorted(classes, answers["classes"]).astype(np.int32)
        return {"classes": classes, "labels": places[answers["labels"]]}

    def _default_l2(self, total_weight: float, samples: Samples) -> float:
        return 0.5 / total_weight
