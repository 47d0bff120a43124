"""Stand-in digits, drawn by a parametric pen, for machines without MNIST.

May import `ink` and `data`.
"""
