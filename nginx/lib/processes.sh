# Starting, watching and stopping the processes of a site. Sourced; needs $var, the site's folder, with run/ in it.
# shellcheck shell=bash disable=SC2154

# adopted: those of pids that are nobody's children here
declare -A pids=() deaths=() adopted=()
# way_out: what to do when the step that runs now fails
current='' log_folder='' way_out=''

# A terminal that is gone is no reason to stop.
say() {
    echo "roster: $*" >&2 || :
}

fail() {
    fail_as 1 "$@"
}

fail_as() {
    local status=$1
    shift
    say "error: $*"
    [ -z "$way_out" ] || say "$way_out"
    exit "$status"
}

alive() {
    kill -0 "$1" 2>/dev/null
}

gone() {
    ! alive "$1"
}

# wait_for SECONDS COMMAND...: until the command succeeds.
wait_for() {
    local tries=$(($1 * 20))
    shift
    until "$@"; do
        ((tries-- > 0)) || return 1
        sleep 0.05
    done
}

# A step of the start, interruptible: bash acts on a signal only between commands, but at once while it waits.
step() {
    local status=0
    "$@" 9>&- &
    current=$!
    wait "$current" || status=$?
    current=''
    return $status
}

# start NAME SIGNAL COMMAND...: in a session of its own, so that a terminal's Ctrl-C reaches only this script, which
# stops things in order; SIGNAL is what the process gets when this script is killed. Descriptor 9 is the site's lock.
start() {
    local name=$1 log
    if [ -n "$log_folder" ]; then
        exec {log}>>"$log_folder/$name.log"
    else
        exec {log}>&2
    fi
    setsid setpriv --pdeathsig "$2" "${@:3}" </dev/null >&"$log" 2>&1 {log}>&- 9>&- &
    pids[$name]=$!
    unset "adopted[$name]"
    exec {log}>&-
    note_process "$name"
}

# note_process NAME: its number, in a file that is never seen without it: to kill process 0 is to kill one's own group.
note_process() {
    echo "${pids[$1]}" >"$var/run/$1.new"
    mv -f "$var/run/$1.new" "$var/run/$1.pid"
}

# stop NAME SECONDS SIGNAL...: each signal in turn until it is gone. A program leads its own group, so what it leaves
# behind (nginx's workers, when the master was killed) goes with it.
stop() {
    local name=$1 seconds=$2 pid=${pids[$1]-} signal
    shift 2
    [ -n "$pid" ] || return 0
    for signal in "$@"; do
        kill "-$signal" "$pid" 2>/dev/null || break
        ! wait_for "$seconds" gone "$pid" || break
    done
    kill -KILL -- "-$pid" 2>/dev/null || :
    rm -f "$var/run/$name.pid"
    unset "pids[$name]"
}

# started NAME WHAT SECONDS COMMAND...: waits until the command succeeds or the process is gone, which is an error.
started() {
    local name=$1 what=$2 seconds=$3
    shift 3
    step wait_for "$seconds" answers_or_gone "$name" "$@" ||
        fail "$what does not answer after $seconds seconds: see ${log_folder:-the log}${log_folder:+/$name.log}"
    alive "${pids[$name]}" || fail "$what did not start: $(log_tail "$name")"
}

answers_or_gone() {
    local name=$1
    shift
    gone "${pids[$name]}" || "$@"
}

# The last line of a log; of the program's, which are JSON (db/log.h), what it says to a person.
log_tail() {
    [ -z "$log_folder" ] || tail -n 1 "$log_folder/$1.log" 2>/dev/null |
        sed -E 's/^\{"time":.*"message":"(([^"\\]|\\.)*)".*$/\1/; s/\\(["\\])/\1/g' || :
}

# Ends what an earlier run left behind, which happens when it was killed with kill -9 and its last process is about to
# notice. Only processes that run in one of the given folders, or below one that ends in "*", are touched.
end_leftovers() {
    local file name found tries
    for file in "$var"/run/*.pid; do
        [ -e "$file" ] || continue
        name=$(basename "$file" .pid)
        for tries in {1..200}; do
            found=$(members "$(tr -cd '0-9' <"$file")" "$@")
            [ -n "$found" ] || break
            [ "$tries" -ne 20 ] || say "stopping what an earlier run left: $name, process$found"
            # shellcheck disable=SC2086
            [ $((tries % 40)) -ne 20 ] || kill "-$([ "$name" = postgres ] && echo INT || echo TERM)" $found 2>/dev/null || :
            sleep 0.05
        done
        [ -z "$found" ] || fail "$name of an earlier run does not stop: process$found"
        rm -f "$file"
    done
}

# The processes of a group that run in one of the folders.
members() {
    local group=$1 pid stat pgrp folder cwd
    shift
    for pid in /proc/[0-9]*; do
        { read -r stat <"$pid/stat"; } 2>/dev/null || continue
        read -r _ _ pgrp _ <<<"${stat##*) }"
        [ "$pgrp" = "$group" ] || continue
        cwd=$(readlink "$pid/cwd") || continue
        for folder in "$@"; do
            # shellcheck disable=SC2053
            [[ $cwd != $folder ]] || printf ' %s' "${pid#/proc/}"
        done
    done
}

# Looks after the processes until a signal comes. bash may miss an end that came before it waited, so it looks again
# every two seconds in any case.
supervise() {
    local name
    current=''
    while :; do
        if [ -z "$current" ] || gone "$current"; then
            sleep 2 >/dev/null 2>&1 9>&- &
            current=$!
        fi
        { wait -n || :; } 2>/dev/null # bash itself would say what was killed
        ! declare -F now_and_then >/dev/null || now_and_then
        ! declare -F adopt_postgres >/dev/null || adopt_postgres
        for name in "${!pids[@]}"; do
            alive "${pids[$name]}" || revive "$name"
        done
    done
}

# 127 for one that is no child: bash may remember how another process of that number ended, long ago.
wait_for_child() {
    if [ "${adopted[$1]-}" = "$2" ]; then
        unset "adopted[$1]"
        return 127
    fi
    wait "$2"
}

# Starts again, with launch_NAME, what died, unless it dies again and again. A PostgreSQL that somebody shut down
# properly stays down: the pages say that the database is away until it is started again, and then it is watched again.
revive() {
    local name=$1 pid=${pids[$1]} status=0 now=$SECONDS times
    { wait_for_child "$name" "$pid" || status=$?; } 2>/dev/null
    if [ "$name" = postgres ] && postgres_was_shut_down "$status"; then
        say "PostgreSQL was shut down; pages answer 503 until it runs again: nginx/site.sh database start"
        unset "pids[postgres]"
        return
    fi
    if [ $status -eq 0 ] && [[ $name == preparing || $name == pruning ]]; then
        unset "pids[$name]"
        return
    fi
    if [ "$name" = pruning ]; then
        say "old lines of the audit could not be removed: $(tail -n 1 "$var/run/pruned")"
        launch_pruning
        return
    fi
    read -r -a times <<<"${deaths[$name]-}"
    deaths[$name]="$now ${times[*]:0:4}"
    if [ ${#times[@]} -ge 5 ] && [ $((now - times[4])) -lt 60 ]; then
        fail "$name ended again and again, with status $status: $(log_tail "$name")"
    fi
    say "$name ended with status $status and is started again"
    kill -KILL -- "-$pid" 2>/dev/null || :
    [ ${#times[@]} -eq 0 ] || sleep 0.5
    "launch_$name"
}
