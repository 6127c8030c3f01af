// SPDX-License-Identifier: Apache-2.0
/* This process as a service. */
#ifndef PLATFORM_WINDOWS_SERVICE_H
#define PLATFORM_WINDOWS_SERVICE_H

#include "platform/host.h"

/*
 * Runs the program with the one command "run" as the service that this process was started for, once Windows
 * is set up. Returns this process's exit code, which is another than the service's.
 */
int service_run(host_program *program);

#endif
