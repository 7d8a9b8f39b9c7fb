"""Where a strategy or model asks for its hyper-parameters."""

import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from benchmark.errors import BenchmarkError, unknown


@dataclass(frozen=True)
class Parameter:
    """A declared hyper-parameter: its scoped name, its kind, its range and its default."""

    name: str
    kind: Literal["integer", "real", "choice"]
    default: Any
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    options: tuple[Any, ...] = ()
    tune: bool = True
    prefix: bool = False

    @property
    def short_name(self) -> str:
        """The name inside its entry, as `params:` takes it."""
        return self.name.partition(".")[2]

    @property
    def range(self) -> str:
        """The range as a person writes it."""
        if self.kind == "choice":
            return ", ".join(str(option) for option in self.options)
        return f"{self.low:g} to {self.high:g}" + (" (log)" if self.log else "")

    def checked(self, value: object) -> Any:
        """Return a value that the user fixed, in this parameter's type.

        A number may lie outside the searched range; an option must be one that is listed.
        """
        if isinstance(value, int | float) and not isinstance(value, bool):
            finite = abs(value) <= sys.float_info.max
            if self.kind == "integer" and finite and float(value).is_integer():
                return int(value)
            if self.kind == "real" and finite:
                return float(value)
        if self.kind == "choice" and any(
            value == o and type(value) is type(o) for o in self.options
        ):
            return value
        kind = {"integer": "a whole number", "real": "a number"}.get(self.kind, "one of")
        allowed = (
            f"{kind} {self.range}" if self.kind == "choice" else f"{kind}, usually {self.range}"
        )
        raise BenchmarkError(f"parameter {self.short_name!r} is {value!r}; allowed: {allowed}")


class Space(ABC):
    """Answers each request for a hyper-parameter; remembers what was asked.

    A subclass says how: with the defaults, from a random stream, or by a search.
    Fixed values, which the user wrote, always win.
    """

    def __init__(self, fixed: Mapping[str, Any] | None = None) -> None:
        self.fixed = dict(fixed or {})
        self.asked: dict[str, Parameter] = {}
        self.chosen: dict[str, Any] = {}

    @abstractmethod
    def suggest(self, parameter: Parameter) -> Any:
        """Return a value for a parameter that is open."""

    def keep(self, parameter: Parameter) -> Any:
        """Return the value of a parameter that no search suggests: its default."""
        return parameter.default

    def scoped(self, prefix: str) -> "Scope":
        """A view of this space that puts `prefix.` before every name."""
        return Scope(self, prefix)

    def answer(self, parameter: Parameter) -> Any:
        """Record the request and return the fixed value, the default, or a suggestion."""
        if parameter.name in self.chosen:
            return self.chosen[parameter.name]
        if parameter.name in self.fixed:
            value = parameter.checked(self.fixed[parameter.name])
        else:
            value = self.suggest(parameter) if parameter.tune else self.keep(parameter)
        self.asked[parameter.name] = parameter
        self.chosen[parameter.name] = value
        return value

    @property
    def open(self) -> dict[str, Parameter]:
        """The parameters that a search may choose."""
        return {n: p for n, p in self.asked.items() if p.tune and n not in self.fixed}

    def refuse_unasked(self) -> None:
        """Raise if the user fixed a parameter that nothing asked for."""
        for name in self.fixed:
            if name not in self.asked:
                known = [parameter.short_name for parameter in self.asked.values()]
                raise BenchmarkError(unknown("parameter", name.partition(".")[2], known))


class Scope:
    """The face of a space that a catalogue entry sees; names are relative to the entry."""

    def __init__(self, space: Space, prefix: str) -> None:
        self._space = space
        self._prefix = prefix

    @property
    def fixed(self) -> Mapping[str, Any]:
        """What the user fixed, under scoped names."""
        return self._space.fixed

    def scoped(self, name: str) -> "Scope":
        """A scope inside this one."""
        return Scope(self._space, f"{self._prefix}.{name}")

    def integer(
        self, name: str, low: int, high: int, *, default: int, log: bool = False, tune: bool = True
    ) -> int:
        """A whole number between `low` and `high`, both included."""
        parameter = Parameter(
            f"{self._prefix}.{name}", "integer", default, low, high, log, (), tune
        )
        return int(self._space.answer(parameter))

    def rounds(self, name: str, low: int, high: int, *, default: int) -> int:
        """The rounds of a booster: a trial fits as many or more, and keeps the best first ones."""
        parameter = Parameter(
            f"{self._prefix}.{name}", "integer", default, low, high, log=True, prefix=True
        )
        return int(self._space.answer(parameter))

    def real(
        self,
        name: str,
        low: float,
        high: float,
        *,
        default: float,
        log: bool = False,
        tune: bool = True,
    ) -> float:
        """A number between `low` and `high`; `log` searches orders of magnitude evenly."""
        parameter = Parameter(f"{self._prefix}.{name}", "real", default, low, high, log, (), tune)
        return float(self._space.answer(parameter))

    def choice(self, name: str, options: Sequence[Any], *, default: Any, tune: bool = True) -> Any:
        """One of the options: text, numbers, booleans or None."""
        parameter = Parameter(
            f"{self._prefix}.{name}", "choice", default, options=tuple(options), tune=tune
        )
        return self._space.answer(parameter)


class Defaults(Space):
    """Every parameter at its library's default."""

    def suggest(self, parameter: Parameter) -> Any:
        """Return the default."""
        return parameter.default


class Chosen(Space):
    """The values of an earlier trial."""

    def __init__(self, values: Mapping[str, Any], fixed: Mapping[str, Any] | None = None) -> None:
        super().__init__(fixed)
        self._values = values

    def suggest(self, parameter: Parameter) -> Any:
        """Return the value that the earlier trial had."""
        return self._values[parameter.name]

    def keep(self, parameter: Parameter) -> Any:
        """Return what was chosen inside the trial, such as a booster's rounds, or the default."""
        return self._values.get(parameter.name, parameter.default)
