"""`python -m benchmark`."""

import sys


def main() -> None:
    """Run the command line and exit with its code."""
    from benchmark.cli.app import run_command_line

    sys.exit(run_command_line(sys.argv[1:]))


if __name__ == "__main__":
    main()
