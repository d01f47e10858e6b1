# How the embedded site leaves root: PostgreSQL and PgBouncer refuse to run as root, so it continues as the user roster.
# Sourced after processes.sh; needs $root, $build and $var.
# shellcheck shell=bash disable=SC2154

# Hands the site's folder to the user roster. Only a folder that is empty or holds a site's things is taken over.
hand_over_var() {
    local entry owner
    mkdir -p "$var" || fail "cannot create '$var'"
    owner=$(stat -c %U "$var")
    case $owner in
    roster) ;;
    root)
        for entry in "$var"/* "$var"/.[!.]*; do
            [ -e "$entry" ] || continue
            case ${entry##*/} in
            postgres | run | log | nginx | tmp | secret_key | admin_key | throttle | layouts | backups | jobs) ;;
            *) fail "'$var' holds '${entry##*/}', which is not a site's; choose another ROSTER_VAR" ;;
            esac
        done
        chown roster:roster "$var"
        ;;
    *) fail "'$var' belongs to user '$owner'; run the site as that user, or choose another ROSTER_VAR" ;;
    esac
    # What the roster command made as root in between. A file may vanish meanwhile: what an earlier run left is ending.
    find "$var" -ignore_readdir_race -xdev -user root -exec chown -h roster:roster {} +
}

# Whether the user roster, without any right of root's, can read what the site reads.
# shellcheck disable=SC2016
roster_can_read() {
    "$@" --inh-caps=-all --ambient-caps=-all --bounding-set=-all sh -c '
        test -x "$1/roster" && test -x "$1/roster.fcgi" && test -w "$2" && cd "$3" &&
            { test ! -e .env || test -r .env; } &&
            ! find nginx templates static seeds migrations \( -type d ! -executable -o ! -readable \) | grep -q .
        ' sh "$build" "$var" "$root" >/dev/null 2>&1
}

# leave_root ARGUMENT...: runs site.sh again as the user roster, who keeps one right at most: to read what
# only root may read, when the checkout or the site's folder lies where roster cannot go (such as below /root).
leave_root() {
    local keep='' drop=(setpriv --reuid=roster --regid=roster --init-groups --no-new-privs)
    id roster >/dev/null 2>&1 || fail "the user 'roster' is missing; run: make deps"
    hand_over_var
    chmod a+rx "$build/roster" "$build/roster.fcgi"
    roster_can_read "${drop[@]}" || keep=,+dac_read_search
    export HOME=/nonexistent
    exec "${drop[@]}" --inh-caps="-all$keep" --ambient-caps="-all$keep" --bounding-set="-all$keep" \
        bash "$root/nginx/site.sh" "$@"
}
