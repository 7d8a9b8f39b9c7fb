"""The command line: finds commands when they are called, turns errors into exit codes."""

import importlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from benchmark.errors import BenchmarkError
from benchmark.visible import visible

COMMANDS = (
    "run", "plan", "merge", "list", "show", "compare", "report", "baseline", "gate",
    "export-folds", "import-predictions", "schema", "sync", "recover", "ui",
)  # fmt: skip
OK, NOT_ALL_OK, WRONG, INTERRUPTED = 0, 1, 2, 130


class Lazy(click.Group):
    """Imports the module of a command when the command is named."""

    def list_commands(self, context: click.Context) -> list[str]:
        """All commands, in the order in which a user needs them."""
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command `command` in the module of that name."""
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"benchmark.cli.{name.replace('-', '_')}_command")
        command: click.Command = module.command
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="imbalance-benchmark", prog_name="benchmark")
def cli() -> None:
    """Settle which technique for class imbalance works.

    \b
    Start with:
      python -m benchmark run experiments/quickstart.yaml
      python -m benchmark list strategies
      python -m benchmark show strategy smote

    Exit codes: 0 all cells ok, 1 some cells are not, 2 the command or suite is wrong and nothing
    ran, 3 the gate found a regression, 4 it could not judge, 130 interrupted (the same command
    goes on where it stopped).
    """


def run_command_line(arguments: Sequence[str]) -> int:
    """Run a command; return its exit code. No traceback reaches the user."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with _words_never_lost():
            code = _code_of(arguments)
            _forget_what_cannot_be_printed()
            return code
    except OSError:
        return WRONG  # stderr cannot be written either, so there is nobody to tell


def _code_of(arguments: Sequence[str]) -> int:
    """Run a command, say in one line what went wrong, and return its exit code."""
    try:
        code = cli.main(list(arguments), prog_name="python -m benchmark", standalone_mode=False)
    except click.exceptions.Abort:
        return _interrupted()
    except KeyboardInterrupt:
        return _interrupted()
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        click.UsageError(visible(error.format_message()), context).show()
        return WRONG
    except BenchmarkError as error:
        if os.environ.get("BENCHMARK_TRACEBACK") and error.__cause__ is not None:
            raise
        for line in str(error).splitlines():
            _wrong(line)
        return WRONG
    except (BrokenPipeError, SystemExit):  # the latter is what click makes of the former
        return OK
    except Exception as error:
        if os.environ.get("BENCHMARK_TRACEBACK"):
            raise
        refused = _refused_by_the_system(error)
        text = refused or f"unexpected {type(error).__name__}: {' '.join(str(error).split())}"
        _wrong(text)
        if not refused:
            click.echo("This is a defect; BENCHMARK_TRACEBACK=1 shows where.", err=True)
        return WRONG
    return code if isinstance(code, int) else OK


def _forget_what_cannot_be_printed() -> None:
    """Python would try it again as it exits, and end with a traceback and a code of its own."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _wrong(text: str) -> int:
    click.secho(f"error: {visible(text)}", err=True, fg="red")
    return WRONG


def _refused_by_the_system(error: Exception) -> str:
    """What the system did not give, and for which file if it says so; empty where it did not."""
    from benchmark.engine.reasons import ran_out_of_memory

    if ran_out_of_memory(error):
        return "there is not enough memory"
    if not isinstance(error, OSError):
        return ""
    where = f"{error.filename!r}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


@contextmanager
def _words_never_lost() -> Iterator[None]:
    """Print a question mark for a letter that a terminal lacks."""
    streams: list[Any] = [sys.stdout, sys.stderr]
    before = [(stream, stream.errors) for stream in streams if hasattr(stream, "reconfigure")]
    for stream, _ in before:
        stream.reconfigure(errors="replace")
    try:
        yield
    finally:
        for stream, errors in before:
            stream.reconfigure(errors=errors)


def _interrupted() -> int:
    click.echo(
        "Interrupted. Nothing finished is lost; the same command goes on from here.", err=True
    )
    return INTERRUPTED
