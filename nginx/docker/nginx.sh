#!/usr/bin/env bash
# nginx's container: fills in the one value that comes from outside and becomes nginx.
set -euo pipefail
max=${ROSTER_UPLOAD_MAX:-32M}
[[ $max =~ ^[0-9]+[kKmMgG]?$ ]] || {
    echo "ROSTER_UPLOAD_MAX is '$max'; write bytes, such as 32M" >&2
    exit 2
}
sed -e "s|@UPLOAD_MAX@|$max|" /roster/nginx/docker/nginx.conf.in >/run/nginx.conf
exec nginx -e stderr -c /run/nginx.conf
