"""Analyse models and data: find images by the model's answers, embed them, and measure their pixels.

May import `models`, `data` and `ink`.
"""
