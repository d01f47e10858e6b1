#!/usr/bin/env bash
# Puts a built Roster into a system, or takes it away again: make install, make uninstall.
#
#   install.sh install|uninstall
#
# Environment: DESTDIR goes before every path that is written, and into none. PREFIX (/usr/local) holds the programs and
# their files, CONFIG (/etc/roster) the configuration, which is made once and never overwritten: as this Roster would make
# it, it lies in PREFIX/share/roster/configuration/. SERVER_NAME, TLS_CERTIFICATE and TLS_KEY are for nginx (certbot's files
# of that name when they are not given), and so is ROSTER_PROXY (.env.example); the rest stands below. uninstall leaves CONFIG, the data in STATE, and revisions
# that are not of this Roster: a database that has them needs them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=${BUILD:-build} destination=${DESTDIR-}
prefix=${PREFIX:-/usr/local}
config=${CONFIG:-/etc/roster}
bin=$prefix/bin share=$prefix/share/roster units=$prefix/lib/systemd/system users=$prefix/lib/sysusers.d
state=${STATE:-/var/lib/roster}
pooler=${POOLER_RUN:-/run/roster-pooler}
server_name=${SERVER_NAME:-roster.example.com}
http_port=${HTTP_PORT:-80} https_port=${HTTPS_PORT:-443}
services=(roster.service roster-pooler.service roster-nginx.service roster-backup.service roster-backup.timer
    roster-prune.service roster-prune.timer)

fail() {
    echo "install: $*" >&2
    exit 1
}

# literal TEXT: as sed's replacement between '|', in which "\", "&" and "|" mean something.
literal() {
    printf '%s\n' "$1" | sed 's/[\\&|]/\\&/g'
}

