"""Suites that nobody means well: cases by hand, and mutations of valid ones."""

import random
from collections.abc import Callable, Iterator

VALID = """\
name: example
seed: 7
datasets: [iris, {use: wine, positive: 2, thin: {positive: 0.05}}, {use: digits, as: d8}]
strategies: [none, smote+class_weight, {use: smote, as: half, params: {balance: 0.5}}]
models: [logistic_regression, {use: random_forest, params: {n_estimators: 10}}]
metrics: [f2, roc_auc, brier]
thresholds: [default, tuned]
costs: {false_negative: 20, false_positive: 1}
prevalence: 0.01
preprocess: {scale: standard, categories: onehot, max_categories: 50}
cv: {folds: 5, repeats: 2}
tuning: {trials: 20, folds: 3, seconds: 10min, prune: true}
limits: {seconds: 600, memory: 4GiB}
tracking: {uri: "sqlite:///results/mlflow.db", experiment: mine}
backend: {kind: local, workers: auto}
"""
SUITE = """\
name: example
datasets: [iris]
strategies: [none, smote]
models: [logistic_regression]
"""
NINES = "9" * 90
_BOMB = "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 9))


def _named(text: str) -> str:
    return SUITE.replace("name: example", f"name: {text}")


def _data(text: str) -> str:
    return SUITE.replace("iris", text)


def _strategy(text: str) -> str:
    return SUITE.replace("smote", text)


