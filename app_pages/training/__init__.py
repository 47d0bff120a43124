"""The parts of the Train page: the form, the panel of a run, its charts, and what can be taken away.

May import `components`, `state` and `mnist_core`.
"""
