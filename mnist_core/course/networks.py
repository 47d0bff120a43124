"""Chapter 4, networks: a hidden layer, and convolution, which knows that images have neighbours."""

from mnist_core.course.step import Chapter, Question, Step
from mnist_core.course.training import SETUP as SPLITTING

SETUP = SPLITTING + "\n\ntest_images, test_labels = test_dataset.data / 255, test_dataset.targets"

CHAPTER = Chapter(
    "4-networks",
    "Networks",
    "Build an MLP and a CNN, and say why convolution helps.",
    (
        Step(
            "mlp",
            "Add a hidden layer: an MLP",
            "Ten templates cannot know that a 7 comes with a bar or without. Put a layer in between: 128 templates for "
            "parts, a `ReLU` that keeps what is positive, then ten sums of the parts. That is a multilayer perceptron "
            "(MLP). Without the `ReLU`, two linear layers would still be one linear layer. The loop stays the same, so "
            "it becomes a function. `Adam` chooses a step size for each weight, which needs less tuning than `SGD`.",
            "from torch import nn\n\n"
            "def train(model, images, labels, epochs):\n"
            "    optimiser = torch.optim.Adam(model.parameters(), lr=0.001)\n"
            "    for epoch in range(epochs):\n"
            "        for batch_images, batch_labels in batches(images, labels):\n"
            "            loss = F.cross_entropy(model(batch_images), batch_labels)\n"
            "            optimiser.zero_grad()\n"
            "            loss.backward()\n"
            "            optimiser.step()\n\n"
            "@torch.no_grad()\n"
            "def accuracy_on(model, images, labels):\n"
            "    answers = torch.cat([model(part).argmax(1) for part in images.split(1000)])\n"
            "    return (answers == labels).float().mean().item()\n\n"
            "torch.manual_seed(0)\n"
            "mlp = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))\n"
            "train(mlp, train_images, train_labels, epochs=3)\n"
            "print(f'{accuracy_on(mlp, validation_images, validation_labels):.2%}')\n"
            "print(sum(each.numel() for each in mlp.parameters()), 'parameters')",
            Question(
                "The linear model makes about 8 mistakes in 100 images. How many does the MLP make?",
                ("About 7", "About 4", "Less than 1"),
                1,
                "About 4: half of the mistakes are gone. It pays with parameters: 101,770 instead of 7,850, "
                "almost all of them in the first layer.",
            ),
        ),
        Step(
            "convolution",
            "See why convolution",
            "To the MLP, an image is a list of 784 numbers: shuffle the pixels of all images in the same way, and it "
            "learns as well. It cannot know which pixels are neighbours. A convolution slides one small template, a "
            "kernel, over the image. This one, written by hand, answers where it is bright above and dark below. The "
            "same 9 weights serve at every place, so if the digit moves by one pixel, the answer just moves along.",
            "kernel = torch.tensor([[1.0, 1, 1], [0, 0, 0], [-1, -1, -1]]).reshape(1, 1, 3, 3)\n"
            "image = train_images[:1, None]  # (1, 1, 28, 28): one image, one channel\n"
            "edges = F.conv2d(image, kernel, padding=1)\n\n"
            "moved = F.conv2d(image.roll(1, dims=3), kernel, padding=1)\n"
            "print('moves along:', torch.equal(moved, edges.roll(1, dims=3)))\n"
            "print('dense layer:', sum(each.numel() for each in nn.Linear(784, 128).parameters()))\n"
            "print('convolution:', sum(each.numel() for each in nn.Conv2d(1, 16, 3).parameters()))\n\n"
            "figure, axes = plt.subplots(1, 2, figsize=(5, 2.5))\n"
            "axes[0].imshow(image[0, 0], cmap='gray')\n"
            "axes[1].imshow(edges[0, 0], cmap='RdBu', vmin=-3, vmax=3)\n"
            "for axis in axes:\n"
            "    axis.axis('off')",
            Question(
                "A convolution with 16 kernels of 3 × 3 and one bias each: how many parameters, for 28 × 28 pixels?",
                ("160", "12,544", "100,480"),
                0,
                "16 × (9 + 1) = 160, whatever the size of the image. The dense layer of the MLP has 100,480.",
            ),
            "a digit, and beside it the kernel's answer at each place: blue along lower edges of strokes, red along "
            "upper ones",
        ),
        Step(
            "cnn",
            "Train a CNN",
            "Two convolutions, each followed by `ReLU` and by max pooling, which keeps the strongest answer of every "
            "2 × 2 places. The second convolution sees parts made of parts. At the end, a linear layer turns 32 maps "
            "of 7 × 7 into ten logits. `Unflatten` gives the images the channel that convolutions expect. The loop "
            "needs no change at all.",
            "torch.manual_seed(0)\n"
            "cnn = nn.Sequential(\n"
            "    nn.Unflatten(1, (1, 28)),  # (N, 28, 28) becomes (N, 1, 28, 28)\n"
            "    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),\n"
            "    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),\n"
            "    nn.Flatten(), nn.Linear(32 * 7 * 7, 10),\n"
            ")\n"
            "train(cnn, train_images, train_labels, epochs=1)\n"
            "print(f'{accuracy_on(cnn, validation_images, validation_labels):.2%}')\n"
            "print(sum(each.numel() for each in cnn.parameters()), 'parameters')",
            Question(
                "The MLP has 101,770 parameters and trained for three epochs. How does this CNN compare, after one?",
                (
                    "Better, with fewer parameters",
                    "Better, with more parameters",
                    "Worse, as it trained less",
                ),
                0,
                "It has 20,490 parameters, a fifth, and is more often right after a third of the epochs. It does more "
                "arithmetic per image, though, because every kernel is used at every place.",
            ),
        ),
    ),
    SETUP,
)
