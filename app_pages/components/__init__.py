"""Parts of pages: the header, the missing-data panel, HTML snippets, and small components for the browser.

May import `state` and `mnist_core`.
"""
