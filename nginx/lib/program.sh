# PgBouncer, the database's contents and the program's workers: the same for the embedded site and in a container.
# Sourced after processes.sh; needs $var, $build, $sockets (the folder of PgBouncer's and the program's sockets), $workers,
# $seeds and render.
# shellcheck shell=bash disable=SC2154,SC2034

# closed: why the site is closed; upgrades_left: how often an upgrade may still be tried; target: what it leads to
first_sign_in='' problem='' closed='' in_background=no upgrades_left=3 target=head

launch_pgbouncer() {
    rm -f "$sockets"/.s.PGSQL.6432*
    start pgbouncer TERM pgbouncer -q "$var/run/pgbouncer.ini"
}

# start_pgbouncer SERVER USER PASSWORD [OTHER]: SERVER as in "host=... port=...". The console is for USER, too. OTHER is
# let in without a password.
start_pgbouncer() {
    server=$1 stats=$2 render pgbouncer.ini
    printf '"%s" "%s"\n' "${2//\"/\"\"}" "${3//\"/\"\"}" ${4:+"$4" ''} >"$var/run/pgbouncer.users"
    launch_pgbouncer
    # Not pg_isready: PgBouncer keeps that waiting while the server is away.
    started pgbouncer PgBouncer 10 test -S "$sockets/.s.PGSQL.6432"
}

# --- Preparing the database -----------------------------------------------------------------------------------------

# attempt WHAT COMMAND...: when it fails, $problem tells what is wrong, with what the command said last.
attempt() {
    local what=$1 said=$var/run/problem status=0 copy tee
    shift
    if [ $in_background = yes ]; then
        step "$@" 2>"$said" || status=$?
    else
        exec {copy}> >(exec tee "$said" >&2 9>&-)
        tee=$!
        step "$@" 2>&"$copy" {copy}>&- || status=$?
        exec {copy}>&-
        wait "$tee" || :
    fi
    [ $status -eq 0 ] || problem="$what: $(sed -n '/hint: /d; s/^roster: //p' "$said" | tail -n 1)"
    return $status
}

# Brings the database to head and seeds it, which does nothing twice. What is for the first start alone waits in a file
# until it is done, so that an interrupted first start is made up for, and a database that was there before gets nothing.
# An upgrade that failed though the database answered is not tried again: it needs a person, and this then waits for what
# they do. A revision whose file came later than the start is a person's to apply, however long this goes on.
prepare() {
    local pending=$var/run/seeds output=$var/run/seed.out seed status=0
    attempt "the database cannot be used" "$build/roster" current >"$output" || return
    ! grep -q '^base' "$output" || echo "$seeds" >"$pending"
    if [ $upgrades_left -gt 0 ]; then
        attempt "the database could not be brought to head" "$build/roster" upgrade "$target" || status=$?
        case $status in
        0) ;;
        8) upgrades_left=$((upgrades_left - 1)) ;;
        *) upgrades_left=0 ;;
        esac
        [ $status -eq 0 ] || return $status
    else
        step "$build/roster" current --check >/dev/null 2>&1 || return
    fi
    for seed in $seeds; do
        [ "$seed" = initial ] || grep -qsw "$seed" "$pending" || continue
        attempt "the seed '$seed' failed" "$build/roster" seed "$seed" >"$output" || status=$?
        first_sign_in+=$(sed -n 's/^first sign-in: //p' "$output")
        rm -f "$output"
        [ $status -eq 0 ] || return $status
    done
    rm -f "$pending" "$output"
}

# The program answers 503 while this file is there, and shows its two lines on the admin page (db/closed.h).
close_site() {
    local before=$closed next="this is tried again every minute, and the site then opens by itself"
    [ $upgrades_left -gt 0 ] || next="see the page Migrations for what is wrong, and bring the database to head there or \
with roster upgrade head; the site then opens by itself"
    closed=$problem$'\n'$next
    [ "$closed" != "$before" ] || return 0
    echo "$closed" >"$var/run/closed.new"
    mv "$var/run/closed.new" "$var/run/closed"
    [ $in_background = no ] || say "the site stays closed: $problem; $next"
}

# The head of the revisions as they are now; several, or files that cannot be read, are for the upgrade to tell.
look_for_target() {
    local heads
    heads=$("$build/roster" heads 2>/dev/null) || return 0
    [[ -z $heads || $heads == *$'\n'* ]] || target=${heads%% *}
}

# A models file that was edited without a revision: pages of what is new cannot work.
look_for_difference() {
    local status=0
    "$build/roster" check >/dev/null 2>&1 || status=$?
    [ $status -ne 4 ] || say "the database differs from the models: roster check says where, \
roster revision --autogenerate -m TEXT writes what is missing, and roster upgrade head applies it"
}

# A site whose database cannot be prepared starts all the same, closed to all but administrators, and goes on trying.
prepare_database() {
    local status=0
    rm -f "$var/run/closed"
    look_for_target
    prepare || status=$?
    [ $status -ne 0 ] || {
        look_for_difference
        return 0
    }
    [ $status -ne 2 ] || fail_as 2 "$problem"
    close_site
}

launch_preparing() {
    keep_preparing 9>&- &
    pids[preparing]=$!
}

start_preparing() {
    [ -z "$closed" ] || launch_preparing
}

# A process of its own, so that the others are looked after meanwhile.
keep_preparing() {
    local pause=2
    in_background=yes current=''
    trap - EXIT
    trap '[ -z "$current" ] || kill "$current" 2>/dev/null; exit 0' INT TERM HUP
    while step sleep $pause && alive $$; do
        if prepare; then
            rm -f "$var/run/closed"
            say "the database is prepared: the site is open"
            show_first_sign_in
            exit 0
        fi
        close_site
        pause=$((pause < 30 ? pause * 2 : 60))
    done
}

# What to do when the site is closed.
report_closed() {
    [ -n "$closed" ] || return 0
    printf '  %s\n' '' "The site is closed: ${closed%%$'\n'*}." "Next: ${closed#*$'\n'}." \
        "Pages answer 503 until then. $1/admin/ is open: to superusers, and while nobody can sign in, to who has" \
        "the admin key: ADMIN_KEY of the configuration, or else what '$var/admin_key' holds." ''
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

# What a running site does once a day, the first time soon after its start: old lines of the audit go.
next_pruning=10
now_and_then() {
    [ $SECONDS -ge $next_pruning ] && [ -z "${pids[pruning]-}" ] || return 0
    next_pruning=$((SECONDS + 86400))
    launch_pruning
}

# What fails, for the database may be away, is tried again after an hour.
launch_pruning() {
    if [ -n "${pids[pruning]-}" ]; then
        next_pruning=$((SECONDS + 3600))
        unset "pids[pruning]"
        return
    fi
    "$build/roster" prune audit >"$var/run/pruned" 2>&1 </dev/null 9>&- &
    pids[pruning]=$!
}
