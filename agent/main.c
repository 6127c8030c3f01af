// SPDX-License-Identifier: Apache-2.0
/* The command line: argv -> one command. */
#include <stdio.h>
#include <stdlib.h>

#include "agent/check.h"
#include "agent/config.h"
#include "agent/log.h"
#include "agent/record.h"
#include "agent/reset.h"
#include "agent/selftest.h"
#include "agent/status.h"
#include "platform/account.h"
#include "platform/host.h"

static const char USAGE[] =
    "usage: resetpwd-agent run|status|check|selftest|clean [OPTION...]\n"
    "       resetpwd-agent --help|--version\n"
    "\n"
    "Sets the administrator's password that the cloud holds ready in its metadata service.\n"
    "\n"
    "  run                  look for a pending reset, apply it, acknowledge it\n"
    "  status               tell what the last run did\n"
    "  check                tell why a reset would not work here; changes nothing\n"
    "  selftest             try this program and its libraries on data of its own\n"
    "  clean                forget all runs, before an image is made of this system\n"
    "\n"
    "  --config FILE        the configuration file (default: %s)\n"
    "  --root DIR           work on the system under DIR\n"
    "  --metadata-url URL   the service (default: http://169.254.169.254/openstack/latest)\n"
    "  --user NAME          reset this account\n"
    "  --deadline SECONDS   how long a run may take (default: 300)\n"
    "  --dry-run            look and decrypt, but change nothing, here or at the service\n"
    "  --verbose            log each step\n"
    "  --json               status, check, selftest: answer in JSON\n"
    "\n"
    "exit codes:\n";

/* The exit code of what has been printed: a full disk must not pass for an answer. */
static int finish_output(void)
{
    return fflush(stdout) == 0 && ferror(stdout) == 0 ? EXIT_SUCCESS : status_exit_code(STATUS_IO_ERROR);
}

static int print_help(void)
{
    (void)printf(USAGE, host_config_path());
    for (int i = 0; i < STATUS_COUNT; i++) {
        if (i != STATUS_OK)
            (void)printf("  %3d  %-26s %s\n", status_exit_code((enum status)i), status_name((enum status)i),
                         status_sentence((enum status)i));
    }
    return finish_output();
}

static int print_version(void)
{
    (void)puts("resetpwd-agent " AGENT_VERSION);
    return finish_output();
}

static int print_status(const struct config *config)
{
    struct record record;
    enum status status = record_load(config->root, &record);

    if (status != STATUS_OK) {
        log_error("the record cannot be read: %s", status_sentence(status));
        return status_exit_code(status);
    }
    record_print(&record, config->json, stdout);
    return finish_output();
}

static int clean(const struct config *config)
{
    const char *what = "the record";
    enum status status = record_clear(config->root);

    if (status == STATUS_OK) {
        what = "what an interrupted run left";
        status = account_tidy(config->root, host_now_ms() + config->deadline_ms);
    }
    if (status != STATUS_OK)
        log_error("%s cannot be removed: %s", what, status_sentence(status));
    return status_exit_code(status);
}

static int run(const struct config *config)
{
    enum status status = host_start();

    if (status == STATUS_OK)
        status = reset_run(config);
    return status_exit_code(status);
}

/* A check that failed is an answer; it has been printed. */
static int finish_checks(enum status status)
{
    const int output = finish_output();

    return output != EXIT_SUCCESS ? output : status_exit_code(status);
}

static int command(int argc, char *argv[])
{
    struct config config;
    enum status status = config_load(&config, argc, argv);

    if (status != STATUS_OK)
        return status_exit_code(status);
    switch (config.command) {
    case CONFIG_RUN:
        return run(&config);
    case CONFIG_STATUS:
        return print_status(&config);
    case CONFIG_CHECK:
        return finish_checks(check_run(&config, stdout));
    case CONFIG_SELFTEST:
        return finish_checks(selftest_run(&config, stdout));
    case CONFIG_CLEAN:
        return clean(&config);
    case CONFIG_HELP:
        return print_help();
    case CONFIG_VERSION:
        return print_version();
    case CONFIG_NO_COMMAND:
        break;
    }
    return status_exit_code(STATUS_INTERNAL);
}

int main(int argc, char *argv[])
{
    return host_main(argc, argv, command);
}
