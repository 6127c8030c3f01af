#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds libraries for Windows that Debian has only for Linux, from Debian's own sources. See --help.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
toolchain=$top/packaging/windows/mingw-w64.cmake
# Windows' own scanf() is 20 KB less.
flags="-ffunction-sections -fdata-sections -fstack-protector-strong -D__USE_MINGW_ANSI_STDIO=0 -DCJSON_HIDE_SYMBOLS"

usage() {
    cat <<'EOF'
usage: packaging/windows/libraries.sh PREFIX LIBRARY...

Builds each library (cjson, cmocka) as a static one for Windows, with mingw-w64, and installs it under PREFIX, unless
this script, as it is now, has done so already. Its source is Debian's, by apt.
EOF
}

die() {
    echo "libraries.sh: $*" >&2
    exit 1
}

case ${1-} in
-h | --help)
    usage
    exit 0
    ;;
esac
[ $# -ge 2 ] || {
    usage >&2
    exit 2
}
mkdir -p "$1"
prefix=$(cd "$1" && pwd)
shift

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# apt, with the sources of this system's own release added; its own lists stay as they are.
apt() {
    apt-get -qq -o DPkg::Lock::Timeout=300 -o Dir::Etc::SourceList=/dev/null -o Dir::Etc::SourceParts="$scratch/parts" \
        -o Dir::State::Lists="$scratch/lists" -o APT::Sandbox::User=root "$@"
}

archives() {
    # shellcheck disable=SC2016  # apt's own variables
    apt-get indextargets --format '$(SITE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
        awk '$1 ~ /\/debian(-security)?$/ && $3 == "main" { print "deb-src", $0 }'
}

find_sources() {
    mkdir -p "$scratch/parts" "$scratch/lists/partial"
    # apt names no archive before it has its lists; fetching them is root's.
    [ -n "$(archives)" ] || [ "$(id -u)" -ne 0 ] || apt-get -qq -o DPkg::Lock::Timeout=300 update
    archives >"$scratch/parts/source.list"
    [ -s "$scratch/parts/source.list" ] ||
        die "no Debian archive among apt's sources; was \"apt-get update\" ever run here, by root?"
    apt update
}

# What a library does not know of these options it passes over. "set -e" is off in here: the caller asks how it ended.
compile() {
    cmake -S "$1" -B "$1/build" \
        -DCMAKE_TOOLCHAIN_FILE="$toolchain" -DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_BUILD_TYPE=MinSizeRel \
        -DCMAKE_C_FLAGS="$flags" -DBUILD_SHARED_LIBS=OFF -DENABLE_CJSON_TEST=OFF -DENABLE_CUSTOM_COMPILER_FLAGS=OFF \
        -DWITH_STATIC_LIB=ON -DWITH_EXAMPLES=OFF -DUNIT_TESTING=OFF || return 1
    cmake --build "$1/build" --target install -j "$(nproc)" || return 1
    # cmocka makes a DLL too, by whose name the static one is asked for.
    [ ! -e "$prefix/lib/libcmocka-static.a" ] || {
        rm "$prefix/bin/cmocka.dll" "$prefix/lib/libcmocka.dll.a" &&
            mv "$prefix/lib/libcmocka-static.a" "$prefix/lib/libcmocka.a"
    }
}

build_library() {
    [ -d "$scratch/lists" ] || find_sources
    (cd "$scratch" && apt source "$1") >"$scratch/log" 2>&1 || {
        cat "$scratch/log" >&2
        die "no source of $1"
    }
    compile "$(find "$scratch" -maxdepth 1 -type d -name "$1-*")" >"$scratch/log" 2>&1 || {
        tail -n 40 "$scratch/log" >&2
        die "$1 cannot be built"
    }
    echo "$recipe" >"$prefix/.$1"
}

recipe=$(cat "$0" "$toolchain" | sha256sum)
for library in "$@"; do
    [ "$(cat "$prefix/.$library" 2>/dev/null)" = "$recipe" ] || build_library "$library"
done
