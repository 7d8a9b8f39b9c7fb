"""The command line: finds commands when they are called, turns errors into exit codes."""

import importlib
import os
import signal
import sys
from collections.abc import Sequence

import click

from benchmark.errors import BenchmarkError
from benchmark.visible import visible

COMMANDS = (
    "run", "plan", "merge", "list", "show", "compare", "report", "baseline", "gate",
    "export-folds", "import-predictions", "schema", "sync", "ui",
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
        for line in str(error).splitlines():
            _wrong(line)
        return WRONG
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except OSError as error:
        if os.environ.get("BENCHMARK_TRACEBACK"):
            raise
        return _wrong(" ".join(str(error).split()))
    except Exception as error:
        if os.environ.get("BENCHMARK_TRACEBACK"):
            raise
        text = " ".join(str(error).split())
        _wrong(f"unexpected {type(error).__name__}: {text}")
        click.echo("This is a defect; BENCHMARK_TRACEBACK=1 shows where.", err=True)
        return WRONG
    return code if isinstance(code, int) else OK


def _wrong(text: str) -> int:
    click.secho(f"error: {visible(text)}", err=True, fg="red")
    return WRONG


def _interrupted() -> int:
    click.echo(
        "Interrupted. Nothing finished is lost; the same command goes on from here.", err=True
    )
    return INTERRUPTED
