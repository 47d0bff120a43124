"""The learning rate and the momentum over a run, as plain functions of the step."""

import math

WARM_UP = 0.25  # fraction of a one-cycle run in which the learning rate rises
START_DIVISOR, END_DIVISOR = 25, 1e4  # a one-cycle run starts at peak / 25 and ends at that start / 10,000
MOMENTUM_LOW, MOMENTUM_HIGH = 0.85, 0.95  # the momentum falls while the learning rate rises
MOMENTUM = 0.9  # constant in the other schedules
DROPS = (0.5, 0.75)  # fractions of a run after which the step schedule divides the learning rate by 10


def rate_and_momentum(schedule: str, peak: float, step: int, steps: int) -> tuple[float, float]:
    """Return the learning rate and the momentum (AdamW's first beta) of a step.

    Args:
        schedule: one of the choices of `TrainConfig.schedule`; one-cycle is that of Smith and Topin, arXiv:1708.07120.
        peak: the largest learning rate.
        step: counted from 0.
        steps: number of steps in the run.
    """
    if schedule == "one-cycle":
        return _one_cycle(peak, step, max(steps, 2))
    if schedule == "step":
        return peak * 0.1 ** sum(step >= drop * steps for drop in DROPS), MOMENTUM
    return peak, MOMENTUM


def _one_cycle(peak: float, step: int, steps: int) -> tuple[float, float]:
    start, end_of_rise = peak / START_DIVISOR, WARM_UP * steps - 1
    if step <= end_of_rise:
        fraction = step / end_of_rise if end_of_rise else 1.0
        return _anneal(start, peak, fraction), _anneal(MOMENTUM_HIGH, MOMENTUM_LOW, fraction)
    fraction = (step - end_of_rise) / (steps - 1 - end_of_rise)
    return _anneal(peak, start / END_DIVISOR, fraction), _anneal(MOMENTUM_LOW, MOMENTUM_HIGH, fraction)


def _anneal(start: float, end: float, fraction: float) -> float:
    """Return the value at a fraction of the way from start to end along half a cosine."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * fraction) + 1)
