// SPDX-License-Identifier: Apache-2.0
/* platform/linux/resolve.c, and a child that says anything of a name. */
#include "tests/fuzz/hostile_child.h"

#include <string.h>

#include "platform/linux/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const struct resolve_query QUERY = {.host = "name", .port = "80"};
    struct input input = {bytes, len};
    struct sockaddr_storage addresses[RESOLVE_ADDRESSES_MAX];
    size_t count = 0;
    enum status status;

    hostile_begin(&input);
    status = resolve(&QUERY, 0, addresses, &count);
    if (status == STATUS_OK) {
        check(count >= 1 && count <= RESOLVE_ADDRESSES_MAX);
        for (size_t i = 0; i < count; i++) {
            check(addresses[i].ss_family == AF_INET || addresses[i].ss_family == AF_INET6);
            check(resolve_address_len(&addresses[i]) <= sizeof addresses[i]);
        }
    } else {
        check(status == STATUS_UNREACHABLE || status == STATUS_TIMED_OUT);
    }
    hostile_end();
    return 0;
}