# fill NAME VALUE...: a filter that puts values in the place of @NAME@, whatever characters they have.
fill() {
    local expressions=()
    while [ $# -gt 0 ]; do
        expressions+=(-e "s|@$1@|$(literal "$2")|g")
        shift 2
    done
    sed "${expressions[@]}"
}

# render FILE: with the values of this installation.
render() {
    local server=$server_name
    [ "$https_port" = 443 ] || server=$server:$https_port
    fill BIN "$bin" SHARE "$share" CONFIG "$config" STATE "$state" RUN "${RUN:-/run/roster}" \
        NGINX_RUN "${NGINX_RUN:-/run/roster-nginx}" NGINX_CACHE "${NGINX_CACHE:-/var/cache/roster-nginx}" \
        ACCESS_LOG "${ACCESS_LOG:-syslog:server=unix:/dev/log,nohostname,tag=roster_nginx}" \
        ERROR_LOG "${ERROR_LOG:-stderr}" UPLOAD_MAX "${UPLOAD_MAX:-32M}" PROXY "$proxy" \
        HTTP_PORT "$http_port" HTTPS_PORT "$https_port" SERVER_NAME "$server_name" SERVER "$server" \
        WEBROOT "${WEBROOT:-/var/www/html}" CREDENTIALS "${CREDENTIALS:-/run/credentials/roster-nginx.service}" \
        DATABASE_URL "${DATABASE_URL:-postgresql://roster_web@/roster?host=$pooler&port=6432}" \
        DATABASE_DIRECT_URL "${DATABASE_DIRECT_URL:-postgresql://roster@/roster?host=/var/run/postgresql}" \
        DATABASE_DUMP_URL "${DATABASE_DUMP_URL:-postgresql://roster_dump@/roster?host=/var/run/postgresql}" <"$1"
}

# render_pooler: PgBouncer between the workers and the server of this machine.
render_pooler() {
    sed "s|@VAR@/run|$(literal "$config")|g" nginx/pgbouncer.ini.in |
        fill SERVER "${DATABASE_SERVER:-host=/var/run/postgresql port=5432}" SOCKETS "$pooler" STATS roster_web
}

# put MODE FILE: standard input becomes the file.
put() {
    mkdir -p "$(dirname "$destination$2")"
    install -m "$1" /dev/stdin "$destination$2"
}

# keep MODE NAME: likewise for a file of the configuration, unless there is one.
keep() {
    put "$1" "$share/configuration/$2"
    [ -e "$destination$config/$2" ] || put "$1" "$config/$2" <"$destination$share/configuration/$2"
}

# link TARGET NAME DEFAULT: a part of the configuration that lies elsewhere; one that is given counts more than what is there.
link() {
    mkdir -p "$(dirname "$destination$config/$2")"
    if [ -n "$1" ] || [ ! -L "$destination$config/$2" ]; then
        ln -sfn "${1:-$3}" "$destination$config/$2"
    fi
}

copy_folder() {
    mkdir -p "$destination$share/$2"
    cp -R "$1/." "$destination$share/$2/"
    chmod -R u=rwX,go=rX "$destination$share/$2"
}

install_files() {
    local name
    for name in roster roster.fcgi static; do
        [ -x "$build/$name" ] || fail "'$build/$name' is missing; run: make"
    done
    # The running program keeps its file; a new one takes its name.
    for name in roster roster.fcgi; do
        put 755 "$bin/$name.new" <"$build/$name"
        mv -f "$destination$bin/$name.new" "$destination$bin/$name"
    done
    rm -rf "$destination$share/templates" "$destination$share/seeds" "$destination$share/static"
    copy_folder "$build/static" static
    copy_folder seeds seeds
    copy_folder migrations migrations # revisions that were written there stay
    for name in templates/*.tpl; do
        put 644 "$share/$name" <"$name"
    done
    for name in nginx/common.conf nginx/site.conf nginx/server.conf README.md; do
        put 644 "$share/$name" <"$name"
    done
    put 755 "$share/database.sh" <nginx/database.sh
    put 644 "$share/env.example" <.env.example
    ln -sfn "$config/env" "$destination$share/env"
    for name in "${services[@]}"; do
        render "nginx/systemd/$name.in" | put 644 "$units/$name"
    done
    render nginx/systemd/sysusers.conf.in | put 644 "$users/roster.conf"
}

install_configuration() {
    mkdir -p "$destination$config"
    chmod 755 "$destination$config"
    render nginx/env.in | keep 640 env
    render nginx/server.conf.in | keep 644 nginx.conf
    render_pooler | keep 644 pgbouncer.ini
    printf '"%s" ""\n' roster_web roster | keep 640 pgbouncer.users
    link "${TLS_CERTIFICATE-}" tls/certificate "/etc/letsencrypt/live/$server_name/fullchain.pem"
    link "${TLS_KEY-}" tls/key "/etc/letsencrypt/live/$server_name/privkey.pem"
    mkdir -p "$destination$state/tmp"
    chmod 700 "$destination$state" "$destination$state/tmp"
    give_to_roster
}

# What the services read is their user's. Who installs into another root, or is not root, is told what is left to do:
# the numbers of users are the system's own.
give_to_roster() {
    if [ -n "$destination" ] || [ "$(id -u)" -ne 0 ]; then
        cat >&2 <<TEXT
install: left to do on the system itself, as root, or the services cannot read their configuration:
  systemd-sysusers '$users/roster.conf'
  chgrp roster '$config/env' '$config/pgbouncer.users'
  chown roster:roster '$state' '$state/tmp'
TEXT
        return
    fi
    id roster >/dev/null 2>&1 || systemd-sysusers "$users/roster.conf" ||
        fail "systemd-sysusers could not make the user roster; make it (adduser --system --group roster), then run this again"
    id roster >/dev/null 2>&1 ||
        fail "there is still no user roster; make it (adduser --system --group roster), then run this again"
    chgrp roster "$config"/{env,pgbouncer.users}
    chown roster:roster "$state" "$state/tmp"
}

uninstall() {
    local name
    rm -f "$destination$bin"/roster "$destination$bin"/roster.fcgi "$destination$users/roster.conf"
    for name in "${services[@]}"; do
        rm -f "$destination$units/$name"
    done
    mkdir -p "$destination$share/migrations"
    for name in migrations/*; do
        rm -f "$destination$share/$name"
    done
    find "$destination$share" -mindepth 1 -maxdepth 1 ! -name migrations -exec rm -rf {} +
    rmdir "$destination$share/migrations" "$destination$share" 2>/dev/null ||
        echo "install: the revisions that this site has of its own stay in '$share/migrations'" >&2
    echo "install: the configuration in '$config' and the data stay" >&2
}

for path in "$prefix" "$config" "$state" "$destination"; do
    [[ $path != *[[:space:]\"\'\\\;\|\&\$\{\}%]* ]] || fail "'$path' has a character that nginx or systemd would take for another thing"
done
for name in DATABASE_URL DATABASE_DIRECT_URL DATABASE_DUMP_URL DATABASE_SERVER POOLER_RUN RUN NGINX_RUN NGINX_CACHE ACCESS_LOG \
    ERROR_LOG UPLOAD_MAX WEBROOT CREDENTIALS; do
    [[ ${!name-} != *[[:cntrl:]]* ]] || fail "$name has a line break or another control character; write it on one line"
done
[[ $prefix == /* && $config == /* && $state == /* ]] || fail "PREFIX, CONFIG and STATE must begin with '/'"
[[ $server_name =~ ^[A-Za-z0-9.-]+$ ]] || fail "SERVER_NAME is '$server_name'; write a host's name, such as roster.example.com"
[[ $http_port =~ ^[0-9]+$ && $https_port =~ ^[0-9]+$ ]] || fail "HTTP_PORT and HTTPS_PORT are numbers"
# shellcheck source=nginx/lib/proxy.sh
. nginx/lib/proxy.sh
proxy=$(believe "${ROSTER_PROXY-}" 2>&1) || fail "$proxy"
umask 022
case ${1-} in
install)
    install_files
    install_configuration
    ;;
uninstall) uninstall ;;
*) fail "write: install.sh install, or: install.sh uninstall" ;;
esac
