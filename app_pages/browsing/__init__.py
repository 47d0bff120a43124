"""The parts of the Browse page: its filters, its four views, and the opened image.

May import `components`, `state` and `mnist_core`.
"""
