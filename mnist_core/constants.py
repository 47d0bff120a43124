"""What every MNIST image and label has in common."""

SIDE = 28  # px, the height and the width of an image
CLASSES = 10  # labels, 0 to 9
