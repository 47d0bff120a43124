"""MNIST on disk: find, download, upload and verify its files, and load a split as two tensors.

May import `constants` and `paths`. It knows nothing about ink, models or training.
"""
