"""MNIST's digits as the ink pipeline would show them, written by thicker pens too.

A model meets a user's drawing only after `ink.preprocessing`; trained on these digits as well, it knows what that does,
down to the loops that a thick brush fills.
"""

from collections.abc import Callable
from multiprocessing import get_context

import numpy as np
import torch
from PIL import Image

from mnist_core.data.split import Split
from mnist_core.ink.normalisation import INK_THRESHOLD
from mnist_core.ink.preprocessing import preprocess

ENLARGED = 4  # MNIST's images are made this many times larger before a thicker pen goes over them
THICKER = (*[0] * 6, *range(1, 11))  # px of the enlarged picture by which lines grow on each side, drawn from these
MARGIN = 4  # px around the digit, for the thicker pen
PROCESSES = 2
CHUNK = 250  # images that a process takes at a time


def with_reinked(split: Split, seed: int, progress: Callable[[int], None] = lambda done: None) -> Split:
    """Return a split twice as long: its digits as they are, then all of them once more, re-inked.

    Takes about 5 ms an image and process. The new processes import the calling program: guard it with `__main__`.

    Args:
        split: MNIST's digits.
        seed: decides how thick a pen each was written with.
        progress: told how many more images are done, now and then.
    """
    growths = np.random.default_rng(seed).choice(THICKER, len(split)).tolist()
    jobs = zip(split.images.numpy(), growths, strict=True)
    reinked = np.empty_like(split.images.numpy())
    with get_context("spawn").Pool(PROCESSES) as pool:
        for place, image in enumerate(pool.imap(_reink_job, jobs, CHUNK)):
            reinked[place] = image
            if (place + 1) % CHUNK == 0:
                progress(CHUNK)
    both = torch.cat([split.images, torch.from_numpy(reinked)])
    source = f"{split.source}, as it is and re-inked"
    redrawn = torch.arange(len(both)) >= len(split)
    return Split(both, split.labels.repeat(2), split.name, source, split.classes, redrawn)


def reinked(images: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Re-ink images, (N, 28, 28) uint8, in this process; returns the same shape and type."""
    growths = rng.choice(THICKER, len(images)).tolist()
    return torch.from_numpy(
        np.stack([reink(image, growth) for image, growth in zip(images.numpy(), growths, strict=True)])
    )


def reink(image: np.ndarray, growth: int) -> np.ndarray:
    """Write one digit, (28, 28) uint8, with a thicker pen and take it through the pipeline as if it were a picture.

    Args:
        image: the digit.
        growth: by how many quarters of a pixel its lines grow on each side.
    """
    padded = np.pad(image, MARGIN)
    side = len(padded) * ENLARGED
    large = Image.fromarray(padded).resize((side, side), Image.Resampling.BICUBIC)
    ink = np.asarray(large, dtype=np.float32) / 255
    if growth and (ink >= INK_THRESHOLD).any():
        from scipy.ndimage import distance_transform_edt

        ink = np.clip(growth + 0.5 - distance_transform_edt(ink < INK_THRESHOLD), 0, 1).astype(np.float32)
    stages = preprocess(ink)
    return image if stages is None else np.round(stages.centre * 255).astype(np.uint8)


def _reink_job(job: tuple[np.ndarray, int]) -> np.ndarray:
    return reink(*job)
