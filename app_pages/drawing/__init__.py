"""The parts of the Draw page: the ink, the answer, the example, the steps, and sharing.

May import `components`, `state` and `mnist_core`.
"""
