"""Training runs in the background: they queue, pause, stop, stay on disk, and can be resumed by another process.

May import `training`, `models` and `data`.
"""
