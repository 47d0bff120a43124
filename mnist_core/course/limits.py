"""Chapter 5, limits: overfitting, what the test set is for, and where such models fail."""

from mnist_core.course.networks import SETUP as READING
from mnist_core.course.step import Chapter, Question, Step

SETUP = (
    READING
    + """
from torch import nn

def train(model, images, labels, epochs):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.001)
    for epoch in range(epochs):
        for batch_images, batch_labels in batches(images, labels):
            loss = F.cross_entropy(model(batch_images), batch_labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

@torch.no_grad()
def accuracy_on(model, images, labels):
    answers = torch.cat([model(part).argmax(1) for part in images.split(1000)])
    return (answers == labels).float().mean().item()

torch.manual_seed(0)
mlp = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
train(mlp, train_images, train_labels, epochs=3)
torch.manual_seed(0)
cnn = nn.Sequential(
    nn.Unflatten(1, (1, 28)),
    nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
    nn.Flatten(), nn.Linear(32 * 7 * 7, 10),
)
train(cnn, train_images, train_labels, epochs=1)"""
)

CHAPTER = Chapter(
    "5-limits",
    "Limits",
    "Recognise overfitting, keep the test set honest, and know what such models cannot do.",
    (
        Step(
            "overfitting",
            "Overfit 100 images",
            "Train the same MLP on 100 images only, for 200 epochs. With 101,770 parameters it can learn them by "
            "heart. Watch both losses: on the training images, and on validation images that it never sees. Where the "
            "first goes down and the second goes up, the model overfits: it learns what is special about these 100 "
            "images instead of what makes a digit.",
            "torch.manual_seed(0)\n"
            "small = nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))\n"
            "few_images, few_labels = train_images[:100], train_labels[:100]\n"
            "other_images, other_labels = validation_images[:2000], validation_labels[:2000]\n"
            "optimiser = torch.optim.Adam(small.parameters(), lr=0.003)\n"
            "train_losses, validation_losses = [], []\n"
            "for epoch in range(200):\n"
            "    loss = F.cross_entropy(small(few_images), few_labels)\n"
            "    optimiser.zero_grad()\n"
            "    loss.backward()\n"
            "    optimiser.step()\n"
            "    with torch.no_grad():\n"
            "        validation_loss = F.cross_entropy(small(other_images), other_labels)\n"
            "    train_losses.append(loss.item())\n"
            "    validation_losses.append(validation_loss.item())\n\n"
            "best = min(validation_losses)\n"
            "print(f'lowest validation loss {best:.2f}, epoch {validation_losses.index(best) + 1}')\n"
            "print(f'at the end {validation_losses[-1]:.2f}, training loss {train_losses[-1]:.4f}')\n"
            "print(f'training accuracy {accuracy_on(small, few_images, few_labels):.1%}')\n"
            "print(f'validation accuracy {accuracy_on(small, other_images, other_labels):.1%}')\n\n"
            "plt.figure(figsize=(6, 3))\n"
            "plt.title('An MLP learns 100 images by heart')\n"
            "plt.plot(train_losses, label='training')\n"
            "plt.plot(validation_losses, label='validation')\n"
            "plt.xlabel('epoch')\nplt.ylabel('loss (nats)')\nplt.legend()",
            Question(
                "After 200 epochs the model is right for all 100 training images. How good is it on new ones?",
                ("100% too", "Roughly 70%", "10%, like guessing"),
                1,
                "Roughly 70%: it has learned something general, but far less than from 50,000 images. The cure is more "
                "data, made-up variations of it (augmentation), or to stop at the lowest validation loss.",
            ),
            "loss by epoch: the training loss falls to almost 0, the validation loss falls, then slowly rises",
        ),
        Step(
            "test-set-purpose",
            "Know what the test set is for",
            'Here are 1,000 "models" that only guess. Choose the best of them by its accuracy on 100 test images, and '
            "look at that same model on the other 9,900. The choice used the 100 images, so their accuracy is no "
            "longer honest. The same happens, more slowly, to everybody who tries many settings and reports the best "
            "test result. Choose on the validation set; then report the test set once.",
            "torch.manual_seed(0)\n"
            "guesses = torch.randint(10, (1000, len(test_labels)))  # 1,000 models that guess\n"
            "right = (guesses == test_labels).float()  # 1 where a guess is right\n"
            "best = right[:, :100].mean(1).argmax()\n"
            "print(f'model {best}, on the 100 images that chose it: {right[best, :100].mean():.0%}')\n"
            "print(f'the same model, on the other images: {right[best, 100:].mean():.1%}')",
            Question(
                "All 1,000 models guess, so each is right 1 time in 10. How good does the best of them look on the 100 "
                "images that chose it?",
                ("10%", "About 20%", "About 50%"),
                1,
                "About 20%, twice as good as guessing, by luck alone. On the other images it is back at 10%.",
            ),
        ),
        Step(
            "failures",
            "See where such models fail",
            "The test set comes from the same writers' pool, prepared in the same way, as the training set. A model "
            "knows nothing else. Move every digit by 4 pixels, or write dark on white, and a person would hardly "
            "notice. That is why the Draw page centres and scales your ink before a model sees it. And a model always "
            "answers: look at how sure it is of inverted digits.",
            "some_images, some_labels = test_images[:2000], test_labels[:2000]\n"
            "changed = {\n"
            "    'as in MNIST': some_images,\n"
            "    'moved by 4 pixels': some_images.roll(4, dims=2),\n"
            "    'inverted': 1 - some_images,\n"
            "}\n"
            "for name, pictures in changed.items():\n"
            "    print(f'{name}: mlp {accuracy_on(mlp, pictures, some_labels):.1%}, '\n"
            "          f'cnn {accuracy_on(cnn, pictures, some_labels):.1%}')\n\n"
            "with torch.no_grad():\n"
            "    confidence = cnn(1 - some_images).softmax(1).max(1).values\n"
            "print(f'confidence of the cnn, inverted: {confidence.mean():.0%}')\n\n"
            "figure, axes = plt.subplots(1, 3, figsize=(6, 2.3))\n"
            "for axis, (name, pictures) in zip(axes, changed.items()):\n"
            "    axis.imshow(pictures[0], cmap='gray', vmin=0, vmax=1)\n"
            "    axis.set_title(name, fontsize=9)\n"
            "    axis.axis('off')",
            Question(
                "Which network copes better with digits that are moved by 4 pixels?",
                ("The MLP", "The CNN", "Both as well as before"),
                1,
                "The CNN loses less, because its kernels find their parts anywhere; but its last layer still expects "
                "them at their places. Inverted digits defeat both, and the CNN is sure of its wrong answers. Training "
                "on such variations helps; so does preparing the input.",
            ),
            "a seven as it is in MNIST, moved by 4 pixels to the right, and inverted",
        ),
    ),
    SETUP,
)
