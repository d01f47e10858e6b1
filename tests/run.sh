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
passed=0 failed=0 site='' names=("$@")

# Nothing of this machine's configuration reaches the tests.
for name in DATABASE_URL DATABASE_DIRECT_URL DATABASE_SUPERUSER_URL SECRET_KEY ADMIN_KEY METRICS_KEY DATABASE_DUMP_URL FIRST_SUPERUSER FIRST_SUPERUSER_PASSWORD \
    PORT \
    "${!POSTGRES_@}" "${!PG@}" "${!ROSTER_@}"; do
    unset "$name"
done
work=$(mktemp -d)
chmod 711 "$work"
mkdir "$work/var"
touch "$work/env"
chmod 644 "$work/env"
export ROSTER_ENV=$work/env CK_DEFAULT_TIMEOUT=60
# What the sanitizers of `make asan` find, leaks at a worker's end as well: a file each, where no log hides it.
mkdir -m 1777 "$work/reports"
export ASAN_OPTIONS=log_path=$work/reports/address UBSAN_OPTIONS=log_path=$work/reports/undefined:print_stacktrace=1

stop_site() {
    [ -n "$site" ] || return 0
    kill -TERM "$site" 2>/dev/null || :
    wait "$site" || :
    site=''
}

finish() {
    local status=$?
    trap '' INT TERM HUP
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

# count NAME STATUS PASSED FAILED: a program that fails without a failed test of its own, or runs none, is a failure.
count() {
    local good=$3 bad=$4
    if [ "$bad" -eq 0 ] && { [ "$2" -ne 0 ] || [ "$good" -eq 0 ]; }; then
        bad=1
    fi
    passed=$((passed + good)) failed=$((failed + bad))
    [ "$bad" -eq 0 ] || cat "$work/output"
    printf '%-44s %5d passed %4d failed\n' "$1" "$good" "$bad"
}

# A Check program; its summary reads "95%: Checks: 20, Failures: 1, Errors: 0".
run_check() {
    local status=0 summary checks=0 failures=0 errors=0
    timeout 900 "$1" >"$work/output" 2>&1 || status=$?
    while read -r summary; do
        [[ $summary =~ Checks:\ ([0-9]+),\ Failures:\ ([0-9]+),\ Errors:\ ([0-9]+) ]] || continue
        checks=$((checks + BASH_REMATCH[1])) failures=$((failures + BASH_REMATCH[2])) errors=$((errors + BASH_REMATCH[3]))
    done <"$work/output"
    count "${1#"$BUILD"/}" $status $((checks - failures - errors)) $((failures + errors))
}

# A fuzz target: the inputs in the tree and a few seconds of others.
run_fuzz() {
    local status=0
    bash tests/fuzz/run.sh --short "$(basename "$1" .c)" >"$work/output" 2>&1 || status=$?
    count "$1" $status $((status == 0)) $((status != 0))
}

tap_total() {
    sed -n "s/^# $1 \([0-9][0-9]*\)\$/\1/p" "$work/tap" | tail -n 1 | grep . || echo 0
}

# A file of node:test tests. What was skipped, cancelled or left to do did not pass.
run_node() {
    local status=0
    : >"$work/tap"
    timeout $((1800 + ${SOAK_SECONDS:-0})) node --test --test-reporter=spec --test-reporter-destination=stdout \
        --test-reporter=tap --test-reporter-destination="$work/tap" "$1" >"$work/output" 2>&1 || status=$?
    count "$1" $status "$(tap_total pass)" \
        $(($(tap_total fail) + $(tap_total cancelled) + $(tap_total skipped) + $(tap_total todo)))
}

install_node_modules() {
    [ -e tests/package.json ] || return 0
    [ ! tests/node_modules/.package-lock.json -nt tests/package.json ] || return 0
    PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm install --prefix tests --no-audit --no-fund --loglevel=error >"$work/output" 2>&1 || {
        cat "$work/output"
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

for source in tests/fuzz/*.c; do
    ! wanted "$source" || run_fuzz "$source"
done

selected=()
for source in tests/db/*.c tests/db/*.test.mjs tests/http/*.test.mjs tests/browser/*.test.mjs tests/scan/*.test.mjs; do
    if [ -e "$source" ] && wanted "$source"; then
        selected+=("$source")
    fi
done
if [ ${#selected[@]} -gt 0 ]; then
    install_node_modules
    start_site
fi
for source in "${selected[@]}"; do
    case $source in
    # The role that owns the tables, as these make databases of their own; what the serving role may do is for tests/http.
    *.c) DATABASE_URL=${DATABASE_URL/roster_web@/roster@} run_check "$BUILD/${source%.c}" ;;
    *) run_node "$source" ;;
    esac
done
if [ -n "$site" ] && ! kill -0 "$site" 2>/dev/null; then
    echo "tests: the site ended before its tests did" >&2
    failed=$((failed + 1))
fi
if [ $failed -gt 0 ] && [ -n "$site" ]; then
    tail -n 20 "$work/site.log" "$work"/var/log/*.log
fi
stop_site
for report in "$work"/reports/*; do
    [ -s "$report" ] || continue
    cat "$report"
    failed=$((failed + 1))
done
echo "$passed passed, $failed failed"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
