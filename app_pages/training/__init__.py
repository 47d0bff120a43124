"""The parts of the Train page: the form, the panel of a run with its five views, the comparison, and the example.

May import `components`, `state` and `mnist_core`.
"""
