"""Golden learning rates of the schedules, made by PyTorch's lr_scheduler. Writes schedules.json beside this script.

Run by hand with any Python that has PyTorch, after a schedule was added:

    python Tests/Golden/generate_schedules.py

Each run has the library's options and the learning rates of the steps 1, 2, ... of an optimizer with the rate 1, so
that the numbers are the schedule's factors. PyTorch computes most of its rates from the rate before, whose rounding
errors add up; where it also has a closed form, that is what was recorded. Plateau runs also have the losses, one after
each step.
"""

import json
import warnings
from pathlib import Path

import torch
from torch.optim import lr_scheduler

warnings.simplefilter("ignore")

STEP, EXPONENTIAL, POLYNOMIAL, COSINE, RESTARTS, ONE_CYCLE, PLATEAU = 1, 2, 4, 5, 6, 7, 8


def optimizer() -> torch.optim.Optimizer:
    """Return an optimizer with the rate 1."""
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)


def rates(scheduler, steps: int, losses: list[float] | None = None) -> list[float]:
    """Return the learning rate of each step."""
    group = scheduler.optimizer.param_groups[0]
    closed = getattr(scheduler, "_get_closed_form_lr", None)
    found = []
    for step in range(steps):
        found.append(float(closed()[0] if closed else group["lr"]))
        if step == steps - 1:
            break  # one cycle has no rate after its last
        scheduler.optimizer.step()
        if losses is None:
            scheduler.step()
        else:
            scheduler.step(losses[step])
    return found


def warmed_up(warmup: int, make, steps: int) -> list[float]:
    """Return the rates of a linear warm-up and the schedule after it."""
    of = optimizer()
    rise = lr_scheduler.LinearLR(of, start_factor=1 / warmup, end_factor=1, total_iters=warmup - 1)
    both = lr_scheduler.SequentialLR(of, [rise, make(of)], milestones=[warmup])
    return rates(both, steps)


def falling(n: int, factor: float, power: float, floor: float) -> list[tuple[dict, object, int]]:
    """Return options, PyTorch's schedule, and how many steps the two have the same meaning."""
    return [
        (
            {"schedule": STEP, "schedule_steps": n, "schedule_factor": factor},
            lambda of: lr_scheduler.StepLR(of, step_size=n, gamma=factor),
            4 * n + 2,
        ),
        (
            {"schedule": EXPONENTIAL, "schedule_steps": 1, "schedule_factor": factor},
            lambda of: lr_scheduler.ExponentialLR(of, gamma=factor),
            60,
        ),
        (
            {"schedule": POLYNOMIAL, "schedule_steps": n, "schedule_power": power},
            lambda of: lr_scheduler.PolynomialLR(of, total_iters=n, power=power),
            n + 5,
        ),
        (
            {"schedule": COSINE, "schedule_steps": n, "schedule_floor": floor},
            lambda of: lr_scheduler.CosineAnnealingLR(of, T_max=n, eta_min=floor),
            n + 1,
        ),
    ]


def repeating(n: int, longer: int, floor: float) -> tuple[dict, object, int]:
    """Return the same for the cosine with restarts."""
    return (
        {"schedule": RESTARTS, "schedule_steps": n, "cycle_factor": longer, "schedule_floor": floor},
        lambda of: lr_scheduler.CosineAnnealingWarmRestarts(of, T_0=n, T_mult=longer, eta_min=floor),
        8 * n + 3,
    )


def one_cycle(n: int, rise: float, start: float, floor: float) -> tuple[dict, object, int]:
    """Return the same for one cycle."""
    return (
        {
            "schedule": ONE_CYCLE,
            "schedule_steps": n,
            "cycle_rise": rise,
            "cycle_start": start,
            "schedule_floor": floor,
        },
        lambda of: lr_scheduler.OneCycleLR(
            of,
            max_lr=1.0,
            total_steps=n,
            pct_start=float(rise),
            div_factor=1 / start,
            final_div_factor=start / floor,
            cycle_momentum=False,
        ),
        n,
    )


def plateau_losses() -> list[float]:
    """Return losses that fall, stay, fall too little, rise and fall again."""
    fall = [2.0 * 0.9**k for k in range(8)]
    stay = [fall[-1]] * 9
    little = [fall[-1] * (1 - 0.00005 * k) for k in range(1, 7)]
    rise = [1.5 + 0.01 * k for k in range(12)]
    return fall + stay + little + rise + [0.5, 0.49995, 0.4999, 0.2] + [0.3] * 15


def main() -> None:
    """Make every list of rates and write the file."""
    cases = [*falling(10, 0.5, 1, 0), *falling(7, 0.1, 2.5, 0.25), *falling(1, 0.9, 0.5, 0.01)]
    cases += [repeating(5, 1, 0), repeating(3, 2, 0.125), repeating(1, 3, 0.01), repeating(1, 1, 0.5)]
    cases += [one_cycle(20, 0.3, 0.04, 1e-6), one_cycle(10, 0.5, 0.1, 0.01), one_cycle(7, 0, 0.5, 0.125)]
    cases += [one_cycle(9, 1, 0.25, 0.0625), one_cycle(3, 0.3, 0.04, 0.01)]
    runs = [{"options": options, "rates": rates(make(optimizer()), steps)} for options, make, steps in cases]
    for options, make, steps in [*falling(6, 0.5, 2, 0.1), repeating(4, 2, 0), one_cycle(12, 0.25, 0.04, 0.001)]:
        for warmup in (2, 5):
            found = warmed_up(warmup, make, warmup + min(steps, 12))
            runs.append({"options": {**options, "warmup_steps": warmup}, "rates": found})
    losses = plateau_losses()
    for factor, patience, floor in ((0.1, 2, 0), (0.5, 0, 0.01), (0.25, 10, 0.125), (0, 3, 0)):
        scheduler = lr_scheduler.ReduceLROnPlateau(
            optimizer(), factor=factor, patience=patience, threshold=1e-4, threshold_mode="rel", min_lr=floor, eps=0
        )
        options = {"schedule": PLATEAU, "schedule_factor": factor, "patience": patience, "schedule_floor": floor}
        runs.append({"options": options, "rates": rates(scheduler, len(losses), losses), "losses": losses})
    rows = ",\n    ".join(json.dumps(run) for run in runs)
    path = Path(__file__).with_name("schedules.json")
    source = f"PyTorch {torch.__version__}"
    path.write_text(f'{{\n  "source": "{source}",\n  "runs": [\n    {rows}\n  ]\n}}\n')
    print(f"{path.name}: {path.stat().st_size} bytes, {len(runs)} runs, {source}")


if __name__ == "__main__":
    main()
