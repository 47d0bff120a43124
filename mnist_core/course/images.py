"""Chapter 1, from image to tensor: what MNIST is, how PyTorch loads it, and what the values mean."""

from mnist_core.course.step import Chapter, Question, Step

SHOWN = 8  # images

CHAPTER = Chapter(
    "1-from-image-to-tensor",
    "From image to tensor",
    "Load MNIST with torchvision, and know what is in a tensor that holds an image.",
    (
        Step(
            "install",
            "Get PyTorch and torchvision",
            "torchvision is PyTorch's library for images; it can download the common datasets. Install both in a "
            "terminal, with matplotlib to show images. Then import them in Python.",
            "# in a terminal:\n# pip install torch torchvision matplotlib\n\n"
            "import torch\nimport torchvision\n\nprint(torch.__version__, torchvision.__version__)",
            Question(
                "Linear regression with PyTorch needs only `torch`. What is torchvision for?",
                ("It makes training faster.", "It brings image datasets and tools for images.", "It draws charts."),
                1,
                "Training is `torch` alone, also for images. torchvision brings datasets such as MNIST, and transforms "
                "that turn images into tensors.",
            ),
        ),
        Step(
            "train-set",
            "Download the training set",
            "The first time, this downloads about 12 MB into `data/`. After that, it opens the downloaded files. A "
            "model learns from the images of the training set.",
            "from torchvision.datasets import MNIST\n\ndataset = MNIST(root='data/', download=True)\nlen(dataset)",
            Question(
                "What happens when you run this code a second time?",
                ("It downloads 12 MB again.", "It fails, because the files exist.", "It opens the files it has."),
                2,
                "`download=True` means: download if the files are not there yet.",
            ),
        ),
        Step(
            "test-set",
            "Open the test set",
            "`train=False` gives other images, which no model learns from. They are for evaluating a model and "
            "reporting how good it is: a right answer for an image that it has already seen would prove nothing.",
            "test_dataset = MNIST(root='data/', train=False)\nlen(test_dataset)",
            Question(
                "A model has seen every training image many times. What does its accuracy on them tell you?",
                ("How well it remembers them.", "How well it will read new digits.", "Nothing at all."),
                0,
                "A lookup table would reach 100% on the training images and know nothing about a new one. Only images "
                "that were not used for training show what a model has learned.",
            ),
        ),
        Step(
            "element",
            "Look at one element",
            "Each element is a pair: an image and its label. The image has 28 × 28 pixels, and its mode `L` means one "
            "grey level (luminance) per pixel. The label is the digit that the writer meant.",
            "dataset[0]",
            Question(
                "How many numbers describe one image?",
                ("28", "784", "2,352"),
                1,
                "28 × 28 = 784 pixels, each with one grey level. A colour image would have three numbers per pixel, "
                "2,352 in all.",
            ),
        ),
        Step(
            "view",
            "View images with their labels",
            "matplotlib shows single-channel images in false colours unless you pass `cmap='gray'`.",
            "import matplotlib.pyplot as plt\n\n"
            f"for index in range({SHOWN}):\n"
            "    image, label = dataset[index]\n"
            f"    plt.subplot(2, {SHOWN // 2}, index + 1, title=label)\n"
            "    plt.imshow(image, cmap='gray')",
            Question(
                "MNIST's digits were written with dark ink on white paper. How are they stored?",
                ("Black on white, like the paper.", "White on black."),
                1,
                "The images were inverted: ink is bright (255), and paper is black (0). A model trained on them "
                "expects that from every digit it reads.",
            ),
            f"the first {SHOWN} training images, each with its label above",
        ),
        Step(
            "tensor",
            "Turn images into tensors",
            "PyTorch works with tensors, not image files. Give the dataset a transform, and it returns every image as "
            "a tensor: 1 channel (a colour image would have 3), 28 rows, 28 columns.",
            "from torchvision.transforms import ToTensor\n\n"
            "dataset = MNIST(root='data/', transform=ToTensor())\n"
            "image_tensor, label = dataset[0]\nprint(image_tensor.shape, label)",
            Question(
                "What is the shape of a batch of 100 such tensors, stacked?",
                ("`[100, 28, 28]`", "`[1, 100, 28, 28]`", "`[100, 1, 28, 28]`"),
                2,
                "PyTorch's order for images is N, C, H, W: the number of images, then channels, rows and columns.",
            ),
        ),
        Step(
            "values",
            "Read the values",
            "The bytes from 0 to 255 are now numbers from 0 to 1: 0 is black, 1 is white, and values in between are "
            "grey. Here are five rows of five values from the middle of the image, and the same values as an image.",
            "corner = image_tensor[0, 10:15, 10:15]\n"
            "print(corner)\nprint(image_tensor.min(), image_tensor.max())\nplt.imshow(corner, cmap='gray')",
            Question(
                "A pixel's byte is 51. What is its value in the tensor?",
                ("0.2", "0.51", "51"),
                0,
                "`ToTensor` divides by 255, and 51 / 255 = 0.2.",
            ),
            "the same 25 values as grey levels",
        ),
    ),
)
