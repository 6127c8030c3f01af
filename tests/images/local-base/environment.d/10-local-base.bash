# SPDX-License-Identifier: Apache-2.0
export DISTRO_NAME=debian
export DIB_RELEASE=bookworm
