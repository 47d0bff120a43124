"""What people send each other: a picture of a drawing with its answer, and a link as a QR code.

May import `recognition`, `ink` and `constants`. The text in a link is packed by `ink.share_link`.
"""
