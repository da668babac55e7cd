"""What a linear classifier and a linear regressor have in common: samples and fits."""

import ctypes
from collections.abc import Callable, Mapping
from typing import Any, Self

from numpy.typing import NDArray

from .._c.arrays import Array, real_number, whole_number
from .._c.declarations import Dataset, FitOptions, FitResult
from .._c.enumerations import REASONS
from .._c.errors import InvalidArgumentError, UnsupportedError
from ..distributed import Communicator, Link
from ..functions.gradients import GradientReport, make_report
from ..functions.progress import Observer, watcher
from ..functions.range_tests import RangeTest, run_range_test
from ..functions.results import OptimizeResult, make_result
from ..functions.searching import make_search_options
from ..optimizers import Optimizer
from ._fitted import PLAN, Fitted
from ._model import MODEL_WORDS, LinearModel
from ._plans import FitPlanner
from ._sklearn import Routing, warn


class LinearEstimator(FitPlanner, Routing):
    """The parts of LinearClassifier and LinearRegressor that are the same."""

    @property
    def coef_(self) -> Array:
        """A copy of the weights."""
        raise NotImplementedError

    def _warn_of_units(self, answers: Mapping[str, Any], optimizer: Optimizer) -> None:
        """Warns of targets that the optimizer or the loss will not come near to."""

    def _fit(self, X: Any, y: Any, sample_weight: Any, validation: Any) -> Self:
        self._require_idle()
        self._require_settings()
        samples, answers, names = self._new_samples(X, y, sample_weight)
        model = self._begun_model(samples, answers)
        samples, held_out = self._split(samples, answers, names, validation)
        data = samples.described()
        optimizer, options = self._plan(model, samples, data)
        self._warn_of_units(answers, optimizer)
        if held_out is not None:
            self._add_validation(options, held_out)
        self._train(self._new_fit(model, optimizer, answers, names), data, options, goes_on=False)
        return self

    def _new_fit(
        self, model: LinearModel, optimizer: Optimizer | None, answers: Mapping[str, Any], names: NDArray[Any] | None
    ) -> Fitted:
        """A fit that has not begun; without an optimizer, a search."""
        given = self.optimizer if optimizer is not None and isinstance(self.optimizer, Optimizer) else None
        one = answers.get("has_one_target", True)
        classes = answers.get("classes")
        kept = {"feature_names": names, "has_one_target": one, "feature_scale": answers["feature_scale"]}
        return Fitted(model, optimizer, classes, [], False, given, **kept)

    def resume(self, X: Any, y: Any, sample_weight: Any = None, validation: Any = None) -> Self:
        """Goes on with the last fit behind the last step that it made; returns itself.

        That is a fit that the progress function stopped, or one that was saved on its way and loaded again. The result
        has the bits that the fit would have had, history_ the entries, and the optimizer the state. A fit that was
        complete goes on if `epochs` is greater now, and else nothing happens.

        X, y, sample_weight, validation: those of the fit, or other arrays of the same numbers; of more than 4,096
            numbers a sample is compared
        batch_size, sampling, seed, standardize and loss must be as they were; l2, epochs and the optimizer's options
        may be others

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
        samples, answers = self._known_samples(X, y, sample_weight, self.communicator)
        if self.loss != former.model.loss:
            raise InvalidArgumentError(f"loss: {self.loss!r}, but the fit that is to go on has {former.model.loss!r}")
        samples, held_out = self._split(samples, answers, former.feature_names, validation)
        fitted = former.continued()
        fitted.model.set_l2(self._l2(samples))
        options = self._resumed_options(samples)
        if held_out is not None:
            self._add_validation(options, held_out)
        self._train(fitted, samples.described(), options, goes_on=True)
        return self

    def _partial_fit(
        self, X: Any, y: Any, sample_weight: Any, answers_of: Callable[[Any, int], dict[str, Any]]
    ) -> Self:
        """One pass over a chunk, by the same optimizer as the chunks before. `answers_of` is for the first one."""
        self._require_idle()
        self._require_settings()
        if self.__sklearn_is_fitted__():
            samples, _ = self._known_samples(X, y, sample_weight, self.communicator)
            fitted = self._fitted.continued()
            if fitted.optimizer is None or fitted.optimizer._algorithm.is_batch:
                # What went before has no steps that could go on.
                fitted.optimizer, fitted.stands_for = self._stream_optimizer(samples), None
        else:
            samples, answers, names = self._new_samples(X, y, sample_weight, answers_of)
            optimizer = self._stream_optimizer(samples)
            self._warn_of_units(answers, optimizer)
            fitted = self._new_fit(self._begun_model(samples, answers), optimizer, answers, names)
        fitted.model.set_l2(self._given_l2)
        options = self._fit_options(samples, 1, self.batch_size)
        # A stream has no end: a chunk that makes the loss rise is none to warn of.
        self._train(fitted, samples.described(), options, goes_on=False, warns=False)
        return self

    def random_search(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        trials: int = 1000,
        scale: float = 1e-4,
        mode: str = "global",
        seed: int = 0,
    ) -> OptimizeResult:
        """Tries random weights instead of training, and keeps those with the smallest loss: the course's bad idea.

        The estimator is fitted afterwards, with the best weights that were found. Its progress function gets a report
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
        self._require_settings()
        self._require_alone("random_search")
        samples, answers, names = self._new_samples(X, y, sample_weight)
        model = self._begun_model(samples, answers)
        if mode == "local" and self.__sklearn_is_fitted__():
            model = self._copy_of_model(model, answers)
        model.set_l2(self._given_l2)
        data = samples.described()
        model.require_finite(data)
        observer = Observer(self.progress if callable(self.progress) else None)
        fitted = self._new_fit(model, None, answers, names)
        fitted.history, fitted.stopped = observer.history, True
        try:
            with self._running_fit(fitted):
                result = model.search(data, options, observer)
        except KeyboardInterrupt:
            if observer.has_begun:
                self._adopt(fitted)
            raise
        fitted.stopped = bool(result.reason == REASONS["callback"])
        self._adopt(fitted)
        return make_result(self.coef_, result, is_search=True)

    def evaluate(
        self, X: Any, y: Any, sample_weight: Any = None, *, communicator: Communicator | None = None
    ) -> tuple[float, float]:
        """The mean loss, regularization included, and what score() gives, both weighted by sample_weight alone.

        communicator: if given, all of its processes make this call, each with its own rows, and get the result of all

        Errors as in predict(), and InvalidArgumentError for a label that the fit did not have.
        """
        samples, _ = self._known_samples(X, y, sample_weight, communicator, judges=True)
        data = samples.described()
        data.shards = self.shards or 0
        if communicator is not None:
            data.link = Link(communicator)
            data.communicator = ctypes.pointer(data.link.description)
        return self._fitted_model.evaluate(data)

    def check_gradient(self, X: Any, y: Any, *, step: float = 0.0, count: int = 0, seed: int = 0) -> GradientReport:
        """Compares the gradient of the loss with differences, at the weights of the last fit, or else the initial ones.

        X, y: as in fit(); all of them are used, so a few hundred do
        step: of the differences, (0, inf); 0 chooses one for each parameter
        count: how many of the (features + 1) * outputs parameters are checked, W before b, drawn by the seed; 0: all
        The report's worst_index counts W, of shape (features, outputs), row by row, and then b.

        Errors as in fit(), and as in evaluate() for a fitted estimator; InvalidArgumentError for step or count. An
        interrupt waits until it has ended.
        """
        self._require_alone("check_gradient")
        arguments = real_number(step, "step"), whole_number(count, "count", 64), whole_number(seed, "seed", 64)
        if self.__sklearn_is_fitted__():
            model, (samples, _) = self._fitted_model, self._known_samples(X, y)
        else:
            self._require_settings()
            samples, answers, _ = self._new_samples(X, y, None)
            model = self._begun_model(samples, answers)
            model.set_l2(self._l2(samples))
        data = samples.described()
        model.require_finite(data)
        return make_report(model.check_gradient(data, *arguments), ((model.dimension + 1) * model.outputs,))

    def learning_rate_range(
        self, X: Any, y: Any, *, steps: int = 200, minimum: float = 1e-6, maximum: float = 10.0
    ) -> RangeTest:
        """Which learning rate suits? Trains from the start with one that rises geometrically (Smith 2017).

        X, y: as in fit(); batch_size, sampling, seed and the optimizer's other options are those of a fit;
            optimizer=None is Adam here
        steps: minibatches, at least 2
        minimum, maximum: the first rate and the last, 0 < minimum < maximum

        Neither the estimator nor its optimizer is changed. Errors as in fit(). An interrupt waits until it has ended.
        """
        self._require_settings()
        samples, answers, _ = self._new_samples(X, y, None)
        model = self._begun_model(samples, answers)
        model.set_l2(self._l2(samples))
        fit = self._fit_options(samples, self.epochs, self.batch_size)
        optimizer, data = self._fresh_optimizer(), samples.described()
        model.require_finite(data)
        return run_range_test(
            lambda *rest: model.range_test(optimizer, data, fit, *rest), steps, minimum, maximum, MODEL_WORDS
        )

    def sparsify(self) -> Self:
        """Makes coef_ a matrix of scipy.sparse, small if most weights are 0, as l1 leaves them; returns itself.

        What is predicted, and saved, is the same. It is densify() or the next fit that makes coef_ an array again.
        ImportError without SciPy; NotFittedError.
        """
        from scipy import sparse  # noqa: F401, PLC0415

        assert self._fitted_model
        self._coef_is_sparse = True
        return self

    def densify(self) -> Self:
        """Makes coef_ an array, as a fit leaves it; returns itself. NotFittedError."""
        assert self._fitted_model
        self._coef_is_sparse = False
        return self

    def _shown(self, coef: Array) -> Any:
        """Weights as coef_ has them: read-only, or a sparse matrix after sparsify()."""
        if not vars(self).get("_coef_is_sparse"):
            return read_only(coef)
        from scipy import sparse  # noqa: PLC0415

        return sparse.csr_matrix(coef)

    @property
    def _parameters(self) -> tuple[Array, Array]:
        """Copies of weights and bias, in double where float32 would lose something of them."""
        model = self._fitted_model
        return model.exact_parameters() if self._fitted.plan.get("standardize") else model.parameters()

    @property
    def loss_curve_(self) -> list[float]:
        """The loss of each epoch, as history_ has it."""
        return [entry["loss"] for entry in self.history_]

    @property
    def n_iter_(self) -> int:
        """How many epochs the fit took, or iterations of a batch method."""
        return len(self.history_)

    def _require_alone(self, method: str) -> None:
        if self.communicator is not None:
            raise UnsupportedError(f"{method}() sees the samples of one process only: communicator must be None")

    def _train(self, fitted: Fitted, data: Dataset, options: FitOptions, *, goes_on: bool, warns: bool = True) -> None:
        """A fit, or the rest of one; what it leaves is this estimator's when all has gone well."""
        assert fitted.optimizer is not None
        # The averages of a batch method would be those of no training.
        if fitted.optimizer._algorithm.is_batch:
            options.average = 0
        with watcher(self.progress) as progress:
            observer = Observer(progress)
            observer.history = fitted.history
            fitted.plan = {name: getattr(options, name) for name in PLAN}
            fitted.stopped, fitted.stop_reason = True, "cancelled"
            try:
                with self._running_fit(fitted):
                    fitted.stopped = fitted.model.fit(fitted.optimizer, data, options, observer, goes_on=goes_on)
            except KeyboardInterrupt:
                if observer.has_begun:
                    self._adopt(fitted)
                raise
        result = fitted.model.fit_result()
        fitted.stop_reason = _REASONS[result.reason]
        self._adopt(fitted)
        if warns and not fitted.stopped:
            self._warn(result, is_standardized=bool(options.standardize))

    @staticmethod
    def _warn(result: FitResult, *, is_standardized: bool) -> None:
        if result.is_amiss:
            advice = "" if is_standardized else "; standardize=True, a smaller learning rate or optimizer=None helps"
            column = f"column {result.largest_feature} of X, with numbers up to {result.largest_magnitude:.3g}"
            warn(
                f"the fit began with a loss of {result.first_loss:.6g} and ended with {result.loss:.6g}; the largest "
                f"feature is {column}{advice}",
                "ConvergenceWarning",
            )


_REASONS = ("none", "epochs", "patience", "minimum", "cancelled", "not finite", "communication")


def read_only(array: Array) -> Array:
    """The array, which cannot be written to any more."""
    array.flags.writeable = False
    return array
