"""Select the training images that a run uses, and make some of their labels wrong on purpose."""

from dataclasses import replace

import torch

from mnist_core.constants import CLASSES
from mnist_core.data.split import Split
from mnist_core.models.config import TrainConfig


def training_subset(train: Split, config: TrainConfig) -> Split:
    """Return the configuration's share of the training images, with its share of wrong labels.

    The seed alone decides which images these are. A wrong label is drawn uniformly from the other nine digits. With a
    share of 1 and no label noise, the result is the split itself.
    """
    # NOTE: a separate generator, so that neither setting changes the order of the images.
    generator = torch.Generator().manual_seed(config.seed)
    if config.share < 1:
        kept = torch.randperm(len(train), generator=generator)[: subset_size(len(train), config)]
        train = replace(train.at(kept), source=f"{train.source}, a share of {config.share:g}")
    if config.label_noise > 0:
        wrong = torch.randperm(len(train), generator=generator)[: round(config.label_noise * len(train))]
        labels = train.labels.clone()
        labels[wrong] = (labels[wrong] + torch.randint(1, CLASSES, (len(wrong),), generator=generator)) % CLASSES
        train = replace(train, labels=labels, source=f"{train.source}, {config.label_noise:.1%} mislabelled")
    return train


def unused_subset(train: Split, config: TrainConfig) -> Split:
    """Return the training images that `training_subset` leaves out, with their own labels; none with a share of 1."""
    order = torch.randperm(len(train), generator=torch.Generator().manual_seed(config.seed))
    return train.at(order[subset_size(len(train), config) :])


def subset_size(images: int, config: TrainConfig) -> int:
    """Return the number of images in the configuration's share of a number of training images."""
    return max(1, round(config.share * images)) if config.share < 1 else images
