"""The parts of the Learn page: the course, step by step, and something to play with at many of its steps.

May import `components`, `state` and `mnist_core`.
"""
