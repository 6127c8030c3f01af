#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The front door: install here or into an image, make packages, see a demonstration, remove.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
build=$here/build/release
prefix=$(realpath -ms -- "${PREFIX:-/usr/local}")
service=resetpwd-agent.service
unit=$prefix/lib/systemd/system/$service
preset=$prefix/lib/systemd/system-preset/80-resetpwd-agent.preset
linked=/etc/systemd/system/$service # to a unit that lies elsewhere
preset_of_linked=/etc/systemd/system-preset/80-resetpwd-agent.preset
masked_by_dpkg=/var/lib/systemd/deb-systemd-helper-masked/$service
state=/var/lib/resetpwd-agent
wants=/etc/systemd/system/multi-user.target.wants
user=_resetpwd-agent # of the process that speaks to the network
root=  # the system to work on; empty for this one
purge= # with remove: settings, record and user too

usage() {
    cat <<'EOF'
usage: sudo ./install.sh [--root DIR]       build and install here, or in the image mounted at DIR, to run at each boot
       sudo ./install.sh remove [--purge] [--root DIR]
                                            undo the installation; --purge: settings, record and user too
       sudo ./install.sh package [windows]  make the deb and the rpm, or the MSI for Windows, in dist/
       sudo ./install.sh replace-java-plugin [--help]
                                            take Huawei's CloudResetPwdAgent off, so that it can be put back
       sudo ./install.sh demo               show a reset, on a throw-away system
       sudo ./install.sh need PACKAGE...    install what is missing of these packages

PREFIX (default /usr/local) is where it goes; the configuration is /etc/resetpwd-agent.conf.
EOF
}

die() {
    echo "install.sh: $*" >&2
    exit 1
}

# What installs packages on this system.
manager() {
    for program in apt-get dnf yum zypper; do
        if command -v "$program" >/dev/null; then
            echo "$program"
            return
        fi
    done
}

is_installed() {
    case $(manager) in
    apt-get) dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed ;;
    *) rpm -q --whatprovides "$1" >/dev/null 2>&1 ;;
    esac
}

# Installs the packages that are missing.
need_packages() {
    [ -n "$(manager)" ] || die "neither apt-get, dnf, yum nor zypper is here. Install a C compiler, CMake, pkg-config
and the development files of libcurl, cJSON, libseccomp, libxcrypt and OpenSSL, then:
cmake -B build -S . && cmake --build build"
    missing=()
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "Installing ${missing[*]} ..."
    case $(manager) in
    apt-get)
        export DEBIAN_FRONTEND=noninteractive
        apt-get -qq -o DPkg::Lock::Timeout=300 update
        apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >/dev/null
        ;;
    zypper) zypper --quiet --non-interactive install --no-recommends "${missing[@]}" ;;
    *) "$(manager)" -q -y install "${missing[@]}" ;;
    esac
}

# What it is built with, by the names that this system has for it.
need_build_packages() {
    case $(manager) in
    dnf | yum)
        names="glibc-devel pkgconf-pkg-config libcurl-devel cjson-devel libseccomp-devel libxcrypt-devel openssl-devel"
        ;;
    zypper)
        names="glibc-devel pkg-config libcurl-devel cJSON-devel libseccomp-devel libxcrypt-devel libopenssl-devel"
        ;;
    *) names="libc6-dev pkg-config libcurl4-openssl-dev libcjson-dev libcrypt-dev libseccomp-dev libssl-dev" ;;
    esac
    # shellcheck disable=SC2086  # a list of words
    need_packages gcc cmake make $names
}

build_release() {
    need_build_packages
    cmake -S "$here" -B "$build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DCMAKE_INSTALL_PREFIX="$prefix" >/dev/null
    cmake --build "$build" -j "$(nproc)" >/dev/null
}

install_component() {
    DESTDIR=$root cmake --install "$build" --component "$1" --strip >/dev/null
}

# Runs a command in the system to work on.
inside() {
    if [ -n "$root" ]; then
        chroot "$root" "$@"
    else
        "$@"
    fi
}

has() {
    [ -e "$root$1" ] || [ -L "$root$1" ]
}

# Prints systemd, sysv, openrc, or nothing. Debian's OpenRC, too, runs the LSB script, and update-rc.d knows it.
init_system() {
    case $(readlink "$root/sbin/init" || true) in
    *systemd) echo systemd && return ;;
    esac
    if ! has /sbin/init && { has /usr/lib/systemd/systemd || has /lib/systemd/systemd; }; then
        echo systemd
    elif has /usr/sbin/update-rc.d || has /sbin/chkconfig; then
        echo sysv
    elif has /sbin/openrc-run; then
        echo openrc
    fi
}

