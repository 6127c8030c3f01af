#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Builds the deb and the rpm, as far as this system has the tools of each. See --help.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
name=resetpwd-agent
kinds=
arch=

usage() {
    cat <<'EOF'
usage: packaging/package.sh [--deb | --rpm] [--arch ARCH] [OUTDIR]

Builds both packages, or the one that is named, into OUTDIR (default: dist/).
--arch: a deb for another architecture of Debian's, with that one's compiler and libraries (multiarch), which must
be there: dpkg --add-architecture ARCH, crossbuild-essential-ARCH, and ARCH's pkg-config and development files of
libcurl4-openssl, libcjson, libcrypt, libseccomp, libssl and libcmocka.

A package fits the release of the distribution that it was built on: the names of its libraries go into it.
EOF
}

die() {
    echo "package.sh: $*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    --deb | --rpm) kinds=${1#--} ;;
    --arch)
        kinds=deb
        arch=$2
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
[ $# -le 1 ] || {
    usage >&2
    exit 2
}
mkdir -p "${1:-$top/dist}"
out=$(cd "${1:-$top/dist}" && pwd)

scratch=$(mktemp -d)
at_exit() {
    code=$?
    # Building is silent, unless it fails.
    [ "$code" -eq 0 ] || tail -n 60 "$scratch/log" >&2 2>/dev/null || true
    rm -rf "$scratch"
}
trap at_exit EXIT

# The version is CMake's; the two change logs and NEWS must agree with it.
version=$(sed -n 's/^project(resetpwd-agent VERSION \([0-9.]*\).*/\1/p' "$top/CMakeLists.txt")
check_version() {
    sed -n "$3" "$top/$1" | head -n 1 | grep -qxF "$2" || die "$1 is not about version $2, which CMakeLists.txt names"
}
check_version NEWS "$version" 's/^resetpwd-agent \([^ ]*\).*/\1/p'
check_version packaging/deb/changelog "$version-1" 's/^resetpwd-agent (\(.*\)) .*/\1/p'
check_version packaging/rpm/$name.spec "$version" 's/^Version: *//p'

# The same sources give the same bytes, whenever and wherever they are built: all times are the release's.
SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' "$top/packaging/deb/changelog" | head -n 1)" +%s)
export SOURCE_DATE_EPOCH LC_ALL=C TZ=UTC
umask 022

# The sources, without what was built or is not tracked, as resetpwd-agent-VERSION.tar.gz.
source_tar() (
    set -o pipefail
    cd "$top"
    if [ -e .git ]; then
        # Whoever owns it; before 2.38, git takes that from a file alone.
        printf '[safe]\n\tdirectory = %s\n' "$top" >"$scratch/.gitconfig"
        HOME=$scratch XDG_CONFIG_HOME=$scratch git ls-files -z
    else
        find . -path ./build -prune -o -path ./dist -prune -o -type f -print0
    fi | tar --create --null --files-from=- --sort=name --format=gnu --owner=0 --group=0 --numeric-owner \
        --mode=u=rwX,go=rX --mtime="@$SOURCE_DATE_EPOCH" --transform="s,^\(\./\)\?,$name-$version/," |
        gzip -n >"$scratch/$name-$version.tar.gz"
)

build_deb() {
    tar -C "$scratch" -xzf "$scratch/$name-$version.tar.gz"
    mv "$scratch/$name-$version/packaging/deb" "$scratch/$name-$version/debian"
    cd "$scratch/$name-$version"
    DEB_BUILD_OPTIONS="noautodbgsym parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" \
        dpkg-buildpackage -b -us -uc ${arch:+"-a$arch"}
    cp "$scratch/${name}_$version"-1_*.deb "$out"
}

# Debian's rpmbuild knows nothing of the packages that Debian has installed: --nodeps.
build_rpm() {
    rpmbuild -bb ${apt:+--nodeps} \
        --define "_topdir $scratch/rpm" --define "_sourcedir $scratch" --define "_rpmdir $out" \
        --define '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' \
        --define '_binary_payload w9.gzdio' \
        --define '_buildhost reproducible' --define 'use_source_date_epoch_as_buildtime 1' \
        --define 'clamp_mtime_to_source_date_epoch 1' \
        "$top/packaging/rpm/$name.spec"
}

need() {
    # Without root, the tools themselves say what is missing.
    [ "$(id -u)" -ne 0 ] || "$top/install.sh" need "$@"
}

[ ! -e "$top/.git" ] || command -v git >/dev/null || need git
apt=$(command -v apt-get || true)
if [ -n "$apt" ]; then
    need build-essential debhelper cmake pkg-config \
        libcurl4-openssl-dev libcjson-dev libcrypt-dev libseccomp-dev libssl-dev libcmocka-dev
    [ "$kinds" = deb ] || need rpm
else
    need rpm-build gcc make cmake \
        "pkgconfig("{cmocka,libcjson,libcrypto,libcurl,libseccomp,libxcrypt}")"
fi
source_tar
built=
for kind in ${kinds:-deb rpm}; do
    tool=dpkg-buildpackage
    [ "$kind" = deb ] || tool=rpmbuild
    if command -v "$tool" >/dev/null; then
        (build_"$kind") >"$scratch/log" 2>&1
        built="$built $kind"
    else
        echo "package.sh: no $kind: this system has no $tool"
    fi
done
[ -n "$built" ] || die "nothing was built"
echo "Built in $out:$built"
