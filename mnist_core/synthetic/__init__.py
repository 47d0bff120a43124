"""Stand-in digits, written by a parametric pen, for machines without MNIST.

May import `ink`, `data`, `constants` and `paths`.
"""
