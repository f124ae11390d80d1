#!/bin/bash
# What the tests need beside Python and Node: Chromium with a Chinese font, a PostgreSQL server, HAProxy.
# As root on Debian or Ubuntu it installs what is missing; anywhere else it names what to install, and fails.
set -euo pipefail

has_chromium() {
    [ -n "${TEST_CHROMIUM:-}" ] && return 0
    local name
    for name in chromium chromium-browser google-chrome-stable google-chrome; do
        command -v "$name" >/dev/null 2>&1 && return 0
    done
    return 1
}

has_chinese_font() {
    # Where fontconfig is absent (macOS) the system brings Chinese fonts.
    ! command -v fc-list >/dev/null 2>&1 || [ -n "$(fc-list :lang=zh-cn family | head -n 1)" ]
}

has_postgres() {
    [ -n "${TEST_POSTGRES_BIN:-}" ] && return 0
    command -v initdb >/dev/null 2>&1 && return 0
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null ||
        compgen -G '/opt/homebrew/opt/postgresql*/bin/initdb' >/dev/null
}

has_haproxy() {
    command -v haproxy >/dev/null 2>&1 || [ -x /usr/sbin/haproxy ]
}

missing_packages() {
    has_chromium || echo chromium
    # Debian's Chromium brings fontconfig, which alone would make a machine without fonts look furnished.
    has_chinese_font && { has_chromium || command -v fc-list >/dev/null 2>&1; } || echo fonts-noto-cjk
    has_postgres || echo postgresql
    has_haproxy || echo haproxy
}

mapfile -t missing < <(missing_packages)
[ "${#missing[@]}" -eq 0 ] && exit 0

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "shudong: installing for the tests: ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    # The servers are wanted as programs that tests start, not as services of this machine.
    printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d.shudong && chmod +x /usr/sbin/policy-rc.d.shudong
    mine=""
    if [ ! -e /usr/sbin/policy-rc.d ]; then
        mv /usr/sbin/policy-rc.d.shudong /usr/sbin/policy-rc.d
        mine=/usr/sbin/policy-rc.d
    fi
    trap 'rm -f /usr/sbin/policy-rc.d.shudong $mine' EXIT
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    mapfile -t missing < <(missing_packages)
    [ "${#missing[@]}" -eq 0 ] && exit 0
fi

{
    echo "shudong: the tests also need: ${missing[*]} (Debian's package names)."
    echo "  Debian, Ubuntu:  sudo apt-get install ${missing[*]}"
    echo "  elsewhere:       install Chromium or Chrome, a Chinese font, PostgreSQL 14+ and HAProxy; if they are not found,"
    echo "                   set TEST_CHROMIUM to the browser and TEST_POSTGRES_BIN to PostgreSQL's bin folder."
} >&2
exit 1
