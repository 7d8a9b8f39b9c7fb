#!/usr/bin/env bash
# A night: compute the suite afresh, compare it with the baseline, leave the pages that a CI shows.
#
#   experiments/nightly.sh [SUITE] [BASELINE] [RESULTS]
#
# Exit code: the gate's. 0 nothing is worse, 3 a regression, 4 cannot judge, 2 something is wrong.
# To take what was found for the new normal, commit what this writes:
#   python -m benchmark baseline experiments/nightly.yaml -o results/baselines/nightly.json
set -euo pipefail

suite=${1:-experiments/nightly.yaml}
baseline=${2:-results/baselines/nightly.json}
results=${3:-results}
benchmark=("${PYTHON:-python}" -m benchmark)
pages="$results/nightly-pages"
mkdir -p "$pages"
rm -f "$pages"/*

ran=0
"${benchmark[@]}" run "$suite" --results "$results" --fresh > "$pages/tables.txt" || ran=$?
if [ "$ran" -gt 1 ]; then # 1: some cells are not ok, of which the gate knows more
    exit "$ran"
fi
"${benchmark[@]}" report "$suite" --results "$results" -o "$pages/report.html"
"${benchmark[@]}" gate "$suite" --baseline "$baseline" --results "$results" \
    --markdown "$pages/summary.md" --junit "$pages/gate.xml" --json "$pages/gate.json"
