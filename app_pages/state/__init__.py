"""What the process keeps for all visitors, and what one visitor did and chose.

May import `mnist_core`. It shows no widgets except progress and the choice of a run.
"""
