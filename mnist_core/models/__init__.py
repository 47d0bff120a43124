"""Models: the networks, the configuration of a run, the files of a trained model, and its evaluation.

May import `ink`, `data`, `constants` and `paths`. It knows nothing about how a model is trained.
"""
