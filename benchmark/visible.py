"""Characters that a terminal or an editor obeys instead of showing them."""

import re

_DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # what follows is drawn elsewhere
_LINES = "\u2028\u2029"
_HALVES = "\ud800-\udfff"  # of characters: no text can be written with one
_ANY = re.compile(f"[\x00-\x1f\x7f-\x9f{_DIRECTIONS}{_LINES}{_HALVES}]")
_DELETE, _PICTURES, _UNKNOWN = "\x7f", 0x2400, "\ufffd"


def is_visible(text: str) -> bool:
    """Whether a text is what it looks like; a tab or a new line is not."""
    return _ANY.search(text) is None


def visible(text: str) -> str:
    """The text with a sign for each character that would be obeyed, but tabs and new lines."""
    return _ANY.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    character = found[0]
    if character in "\t\n":
        return character
    if character == _DELETE:
        return "\u2421"
    return chr(_PICTURES + ord(character)) if character < " " else _UNKNOWN
