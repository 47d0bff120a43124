"""The four challenges: what to do, how it is measured, what it teaches, and a hint."""

from dataclasses import dataclass

from mnist_core.challenges import fooling, run_entries, unusual


@dataclass(frozen=True)
class Challenge:
    """One challenge.

    Attributes:
        key: its name in URLs and in scores; renaming one breaks old links.
        title: in a few words.
        task: what to do, in one sentence.
        measured: how it is scored, in Markdown.
        lesson: what one learns from it, in Markdown; shown after the first score.
        hint: shown on request, in Markdown.
        lower_wins: whether the lower value of two scores is the better one.
    """

    key: str
    title: str
    task: str
    measured: str
    lesson: str
    hint: str
    lower_wins: bool


CHALLENGES = {
    challenge.key: challenge
    for challenge in (
        Challenge(
            fooling.KEY,
            "Fool the model",
            "Add strokes to a digit until the model reads another one, in as few strokes as you can.",
            "**Score:** the strokes that you add, and among equals the ink; the least wins. You may add up to "
            f"{fooling.MAX_SHARE:.0%} of the digit's own ink, so that a person still reads it. Erasing does not count, "
            "nor does what looks like no digit.",
            "You see what the digit was meant to be, whatever is scribbled on it. The model adds up evidence, pixel by "
            "pixel and patch by patch. Ink in the right place is evidence for another digit, and nothing tells the "
            "model to ignore it. A small change that misleads a model is called an **adversarial example**. You found "
            "one by hand; Inside finds smaller ones with the gradient.",
            "Which other digit shares most of its lines with this one? Add what is missing: a 3 is half an 8, a 1 "
            "lacks the roof of a 7, a 4 is almost a 9. A stroke far from the digit also works: the ink is "
            "scaled to fit, so the digit becomes smaller.",
            lower_wins=True,
        ),
        Challenge(
            run_entries.FAST_KEY,
            "Best 60-second run",
            f"Train the best model you can in at most {run_entries.MAX_SECONDS:.0f} seconds of training.",
            "**Score:** the accuracy on validation images, which are the training images that your run did not learn "
            "from. So train on a share of them, such as 90%. The test images do not decide: whoever picks the best of "
            "many runs by their test accuracy has used up the test set, and its number is no longer honest.",
            "You compared runs by images that none of them learned from. The winner's validation accuracy is a little "
            "too good, because it won partly by luck. Its test accuracy is not, as long as you did not choose by it: "
            "Train shows it while a model learns. With 6,000 images at 99%, luck alone moves the accuracy by about "
            "0.13 percentage points, so smaller differences mean nothing.",
            "A CNN gains most in the first seconds. One pass over many images beats many passes over few. A larger "
            "learning rate with the one-cycle schedule learns faster, up to a point. Evaluations cost time too.",
            lower_wins=False,
        ),
        Challenge(
            run_entries.SMALL_KEY,
            "Smallest model above 98%",
            f"Train a model that reads at least {run_entries.MIN_ACCURACY:.0%} of the test images, with as few "
            "parameters as you can.",
            "**Score:** the number of parameters, counted from the weights; the fewest win. Among equals, the higher "
            "test accuracy wins. The accuracy is the one at the end of the run, on the test set, as on its card.",
            "A convolution uses the same few weights at every place of the image, because a line is a line wherever it "
            "is. An MLP has to learn each place anew, with a weight for each pixel and each hidden unit. That is why a "
            "CNN with 3,000 parameters reads more than an MLP with 25,000.",
            "Which kind of model shares its weights? Open all settings and look at the width and the depth. A small "
            "model learns slowly: give it more epochs.",
            lower_wins=True,
        ),
        Challenge(
            unusual.KEY,
            "Worst handwriting",
            "Write a digit as strangely as you can, so that the model still reads it.",
            "**Score:** the percentage of test images of that digit that are nearer to a training image than yours, "
            f"pixel by pixel. It counts when the model gives your digit {unusual.MIN_PROBABILITY:.0%} or more, and it "
            "still looks like a digit.",
            "The model reads digits that look like none of its training images: it has learned what digits have in "
            "common, and not the images by heart. That is **generalisation**. It has limits: far from all training "
            "images its answers are guesses, even confident ones. The detector is there to notice that.",
            "Slant it, curl its ends, or make one part far too large. Shapes that a convolution knows, such as loops "
            "and crossings, keep it legible. The size and the place do not matter, as each drawing is scaled and "
            "centred.",
            lower_wins=False,
        ),
    )
}
