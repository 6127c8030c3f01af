#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the agent for Windows and makes its MSI, on Debian. See --help.
set -eu
set -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
libraries=$top/build/windows-libraries
program=
certificate=
password_file=
timestamp=

usage() {
    cat <<'EOF'
usage: packaging/windows/package.sh [--program EXE]
           [--sign CERTIFICATE.p12 [--password-file FILE] [--timestamp URL]] [OUTDIR]

Makes resetpwd-agent-VERSION-x64.msi in OUTDIR (default: dist/).
--program: of this program, instead of one that is built here.
--sign: sign the program and the MSI with the certificate and key of that PKCS#12 file; FILE holds its password.
--timestamp: have an authority (RFC 3161) testify when; without it the signature ends with the certificate.
EOF
}

while [ $# -gt 0 ]; do
    case $1 in
    --program | --sign | --password-file | --timestamp)
        [ $# -ge 2 ] || { usage >&2 && exit 2; }
        case $1 in
        --program) program=$(realpath -e "$2") ;;
        --sign) certificate=$(realpath -e "$2") ;;
        --password-file) password_file=$(realpath -e "$2") ;;
        --timestamp) timestamp=$2 ;;
        esac
        shift
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    -*)
        usage >&2
        exit 2
        ;;
    *) break ;;
    esac
    shift
done
[ $# -le 1 ] || { usage >&2 && exit 2; }
[ -n "$certificate" ] || [ -z "$password_file$timestamp" ] || { usage >&2 && exit 2; }
mkdir -p "${1:-$top/dist}"
out=$(cd "${1:-$top/dist}" && pwd)

scratch=$(mktemp -d)
files=$scratch/files
# What is built here has the libraries as Debian has them now, not as they once were.
[ -n "$program" ] || libraries=$scratch/libraries
at_exit() {
    code=$?
    # Building is silent, unless it fails.
    [ "$code" -eq 0 ] || tail -n 60 "$scratch/log" >&2 2>/dev/null || true
    rm -rf "$scratch"
}
trap at_exit EXIT

# The same sources give the same bytes, whenever and wherever they are built: all times are the release's.
version=$(sed -n 's/^project(resetpwd-agent VERSION \([0-9.]*\).*/\1/p' "$top/CMakeLists.txt")
SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' "$top/packaging/deb/changelog" | head -n 1)" +%s)
export SOURCE_DATE_EPOCH LC_ALL=C

# The address of a function that is loaded late is written into .idata at run time. Some linkers (binutils 2.44) make it
# read-only: the program would crash at the first of them.
check_imports() {
    case $(x86_64-w64-mingw32-objdump -h "$program" | awk '$2 == ".idata" { getline; print }') in
    *READONLY* | '')
        echo "package.sh: the linker makes .idata read-only, into which delayed imports are written: use another" >&2
        return 1
        ;;
    esac
}

build_program() {
    cmake -S "$top" -B "$scratch/build" -DCMAKE_TOOLCHAIN_FILE="$here/mingw-w64.cmake" \
        -DCMAKE_PREFIX_PATH="$libraries" -DCMAKE_BUILD_TYPE=MinSizeRel
    cmake --build "$scratch/build" -j "$(nproc)"
    program=$scratch/build/resetpwd-agent.exe
    check_imports
}

# Lines end as Windows' editors want them.
text() {
    sed 's/$/\r/' >"$files/$1"
}

# What is linked into the program asks that its licence comes with it.
third_party() {
    echo "resetpwd-agent.exe holds parts of cJSON and of mingw-w64."
    printf '\ncJSON\n\n'
    sed '/\*\//q' "$libraries/include/cjson/cJSON.h"
    printf '\nmingw-w64\n\n'
    cat /usr/share/doc/mingw-w64-x86-64-dev/copyright
}

sign() {
    [ -n "$certificate" ] || return 0
    osslsigncode sign -pkcs12 "$certificate" ${password_file:+-readpass "$password_file"} -h sha256 \
        -n resetpwd-agent ${timestamp:+-ts "$timestamp"} -in "$1" -out "$1.signed"
    mv "$1.signed" "$1"
}

make_package() {
    mkdir "$files"
    "$here/libraries.sh" "$libraries" cjson
    [ -n "$program" ] || build_program
    cp "$program" "$files/resetpwd-agent.exe"
    sign "$files/resetpwd-agent.exe"
    text resetpwd-agent.conf.sample <"$top/packaging/resetpwd-agent.conf"
    sed "s/@VERSION@/$version/" "$here/README.txt" | text README.txt
    text LICENSE.txt <"$top/LICENSE"
    third_party | text THIRD-PARTY.txt
    "$here/msi.sh" "$files" "$version" "$scratch/msi"
    sign "$scratch/msi"
}

# Without root, the tools themselves say what is missing.
[ "$(id -u)" -ne 0 ] || "$top/install.sh" need gcc-mingw-w64-x86-64-win32 cmake make pkg-config dpkg-dev wixl msitools \
    ${certificate:+osslsigncode}
(make_package) >"$scratch/log" 2>&1
cp "$scratch/msi" "$out/resetpwd-agent-$version-x64.msi"
signed="not signed: no certificate was given"
[ -z "$certificate" ] || signed="signed"
echo "Built $out/resetpwd-agent-$version-x64.msi, $signed"
