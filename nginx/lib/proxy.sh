# Whom nginx believes when they say whose request they pass on. Without that, everybody behind a proxy has its address:
# they share the tries to sign in that one address has, and the audit names it for all of them.
# Sourced.
# shellcheck shell=bash

# is_network TEXT: an address of IPv4 or IPv6, with or without the length of a network. Everybody at once is refused: who
# is anybody's proxy may say anything.
is_network() {
    local address=${1%%/*} length=${1#*/} part longest=128 groups
    [[ $1 == */* ]] || length=1
    if [[ $address =~ ^([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})$ ]]; then
        longest=32
        for part in "${BASH_REMATCH[@]:1}"; do
            [ "$((10#$part))" -le 255 ] || return 1
        done
    else
        # Eight groups, or fewer around one "::" (RFC 4291, section 2.2).
        [[ $address =~ ^[0-9a-fA-F:]{2,39}$ && $address != *:::* && $address != *::*::* ]] || return 1
        [[ $address != :[!:]* && $address != *[!:]: ]] || return 1
        IFS=: read -r -a groups <<<"$address"
        for part in "${groups[@]}"; do
            [ ${#part} -le 4 ] || return 1
        done
        if [[ $address == *::* ]]; then
            [ ${#groups[@]} -le 8 ] || return 1
        else
            [ ${#groups[@]} -eq 8 ] || return 1
        fi
    fi
    [[ $length =~ ^[0-9]{1,3}$ && $((10#$length)) -ge 1 && $((10#$length)) -le $longest ]]
}

# believe LIST: nginx's directives for these proxies, on one line; nothing for none. Fails with words for what is no list.
# A chain of proxies is followed back to the first one that is none of them (ngx_http_realip_module).
believe() {
    local network networks line=''
    read -r -d '' -a networks <<<"${1//,/ }" || :
    for network in "${networks[@]}"; do
        is_network "$network" || {
            echo "'$network' in ROSTER_PROXY is no address; write those of your proxies, such as 10.0.0.5 or 10.0.0.0/24" >&2
            return 1
        }
        line+="set_real_ip_from $network; "
    done
    [ -z "$line" ] || echo "${line}real_ip_header X-Forwarded-For; real_ip_recursive on;"
}
