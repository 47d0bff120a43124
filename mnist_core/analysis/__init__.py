"""Looking at models and data: find images by what a model answers, embed them, and measure their pixels.

May import `models`, `data` and `ink`.
"""
