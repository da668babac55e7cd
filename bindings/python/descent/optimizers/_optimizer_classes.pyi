"""Made by `make stubs` from the library's table: the optimizers."""

from typing import Literal

from ..schedules import Schedule
from ._optimizer import Optimizer

_DialectName = Literal["textbook", "pytorch", "keras", "optax"]
_ScheduleName = Literal[
    "constant", "step", "exponential", "inverse_time", "polynomial", "cosine", "cosine_restarts", "one_cycle", "plateau"
]
_NotFinitePolicyName = Literal["propagate", "refuse", "skip"]
_AverageName = Literal["none", "ema", "uniform"]
_StateDtypeName = Literal["same", "bfloat16", "quantized8"]

class SGD(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Momentum(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        momentum_decay: float = 0.9,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        dampening: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    dampening: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Nesterov(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        momentum_decay: float = 0.9,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class AdaGrad(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        epsilon: float = 1e-07,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        learning_rate_decay: float = 0.0,
        initial_accumulator: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    learning_rate_decay: float
    initial_accumulator: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class RMSProp(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        momentum_decay: float = 0.0,
        epsilon: float = 1e-07,
        rho: float = 0.99,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        centered: bool = False,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    epsilon: float
    rho: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    centered: bool
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Adam(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        bias_correction: bool = True,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        amsgrad: bool = False,
        epsilon_root: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    bias_correction: bool
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    amsgrad: bool
    epsilon_root: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class AdamW(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        bias_correction: bool = True,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.01,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        amsgrad: bool = False,
        epsilon_root: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    bias_correction: bool
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    amsgrad: bool
    epsilon_root: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Adamax(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.002,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class NAdam(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.002,
        momentum_decay: float = 0.004,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        epsilon_root: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    epsilon_root: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class RAdam(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        epsilon_root: float = 0.0,
        nesterov_momentum: bool = False,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    epsilon_root: float
    nesterov_momentum: bool
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Adadelta(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 1.0,
        epsilon: float = 1e-06,
        rho: float = 0.9,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    epsilon: float
    rho: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Rprop(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        eta_minus: float = 0.5,
        eta_plus: float = 1.2,
        minimum_step: float = 1e-06,
        maximum_step: float = 50.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    eta_minus: float
    eta_plus: float
    minimum_step: float
    maximum_step: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class ASGD(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        alpha: float = 0.75,
        lambd: float = 0.0001,
        t0: float = 1000000.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    alpha: float
    lambd: float
    t0: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Lion(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.0001,
        beta1: float = 0.9,
        beta2: float = 0.99,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.001,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Signum(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        momentum_decay: float = 0.9,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Adan(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.98,
        beta2: float = 0.92,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        beta3: float = 0.99,
        epsilon_root: float = 1e-08,
        proximal_weight_decay: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    beta3: float
    epsilon_root: float
    proximal_weight_decay: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class AdEMAMix(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        beta3: float = 0.9999,
        epsilon_root: float = 0.0,
        alpha: float = 5.0,
        slow_warmup_steps: int = 0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    beta3: float
    epsilon_root: float
    alpha: float
    slow_warmup_steps: int
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class AdaBelief(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-16,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        epsilon_root: float = 1e-16,
        nesterov_momentum: bool = False,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    epsilon_root: float
    nesterov_momentum: bool
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Yogi(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 0.001,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        initial_accumulator: float = 1e-06,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    initial_accumulator: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class ADOPT(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.9999,
        epsilon: float = 1e-06,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        nesterov_momentum: bool = False,
        clip_update: bool = True,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    nesterov_momentum: bool
    clip_update: bool
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class FTRL(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.1,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        beta: float = 1.0,
        l1: float = 0.0,
        l2: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    beta: float
    l1: float
    l2: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class ScheduleFreeSGD(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 1.0,
        momentum_decay: float = 0.9,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_power: float = 2.0,
        average_power: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_power: float
    average_power: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class ScheduleFreeAdamW(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.0025,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_power: float = 2.0,
        average_power: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_power: float
    average_power: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class MARS(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.003,
        beta1: float = 0.95,
        beta2: float = 0.99,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        amsgrad: bool = False,
        gamma: float = 0.025,
        vectors_too: bool = False,
        vector_learning_rate: float = 0.003,
        vector_beta1: float = 0.9,
        vector_beta2: float = 0.95,
        vector_weight_decay: float = 0.1,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    amsgrad: bool
    gamma: float
    vectors_too: bool
    vector_learning_rate: float
    vector_beta1: float
    vector_beta2: float
    vector_weight_decay: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class LARS(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.1,
        momentum_decay: float = 0.9,
        epsilon: float = 0.0,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        nesterov_momentum: bool = False,
        trust_coefficient: float = 0.001,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    nesterov_momentum: bool
    trust_coefficient: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class LAMB(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-06,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        epsilon_root: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    epsilon_root: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Adafactor(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.01,
        momentum_decay: float = 0.0,
        epsilon: float = 0.0,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        decay_power: float = 0.8,
        scale_floor: float = 0.001,
        clip_threshold: float = 1.0,
        scale_by_weights: bool = True,
        minimum_side: int = 0,
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    decay_power: float
    scale_floor: float
    clip_threshold: float
    scale_by_weights: bool
    minimum_side: int
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class NovoGrad(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        beta1: float = 0.9,
        beta2: float = 0.25,
        epsilon: float = 1e-06,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        epsilon_root: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    epsilon_root: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Prodigy(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 1.0,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        bias_correction: bool = False,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        beta3: float = 0.0,
        initial_distance: float = 1e-06,
        distance_coefficient: float = 1.0,
        growth_rate: float = 0.0,
        safeguard_warmup: bool = False,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        state_dtype: _StateDtypeName = "same",
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    bias_correction: bool
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    beta3: float
    initial_distance: float
    distance_coefficient: float
    growth_rate: float
    safeguard_warmup: bool
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    state_dtype: _StateDtypeName
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Muon(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.02,
        momentum_decay: float = 0.95,
        epsilon: float = 1e-07,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        nesterov_momentum: bool = True,
        vector_learning_rate: float = 0.001,
        vector_beta1: float = 0.9,
        vector_beta2: float = 0.999,
        vector_weight_decay: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        orthogonalization_steps: int = 5,
        consistent_rms: float = 0.0,
        adaptive_scale: bool = False,
        vector_epsilon: float = 1e-08,
        bfloat16_products: bool = False,
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    nesterov_momentum: bool
    vector_learning_rate: float
    vector_beta1: float
    vector_beta2: float
    vector_weight_decay: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    orthogonalization_steps: int
    consistent_rms: float
    adaptive_scale: bool
    vector_epsilon: float
    bfloat16_products: bool
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class Shampoo(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.001,
        momentum_decay: float = 0.0,
        epsilon: float = 1e-06,
        weight_decay: float = 0.0,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.0,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        precondition_frequency: int = 1,
        maximum_side: int = 1024,
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    momentum_decay: float
    epsilon: float
    weight_decay: float
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    precondition_frequency: int
    maximum_side: int
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class SOAP(Optimizer):
    def __init__(
        self,
        *,
        learning_rate: float = 0.003,
        beta1: float = 0.95,
        beta2: float = 0.95,
        epsilon: float = 1e-08,
        weight_decay: float = 0.0,
        bias_correction: bool = True,
        clip_value: float = 0.0,
        clip_norm: float = 0.0,
        maximize: bool = False,
        decoupled_weight_decay: float = 0.01,
        not_finite_policy: _NotFinitePolicyName = "propagate",
        track_health: bool = False,
        schedule: _ScheduleName | Schedule = "constant",
        warmup_steps: int = 0,
        schedule_steps: int = 1000,
        schedule_factor: float = 0.1,
        schedule_power: float = 1.0,
        schedule_floor: float = 0.0,
        cycle_factor: float = 1.0,
        cycle_rise: float = 0.3,
        cycle_start: float = 0.04,
        patience: int = 10,
        dialect: _DialectName = "textbook",
        beta3: float = 0.0,
        rate_free_weight_decay: float = 0.0,
        plateau_rises: bool = False,
        plateau_threshold: float = 0.0001,
        cooldown: int = 0,
        cycle_decay: float = 1.0,
        average: _AverageName = "none",
        average_decay: float = 0.999,
        average_start: int = 0,
        lookahead_steps: int = 0,
        lookahead_rate: float = 0.5,
        accumulate_steps: int = 1,
        centralize: bool = False,
        adaptive_clip: float = 0.0,
        cautious: bool = False,
        precondition_frequency: int = 10,
        maximum_side: int = 10000,
        normalize_gradient: bool = False,
        precondition_vectors: bool = False,
        stochastic_rounding: bool = False,
        rounding_seed: int = 0,
        gradient_scale: float = 1.0,
    ) -> None: ...
    learning_rate: float
    beta1: float
    beta2: float
    epsilon: float
    weight_decay: float
    bias_correction: bool
    clip_value: float
    clip_norm: float
    maximize: bool
    decoupled_weight_decay: float
    not_finite_policy: _NotFinitePolicyName
    track_health: bool
    @property
    def schedule(self) -> _ScheduleName: ...
    @schedule.setter
    def schedule(self, value: _ScheduleName | Schedule) -> None: ...
    warmup_steps: int
    schedule_steps: int
    schedule_factor: float
    schedule_power: float
    schedule_floor: float
    cycle_factor: float
    cycle_rise: float
    cycle_start: float
    patience: int
    dialect: _DialectName
    beta3: float
    rate_free_weight_decay: float
    plateau_rises: bool
    plateau_threshold: float
    cooldown: int
    cycle_decay: float
    average: _AverageName
    average_decay: float
    average_start: int
    lookahead_steps: int
    lookahead_rate: float
    accumulate_steps: int
    centralize: bool
    adaptive_clip: float
    cautious: bool
    precondition_frequency: int
    maximum_side: int
    normalize_gradient: bool
    precondition_vectors: bool
    stochastic_rounding: bool
    rounding_seed: int
    gradient_scale: float

class LBFGS(Optimizer):
    def __init__(
        self,
        *,
        l1: float = 0.0,
        history: int = 10,
        line_search_steps: int = 20,
        wolfe_decrease: float = 0.0001,
        wolfe_curvature: float = 0.9,
        part_iterations: int = 10,
    ) -> None: ...
    l1: float
    history: int
    line_search_steps: int
    wolfe_decrease: float
    wolfe_curvature: float
    part_iterations: int

class ConjugateGradient(Optimizer):
    def __init__(
        self,
        *,
        line_search_steps: int = 20,
        wolfe_decrease: float = 0.0001,
        wolfe_curvature: float = 0.1,
    ) -> None: ...
    line_search_steps: int
    wolfe_decrease: float
    wolfe_curvature: float

class SDCA(Optimizer):
    def __init__(
        self,
    ) -> None: ...

class CoordinateDescent(Optimizer):
    def __init__(
        self,
    ) -> None: ...
