"""Analyse models and data: query images by the answers, embed them, explain answers, show weights and pixel statistics.

May import `models`, `data`, `ink`, `constants`, `paths` and `progress`.
"""
