"""The optimizers with all their options, as the papers and the other frameworks' manuals state them.

In NumPy and double precision and, like textbook.py, independent of the library. A rule is a function
(w, g, state, t, options) -> new w, for the dialect in options["dialect"]; what comes before it is in prepared().
"""

import numpy as np


def prepared(w, gradients, options):
    """The gradients as a rule gets them, and the weights after decoupled decay: limits, norm, sign, decay."""
    gradients = [np.asarray(gradient, np.float64) for gradient in gradients]
    limit = options["clip_value"]
    if limit > 0:
        gradients = [np.clip(gradient, -limit, limit) for gradient in gradients]
    norm = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
    if 0 < options["clip_norm"] < norm:
        gradients = [gradient * (options["clip_norm"] / norm) for gradient in gradients]
    if options["maximize"]:
        gradients = [-gradient for gradient in gradients]
    gradients = [gradient + options["weight_decay"] * one for gradient, one in zip(gradients, w, strict=True)]
    kept = 1 - options["learning_rate"] * options["decoupled_weight_decay"]
    return [kept * one for one in w], gradients


def sgd(w, g, state, t, options):
    return w - options["learning_rate"] * g


def _torch_velocity(g, state, t, options):
    """PyTorch's buffer: the gradient itself in the first step."""
    decay = options["momentum_decay"]
    if t == 1 or decay == 0:
        state["velocity"] = g
    else:
        state["velocity"] = decay * state["velocity"] + (1 - options.get("dampening", 0)) * g
    return state["velocity"]


def momentum(w, g, state, t, options):
    rate, decay = options["learning_rate"], options["momentum_decay"]
    if options["dialect"] in ("pytorch", "optax"):
        return w - rate * _torch_velocity(g, state, t, options)
    state["velocity"] = decay * state.get("velocity", 0) - rate * (1 - options["dampening"]) * g
    return w + state["velocity"]


def nesterov(w, g, state, t, options):
    rate, decay = options["learning_rate"], options["momentum_decay"]
    if options["dialect"] in ("pytorch", "optax"):
        return w - rate * (g + decay * _torch_velocity(g, state, t, options))
    state["velocity"] = decay * state.get("velocity", 0) - rate * g
    return w + decay * state["velocity"] - rate * g


def _root(square, options):
    """Where epsilon stands."""
    if options["dialect"] in ("keras", "optax"):
        return np.sqrt(square + options["epsilon"])
    return np.sqrt(square) + options["epsilon"]


def adagrad(w, g, state, t, options):
    state["sum_of_squares"] = state.get("sum_of_squares", options["initial_accumulator"]) + g**2
    rate = options["learning_rate"] / (1 + (t - 1) * options["learning_rate_decay"])
    return w - rate * g / _root(state["sum_of_squares"], options)


def rmsprop(w, g, state, t, options):
    rho, decay = options["rho"], options["momentum_decay"]
    state["mean_square"] = rho * state.get("mean_square", 0) + (1 - rho) * g**2
    variance = state["mean_square"]
    if options["centered"]:
        state["mean_gradient"] = rho * state.get("mean_gradient", 0) + (1 - rho) * g
        variance = np.maximum(variance - state["mean_gradient"] ** 2, 0)
    update = g / _root(variance, options)
    outside = options["dialect"] == "pytorch"
    state["velocity"] = decay * state.get("velocity", 0) + (1 if outside else options["learning_rate"]) * update
    return w - (options["learning_rate"] if outside else 1) * state["velocity"]


def adam(w, g, state, t, options):
    beta1, beta2, epsilon, rate = (options[name] for name in ("beta1", "beta2", "epsilon", "learning_rate"))
    state["m"] = beta1 * state.get("m", 0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0) + (1 - beta2) * g**2
    c1, c2 = (1 - beta1**t, 1 - beta2**t) if options["bias_correction"] else (1, 1)
    square = state["v"]
    if options["amsgrad"]:
        corrected = square / c2 if options["dialect"] == "optax" else square
        state["v_max"] = np.maximum(state.get("v_max", 0), corrected)
        square = state["v_max"] * (c2 if options["dialect"] == "optax" else 1)
    if options["dialect"] == "pytorch":
        return w - rate / c1 * state["m"] / (np.sqrt(square) / np.sqrt(c2) + epsilon)
    if options["dialect"] == "keras":
        return w - rate * np.sqrt(c2) / c1 * state["m"] / (np.sqrt(square) + epsilon)
    return w - rate * (state["m"] / c1) / (np.sqrt(square / c2) + epsilon)


RULES = {rule.__name__: rule for rule in (sgd, momentum, nesterov, adagrad, rmsprop, adam)}


def step(name, w, gradients, states, t, options):
    """One step of all tensors: the new weights; the states, one dict for each tensor, are changed."""
    w, gradients = prepared(w, gradients, options)
    rule = RULES[name]
    return [rule(one, g, state, t, options) for one, g, state in zip(w, gradients, states, strict=True)]
