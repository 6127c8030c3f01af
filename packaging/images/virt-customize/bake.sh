#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bakes resetpwd-agent into a disk image, which need not boot for it, with virt-customize (package guestfs-tools):
#
#   bake.sh IMAGE PACKAGE [OPTION-OF-VIRT-CUSTOMIZE...]
#   bake.sh debian-12.qcow2 dist/resetpwd-agent_0.1.0-1_amd64.deb
#
# It fails when a reset would not work in the image: `resetpwd-agent check` says why, and what would mend it. The image is
# changed by then.
#
# An image with SELinux wants the option --selinux-relabel. Without KVM: LIBGUESTFS_BACKEND_SETTINGS=force_tcg
#
# How far tried: with guestfs-tools 1.48 and the .deb on a Debian 12, which is then booted and reset (tests/images).
# Not tried: the .rpm.
set -eu

[ $# -ge 2 ] || {
    sed -n 's/^#   /usage: /p' "$0" | head -n 1 >&2
    exit 2
}
image=$1
package=$2
shift 2
inside=/var/tmp/${package##*/}
case $package in
*.rpm) install="dnf -y install $inside" ;;
*) install="apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y $inside" ;;
esac

exec virt-customize "$@" --add "$image" \
    --upload "$package:$inside" \
    --run-command "$install" \
    --delete "$inside" \
    --run-command "resetpwd-agent clean && resetpwd-agent selftest && resetpwd-agent check --root /"
