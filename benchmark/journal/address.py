"""Where a tracking store is: its URI, and the secrets in it that nobody else may see."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus, unquote, unquote_plus, urlsplit

from benchmark.errors import BenchmarkError

HIDDEN = "***"
SECRET_NAMES = ("pass", "pwd", "token", "secret", "key", "sig", "auth", "cred", "odbc", "code")
SHORT = 4  # a shorter secret is a part of too many words to be looked for in all of them
_HOST = re.compile(r"[^:/@]+(:\d+)?/")
_PARAMETER = re.compile(r"([?&;#])([^=&;#?]+)=([^&;#]*)")


def redacted(uri: str, text: str | None = None) -> str:
    """A URI, or a text that may quote it or a part of it, without the secrets in the URI."""
    shown = _shown(uri)
    if text is None:
        return shown
    text = text.replace(uri, shown)
    for secret in sorted(_secrets(uri), key=len, reverse=True):
        if len(secret) < SHORT:
            text = re.sub(rf"(?<=[:/=]){re.escape(secret)}(?=[@&;#\s'\"]|$)", HIDDEN, text)
        else:
            text = text.replace(secret, HIDDEN)
    return text


def checked(uri: str) -> str:
    """The same URI; raises BenchmarkError where it is none."""
    try:
        urlsplit(uri)
    except ValueError as error:
        reason = redacted(uri, str(error))
        raise BenchmarkError(f"tracking URI {redacted(uri)!r} is no URI: {reason}") from None
    return uri


def without_user(uri: str) -> str:
    """The address of a server: no user, no password, no parameters, no closing slash."""
    scheme, _, rest = uri.partition("://")
    return f"{scheme}://{re.split('[?#]', rest.rpartition('@')[2])[0]}".rstrip("/")


def sqlite_path(uri: str) -> Path | None:
    """The file of a SQLite store, or None for another kind of store."""
    path, _, _ = uri.removeprefix("sqlite:///").partition("?")
    named = path and not path.startswith(("file:", ":"))  # SQLite's own URIs, and memory
    return Path(path) if named and uri.startswith("sqlite:///") else None


def _split(uri: str) -> tuple[str, str, str]:
    """What is before the user, the user with the password, and what follows.

    A password may hold any character, unescaped ones too: it goes on to the last `@`. What a web
    address has before a slash is no user but a host.
    """
    scheme, sign, rest = uri.partition("://") if "://" in uri else ("", "", uri)
    user, at, place = rest.rpartition("@")
    host = _HOST.match(user) if scheme.startswith("http") else ":" not in user
    if not at or host or scheme == "sqlite":
        return f"{scheme}{sign}", "", rest
    return f"{scheme}{sign}", user, f"{at}{place}"


def _shown(uri: str) -> str:
    scheme, user, rest = _split(uri)
    name, colon, _ = user.partition(":")
    if user:  # a lone user of a web server is a token
        user = f"{name}:{HIDDEN}" if colon else HIDDEN
    return f"{scheme}{user}{_PARAMETER.sub(_hidden, rest)}"


def _hidden(found: "re.Match[str]") -> str:
    sign, name, _ = found.groups()
    return f"{sign}{name}={HIDDEN}" if _is_secret(name) else found.group()


def _is_secret(name: str) -> bool:
    return any(part in name.lower() for part in SECRET_NAMES)


def _secrets(uri: str) -> set[str]:
    """Every secret, as it is written and in the forms in which a message may quote it."""
    _, user, rest = _split(uri)
    name, colon, password = user.partition(":")
    written = [password if colon else name]
    values = [value for _, key, value in _PARAMETER.findall(rest) if _is_secret(key)]
    written += values
    nested = (f";{unquote_plus(value)}" for value in values)  # as in odbc_connect
    written += [v for text in nested for _, key, v in _PARAMETER.findall(text) if _is_secret(key)]
    return {form for secret in written for form in _forms(secret) if form}


def _forms(secret: str) -> Iterator[str]:
    for plain in (secret, unquote(secret), unquote_plus(secret)):
        yield from (
            plain,
            quote(plain),
            quote(plain, safe=""),
            quote_plus(plain),
            repr(plain)[1:-1],
        )
