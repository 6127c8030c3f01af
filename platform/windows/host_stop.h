// SPDX-License-Identifier: Apache-2.0
/* What http_winhttp.c and service.c must know of host.c. */
#ifndef PLATFORM_WINDOWS_HOST_STOP_H
#define PLATFORM_WINDOWS_HOST_STOP_H

/* An event (HANDLE) that is set from the moment a stop is asked for; NULL before host_start(). */
void *host_stop_event(void);

/* Asks for a stop: from the service control manager, or the console. */
void host_stop(void);

#endif
