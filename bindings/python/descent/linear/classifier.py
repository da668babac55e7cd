"""A linear classifier in the manner of scikit-learn, trained in the library."""

import copy
import inspect
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._c.arrays import Array, real_number, whole_number
from .._c.declarations import Dataset
from .._c.enumerations import REASONS, SAMPLINGS
from .._c.errors import InvalidArgumentError, ShapeMismatchError, UnknownNameError
from .._c.table import LOSSES
from ..functions.gradients import GradientReport, make_report
from ..functions.progress import Observer, Progress
from ..functions.range_tests import RangeTest, run_range_test
from ..functions.results import OptimizeResult, make_result
from ..functions.searching import make_search_options
from ..optimizers import OPTIMIZERS, Optimizer, require_optimizer_name
from ._fitted import Fitted
from ._model import CLASSIFIER_WORDS, LinearModel, make_fit_options
from ._predictor import LinearPredictor
from ._samples import require_features, require_labels

_FIT_SAMPLINGS = [name for name in SAMPLINGS if name != "weighted"]


class LinearClassifier(LinearPredictor):
    """A linear classifier: scores = X W + b, trained with minibatches by any optimizer of the library.

    It has scikit-learn's interface, and works in its pipelines and searches.

    loss: 'softmax_cross_entropy', 'multiclass_hinge' (the linear SVM) or 'squared_hinge'
    optimizer: an algorithm's name, for its default options; an Optimizer, e.g. descent.Adam(learning_rate=0.01); or
        None, which is 'adam'. Every fit starts it afresh. After a fit the given Optimizer has the state of that fit:
        step_count, and state('weights', ...) and state('bias', ...). So it has in the progress function, which can
        read, save and copy it, but not change it; other threads see the state of the fit before
    l2: strength of the regularization l2 * sum(W * W), [0, inf); the bias is not regularized
    epochs: how often a fit goes through the samples, at least 1
    batch_size: samples in a minibatch; 0 means all of them, batch gradient descent
    sampling: 'shuffle' (each sample once an epoch, in random order), 'replacement' (independent draws) or 'stratified'
        (each sample once an epoch, the classes in every minibatch in the proportions of the data set)
    seed: of sampling and initial weights; the same seed gives the same draws everywhere
    progress: None, or a function that gets a ProgressReport after every step; the fit stops when it returns a true
        value, or raises
    initial_standard_deviation: of the weights' normal distribution before a fit; 0 starts with zeros
    scale, offset: features are used as X * scale + offset; scale=None means 1/255 for uint8, and 1 for all others

    X is a C-contiguous array of shape (samples, features), of float32, float64 or integers. uint8 and float32 are used
    in place, without a copy. All others are copied: scaled and shifted in double, and rounded to float32 once, so that
    an offset can take away what float32 could not hold. X may be read-only. During a fit the numbers of what is used in
    place may change, but it cannot be resized or given other memory.

    Attributes of a fitted classifier:
    classes_: the different labels, sorted
    coef_, intercept_: copies of the weights, of shape (classes, features), and of the bias, of shape (classes,), for
        two classes too. In float32, and read-only: to change them would change nothing
    n_features_in_: the number of features
    history_: for every epoch a dict of epoch, step, loss (the mean over the epoch's samples), learning_rate,
        gradient_norm, update_ratio, seconds, plateau, update_cosine, zero_fraction and noise_scale
    stopped_: whether the progress function or an interrupt stopped the fit; the result is usable

    A fit that fails, or in which the progress function raises, leaves everything as it was. KeyboardInterrupt (Ctrl-C)
    comes out of it too, but what was trained until then takes the place of an earlier fit, as if the progress function
    had stopped it. Predictions may be made from several threads, which take turns; a fit must be alone with its
    classifier and its optimizer.

    save() and load(), state_dict() and load_state_dict(), pickling and copying keep all of it but the progress function
    (which pickling keeps): settings, parameters, the optimizer with its state, history, and where the fit stands. So a
    fit that was stopped goes on with resume(), and save() in the progress function writes a checkpoint of the fit that
    is running:

        classifier.set_params(progress=lambda report: classifier.save("fit.descent") if report.epoch_end else None)
        ...
        descent.LinearClassifier.load("fit.descent").resume(X, y)
    """

    _estimator_type = "classifier"

    def __init__(
        self,
        *,
        loss: str = "softmax_cross_entropy",
        optimizer: str | Optimizer | None = "adam",
        l2: float = 0.0,
        epochs: int = 10,
        batch_size: int = 128,
        sampling: str = "shuffle",
        seed: int = 0,
        progress: Progress | None = None,
        initial_standard_deviation: float = 0.0,
        scale: float | None = None,
        offset: float = 0.0,
    ) -> None:
        """Keeps the settings; those that cannot be right by themselves are refused here, the others by fit()."""
        self.loss = loss
        self.optimizer = optimizer
        self.l2 = l2
        self.epochs = epochs
        self.batch_size = batch_size
        self.sampling = sampling
        self.seed = seed
        self.progress = progress
        self.initial_standard_deviation = initial_standard_deviation
        self.scale = scale
        self.offset = offset
        self._require_settings()

    def fit(self, X: Array, y: ArrayLike) -> Self:
        """Trains on features X and labels y, from the start; returns itself.

        y: one label per sample, of any kind that numpy.unique can sort: integers, strings, ...

        TypeError: X is not an array of float32, float64 or integers, or a setting is of a wrong type.
        InvalidArgumentError: X is empty or not C-contiguous, or a setting is out of range. UnknownNameError: loss,
        optimizer or sampling. ShapeMismatchError: X has not two axes, or y not one label for each sample. All are
        ValueErrors. OutOfMemoryError. Whatever the progress function raises.
        """
        self._require_idle()
        model, classes, data = self._prepare(X, y)
        # The given optimizer is not touched before everything has gone well.
        optimizer = self._fresh_optimizer()
        given = self.optimizer if isinstance(self.optimizer, Optimizer) else None
        self._train(Fitted(model, optimizer, classes, [], False, given), data, goes_on=False)
        return self

    def resume(self, X: Array, y: ArrayLike) -> "LinearClassifier":
        """Goes on with the last fit behind the last step that it made; returns itself.

        That is a fit that the progress function stopped, or one that was saved on its way and loaded again. The result
        has the bits that the fit would have had, history_ the entries, and the optimizer the state. A fit that was
        complete goes on if `epochs` is greater now, and else nothing happens.

        X, y: those of the fit, or other arrays of the same numbers; of more than 4,096 numbers a sample is compared
        batch_size, sampling, seed and loss must be as they were; l2, epochs and the optimizer's options may be others

        NotFittedError before a fit. InvalidArgumentError for settings or data that are not those of the fit, an
        optimizer that has been stepped or reset since, more epochs behind than there are to be, and labels that the fit
        did not have; ShapeMismatchError for another number of samples or features. Else, and when it is interrupted, as
        in fit().
        """
        self._require_settings()
        self._require_idle()
        former = self._fitted
        if former.optimizer is None:
            raise InvalidArgumentError("there is no fit that could go on: the weights come from a random search")
        data = self._known_data(X, y)
        if self.loss != former.model.loss:
            raise InvalidArgumentError(f"loss: {self.loss!r}, but the fit that is to go on has {former.model.loss!r}")
        model = former.model.duplicate()
        model.set_l2(float(self.l2))
        twin = copy.copy(former.optimizer)
        twin._tensors = model.tensors()
        fitted = Fitted(model, twin, former.classes, list(former.history), False, former.optimizer)
        self._train(fitted, data, goes_on=True)
        return self

    def random_search(
        self, X: Array, y: ArrayLike, *, trials: int = 1000, scale: float = 1e-4, mode: str = "global", seed: int = 0
    ) -> OptimizeResult:
        """Tries random weights instead of training, and keeps those with the smallest loss: the course's bad idea.

        The classifier is fitted afterwards, with the best weights that were found. Its progress function gets a report
        after every trial, whose loss is the best so far; a true answer stops the search.

        X, y: as in fit(), all of them used in every trial
        trials: at least 1
        scale: standard deviation of the weights (mode 'global'; the bias is 0), or of the change that is tried
            ('local', from the weights of the last fit, or else the initial ones); [0, inf)
        seed: the same seed tries the same weights everywhere

        Returns the result, whose x is coef_ and whose fun is the loss. Errors as in fit(); what fails changes nothing,
        and an interrupt keeps the best weights so far.
        """
        options = make_search_options(mode, trials, scale, seed)
        model, classes, data = self._prepare(X, y)
        if mode == "local" and self.__sklearn_is_fitted__():
            model = self._copy_of_model(model, classes)
        observer = Observer(self.progress)
        try:
            with self._running_fit(Fitted(model, None, classes, observer.history, True)):
                result = model.search(data, options, observer)
        except KeyboardInterrupt:
            if observer.has_begun:
                self._adopt(Fitted(model, None, classes, observer.history, True))
            raise
        stopped = bool(result.reason == REASONS["callback"])
        self._adopt(Fitted(model, None, classes, observer.history, stopped))
        return make_result(self.coef_, result, is_search=True)

    def check_gradient(
        self, X: Array, y: ArrayLike, *, step: float = 0.0, count: int = 0, seed: int = 0
    ) -> GradientReport:
        """Compares the gradient of the loss with differences, at the weights of the last fit, or else the initial ones.

        X, y: as in fit(); all of them are used, so a few hundred do
        step: of the differences, (0, inf); 0 chooses one for each parameter
        count: how many of the (features + 1) * classes parameters are checked, W before b, drawn by the seed; 0: all
        The report's worst_index counts W, of shape (features, classes), row by row, and then b.

        Errors as in fit(), and as in evaluate() for a fitted classifier; InvalidArgumentError for step or count. An
        interrupt waits until it has ended.
        """
        arguments = real_number(step, "step"), whole_number(count, "count", 64), whole_number(seed, "seed", 64)
        if self.__sklearn_is_fitted__():
            model, data = self._fitted_model, self._known_data(X, y)
        else:
            model, _, data = self._prepare(X, y)
        comparison = model.check_gradient(data, *arguments)
        return make_report(comparison, ((model.dimension + 1) * model.classes,))

    def learning_rate_range(
        self, X: Array, y: ArrayLike, *, steps: int = 200, minimum: float = 1e-6, maximum: float = 10.0
    ) -> RangeTest:
        """Which learning rate suits? Trains from the start with one that rises geometrically (Smith 2017).

        X, y: as in fit(); batch_size, sampling, seed and the optimizer's other options are those of a fit
        steps: minibatches, at least 2
        minimum, maximum: the first rate and the last, 0 < minimum < maximum

        Neither the classifier nor its optimizer is changed. Errors as in fit(). An interrupt waits until it has ended.
        """
        model, _, data = self._prepare(X, y)
        fit = make_fit_options(self.epochs, self.batch_size, self.sampling, self.seed)
        optimizer = self._fresh_optimizer()
        return run_range_test(
            lambda *rest: model.range_test(optimizer, data, fit, *rest), steps, minimum, maximum, CLASSIFIER_WORDS
        )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings, as scikit-learn wants them."""
        return {name: getattr(self, name) for name in _SETTINGS}

    def set_params(self, **settings: Any) -> Self:
        """Changes settings for the next fit; returns itself."""
        for name in settings:
            if name not in _SETTINGS:
                raise InvalidArgumentError(f"LinearClassifier has no setting {name!r}; it has {', '.join(_SETTINGS)}")
        for name, value in settings.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """The call that makes an equal one, without what is at its default."""
        changed = (
            f"{name}={getattr(self, name)!r}"
            for name, parameter in _SETTINGS.items()
            if getattr(self, name) is not parameter.default and getattr(self, name) != parameter.default
        )
        return f"LinearClassifier({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """Answers scikit-learn's question; scikit-learn is needed only by those who use it."""
        from sklearn.utils import ClassifierTags, Tags, TargetTags  # noqa: PLC0415

        return Tags(
            estimator_type="classifier", target_tags=TargetTags(required=True), classifier_tags=ClassifierTags()
        )

    def _train(self, fitted: Fitted, data: Dataset, *, goes_on: bool) -> None:
        """A fit, or the rest of one; what it leaves is this classifier's when all has gone well."""
        options = make_fit_options(self.epochs, self.batch_size, self.sampling, self.seed)
        observer = Observer(self.progress)
        observer.history = fitted.history
        assert fitted.optimizer is not None
        fitted.stopped = True
        try:
            with self._running_fit(fitted):
                fitted.stopped = fitted.model.fit(fitted.optimizer, data, options, observer, goes_on=goes_on)
        except KeyboardInterrupt:
            if observer.has_begun:
                self._adopt(fitted)
            raise
        self._adopt(fitted)

    def _require_settings(self) -> None:
        _require_choice("loss", self.loss, [name for name, loss in LOSSES.items() if loss.takes_labels])
        _require_choice("sampling", self.sampling, _FIT_SAMPLINGS)
        if not isinstance(self.optimizer, Optimizer | None):
            require_optimizer_name(self.optimizer)
        for name, bits in (("epochs", 32), ("batch_size", 32), ("seed", 64)):
            whole_number(getattr(self, name), name, bits)
        for name in ("l2", "initial_standard_deviation", "offset"):
            real_number(getattr(self, name), name)
        if self.scale is not None:
            real_number(self.scale, "scale")
        if not (self.progress is None or callable(self.progress)):
            raise TypeError(f"progress must be a function or None, not {type(self.progress).__name__}")

    def _prepare(self, X: Array, y: ArrayLike) -> tuple[LinearModel, NDArray[Any], Dataset]:
        """A model as a fit begins with it, the classes, and the samples."""
        self._require_settings()
        require_features(X)
        labels = require_labels(y, len(X))
        classes, indices = np.unique(labels, return_inverse=True)
        model = LinearModel(X.shape[1], len(classes), self.loss, float(self.l2))
        if self.initial_standard_deviation != 0:
            model.initialize(float(self.initial_standard_deviation), self.seed)
        return model, classes, self._dataset(X, indices.astype(np.int32))

    def _copy_of_model(self, model: LinearModel, classes: NDArray[Any]) -> LinearModel:
        """The fitted model once more, with today's settings, if it is one for these features and classes."""
        fitted = self._fitted_model
        if not np.array_equal(classes, self.classes_) or fitted.dimension != model.dimension:
            raise ShapeMismatchError("a local search goes on from the last fit, which had other features or classes")
        return model.with_parameters_of(fitted)

    def _fresh_optimizer(self) -> Optimizer:
        if isinstance(self.optimizer, Optimizer):
            return self.optimizer._afresh()
        return OPTIMIZERS[self.optimizer or "adam"]()


_SETTINGS = {
    name: item for name, item in inspect.signature(LinearClassifier.__init__).parameters.items() if name != "self"
}


def _require_choice(name: str, value: object, choices: Any) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a name, not {type(value).__name__}")
    if value not in choices:
        raise UnknownNameError(f"{name}: {value!r} is not one of {', '.join(choices)}")
