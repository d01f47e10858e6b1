#!/usr/bin/env bash
# Runs the whole site in the foreground: a PostgreSQL cluster and PgBouncer of its own, the program's workers, nginx.
# Ctrl-C, SIGTERM or SIGHUP stops all of them; the data stays in $ROSTER_VAR.
#
#   site.sh [--with-parent] [--ready-file FILE]      serve
#   site.sh database start|stop                      the cluster of a site that runs, to see it without its database
#
# --with-parent   stop as well when the process that started this one is gone
# --ready-file    write PORT, ROSTER_URL, DATABASE_URL, DATABASE_DIRECT_URL and PID as shell assignments once it serves
#
# Environment, or .env: PORT (8080; 0 takes any free one), ROSTER_VAR (var), ROSTER_LISTEN (127.0.0.1),
# ROSTER_PROXY, ROSTER_UPLOAD_MAX, ROSTER_WORKERS, ROSTER_SEEDS_AT_START ("initial demo"), and DATABASE_URL or POSTGRES_SERVER for a
# server that runs already: then no cluster and no PgBouncer are started. BUILD (build) is where the programs are.
set -euo pipefail
umask 077
PATH=$PATH:/usr/sbin:/sbin

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
here=$root/nginx
. "$here/lib/processes.sh"
. "$here/lib/root.sh"
. "$here/lib/cluster.sh"
. "$here/lib/program.sh"
. "$here/lib/proxy.sh"
ready_file='' with_parent=no database='' arguments=() sockets='' stage=starting

# --- Settings -------------------------------------------------------------------------------------------------------

# A variable of the environment, else of .env, else the default. The program checks .env strictly; this reads as much
# of it as starting needs.
setting() {
    local name=$1 value=${!1-} file=${ROSTER_ENV:-$root/.env}
    if [ -z "$value" ] && [ -r "$file" ]; then
        value=$(sed -nE "s/^(export )?$name=//p" "$file" | tail -n 1 |
            sed -E "s/[[:space:]]+#.*\$//; s/[[:space:]]+\$//; s/^'(.*)'\$/\1/; s/^\"(.*)\"\$/\1/")
    fi
    printf '%s' "${value:-${2-}}"
}

