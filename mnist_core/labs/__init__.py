"""Failure labs: a healthy model and one with a mistake in its data or its settings, trained side by side in seconds.

May import `training`, `models`, `data`, `ink`, `constants` and `progress`.
"""
