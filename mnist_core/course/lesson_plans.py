"""How to teach each chapter in a lesson of 45 minutes: goals, timing, tasks in the app, and what to watch for."""

from dataclasses import dataclass

MINUTES = 45  # of a lesson


@dataclass(frozen=True)
class Task:
    """Something that pupils do in the app and write down.

    Attributes:
        words: what to do, in Markdown.
        link: where, from the address of the app: a page and its parameters.
        lines: how many empty lines the worksheet leaves for the answer.
        expected: what they should find, for the teacher.
    """

    words: str
    link: str
    lines: int
    expected: str


@dataclass(frozen=True)
class LessonPlan:
    """How a chapter is taught.

    Attributes:
        goals: what pupils can do afterwards, each beginning with a verb.
        timing: minutes and what happens in them, in order; `MINUTES` in all. "{loop}" stands for a step's number.
        tasks: in the app.
        watch_for: what pupils often get wrong, and what helps.
    """

    goals: tuple[str, ...]
    timing: tuple[tuple[int, str], ...]
    tasks: tuple[Task, ...]
    watch_for: tuple[str, ...]

    def __post_init__(self) -> None:
        if (total := sum(minutes for minutes, _ in self.timing)) != MINUTES:
            raise ValueError(f"timing must add up to {MINUTES} minutes, got {total}")


