// SPDX-License-Identifier: Apache-2.0
#include "agent/check_list.h"

#include <stdio.h>
#include <string.h>

#include "agent/check_print.h"
#include "platform/host.h"

/* What takes longer is skipped. A call of the service that has begun may take 3 s more. */
enum { LIMIT_MS = 11000 };

/* Why a check cannot be made here; NULL when it can. */
static const char *obstacle(const struct check *check, const struct check_context *context)
{
    if ((check->needs & CHECK_RUNNING) != 0 && context->config->has_root)
        return "only the running system can be asked";
    if ((check->needs & CHECK_PRIVILEGE) != 0 && !probe_is_privileged())
        return "needs the rights of the administrator";
    if ((check->needs & CHECK_ACCOUNT) != 0 && context->user[0] == '\0')
        return "there is no account to look at";
    if ((check->needs & CHECK_SERVICE) != 0 && !context->is_reachable)
        return "the metadata service cannot be asked";
    if (host_now_ms() >= context->subject.deadline_ms)
        return "the checks before it took all of the time";
    return NULL;
}

static bool is_of_this_system(const struct check *check)
{
    return (check->needs & (host_is_windows() ? CHECK_ON_LINUX : CHECK_ON_WINDOWS)) == 0;
}

static void find(const struct check *check, struct check_context *context, struct finding *finding)
{
    const char *why_not = obstacle(check, context);

    *finding = (struct finding){0};
    if (why_not != NULL)
        finding_skip(finding, "%s", why_not);
    else if (check->probe != NULL)
        check->probe(&context->subject, finding);
    else
        check->function(context, finding);
}

/* "/" is the system of a chroot, as in an image's build: the kernel and /run there are not its own. */
static const char *root_of(const struct config *config)
{
    return config->has_root && config->root[0] == '\0' ? "/" : config->root;
}

static struct check_context context_of(const struct config *config, const char *proxy)
{
    return (struct check_context){.config = config,
                                  .subject = {.root = root_of(config),
                                              .url = config->metadata_url,
                                              .user = "",
                                              .proxy = proxy,
                                              .account = &config->account,
                                              .deadline_ms = host_now_ms() + LIMIT_MS}};
}

enum status check_list_run(const struct check_list *list, const struct config *config, FILE *out)
{
    /* Both ask the environment, which host_start() empties. */
    const bool is_coloured = host_shows_colour();
    const char *proxy = host_proxy_variable();
    enum status status = host_start();
    struct check_context context = context_of(config, proxy);
    struct check_print print;

    if (status != STATUS_OK)
        return status;
    print = check_print_begin(list, config->json, is_coloured, out);
    for (size_t i = 0; i < list->count; i++) {
        struct finding finding;

        if (host_stopping()) {
            status = STATUS_STOPPED;
            break;
        }
        if (!is_of_this_system(&list->checks[i]))
            continue;
        find(&list->checks[i], &context, &finding);
        check_print_finding(&print, &list->checks[i], &finding);
    }
    metadata_close(context.metadata);
    check_print_end(&print, list, &context);
    if (status == STATUS_OK && print.counts[FINDING_FAIL] != 0)
        status = STATUS_CHECK_FAILED;
    return status;
}
