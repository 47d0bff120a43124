"""The parts of the Inside page: what is looked at, in which model, and the views of it.

May import `components`, `state` and `mnist_core`.
"""
