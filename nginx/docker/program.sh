#!/usr/bin/env bash
# The program's container: PgBouncer to the database's container, migrations, seeds, and the workers, whose socket is on
# a volume that nginx's container shares.
set -euo pipefail
umask 077

root=/roster
var=$ROSTER_VAR
build=$root/build
sockets=$var/run
program_socket=/run/roster/roster.sock
workers=${ROSTER_WORKERS:-8}
seeds=${ROSTER_SEEDS_AT_START:-initial demo}
. "$root/nginx/lib/processes.sh"
. "$root/nginx/lib/program.sh"

if [ "$(id -u)" -eq 0 ]; then
    chown roster:roster "$var" /run/roster
    exec setpriv --reuid=roster --regid=roster --init-groups --no-new-privs bash "$0"
fi

render() {
    sed -e "s|@VAR@|$var|g" -e "s|@SOCKETS@|$sockets|g" -e "s|@SERVER@|${server-}|g" -e "s|@STATS@|${stats-}|g" "$root/nginx/$1.in" >"$var/run/$1"
}

# Percent-encoding for a part of an address (RFC 3986, section 2.1).
encoded() {
    local LC_ALL=C text=$1 i character
    for ((i = 0; i < ${#text}; i++)); do
        character=${text:i:1}
        case $character in
        [A-Za-z0-9._~-]) printf '%s' "$character" ;;
        *) printf '%%%02X' "'$character" ;;
        esac
    done
}

finish() {
    local status=$?
    set +e
    trap '' INT TERM HUP
    trap - EXIT
    [ -z "$current" ] || kill "$current" 2>/dev/null || :
    show_first_sign_in
    stop preparing 8 TERM
    stop pruning 5 TERM
    stop_jobs
    stop program 12 TERM
    stop pgbouncer 5 TERM
    exit $status
}

host=database
port=5432
name=${POSTGRES_DB:-roster}
user=${POSTGRES_USER:-roster}
password=${POSTGRES_PASSWORD:-$(cat /run/secret/postgres_password)}

mkdir -p "$var"/{run,tmp}
rm -f "$var"/run/*.pid "$program_socket"
trap finish EXIT
trap 'exit 0' INT TERM HUP
web_password=$(cat /run/secret/web_password)
dump_password=$(cat /run/secret/dump_password)
start_pgbouncer "host=$host port=$port" "${user}_web" "$web_password"
who=$(encoded "$user")
# A file, so that docker compose exec program roster VERB finds the database too.
cat >"$ROSTER_ENV.new" <<SETTINGS
DATABASE_URL=postgresql://${who}_web@/$(encoded "$name")?host=$sockets&port=6432
DATABASE_DIRECT_URL=postgresql://$who:$(encoded "$password")@$host:$port/$(encoded "$name")
DATABASE_DUMP_URL=postgresql://${who}_dump:$dump_password@$host:$port/$(encoded "$name")
SETTINGS
mv "$ROSTER_ENV.new" "$ROSTER_ENV"
cd "$root"
prepare_database
start_program
if [ -z "$closed" ]; then
    say "ready"
else
    say "runs, and is not ready"
    report_closed "" >&2
fi
show_first_sign_in
start_preparing
supervise
