"""The networks, the configuration that builds and trains one, and what a trained one is: its files, its evaluation.

May import `ink` and `data`. It does not know how a model is trained.
"""
