"""Chapter 2, softmax regression: linear regression with ten outputs, and its gradient by hand."""

from mnist_core.course.step import Chapter, Question, Step

SETUP = """import matplotlib.pyplot as plt
import torch
from torchvision.datasets import MNIST

dataset = MNIST(root='data/', download=True)"""

CHAPTER = Chapter(
    "2-softmax-regression",
    "Softmax regression",
    "Write a linear model with ten outputs, its loss and its gradient by hand.",
    (
        Step(
            "validation",
            "Set images aside for validation",
            "The test set is for the final report only. But while you build a model, you have to choose: which "
            "learning rate, how many epochs, which network? For such choices, set 10,000 of the training images aside. "
            "They are the validation set. `dataset.data` holds all images at once, as bytes; divided by 255, they are "
            "the tensors that `ToTensor` gives. Shuffle before you split: the order of a dataset often has a pattern.",
            "images = dataset.data / 255  # (60000, 28, 28), from 0 to 1\n"
            "labels = dataset.targets  # (60000,)\n\n"
            "torch.manual_seed(0)\n"
            "order = torch.randperm(len(images))\n"
            "train_images, validation_images = images[order].split([50_000, 10_000])\n"
            "train_labels, validation_labels = labels[order].split([50_000, 10_000])\n"
            "print(train_images.shape, validation_images.shape)",
            Question(
                "Why not choose the learning rate by the accuracy on the test set?",
                (
                    "The test set is too small for that.",
                    "The accuracy of the best choice would then look better than it is.",
                    "It would take too long.",
                ),
                1,
                "What wins on the test set wins partly by luck with these very images. The report would count that "
                "luck as skill. Step 22 measures how much luck alone can do.",
            ),
        ),
        Step(
            "batches",
            "Take mini-batches",
            "In linear regression, you could compute the gradient from all rows at once. With 50,000 images, that "
            "would be slow, and each pass over the data would give just one step. A mini-batch is a random part of the "
            "data, here 100 images. Its gradient is an estimate, but 500 of them fit into one pass, which is called an "
            "epoch. PyTorch's `DataLoader` does the same; here are the four lines that matter.",
            "def batches(images, labels, size=100):\n"
            "    order = torch.randperm(len(images))  # another order in every epoch\n"
            "    for index in order.split(size):\n"
            "        yield images[index], labels[index]\n\n"
            "torch.manual_seed(0)\n"
            "batch_images, batch_labels = next(batches(train_images, train_labels))\n"
            "print(batch_images.shape)\nprint(batch_labels[:10])",
            Question(
                "How many steps does one epoch take with mini-batches of 50 instead of 100?",
                ("250", "500", "1,000"),
                2,
                "50,000 images / 50 = 1,000 steps. Smaller batches give more steps per epoch, each with a noisier "
                "gradient.",
            ),
        ),
        Step(
            "one-hot",
            "Make one-hot targets",
            "Linear regression has one number as its target. Could a label be that number? No: 9 is not more than 4 "
            "here, and a mistake between 3 and 8 is no larger than one between 3 and 4. Labels are names. So give the "
            "model ten outputs, and ten targets: 1 for the right digit, 0 for all others.",
            "import torch.nn.functional as F\n\n"
            "targets = F.one_hot(batch_labels, 10).float()  # (100, 10)\n"
            "print(batch_labels[:3])\nprint(targets[:3])",
            Question(
                "What is the sum of one row of `targets`?",
                ("The label", "1", "10"),
                1,
                "Exactly one of the ten is 1. A row can be read as probabilities: all certainty is on the right digit.",
            ),
        ),
        Step(
            "templates",
            "See ten templates",
            "A linear model with ten outputs has ten columns of weights, one weight per pixel. So each column is a "
            "picture of 28 × 28: a template. Multiply an image by a template, pixel by pixel, add it all up, and you "
            "have a score, called a logit. The highest score is the answer. Before anything is learned, here are "
            "templates made by hand: the mean image of each digit, less the mean of all images.",
            "means = torch.stack([train_images[train_labels == digit].mean(0) for digit in range(10)])\n"
            "templates = means - means.mean(0)  # (10, 28, 28)\n\n"
            "scores = validation_images.reshape(-1, 784) @ templates.reshape(10, 784).T  # (10000, 10)\n"
            "accuracy = (scores.argmax(1) == validation_labels).float().mean()\n"
            "print(f'{accuracy:.1%} right')\n\n"
            "figure, axes = plt.subplots(2, 5, figsize=(7, 3))\n"
            "for digit, axis in enumerate(axes.flat):\n"
            "    axis.imshow(templates[digit], cmap='RdBu', vmin=-0.7, vmax=0.7)\n"
            "    axis.set_title(digit)\n"
            "    axis.axis('off')",
            Question(
                "Guessing would be right 1 time in 10. How often are these hand-made templates right?",
                ("About as often as guessing", "More than half the time", "Almost always"),
                1,
                "They are right for about 60% of the images, without any training. Blue pixels raise the score, "
                "red pixels lower it. Training looks for better templates, and for a bias that is added to each score.",
            ),
            "ten templates, one per digit: blue where ink raises its score, red where ink lowers it",
        ),
        Step(
            "cross-entropy",
            "Measure the loss: cross-entropy",
            "Softmax turns ten logits into ten probabilities: `exp` of each, divided by their sum. The loss asks only "
            "about the right digit: minus the logarithm of its probability. A model that gives it probability 1 has "
            "loss 0; the closer to 0 the probability, the larger the loss, without limit. This is the cross-entropy, "
            "the counterpart of the squared error. The weights begin at zero.",
            "x = batch_images.reshape(-1, 784)  # (100, 784)\n"
            "weights = torch.zeros(784, 10)\n"
            "bias = torch.zeros(10)\n\n"
            "logits = x @ weights + bias  # (100, 10)\n"
            "probabilities = logits.softmax(1)\n"
            "loss = -(targets * probabilities.log()).sum(1).mean()\n\n"
            "print(probabilities[0])\nprint(loss, F.cross_entropy(logits, batch_labels))",
            Question(
                "All weights are zero. What is the probability of the right digit?",
                ("0", "0.1", "0.5"),
                1,
                "Ten equal logits give ten equal probabilities of 0.1. So the loss is \N{MINUS SIGN}ln 0.1 = 2.303. A "
                "loss far above that at the first step is a sign of a mistake.",
            ),
        ),
        Step(
            "gradient",
            "Find the gradient by hand",
            "How does the loss change with each weight? The derivative with respect to the logits is as simple as in "
            "linear regression: prediction minus target, `probabilities - targets`. The chain rule gives the rest: "
            "each weight is multiplied by its pixel, so multiply by the pixels and take the mean over the batch. Check "
            "one of the 7,840 derivatives: nudge that weight up and down, and see how the loss changes. Then take a "
            "step against the gradient.",
            "error = (probabilities - targets) / len(x)  # (100, 10)\n"
            "weights_gradient = x.T @ error  # (784, 10)\n"
            "bias_gradient = error.sum(0)  # (10,)\n\n"
            "pixel, digit = 14 * 28 + 14, 0  # in the middle, of the template of 0\n"
            "nudge = 0.1\n"
            "up, down = weights.clone(), weights.clone()\n"
            "up[pixel, digit] += nudge\n"
            "down[pixel, digit] -= nudge\n"
            "loss_up = F.cross_entropy(x @ up + bias, batch_labels)\n"
            "loss_down = F.cross_entropy(x @ down + bias, batch_labels)\n"
            "slope = (loss_up - loss_down) / (2 * nudge)\n"
            "print(f'nudged {slope:.4f}, by hand {weights_gradient[pixel, digit]:.4f}')\n\n"
            "stepped = x @ (weights - 0.1 * weights_gradient) + bias - 0.1 * bias_gradient\n"
            "loss_after = F.cross_entropy(stepped, batch_labels)\n"
            "print(f'loss {loss:.3f}, after one step {loss_after:.3f}')",
            Question(
                "The pixel in the middle is mostly black in a 0, and often white in other digits. What is the sign "
                "of the derivative of the loss with respect to its weight in the template of 0?",
                ("Positive: more weight, more loss", "Negative: more weight, less loss"),
                0,
                "Ink in the middle speaks against a 0. A larger weight would raise the score of 0 where it is wrong, "
                "so the loss would rise. The step against the gradient makes the weight negative.",
            ),
        ),
        Step(
            "backward",
            "Let PyTorch find the gradient",
            "`loss.backward()` applies the chain rule for you, through any number of layers. It leaves the gradient of "
            "each tensor that asked for it in `.grad`. For this model you know what must come out.",
            "weights.requires_grad_()\nbias.requires_grad_()\n\n"
            "loss = F.cross_entropy(x @ weights + bias, batch_labels)\n"
            "loss.backward()\n\n"
            "print(torch.allclose(weights.grad, weights_gradient, atol=1e-6))\n"
            "print(torch.allclose(bias.grad, bias_gradient, atol=1e-6))",
            Question(
                "You call `loss.backward()` for the next batch, and set nothing to zero in between. What is in "
                "`.grad`?",
                ("The gradient of the next batch", "The sum of both gradients", "An error is raised"),
                1,
                "PyTorch adds to what is there. That is why every training loop calls `optimiser.zero_grad()` before "
                "`backward()`.",
            ),
        ),
    ),
    SETUP,
)
