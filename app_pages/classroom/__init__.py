"""The part of the Learn page for a class: joining it, teaching it, and its projector.

May import `components`, `state` and `mnist_core`.
"""
