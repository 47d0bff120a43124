"""The failure labs of the Learn page: predict, run, see, explain.

May import `components`, `state` and `mnist_core`.
"""
