"""The challenges of the Learn page: one at a time, with its board.

May import `components`, `state` and `mnist_core`.
"""
