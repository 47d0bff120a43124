"""How the out-of-distribution detector is made: its training, and the digits and non-digits that it learns from.

May import `training`, `recognition`, `synthetic`, `models`, `data` and `ink`. The app never imports it.
"""
