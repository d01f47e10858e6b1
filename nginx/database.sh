#!/usr/bin/env bash
# Makes a PostgreSQL server of this machine ready for an installed Roster: the database, a role each for migrating,
# serving and dumping, and the lines by which the system's user roster may sign in as each of them over the local socket.
# Run it as the server's own user; what is there already stays as it is.
#
#   sudo -u postgres database.sh [USER]      USER: the system's user that Roster runs as (roster)
set -euo pipefail
user=${1:-roster}
[[ $user =~ ^[a-z_][a-z0-9_-]*$ ]] || {
    echo "database: '$user' is not the name of a user" >&2
    exit 2
}

ask() {
    psql -X -q -A -t -v ON_ERROR_STOP=1 -d postgres -c "$1"
}

# make_role NAME ATTRIBUTE...
make_role() {
    [ -n "$(ask "SELECT 1 FROM pg_roles WHERE rolname = '$1'")" ] || ask "CREATE ROLE $1 ${*:2}"
}

# begin_with FILE LINE...: the file, with these lines first, where it does not have them yet. A copy beside it is filled
# and renamed, so that the server never finds half a file.
begin_with() {
    local file=$1 new=$1.roster
    grep -qxF -- "$2" "$file" && return 0
    cp -p -- "$file" "$new"
    printf '%s\n' "${@:2}" | cat - "$file" >"$new"
    mv -- "$new" "$file"
}

make_role roster LOGIN CREATEDB       # migrates, seeds, restores: it owns the tables
make_role roster_web LOGIN            # serves; policies say which rows it sees
make_role roster_web_all BYPASSRLS    # what the requests of superusers take on
make_role roster_dump LOGIN BYPASSRLS # reads everything, writes nothing
ask "GRANT roster_web_all TO roster_web; GRANT pg_read_all_data TO roster_dump"
ask "GRANT pg_monitor TO roster, roster_web, roster_web_all; GRANT pg_signal_backend TO roster, roster_web_all"
[ -n "$(ask "SELECT 1 FROM pg_database WHERE datname = 'roster'")" ] || ask "CREATE DATABASE roster OWNER roster"

# Before the lines that let everybody in as themselves alone (PostgreSQL manual, 21.1 and 21.2). Names count literally.
begin_with "$(ask 'SHOW hba_file')" 'local all roster,roster_web,roster_dump peer map=roster'
begin_with "$(ask 'SHOW ident_file')" "roster $user roster" "roster $user roster_web" "roster $user roster_dump"
[ "$(ask 'SELECT pg_reload_conf()')" = t ]
