"""Measures all of it and writes a page of tables; fails if a training in fewer bits is too far off."""

import argparse
import sys
from pathlib import Path

from speed import images

from . import codes, trainings
from .models import MODELS

PAGE = """# State and weights in fewer bits, on Fashion-MNIST

`make low-precision` makes these tables, from two models: softmax regression and a network with 64 hidden units,
on minibatches of 128 of the 60,000 training images. Losses are the mean cross-entropy over all of these.
Nothing here is a time: `make benchmark` has those.

## Trainings with the state in fewer bits

`state_dtype` is what differs; {epochs} epochs, with a rate that falls to 0 as a cosine does. The figures are
the loss with float32 state, and how far it is above that with the others, which must be at most {most:.1%}:
means over {orders} orders of the minibatches, since whatever is changed in a training moves its end by some
tenths of a percent.

| model | method | float32 | bfloat16 | quantized8 |
|---|---|---:|---:|---:|
{states}

## bfloat16 weights and a small rate

Models that {first} epoch of AdamW has trained are trained on for {more} epochs with small rates, with weights
in float32, and in bfloat16 with gradients in bfloat16. The figures are the loss before and after, and in
brackets the share of what float32 weights gain. Rounded to the nearest, most changes are below half a unit of
the weight, and are lost.

| model | method | before | float32 | bfloat16, nearest | bfloat16, `stochastic_rounding` |
|---|---|---:|---:|---:|---:|
{rounding}

## Which code

For blocks of 256 numbers with a scale each, written in NumPy: the moments of the first layer's weights after
{code_epochs} epochs of Adam in float32, as each code has them. The errors are means of relative ones, over the
numbers that are not 0, of m and of the root of v, both rounded stochastically; and, of the whole step m / (√v +
ε), the error's norm relative to the step's. The longest is the greatest element of a step that should have 1 in
each, the first one with 2^20 normally distributed gradients: where means reach less far down than the roots of
second moments, small ones that are rounded up are divided by roots that are far smaller. Then the same
trainings with a state that goes through the code after each step, rounded to the nearest, or stochastically
with {seeds} seeds: how far the loss, or their mean, is above that with float32; another seed moves it by some
tenths of a percent.

A code is arithmetic if both ways are a few operations on a float's bits; the others need searches, roots or
tables. Of these the library has the floating one with 4 and 5 bits of exponent, in scales that are powers of 2,
which spare a product and a division.

| code | arithmetic | model | m | root of v | step | longest | nearest | stochastic |
|---|---|---|---:|---:|---:|---:|---:|---:|
{codes}
"""


def _state_lines() -> tuple[list[str], int]:
    rows = trainings.state_rows()
    lines = [
        f"| {row.model} | {row.method} | {row.losses['same']:.4f} | "
        + " | ".join(f"{row.excess(state):+.2%}" for state in trainings.STATES[1:])
        + " |"
        for row in rows
    ]
    return lines, sum(not row.is_right for row in rows)


def _rounding_lines() -> list[str]:
    return [
        f"| {row.model} | {row.method} | {row.before:.4f} | "
        + " | ".join(f"{loss:.4f} ({row.progress(way):.0%})" for way, loss in row.losses.items())
        + " |"
        for row in trainings.rounding_rows()
    ]


def _code_lines() -> list[str]:
    return [
        f"| {row.code.name} | {'yes' if row.code.is_arithmetic else ''} | {model.name} | "
        + " | ".join(f"{error:.1%}" for error in row.errors[model.name])
        + f" | {row.longest:.2g} | {row.nearest[model.name]:+.2%} | {row.stochastic[model.name]:+.2%} |"
        for row in codes.rows()
        for model in MODELS
    ]


def main() -> int:
    """Returns how many trainings are too far off."""
    parser = argparse.ArgumentParser(prog="low_precision", description=__doc__)
    parser.add_argument("--output", type=Path, help="the Markdown file to write")
    arguments = parser.parse_args()
    if not images.installed():
        print("Fashion-MNIST is not installed (Debian's package dataset-fashion-mnist)")
        return 1
    states, wrong = _state_lines()
    text = PAGE.format(
        epochs=trainings.EPOCHS,
        most=trainings.MOST_EXCESS,
        orders=len(trainings.ORDERS),
        states="\n".join(states),
        first=trainings.FIRST_EPOCHS,
        more=trainings.MORE_EPOCHS,
        rounding="\n".join(_rounding_lines()),
        code_epochs=codes.EPOCHS,
        seeds=len(codes.SEEDS),
        codes="\n".join(_code_lines()),
    )
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
