from mnist_core.training.report import StepReport


def test_a_report_gives_the_pace_and_the_time_left() -> None:
    report = StepReport(step=10, steps=40, epoch=0.5, seconds=5.0, loss=1.0, learning_rate=0.01, images=2_000)
    assert report.seconds_left == 15.0
    assert report.images_per_second == 400.0


def test_the_last_report_has_no_time_left() -> None:
    report = StepReport(step=40, steps=40, epoch=2.0, seconds=20.0, loss=1.0, learning_rate=0.01, images=8_000)
    assert report.seconds_left == 0.0
