#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Takes the Java plugin CloudResetPwdAgent off a system after saving it in a tarball, or puts it back from there.
set -eu
shopt -s nullglob

root=/
dry_run=
undo=
phase=looking
services=() # the plugin's services that have an entry here
running=()  # those of them that ran when they were told to stop
traces=()   # every place of the plugin, relative to the root: services first, folders last
tarball=
tar_options=(--force-local --numeric-owner --xattrs "--xattrs-include=*" --label=resetpwd-agent-java-plugin)

usage() {
    cat <<'EOF'
usage: sudo ./install.sh replace-java-plugin [--root DIR] [--dry-run]
       sudo ./install.sh replace-java-plugin [--root DIR] --undo TARBALL

Removes the folders and services of the Java plugin CloudResetPwdAgent, after saving them in a tarball in /var/lib.
  --root DIR      on the system that is mounted at DIR; the tarball goes to its /var/lib
  --dry-run       only say what would be removed
  --undo TARBALL  put back what was saved
EOF
}

die() {
    echo "replace-java-plugin: $*" >&2
    exit 1
}

exists() {
    [ -e "$1" ] || [ -L "$1" ]
}

# A link on the way could lead out of the root, or to a place that is found by its own name anyway.
reached_without_links() {
    [ "${1%/*}" = "$1" ] || [ "$(cd "${1%/*}" 2>/dev/null && pwd -P)" = "${root%/}/${1%/*}" ]
}

add_traces() {
    for path in "$@"; do
        if exists "$path" && reached_without_links "$path"; then
            traces+=("$path")
        fi
    done
}

find_traces() {
    local name before
    for name in cloudResetPwdAgent cloudResetPwdUpdateAgent; do
        before=${#traces[@]}
        add_traces {etc,etc/rc.d}/init.d/$name etc/{,rc.d/,init.d/}rc[0-9S].d/[SK][0-9][0-9]$name \
            {etc,lib,usr/lib,usr/local/lib}/systemd/system/{,*.wants/,*.requires/}$name.service{,.d} etc/init/$name.conf
        [ "${#traces[@]}" -eq "$before" ] || services+=("$name")
    done
    add_traces CloudrResetPwdAgent CloudResetPwdAgent CloudResetPwdUpdateAgent
}

# Bytes on the disk, or with --apparent-size those in the files.
size_of_traces() {
    du --block-size=1 --total --summarize "$@" -- "${traces[@]}" | tail -n 1 | cut -f 1
}

warn_without_new_agent() {
    for program in usr/sbin usr/local/sbin; do
        [ ! -x "$program/resetpwd-agent" ] || return 0
    done
    echo "Warning: resetpwd-agent is not installed here: without the plugin nothing will reset passwords." >&2
}

refuse_mounts() {
    local place path
    while read -r _ _ _ _ place _; do
        place=$(printf '%b' "$place")
        for path in "${traces[@]}"; do
            case $place in
            "${root%/}/$path" | "${root%/}/$path"/*) die "something is mounted at $place: unmount it first" ;;
            esac
        done
    done </proc/self/mountinfo
}

# As if nothing could be compressed: jar files hardly can.
need_room() {
    local files needed free
    files=$(find "${traces[@]}" -printf '\n' | wc -l)
    needed=$(($(size_of_traces --apparent-size) + files * 4096 + 1048576))
    free=$(($(stat -f -c '%a * %S' var/lib)))
    [ "$free" -ge "$needed" ] || die "${root%/}/var/lib needs $needed bytes free for the tarball, and has $free"
}

service_do() {
    if [ -d /run/systemd/system ]; then
        systemctl "$1" "$2.service"
    elif [ -x "etc/init.d/$2" ]; then
        service "$2" "$1"
    fi
}

# Where an init script says so: one that knows no "status" fails as if it did not run.
is_running() {
    if [ -d /run/systemd/system ]; then
        systemctl -q is-active "$1.service"
    else
        service_do status "$1" >/dev/null 2>&1
    fi
}

reload_systemd() {
    if [ "$root" = / ] && [ -d /run/systemd/system ]; then
        systemctl daemon-reload
    fi
}

stop_services() {
    [ "$root" = / ] || return 0
    for name in ${services[@]+"${services[@]}"}; do
        ! is_running "$name" || running+=("$name")
        service_do stop "$name" ||
            echo "Warning: $name could not be stopped; it may run until the next boot." >&2
    done
}

# Of a tarball; the first line is its label.
members() {
    tar -tz "${tar_options[@]}" -f "$1" | sed 1d
}

# The tarball gets its name when it is known to hold everything, and to be on the disk.
save() {
    local part=$tarball.part
    (umask 077 && exec tar -cz "${tar_options[@]}" -f "$part" -- "${traces[@]}")
    [ "$(members "$part" | wc -l)" -eq "$(find "${traces[@]}" ! -type s -printf '\n' | wc -l)" ] ||
        die "the tarball does not hold every file"
    tar -dz "${tar_options[@]}" -f "$part" || die "the tarball is not what stands on the disk"
    sync "$part"
    mv "$part" "$tarball"
    sync var/lib
}

undo_command() {
    printf './install.sh replace-java-plugin '
    [ "$root" = / ] || printf -- '--root %q ' "$root"
    printf -- '--undo %q' "$tarball"
}

on_exit() {
    case $phase in
    saving)
        rm -f "$tarball.part"
        for name in ${running[@]+"${running[@]}"}; do
            service_do start "$name" || true
        done
        echo "Nothing was removed." >&2
        ;;
    removing)
        echo "Not everything could be removed. To go on, run the command again; to put all back: $(undo_command)" >&2
        ;;
    esac
}

replace() {
    local size
    find_traces
    if [ ${#traces[@]} -eq 0 ]; then
        echo "Nothing of the Java plugin was found in $root."
        return
    fi
    printf 'Found: %s\n' "${traces[@]/#/${root%/}/}"
    refuse_mounts
    reached_without_links var/lib/. || [ "$root" = / ] || die "$root/var/lib is reached by a link"
    need_room
    warn_without_new_agent
    size=$(size_of_traces)
    size="$size bytes ($((size / 1000000)).$((size / 100000 % 10)) MB)"
    if [ -n "$dry_run" ]; then
        echo "Would free $size. Nothing was changed."
        return
    fi
    tarball=${root%/}/var/lib/resetpwd-agent-java-plugin-$(date -u +%Y%m%dT%H%M%SZ).tar.gz
    ! exists "$tarball" || die "$tarball is there already"
    phase=saving
    stop_services
    save
    phase=removing
    rm -rf -- "${traces[@]}"
    reload_systemd
    phase=finished
    echo "Freed $size. Saved in $tarball ($(stat -c %s "$tarball") bytes): delete it when you are sure."
    echo "To undo: $(undo_command)"
}

# What tar cannot replace may be what was saved (an immutable file after a removal that failed): comparing decides.
put_back() {
    local path
    tar -tz "${tar_options[@]}" -f "$tarball" >/dev/null || die "$tarball is not a whole tarball of this command"
    while read -r path; do
        case $path in
        Cloud*) ;;
        *) ! exists "${path%/*}" || reached_without_links "$path" || die "$root/${path%/*} is reached by a link" ;;
        esac
    done < <(members "$tarball")
    tar -xpz "${tar_options[@]}" -f "$tarball" || echo "Comparing what is there with what was saved ..." >&2
    tar -dz "${tar_options[@]}" -f "$tarball" || die "not everything could be put back from $tarball"
    reload_systemd
    echo "Put back what $tarball holds. Services that were enabled run from the next boot on."
}

while [ $# -gt 0 ]; do
    case $1 in
    --root | --undo)
        [ $# -ge 2 ] || { usage >&2 && exit 2; }
        [ "$1" = --root ] && root=$2 || undo=$2
        shift
        ;;
    --dry-run) dry_run=yes ;;
    -h | --help) usage && exit 0 ;;
    *) usage >&2 && exit 2 ;;
    esac
    shift
done
[ "$(id -u)" -eq 0 ] || die "this must run as root"
[ -z "$undo" ] || tarball=$(realpath -e "$undo") || die "no such tarball"
cd "$root" || die "no such folder"
root=$(pwd -P)
trap on_exit EXIT
if [ -n "$undo" ]; then
    [ -z "$dry_run" ] || die "--undo knows no --dry-run"
    put_back
else
    replace
fi
