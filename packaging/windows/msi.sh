#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Makes the MSI of files that are built already. See --help.
set -eu
set -o pipefail

here=$(cd "$(dirname "$0")" && pwd)

usage() {
    cat <<'EOF'
usage: packaging/windows/msi.sh FOLDER VERSION FILE.msi

Makes FILE.msi, of that version, of the files in FOLDER, whose times it sets to SOURCE_DATE_EPOCH. The same files, with
the same SOURCE_DATE_EPOCH, give the same bytes.
EOF
}

case ${1-} in
-h | --help)
    usage
    exit 0
    ;;
esac
[ $# -eq 3 ] || {
    usage >&2
    exit 2
}
version=$2
msi=$(realpath "$3")
cd "$1"
: "${SOURCE_DATE_EPOCH:=$(date +%s)}"
export LC_ALL=C TZ=UTC

# A UUID made of the bytes on stdin: version 8, which leaves to its maker what is in it.
uuid() {
    sha256sum | tr a-f A-F | sed -E 's/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*/\1-\2-8\3-8\4-\5/'
}

# The product is a version of it. The package is what is in it: Windows takes two of one code for the same.
product_code=$(echo "resetpwd-agent $version x64" | uuid)
package_code=$(cat "$here/resetpwd-agent."{wxs,sql} ./* <(echo "$version $SOURCE_DATE_EPOCH") | uuid)

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
touch -d "@$SOURCE_DATE_EPOCH" ./*
wixl --arch x64 --define "Version=$version" --define "ProductCode=$product_code" --output "$scratch/msi" \
    "$here/resetpwd-agent.wxs"

# wixl's random code and its times become those that are known.
time=$(date -d "@$SOURCE_DATE_EPOCH" '+%Y/%m/%d %H:%M:%S')
msiinfo export "$scratch/msi" _SummaryInformation |
    sed -E "s,^(9\t)[^\r]*,\1{$package_code},; s,^(1[23]\t)[^\r]*,\1$time," >"$scratch/summary.idt"
mapfile -t queries < <(grep -v '^--' "$here/resetpwd-agent.sql")
msibuild "$scratch/msi" -i "$scratch/summary.idt" -q "${queries[@]}"
mv "$scratch/msi" "$msi"
