// SPDX-License-Identifier: Apache-2.0
/* Configurations made from a text, from a file in the temporary folder, and from arguments. */
#ifndef UNIT_CONFIG_SOURCE_H
#define UNIT_CONFIG_SOURCE_H

#include "agent/config.h"
#include "agent/status.h"
#include "tests/unit/host_double.h"
#include "tests/unit/scratch.h"

#define DEFAULT_URL "http://169.254.169.254/openstack/latest"

/* The defaults, and what this text changes. */
struct config apply_text(const char *text);

/* Makes the default configuration file of the system under the temporary folder. */
void write_config_file(const char *text);

/* `run` on the temporary system, whose file has this text. */
struct config load_file(const char *text);

/* config_load() for arguments up to a NULL, without the program's name. */
enum status load_list(struct config *config, const char *const arguments[]);

#define load(config, ...) load_list((config), (const char *const[]){__VA_ARGS__, NULL})

/* The same, on the temporary system; a slash stands for the running one. */
#define load_there(config, ...)                                                                              \
    load((config), "--root", scratch.root[0] != '\0' ? scratch.root : "/", __VA_ARGS__)

void assert_default_settings(const struct config *config);

#endif
