"""Models: the networks, the configuration of a run, the files of a trained model, and its evaluation.

May import `ink` and `data`. It does not know how a model is trained.
"""
