"""The parts of the Train page: form, network's picture, pace, race, a run's panel and views, comparison, example.

May import `components`, `state` and `mnist_core`.
"""
