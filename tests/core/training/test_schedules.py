import pytest
import torch

from mnist_core.training.schedules import rate_and_momentum


@pytest.mark.parametrize("steps", [2, 3, 5, 20, 703])
@pytest.mark.parametrize("peak", [0.003, 0.01, 1.0])
def test_one_cycle_is_that_of_torch_to_the_last_bit(steps: int, peak: float) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.AdamW([weight], lr=peak)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=peak, total_steps=steps, pct_start=0.25)
    for step in range(steps):
        group = optimiser.param_groups[0]
        assert rate_and_momentum("one-cycle", peak, step, steps) == (group["lr"], group["betas"][0])
        optimiser.step()
        if step < steps - 1:
            schedule.step()


def test_a_cycle_whose_rise_is_a_single_step_begins_at_its_peak() -> None:
    assert rate_and_momentum("one-cycle", 0.1, 0, 4) == (pytest.approx(0.1), pytest.approx(0.85))  # torch divides by 0


def test_a_constant_rate_stays() -> None:
    assert {rate_and_momentum("constant", 0.02, step, 10) for step in range(10)} == {(0.02, 0.9)}


def test_the_step_schedule_falls_to_a_tenth_after_half_and_again_after_three_quarters() -> None:
    rates = [rate_and_momentum("step", 1.0, step, 8)[0] for step in range(8)]
    assert rates == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])
