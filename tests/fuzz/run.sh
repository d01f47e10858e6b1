#!/usr/bin/env bash
# Looks for inputs that break a parser, or a promise that its fuzz target looks at.
#
#   run.sh [--short] [NAME...]     only the targets with these names
#
# Each target runs for FUZZ_SECONDS (180); what it finds interesting grows in $FUZZ_BUILD/corpus/NAME, besides the inputs
# that belong to the tree. An input that breaks something is kept as $FUZZ_BUILD/crashes/NAME-*: run the target with that
# file as its argument to see it again, and put it into tests/fuzz/corpus/NAME with the repair. With --short: what is in
# the tree, and a few seconds of others that are the same each time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
fuzz=${FUZZ_BUILD:-${BUILD:-build}/fuzz}
seconds=${FUZZ_SECONDS:-180}
options=(-rss_limit_mb=1024 -timeout=20 -close_fd_mask=0 -print_final_stats=0 -verbosity=0)
short=no status=0

if [ "${1-}" = --short ]; then
    shift
    short=yes seconds=2
    options+=(-seed=1 -runs=20000)
fi
if [ $# -eq 0 ]; then
    for source in tests/fuzz/*.c; do
        set -- "$@" "$(basename "$source" .c)"
    done
fi
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
mkdir -p "$fuzz/crashes"
for name in "$@"; do
    grown=$work/$name
    [ -x "$fuzz/tests/fuzz/$name" ] || {
        echo "fuzz: there is no '$fuzz/tests/fuzz/$name': make fuzz-programs" >&2
        exit 2
    }
    [ $short = yes ] || grown=$fuzz/corpus/$name
    mkdir -p "$grown"
    arguments=("${options[@]}" -artifact_prefix="$fuzz/crashes/$name-" -max_total_time="$seconds")
    [ ! -e "tests/fuzz/dictionaries/$name" ] || arguments+=(-dict="tests/fuzz/dictionaries/$name")
    if timeout $((seconds + 120)) "$fuzz/tests/fuzz/$name" "${arguments[@]}" "$grown" "tests/fuzz/corpus/$name" >"$work/output" 2>&1; then
        echo "fuzz: $name: nothing found in $seconds s"
    else
        status=1
        cat "$work/output"
        echo "fuzz: $name: broken; the input is in $fuzz/crashes/" >&2
    fi
done
exit $status
