"""Golden trajectories of the algorithms of 0.2. Writes methods.json and methods_of_tensors.json beside this script.

Run by hand, after a method was added, with a Python that has the references:

    pip install "torch==2.13.*" optax==0.2.8 "pytorch_optimizer==4.1.*" schedulefree==1.4.1 prodigyopt==1.1.2
    python Tests/Golden/generate_methods.py

Each run is made by the package that it names, in float64, from weights and gradients that are float32 numbers. The
"options" are all that the reference has, its defaults included, under names in the library's style; one that is missing
is none, infinite or 0. "weights" has, for each tensor, a row of elements (row-major) for each recorded step; "averaged"
has the same of the average that the method keeps: the evaluation weights of the schedule-free methods, ASGD's average.
The learning rate of step t is the option times rate_factor to the power t - 1, as a running product.

"dialect" is that of the library that the run is for; "first" tells whether the reference is the one that the textbook
dialect follows. "inside" is "full precision" where the reference's own rounding to bfloat16 (Muon) or float32 (SOAP)
was left out. A run steps all its tensors at once, which matters to Prodigy only.
"""

import math
from pathlib import Path

import method_runners
import numpy as np
from hex_json import to_hex, write
from method_problem import RECORDED, STEPS, problem, rates
from method_references import FIRST, OPTAX, OTHERS, PYTORCH, Reference
from method_runs import ELEMENT_BY_ELEMENT, ILL_SCALED, OF_TENSORS, RATE_FACTOR, RATES, TENSORS, TEXTBOOK

CHAINED = ("weight_decay", "decoupled_weight_decay")


def in_hex(rows: dict[str, list[list[float]]]) -> dict[str, list[list[str]]]:
    """Write every number in hexadecimal."""
    return {name: [[to_hex(value) for value in row] for row in steps] for name, steps in rows.items()}


def check_ftrl(options: dict, schedule: list[float], tensors: dict, weights: dict) -> None:
    """Compare with algorithm 1 of McMahan et al. 2013, written out: a second opinion on the package."""
    for name, tensor in tensors.items():
        w = np.asarray(tensor["initial"])
        z, n = np.zeros_like(w), np.zeros_like(w)
        for step, rate in enumerate(schedule, start=1):
            g = np.asarray(tensor["gradients"][step - 1])
            sigma = (np.sqrt(n + g * g) - np.sqrt(n)) / rate
            z, n = z + g - sigma * w, n + g * g
            denominator = (options.get("beta", 0) + np.sqrt(n)) / rate + options.get("l2", 0)
            shrunk = np.abs(z) - options.get("l1", 0)
            w = np.where(shrunk > 0, -np.sign(z) * shrunk / np.where(denominator > 0, denominator, 1), 0.0)
            if step in RECORDED:
                found = weights[name][RECORDED.index(step)]
                np.testing.assert_allclose(found, w, rtol=1e-10, atol=1e-12)


def golden_run(method: str, dialect: str, changes: dict, tensors: dict[str, dict]) -> dict:
    """Make one run."""
    reference: Reference = OTHERS[method, dialect] if dialect else FIRST[method]
    options = {"learning_rate": RATES.get(method), **reference.defaults()}
    options = {**options, **{name: value for name, value in changes.items() if name != RATE_FACTOR}}
    factor = changes.get(RATE_FACTOR, 1)
    own = TENSORS.get((method, dialect), TENSORS.get(method, ILL_SCALED))
    chosen = {name: tensors[name] for name in own}
    schedule = rates(options["learning_rate"], factor)
    weights, averaged = method_runners.run(reference, options, schedule, chosen)
    assert all(math.isfinite(value) for steps in weights.values() for row in steps for value in row), (method, options)
    if method == "ftrl":
        check_ftrl(options, schedule, chosen, weights)
    first = dialect == TEXTBOOK
    known = {PYTORCH: "pytorch", OPTAX: "optax"}
    shared = any(other == method for other, _ in OTHERS)
    found = {
        "method": method,
        "dialect": dialect or (known.get(reference.package, "textbook") if shared else "textbook"),
        "first": first,
        "reference": reference.name(),
        "dtype": "float64",
        "options": {name: value for name, value in options.items() if name != method_runners.AS_SHIPPED},
        "rate_factor": factor,
    }
    if method in ("muon", "soap") and reference.package != OPTAX:
        inner = "bfloat16" if method == "muon" else "float32"
        found["inside"] = inner if method_runners.AS_SHIPPED in options else "full precision"
    if reference.package == OPTAX and "weight_decay" not in reference.arguments() and set(CHAINED) & set(options):
        found["note"] = "the reference has no decay of its own: chained before (coupled) or after it"
    found["weights"] = in_hex(weights)
    if averaged:
        found["averaged"] = in_hex(averaged)
    return found


def main() -> None:
    """Make every run and write both files."""
    tensors = problem()
    for name, table in (("methods.json", ELEMENT_BY_ELEMENT), ("methods_of_tensors.json", OF_TENSORS)):
        runs = [
            golden_run(method, dialect, changes, tensors)
            for (method, dialect), variants in table.items()
            for changes in variants
        ]
        used = {tensor for run in runs for tensor in run["weights"]}
        write(
            Path(__file__).with_name(name),
            {
                "source": ", ".join(sorted({" ".join(run["reference"].split()[:2]) for run in runs})),
                "steps": STEPS,
                "recorded_steps": RECORDED,
                "tensors": [
                    {
                        "name": tensor,
                        "shape": values["shape"],
                        "initial": [to_hex(value) for value in values["initial"]],
                        "gradients": [[to_hex(value) for value in row] for row in values["gradients"]],
                    }
                    for tensor, values in tensors.items()
                    if tensor in used
                ],
                "runs": runs,
            },
            compact=True,
        )
        print(f"{len(runs)} runs")


if __name__ == "__main__":
    main()
