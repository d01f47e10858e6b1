#!/usr/bin/env bash
# nginx's container: fills in what comes from outside and becomes nginx.
set -euo pipefail
max=${ROSTER_UPLOAD_MAX:-32M}
[[ $max =~ ^[0-9]+[kKmMgG]?$ ]] || {
    echo "ROSTER_UPLOAD_MAX is '$max'; write bytes, such as 32M" >&2
    exit 2
}
# shellcheck source=../lib/proxy.sh
. /roster/nginx/lib/proxy.sh
proxy=$(believe "${ROSTER_PROXY-}") || exit 2
sed -e "s|@UPLOAD_MAX@|$max|" -e "s|@PROXY@|$proxy|" /roster/nginx/docker/nginx.conf.in >/run/nginx.conf
exec nginx -e stderr -c /run/nginx.conf
