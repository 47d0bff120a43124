"""The making of the out-of-distribution (OOD) detector: its training examples and its training.

May import `training`, `recognition`, `synthetic`, `models`, `data` and `ink`. The app never imports it.
"""
