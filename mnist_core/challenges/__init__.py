"""Challenges whose score the app measures: fool a model, train a fast or a small one, write as badly as is still read.

May import `training`, `recognition`, `models`, `data`, `ink`, `constants`, `formatting` and `progress`.
"""
