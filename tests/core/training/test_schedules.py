import pytest
import torch

from mnist_core.training.schedules import rate_and_momentum


@pytest.mark.parametrize("steps", [2, 3, 5, 20, 703])
@pytest.mark.parametrize("peak", [0.003, 0.01, 1.0])
def test_one_cycle_equals_that_of_torch_to_the_last_bit(steps: int, peak: float) -> None:
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.AdamW([weight], lr=peak)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=peak, total_steps=steps, pct_start=0.25)
    for step in range(steps):
        group = optimiser.param_groups[0]
        assert rate_and_momentum("one-cycle", peak, step, steps) == (group["lr"], group["betas"][0])
        optimiser.step()
        if step < steps - 1:
            schedule.step()


def test_a_cycle_with_a_rise_of_one_step_starts_at_its_peak() -> None:
    assert rate_and_momentum("one-cycle", 0.1, 0, 4) == pytest.approx((0.1, 0.85))  # torch divides by 0


def test_the_constant_schedule_never_changes() -> None:
    assert {rate_and_momentum("constant", 0.02, step, 10) for step in range(10)} == {(0.02, 0.9)}


def test_the_step_schedule_divides_the_rate_by_ten_after_half_and_after_three_quarters() -> None:
    rates = [rate_and_momentum("step", 1.0, step, 8)[0] for step in range(8)]
    assert rates == pytest.approx([1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])
