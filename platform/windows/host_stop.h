// SPDX-License-Identifier: Apache-2.0
/* The request to stop: what others than host.c must know of it. */
#ifndef PLATFORM_WINDOWS_HOST_STOP_H
#define PLATFORM_WINDOWS_HOST_STOP_H

#include <stdbool.h>

/* From now on requests to stop are caught, those from a console too. May be called again. False, logged, if
 * not. */
bool host_catch_stop(void);

/* An event (HANDLE) that is set from the moment a stop is asked for; NULL before host_catch_stop(). */
void *host_stop_event(void);

/* Asks for a stop. From any thread. */
void host_stop(void);

#endif
