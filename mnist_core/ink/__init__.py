"""From ink to pixels: turn pen strokes, canvas drawings and photos into images that look like MNIST's.

May import `constants` and `paths`. It knows nothing about data sets, models or training.
"""
