# PgBouncer, the database's contents and the program's workers: the same for the embedded site and in a container.
# Sourced after processes.sh; needs $var, $build, $sockets (the folder of PgBouncer's and the program's sockets), $workers,
# $seeds and render.
# shellcheck shell=bash disable=SC2154

first_sign_in=''

launch_pgbouncer() {
    rm -f "$sockets"/.s.PGSQL.6432*
    start pgbouncer TERM pgbouncer -q "$var/run/pgbouncer.ini"
}

# start_pgbouncer SERVER USER PASSWORD DATABASE [OTHER]: SERVER as in "host=... port=...". The console is for USER, too.
# OTHER is let in without a password.
start_pgbouncer() {
    server=$1 stats=$2 render pgbouncer.ini
    printf '"%s" "%s"\n' "${2//\"/\"\"}" "${3//\"/\"\"}" ${5:+"$5" ''} >"$var/run/pgbouncer.users"
    launch_pgbouncer
    started pgbouncer PgBouncer 10 "${pgbin:+$pgbin/}pg_isready" -q -h "$sockets" -p 6432 -U "$2" -d "$4"
}

# Brings the database to head and seeds it. What is for the first start alone waits in a file until it is done, so that
# an interrupted first start is made up for, and a database that was there before gets nothing.
prepare_database() {
    local pending=$var/run/seeds output=$var/run/seed.out seed applied status=0
    applied=$("$build/roster" current) || fail_as $? "the database cannot be used (see above)"
    [[ $applied != base* ]] || echo "$seeds" >"$pending"
    step "$build/roster" upgrade head || fail_as $? "the database could not be brought to head (see above)"
    for seed in $seeds; do
        [ "$seed" = initial ] || grep -qsw "$seed" "$pending" || continue
        step "$build/roster" seed "$seed" >"$output" || status=$?
        first_sign_in+=$(sed -n 's/^first sign-in: //p' "$output")
        rm -f "$output"
        [ $status -eq 0 ] || fail_as $status "the seed '$seed' failed (see above)"
    done
    rm -f "$pending"
}

show_first_sign_in() {
    [ -z "$first_sign_in" ] || printf '  First sign-in   %s\n%s\n' "$first_sign_in" \
        '                  (shown only now; the password must be changed at the first sign-in)'
    first_sign_in=''
}

launch_program() {
    start program TERM "$build/roster.fcgi" --socket "$program_socket" --workers "$workers"
}

start_program() {
    launch_program
    started program "the program" 20 test -S "$program_socket"
}

# Jobs are nobody's children. They are asked to stop where that leaves everything in order, and shown as interrupted.
stop_jobs() {
    [ ! -d "$var/jobs" ] || "$build/roster" job cancel --all || say "a job does not stop; see: roster job list"
}
