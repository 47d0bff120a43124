"""Training as a stream of reports: the loop, the optimisers and schedules, and the augmentation of the images.

May import `synthetic`, `models`, `data`, `ink`, `constants` and `paths`. It knows nothing about background runs, and
metrics.csv is the only file that it reads or writes.
"""