PLANS: dict[str, LessonPlan] = {  # by the chapter's name
    "1-from-image-to-tensor": LessonPlan(
        (
            "Say what a training set and a test set are for.",
            "Load an image dataset with torchvision.",
            "Explain the shape and the values of a tensor that holds an image.",
        ),
        (
            (5, "Everybody draws a digit. What did the computer get from your hand?"),
            (15, "Steps {install} to {view}, in pairs: predict, then reveal."),
            (10, "Steps {tensor} and {values}, together at the board: from grey levels to numbers."),
            (10, "The tasks below."),
            (5, "One sentence each: what is an image for a computer?"),
        ),
        (
            Task(
                "Draw a 7. Below the answer you see how your ink becomes 28 × 28 numbers. What is done to it?",
                "",
                3,
                "It is cropped, scaled so that it fits into 20 × 20 pixels, and centred by its centre of mass.",
            ),
            Task(
                "Open a few images of the test set. Find one that you cannot read yourself, and write down its number.",
                "browse",
                2,
                "Any will do. Let pupils show theirs: some labels can be argued about.",
            ),
        ),
        (
            "“The computer sees a seven.” It sees 784 numbers. Have pupils read a few of them aloud.",
            "Shape and value get mixed up: (1, 28, 28) counts numbers, 0 to 1 is their range.",
            "Rows come before columns; x and y on paper are the other way round.",
        ),
    ),
    "2-softmax-regression": LessonPlan(
        (
            "Explain why a label is not a number to regress on.",
            "Compute logits, probabilities and cross-entropy for a small example.",
            "Explain what a gradient step does to one weight.",
        ),
        (
            (5, "Recall linear regression: model, loss, gradient, step."),
            (10, "Steps {validation} to {one-hot}: validation, mini-batches, one-hot targets."),
            (10, "Steps {templates} and {cross-entropy}: templates, and the loss by hand for one image."),
            (12, "Steps {gradient} and {backward}: the gradient on the slider, then `backward()`."),
            (8, "The tasks below, compared in pairs."),
        ),
        (
            Task(
                "Look at the ten templates of the trained linear model. Which digit's template can you recognise? Why "
                "do the others look so strange?",
                "inside?model=linear",
                3,
                "0 and 3 are often recognised. A template is not the digit's picture: it also has negative weights "
                "where other digits have ink, and noise where no digit has any.",
            ),
            Task(
                "Draw a digit that the linear model misreads, although you can read it. What did you change?",
                "?model=linear",
                3,
                "Large slant or unusual shapes work: a template has one place for each part of the digit.",
            ),
        ),
        (
            "Softmax is not the loss. It makes probabilities; the loss looks at one of them.",
            "Probabilities that add up to 1 are not a promise to be right.",
            "“The gradient is the new weight.” It is a direction; the learning rate says how far.",
        ),
    ),
    "3-train-and-evaluate": LessonPlan(
        (
            "Write a training loop from its five lines.",
            "Say what accuracy hides.",
            "Report a model on the test set honestly.",
        ),
        (
            (5, "What did one step of the gradient change? Now repeat it 1,000 times."),
            (15, "Step {loop}: type the loop, line by line. What breaks when a line is missing?"),
            (10, "Steps {accuracy} and {test-metrics}: accuracy by digit, then the test set, once."),
            (12, "The tasks below, while the models train."),
            (3, "Collect all test accuracies on the board. Whose differ, and why?"),
        ),
        (
            Task(
                "Train the linear model with the quick preset. Sketch the curve of its test accuracy. What happens in "
                "the first ten seconds?",
                "train",
                4,
                "It rises steeply, then flattens at about 92%. Most is learned in the first few hundred steps.",
            ),
            Task(
                "Which two digits does the model confuse most? Guess first, then look at the confusion matrix.",
                "browse?browse_view=Confusion",
                2,
                "Often 4 and 9, 3 and 5, 7 and 2. It differs between models.",
            ),
        ),
        (
            "Training loss and test accuracy are read from the same chart but not from the same images.",
            "A forgotten `zero_grad()` is the classic: the loss jumps about instead of falling.",
            "92% sounds good. It is 800 wrong digits in 10,000, and a mistake in every third postcode of five digits.",
        ),
    ),
    "4-networks": LessonPlan(
        (
            "Explain what a hidden layer adds to a linear model.",
            "Compute one output of a convolution by hand.",
            "Compare two models by accuracy, size and time.",
        ),
        (
            (5, "What can one template per digit never do?"),
            (10, "Step {mlp}: an MLP, and how many parameters it has."),
            (12, "Step {convolution}: a 3 × 3 kernel, by hand on squared paper."),
            (8, "Step {cnn}: a CNN."),
            (10, "The tasks below."),
        ),
        (
            Task(
                "Draw a 4 and follow it through the CNN. Find a channel of the first layer that responds to horizontal "
                "lines. Write down its number and one row of its weights.",
                "inside?model=cnn",
                3,
                "It differs by model. Its kernel has positive weights in one row and negative ones beside it.",
            ),
            Task(
                "Let an MLP and a CNN race on the same data. Which is better after one epoch? Which is faster?",
                "train",
                2,
                "The CNN is more accurate after the same number of steps; each of its steps takes longer.",
            ),
        ),
        (
            "More parameters do not mean more accuracy: the CNN of step {cnn} has a fifth of the MLP's.",
            "Without the ReLU between them, two linear layers are one linear layer. Let pupils prove it.",
            "A kernel is learned, not chosen. The edge detectors appear by themselves.",
        ),
    ),
    "5-limits": LessonPlan(
        (
            "Recognise overfitting from two curves.",
            "Explain why a test set may be used only once.",
            "Name inputs for which a good model fails, and why.",
        ),
        (
            (5, "A model with 99% on the test set: would you let it sort your post?"),
            (12, "Step {overfitting}: learn 100 images by heart."),
            (8, "Step {test-set-purpose}: the best of 1,000 guessers."),
            (15, "Step {failures}, and two failure labs per group: predict first."),
            (5, "Each group tells the others what broke its model."),
        ),
        (
            Task(
                "Choose two failure labs. Write down your prediction before you press Run, and what happened.",
                "learn?view=labs",
                4,
                "Each lab explains itself after the run. Ask for the reason in the pupils' own words.",
            ),
            Task(
                "Draw something that is no digit at all. What does the model answer, and what does the page say?",
                "",
                2,
                "The model always gives one of ten answers. A second model tells whether the ink looks like a digit.",
            ),
        ),
        (
            "Overfitting is not a bug in the code. The training loss is fine; that is the point.",
            "“We just take the best of the tests.” That makes the test set a training set.",
            "A confident answer is not a sure one. Inverted digits show it best.",
        ),
    ),
}
