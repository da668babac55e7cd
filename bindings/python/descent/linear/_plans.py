"""What a fit is going to do, by the settings of its estimator: the model that it begins with, optimizer and options."""

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .._c.declarations import Dataset, FitOptions
from .._c.enumerations import SAMPLINGS
from .._c.errors import ShapeMismatchError
from ..distributed import Link, total_weight
from ..optimizers import OPTIMIZERS, Optimizer
from . import _inputs
from ._model import LinearModel, Samples, make_fit_options
from ._samples import SampleReader

# Epochs and samples in a minibatch with an optimizer that was given.
_EPOCHS, _BATCH_SIZE = 10, 128


class FitPlanner(SampleReader):
    """An estimator that plans its fits."""

    def _new_model(self, dimension: int, answers: Mapping[str, Any]) -> LinearModel:
        """A model for such answers, with weights of 0."""
        raise NotImplementedError

    def _default_l2(self, total_weight: float, samples: Samples) -> float:
        """The strength of the regularization where none is set and the optimizer is chosen."""
        raise NotImplementedError

    def _unit(self, samples: Samples) -> float:
        """What the scores are measured in: how much the targets vary, if they are in the same unit; else 1."""
        return 1.0

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
                return self._default_l2(samples.total_weight, samples)
            rows = len(samples.features)
            weight = total_weight(samples.weights, rows, self.communicator, self._shard_count)
            return self._default_l2(weight, samples)
        return self._given_l2

    def _fresh_optimizer(self) -> Optimizer:
        """The optimizer that is set, without state; Adam where none is."""
        if isinstance(self.optimizer, Optimizer):
            return self._regularized(self.optimizer._afresh())
        return self._regularized(OPTIMIZERS[self.optimizer or "adam"]())

    def _stream_optimizer(self, samples: Samples) -> Optimizer:
        """That of partial_fit(); where none is set, Adam whose first steps move scores of standardized samples by 1."""
        if self.optimizer is None and self._standardizes(samples):
            rate, unit = min(max(1 / samples.features.shape[1], 1e-3), 0.1), self._unit(samples)
            return self._regularized(OPTIMIZERS["adam"](learning_rate=rate * unit, epsilon=1e-8 * unit))
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
