"""Optimizers, losses and gradient descent as a textbook states them, in NumPy and double precision.

Independent of the library: nothing here reads its table, its formulas or its defaults.
"""

import numpy as np

# --- optimizers: (w, g, state, t, **options) -> new w; `state` is a dict that starts empty ---


def sgd(w, g, state, t, *, learning_rate=0.01):
    return w - learning_rate * g


def momentum(w, g, state, t, *, learning_rate=0.01, momentum_decay=0.9):
    state["velocity"] = momentum_decay * state.get("velocity", 0.0) - learning_rate * g
    return w + state["velocity"]


def nesterov(w, g, state, t, *, learning_rate=0.01, momentum_decay=0.9):
    former = state.get("velocity", np.zeros_like(w))
    state["velocity"] = momentum_decay * former - learning_rate * g
    return w - momentum_decay * former + (1 + momentum_decay) * state["velocity"]


def adagrad(w, g, state, t, *, learning_rate=0.01, epsilon=1e-7):
    state["sum_of_squares"] = state.get("sum_of_squares", 0.0) + g**2
    return w - learning_rate * g / (np.sqrt(state["sum_of_squares"]) + epsilon)


def rmsprop(w, g, state, t, *, learning_rate=0.01, rho=0.99, epsilon=1e-7):
    state["mean_square"] = rho * state.get("mean_square", 0.0) + (1 - rho) * g**2
    return w - learning_rate * g / (np.sqrt(state["mean_square"]) + epsilon)


def adam(w, g, state, t, *, learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8, bias_correction=True):
    state["m"] = beta1 * state.get("m", 0.0) + (1 - beta1) * g
    state["v"] = beta2 * state.get("v", 0.0) + (1 - beta2) * g**2
    mean, variance = state["m"], state["v"]
    if bias_correction:
        mean, variance = mean / (1 - beta1**t), variance / (1 - beta2**t)
    return w - learning_rate * mean / (np.sqrt(variance) + epsilon)


RULES = {rule.__name__: rule for rule in (sgd, momentum, nesterov, adagrad, rmsprop, adam)}


def descend(name, w, gradients, options_at):
    """Yields (t, w, state) after every step. options_at(t) gives the options of step t, weight_decay among them."""
    w, state = np.asarray(w, np.float64), {}
    for t, gradient in enumerate(gradients, start=1):
        options = dict(options_at(t))
        g = np.asarray(gradient, np.float64) + options.pop("weight_decay", 0.0) * w
        w = RULES[name](w, g, state, t, **options)
        yield t, w, state


# --- losses: (scores or predictions, labels or targets) -> (value, gradient), both means over the batch ---


def softmax_cross_entropy(scores, labels):
    rows = np.arange(len(scores))
    shifted = scores - scores.max(axis=1, keepdims=True)
    total = np.exp(shifted).sum(axis=1, keepdims=True)
    gradient = np.exp(shifted) / total
    gradient[rows, labels] -= 1
    return (np.log(total[:, 0]) - shifted[rows, labels]).mean(), gradient / len(scores)


def _margins(scores, labels):
    rows = np.arange(len(scores))
    margins = np.maximum(scores - scores[rows, labels][:, None] + 1, 0)
    margins[rows, labels] = 0
    return rows, margins


def _hinge_gradient(slopes, rows, labels):
    slopes[rows, labels] = -slopes.sum(axis=1)
    return slopes / len(slopes)


def multiclass_hinge(scores, labels):
    rows, margins = _margins(scores, labels)
    return margins.sum(axis=1).mean(), _hinge_gradient((margins > 0).astype(np.float64), rows, labels)


def squared_hinge(scores, labels):
    rows, margins = _margins(scores, labels)
    return (margins**2).sum(axis=1).mean(), _hinge_gradient(2 * margins, rows, labels)


def _signs(scores, labels):
    return np.where(labels[:, None] == np.arange(scores.shape[1]), 1, -1)


