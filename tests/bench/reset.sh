#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What the agent is measured against: the same exchange by curl, openssl and chpasswd, with no sleep, no retry,
# no check of what it gets, and the password where a careful script would not put it. Not for use.
set -eu

base=http://169.254.169.254/openstack/latest

get() {
    curl -sS --noproxy '*' -m 10 "$base/$1"
}

field() {
    grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4
}

hex() {
    od -An -v -tx1 | tr -d ' \n'
}

if [ "$(get resetpwd_flag | field resetpwd_flag)" != True ]; then
    curl -sS --noproxy '*' -m 10 -d True "$base/resetpwd_flag" >/dev/null
    get resetpwd_flag >/dev/null
fi
blob=$(get reset_password | field reset_password)
[ -n "$blob" ] || exit 0
uuid=$(get meta_data.json | sed 's/"meta": *{[^}]*}//' | field uuid)
cipher=${blob#????????????}
salt=$(printf '%s' "${blob%"$cipher"}" | openssl base64 -d -A | hex)
key=$(openssl kdf -keylen 16 -kdfopt digest:SHA1 -kdfopt "pass:$uuid" -kdfopt "hexsalt:$salt" -kdfopt iter:5000 \
    PBKDF2 | tr -d ':\n')
password=$(printf '%s' "$cipher" | openssl enc -d -aes-128-cbc -a -A -K "$key" -iv "$key")
printf 'root:%s\n' "$password" | chpasswd
curl -sS --noproxy '*' -m 10 -X DELETE "$base/reset_password" >/dev/null
get reset_password >/dev/null
