#!/usr/bin/env bash
# The database's container: makes the cluster on its first start, keeps the role's password as configured, and becomes
# PostgreSQL. POSTGRES_USER owns POSTGRES_DB; without POSTGRES_PASSWORD one is generated for the program to read. So are
# those of the roles that serve and dump, which are named after it.
set -euo pipefail
umask 077

home=/var/lib/postgresql
secrets=/run/secret
user=${POSTGRES_USER:-roster}
name=${POSTGRES_DB:-roster}
PATH=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1):$PATH

if [ "$(id -u)" -eq 0 ]; then
    install -d -o postgres -g postgres -m 700 "$home"
    # Readable for the program's container, whose user has this group's number.
    install -d -o postgres -g roster -m 2750 "$secrets"
    exec setpriv --reuid=postgres --regid=postgres --init-groups --no-new-privs bash "$0"
fi

# password_of NAME: kept in a file, made when it is missing.
password_of() {
    local file=$secrets/$1_password
    [ -s "$file" ] || od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >"$file.new"
    [ -s "$file" ] || mv "$file.new" "$file"
    chmod 640 "$file"
    cat "$file"
}

password=${POSTGRES_PASSWORD:-$(password_of postgres)}
web_password=$(password_of web)
dump_password=$(password_of dump)

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
export password web_password dump_password
PGOPTIONS='-c client_min_messages=warning' psql -X -q -v ON_ERROR_STOP=1 -d postgres -v user="$user" -v name="$name" <<'SQL'
\getenv password password
\getenv web_password web_password
\getenv dump_password dump_password
\set web :user _web
\set all :user _web_all
\set dump :user _dump
SELECT format('CREATE ROLE %I %s', name, attributes) FROM (VALUES (:'user', 'LOGIN CREATEDB'), (:'web', 'LOGIN'),
    (:'all', 'BYPASSRLS'), (:'dump', 'LOGIN BYPASSRLS')) r (name, attributes)
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
GRANT :"all" TO :"web";
GRANT pg_read_all_data TO :"dump";
GRANT pg_monitor TO :"user", :"web", :"all";
GRANT pg_signal_backend TO :"user", :"all";
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
ALTER ROLE :"user" PASSWORD :'password';
ALTER ROLE :"web" PASSWORD :'web_password';
ALTER ROLE :"dump" PASSWORD :'dump_password';
SELECT format('CREATE DATABASE %I OWNER %I', :'name', :'user')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL
pg_ctl -s -w -D "$home/data" -m fast stop
exec postgres -D "$home/data"