# What a suite says → what is said of it; of each case one line at least has this.
CASES: dict[str, tuple[str, str]] = {
    "aliases that explode": (f"{SUITE}a0: &a0 [1, 1, 1, 1]\n{_BOMB}", ":5: more than 10,000 keys"),
    "brackets": ("[" * 100_000, ":1: nested too deeply"),
    "braces": ("{a: " * 30_000, ":1: nested too deeply"),
    "dashes": ("- " * 60_000, ":1: nested too deeply"),
    "questions": ("? " * 60_000, ":1: nested too deeply"),
    "indents": ("\n".join(" " * i + "a:" for i in range(400)), ": nested too deeply"),
    "nested parameters": (_strategy("{use: smote, params: {a: " + "[" * 60 + "]" * 60 + "}}"),
                          ":3: nested too deeply"),
    "an alias inside itself": (SUITE + "tuning: &a [*a]", ":5: nested too deeply"),
    "an alias of nothing": (SUITE + "tuning: *a", ":5: not YAML: found undefined alias"),
    "too large": (SUITE + "#" * 2**17, "is larger than 128 KiB"),
    "many values": (SUITE + "x: [" + "a," * 20_000 + "]", ":5: more than 10,000 keys and values"),
    "a key twice": (SUITE + "name: b", ":5: key 'name' is given twice, first in line 1"),
    "a zero byte": (SUITE + "\0", ":5: not YAML: character '\\x00' is not allowed"),
    "an escape": (SUITE + "\x1b[2J", ":5: not YAML: character '\\x1b' is not allowed"),
    "a tab": (SUITE + "\tcv: 1", ":5: not YAML: found character"),
    "an object": (SUITE + "plugins: !!python/object/apply:os.system ['x']",
                  ":5: not YAML as understood here: tag 'tag:yaml.org,2002:python/object/"),
    "a name of Python": (_named("!!python/name:os.system x"), ":1: not YAML as understood here"),
    "a tag of its own": (_named("!mine x"), ":1: not YAML as understood here: tag '!mine'"),
    "a set": (SUITE + "plugins: !!set {a, b}", ":5: not YAML as understood here: tag"),
    "bytes": (_named("!!binary aGVsbG8="), ":1: not YAML as understood here: tag"),
    "a timestamp": (_named("!!timestamp then"), ":1: not YAML as understood here: tag"),
    "text as a list": (SUITE + "cv: !!seq text", ":5: not YAML as understood here: tag"),
    "no integer": (SUITE + "seed: !!int x", ":5: 'x' is not a whole number"),
    "no truth": (SUITE + "seed: !!bool x", ":5: 'x' is not true or false"),
    "no number": (SUITE + "seed: !!float x", ":5: 'x' is not a number"),
    "half a character": (_strategy('{use: smote, params: {k: "\\ud800"}}'), ":3: '\\ud800' is not"),
    "a merge key": (SUITE + "cv: {<<: {folds: 3}}", ":5: cv.<<: unknown key '<<'"),
    "two documents": (f"{SUITE}---\n{SUITE}", ":5: not YAML: but found another document"),
    "nothing": ("", ":1: name: is required"),
    "a list": ("- name: a", ":1: a suite is a mapping"),
    "a scalar": ("name", ":1: a suite is a mapping"),
    "a long number": (SUITE + "seed: " + "9" * 10_000, ":5: '9999"),
    "a large number": (SUITE + f"seed: {NINES}", ":5: seed: must be below 4294967296; got 9999"),
    "beyond floats": (SUITE + "prevalence: 1e999", ":5: prevalence: must be a finite number"),
    "no number at all": (SUITE + "prevalence: .nan", ":5: prevalence: must be a finite number"),
    "endless": (SUITE + "limits: {seconds: .inf}", ":5: limits.seconds: must be a finite number"),
    "too long": (SUITE + "limits: {seconds: 999999999h}", ":5: limits.seconds: must be 1e+09 or"),
    "too much memory": (SUITE + f"limits: {{memory: {NINES}GiB}}", "limits.memory: is too large"),
    "as much as bytes": (SUITE + f"limits: {{memory: {NINES}}}", "limits.memory: must be"),
    "many gigabytes": (SUITE + f"limits: {{memory: {'9' * 400}GB}}", "limits.memory: is too large"),
    "sixties": (SUITE + "seed: 12:30:00", ":5: seed: must be a whole number; got '12:30:00'"),
    "octal": (SUITE + "seed: 0o14", ":5: seed: must be a whole number; got '0o14'"),
    "a truth as a name": (_strategy("true"), ":3: strategies[1]: must be text; got True"),
    "null as a name": (_strategy("null"), ":3: strategies[1]: must be text; got None"),
    "a number as a name": (_named("12"), ":1: name: must be text; got 12"),
    "a number as a key": (SUITE + "1: 2", ":5: 1: unknown key '1'"),
    "a list as a key": (SUITE + "? [1]\n: 2", ":5: a key must be text"),
    "an empty key": (SUITE + "'': 2", ":5: a key must be text"),
    "a key with commands": (SUITE + '"a\\n\\e[2J": 2', ":5: 'a\\n\\x1b[2J': unknown key"),
    "a long key": (SUITE + f"? {'k' * 9_000}\n: 1", ":5: 'kkkk"),
    "a long name": (_named("x" * 300), ":1: name: must match"),
    "a long use": (_strategy("x" * 5_000), ":3: strategies[1]: must have 1000 characters or less"),
    "a name of two lines": (_named('"a\\nb"'), ":1: name: must match"),
    "an alias of two lines": (_strategy('{use: smote, as: "a\\nb"}'), "no control characters"),
    "an alias with commands": (_strategy('{use: smote, as: "\\e[2J"}'), "no control characters"),
    "an alias that turns": (_strategy('{use: smote, as: "\\u202ea"}'), "no control characters"),
    "a path as a name": (_named("../../etc/x"), ":1: name: must match"),
    "a root as a name": (_named("/etc"), ":1: name: must match"),
    "a dot as a name": (_named("."), ":1: name: must match"),
    "no name": (_named("''"), ":1: name: must match"),
    "a device as a name": (_named("CON"), ":1: name: must be a name that a folder can have"),
    "a device with a suffix": (_named("nul.x"), ":1: name: must be a name that a folder can have"),
    "a trailing dot": (_named("a."), ":1: name: must be a name that a folder can have"),
    "the store as a name": (_named("mlflow.db"), ":1: name: must be a name that a folder can"),
    "a zero byte in a path": (_data('"a\\0b.csv"'), ":2: datasets[0]: must have no control"),
    "a long path": (_data("a" * 900 + ".csv"), ":2: datasets[0]: file 'aaa"),
    "a folder as data": (_data("/usr/"), ":2: datasets[0]: '/usr/' is not a file"),
    "a file of the system": (_data("/etc/passwd"), ":2: datasets[0]: file '/etc/passwd' is none"),
    "a plugin without a name": (SUITE + "plugins: ['']", ":5: plugins: plugin '' cannot be"),
    "a relative plugin": (SUITE + "plugins: [.a]", ":5: plugins: plugin '.a' cannot be imported"),
    "a path without a class": (_strategy("'os:'"), ":3: strategies[1]: import path 'os:' cannot"),
    "many mistakes": (SUITE + f"metrics: {[f'm{i}' for i in range(999)]}", "there are more mist"),
    "many of one": (_strategy("none," * 2_000), ":3: there are more mistakes"),
    "many keys": (SUITE + "".join(f"x{i}: 1\n" for i in range(2_000)), "there are more mistakes"),
}  # fmt: skip

