"""What the process keeps for everyone, and what one visitor did and chose.

May import `mnist_core`. It shows no widgets but progress.
"""
