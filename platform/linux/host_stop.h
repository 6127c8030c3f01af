// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_HOST_STOP_H
#define PLATFORM_LINUX_HOST_STOP_H

/* A descriptor to poll for POLLIN: readable once a stop was asked for. -1 before host_start(). Not to be
 * read. */
int host_stop_fd(void);

#endif