TOKENS = (
    "[", "]", "{", "}", ":", ": ", ",", "- ", "\n", "\n  ", "\t", "#", "&a ", "*a ", "!!int ",
    "!x ", "!!python/none ", "? ", "| ", "> ", "'", '"', "---\n", "...\n", "%YAML 1.1\n", "~",
    "null", "true", ".nan", ".inf", "1e999", "-1", "0", NINES, "0x1f", "12:30:00", "2020-01-01",
    "<<: ",
    "as: ", "use: ", "params: ", "name: ", "[]", "{}", "''", '"\\e[2J"', '"\\ud800"', "\x00",
    "\x1b", "\x85", "\u2028", "\ufeff", "é", "😀", "../..", "a.csv", "*.csv", "os:system", "smote+",
    "none", "off", "auto", "4GiB", "{column: x}", "[[0, 1], [1, 0]]",
)  # fmt: skip


def mutated(text: str, luck: random.Random) -> str:
    """The text with a few of its parts cut, doubled, swapped or replaced."""
    for _ in range(luck.choice((1, 1, 2, 4))):
        change = luck.choice(_CHANGES)
        text = change(text, luck)
    return text


def _span(text: str, luck: random.Random) -> tuple[int, int]:
    start = luck.randrange(len(text) + 1)
    return start, min(len(text), start + luck.randint(0, 30))


def _cut(text: str, luck: random.Random) -> str:
    start, end = _span(text, luck)
    return text[:start] + text[end:]


def _put(text: str, luck: random.Random) -> str:
    start, end = _span(text, luck)
    return text[:start] + luck.choice(TOKENS) + text[luck.choice((start, end)) :]


def _doubled(text: str, luck: random.Random) -> str:
    lines = text.split("\n")
    lines.insert(luck.randrange(len(lines)), luck.choice(lines))
    return "\n".join(lines)


def _swapped(text: str, luck: random.Random) -> str:
    """One value in the place of another one: the form stays right more often."""
    lines = [line.partition(": ") for line in text.split("\n")]
    here, there = luck.randrange(len(lines)), luck.randrange(len(lines))
    lines[here] = (*lines[here][:2], lines[there][2])
    return "\n".join("".join(line) for line in lines)


_CHANGES: tuple[Callable[[str, random.Random], str], ...] = (_cut, _put, _put, _doubled, _swapped)


def endless(seed: int) -> Iterator[bytes]:
    """Mutations of valid suites, and raw bytes: the same ones for a seed."""
    luck = random.Random(seed)
    while True:
        for text in (VALID, *[SUITE] * 5):
            yield mutated(text, luck).encode("utf-8", "surrogatepass")
        yield luck.randbytes(luck.randint(0, 60))
        for most in (5, 40):
            tokens = luck.choices(TOKENS, k=luck.randint(1, most))
            yield "".join(tokens).encode("utf-8", "surrogatepass")
