"""Train the out-of-distribution (OOD) detector: make its training examples, and train it on them.

May import every package below it: `training`, `recognition`, `analysis`, `synthetic`, `models`, `data`, `ink`,
`constants` and `paths`. The app never imports it.
"""
