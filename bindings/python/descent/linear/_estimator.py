"""What a linear classifier and a linear regressor have in common: samples and fits."""

import ctypes
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._c.arrays import Array, real_number, whole_number
from .._c.declarations import Dataset, FitOptions, FitResult
from .._c.enumerations import REASONS, SAMPLINGS
from .._c.errors import InvalidArgumentError, ShapeMismatchError, UnsupportedError, naming
from ..distributed import Communicator, Link, together, total_weight
from ..functions.gradients import GradientReport, make_report
from ..functions.progress import Observer, watcher
from ..functions.range_tests import RangeTest, run_range_test
from ..functions.results import OptimizeResult, make_result
from ..functions.searching import make_search_options
from ..optimizers import OPTIMIZERS, Optimizer
from . import _answers, _inputs
from ._fitted import PLAN, Fitted
from ._model import MODEL_WORDS, LinearModel, Samples, make_fit_options
from ._saving import SavableEstimator
from ._sklearn import Routing, warn

# What has been read: features, what is known of their answers, and weights.
_Read = tuple[_inputs.Features, dict[str, Any], Any]

# Epochs and samples in a minibatch with an optimizer that was given.
_EPOCHS, _BATCH_SIZE = 10, 128


class LinearEstimator(SavableEstimator, Routing):
    """The parts of LinearClassifier and LinearRegressor that are the same."""

    @property
    def coef_(self) -> Array:
        """A copy of the weights."""
        raise NotImplementedError

    # What the two do differently.

    def _new_answers(self, y: Any, samples: int) -> dict[str, Any]:
        """Checked labels or targets, and what a fit remembers of them."""
        raise NotImplementedError

    def _known_answers(self, y: Any, samples: int) -> dict[str, Any]:
        """The same for a fitted model."""
        raise NotImplementedError

    def _new_model(self, dimension: int, answers: Mapping[str, Any]) -> LinearModel:
        """A model for such answers, with weights of 0."""
        raise NotImplementedError

    def _weights(self, answers: Mapping[str, Any], weights: Any, communicator: Communicator | None) -> Any:
        """The samples' weights, those of their classes included; with a communicator all processes call this."""
        raise NotImplementedError

    def _default_l2(self, total_weight: float) -> float:
        """The strength of the regularization where none is set and the optimizer is chosen."""
        raise NotImplementedError

    def _warn_of_units(self, answers: Mapping[str, Any], optimizer: Optimizer) -> None:
        """Warns of targets that the optimizer or the loss will not come near to."""

    def _summary(self, answers: Mapping[str, Any]) -> Any:
        """What other processes have to know of the answers."""
        return None

    def _united(self, answers: dict[str, Any], summaries: list[Any]) -> dict[str, Any]:
        """Answers that take account of those of other processes."""
        return answers

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

    def __sklearn_is_fitted__(self) -> bool:
        """Answers scikit-learn's question."""
        return hasattr(self, "_model")

    # Samples.

    def _new_samples(
        self, X: Any, y: Any, sample_weight: Any, answers_of: Callable[[Any, int], dict[str, Any]] | None = None
    ) -> tuple[Samples, dict[str, Any], NDArray[Any] | None]:
        """The samples of a fit from the start, what is known of their answers, and the features' names."""
        names = _inputs.feature_names(X)

        def read() -> _Read:
            features = _inputs.as_features(X, type(self).__name__)
            answers = (answers_of or self._new_answers)(y, len(features))
            answers["feature_scale"] = _inputs.usual_scale(features)
            return features, answers, _answers.as_weights(sample_weight, len(features))

        samples, answers = self._read(read, self.communicator)
        return samples, answers, names

    def _known_samples(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        communicator: Communicator | None = None,
        *,
        judges: bool = False,
    ) -> tuple[Samples, dict[str, Any]]:
        """Samples for the fitted model, with labels that the fit had.

        judges: for what score() says too: all features must be finite, and classes have no weights
        """

        def read() -> _Read:
            features = self._known_features(X)
            answers = self._known_answers(y, len(features)) | self._known_scale
            if judges:
                self._fitted_model.require_finite(self._samples(features, self._known_scale).described())
            return features, answers, _answers.as_weights(sample_weight, len(features))

        return self._read(read, communicator, weighs_classes=not judges)

    def _read(
        self, read: Callable[[], _Read], communicator: Communicator | None, *, weighs_classes: bool = True
    ) -> tuple[Samples, dict[str, Any]]:
        """Samples, and what is known of their answers, those of other processes included."""
        if communicator is None:
            features, answers, weights = read()
        else:
            own, summaries = together(communicator, read, lambda found: self._summary(found[1]))
            features, weights = own[0], own[2]
            answers = self._united(own[1], summaries) | {"feature_scale": own[1]["feature_scale"]}
        if weighs_classes:
            weights = self._weights(answers, weights, communicator)
        return self._samples(features, answers, weights), answers

    def _require_alone(self, method: str) -> None:
        if self.communicator is not None:
            raise UnsupportedError(f"{method}() sees the samples of one process only: communicator must be None")

    def _samples(self, features: _inputs.Features, answers: Mapping[str, Any], weights: Any = None) -> Samples:
        """Features by the scale that is set, or that goes with the fit of these answers."""
        scale = self.scale
        if scale is None:
            scale = answers.get("feature_scale") or _inputs.usual_scale(features)
            _inputs.warn_of_fractions(features, scale)
        features, scale, offset = _inputs.as_scaled(features, scale, self.offset)
        return Samples(features, answers.get("labels"), answers.get("targets"), weights, scale, offset)

    @property
    def _known_scale(self) -> dict[str, Any]:
        """What the numbers of the fit were multiplied by holds for all others, whatever their type."""
        return {"feature_scale": self._fitted.feature_scale}

    def _known_features(self, X: Any) -> _inputs.Features:
        dimension = self._fitted_model.dimension
        _inputs.require_names(vars(self).get("feature_names_in_"), _inputs.feature_names(X), type(self).__name__)
        features = _inputs.as_features(X, type(self).__name__)
        if features.shape[1] != dimension:
            raise ShapeMismatchError(
                f"X has {features.shape[1]} features, but {type(self).__name__} is expecting {dimension} features as "
                f"input: X is {_inputs.described(features)}"
            )
        return features

    def _known_data(self, X: Any) -> Dataset:
        """Features for the fitted model, all of them finite."""
        data = self._samples(self._known_features(X), self._known_scale).described()
        self._fitted_model.require_finite(data)
        return data

    def _split(
        self, samples: Samples, answers: Mapping[str, Any], names: NDArray[Any] | None, validation: Any
    ) -> tuple[Samples, Samples | None]:
        """Samples to train with, and others to validate with, if that is wanted."""
        if validation is not None:

            def read() -> _Read:
                with naming("validation"):
                    return self._held_samples(samples, answers, names, validation)

            return samples, self._read(read, self.communicator)[0]
        fraction = self.validation_fraction
        if fraction is None:
            return samples, None
        chosen = self._held_out(len(samples.features), answers.get("labels"), fraction)
        if chosen.all() or not chosen.any():
            raise InvalidArgumentError(
                f"validation_fraction: {fraction} of {len(chosen)} samples leaves none to train or to validate with"
            )
        return samples.part(np.flatnonzero(~chosen)), samples.part(np.flatnonzero(chosen))

    def _held_samples(
        self, samples: Samples, answers: Mapping[str, Any], names: NDArray[Any] | None, validation: Any
    ) -> _Read:
        """Validation data that somebody gives, for a fit with these samples."""
        X, y, weights = _parts_of(validation)
        _inputs.require_names(names, _inputs.feature_names(X), type(self).__name__)
        features = _inputs.as_features(X, type(self).__name__)
        if features.shape[1] != samples.features.shape[1]:
            raise ShapeMismatchError(
                f"X is {_inputs.described(features)}, but that of the fit has {samples.features.shape[1]} features"
            )
        held = self._answers_like(answers, y, len(features)) | {"feature_scale": answers["feature_scale"]}
        return features, held, _answers.as_weights(weights, len(features))

    def _held_out(self, count: int, labels: Any, fraction: float) -> NDArray[np.bool_]:
        """Which samples validate: drawn by the seed, of each class its share."""
        random, held = np.random.default_rng(self.seed), np.zeros(count, bool)
        groups = (
            [np.arange(count)] if labels is None else [np.flatnonzero(labels == label) for label in np.unique(labels)]
        )
        for group in groups:
            held[random.permutation(group)[: round(fraction * len(group))]] = True
        return held

    def _answers_like(self, answers: Mapping[str, Any], y: Any, samples: int) -> dict[str, Any]:
        """Answers of the same kind as others, for validation."""
        raise NotImplementedError

    # Fits.

    def _begun_model(self, samples: Samples, answers: Mapping[str, Any]) -> LinearModel:
        """A model as a fit begins with it."""
        model = self._new_model(samples.features.shape[1], answers)
        if self.initial_standard_deviation != 0:
            model.initialize(float(self.initial_standard_deviation), self.seed)
        if self.initial_weights is not None:
            self._begin_with(model, *self.initial_weights)
        elif self.warm_start and self.__sklearn_is_fitted__():
            model = self._copy_of_model(model, answers)
        return model

    @staticmethod
    def _begin_with(model: LinearModel, coef: ArrayLike, intercept: ArrayLike) -> None:
        weights = np.atleast_2d(_inputs.as_parameters(coef, "initial_weights: coef"))
        bias = np.ravel(_inputs.as_parameters(intercept, "initial_weights: intercept"))
        if weights.shape != (model.outputs, model.dimension) or bias.shape != (model.outputs,):
            raise ShapeMismatchError(
                f"initial_weights: shapes {weights.shape} and {bias.shape}; they must be coef of shape "
                f"{(model.outputs, model.dimension)} and intercept of shape {(model.outputs,)}"
            )
        model.set_parameters(weights.T, bias)

    def _copy_of_model(self, model: LinearModel, answers: Mapping[str, Any]) -> LinearModel:
        """The fitted model's parameters in the new one, if it is one for these features and answers."""
        fitted = self._fitted_model
        same = (fitted.dimension, fitted.outputs) == (model.dimension, model.outputs)
        classes = answers.get("classes")
        if not same or (classes is not None and not np.array_equal(classes, np.asarray(self._fitted.classes))):
            raise ShapeMismatchError("the last fit, from which this is to go on, had other features or classes")
        return model.with_parameters_of(fitted)

    def _plan(self, model: LinearModel, samples: Samples, data: Dataset) -> tuple[Optimizer, FitOptions]:
        """An optimizer without state, and how the fit goes."""
        model.set_l2(self._l2(samples))
        if self.optimizer is not None:
            optimizer = self._fresh_optimizer()
            batch_size = self.batch_size
            if batch_size is None and optimizer._algorithm.is_batch:
                batch_size = 0
            return optimizer, self._fit_options(samples, self.epochs, batch_size)
        options = self._fit_options(samples, self.epochs or 0, self.batch_size or 0)
        optimizer = model.choose_optimizer(data, options)
        options.standardize = int(self._standardizes(samples))
        self._apply_stopping(options)
        return self._regularized(optimizer), options

    def _fit_options(self, samples: Samples, epochs: int | None, batch_size: int | None) -> FitOptions:
        options = make_fit_options(
            epochs=_EPOCHS if epochs is None else epochs,
            batch_size=_BATCH_SIZE if batch_size is None else batch_size,
            seed=self.seed,
            sampling=SAMPLINGS[self.sampling],
            check_features=1,
            standardize=int(self._standardizes(samples)),
            average=int(self.average),
            shards=self.shards or 0,
            l1=0.0 if self._has_own_l1 else float(self.l1),
            dense_steps=int(self.dense_steps),
        )
        if self.communicator is not None:
            options.link = Link(self.communicator)
            options.communicator = ctypes.pointer(options.link.description)
        self._apply_stopping(options)
        return options

    def _standardizes(self, samples: Samples) -> bool:
        """Not sparse data unless it is asked for: rare features would become large ones."""
        if self.standardize is not None:
            return bool(self.standardize)
        return self.optimizer is None and not samples.are_sparse

    @property
    def _has_own_l1(self) -> bool:
        """Whether l1 is an option of the optimizer that is set, and not of the fit."""
        kind = OPTIMIZERS.get(self.optimizer) if isinstance(self.optimizer, str) else type(self.optimizer)
        return bool(self.l1) and kind is OPTIMIZERS["ftrl"]

    def _resumed_options(self, samples: Samples) -> FitOptions:
        """What the fit had, unless a setting says something else."""
        options = self._fit_options(samples, self.epochs, self.batch_size)
        # A fit of 0.1 left no plan, and was not standardized.
        for name, value in {"standardize": 0, **self._fitted.plan}.items():
            if getattr(self, name) is None:
                setattr(options, name, value)
        self._apply_stopping(options)
        return options

    def _apply_stopping(self, options: FitOptions) -> None:
        if self.patience is not None:
            options.patience = self.patience
        if self.tolerance is not None:
            options.tolerance = self.tolerance
            if self.patience is None and options.patience == 0:
                options.patience = 5

    @staticmethod
    def _add_validation(options: FitOptions, held_out: Samples) -> None:
        data = held_out.described()
        options.validation = ctypes.pointer(data)
        options.held_out = data

    @property
    def _given_l2(self) -> float:
        return 0.0 if self.l2 is None else float(self.l2)

    def _l2(self, samples: Samples) -> float:
        if self.l2 is None and self.optimizer is None:
            if self._shard_count == 1:
                return self._default_l2(samples.total_weight)
            rows = len(samples.features)
            return self._default_l2(total_weight(samples.weights, rows, self.communicator, self._shard_count))
        return self._given_l2

    def _fresh_optimizer(self) -> Optimizer:
        """The optimizer that is set, without state; Adam where none is."""
        if isinstance(self.optimizer, Optimizer):
            return self._regularized(self.optimizer._afresh())
        return self._regularized(OPTIMIZERS[self.optimizer or "adam"]())

    def _stream_optimizer(self, samples: Samples) -> Optimizer:
        """That of partial_fit(); where none is set, Adam whose first steps move scores of standardized samples by 1."""
        if self.optimizer is None and self._standardizes(samples):
            rate = min(max(1 / samples.features.shape[1], 1e-3), 0.1)
            return self._regularized(OPTIMIZERS["adam"](learning_rate=rate))
        return self._fresh_optimizer()

    def _regularized(self, optimizer: Optimizer) -> Optimizer:
        """The optimizer, with averages and an l1 of its own if they are wanted."""
        options = dict(optimizer.options)
        wanted: dict[str, Any] = {}
        if self._has_own_l1:
            wanted["l1"] = float(self.l1)
        if self.average and options.get("average") == "none":
            wanted["average"] = "ema"
        return type(optimizer)(**{**options, **wanted}) if wanted else optimizer

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


def _parts_of(validation: Any) -> tuple[Any, Any, Any]:
    """X, y and weights of validation data."""
    if not isinstance(validation, tuple | list) or len(validation) not in (2, 3):
        kind = type(validation).__name__
        what = f"a {kind} of {len(validation)}" if isinstance(validation, tuple | list) else f"a {kind}"
        raise TypeError(f"it must be (X, y) or (X, y, sample_weight), not {what}")
    X, y, *weights = validation
    return X, y, weights[0] if weights else None


def read_only(array: Array) -> Array:
    """The array, which cannot be written to any more."""
    array.flags.writeable = False
    return array
