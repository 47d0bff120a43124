"""How the learning rate and the momentum change over a run, as plain functions of the step."""

import math

WARM_UP = 0.25  # fraction of a one-cycle run in which the learning rate rises
LOWEST_START, LOWEST_END = 25, 1e4  # the rate begins at its peak divided by the first, and ends at that by the second
MOMENTUM_LOW, MOMENTUM_HIGH = 0.85, 0.95  # the momentum falls while the rate rises
MOMENTUM = 0.9  # of the other schedules
DROPS = (0.5, 0.75)  # fractions of a run after which the step schedule divides the rate by ten


def rate_and_momentum(schedule: str, peak: float, step: int, steps: int) -> tuple[float, float]:
    """Return the learning rate and the momentum (AdamW's first beta) of a step.

    Args:
        schedule: one of the choices of `TrainConfig.schedule`; one-cycle is that of Smith and Topin, arXiv:1708.07120.
        peak: the largest learning rate.
        step: counted from 0.
        steps: how many the run has.
    """
    if schedule == "one-cycle":
        return _one_cycle(peak, step, max(steps, 2))
    if schedule == "step":
        return peak * 0.1 ** sum(step >= drop * steps for drop in DROPS), MOMENTUM
    return peak, MOMENTUM


def _one_cycle(peak: float, step: int, steps: int) -> tuple[float, float]:
    start, end_of_rise = peak / LOWEST_START, WARM_UP * steps - 1
    if step <= end_of_rise:
        part = step / end_of_rise if end_of_rise else 1.0
        return _between(start, peak, part), _between(MOMENTUM_HIGH, MOMENTUM_LOW, part)
    part = (step - end_of_rise) / (steps - 1 - end_of_rise)
    return _between(peak, start / LOWEST_END, part), _between(MOMENTUM_LOW, MOMENTUM_HIGH, part)


def _between(start: float, end: float, part: float) -> float:
    """Go from start to end along half a cosine."""
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)
