"""Ink to pixels: pen strokes, the canvas's drawings and photos become what MNIST would have looked like.

May import `constants` and nothing else of the core: it does not know of data sets, models or training.
"""
