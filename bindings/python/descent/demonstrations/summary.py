"""`python -m descent summary`: what the optimizers remember, cost and do, as a Markdown table.

What a method is comes from the library's table; how it behaves is measured here.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

import descent
from descent._c.table import ALGORITHMS, Algorithm

from .landscapes import RATES, SADDLE, Landscape, at_rate, follow

Point = NDArray[np.float64]

# What is not in the library's table: the idea of the method in a few words.
_PROBLEMS = {
    "sgd": "the slope is all there is to know; cheap steps, many of them",
    "momentum": "zigzag in ravines, slow plateaus: steps that agree add up",
    "nesterov": "momentum runs past its goal: the slope is taken where the momentum leads",
    "adagrad": "parameters of different scale, rare features: each has its own rate, which only falls",
    "rmsprop": "AdaGrad stands still after many steps: old gradients are forgotten",
    "adam": "both: momentum and a rate for each parameter, right from the first step",
    "adamw": "weight decay that the moments do not distort",
    "adamax": "Adam with the greatest recent gradient in place of the root of a mean",
    "nadam": "Adam that looks ahead as Nesterov does",
    "radam": "Adam's first steps are rash: they wait until the second moment is known",
    "adadelta": "the learning rate: steps are as large as recent ones were",
    "rprop": "the size of the gradient: only its sign counts; for full batches",
    "asgd": "noise: the mean of the last weights is better than any of them",
    "lion": "memory and the size of the gradient: one buffer, steps of one size",
    "signum": "the size of the gradient, noise: the sign of a mean of gradients",
    "adan": "momentum that lags: the change of the gradient is followed too",
    "ademamix": "old gradients are forgotten too soon: a second, slow mean",
    "adabelief": "Adam is timid where gradients are large but steady: only their deviation counts",
    "yogi": "Adam's second moment can fall too fast: it changes by small amounts",
    "adopt": "Adam need not converge: the gradient is divided by the v before it",
    "ftrl": "sparse models: exact zeros with l1",
    "schedule_free_sgd": "the schedule, which must know the number of steps: an average takes its place",
    "schedule_free_adamw": "the same for AdamW",
    "mars": "noise between batches: the change of the gradient corrects it",
    "lars": "very large batches: a rate for each tensor by its norm",
    "lamb": "the same for Adam",
    "novograd": "memory, outliers: one second moment for each tensor",
    "prodigy": "the learning rate: it is estimated from the way so far",
    "adafactor": "memory: of a matrix's squared gradients rows and columns are remembered only",
    "muon": "directions of a matrix that are seldom taken: all count the same; vectors take AdamW",
    "shampoo": "parameters that depend on each other: a matrix for each side of a matrix",
    "soap": "the same, with Adam in the directions that the matrices find",
    "lbfgs": "the learning rate and the curvature, on full batches: both follow from the last gradients",
    "conjugate_gradient": "the same with the memory of three vectors",
}
_MEMORIES = {
    "velocity": "a sum of past steps",
    "sum_of_squares": "the sum of all squared gradients",
    "mean_square": "a mean of recent squared gradients",
    "m": "a mean of recent gradients",
    "v": "one of their squares",
    "u": "the greatest of recent gradients",
    "mean_square_update": "a mean of the squares of recent steps",
    "previous_gradient": "the gradient before",
    "step_size": "a step size of its own",
    "average": "a mean of the weights",
    "n": "squares, summed up or averaged",
    "slow_m": "a mean of many gradients",
    "s": "a mean of squared deviations",
    "z": "the point without averaging",
    "initial_values": "where it began",
    "row_mean": "a mean of the squares of each row",
    "column_mean": "and of each column",
    "row_statistics": "products of the rows of gradients",
    "column_statistics": "and of their columns",
    "row_root": "an inverse root of the first",
    "column_root": "and of the second",
    "row_basis": "eigenvectors of the first",
    "column_basis": "and of the second",
}
# Where the methods stand on the page: a heading, the first algorithm's number, what is to be said.
_FAMILIES = (
    ("Element by element", 1, ""),
    ("With sums over whole tensors", 40, ""),
    (
        "Of matrices",
        60,
        "Here they are shown two numbers, a vector to them: Muon is AdamW then, SOAP is Adam, Shampoo has one side.\n"
        "What they are made for, the weights of layers, is in the demonstration.",
    ),
)
# The options that make a method what it is; all others are the same for every one, or off.
_OWN = ("learning_rate", "momentum_decay", "beta1", "beta2", "rho", "epsilon")

STEPS, NOISY_STEPS, SEEDS = 2000, 4000, 5
GOAL = 1e-3

CONDITIONS = f"""\
Measured with `descent.minimize` in double precision, the rates picked for each method and problem from 1, 2 and 5 times
the powers of ten from 1e-4 to 10, everything else at its default.

- **Ravine**: a valley a hundred times steeper across than along, turned by 30 degrees so that no axis helps;
  f = (u² + 100 v²) / 2 from (u, v) = (-7, 2). Steps until f stays below a thousandth of its first value, at the best
  rate.
