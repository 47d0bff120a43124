"""Chapter 3, train and evaluate: the training loop, accuracy and what it hides, and a report on the test set."""

from mnist_core.course.softmax import SETUP as LOADING
from mnist_core.course.step import Chapter, Question, Step

SETUP = (
    LOADING
    + """
test_dataset = MNIST(root='data/', train=False)
"""
    + """
import torch.nn.functional as F

images, labels = dataset.data / 255, dataset.targets
torch.manual_seed(0)
order = torch.randperm(len(images))
train_images, validation_images = images[order].split([50_000, 10_000])
train_labels, validation_labels = labels[order].split([50_000, 10_000])

def batches(images, labels, size=100):
    order = torch.randperm(len(images))
    for index in order.split(size):
        yield images[index], labels[index]"""
)

CHAPTER = Chapter(
    "3-train-and-evaluate",
    "Train and evaluate",
    "Write a training loop, and report honestly how good the model is.",
    (
        Step(
            "loop",
            "Write the training loop",
            "Five lines, the same for every network: compute the loss of a batch, forget the old gradient, compute the "
            "new one, take a step. `SGD` (stochastic gradient descent) subtracts the gradient times the learning rate, "
            "as you did by hand. After each epoch, look at the validation set. `torch.no_grad()` says that no gradient "
            "is needed there.",
            "weights = torch.zeros(784, 10, requires_grad=True)\n"
            "bias = torch.zeros(10, requires_grad=True)\n"
            "optimiser = torch.optim.SGD([weights, bias], lr=0.3)\n\n"
            "torch.manual_seed(0)\n"
            "for epoch in range(3):\n"
            "    for batch_images, batch_labels in batches(train_images, train_labels):\n"
            "        logits = batch_images.reshape(-1, 784) @ weights + bias\n"
            "        loss = F.cross_entropy(logits, batch_labels)\n"
            "        optimiser.zero_grad()\n"
            "        loss.backward()\n"
            "        optimiser.step()\n"
            "    with torch.no_grad():\n"
            "        logits = validation_images.reshape(-1, 784) @ weights + bias\n"
            "    loss = F.cross_entropy(logits, validation_labels)\n"
            "    accuracy = (logits.argmax(1) == validation_labels).float().mean()\n"
            "    print(f'epoch {epoch + 1}: loss {loss:.3f}, accuracy {accuracy:.2%}')\n\n"
            "figure, axes = plt.subplots(2, 5, figsize=(7, 3))\n"
            "for digit, axis in enumerate(axes.flat):\n"
            "    axis.imshow(weights[:, digit].detach().reshape(28, 28), cmap='RdBu', vmin=-1, vmax=1)\n"
            "    axis.set_title(digit)\n"
            "    axis.axis('off')",
            Question(
                "The hand-made templates were right for about 60%. How good are learned ones after three epochs?",
                ("About 75%", "Above 90%", "Above 99%"),
                1,
                "More than 91%, with ten templates and a bias. The learned ones look less like digits: they only "
                "keep what tells one digit from the others. However long it trains, a linear model hardly gets above "
                "92% here.",
            ),
            "ten learned templates: blue where ink raises the score of a digit, red where ink lowers it",
        ),
        Step(
            "accuracy",
            "See what accuracy hides",
            "One number for all digits hides which digits fail. The confusion matrix counts every pair of true digit "
            "(row) and answer (column). Its diagonal holds the right answers; divided by the number of images in the "
            "row, it gives the accuracy per digit.",
            "answers = logits.argmax(1)\n"
            "pairs = validation_labels * 10 + answers\n"
            "confusion = torch.bincount(pairs, minlength=100).reshape(10, 10)\n"
            "print(confusion)\n\n"
            "per_digit = confusion.diag() / confusion.sum(1)\n"
            "for digit in range(10):\n"
            "    print(f'{digit}: {per_digit[digit]:.1%}')",
            Question(
                'A hospital uses a model that says "healthy" to everybody. 95% of the patients are healthy. What is '
                "its accuracy?",
                ("0%", "50%", "95%"),
                2,
                "95%, and it finds not a single ill patient. Where classes differ in size or in importance, look at "
                "each class. MNIST's digits are almost equally frequent, so accuracy hides less here; but the hardest "
                "digit is still ten points below the easiest.",
            ),
        ),
        Step(
            "test-metrics",
            "Evaluate on the test set and report metrics",
            "All choices are made, so the test set may speak, once. Report the loss and the accuracy, with its "
            "uncertainty: another 10,000 images would give a slightly different number. Its standard error is "
            "√(p (1 \N{MINUS SIGN} p) / n), and about 95% of such intervals, ± 1.96 standard errors, cover the true "
            "accuracy. Report two metrics per digit: recall (how many of the 3s it finds) and precision (how many of "
            "its 3s are 3s).",
            "test_images, test_labels = test_dataset.data / 255, test_dataset.targets\n\n"
            "with torch.no_grad():\n"
            "    logits = test_images.reshape(-1, 784) @ weights + bias\n"
            "answers = logits.argmax(1)\n"
            "test_accuracy = (answers == test_labels).float().mean()\n"
            "margin = 1.96 * (test_accuracy * (1 - test_accuracy) / len(test_labels)) ** 0.5\n"
            "print(f'loss {F.cross_entropy(logits, test_labels):.3f}')\n"
            "print(f'accuracy {test_accuracy:.2%} ± {margin:.2%}')\n\n"
            "confusion = torch.bincount(test_labels * 10 + answers, minlength=100).reshape(10, 10)\n"
            "recall = confusion.diag() / confusion.sum(1)\n"
            "precision = confusion.diag() / confusion.sum(0)\n"
            "print('digit  recall  precision')\n"
            "for digit in range(10):\n"
            "    print(f'{digit:5}  {recall[digit]:6.1%}  {precision[digit]:9.1%}')",
            Question(
                "Two models reach 92.0% and 92.2% on the test set. Which is the better one?",
                ("The second", "The first", "These figures do not say"),
                2,
                "The margin is about ± 0.5 percentage points, so a difference of 0.2 can be chance. Comparing the two "
                "image by image would tell more, and so would training each with several seeds.",
            ),
        ),
    ),
    SETUP,
)
