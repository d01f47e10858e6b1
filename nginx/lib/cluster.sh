# The embedded site's PostgreSQL cluster, in $var/postgres. Sourced after processes.sh; needs $sockets and render.
# shellcheck shell=bash disable=SC2154,SC2034

pgbin=''

# The newest PostgreSQL, or the one that the cluster was made by.
find_postgres() {
    local version folder
    version=$(cat "$var/postgres/PG_VERSION" 2>/dev/null || :)
    for folder in $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do
        [ -x "$folder/postgres" ] || continue
        pgbin=$folder
        [ "$folder" != "/usr/lib/postgresql/$version/bin" ] || return 0
    done
    [ -n "$pgbin" ] || fail "PostgreSQL is missing; run: make deps"
    [ -z "$version" ] ||
        fail "'$var/postgres' was made by PostgreSQL $version, which is missing: apt-get install postgresql-$version"
    [ "$(basename "$(dirname "$pgbin")")" -ge 15 ] || fail "PostgreSQL 15 or later is needed; '$pgbin' is older"
}

make_cluster() {
    [ ! -e "$var/postgres/PG_VERSION" ] || return 0
    say "creating a PostgreSQL cluster in '$var/postgres'"
    rm -rf "$var/postgres.new"
    step "$pgbin/initdb" -D "$var/postgres.new" -U postgres --encoding=UTF8 --locale=C.UTF-8 --locale-provider=icu \
        --icu-locale=und --data-checksums --auth-local=trust --auth-host=reject --no-instructions \
        >"$var/log/initdb.log" 2>&1 || fail "initdb failed: $(log_tail initdb)"
    echo "include = '../run/postgresql.conf'" >>"$var/postgres.new/postgresql.conf"
    mv "$var/postgres.new" "$var/postgres"
}

query() {
    PGOPTIONS='-c client_min_messages=warning' "$pgbin/psql" -X -q -A -t -v ON_ERROR_STOP=1 -h "$sockets" -p 5432 -U postgres -d postgres -c "$1"
}

# The number of the postmaster that serves the cluster, whoever started it.
postmaster() {
    local pid
    pid=$(head -n 1 "$var/postgres/postmaster.pid" 2>/dev/null) || return 1
    [ "$(readlink "/proc/$pid/cwd")" = "$var/postgres" ] && echo "$pid"
}

# make_role NAME ATTRIBUTE...: one that is there already stays as it is.
make_role() {
    [ -n "$(query "SELECT 1 FROM pg_roles WHERE rolname = '$1'")" ] || query "CREATE ROLE $1 ${*:2}"
}

# A PostgreSQL that somebody started by hand is looked after from then on, like the one that came with the site. One that
# was killed before that has left its file, which a shutdown removes: its end is seen like any other.
adopt_postgres() {
    local pid
    [ "$own_database" = yes ] && [ -z "${pids[postgres]-}" ] || return 0
    pid=$(head -n 1 "$var/postgres/postmaster.pid" 2>/dev/null) && [ -n "$pid" ] || return 0
    pids[postgres]=$pid
    adopted[postgres]=$pid
    note_process postgres
    say "PostgreSQL was started by hand: process $pid"
}

# postgres_was_shut_down STATUS: properly, and not killed: then it has taken its file away, also one that was not this
# script's child (127). And somebody may have started another one already, which is about to write its own file.
postgres_was_shut_down() {
    postmaster >/dev/null && return 0
    [[ $1 == 0 || $1 == 127 ]] || return 1
    [ ! -e "$var/postgres/postmaster.pid" ] || { [ "$1" = 127 ] && wait_for 1 postmaster >/dev/null; }
}

# Server processes whose postmaster was killed go on until they notice, a long query to its end, and as long as one of
# them is there no other postmaster starts. Each has a session of its own, so they are known by their folder.
end_orphans() {
    local process found tries
    ! postmaster >/dev/null || return 0
    for tries in {1..200}; do
        found=no
        for process in /proc/[0-9]*; do
            if [ "$process/cwd" -ef "$var/postgres" ] && [ "$process/exe" -ef "$pgbin/postgres" ]; then
                found=yes
                kill -KILL "${process#/proc/}" 2>/dev/null || :
            fi
        done
        [ $found = yes ] || return 0
        sleep 0.05
    done
    say "processes of the earlier PostgreSQL do not end"
}

launch_postgres() {
    end_orphans
    start postgres INT "$pgbin/postgres" -D "$var/postgres"
}

start_postgres() {
    local pid
    if pid=$(postmaster); then
        say "stopping a PostgreSQL that still serves '$var/postgres': process $pid"
        kill -INT "$pid" 2>/dev/null || :
        wait_for 30 gone "$pid" || fail "PostgreSQL does not stop: process $pid"
    fi
    render postgresql.conf
    launch_postgres
    way_out="when its files are damaged, begin with new ones and restore a backup: mv '$var/postgres' \
'$var/postgres.damaged', then make run, then the page /admin/backups/, or roster restore NAME (roster backups lists them)"
    started postgres PostgreSQL 60 "$pgbin/pg_isready" -q -h "$sockets" -p 5432 -U postgres
    way_out=''
    make_role roster LOGIN CREATEDB      # migrates, seeds, restores: it owns the tables
    make_role roster_web LOGIN           # serves; policies say which rows it sees
    make_role roster_web_all BYPASSRLS   # what the requests of superusers take on
    make_role roster_dump LOGIN BYPASSRLS # reads everything, writes nothing
    query "GRANT roster_web_all TO roster_web; GRANT pg_read_all_data TO roster_dump"
    # To look at the server, and to drop a database that autovacuum happens to be in.
    query "GRANT pg_monitor TO roster, roster_web, roster_web_all; GRANT pg_signal_backend TO roster, roster_web_all"
    # It counts for every database, and in this one it gets into no dump of the site's (db/statements.h).
    query "CREATE EXTENSION IF NOT EXISTS pg_stat_statements"
    [ -n "$(query "SELECT 1 FROM pg_database WHERE datname = 'roster'")" ] ||
        query "CREATE DATABASE roster OWNER roster"
}

stop_postgres() {
    local pid
    # Somebody may have restarted it by hand.
    if pid=$(postmaster); then
        pids[postgres]=$pid
    fi
    stop postgres 60 INT QUIT
}

# What site.sh database start|stop does.
cluster_control() {
    [ -e "$var/postgres/PG_VERSION" ] || fail "there is no cluster in '$var'"
    var=$(cd "$var" && pwd -P)
    find_postgres
    case $1 in
    start) "$pgbin/pg_ctl" -s -w -D "$var/postgres" -l "$var/log/postgres.log" start ;;
    stop) "$pgbin/pg_ctl" -s -w -D "$var/postgres" -m fast stop ;;
    esac
}