absolute() {
    [[ $1 == /* ]] && echo "$1" || echo "$root/$1"
}

read_settings() {
    port=$(setting PORT 8080)
    listen=$(setting ROSTER_LISTEN 127.0.0.1)
    upload_max=$(setting ROSTER_UPLOAD_MAX 32M)
    proxy=$(believe "$(setting ROSTER_PROXY)" 2>&1) || fail "$proxy"
    workers=$(setting ROSTER_WORKERS 8)
    seeds=$(setting ROSTER_SEEDS_AT_START 'initial demo')
    templates=$(absolute "$(setting ROSTER_TEMPLATES templates)")
    var=$(absolute "$(setting ROSTER_VAR var)")
    build=$(absolute "${BUILD:-build}")
    own_database=yes
    [ -z "$(setting DATABASE_URL)$(setting POSTGRES_SERVER)" ] || own_database=no
    [[ $port =~ ^[0-9]{1,5}$ && $port -le 65535 ]] || fail "PORT is '$port'; write a number up to 65535, such as 8080"
    [[ $workers =~ ^[0-9]{1,3}$ && $workers -ge 1 ]] || fail "ROSTER_WORKERS is '$workers'; write a number such as 8"
    [[ $upload_max =~ ^[0-9]+[kKmMgG]?$ ]] || fail "ROSTER_UPLOAD_MAX is '$upload_max'; write bytes, such as 32M"
    [[ $listen =~ ^([0-9.]+|\[[0-9a-fA-F:.]+\])$ ]] ||
        fail "ROSTER_LISTEN is '$listen'; write an address, such as 127.0.0.1"
    [[ $root$var$build != *[\"\$\'\\\;@\&\|]* ]] ||
        fail "nginx cannot use a folder whose name has quotes or one of \$ \\ ; @ & |: '$root', '$var', '$build'"
}

check_programs() {
    local program
    for program in "$build/roster" "$build/roster.fcgi"; do
        [ -x "$program" ] || fail "'$program' is missing; run: make"
    done
    for program in nginx pgbouncer pg_isready setpriv setsid flock; do
        command -v "$program" >/dev/null || fail "the program '$program' is missing; run: make deps"
    done
}

# --- The folder -----------------------------------------------------------------------------------------------------

check_owner() {
    [ ! -e "$1" ] || [ -O "$1" ] ||
        fail "'$1' belongs to user '$(stat -c %U "$1")'; run the site as that user, or choose another ROSTER_VAR"
}

make_folders() {
    local log
    check_owner "$var"
    check_owner "$var/postgres"
    mkdir -p "$var"/{run,log,tmp,nginx} 2>/dev/null || fail "cannot write in '$var'; choose another ROSTER_VAR"
    chmod 700 "$var" "$var"/{run,log,tmp,nginx}
    var=$(cd "$var" && pwd -P)
    log_folder=$var/log
    exec 9>>"$var/run/lock" || fail "cannot write in '$var/run'"
    flock -n 9 || fail "the site in '$var' runs already, as process $(cat "$var/run/lock"); stop it, or choose another ROSTER_VAR"
    echo $$ >"$var/run/lock"
    [ -z "$ready_file" ] || rm -f "$ready_file"
    for log in "$var"/log/*.log; do
        [ ! -e "$log" ] || [ "$(stat -c %s "$log")" -lt 20000000 ] || mv -f "$log" "$log.1"
    done
}

# A socket's path has at most 107 bytes (unix(7)), and PostgreSQL's add ".s.PGSQL.5432.lock" to the folder's.
choose_sockets() {
    local old
    old=$(cat "$var/run/sockets" 2>/dev/null || :)
    if [[ $old == /tmp/roster.* && -O $old ]]; then
        rm -rf -- "$old"
    fi
    rm -f "$var/run/sockets" "$var"/run/.s.PGSQL.* "$var/run/roster.sock"
    sockets=$var/run
    if [ ${#sockets} -gt 85 ] || [[ $sockets == *[!A-Za-z0-9/._+-]* ]]; then
        sockets=$(mktemp -d /tmp/roster.XXXXXX)
        echo "$sockets" >"$var/run/sockets"
    fi
    program_socket=$sockets/roster.sock
}

# render NAME [AS]: the file NAME.in with the values of this site.
render() {
    sed -e "s|@ROOT@|$root|g" -e "s|@VAR@|$var|g" -e "s|@SOCKETS@|$sockets|g" -e "s|@LISTEN@|$listen|g" \
        -e "s|@PORT@|$port|g" -e "s|@UPLOAD_MAX@|$upload_max|g" -e "s|@BUILD@|$build|g" -e "s|@SERVER@|${server-}|g" \
        -e "s|@STATS@|${stats-}|g" -e "s|@PROXY@|$proxy|g" \
        "$here/$1.in" >"$var/run/${2:-$1}"
}

# --- nginx ----------------------------------------------------------------------------------------------------------

# An address that reaches the one that nginx listens on.
address() {
    case $listen in 0.0.0.0) echo 127.0.0.1 ;; '[::]') echo ::1 ;; *) tr -d '[]' <<<"$listen" ;; esac
}

port_is_taken() {
    (exec 3<>"/dev/tcp/$(address)/$1") 2>/dev/null
}

choose_port() {
    local lowest
    if [ "$port" -ne 0 ]; then
        lowest=$(cat /proc/sys/net/ipv4/ip_unprivileged_port_start 2>/dev/null || echo 1024)
        [ "$port" -ge "$lowest" ] || fail "port $port is for root's services; choose one from $lowest: make run PORT=8080"
        ! port_is_taken "$port" ||
            fail "port $port is taken by another program; choose another one, such as: make run PORT=$((port % 65535 + 1))"
        return
    fi
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000))
        port_is_taken "$port" || return 0
    done
    fail "no free port was found"
}

launch_nginx() {
    start nginx TERM env TZ=UTC nginx -e "$var/log/nginx.log" -c "$var/run/nginx.conf"
}

# The status of one page, as nginx gives it.
status_of() {
    local line=''
    { exec 3<>"/dev/tcp/$(address)/$port"; } 2>/dev/null || return 1
    printf 'GET %s HTTP/1.0\r\nHost: localhost\r\n\r\n' "$1" >&3
    read -r -t 15 line <&3 || :
    exec 3>&-
    read -r _ line _ <<<"$line"
    printf '%s' "$line"
}

site_is_ready() {
    local page=/readyz
    [ -z "$closed" ] || page=/healthz
    [ "$(status_of $page)" = 200 ] || gone "${pids[program]}"
}

start_nginx() {
    render development.conf nginx.conf
    launch_nginx
    started nginx nginx 15 site_is_ready
    alive "${pids[program]}" || fail "the program ended: $(log_tail program)"
}

# --- From start to stop ---------------------------------------------------------------------------------------------

report() {
    local url=$1
    if [ -z "$closed" ]; then
        printf '\n  Roster is ready at %s/\n' "$url"
    else
        printf '\n  Roster runs at %s/ and is not ready\n' "$url"
        report_closed "$url"
    fi
    show_first_sign_in
    if [ $own_database = yes ]; then
        printf '  Its database    %s\n' "$DATABASE_DIRECT_URL"
    else
        printf '  Its database    the configured server, without PgBouncer in between\n'
    fi
    printf '  Ctrl-C stops it; its files stay in %s\n\n' "$var"
}

write_ready_file() {
    [ -n "$ready_file" ] || return 0
    printf '%s=%q\n' PORT "$port" ROSTER_URL "$1" DATABASE_URL "${DATABASE_URL-}" \
        DATABASE_DIRECT_URL "${DATABASE_DIRECT_URL-}" PID $$ >"$ready_file.new"
    mv "$ready_file.new" "$ready_file"
}

finish() {
    local status=$?
    set +e
    trap '' INT TERM HUP
    trap - EXIT
    [ -z "$current" ] || kill "$current" 2>/dev/null || :
    show_first_sign_in
    [ $stage = starting ] || say "stopping"
    stop preparing 20 TERM
    stop pruning 5 TERM
    stop nginx 2 QUIT TERM
    stop_jobs
    stop program 12 TERM
    stop pgbouncer 5 TERM
    [ $own_database = no ] || stop_postgres
    [ ! -e "$var/run/sockets" ] || rm -rf -- "$sockets" "$var/run/sockets"
    [ -z "$ready_file" ] || rm -f "$ready_file" "$ready_file.new"
    exit $status
}

serve() {
    local url
    make_folders
    trap finish EXIT
    trap 'exit 0' INT TERM HUP
    trap : PIPE
    end_leftovers "$root" "$var*"
    choose_port
    choose_sockets
    export PORT=$port ROSTER_VAR=$var ROSTER_TEMPLATES=$templates
    if [ $own_database = yes ]; then
        find_postgres
        make_cluster
        start_postgres
        start_pgbouncer "host=$sockets port=5432" roster_web '' roster
        export DATABASE_URL="postgresql://roster_web@/roster?host=$sockets&port=6432"
        export DATABASE_DUMP_URL="postgresql://roster_dump@/roster?host=$sockets&port=5432"
        export DATABASE_DIRECT_URL="postgresql://roster@/roster?host=$sockets&port=5432"
    fi
    prepare_database
    start_program
    start_nginx
    stage=serving
    url=http://$listen:$port
    [ "$listen" != 0.0.0.0 ] || url=http://127.0.0.1:$port
    report "$url" || : # nobody may be listening
    write_ready_file "$url"
    start_preparing
    supervise
}

while [ $# -gt 0 ]; do
    case $1 in
    --with-parent)
        with_parent=yes
        arguments+=(--with-parent)
        ;;
    --ready-file)
        [ -n "${2-}" ] || fail_as 2 "--ready-file needs the name of a file"
        ready_file=$2
        [[ $ready_file == /* ]] || ready_file=$PWD/$ready_file
        arguments+=(--ready-file "$ready_file")
        shift
        ;;
    database)
        [[ ${2-} == start || ${2-} == stop ]] || fail_as 2 "write: site.sh database start, or: site.sh database stop"
        database=$2
        arguments+=(database "$2")
        shift
        ;;
    *) fail_as 2 "unknown argument '$1'" ;;
    esac
    shift
done

cd "$root"
read_settings
check_programs
if [ "$(id -u)" -eq 0 ]; then
    leave_root "${arguments[@]}"
elif [ $with_parent = yes ] && [ -z "${ROSTER_PARENT_WATCHED-}" ]; then
    ROSTER_PARENT_WATCHED=1 exec setpriv --pdeathsig TERM bash "$here/site.sh" "${arguments[@]}"
fi
unset ROSTER_PARENT_WATCHED
if [ -n "$database" ]; then
    cluster_control "$database"
else
    serve
fi
