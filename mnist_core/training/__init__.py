"""Training as a stream of reports: the loop, the optimisers and schedules, and the variation of the images.

May import `models`, `data` and `ink`. It does not know of runs in the background or of files other than metrics.csv.
"""
