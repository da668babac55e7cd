"""What the classes have in common: an optimizer of torch.optim whose steps are the library's."""

import operator
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch

from .._c.errors import InvalidArgumentError
from ..pytorch._forms import Form
from . import _settings, _state, _tensors
from ._base import Base, not_compiled, parameter_name
from ._engine import Engine, Member, RearrangedError
from ._settings import Settings


class _Seen:
    """A param group as it was in the last step."""

    def __init__(self, group: dict[str, Any], form: Form, settings: Settings) -> None:
        self.group = group
        self.parameters = list(group["params"])
        self.keep(_settings.watched(form, group), settings)

    def keep(self, watched: list[Any], settings: Settings) -> None:
        """Remembers its hyperparameters; a tensor's number, since that may change in place."""
        self.settings = settings
        self.watched = [_settings.plain(value) for value in watched]

    def has(self, group: dict[str, Any]) -> bool:
        """Whether it is this group, with these parameters."""
        parameters = group["params"]
        return (
            group is self.group
            and len(parameters) == len(self.parameters)
            and all(map(operator.is_, parameters, self.parameters))
        )


class Optimizer(Base):
    """What the optimizers of this module have in common. Not to be made itself: make an AdamW, an SGD, ...

    They are what torch.optim's are, and step parameters of float32, float64, float16 and bfloat16 on the CPU in place:
    `param_groups` and schedulers, closures, hooks, state dictionaries, copies and pickles, gradients that are None, and
    sparse ones that hold some rows (of embeddings) work as there. Where torch.optim has the class, arguments, param
    groups and state have its names, and either loads the other's state dictionary, but for LBFGS.

    Beside those arguments, all take the library's options as keywords, for all parameters or in a param group:
    clip_norm, state_dtype='quantized8', stochastic_rounding, average, lookahead_steps, ... (help(descent.Adam) lists
    them).

    What differs from PyTorch:

    - The state of parameters of float16 and bfloat16 is float32, unless `state_dtype` says otherwise. In 8 bits there
      are 'exp_avg_codes' and 'exp_avg_scales' in the place of 'exp_avg', which PyTorch does not know; tensors of less
      than 4,096 elements keep their state in float32.
    - The tensors in `state` are the library's memory: what is written into them counts, and so does an entry that is
      put in their place or taken away through `optimizer.state`. A mapping that was kept from an earlier look at
      `optimizer.state` is not looked at again.
    - Gradients that hold some rows move these rows alone: momentum, means and decay of the others stand still, as with
      torch.optim.SparseAdam. torch.optim.SGD goes on moving all rows by their momentum.
    - A parameter that is given twice in a group is stepped once.
    - `foreach` and `fused` are accepted and change nothing; `capturable` and `differentiable` must be False.

    Errors: what torch.optim refuses, and InvalidArgumentError, a ValueError, for parameters on another device and for
    hyperparameters out of range. A step that fails has changed nothing.
    One optimizer is used by one thread at a time.
    """

    _engines: list[Engine] | None = None
    # By the groups' numbers: the engine that steps a group, and what the group was in the last step.
    _engine_of: list[Engine]
    _seen: list[_Seen]
    # Parameters that have had no gradient yet.
    _waiting: list[Member]
    _is_averaging = False

    # MARK: Groups

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Adds a group of parameters, with hyperparameters of its own where it has some.

        As in torch.optim, and InvalidArgumentError for a hyperparameter out of range or a parameter on another device;
        then there is no new group.
        """
        super().add_param_group(param_group)
        index = len(self.param_groups) - 1
        try:
            self._require(index, param_group)
        except BaseException:
            self.param_groups.pop()
            raise

    def _require(self, index: int, group: Mapping[str, Any]) -> None:
        for place, parameter in enumerate(group["params"]):
            _tensors.require(parameter, parameter_name(group, index, place))
        settings = _settings.read(self._form, group)
        words = self._form.words()
        _settings.set_own(_settings.make(settings, words), 0, settings, {}, words)

    # MARK: State

    @property
    def state(self) -> defaultdict[Any, Any]:
        """The state of each parameter that has made a step, by parameter: a dict of tensors, as in torch.optim."""
        if self._engines is not None:
            if self._is_averaging:
                raise InvalidArgumentError(
                    "the averages are in place of the parameters: there is no state in the block"
                )
            # Between two steps it is the caller's: what was changed meanwhile stays as it is.
            if self._shown is None:
                self._show()
        return self._state

    @state.setter
    def state(self, value: Mapping[Any, Any]) -> None:
        self._state = value if isinstance(value, defaultdict) else defaultdict(dict, value)
        self._engines = None
        self._shown: dict[Any, tuple[Any, dict[Any, Any]]] | None = None

    def _show(self) -> None:
        """Brings the mapping up to date."""
        for engine in self._engines or ():
            for index, member in enumerate(engine.members):
                entry = self._state.get(member.parameter, {})
                _state.export(engine, index, entry)
                if entry:
                    self._state[member.parameter] = entry
            engine.is_shown = True
        self._shown = {key: (entry, _snapshot(entry)) for key, entry in self._entries()}

    def _is_as_shown(self) -> bool:
        """Whether nobody has put other entries into the mapping since it was looked at."""
        shown, entries = self._shown or {}, dict(self._entries())
        return entries.keys() == shown.keys() and all(
            entry is shown[key][0] and _snapshot(entry) == shown[key][1] for key, entry in entries.items()
        )

    def _entries(self) -> Iterator[tuple[Any, dict[Any, Any]]]:
        """What the mapping holds of parameters."""
        return ((key, entry) for key, entry in self._state.items() if isinstance(key, torch.Tensor) and entry)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over state and param groups from a state dictionary, of this class or of the one in torch.optim.

        As in torch.optim, and InvalidArgumentError or ShapeMismatchError, both ValueErrors, for state that does not
        belong to these parameters; then nothing has changed.
        """
        former = self._state, self._engines, self._shown, self.param_groups
        try:
            super().load_state_dict(state_dict)
            self._arrange()
        except BaseException:
            self._state, self._engines, self._shown, self.param_groups = former
            raise

    # MARK: Steps

    @not_compiled
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Makes a step with the parameters' gradients; returns what the closure did, which computes them anew."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        self._synchronize()
        for engine in self._engines or ():
            engine.step()
        return loss

    @not_compiled
    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients, or with set_to_none=False fills them with zeros."""
        super().zero_grad(set_to_none)
        if set_to_none:
            for engine in self._engines or ():
                engine.forget_gradients()

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Has the averaged parameters in place while the block runs, and the training ones again behind it.

        The averages are those of the option `average`, of any optimizer; without it, those that ScheduleFreeSGD,
        ScheduleFreeAdamW and ASGD have themselves, and that are what is to be evaluated:

            with optimizer.averaged():
                loss = evaluate(model)

        UnsupportedError: there are no averages. InvalidArgumentError: before the first step, and for a step or a look
        at the state in the block.
        """
        self._synchronize()
        engines = [engine for engine in self._engines or () if engine.members]
        if not engines:
            raise InvalidArgumentError("there are no averages before the first step")
        done: list[Engine] = []
        try:
            for engine in engines:
                engine.use_average(True)
                done.append(engine)
            self._is_averaging = True
            yield
        finally:
            self._is_averaging = False
            for engine in done:
                engine.use_average(False)

    def _synchronize(self) -> None:
        """Lets the library know what has happened to groups, parameters and state since the last step."""
        if self._engines is None or (self._shown is not None and not self._is_as_shown()):
            self._arrange()
        self._shown = None
        if len(self._seen) != len(self.param_groups) or not all(
            seen.has(group) for seen, group in zip(self._seen, self.param_groups, strict=True)
        ):
            self._arrange()
        for index, group in enumerate(self.param_groups):
            watched = _settings.watched(self._form, group)
            if watched != self._seen[index].watched:
                self._change(index, group, watched)
        self._admit()
        try:
            self._require_as_they_were()
        except RearrangedError:
            self._arrange()
            self._require_as_they_were()

    def _require_as_they_were(self) -> None:
        for engine in self._engines or ():
            engine.require_as_it_was()

    def _change(self, index: int, group: dict[str, Any], watched: list[Any]) -> None:
        """A group has other hyperparameters now: mostly a scheduler has set its rate, which comes first."""
        seen = self._seen[index]
        is_rate = watched[1:] == seen.watched[1:]
        settings = seen.settings.with_rate(watched[0]) if is_rate else _settings.read(self._form, group)
        if settings.kind != seen.settings.kind:
            self._arrange()
        else:
            self._engine_of[index].set_options(index, settings)
            seen.keep(watched, settings)

    def _admit(self) -> None:
        """Parameters that have a gradient for the first time take part from now on."""
        if not any(member.parameter.grad is not None for member in self._waiting):
            return
        news = [member for member in self._waiting if member.parameter.grad is not None]
        if any(self._engine_of[member.group].is_shown for member in news):
            # To join frees memory that somebody looks at: another optimizer of the library's goes on then.
            self._show()
            self._arrange()
            return
        self._waiting = [member for member in self._waiting if member.parameter.grad is None]
        for engine in self._engines or ():
            engine.join([member for member in news if self._engine_of[member.group] is engine])

    def _arrange(self) -> None:
        """Makes the library's optimizers anew: from the groups, and from the state that there is."""
        if self._engines is not None and self._shown is None:
            self._show()
        seen = [_Seen(group, self._form, _settings.read(self._form, group)) for group in self.param_groups]
        by_kind: dict[Any, Engine] = {}
        for one in seen:
            by_kind.setdefault(one.settings.kind, Engine(self._form, one.settings))
        engine_of = [by_kind[one.settings.kind] for one in seen]
        for index, one in enumerate(seen):
            engine_of[index].set_options(index, one.settings)
        members = _members(self.param_groups)
        restored = {
            id(member.parameter): dict(entry)
            for member in members
            if _state.has_state(engine_of[member.group], entry := self._state.get(member.parameter, {}))
        }
        for engine in by_kind.values():
            own = [one for one in members if id(one.parameter) in restored and engine_of[one.group] is engine]
            engine.join(own)
            if own:
                engine.prepare()
            for index, member in enumerate(own):
                _state.restore(engine, index, restored[id(member.parameter)])
        # What is no state of the library's stays where it is.
        for member in members:
            if id(member.parameter) in restored:
                self._state[member.parameter] = _without_state(restored[id(member.parameter)], engine_of[member.group])
        self._engines, self._engine_of, self._seen, self._shown = list(by_kind.values()), engine_of, seen, None
        self._waiting = [member for member in members if id(member.parameter) not in restored]
        self._admit()


def _without_state(entry: dict[Any, Any], engine: Engine) -> dict[Any, Any]:
    """What somebody else has put into an entry."""
    known = _state.names(engine)
    return {name: value for name, value in entry.items() if name not in known}


def _members(groups: list[dict[str, Any]]) -> list[Member]:
    """The parameters of all groups, each once."""
    found: dict[int, Member] = {}
    for index, group in enumerate(groups):
        for place, parameter in enumerate(group["params"]):
            found.setdefault(id(parameter), Member(parameter, parameter_name(group, index, place), index))
    return list(found.values())


def _snapshot(entry: Mapping[Any, Any]) -> dict[Any, Any]:
    """By which a change of an entry is noticed: the tensors that it holds, and the numbers among them."""
    return {name: (id(entry[name]), number) for name, number in _state.numbers_in(entry)}
