"""The drawings that a visitor has collected with their digits, and what a model learned from them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np
import streamlit as st
import torch

from mnist_core.ink.normalisation import normalise
from mnist_core.models.config import TrainConfig
from mnist_core.training.fine_tuning import Drawings
from mnist_core.training.teaching import Taught

MAX_COLLECTED = 100  # drawings of one visitor, 3 KB each


@dataclass(frozen=True)
class Collected:
    """One drawing with the digit that its writer meant.

    Attributes:
        number: tells it from the visitor's other drawings.
        tensor: (1, 28, 28) float32, normalised.
        label: 0 to 9.
    """

    number: int
    tensor: torch.Tensor = field(compare=False, repr=False)
    label: int


@dataclass(frozen=True)
class Teaching:
    """What is to be taught, and to which model.

    Attributes:
        model: the name of a shipped model or a run.
        spoken: what people call it.
        config: of its training.
        evaluations: of the run so far, 0 for a shipped model: a run that trains is another model after each.
        numbers: of the drawings.
        data: the fingerprint of the data set that is rehearsed.
        drawings: those of the numbers.
    """

    model: str
    spoken: str
    config: TrainConfig
    evaluations: int
    numbers: tuple[int, ...]
    data: Hashable
    drawings: Drawings = field(compare=False, repr=False)


@dataclass
class Handwriting:
    """What one visitor did in the view "My handwriting". It lasts as long as the session, and nobody else sees it.

    Attributes:
        collected: the drawings, the oldest first.
        made: how many there ever were.
        chosen: the number of the drawing that is looked at, None when none is.
        asked: what is being taught, None when nothing is.
        taught: what was taught last, and what came of it.
        kept: the name of the run that keeps it, "" when none does.
        is_of_class: whether a class handed the drawings in.
    """

    collected: tuple[Collected, ...] = ()
    made: int = 0
    chosen: int | None = None
    asked: Teaching | None = None
    taught: tuple[Teaching, Taught] | None = None
    kept: str = ""
    is_of_class: bool = False

    @property
    def is_full(self) -> bool:
        """True when no more drawings can be collected."""
        return len(self.collected) >= MAX_COLLECTED

    def add(self, tensor: torch.Tensor, label: int) -> None:
        """Collect a drawing, unless there are as many as can be.

        Args:
            tensor: (1, 28, 28) float32, normalised.
            label: the digit that was meant, 0 to 9.
        """
        if self.is_full:
            return
        self.collected += (Collected(self.made, tensor, label),)
        self.made += 1

    def remove(self, number: int) -> None:
        """Remove a drawing by its number."""
        self.collected = tuple(each for each in self.collected if each.number != number)
        self.chosen = None

    def clear(self) -> None:
        """Remove all drawings and all that came of them."""
        self.collected, self.chosen, self.asked, self.taught, self.kept = (), None, None, None, ""
        self.is_of_class = False

    def take_from_class(self, images: np.ndarray, labels: Sequence[int]) -> None:
        """Collect what a class handed in, in place of all drawings before.

        Args:
            images: (N, 28, 28) uint8, 255 for ink, as a model reads them; the first `MAX_COLLECTED` are taken.
            labels: the digits that were meant.
        """
        self.clear()
        self.is_of_class = True
        for tensor, label in zip(normalise(torch.from_numpy(images)), labels, strict=True):
            self.add(tensor, label)

    def drawings(self) -> Drawings:
        """Return the drawings as tensors; there is one at least."""
        tensors = torch.stack([each.tensor for each in self.collected])
        return Drawings(tensors, torch.tensor([each.label for each in self.collected]))


def handwriting() -> Handwriting:
    """Return this visitor's handwriting."""
    if "handwriting" not in st.session_state:
        st.session_state.handwriting = Handwriting()
    state: Handwriting = st.session_state.handwriting
    return state
