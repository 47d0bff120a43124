"""Analyse models and data: query images by the model's answers, embed them, and show weights and pixel statistics.

May import `models`, `data`, `ink`, `constants` and `paths`.
"""
