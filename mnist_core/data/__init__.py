"""MNIST on disk: find it, download it, take it from a user, verify it, and read a split as two tensors.

May import `constants` and `paths`. It does not know of ink, models or training.
"""
