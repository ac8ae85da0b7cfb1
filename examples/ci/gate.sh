#!/bin/sh
# gate.sh [SCENARIO [DIR]]: a gate for any other runner, and for a laptop before a push.
# Leaves the reports in DIR and exits as tailgate does, but lets an undecided objective pass.
set -u

scenario=${1:-tailgate.yaml}
dir=${2:-out/tailgate}

tailgate run "$scenario" --strict --out "$dir" --format "junit=$dir/junit.xml" --format "markdown=$dir/summary.md"
code=$?

case $code in
0) echo "gate: every objective is met" >&2 ;;
3) echo "gate: an objective is missed, see $dir/report.html" >&2 ;;
4) echo "gate: an objective is undecided; give it more requests" >&2 && code=0 ;;
2) echo "gate: $scenario or the command line is wrong" >&2 ;;
*) echo "gate: tailgate failed with $code" >&2 ;;
esac
exit $code
