"""Stand-in digits, written by a parametric pen for machines that have no MNIST.

May import `ink` and `data`.
"""
