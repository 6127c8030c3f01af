// SPDX-License-Identifier: Apache-2.0
/* Questions to the kernel about its routes: rtnetlink(7). Needs no privilege, changes nothing. */
#ifndef PLATFORM_LINUX_NETLINK_H
#define PLATFORM_LINUX_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What one message of an answer holds, behind its header. */
typedef void netlink_message(const unsigned char *body, size_t len, void *context);

/*
 * Sends a request of this type, with these flags beside NLM_F_REQUEST, and hands each message of its answer
 * to `each`. Returns 0, or errno: the kernel's answer; EPROTO when it is none; ETIMEDOUT after end_ms of
 * host_now_ms().
 */
int netlink_ask(uint16_t type, uint16_t flags, const void *request, size_t len, int64_t end_ms,
                netlink_message *each, void *context);

/* The attribute of this type, in a row of them; NULL. *value_len is its length. Pure. */
const unsigned char *netlink_find(const unsigned char *attributes, size_t len, uint16_t type,
                                  size_t *value_len);

/* The same for an attribute of 32 bits; `missing` when there is none. */
uint32_t netlink_number(const unsigned char *attributes, size_t len, uint16_t type, uint32_t missing);

#endif