# Where there is another one, perhaps a distribution's package. The two have one name: one start at boot, one
# configuration, one record, one user.
other_prefix() {
    elsewhere=$(readlink "$root$linked") || elsewhere=/usr
    for place in /usr /usr/local "${elsewhere%"/lib/systemd/system/$service"}"; do
        program=$place/sbin/resetpwd-agent
        if [ "$place" != "$prefix" ] && has "$program" && [ ! "$root$program" -ef "$root$prefix/sbin/resetpwd-agent" ]; then
            echo "$place"
            return
        fi
    done
}

# Is the system to work on the running one, under systemd?
systemd_runs() {
    [ -z "$root" ] && [ -d /run/systemd/system ]
}

# Systemd looks for units in few places; and what it finds in /etc comes before them.
link_unit() {
    # Of an earlier installation; and dpkg's mask of a package that was removed, which is nobody's wish.
    case $(readlink "$root$linked") in
    */lib/systemd/system/"$service") rm -f "$root$linked" "$root$preset_of_linked" ;;
    esac
    if has "$masked_by_dpkg" && [ "$(readlink "$root$linked")" = /dev/null ]; then
        rm -f "$root$linked" "$root$masked_by_dpkg"
    fi
    if has "$linked"; then
        echo "Kept $root$linked as it was: it says what is started at boot."
        return
    fi
    case $prefix in
    /usr | /usr/local) ;;
    *)
        ln -s "$unit" "$root$linked"
        install -D -m 644 "$root$preset" "$root$preset_of_linked"
        ;;
    esac
}

enable_at_boot() {
    case $(init_system) in
    systemd)
        install_component systemd
        mkdir -p "$root$wants"
        ln -sfn "$unit" "$root$wants/$service"
        link_unit
        if [ "$(readlink "$root$linked")" = /dev/null ]; then
            echo "Installed. It does not run at boot as long as $linked masks it."
            return
        fi
        ;;
    sysv)
        install_component sysv
        if has /usr/sbin/update-rc.d; then
            inside update-rc.d resetpwd-agent defaults
        else
            inside chkconfig --add resetpwd-agent
        fi
        ;;
    openrc)
        install_component openrc
        install -D -m 755 "$root$prefix/share/resetpwd-agent/openrc/resetpwd-agent" "$root/etc/init.d/resetpwd-agent"
        inside rc-update -q add resetpwd-agent default
        ;;
    *)
        echo "Installed. No init was found: have $prefix/sbin/resetpwd-agent run started at boot, in the background."
        return
        ;;
    esac
    echo "Installed. It runs at the next boot; by hand: $prefix/sbin/resetpwd-agent run"
}

# A run that waits for the service must not outlast its program; one of another program is left in peace.
stop_it() {
    script=/etc/init.d/resetpwd-agent
    if systemd_runs; then
        case $(systemctl show -p ExecStart "$service") in
        *"path=$prefix/sbin/resetpwd-agent "*) systemctl -q stop "$service" || true ;;
        esac
    elif [ -z "$root" ] && grep -qs "=$prefix/sbin/resetpwd-agent\$" "$script"; then
        "$script" stop >/dev/null 2>&1 || true
    fi
}

disable_at_boot() {
    rm -f "$root$wants/$service"
    has /etc/init.d/resetpwd-agent || return 0
    # Perhaps it had been taken out of them before.
    case $(init_system) in
    openrc) inside rc-update -q delete resetpwd-agent default || true ;;
    sysv) has /usr/sbin/update-rc.d || inside chkconfig --del resetpwd-agent || true ;;
    esac
    # To dpkg, a script that is gone is one that is not wanted again: the package would not be started any more.
    if has /var/lib/dpkg/info/resetpwd-agent.list; then
        leave_script_to /usr
    else
        rm "$root/etc/init.d/resetpwd-agent"
    fi
    # It wants the script gone first, unless it is told to do it all the same.
    ! has /usr/sbin/update-rc.d || inside update-rc.d -f resetpwd-agent remove
}

leave_script_to() {
    script=$root/etc/init.d/resetpwd-agent
    [ ! -f "$script" ] || sed -i "s,=$prefix/sbin/resetpwd-agent\$,=$1/sbin/resetpwd-agent," "$script"
}

# What starts this one starts the other one from now on.
leave_to_other() {
    [ "$(readlink "$root$wants/$service")" != "$unit" ] ||
        ln -sfn "$other/lib/systemd/system/$service" "$root$wants/$service"
    leave_script_to "$other"
}

remove_files() {
    [ "$(readlink "$root$linked")" != "$unit" ] || rm -f "$root$linked" "$root$preset_of_linked"
    rm -f "$root$prefix/sbin/resetpwd-agent" "$root$unit" "$root$preset" \
        "$root$prefix/share/man/man8/resetpwd-agent.8" "$root$prefix/share/man/man5/resetpwd-agent.conf.5"
    rm -rf "$root$prefix/share/resetpwd-agent"
}

