#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Shows one reset from the cloud's API to the shadow file, on a throw-away system: demo.sh PROGRAM
set -eu

agent=$1
here=$(cd "$(dirname "$0")" && pwd)
python=/usr/bin/python3
work=$(mktemp -d)
root=$work/root
password=$(printf 'Demo@%s' "$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')")
cloud=

cleanup() {
    [ -z "$cloud" ] || kill "$cloud" 2>/dev/null || true
    [ -z "$cloud" ] || wait "$cloud" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT

step() {
    if [ -t 1 ]; then
        printf '\n\033[1m%s\033[0m\n' "$*"
    else
        printf '\n%s\n' "$*"
    fi
}

fail() {
    echo "demo: $*" >&2
    exit 1
}

# Does the hash of root in the throw-away system verify this password? By the system's own crypt(3).
verifies() {
    $python - "$root/etc/shadow" "$1" <<'EOF'
import ctypes, sys

crypt = ctypes.CDLL("libcrypt.so.1").crypt
crypt.restype = ctypes.c_char_p
with open(sys.argv[1], "rb") as shadow:
    stored = next(line.split(b":")[1] for line in shadow if line.startswith(b"root:"))
sys.exit(crypt(sys.argv[2].encode(), stored) != stored)
EOF
}

step "1. A throw-away system in $root, where nobody knows root's password"
mkdir -p "$root/etc"
cp /etc/os-release "$root/etc/os-release"
printf 'root:x:0:0:root:/root:/bin/sh\n' >"$root/etc/passwd"
printf 'root:!:19000:0:99999:7:::\ndaemon:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
chmod 640 "$root/etc/shadow"
cat "$root/etc/shadow"

step "2. A cloud on loopback, with one instance"
uuid=$(cat /proc/sys/kernel/random/uuid)
$python "$here" --listen 127.0.0.1:0 --db "$work/cloud.db" --instance "$uuid" --project demo \
    >"$work/cloud.out" 2>"$work/cloud.err" &
cloud=$!
metadata_url=
for _ in $(seq 600); do
    metadata_url=$(sed -n 's/^instance .* metadata-url //p' "$work/cloud.out")
    [ -z "$metadata_url" ] || break
    kill -0 "$cloud" 2>/dev/null || fail "the cloud did not start: $(cat "$work/cloud.err")"
    sleep 0.05
done
[ -n "$metadata_url" ] || fail "the cloud did not start"
address=$(sed -n 's/^listening on //p' "$work/cloud.out")
cat "$work/cloud.out"

step "3. The owner asks the cloud's API for the password $password"
api=$address/v2.1/demo/servers/$uuid
printf '{"reset-password": {"new_password": "%s"}}' "$password" |
    curl -sS --noproxy '*' -f -X PUT -H 'Content-Type: application/json' -d @- "$api/os-reset-password"
echo "PUT $api/os-reset-password: accepted"
echo "The metadata service now holds it, encrypted:"
curl -sS --noproxy '*' "$metadata_url/reset_password"
echo

step "4. The machine boots, and the agent runs"
echo "resetpwd-agent run --root $root --metadata-url $metadata_url"
start=$(date +%s%N)
"$agent" run --root "$root" --metadata-url "$metadata_url"
end=$(date +%s%N)

step "5. What came of it"
cat "$root/etc/shadow"
if verifies "$password"; then
    echo "The new password verifies against root's hash, by crypt(3)."
else
    fail "the new password does not verify"
fi
if verifies "not $password"; then
    fail "another password verifies too"
fi
pending=$(curl -sS --noproxy '*' "$metadata_url/reset_password")
[ "$pending" = '{"reset_password": ""}' ] || fail "the reset is still pending: $pending"
echo "The service has nothing pending any more: $pending"
"$agent" status --root "$root"

printf '\nFrom start to end the agent took %d.%d ms. Nothing of this machine was changed.\n' \
    $(((end - start) / 1000000)) $(((end - start) / 100000 % 10))
