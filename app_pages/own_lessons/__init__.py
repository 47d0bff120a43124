"""The part of the Learn page for lessons of a teacher's own: lists of links into the app.

May import `components`, `state` and `mnist_core`.
"""
