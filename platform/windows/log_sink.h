// SPDX-License-Identifier: Apache-2.0
/* Where host_log() writes to. */
#ifndef PLATFORM_WINDOWS_LOG_SINK_H
#define PLATFORM_WINDOWS_LOG_SINK_H

/* From now on lines go to the event log: a service has nobody who reads its stderr. */
void log_sink_is_event_log(void);

#endif