# A program made here may not run there: another architecture, other libraries. Then what is there stays.
check_it_runs() {
    trial=$prefix/sbin/.resetpwd-agent.trial
    trap 'rm -f "$root$trial"' EXIT
    install -D "$build/resetpwd-agent" "$root$trial"
    reason=$(inside "$trial" --version 2>&1 >/dev/null) && runs=yes || runs=
    rm "$root$trial"
    [ -n "$runs" ] || die "the program that was built here does not run in $root: $reason
Install libcurl, cJSON, libseccomp, libxcrypt and OpenSSL there, or a package made for that system
(./install.sh package)."
}

user_exists() {
    grep -qs "^$user:" "$root/etc/passwd"
}

# By useradd, else as busybox does it. Not worth failing for: without this user the agent takes nobody.
add_user() {
    ! user_exists || return 0
    if has /usr/sbin/useradd; then
        inside groupadd --system --force "$user" &&
            inside useradd --system --gid "$user" --no-create-home --home-dir /nonexistent \
                --shell /usr/sbin/nologin "$user"
    elif has /usr/sbin/adduser; then
        { inside addgroup -S "$user" || true; } && inside adduser -S -D -H -h /nonexistent -s /sbin/nologin -G "$user" "$user"
    fi || true
    user_exists || echo "There is no user $user: the part that speaks to the network will run as nobody."
}

# Its group goes with it, but not by userdel where login.defs has USERGROUPS_ENAB no.
remove_user() {
    if has /usr/sbin/userdel; then
        inside userdel "$user" && { ! grep -qs "^$user:" "$root/etc/group" || inside groupdel "$user"; }
    else
        inside deluser "$user"
    fi || echo "Left in place: the user $user"
}

install_it() {
    [ -d "$root/etc" ] || die "$root holds no system: it has no etc/"
    build_release
    check_it_runs
    install_component program
    if has /etc/resetpwd-agent.conf; then
        echo "Kept $root/etc/resetpwd-agent.conf as it was."
    else
        install_component configuration
    fi
    add_user
    other=$(other_prefix)
    enable_at_boot
    [ -z "$other" ] || echo "Another resetpwd-agent is in $other: only one of the two can be started at boot.
When that one is removed, it takes the start at boot with it: run ./install.sh again then."
    ! systemd_runs || systemctl daemon-reload
    if [ -n "$root" ] && grep -qsE '^SELINUX=(enforcing|permissive)' "$root/etc/selinux/config"; then
        touch "$root/.autorelabel"
        echo "SELinux: its files get their labels at the image's first boot (/.autorelabel)."
    fi
}

remove_settings() {
    conf=$root/etc/resetpwd-agent.conf
    if [ -n "$purge" ] || cmp -s "$here/packaging/resetpwd-agent.conf" "$conf"; then
        rm -f "$conf"
    fi
    rmdir "$root$state" 2>/dev/null || true
    if [ -n "$purge" ]; then
        rm -rf "$root$state"
        ! user_exists || remove_user
    fi
    for left in "$conf" "$root$state"; do
        [ ! -e "$left" ] || echo "Left in place: $left (./install.sh remove --purge takes it too)"
    done
}

remove_it() {
    stop_it
    other=$(other_prefix)
    if [ -n "$other" ]; then
        leave_to_other
        echo "Left to the resetpwd-agent in $other: start at boot, configuration, record and user."
    else
        disable_at_boot
        remove_settings
    fi
    remove_files
    ! systemd_runs || systemctl daemon-reload
    echo "Removed."
}

# [--purge] [--root DIR]
read_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --purge) purge=yes ;;
        --root)
            [ $# -gt 1 ] || die "--root needs a folder"
            root=$(realpath -e -- "$2")
            [ "$root" != / ] || root=
            shift
            ;;
        *) die "\"$1\" is not known here; see ./install.sh --help" ;;
        esac
        shift
    done
}

words=$*
case ${1:-} in
'' | --root) command=install ;;
-h | --help | help) command=usage ;;
*)
    command=$1
    shift
    ;;
esac
case $command in
install | remove | package | replace-java-plugin | demo | need)
    [ "$(id -u)" -eq 0 ] || die "this must run as root: sudo ./install.sh${words:+ $words}"
    ;;
esac
case $command in
install)
    read_options "$@"
    [ -z "$purge" ] || die "--purge goes with remove"
    install_it
    ;;
remove)
    read_options "$@"
    remove_it
    ;;
package | replace-java-plugin)
    if [ "$command ${1:-}" = "package windows" ]; then
        shift
        command=windows/package
    fi
    exec "$here/packaging/$command.sh" "$@"
    ;;
demo)
    need_packages python3 python3-cryptography curl
    build_release
    exec "$here/tests/cloud/demo.sh" "$build/resetpwd-agent"
    ;;
need)
    need_packages "$@"
    ;;
usage)
    usage
    ;;
*)
    usage >&2
    exit 2
    ;;
esac
