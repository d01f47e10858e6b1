#!/usr/bin/env bash
# Runs every test: unit tests, a short run of each fuzz target, then a throwaway site (nginx/site.sh with a folder and a
# port of its own) and against it the database tests, the tests over HTTP and the tests in a browser; last a short scan.
# Ends with the totals on a line of their own; the exit status is 0 only when there was a pass and no failure.
#
#   run.sh [NAME...]     only the tests whose path contains one of the names
#
# The tests find in their environment: DATABASE_URL (through PgBouncer), DATABASE_DIRECT_URL, DATABASE_SUPERUSER_URL (the
# same server as its superuser), ROSTER_TEST_URL,
# ROSTER_VAR, FIRST_SUPERUSER and FIRST_SUPERUSER_PASSWORD, BUILD.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
export BUILD=${BUILD:-build}
[[ $BUILD == /* ]] || BUILD=$root/$BUILD
export FUZZ_BUILD=${FUZZ_BUILD:-$BUILD/fuzz}
passed=0 failed=0 site='' aside='' program='' names=("$@")

# Nothing of this machine's configuration reaches the tests.
for name in DATABASE_URL DATABASE_DIRECT_URL DATABASE_SUPERUSER_URL SECRET_KEY ADMIN_KEY METRICS_KEY DATABASE_DUMP_URL FIRST_SUPERUSER FIRST_SUPERUSER_PASSWORD \
    PORT \
    "${!POSTGRES_@}" "${!PG@}" "${!ROSTER_@}"; do
    unset "$name"
done
work=$(mktemp -d)
chmod 711 "$work"
mkdir "$work/var" "$work/aside"
scratch=$work
touch "$work/env"
chmod 644 "$work/env"
export ROSTER_ENV=$work/env CK_DEFAULT_TIMEOUT=60
# What the sanitizers of `make asan` find, leaks at a worker's end as well: a file each, where no log hides it.
mkdir -m 1777 "$work/reports"
# An allocation without end fails there as it does without them. What was freed is kept for a while only, so that memory
# is seen to stay flat.
export ASAN_OPTIONS=log_path=$work/reports/address:allocator_may_return_null=1:quarantine_size_mb=4 UBSAN_OPTIONS=log_path=$work/reports/undefined:print_stacktrace=1

stop_site() {
    [ -n "$site" ] || return 0
    kill -TERM "$site" 2>/dev/null || :
    wait "$site" || :
    site=''
}

finish() {
    local status=$?
    trap '' INT TERM HUP
    stop_program
    stop_aside
    stop_site
    rm -rf -- "$work"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

wanted() {
    local name
    [ ${#names[@]} -gt 0 ] || return 0
    for name in "${names[@]}"; do
        [[ $1 != *"$name"* ]] || return 0
    done
    return 1
}

# What has sites or databases of its own, and takes its time: run beside the rest, on the other processor.
is_apart() {
    case ${1##*/} in
    test_allocation.* | test_plan_pairs.* | soak.* | workers_killed.* | database_killed.* | database_unreachable.* | \
        clock.* | network_away.* | write_errors.* | jobs_database_away.* | other_machine.* | closed.* | fastcgi.*) return 0 ;;
    *) [[ $1 == tests/fuzz/* ]] ;;
    esac
}

# A process of its own, which says at its end how many passed and failed; what it prints is shown at the end, too.
run_aside() {
    local source
    trap - EXIT
    trap '' INT # a terminal's reaches the other, which stops this one
    trap 'stop_program; exit 143' TERM HUP
    passed=0 failed=0 scratch=$work/aside
    for source; do
        run_source "$source"
    done
    echo "$passed $failed" >"$scratch/totals"
}

start_aside() {
    [ $# -gt 0 ] || return 0
    run_aside "$@" >"$work/aside/printed" 2>&1 &
    aside=$!
}

wait_aside() {
    local good=0 bad=1
    [ -n "$aside" ] || return 0
    wait "$aside" || :
    aside=''
    cat "$work/aside/printed"
    read -r good bad <"$work/aside/totals" || echo "tests: those beside the others did not come to their end" >&2
    passed=$((passed + good)) failed=$((failed + bad))
}

stop_aside() {
    [ -z "$aside" ] || end_process "$aside"
}

# count NAME STATUS PASSED FAILED: a program that fails without a failed test of its own, or runs none, is a failure.
count() {
    local good=$3 bad=$4
    if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$good" -eq 0 ]; }; then
        bad=1
    fi
    passed=$((passed + good)) failed=$((failed + bad))
    [ "$bad" -eq 0 ] || cat "$scratch/output"
    printf '%-44s %5d passed %4d failed\n' "$1" "$good" "$bad"
}

# A test program, waited for so that a signal is answered at once: a shell hears none while it runs another program.
run_program() {
    local status=0
    "$@" >"$scratch/output" 2>&1 &
    program=$!
    wait "$program" || status=$?
    program=''
    return $status
}

# Interrupted: it stops its own sites. Not by wait, which a signal has left already: bash then waits for ever at times.
end_process() {
    kill -TERM "$1" 2>/dev/null || :
    tail --pid="$1" -f /dev/null
}

stop_program() {
    [ -z "$program" ] || end_process "$program"
}

# A Check program; its summary reads "95%: Checks: 20, Failures: 1, Errors: 0".
run_check() {
    local status=0 summary checks=0 failures=0 errors=0
    run_program timeout 900 "$1" || status=$?
    while read -r summary; do
        [[ $summary =~ Checks:\ ([0-9]+),\ Failures:\ ([0-9]+),\ Errors:\ ([0-9]+) ]] || continue
        checks=$((checks + BASH_REMATCH[1])) failures=$((failures + BASH_REMATCH[2])) errors=$((errors + BASH_REMATCH[3]))
    done <"$scratch/output"
    count "${1#"$BUILD"/}" $status $((checks - failures - errors)) $((failures + errors))
}

# A fuzz target: the inputs in the tree and a few seconds of others.
run_fuzz() {
    local status=0
    # Its sanitizers stop it, and warn of allocations that are refused, which is no finding.
    run_program env -u ASAN_OPTIONS -u UBSAN_OPTIONS bash tests/fuzz/run.sh --short "$(basename "$1" .c)" || status=$?
    count "$1" $status $((status == 0)) $((status != 0))
}

tap_total() {
    sed -n "s/^# $1 \([0-9][0-9]*\)\$/\1/p" "$scratch/tap" | tail -n 1 | grep . || echo 0
}

# A file of node:test tests. What was skipped, cancelled or left to do did not pass.
run_node() {
    local status=0
    : >"$scratch/tap"
    run_program timeout $((1800 + ${SOAK_SECONDS:-0})) node --test --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=tap --test-reporter-destination="$scratch/tap" "$1" || status=$?
    count "$1" $status "$(tap_total pass)" \
        $(($(tap_total fail) + $(tap_total cancelled) + $(tap_total skipped) + $(tap_total todo)))
}

install_node_modules() {
    [ -e tests/package.json ] || return 0
    [ ! tests/node_modules/.package-lock.json -nt tests/package.json ] || return 0
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --prefix tests --no-audit --no-fund --loglevel=error >"$scratch/output" 2>&1 || {
        cat "$scratch/output"
        echo "tests: npm install failed" >&2
        exit 1
    }
}

# Everything else needs a site; without one there is nothing to test.
start_site() {
    export FIRST_SUPERUSER=admin@example.com FIRST_SUPERUSER_PASSWORD
    FIRST_SUPERUSER_PASSWORD=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    export ROSTER_VAR=$work/var
    PORT=0 bash nginx/site.sh --with-parent --ready-file "$work/var/ready" >"$work/site.log" 2>&1 &
    site=$!
    until [ -s "$work/var/ready" ]; do
        kill -0 "$site" 2>/dev/null || {
            cat "$work/site.log"
            echo "tests: the site did not start" >&2
            exit 1
        }
        sleep 0.1
    done
    # shellcheck source=/dev/null
    . "$work/var/ready"
    export DATABASE_URL DATABASE_DIRECT_URL ROSTER_TEST_URL=$ROSTER_URL
    # For what only a superuser can arrange. Everything else runs with the rights that the program has.
    export DATABASE_SUPERUSER_URL=${DATABASE_DIRECT_URL/roster@\/roster/postgres@\/postgres}
}

for source in tests/unit/*.c; do
    ! wanted "$source" || run_check "$BUILD/${source%.c}"
done

run_source() {
    case $1 in
    tests/fuzz/*) run_fuzz "$1" ;;
    # The role that owns the tables, as these make databases of their own; what the serving role may do is for tests/http.
    *.c) DATABASE_URL=${DATABASE_URL/roster_web@/roster@} run_check "$BUILD/${1%.c}" ;;
    *) run_node "$1" ;;
    esac
}

selected=() apart=()
for source in tests/fuzz/*.c tests/db/*.c tests/db/*.test.mjs tests/http/*.test.mjs tests/browser/*.test.mjs tests/scan/*.test.mjs; do
    if [ -e "$source" ] && wanted "$source"; then
        if is_apart "$source"; then
            apart+=("$source")
        else
            selected+=("$source")
        fi
    fi
done
if [ ${#selected[@]} -gt 0 ] || [ ${#apart[@]} -gt 0 ]; then
    install_node_modules
    start_site
fi
start_aside "${apart[@]}"
for source in "${selected[@]}"; do
    run_source "$source"
done
wait_aside
if [ -n "$site" ] && ! kill -0 "$site" 2>/dev/null; then
    echo "tests: the site ended before its tests did" >&2
    failed=$((failed + 1))
fi
if [ $failed -gt 0 ] && [ -n "$site" ]; then
    tail -n 20 "$work/site.log" "$work"/var/log/*.log
fi
stop_site
for report in "$work"/reports/*; do
    # That an allocation failed is no finding.
    grep -qsv 'WARNING: AddressSanitizer failed to allocate' "$report" || continue
    cat "$report"
    failed=$((failed + 1))
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
