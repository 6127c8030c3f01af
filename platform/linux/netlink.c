// SPDX-License-Identifier: Apache-2.0
#include "platform/linux/netlink.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "platform/host.h"

enum { REQUEST_MAX = 128, ANSWER_MAX = 64 * 1024 };

static int send_request(int fd, uint16_t type, uint16_t flags, const void *request, size_t len)
{
    unsigned char bytes[sizeof(struct nlmsghdr) + REQUEST_MAX];
    const struct nlmsghdr header = {.nlmsg_len = (uint32_t)(sizeof header + len),
                                    .nlmsg_type = type,
                                    .nlmsg_flags = NLM_F_REQUEST | flags};

    if (len > REQUEST_MAX)
        return EMSGSIZE;
    memcpy(bytes, &header, sizeof header);
    memcpy(bytes + sizeof header, request, len);
    return send(fd, bytes, header.nlmsg_len, 0) < 0 ? errno : 0;
}

/* One datagram. Returns 0, and *is_done at the end of the answer; or errno. */
static int read_messages(const unsigned char *bytes, size_t len, bool is_dump, netlink_message *each,
                         void *context, bool *is_done)
{
    struct nlmsghdr header;
    size_t step;

    for (; len >= sizeof header; bytes += step, len -= step) {
        const unsigned char *body = bytes + sizeof header;
        int error;

        memcpy(&header, bytes, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > len)
            return EPROTO;
        if (header.nlmsg_type == NLMSG_ERROR && header.nlmsg_len >= sizeof header + sizeof error) {
            memcpy(&error, body, sizeof error);
            *is_done = true;
            return -error;
        }
        *is_done = header.nlmsg_type == NLMSG_DONE || !is_dump;
        if (header.nlmsg_type != NLMSG_DONE)
            each(body, header.nlmsg_len - sizeof header, context);
        step = NLMSG_ALIGN((size_t)header.nlmsg_len);
        if (step > len || *is_done)
            return 0;
    }
    return 0;
}

static int receive_answer(int fd, bool is_dump, int64_t end_ms, netlink_message *each, void *context)
{
    static unsigned char buffer[ANSWER_MAX];
    bool is_done = false;
    int error = 0;

    while (!is_done && error == 0) {
        const int64_t left_ms = end_ms - host_now_ms();
        struct pollfd answer = {.fd = fd, .events = POLLIN};
        ssize_t len;

        if (left_ms <= 0 || poll(&answer, 1, (int)left_ms) == 0)
            return ETIMEDOUT;
        len = recv(fd, buffer, sizeof buffer, 0);
        if (len < 0)
            return errno;
        error = read_messages(buffer, (size_t)len, is_dump, each, context, &is_done);
    }
    return error;
}

int netlink_ask(uint16_t type, uint16_t flags, const void *request, size_t len, int64_t end_ms,
                netlink_message *each, void *context)
{
    const struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    int error;

    if (fd < 0)
        return errno;
    /* Connected: nobody else can answer. */
    error = connect(fd, (const struct sockaddr *)&kernel, sizeof kernel) == 0
                ? send_request(fd, type, flags, request, len)
                : errno;
    if (error == 0)
        error = receive_answer(fd, (flags & NLM_F_DUMP) == NLM_F_DUMP, end_ms, each, context);
    (void)close(fd);
    return error;
}

const unsigned char *netlink_find(const unsigned char *attributes, size_t len, uint16_t type,
                                  size_t *value_len)
{
    struct nlattr attribute;
    size_t step;

    for (; len >= sizeof attribute; attributes += step, len -= step) {
        memcpy(&attribute, attributes, sizeof attribute);
        if (attribute.nla_len < sizeof attribute || attribute.nla_len > len)
            return NULL;
        if ((attribute.nla_type & NLA_TYPE_MASK) == type) {
            *value_len = attribute.nla_len - sizeof attribute;
            return attributes + sizeof attribute;
        }
        step = NLMSG_ALIGN((size_t)attribute.nla_len);
        if (step > len)
            return NULL;
    }
    return NULL;
}

uint32_t netlink_number(const unsigned char *attributes, size_t len, uint16_t type, uint32_t missing)
{
    size_t value_len = 0;
    const unsigned char *value = netlink_find(attributes, len, type, &value_len);

    if (value != NULL && value_len == sizeof missing)
        memcpy(&missing, value, sizeof missing);
    return missing;
}
