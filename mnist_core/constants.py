"""What the whole library shares: the sizes of images, labels and networks, and the names of devices."""

SIDE = 28  # px, height and width of an image
CLASSES = 10  # labels 0 to 9
WIDTH = 16  # channels of the cnn's first layer; its other layers scale with it
DEPTH = 2  # convolutions of the cnn at 6x6
DEVICES = ("auto", "cpu", "cuda", "mps")
