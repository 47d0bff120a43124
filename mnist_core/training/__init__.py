"""Training as a stream of reports: the loop, the optimisers and schedules, and the augmentation of the images.

May import `models`, `data` and `ink`. It knows neither background runs nor any file but metrics.csv.
"""
