"""What `needy` imports."""


def answer() -> int:
    """The class to say."""
    return 1
