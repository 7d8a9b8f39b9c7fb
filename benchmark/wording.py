"""Words that several parts of the program say alike: numbers of things, and mistakes of form."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WORDS = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be {ge} or more",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large",
    "int_type": "must be a whole number",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be {le} or less",
    "missing": "is required",
    "model_type": "must be a mapping",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_long": "must have {max_length} characters or less",
    "string_too_short": "must not be empty",
    "string_type": "must be text",
    "too_short": "must be a list of {min_length} or more",
    "tuple_type": "must be a list",
}


def worded(problem: "ErrorDetails") -> str:
    """What is allowed in the place of a mistake that pydantic found."""
    known, context = _WORDS.get(problem["type"]), problem.get("ctx", {})
    if known:
        shown = {name: f"{v:g}" if isinstance(v, float) else v for name, v in context.items()}
        return known.format_map(shown)
    return problem["msg"].removeprefix("Value error, ").replace("Input should", "must")


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"
