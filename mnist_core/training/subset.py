"""Which training images a run learns from, and which of them are mislabelled on purpose."""

from dataclasses import replace

import torch

from mnist_core.constants import CLASSES
from mnist_core.data.split import Split
from mnist_core.models.config import TrainConfig


def training_subset(train: Split, config: TrainConfig) -> Split:
    """Return a share of the training images, some with a wrong label, as the configuration asks.

    The seed alone decides which. A wrong label is any of the other nine digits with the same chance. With the whole
    share and no noise it is the split itself.
    """
    # NOTE: a generator of their own, for neither may change the order in which the images are seen.
    generator = torch.Generator().manual_seed(config.seed)
    if config.share < 1:
        kept = torch.randperm(len(train), generator=generator)[: max(1, round(config.share * len(train)))]
        train = replace(train.at(kept), source=f"{train.source}, a share of {config.share:g}")
    if config.label_noise > 0:
        wrong = torch.randperm(len(train), generator=generator)[: round(config.label_noise * len(train))]
        labels = train.labels.clone()
        labels[wrong] = (labels[wrong] + torch.randint(1, CLASSES, (len(wrong),), generator=generator)) % CLASSES
        train = replace(train, labels=labels, source=f"{train.source}, {config.label_noise:.1%} mislabelled")
    return train
