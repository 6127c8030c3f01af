// SPDX-License-Identifier: Apache-2.0
#include "agent/selftest.h"

#include <string.h>

#include "agent/check_list.h"
#include "agent/envelope.h"
#include "agent/secret.h"

/* The known answer that the protocol's first agent publishes in its own tests. */
static const char UUID[] = "8ae2549a-7b09-4787-8f25-4487d61be128";
static const char OTHER_UUID[] = "8ae2549a-7b09-4787-8f25-4487d61be129";
static const char BLOB[] = "0Rqv2zwGpvA=brvpQE1/AAkxrniFf9LgkOanJuSq3uPClZ5eCM6JDpRXqGcHACe6ZBWOdqiKRQTM";
static const char TEXT[] = "Fusion@123123123123123123123123123123123123123";

static enum status text_of(const char *text, struct secret *out)
{
    enum status status = secret_alloc(out, strlen(text));

    (void)secret_append_text(out, text); /* for which there is room, or no memory at all */
    return status;
}

/* Opens the known envelope with a uuid; the caller frees the password. */
static enum status open_known(const char *uuid_text, struct secret *password)
{
    struct secret blob = {0};
    struct secret uuid = {0};
    enum status status = text_of(BLOB, &blob);

    if (status == STATUS_OK)
        status = text_of(uuid_text, &uuid);
    if (status == STATUS_OK)
        status = envelope_open(&blob, &uuid, password);
    secret_free(&uuid);
    secret_free(&blob);
    return status;
}

static void check_known_answer(struct check_context *context, struct finding *finding)
{
    struct secret password = {0};
    struct secret wrong = {0};
    enum status status = open_known(UUID, &password);

    (void)context;
    if (status != STATUS_OK)
        finding_fail(finding, "the known answer cannot be decrypted: %s", status_sentence(status));
    else if (strcmp(secret_text(&password), TEXT) != 0)
        finding_fail(finding, "the known answer is decrypted to something else");
    else if (open_known(OTHER_UUID, &wrong) != STATUS_BLOB_PADDING)
        finding_fail(finding, "a wrong key is not noticed");
    else
        finding_ok(finding, "decrypted; a wrong key is noticed");
    secret_free(&wrong);
    secret_free(&password);
}

static const char SELFTEST[] = "selftest";

static const struct check checks[] = {
    {"known-answer", SELFTEST, 0, NULL, check_known_answer},
    {"rehearsal", SELFTEST, CHECK_ON_LINUX, probe_rehearsal, NULL},
};

enum status selftest_run(const struct config *config, FILE *out)
{
    static const struct check_list list = {.checks = checks,
                                           .count = sizeof checks / sizeof checks[0],
                                           .good = "this program works here",
                                           .bad = "this program does not work here"};

    return check_list_run(&list, config, out);
}
