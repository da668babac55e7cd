"""A linear regressor in the manner of scikit-learn, trained in the library."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from .._c.arrays import Array, real_number
from .._c.errors import ShapeMismatchError
from ..distributed import Communicator
from ..functions.progress import Progress
from ..optimizers import Optimizer
from . import _answers, _inputs, _sklearn
from ._estimator import LinearEstimator, read_only
from ._model import LinearModel, Samples


class LinearRegressor(LinearEstimator):
    """A linear regressor: scores = X W + b, trained by any optimizer of the library, or by one that it chooses.

    It has scikit-learn's interface, and works in its pipelines and searches. LinearRegressor().fit(X, y) is right on
    small and large data, scaled or not.

    loss: 'squared_error', 'absolute_error', 'huber', 'quantile', 'epsilon_insensitive', 'squared_epsilon_insensitive',
        'poisson' (targets of at least 0; predictions are exp(score)) or 'logistic' (targets in [0, 1]; predictions are
        1 / (1 + exp(-score)))
    loss_parameter: delta of 'huber', the quantile of 'quantile', epsilon of the epsilon-insensitive losses; None for
        their defaults, 1, 0.5 and 0.1
    optimizer: None, which chooses what suits the data: L-BFGS to convergence for small ones, and larger ones with ten
        times as many samples as weights; else Adam with minibatches, a rate from the library's range test and a
        schedule, until the loss falls no more. Or an algorithm's name, for its default options; or an Optimizer, e.g.
        descent.Adam(learning_rate=0.01). Every fit starts it afresh. After a fit the given Optimizer has the state of
        that fit: step_count, and state('weights', ...) and state('bias', ...). So it has in the progress function,
        which can read, save and copy it, but not change it; other threads see the state of the fit before
    l1: strength of the regularization l1 * sum(|W|), [0, inf), which makes weights exactly 0: with optimizer=None, SGD,
        Momentum, Nesterov, AdaGrad, RMSProp, Adam and AdamW by a proximal step after each step, with L-BFGS by OWL-QN,
        with CoordinateDescent (of losses with a second derivative) soonest to the minimum;
        for FTRL it is that method's own option, which stands against the sum of the gradients of all steps; with others
        it is an error. Beside l2 it is the elastic net
    l2: strength of the regularization l2 * sum(W * W), [0, inf); the bias is not regularized. None: 1 / samples, as
        Ridge has it with alpha=1, if the optimizer is chosen, else 0. For losses that grow no faster than the targets
        do (absolute_error, huber, quantile, epsilon_insensitive) it is divided by y's standard deviation, if that is
        above 1
    epochs: how often a fit goes through the samples, at least 1; iterations of a batch method. None: what goes with the
        optimizer that is chosen, and 10 with one that is given: few steps where there are few samples
    batch_size: samples in a minibatch; 0 means all of them, batch gradient descent. None: 128, or what goes with the
        optimizer
    sampling: 'shuffle' (each sample once an epoch, in random order), 'replacement' (independent draws) or 'weighted'
        (independent draws by the samples' weights, which then do not multiply the loss of the minibatches)
    seed: of sampling, initial weights and validation_fraction; the same seed gives the same draws everywhere
    standardize: whether each feature is centred and scaled by its mean and standard deviation, which are taken from the
        data in double; l1 and l2 act on the weights of features so scaled, coef_ is in the data's own units. Targets
        are centred too, unless the loss is 'poisson' or 'logistic', and an intercept of 0 begins as their mean. None:
        if the optimizer is chosen and X is not sparse
    validation_fraction: in (0, 1), the share of the samples that is set aside as validation data; None for none
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

    Attributes of a fitted regressor:
    coef_, intercept_: the weights, of shape (features,), and the bias, a number; (outputs, features) and (outputs,) if
        y had two axes. In float32, or in float64 if the model is
        standardized; read-only copies: to change them would change nothing
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

        regressor.set_params(progress=lambda report: regressor.save("fit.descent") if report.epoch_end else None)
        ...
        descent.LinearRegressor.load("fit.descent").resume(X, y)
    """

    _estimator_type = "regressor"
    _kind = "regressor"
    _takes_labels = False

    loss_parameter: float | None
    _has_one_target: bool

    def __init__(
        self,
        *,
        loss: str = "squared_error",
        loss_parameter: float | None = None,
        optimizer: str | Optimizer | None = None,
        l1: float = 0.0,
        l2: float | None = None,
        epochs: int | None = None,
        batch_size: int | None = None,
        sampling: str = "shuffle",
        seed: int = 0,
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
        """Trains on features X and targets y, from the start; returns itself.

        y: finite numbers, of shape (samples,) or (samples, outputs). A warning tells where they lie so far from 0 and
            so near to each other that float32, in which the model predicts, cannot hold their differences, or where
            their deviation is far from 1 and the optimizer that is set would have it near, as steps of minibatches
            have a size of their own but for SGD's and its kin's; what is chosen goes by the deviation
        sample_weight, validation, errors: as in LinearClassifier.fit()
        """
        return self._fit(X, y, sample_weight, validation)

    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """One pass over a chunk of a stream; state and schedule of the optimizer go on from the chunk before.

        Means and deviations of standardized features are those of the first chunk. epochs, patience, tolerance and
        validation_fraction are settings of fit() only.

        optimizer=None is Adam here, with a rate of 1 / features, in [0.001, 0.1], times the standard deviation of the
        first chunk's targets, where features are standardized.
        Otherwise as in fit()
        """
        return self._partial_fit(X, y, sample_weight, self._new_answers)

    def predict(self, X: Any) -> Array:
        """The predicted targets, in float64 unless X is in float32: shape (samples,), or (samples, outputs) if y had
        two axes in the fit.

        NotFittedError before a fit; TypeError, InvalidArgumentError and ShapeMismatchError for X, as in fit().
        InvalidArgumentError where scores are not finite in float32, because of huge numbers in X or in the weights.
        """
        data = self._known_data(X)
        predictions: Array = self._fitted_model.predict_targets(data)
        # exp() of a finite score may be infinite.
        _inputs.as_results(predictions, "predictions", allows_infinity=self._fitted_model.loss == "poisson")
        if getattr(X, "dtype", None) != np.float32:
            predictions = predictions.astype(np.float64)
        return predictions[:, 0] if self._has_one_target else predictions

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """The coefficient of determination R2, its mean over the outputs. Errors as in predict()."""
        return self.evaluate(X, y, sample_weight)[1]

    @property
    def coef_(self) -> Array:
        """A copy of the weights: shape (features,), or (outputs, features) if y had two axes.

        After sparsify() it is a sparse matrix, of shape (outputs, features) always."""
        weights = self._parameters[0]
        coef: Array = self._shown(weights[:, 0].copy() if self._has_one_target else np.ascontiguousarray(weights.T))
        return coef

    @property
    def intercept_(self) -> Any:
        """The bias: a number, or of shape (outputs,) if y had two axes."""
        bias = self._parameters[1]
        return bias[0] if self._has_one_target else read_only(bias)

    def __sklearn_tags__(self) -> Any:
        """Answers scikit-learn's question; scikit-learn is needed only by those who use it."""
        return _sklearn.tags("regressor", several_targets=True)

    def _new_answers(self, y: Any, samples: int) -> dict[str, Any]:
        answers = self._targets(y, samples)
        _answers.warn_of_coarse(answers["targets"])
        return answers

    def _warn_of_units(self, answers: Mapping[str, Any], optimizer: Optimizer) -> None:
        if self.loss in _WITH_RESPONSE:
            return
        name, is_batch = type(optimizer).__name__, optimizer._algorithm.is_batch
        if self.optimizer is None:
            # What was chosen has been given their unit.
            if not (is_batch and self.loss.startswith("squared_")):
                _answers.warn_of_units(answers["targets"], self.loss, _answers.UNITS)
        elif not is_batch and not (self.loss == "squared_error" and name in _EQUIVARIANT):
            _answers.warn_of_units(answers["targets"], name, (1e-6, 1e6))

    def _targets(self, y: Any, samples: int) -> dict[str, Any]:
        targets = _answers.as_targets(y, samples, type(self).__name__)
        return {"targets": targets, "has_one_target": targets.ndim == 1}

    def _known_answers(self, y: Any, samples: int) -> dict[str, Any]:
        return self._with_outputs(self._targets(y, samples), self._fitted_model.outputs)

    def _answers_like(self, answers: Mapping[str, Any], y: Any, samples: int) -> dict[str, Any]:
        return self._with_outputs(self._targets(y, samples), _outputs(answers))

    def _with_outputs(self, answers: dict[str, Any], outputs: int) -> dict[str, Any]:
        if _outputs(answers) != outputs:
            raise ShapeMismatchError(f"y has {_outputs(answers)} outputs, but that of the fit has {outputs}")
        return answers

    def _require_settings(self) -> None:
        super()._require_settings()
        if self.loss_parameter is not None:
            real_number(self.loss_parameter, "loss_parameter")

    def _new_model(self, dimension: int, answers: Mapping[str, Any]) -> LinearModel:
        model = LinearModel("regressor", dimension, _outputs(answers), self.loss)
        if self.loss_parameter is not None:
            model.set_loss_parameter(float(self.loss_parameter))
        return model

    def _weights(self, answers: Mapping[str, Any], weights: Any, communicator: Communicator | None) -> Any:
        return weights

    def _default_l2(self, total_weight: float, samples: Samples) -> float:
        # Losses whose slopes have a limit grow as the targets do, and the squares of the weights faster.
        grows = self.loss in ("absolute_error", "huber", "quantile", "epsilon_insensitive")
        return 1 / (total_weight * (max(1.0, self._unit(samples)) if grows else 1.0))

    def _unit(self, samples: Samples) -> float:
        # Of several processes none knows the others' targets.
        if self.loss in _WITH_RESPONSE or samples.targets is None or self.communicator is not None:
            return 1.0
        return _answers.unit_of(samples.targets)


# Between their scores and the targets lies a function.
_WITH_RESPONSE = ("poisson", "logistic")
# Their steps are as large as the targets are.
_EQUIVARIANT = ("SGD", "Momentum", "Nesterov")


def _outputs(answers: Mapping[str, Any]) -> int:
    targets = answers["targets"]
    return 1 if targets.ndim == 1 else int(targets.shape[1])
