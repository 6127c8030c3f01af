// SPDX-License-Identifier: Apache-2.0
#ifndef PLATFORM_LINUX_OPENSSL_START_H
#define PLATFORM_LINUX_OPENSSL_START_H

#include <stdbool.h>

/*
 * Starts OpenSSL once, for all its users here, libcurl among them: without openssl.cnf, since nothing that it
 * could load belongs into this process, and without tables of names and error texts, which cost more time
 * than a reset.
 */
bool openssl_start(void);

#endif
