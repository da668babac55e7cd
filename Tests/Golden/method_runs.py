"""The golden runs of generate_methods.py: options that differ from the reference's defaults, by method and dialect."""

TEXTBOOK = ""  # the dialect of the reference that formulas.md names first
RATE_FACTOR = "rate_factor"
CHANGING = {RATE_FACTOR: 0.97}

# Optax has no default learning rate: the library's.
RATES = {
    "adamw": 0.001,
    "nadam": 0.002,
    "radam": 0.001,
    "rprop": 0.01,
    "lion": 1e-4,
    "adan": 0.001,
    "ademamix": 0.001,
    "adabelief": 0.001,
    "yogi": 0.01,
    "adopt": 0.001,
    "lars": 0.01,
    "lamb": 0.001,
    "novograd": 0.001,
    "adafactor": 0.01,
    "muon": 0.02,
}

# In every list: the defaults, another learning rate, decay, a changing rate, and then the method's own options.
ELEMENT_BY_ELEMENT = {
    ("adamw", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.5},
        CHANGING,
        {"learning_rate": 0.02, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "amsgrad": 1},
    ],
    ("adamw", "optax"): [{}, {"learning_rate": 0.1, "decoupled_weight_decay": 0.5, "epsilon_root": 1e-4, **CHANGING}],
    ("adamax", TEXTBOOK): [
        {},
        {"learning_rate": 0.1},
        {"weight_decay": 0.1},
        CHANGING,
        {"learning_rate": 0.02, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3},
    ],
    ("nadam", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "weight_decay": 0.1},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"momentum_decay": 0},
        {"momentum_decay": 0.25, "beta1": 0.75, "beta2": 0.9, "epsilon": 1e-3, **CHANGING},
    ],
    ("nadam", "optax"): [{}, {"learning_rate": 0.1, "decoupled_weight_decay": 0.1, "epsilon_root": 1e-4, **CHANGING}],
    ("radam", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "weight_decay": 0.1},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3},
        {"beta2": 0.5},  # never rectified
    ],
    ("radam", "optax"): [
        {},
        {"learning_rate": 0.1, "epsilon": 1e-3, "epsilon_root": 1e-4, "weight_decay": 0.1, **CHANGING},
        {"nesterov": 1, "decoupled_weight_decay": 0.1},
    ],
    ("adadelta", TEXTBOOK): [
        {},
        {"learning_rate": 0.1},
        {"weight_decay": 0.1},
        CHANGING,
        {"rho": 0.5, "epsilon": 1e-3},
    ],
    ("rprop", TEXTBOOK): [
        {},
        {"learning_rate": 0.1},
        CHANGING,
        {"eta_minus": 0.25, "eta_plus": 2, "minimum_step": 0.004, "maximum_step": 0.5},
        {"learning_rate": 5, "maximum_step": 1},
    ],
    ("rprop", "optax"): [{"learning_rate": 5, "maximum_step": 1}],
    ("asgd", TEXTBOOK): [
        {},
        {"learning_rate": 0.001, "weight_decay": 0.1},
        CHANGING,
        {"learning_rate": 0.001, "lambda": 0.5, "alpha": 0.5, "t0": 4},
        {"learning_rate": 0.001, "lambda": 0.5, "alpha": 1, "t0": 0, **CHANGING},
    ],
    ("lion", TEXTBOOK): [
        {"decoupled_weight_decay": 0},
        {"learning_rate": 0.01},
        {"learning_rate": 0.01, "decoupled_weight_decay": 0.5},
        {"learning_rate": 0.01, **CHANGING},
        {"learning_rate": 0.01, "beta1": 0.5, "beta2": 0.75},
    ],
    ("signum", TEXTBOOK): [
        {},
        {"learning_rate": 0.01, "decoupled_weight_decay": 0.5},
        {"learning_rate": 0.01, "weight_decay": 0.5},
        CHANGING,
        {"momentum_decay": 0},
        {"momentum_decay": 0.5, "weight_decay": 0.1, **CHANGING},
    ],
    ("adan", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta1": 0.9, "beta2": 0.5, "beta3": 0.75, "epsilon": 1e-3, "epsilon_root": 0},
    ],
    ("adan", "pytorch_optimizer"): [
        {},
        {"learning_rate": 0.1, "proximal_weight_decay": 0.1},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        {"beta1": 0.9, "beta2": 0.5, "beta3": 0.75, "epsilon": 1e-3, "proximal_weight_decay": 0.1, **CHANGING},
    ],
    ("ademamix", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta1": 0.5, "beta2": 0.75, "beta3": 0.99, "alpha": 2, "epsilon": 1e-3, "epsilon_root": 1e-4},
    ],
    ("ademamix", "pytorch_optimizer"): [
        {"slow_warmup_steps": 20, "beta3": 0.999},
        {"slow_warmup_steps": 100, "weight_decay": 0.1},
    ],
    ("adabelief", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "weight_decay": 0.1},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "epsilon_root": 1e-4},
        {"nesterov": 1},
    ],
    ("yogi", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "weight_decay": 0.1},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-8},
    ],
    ("adopt", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "weight_decay": 0.1},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3},
    ],
    ("adopt", "optax"): [
        {},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1, **CHANGING},
        {"clip": 0},
        {"nesterov": 1},
    ],
    ("ftrl", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "beta": 1},
        {"learning_rate": 0.1, "beta": 1, "l1": 1},
        {"learning_rate": 0.1, "beta": 1, "l2": 1},
        {"learning_rate": 0.1, "beta": 1, "l1": 0.5, "l2": 0.25, **CHANGING},
    ],
    ("schedule_free_sgd", TEXTBOOK): [
        {"learning_rate": 0.01},
        {"learning_rate": 0.001, "weight_decay": 0.1},
        {"learning_rate": 0.01, **CHANGING},
        {"learning_rate": 0.01, "warmup_steps": 20},
        {"learning_rate": 0.01, "warmup_steps": 5, "average_power": 0.5, "rate_power": 1, "momentum_decay": 0.5},
        {"learning_rate": 0.01, "warmup_steps": 20, "rate_power": 0, "weight_decay": 0.1, **CHANGING},
    ],
    ("schedule_free_adamw", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"warmup_steps": 20},
        {"warmup_steps": 5, "average_power": 0.5, "rate_power": 1, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3},
        {"warmup_steps": 20, "rate_power": 0, "decoupled_weight_decay": 0.1, **CHANGING},
    ],
    ("mars", TEXTBOOK): [
        {},
        {"vectors_too": 1},
        {"vectors_too": 1, "learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        {"vectors_too": 1, **CHANGING},
        {"vectors_too": 1, "gamma": 0.5, "beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3},
        {"vectors_too": 1, "gamma": 0},
        {"vectors_too": 1, "ams_bound": 1, "beta2": 0.75},
        {"vectors_too": 1, "cautious": 1},
        {"vector_learning_rate": 0.01, "vector_beta1": 0.5, "vector_beta2": 0.75, **CHANGING},
    ],
}

OF_TENSORS = {
    ("lars", TEXTBOOK): [
        {},
        {"learning_rate": 1, "weight_decay": 0.1},
        CHANGING,
        {"nesterov": 1, "momentum_decay": 0.5},
        {"trust_coefficient": 0.1, "epsilon": 1, "weight_decay": 0.1, **CHANGING},
    ],
    ("lamb", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "epsilon_root": 1e-4},
    ],
    ("adafactor", TEXTBOOK): [
        {},
        {"learning_rate": 0.5, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta2_power": -0.5, "epsilon": 1e-3, "epsilon_scale": 1.5, "clip_threshold": 2},
    ],
    ("adafactor", "optax"): [
        {},
        {"minimum_side": 2},
        {"minimum_side": 2, "learning_rate": 0.5, "rate_free_weight_decay": 1e-3, **CHANGING},
        {"minimum_side": 2, "scale_by_weights": 0, "clip_threshold": 0.5, "decay_rate": 0.5, "epsilon": 1e-3},
        {"minimum_side": 2, "momentum_decay": 0.9},
    ],
    ("novograd", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "epsilon_root": 1e-4},
    ],
    ("prodigy", TEXTBOOK): [
        {},
        {"learning_rate": 0.5, "decoupled_weight_decay": 0.1},
        {"weight_decay": 0.1},
        CHANGING,
        {"bias_correction": 1},
        {"safeguard_warmup": 1, **CHANGING},
        {"initial_distance": 1e-3, "distance_coefficient": 2, "growth_rate": 1.25},
        {"beta1": 0.5, "beta2": 0.75, "beta3": 0.9, "epsilon": 1e-3},
        {"beta1": 0, "growth_rate": 1.125},
    ],
    ("muon", TEXTBOOK): [
        {},
        {"learning_rate": 0.02, "decoupled_weight_decay": 0.5},
        {"learning_rate": 0.02, **CHANGING},
        {"learning_rate": 0.02, "nesterov": 0, "momentum_decay": 0.5},
        {"learning_rate": 0.02, "newton_schulz_steps": 3},
        {"learning_rate": 0.02, "as_shipped": 1},
    ],
    ("muon", "optax"): [
        {},
        {"decoupled_weight_decay": 0.5, "vector_decoupled_weight_decay": 0.1, **CHANGING},
        {"nesterov": 0, "momentum_decay": 0.5, "vector_beta1": 0.5, "vector_beta2": 0.75},
    ],
    ("shampoo", TEXTBOOK): [
        {},
        {"learning_rate": 0.1},
        {"learning_rate": 0.1, "weight_decay": 0.1},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        {"learning_rate": 0.1, **CHANGING},
        {"learning_rate": 0.1, "momentum_decay": 0.9},
        {"learning_rate": 0.1, "precondition_frequency": 3, "epsilon": 1e-2},
    ],
    ("soap", TEXTBOOK): [
        {},
        {"learning_rate": 0.1, "decoupled_weight_decay": 0.1},
        CHANGING,
        {"precondition_frequency": 1, "shampoo_beta": 0.75},
        {"beta1": 0.5, "beta2": 0.75, "epsilon": 1e-3, "bias_correction": 0},
        {"normalize": 1},
        {"maximum_side": 3},
        {"as_shipped": 1},
    ],
}

# The tensors that a method is run on, if not all the ill-scaled ones.
TENSORS = {
    "mars": ["vector", "matrix", "bias", "wide"],
    "adafactor": ["vector", "matrix", "tall"],
    "muon": ["matrix", "wide", "tall"],
    ("muon", "optax"): ["vector", "matrix", "wide", "tall"],
    "shampoo": ["bias", "row", "wide", "tall"],
    "soap": ["bias", "wide", "tall"],
}
ILL_SCALED = ["vector", "matrix"]
