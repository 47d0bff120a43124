"""Re-inking: MNIST's digits redrawn with pens of various widths and preprocessed like drawings.

A model receives a user's drawing only after `ink.preprocessing`. Training on re-inked digits as well shows it the
effects of that pipeline, such as the loops that a thick brush fills.
"""

from collections.abc import Callable
from multiprocessing import get_context

import numpy as np
import torch
from PIL import Image

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import INK_THRESHOLD
from mnist_core.ink.preprocessing import preprocess

SCALE = 4  # enlargement of the images before their lines are thickened
GROWTHS = (*[0] * 6, *range(1, 11))  # px of the enlarged image by which lines grow on each side; one is drawn per digit
MARGIN = 4  # px around the digit, for thicker lines
PROCESSES = 2
CHUNK = 250  # images per task of a process


def append_reinked(split: Split, seed: int, progress: Callable[[int], None] = lambda done: None) -> Split:
    """Return a split of twice the size: its digits, then all of them re-inked.

    Each process takes about 5 ms per image. The processes import the calling program, which therefore needs a
    `__main__` guard.

    Args:
        split: MNIST's digits.
        seed: decides the pen width of each digit.
        progress: called regularly with the number of images re-inked since the last call.
    """
    growths = np.random.default_rng(seed).choice(GROWTHS, len(split)).tolist()
    jobs = zip(split.images.numpy(), growths, strict=True)
    images = np.empty_like(split.images.numpy())
    with get_context("spawn").Pool(PROCESSES) as pool:
        for index, image in enumerate(pool.imap(_reink_job, jobs, CHUNK)):
            images[index] = image
            if (index + 1) % CHUNK == 0:
                progress(CHUNK)
    both = torch.cat([split.images, torch.from_numpy(images)])
    source = f"{split.source}, as it is and re-inked"
    redrawn = torch.arange(len(both)) >= len(split)
    return Split(both, split.labels.repeat(2), split.name, source, split.classes, redrawn)


def reink_batch(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Re-ink images, (N, 28, 28) uint8, in this process; returns the same shape and dtype."""
    growths = rng.choice(GROWTHS, len(images)).tolist()
    return torch.from_numpy(
        np.stack([reink(image, growth) for image, growth in zip(images.numpy(), growths, strict=True)])
    )


def reink(image: np.ndarray, growth: int) -> np.ndarray:
    """Redraw one digit with a thicker pen and preprocess it as a picture of ink; returns (28, 28) uint8.

    Args:
        image: the digit, (28, 28) uint8. A blank image is returned as it is.
        growth: growth of its lines on each side, in quarters of a px.
    """
    padded = np.pad(image, MARGIN)
    side = len(padded) * SCALE
    large = Image.fromarray(padded).resize((side, side), Image.Resampling.BICUBIC)
    ink = np.asarray(large, dtype=np.float32) / 255
    if growth and (ink >= INK_THRESHOLD).any():
        from scipy.ndimage import distance_transform_edt

        ink = np.clip(growth + 0.5 - distance_transform_edt(ink < INK_THRESHOLD), 0, 1).astype(np.float32)
    stages = preprocess(ink)
    return image if stages is None else np.round(stages.centre * 255).astype(np.uint8)


def _reink_job(job: tuple[np.ndarray, int]) -> np.ndarray:
    return reink(*job)
