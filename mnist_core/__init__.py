"""Handwritten digits: find MNIST, turn ink into a tensor, train a model, ask it what it sees.

The package never imports Streamlit, so that a command line, a notebook or another user interface can use it as it is.
"""
