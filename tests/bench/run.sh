#!/usr/bin/env bash
# Measures the program: starts a throwaway site (nginx/site.sh with a folder and a port of its own), loads the seed
# "load" into it, and lets bench.mjs compare pages with the same statements sent by pgbench. It never fails because
# of a number; it fails when something could not be measured.
#
# Environment: SCALE (1: a million checkpoints), ROUNDS (3), SECONDS_EACH (5), CLIENTS (16), BUILD (build), and
# ONLY, some of the words: memory start pages people save depth migrations backup. Results also go to $BUILD/bench.json.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
root=$PWD
export BUILD=${BUILD:-build}
[[ $BUILD == /* ]] || BUILD=$root/$BUILD
scale=${SCALE:-1} site=''

# Nothing of this machine's configuration reaches what is measured.
for name in DATABASE_URL DATABASE_DIRECT_URL SECRET_KEY FIRST_SUPERUSER FIRST_SUPERUSER_PASSWORD PORT \
    "${!POSTGRES_@}" "${!PG@}" "${!ROSTER_@}"; do
    unset "$name"
done
work=$(mktemp -d)
chmod 711 "$work"
mkdir "$work/var" "$work/bench"
touch "$work/env"
chmod 644 "$work/env"

finish() {
    local status=$?
    trap '' INT TERM HUP
    if [ -n "$site" ]; then
        kill -TERM "$site" 2>/dev/null || :
        wait "$site" || :
    fi
    rm -rf -- "$work"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM HUP

# Commands that read the site's secrets run as the user that the site runs as.
as_site_user=()
if [ "$(id -u)" -eq 0 ]; then
    as_site_user=(setpriv --reuid=roster --regid=roster --init-groups)
fi

start_site() {
    export FIRST_SUPERUSER=admin@example.com FIRST_SUPERUSER_PASSWORD
    FIRST_SUPERUSER_PASSWORD=$(od -An -N12 -tx1 /dev/urandom | tr -d ' \n')
    export ROSTER_VAR=$work/var ROSTER_ENV=$work/env
    PORT=0 ROSTER_WORKERS=8 ROSTER_SEEDS_AT_START=initial \
        bash nginx/site.sh --with-parent --ready-file "$work/var/ready" >"$work/site.log" 2>&1 &
    site=$!
    until [ -s "$work/var/ready" ]; do
        kill -0 "$site" 2>/dev/null || {
            cat "$work/site.log"
            echo "bench: the site did not start" >&2
            exit 1
        }
        sleep 0.1
    done
    # shellcheck source=/dev/null
    . "$work/var/ready"
    export DATABASE_URL DATABASE_DIRECT_URL ROSTER_URL
}

start_site
echo "loading the seed at scale $scale ..."
"${as_site_user[@]}" "$BUILD/roster" seed load --scale "$scale" >"$work/load.log" 2>&1 || {
    cat "$work/load.log"
    echo "bench: the seed could not be loaded" >&2
    exit 1
}
tail -n 1 "$work/load.log"
BENCH_WORK=$work/bench node tests/bench/bench.mjs
kill -0 "$site" 2>/dev/null || {
    tail -n 20 "$work/site.log"
    echo "bench: the site ended before its measuring did" >&2
    exit 1
}
