"""The view "My handwriting" of the Learn page: collect own drawings, teach a model with them, keep it as a run.

May import `components`, `state` and `mnist_core`.
"""
