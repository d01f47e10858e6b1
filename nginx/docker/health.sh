#!/usr/bin/env bash
# Whether nginx's container serves: the whole way to the database must answer 200 at /readyz.
set -eu
exec 3<>/dev/tcp/127.0.0.1/80
printf 'GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3
read -r -t 5 _ status _ <&3
[ "$status" = 200 ]
