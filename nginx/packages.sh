#!/usr/bin/env bash
# Installs the Debian packages that a group of tasks needs, as far as they are missing.
#
#   packages.sh build|run|test|bench|lint
#
# The packages' own services are neither started nor left enabled: the site starts its own PostgreSQL, PgBouncer and
# nginx, as one user and in one folder, and ports 80, 5432 and 6432 of this machine stay as they were.
set -euo pipefail

build=(gcc g++ libc6-dev pkg-config libpq-dev libtalloc-dev libsodium-dev libjansson-dev libctemplate-dev libfcgi-dev
    liboath-dev libqrencode-dev libzxcvbn-dev)
run=(postgresql pgbouncer nginx graphviz)
# Come along when something else is installed anyway, where this release of Debian has them.
extra=(postgresql-15-hypopg)
test=(check curl chromium-headless-shell fonts-liberation default-jre-headless openssl systemd clang libclang-rt-dev faketime iproute2
    nftables strace sqlmap wapiti)
bench=(wrk python3-alembic python3-sqlalchemy python3-psycopg2)
lint=(clang-tidy cppcheck shellcheck valgrind gcovr)
services=(postgresql pgbouncer nginx)

fail() {
    echo "packages: $*" >&2
    exit 1
}

case ${1-} in
build) wanted=("${build[@]}") ;;
run) wanted=("${run[@]}") ;;
test)
    wanted=("${test[@]}")
    # Node.js often comes from elsewhere, and then with its own npm.
    command -v node >/dev/null || wanted+=(nodejs)
    command -v npm >/dev/null || wanted+=(npm)
    ;;
bench) wanted=("${bench[@]}") ;;
lint) wanted=("${lint[@]}") ;;
*)
    echo "usage: packages.sh build|run|test|bench|lint" >&2
    exit 2
    ;;
esac

installed() {
    dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed
}

missing=()
for package in "${wanted[@]}"; do
    installed "$package" || missing+=("$package")
done
make_user=no
if [ "$1" = run ] && [ "$(id -u)" -eq 0 ] && ! id roster >/dev/null 2>&1; then
    make_user=yes
fi
[ ${#missing[@]} -gt 0 ] || [ $make_user = yes ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
        fail "these packages are missing and need root to install: apt-get install ${missing[*]}"
    as_root=(sudo)
fi

# PostgreSQL refuses to run as root, so a site that root starts runs as this user.
if [ $make_user = yes ]; then
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin roster
fi
[ ${#missing[@]} -gt 0 ] || exit 0

absent=()
for service in "${services[@]}"; do
    installed "$service" || absent+=("$service")
done

# invoke-rc.d asks this program before it starts a service; 101 means no.
policy=/usr/sbin/policy-rc.d
made_policy=no
finish() {
    if [ $made_policy = yes ]; then
        "${as_root[@]}" rm -f $policy
    fi
}
trap finish EXIT
if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" install -m 755 /dev/stdin $policy
    made_policy=yes
fi

echo "packages: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq || fail "apt-get update failed"
if [ "$1" = run ]; then
    for package in "${extra[@]}"; do
        if ! installed "$package" && apt-cache show "$package" >/dev/null 2>&1; then
            missing+=("$package")
        fi
    done
fi
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" </dev/null >/dev/null || fail "apt-get could not install: ${missing[*]}"

if [ -d /run/systemd/system ]; then
    for service in "${absent[@]}"; do
        if installed "$service"; then
            "${as_root[@]}" systemctl disable --quiet "$service" 2>/dev/null || :
        fi
    done
fi
