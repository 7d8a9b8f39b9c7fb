"""Runs every script of this folder and joins what they print: `tox -e torture`.

python tests/torture/everything.py [-o results/published/reliability.md]

Two scripts at a time, and those that use two processors by themselves one after the other. Exits
with 1 where one of them does.
"""

import argparse
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmark.engine.backends.machine import description

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ALONE = ("kill", "soak")
HEAD = """# Trying to break it

    BENCHMARK_DATA=... tox -e torture

{machine}, {processors} processors, Python {python}. Each table is what the script above it printed.
"""


def scripts() -> list[Path]:
    """All others in this folder that can be run, by name."""
    others = sorted(path for path in HERE.glob("*.py") if path.name != Path(__file__).name)
    return [path for path in others if "__main__" in path.read_text(encoding="utf-8")]


def sections() -> Iterator[tuple[str, int]]:
    """What each script prints, and its exit code."""
    with ThreadPoolExecutor(2) as pool:
        yield from pool.map(section, (s for s in scripts() if s.stem not in ALONE))
    yield from map(section, (s for s in scripts() if s.stem in ALONE))


def section(script: Path) -> tuple[str, int]:
    """What a script prints under its command, and its exit code."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    seconds = time.perf_counter() - started
    said = done.stdout.strip() if done.returncode in (0, 1) else done.stderr.strip()
    command = f"python {script.relative_to(ROOT)}"
    verdict = "holds" if done.returncode == 0 else f"BROKEN (exit code {done.returncode})"
    return f"\n    {command}\n\n{said}\n\n{verdict}; {seconds:.0f} s\n", done.returncode


def main() -> int:
    """Print the page as it grows, write it if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    asked = parser.parse_args()
    found = description()
    page = [HEAD.format(machine=found["processor"], processors=found["processors"],
                        python=platform.python_version())]  # fmt: skip
    print(page[0], flush=True)
    codes = []
    started = time.perf_counter()
    for text, code in sections():
        print(text, flush=True)
        page.append(text)
        codes.append(code)
    page.append(f"\nAll of it: {time.perf_counter() - started:.0f} s\n")
    print(page[-1])
    if asked.output:
        asked.output.write_text("".join(page), encoding="utf-8")
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
