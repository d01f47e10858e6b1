#!/usr/bin/env bash
# The database's container: makes the cluster on its first start, keeps the role's password as configured, and becomes
# PostgreSQL. POSTGRES_USER owns POSTGRES_DB; without POSTGRES_PASSWORD one is generated for the program to read.
set -euo pipefail
umask 077

home=/var/lib/postgresql
secret=/run/secret/postgres_password
user=${POSTGRES_USER:-roster}
name=${POSTGRES_DB:-roster}
PATH=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1):$PATH

if [ "$(id -u)" -eq 0 ]; then
    install -d -o postgres -g postgres -m 700 "$home"
    # Readable for the program's container, whose user has this group's number.
    install -d -o postgres -g roster -m 2750 "${secret%/*}"
    exec setpriv --reuid=postgres --regid=postgres --init-groups --no-new-privs bash "$0"
fi

password=${POSTGRES_PASSWORD:-}
if [ -z "$password" ]; then
    [ -s "$secret" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$secret.new"
    [ -s "$secret" ] || mv "$secret.new" "$secret"
    chmod 640 "$secret"
    password=$(cat "$secret")
fi

if [ ! -e "$home/data/PG_VERSION" ]; then
    rm -rf "$home/new"
    initdb -D "$home/new" -U postgres --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=und \
        --data-checksums --auth-local=peer --auth-host=scram-sha-256 --no-instructions
    echo 'host all all all scram-sha-256' >>"$home/new/pg_hba.conf"
    echo "include = 'roster.conf'" >>"$home/new/postgresql.conf"
    mv "$home/new" "$home/data"
fi
cat >"$home/data/roster.conf" <<'SETTINGS'
listen_addresses = '*'
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
shared_preload_libraries = 'pg_stat_statements'
client_connection_check_interval = 1s
idle_in_transaction_session_timeout = 60s
SETTINGS

# The role and the database, on a server that only this script reaches. psql quotes the values.
pg_ctl -s -w -D "$home/data" -o "-c listen_addresses=''" start
PGOPTIONS='-c client_min_messages=warning' password=$password psql -X -q -v ON_ERROR_STOP=1 -d postgres -v user="$user" -v name="$name" <<'SQL'
\getenv password password
SELECT format('CREATE ROLE %I LOGIN CREATEDB', :'user')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'user') \gexec
GRANT pg_monitor, pg_signal_backend TO :"user";
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
ALTER ROLE :"user" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'user')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL
pg_ctl -s -w -D "$home/data" -m fast stop
exec postgres -D "$home/data"
