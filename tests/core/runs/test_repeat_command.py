from mnist_core.models.config import TrainConfig
from mnist_core.runs.repeat_command import repeat_command


def test_the_command_names_the_chosen_fields() -> None:
    line = repeat_command(TrainConfig("mlp", epochs=7, batch_size=64, learning_rate=0.0015, seed=3))
    assert line.startswith("python -m mnist_core train --model mlp ")
    for option in ("--epochs 7", "--batch-size 64", "--learning-rate 0.0015", "--seed 3"):
        assert option in line


def test_the_command_names_every_other_field_too() -> None:
    config = TrainConfig("linear", label_smoothing=0.1, weight_decay=0.2, augment=0.5, average=True)
    line = repeat_command(config)
    for option in ("--label-smoothing 0.1", "--weight-decay 0.2", "--augment 0.5", "--average"):
        assert option in line
