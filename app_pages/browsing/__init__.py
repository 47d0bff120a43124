"""The parts of the Browse page: its filters, its views, and the image that is open.

May import `components`, `state` and `mnist_core`.
"""
