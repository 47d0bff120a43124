"""The dimensions shared by all MNIST images and labels."""

SIDE = 28  # px, height and width of an image
CLASSES = 10  # labels 0 to 9
