"""How numbers are written, the same on pages, pictures and the command line."""


def percentage(fraction: float) -> str:
    """Return a fraction in [0, 1] as text such as 97.3%; never rounded to 0.0% or 100.0%."""
    if 0 < fraction < 0.001:
        return "<0.1%"
    return ">99.9%" if fraction > 0.999 else f"{fraction:.1%}"  # a softmax never reaches 1, but its rounded value does
