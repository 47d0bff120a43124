"""The eight failure labs: what goes wrong in each, the question to answer before, and the explanation after."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import torch

from mnist_core.data.split import Split
from mnist_core.labs.corruptions import RawPixels, inverted, mislabelled, only_first, shifted, squashed, without_digit
from mnist_core.labs.experiment import BASE, TEST_IMAGES, TRAIN_IMAGES, LabResult, Setup
from mnist_core.models.config import TrainConfig

SEED = 0  # decides which images a lab uses, and which labels become wrong
GUESSING = "Fewer than 20%: no better than guessing"


@dataclass(frozen=True)
class MeasuredQuestion:
    """A question that the visitor answers before the lab runs, and that its result decides.

    Attributes:
        text: the question.
        options: the answers, from the lowest to the highest result.
        bounds: between the results of one option and of the next, rising; one fewer than options.
        measure: returns the number that decides, such as an accuracy as a fraction.
    """

    text: str
    options: tuple[str, ...]
    bounds: tuple[float, ...]
    measure: Callable[[LabResult], float]

    def decide(self, result: LabResult) -> int:
        """Return the place of the option that a result makes right."""
        return bisect_right(self.bounds, self.measure(result))


@dataclass(frozen=True)
class Lab:
    """One mistake: a broken twin beside the healthy one.

    Attributes:
        key: its name in URLs; renaming one breaks old links.
        title: what goes wrong, in a few words.
        setting: what is done, in one sentence for a first-year student.
        name: of the broken twin in charts and tables; "{}" is where its strength stands.
        question: asked before.
        answer: the place of the option that is right for MNIST at the default strength; a test measures it.
        explanation: why, and what to do about it, in Markdown.
        task: something to try afterwards, a sentence.
        break_it: returns the broken twin, from the healthy one and the strength; it may take more training images from
            the pool, where that is.
        how_much: the name of the strength.
        strengths: how strong the mistake may be, each with how people say it; one at least, the default is `default`.
        default: the strength to begin with.
        config: the settings of the healthy twin's training.
        shows_own: whether the broken twin's accuracy on its own training images is part of the story.
    """

    key: str
    title: str
    setting: str
    name: str
    question: MeasuredQuestion
    answer: int
    explanation: str
    task: str
    break_it: Callable[[Setup, float, Split], Setup]
    how_much: str
    strengths: Mapping[float, str]
    default: float
    config: TrainConfig = BASE
    shows_own: bool = False

    def name_at(self, strength: float) -> str:
        """Return what the broken twin is called."""
        return self.name.format(self.strengths[strength])

    def setups(self, strength: float, train: Split, test: Split) -> tuple[Setup, Setup]:
        """Return the healthy and the broken twin for the first run images of two splits, in an order of the seed's.

        Raises:
            ValueError: the lab does not have that strength.
        """
        if strength not in self.strengths:
            allowed = ", ".join(f"{each:g}" for each in self.strengths)
            raise ValueError(f"the strength of {self.key} must be one of {allowed}, got {strength}")
        generator = torch.Generator().manual_seed(SEED)
        pool, shown = (
            split.at(torch.randperm(len(split), generator=generator)[:count])
            for split, count in ((train, 2 * TRAIN_IMAGES), (test, TEST_IMAGES))
        )
        healthy = Setup(pool.first(TRAIN_IMAGES), shown, self.config)
        return healthy, self.break_it(healthy, strength, pool)


def _accuracy(result: LabResult) -> float:
    return result.broken.accuracy


def _break_test(change: Callable[[Split, float], Split]) -> Callable[[Setup, float, Split], Setup]:
    return lambda healthy, strength, pool: replace(healthy, test=change(healthy.test, strength))


def _break_training(change: Callable[[Split, float], Split]) -> Callable[[Setup, float, Split], Setup]:
    return lambda healthy, strength, pool: replace(healthy, train=change(pool, strength).first(len(healthy.train)))


def _raise_rate(healthy: Setup, strength: float, pool: Split) -> Setup:  # noqa: ARG001 - as the others
    rate = strength * healthy.config.learning_rate
    return replace(healthy, config=replace(healthy.config, learning_rate=rate))


def _feed_bytes(healthy: Setup, strength: float, pool: Split) -> Setup:  # noqa: ARG001 - as the others
    return replace(healthy, front=RawPixels)


_MISSING = 7.0  # the digit that is left out by default

LABS: dict[str, Lab] = {
    lab.key: lab
    for lab in (
        Lab(
            "inverted",
            "Inverted colours",
            "The model learned white digits on black. Now the same test digits are black on white.",
            "inverted",
            MeasuredQuestion(
                "How many of the inverted digits does it still read?",
                (GUESSING, "20% to 80%", "More than 80%: the shapes are the same"),
                (0.2, 0.8),
                _accuracy,
            ),
            0,
            "You see the same shapes; the model sees other numbers. It multiplies each pixel by a weight and adds up. "
            "Where ink spoke for a digit, there is now none, and paper speaks everywhere. So the evidence turns round, "
            "and the model can be worse than guessing (10%).\n\n"
            "**What to do:** bring every image into the form of the training images. Draw does that for photos.",
            "Choose Inside, and look at the weights of the linear model: what do they say about paper?",
            _break_test(lambda split, strength: inverted(split)),
            "Colours",
            {1.0: "inverted"},
            1.0,
        ),
        Lab(
            "shifted",
            "Shifted digits",
            "The model learned digits that lie in the middle. Now each test digit lies further to the right.",
            "shifted by {}",
            MeasuredQuestion(
                "How many digits does it still read when they lie 4 px further to the right?",
                (GUESSING, "20% to 60%", "More than 60%: it is the same digit"),
                (0.2, 0.6),
                _accuracy,
            ),
            1,
            "This model has one weight for each pixel of its 28 × 28 inputs. It has learned where ink lies, not only "
            "which shape it has. Each pixel of distance costs more.\n\n"
            "**What to do:** centre every digit before the model sees it, as MNIST and Draw do; train on shifted "
            "digits too; or use a convolutional network, which looks for the same pattern everywhere.",
            "From which distance on does it read fewer than half?",
            _break_test(lambda split, strength: shifted(split, int(strength))),
            "Distance",
            {1.0: "1 px", 2.0: "2 px", 3.0: "3 px", 4.0: "4 px", 6.0: "6 px", 8.0: "8 px"},
            4.0,
        ),
        Lab(
            "squashed",
            "Squashed canvas",
            "A canvas is wider than it is high, and the program makes it square. Each digit becomes too narrow.",
            "squashed to {} of its width",
            MeasuredQuestion(
                "How many digits does it still read when they are half as wide?",
                (GUESSING, "20% to 50%", "50% to 80%", "More than 80%"),
                (0.2, 0.5, 0.8),
                _accuracy,
            ),
            2,
            "People hardly notice, because they know squashed writing. The model has never seen it. Narrow digits have "
            "their ink in other pixels; most often they are read as digits that are narrow anyway.\n\n"
            "**What to do:** crop the ink and scale it by one factor in both directions, so that its aspect ratio "
            "stays. The mistake is easily made with `resize((28, 28))`.",
            "Which digits survive the longest, and why?",
            _break_test(lambda split, strength: squashed(split, round(28 * strength))),
            "Width",
            {0.75: "75%", 0.5: "50%", 0.25: "25%"},
            0.5,
        ),
        Lab(
            "rate",
            "Learning rate × 10",
            f"Both models learn from the same digits, but one with {BASE.learning_rate:g} and one with ten times that "
            "learning rate.",
            "learning rate × {}",
            MeasuredQuestion(
                "How many test digits does the model with ten times the learning rate read?",
                ("Fewer than 70%: it learns badly", "70% to 88%: clearly fewer than the other", "As many, only sooner"),
                (0.7, 0.88),
                _accuracy,
            ),
            0,
            "A step downhill is the gradient times the learning rate. If the step is too long, it lands on the other "
            "side of the valley, higher than before. The weights grow, many hidden units are stuck at zero, and their "
            "gradient is zero from then on.\n\n"
            "**What to do:** when the loss jumps or stays near 2.3, which is guessing, divide the learning rate by "
            "ten. A schedule that starts low helps too.",
            "Is three times the learning rate a gain or a loss?",
            _raise_rate,
            "Factor",
            {0.1: "0.1", 3.0: "3", 10.0: "10", 30.0: "30"},
            10.0,
            replace(BASE, schedule="constant"),  # a schedule that starts low saves part of the learning
        ),
        Lab(
            "few",
            "100 training images",
            f"One model learns from {TRAIN_IMAGES:,} digits, the other from 100 of them. Both take equally many steps.",
            "{} images",
            MeasuredQuestion(
                "How many test digits does the model with 100 training images read?",
                ("Fewer than 50%", "50% to 85%", "More than 85%"),
                (0.5, 0.85),
                _accuracy,
            ),
            1,
            "With 100 images it soon reads all of its own, and its loss is almost zero. That says nothing about other "
            "images: it has learned these 100 by heart. This gap between training and test accuracy is overfitting.\n\n"
            "**What to do:** get more images, or vary those that you have (augmentation). Never judge a model by its "
            "training images.",
            "How much do three times as many images gain, from 100 on and from 300 on?",
            _break_training(lambda pool, strength: only_first(pool, int(strength))),
            "Training images",
            {30.0: "30", 100.0: "100", 300.0: "300", 1000.0: "1,000"},
            100.0,
            shows_own=True,
        ),
        Lab(
            "labels",
            "30% wrong labels",
            "In the training images of one model, a share of the labels is wrong. The test labels are right.",
            "{} wrong labels",
            MeasuredQuestion(
                "How many test digits does the model read that learned from 30% wrong labels?",
                ("About 50%: it is confused", "About 70%: as many as its labels are right", "More than 80%"),
                (0.6, 0.8),
                _accuracy,
            ),
            2,
            "The wrong labels contradict one another: they say each of nine other digits equally often. The right ones "
            "agree, so they win. The model reads more digits correctly than its teacher named. Trained for much "
            "longer, it would learn the wrong labels by heart.\n\n"
            "**What to do:** a few random errors are harmless. Errors with a system are not: if all 7s were called 1, "
            "no model could notice.",
            "With how many wrong labels does it fail?",
            _break_training(lambda pool, strength: mislabelled(pool.first(TRAIN_IMAGES), strength, SEED)),
            "Share of wrong labels",
            {0.1: "10%", 0.3: "30%", 0.6: "60%", 0.8: "80%"},
            0.3,
            shows_own=True,
        ),
        Lab(
            "raw",
            "No normalisation",
            "One model gets pixels with a mean of 0 and a standard deviation of 1, the other the bytes from 0 to 255.",
            "bytes from 0 to 255",
            MeasuredQuestion(
                "What does the model do that learns from the bytes?",
                ("It hardly learns", "It learns, but ends clearly below the other", "It is just as good"),
                (0.5, 0.88),
                _accuracy,
            ),
            0,
            "The images hold the same information. But a gradient is the error times the input: with inputs a "
            "hundred times as large, the steps are that much longer too. The first ones throw the weights so far that "
            "the hidden units never recover.\n\n"
            "**What to do:** scale the pixels to [0, 1], subtract the mean, divide by the standard deviation; and do "
            "the very same when the model is used.",
            "Compare with the lab on the learning rate: why do the two look alike?",
            _feed_bytes,
            "Inputs",
            {1.0: "bytes"},
            1.0,
        ),
        Lab(
            "missing",
            "One digit missing",
            "One model never saw a certain digit in training. The test has all ten.",
            "no {} in training",
            MeasuredQuestion(
                "How many of the 7s does it read that never saw a 7?",
                ("None", "Some: it can tell that they are something else", "Most: they look unlike the others"),
                (0.005, 0.5),
                lambda result: result.broken.recall(int(_MISSING)),
            ),
            0,
            "Nothing ever rewarded the answer 7, and every image spoke against it. The model cannot say that it does "
            "not know: its ten probabilities add up to 1, so it gives the closest digit it knows, often surely. The "
            "overall accuracy falls by only about ten points, which hides that a whole class is lost.\n\n"
            "**What to do:** look at the accuracy of each class. Draw asks a detector besides whether the ink is a "
            "digit at all.",
            "Leave out another digit: which one does it answer instead?",
            _break_training(lambda pool, strength: without_digit(pool, int(strength))),
            "Missing digit",
            {float(digit): str(digit) for digit in range(10)},
            _MISSING,
        ),
    )
}
