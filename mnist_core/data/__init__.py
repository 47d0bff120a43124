"""MNIST on disk: find, download, upload and verify its files, and load a split as two tensors.

May import only `constants` and `paths` from the core: this package knows nothing about ink, models or training.
"""
