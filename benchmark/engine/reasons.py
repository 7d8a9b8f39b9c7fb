"""An error → the reason that the table of failures shows."""

_OUT_OF_MEMORY = (
    "bad_alloc", "bad_malloc", "Unable to allocate", "allocate memory", "out of memory",
    "failed to map segment",
)  # fmt: skip
_ONE_CLASS = "a model was handed rows of one class, because too few rare rows are here to draw from"
_CHANGED = "a fit may not change the rows that it is given; it must copy them"
_MEANINGS = {
    "needs to have more than 1 class": _ONE_CLASS,
    "positive weights belong to the same class": _ONE_CLASS,
    "contains 1 class after sample_weight": _ONE_CLASS,
    "needs samples of at least 2 classes": _ONE_CLASS,
    "number of classes has to be greater than one": _ONE_CLASS,
    "Target contains only one unique value": _ONE_CLASS,
    "axis 1 is out of bounds for array of dimension 1": _ONE_CLASS,
    "read-only": _CHANGED,
    "cannot set WRITEABLE flag": _CHANGED,
    "Expected n_neighbors <= n_samples_fit": "more neighbours are asked for than there are rows",
    "No clusters found with sufficient samples": "no cluster holds enough rows of the rare class",
    "No samples will be generated": "a class is nearly as large as the largest already",
}


def ran_out_of_memory(error: BaseException) -> bool:
    """Whether a library's error, or what led to it, means that memory ran out."""
    if isinstance(error, MemoryError) or any(text in str(error) for text in _OUT_OF_MEMORY):
        return True
    earlier = error.__cause__ or error.__context__
    return earlier is not None and ran_out_of_memory(earlier)


def described(error: BaseException) -> str:
    """The kind and the first line of an error, after what it means where that is known."""
    lines = str(error).encode(errors="backslashreplace").decode().strip().splitlines()
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    meaning = next((plain for words, plain in _MEANINGS.items() if words in text), "")
    return f"{meaning} ({text})" if meaning and meaning not in text else text
