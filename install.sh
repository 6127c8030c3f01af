#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The front door: install here, see a demonstration, remove.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$here/build/release
prefix=${PREFIX:-/usr/local}
service=resetpwd-agent.service
state=/var/lib/resetpwd-agent

usage() {
    cat <<'EOF'
usage: sudo ./install.sh                   build and install here, to run at each boot
       sudo ./install.sh demo              show a reset, on a throw-away system
       sudo ./install.sh remove [--purge]  undo the installation; --purge: settings and record too
       sudo ./install.sh need PACKAGE...   install what is missing of these packages

PREFIX (default /usr/local) is where it goes; the configuration is /etc/resetpwd-agent.conf.
EOF
}

die() {
    echo "install.sh: $*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" -eq 0 ] || die "this must run as root: sudo ./install.sh $*"
}

# Installs the packages that are missing.
need_packages() {
    command -v apt-get >/dev/null || die "only Debian and Ubuntu so far. Elsewhere install a C compiler, CMake and the
development packages of libcurl, cJSON, libxcrypt and OpenSSL, then: cmake -B build -S . && cmake --build build"
    missing=()
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing ${missing[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq -o DPkg::Lock::Timeout=300 update
    apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >/dev/null
}

build_release() {
    need_packages gcc libc6-dev cmake make pkg-config libcurl4-openssl-dev libcjson-dev libcrypt-dev libssl-dev
    cmake -S "$here" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX="$prefix" >/dev/null
    cmake --build "$build" -j "$(nproc)" >/dev/null
}

has_systemd() {
    [ -d /run/systemd/system ]
}

install_here() {
    build_release
    cmake --install "$build" --component program --strip >/dev/null
    if [ -e /etc/resetpwd-agent.conf ]; then
        echo "Kept /etc/resetpwd-agent.conf as it was."
    else
        cmake --install "$build" --component configuration >/dev/null
    fi
    if has_systemd; then
        systemctl daemon-reload
        systemctl -q enable "$service"
        echo "Installed. It runs at the next boot; to run it now: systemctl start resetpwd-agent"
    elif command -v systemctl >/dev/null; then
        systemctl -q enable "$service"
        echo "Installed, and enabled for the next boot."
    else
        echo "Installed. There is no systemd here: have $prefix/sbin/resetpwd-agent run started at boot."
    fi
}

remove_here() {
    if has_systemd; then
        systemctl -q disable --now "$service" 2>/dev/null || true
    elif command -v systemctl >/dev/null; then
        systemctl -q disable "$service" 2>/dev/null || true
    fi
    rm -f "$prefix/sbin/resetpwd-agent" "$prefix/lib/systemd/system/$service"
    if [ "${1:-}" = --purge ] || cmp -s "$here/packaging/resetpwd-agent.conf" /etc/resetpwd-agent.conf; then
        rm -f /etc/resetpwd-agent.conf
    fi
    [ "${1:-}" != --purge ] || rm -rf "$state"
    rmdir "$state" 2>/dev/null || true
    if has_systemd; then
        systemctl daemon-reload
    fi
    echo "Removed."
    for left in /etc/resetpwd-agent.conf "$state"; do
        [ ! -e "$left" ] || echo "Left in place: $left (./install.sh remove --purge takes it too)"
    done
}

case ${1:-} in
'')
    need_root
    install_here
    ;;
demo)
    need_root demo
    need_packages python3 python3-cryptography curl
    build_release
    exec "$here/tests/cloud/demo.sh" "$build/resetpwd-agent"
    ;;
remove)
    need_root remove
    remove_here "${2:-}"
    ;;
need)
    need_root need
    shift
    need_packages "$@"
    ;;
-h | --help | help)
    usage
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
