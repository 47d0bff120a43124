"""How numbers are written, the same on pages, pictures and the command line."""

MINUS = "\N{MINUS SIGN}"  # as wide as a digit, unlike a hyphen


def signed(number: float, decimals: int = 2) -> str:
    """Return a number with that many decimals and a proper minus sign; nothing that is rounded to 0 has one."""
    text = f"{number:.{decimals}f}"
    return text.replace("-", MINUS if float(text) else "")


def with_article(digit: int | str) -> str:
    """Return a digit with its article, such as "a 7" and "an 8"."""
    return f"an {digit}" if str(digit) == "8" else f"a {digit}"


def percentage(fraction: float) -> str:
    """Return a fraction in [0, 1] as text such as 97.3%; never rounded to 0.0% or 100.0%."""
    if 0 < fraction < 0.001:
        return "<0.1%"
    return ">99.9%" if fraction > 0.999 else f"{fraction:.1%}"  # a softmax never reaches 1, but its rounded value does
