"""Training runs: queue, pause, stop and record them, keep them on disk, and resume them in another process.

May import every package below it: `training`, `recognition`, `analysis`, `synthetic`, `models`,
`data`, `ink`, `constants` and `paths`.
"""