def one_vs_rest_hinge(scores, labels):
    signs = _signs(scores, labels)
    margins = np.maximum(1 - signs * scores, 0)
    return margins.sum(axis=1).mean(), -signs * (margins > 0) / len(scores)


def one_vs_rest_squared_hinge(scores, labels):
    signs = _signs(scores, labels)
    margins = np.maximum(1 - signs * scores, 0)
    return (margins**2).sum(axis=1).mean(), -2 * signs * margins / len(scores)


def one_vs_rest_logistic(scores, labels):
    return logistic(scores, (_signs(scores, labels) > 0).astype(scores.dtype))


def squared_error(predictions, targets):
    difference = predictions - targets
    return (difference**2).sum() / len(predictions), 2 * difference / len(predictions)


def absolute_error(predictions, targets):
    difference = predictions - targets
    return np.abs(difference).sum() / len(predictions), np.sign(difference) / len(predictions)


def huber(predictions, targets, delta=1):
    difference = predictions - targets
    near = np.abs(difference) <= delta
    with np.errstate(over="ignore"):
        values = np.where(near, difference**2 / 2, delta * (np.abs(difference) - delta / 2))
    return values.sum() / len(predictions), np.clip(difference, -delta, delta) / len(predictions)


def quantile(predictions, targets, quantile=0.5):
    values = quantile * np.maximum(targets - predictions, 0) + (1 - quantile) * np.maximum(predictions - targets, 0)
    slopes = np.where(predictions > targets, 1 - quantile, np.where(predictions < targets, -quantile, 0))
    return values.sum() / len(predictions), slopes / len(predictions)


def epsilon_insensitive(predictions, targets, epsilon=0.1):
    excess = np.maximum(np.abs(predictions - targets) - epsilon, 0)
    return excess.sum() / len(predictions), np.sign(predictions - targets) * (excess > 0) / len(predictions)


def squared_epsilon_insensitive(predictions, targets, epsilon=0.1):
    excess = np.maximum(np.abs(predictions - targets) - epsilon, 0)
    return (excess**2).sum() / len(predictions), 2 * excess * np.sign(predictions - targets) / len(predictions)


def poisson(predictions, targets):
    with np.errstate(over="ignore"):
        means = np.exp(predictions)
        return (means - targets * predictions).sum() / len(predictions), (means - targets) / len(predictions)


def logistic(predictions, targets):
    values = np.maximum(predictions, 0) - targets * predictions + np.log1p(np.exp(-np.abs(predictions)))
    small = np.exp(-np.abs(predictions))
    sigmoid = np.where(predictions >= 0, 1, small) / (1 + small)
    return values.sum() / len(predictions), (sigmoid - targets) / len(predictions)


LABEL_LOSSES = {
    loss.__name__: loss
    for loss in (
        *(softmax_cross_entropy, multiclass_hinge, squared_hinge),
        *(one_vs_rest_hinge, one_vs_rest_squared_hinge, one_vs_rest_logistic),
    )
}
TARGET_LOSSES = {
    loss.__name__: loss
    for loss in (
        *(squared_error, absolute_error, huber, logistic, quantile),
        *(epsilon_insensitive, squared_epsilon_insensitive, poisson),
    )
}


# --- the linear classifier ---


def classifier_loss(loss, features, labels, weights, bias, *, l2):
    """The mean loss with l2 * sum(W * W), and its gradients for W and b; weights are (dimension, classes)."""
    value, slopes = LABEL_LOSSES[loss](features @ weights + bias, labels)
    return value + l2 * (weights**2).sum(), features.T @ slopes + 2 * l2 * weights, slopes.sum(axis=0)


def central_difference(function, x, step):
    """The gradient of a function of an array, two evaluations for every element."""
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + step
        above = function(x)
        x[index] = kept - step
        below = function(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * step)
    return gradient