- **Saddle**: f = x² / 2 + y⁴ / 4 - y² / 2 from (-1.6, 0.001), almost on the ridge that ends in the saddle. Steps until
  f, counted from its minimum, stays below a thousandth of its first value, at the best rate.
- **Noise**: the ravine with N(0, 1) added to each derivative in each step, at the ravine's best rate. The mean of f
  over steps {NOISY_STEPS // 2} to {NOISY_STEPS} and {SEEDS} seeds, and in parentheses that of the last step if the
  cosine schedule lowers the rate to 0 until then.
"""


def _rotated(x: Point, y: Point) -> tuple[Point, Point, Point]:
    cosine, sine = np.cos(np.pi / 6), 0.5
    along, across = cosine * x + sine * y, cosine * y - sine * x
    return (
        (along**2 + 100 * across**2) / 2,
        cosine * along - 100 * sine * across,
        sine * along + 100 * cosine * across,
    )


_RAVINE = Landscape(
    name="ravine",
    title="a steep ravine",
    function=_rotated,
    start=(-7 * np.cos(np.pi / 6) - 1.0, -3.5 + 2 * np.cos(np.pi / 6)),
    minima=((0.0, 0.0),),
    least=0.0,
    window=(-10, 10, -10, 10),
    steps=STEPS,
    floor=1e-6,
    learning_rates={},
)


def _steps_to_goal(landscape: Landscape, kind: type[descent.Optimizer], rate: float) -> float:
    """Steps until the value stays close to the minimum; infinity if it does not."""
    losses = follow(landscape, at_rate(kind, rate), STEPS).losses
    outside = np.flatnonzero(~(losses <= GOAL * losses[0]))
    reached = outside[-1] + 1 if outside.size else 0
    return float(reached) if reached < STEPS and len(losses) > STEPS else np.inf


def best_rate(landscape: Landscape, kind: type[descent.Optimizer]) -> tuple[float, float]:
    """The least number of steps to the goal, and the learning rate that needs them."""
    return min((_steps_to_goal(landscape, kind, rate), rate) for rate in RATES)


def noisy_value(make: Callable[[], descent.Optimizer], window: slice) -> float:
    """The mean value of the ravine with noisy gradients, over a window of the steps and over the seeds."""
    values = []
    for seed in range(SEEDS):
        noise = np.random.default_rng(seed).normal(size=(NOISY_STEPS + 1, 2))
        seen: list[float] = []

        def noisy(point: Point, noise: Point = noise, seen: list[float] = seen) -> tuple[float, Point]:
            value, gradient = _RAVINE(point)
            seen.append(value)
            return value, gradient + noise[len(seen) - 1]

        descent.minimize(noisy, _RAVINE.start, jac=True, optimizer=make(), max_steps=NOISY_STEPS, gradient_tolerance=0)
        values.append(np.mean(seen[window]))
    return float(np.mean(values))


def static_cells(algorithm: Algorithm) -> tuple[str, ...]:
    """Method, what it remembers, which problem it answers, memory, hyperparameters."""
    optimizer = descent.OPTIMIZERS[algorithm.name]()
    optimizer.step([(np.zeros((2, 2)), np.zeros((2, 2)))])
    states = [state for state in optimizer.state_names if optimizer.state(0, state).size]
    remembered = ", ".join(f"`{state}`: {_MEMORIES.get(state, '')}" for state in states) or "nothing"
    large = [state for state in states if algorithm.state_shape(state, (2, 3)) == (2, 3)]
    sides = [state for state in states if algorithm.state_shape(state, (2, 3)) in ((2, 2), (3, 3))]
    memory = "none" if not large else f"{len(large)} number{'s' if len(large) > 1 else ''} per parameter"
    if sides:
        matrices = f"{len(sides) // 2} matrices for each side"
        memory = f"{memory}, {matrices}" if large else matrices
    options = ", ".join(
        f"`{name}` {algorithm.options[name].default:g}"
        for name in _OWN
        if name in algorithm.options and (name in ("learning_rate", "epsilon") or algorithm.options[name].default)
    )
    return algorithm.title, remembered, _PROBLEMS.get(algorithm.name, ""), memory, options


def measured_cells(algorithm: Algorithm) -> tuple[str, ...]:
    """Behaviour on ravine, saddle and noise."""
    kind = descent.OPTIMIZERS[algorithm.name]
    ravine_steps, rate = best_rate(_RAVINE, kind)
    saddle_steps, saddle_rate = best_rate(SADDLE, kind)
    noise = noisy_value(lambda: at_rate(kind, rate), slice(NOISY_STEPS // 2, None))
    cosine = descent.schedules.Cosine(steps=NOISY_STEPS)
    calmed = noisy_value(lambda: at_rate(kind, rate, schedule=cosine), slice(NOISY_STEPS, None))
    return (
        f"{_steps(ravine_steps)} at {rate:g}",
        f"{_steps(saddle_steps)} at {saddle_rate:g}",
        f"{noise:.2g} ({calmed:.2g})",
    )


def _steps(number: float) -> str:
    return f"{number:.0f} steps" if np.isfinite(number) else f"not in {STEPS} steps"


# Batch methods make no steps that could be compared with the others'.
STEPPED = sorted((algorithm for algorithm in ALGORITHMS.values() if not algorithm.is_batch), key=lambda a: a.value)

HEADINGS = ("Method", "Remembers", "Answers", "Memory", "Hyperparameters", "Ravine", "Saddle", "Noise")


_PAGE = """\
# The optimizers, summed up

What each method remembers and costs, and how it behaves on the three difficulties of the course. `python -m descent
summary` measures and prints this page; `python -m descent compare` draws the paths. The formulas are in `descent.h`
and in `help(descent.Adam)`.

## When to take which

- A function that can be computed whole, with its gradient, without noise: **LBFGS**; with bounds too. There is no rate
  to choose. Full batches of a linear model are such a function: `batch_size=0`.
- Minibatches, and nothing is known: **AdamW** at 1e-3, with a warm-up and a cosine schedule. **ScheduleFreeAdamW** if
  the number of steps is not known; **Prodigy** if the rate is not.
- Convex, smooth and well scaled, or the last percent counts: **Nesterov** or **Momentum** with a schedule; in noise
  they end lower than methods which divide by the gradient's size, but want their rate tuned.
- Linear models with l2 and a loss that it takes, above all of sparse rows: **SDCA**, which has no rate either.
- Linear models with l1, and exact zeros: **CoordinateDescent**, on full batches.
- Rare features: **AdaGrad**; exact zeros wanted: **FTRL** with `l1`, or **LBFGS** with `l1`.
- Memory is short: **Lion** or **Signum** with one number per parameter, **Adafactor** with next to none, **SGD** with
  none.
- Layers whose weights are matrices, for long: **Muon** for them and AdamW for the rest, which is one optimizer here;
  **SOAP** if each step may cost more.
- Very large batches: **LAMB**, **LARS**.
- Noise at the end of any of them: `average="ema"`, or a schedule. Steps that are too wild: `clip_norm`, `cautious`,
  `lookahead_steps`.

{table}
## Batch methods

They decide themselves where to evaluate, so that their steps cannot be compared with those above. Counted is how often
they evaluate function and gradient until the value is below a thousandth of its first; no rate is picked.

{batch}
{conditions}
The ravine shows what a memory of past steps is worth. Near the saddle the gradient is almost 0: a method that follows
its size waits there until it has grown, which only a large rate makes short; one that divides by its size leaves at
once, and RMSProp then goes around the minimum at a distance that its rate decides. Noise stays as long as the rate
does, and a schedule is the answer to it.
"""


def family(heading: str) -> list[Algorithm]:
    """The algorithms under a heading of the page."""
    names = [name for name, _, _ in _FAMILIES]
    place = names.index(heading)
    first = _FAMILIES[place][1]
    last = _FAMILIES[place + 1][1] if place + 1 < len(_FAMILIES) else 2**31
    # Adafactor, the first of its kind, has its number among the others.
    return [a for a in STEPPED if first <= _place(a) < last]


def _place(algorithm: Algorithm) -> int:
    return 60 if algorithm.name == "adafactor" else algorithm.value


def _rows(rows: list[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def tables() -> str:
    """The measured tables in Markdown, a section each; takes a minute or two."""
    sections = []
    for heading, _, text in _FAMILIES:
        rows = [HEADINGS, ("---",) * len(HEADINGS)]
        rows += [(*static_cells(algorithm), *measured_cells(algorithm)) for algorithm in family(heading)]
        sections.append("\n".join(part for part in (f"## {heading}\n", text and f"{text}\n", _rows(rows)) if part))
    return "\n".join(sections)


def _evaluations(losses: Point) -> int:
    """How many it takes to come close to the minimum. At it, where all is 0, line searches look far around."""
    return int(np.argmax(losses <= GOAL * losses[0])) + 1


def batch_table() -> str:
    """Batch methods: evaluations until the ravine's and the saddle's value are below a thousandth of the first."""
    rows: list[tuple[str, ...]] = [("Method", "Answers", "Ravine", "Saddle"), ("---",) * 4]
    for algorithm in ALGORITHMS.values():
        if algorithm.is_batch and not algorithm.is_for_models:
            made = descent.OPTIMIZERS[algorithm.name]
            cells = [f"{_evaluations(follow(place, made(), STEPS).losses)} evaluations" for place in (_RAVINE, SADDLE)]
            rows.append((algorithm.title, _PROBLEMS[algorithm.name], *cells))
    return _rows(rows)


def page() -> str:
    """The tables with their conditions, as a page."""
    return _PAGE.format(table=tables(), batch=batch_table(), conditions=CONDITIONS)
