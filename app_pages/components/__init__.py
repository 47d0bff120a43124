"""Parts that several pages share: the header, tables, grids, and small components for the browser.

May import `state` and `mnist_core`.
"""
