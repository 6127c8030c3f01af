// SPDX-License-Identifier: Apache-2.0
#include "agent/metadata.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config.h"
#include "agent/envelope.h"
#include "platform/http.h"

enum {
    DOCUMENT_MAX = 256 * 1024, /* meta_data.json: user data may stand in it */
    ANSWER_MAX = 16 * 1024,
    URL_SIZE = CONFIG_URL_MAX + 64,
};

struct metadata {
    struct http *http;
    const char *base_url;
};

enum status metadata_open(const char *base_url, struct metadata **out)
{
    cJSON_Hooks hooks = {.malloc_fn = secret_heap_malloc, .free_fn = secret_heap_free};
    struct metadata *metadata = calloc(1, sizeof *metadata);
    enum status status;

    if (metadata == NULL)
        return STATUS_NO_MEMORY;
    cJSON_InitHooks(&hooks);
    metadata->base_url = base_url;
    status = http_open(&metadata->http);
    if (status == STATUS_OK)
        *out = metadata;
    else
        free(metadata);
    return status;
}

void metadata_close(struct metadata *metadata)
{
    if (metadata == NULL)
        return;
    http_close(metadata->http);
    free(metadata);
}

/* Sends the request, with the URL of the endpoint; body as for http_perform(). */
static enum status perform(struct metadata *metadata, const char *endpoint, struct http_request request,
                           struct secret *body)
{
    char url[URL_SIZE];
    enum status status;
    int code;

    (void)snprintf(url, sizeof url, "%s/%s", metadata->base_url, endpoint);
    request.url = url;
    status = http_perform(metadata->http, &request, &code, body);
    if (status != STATUS_OK)
        return status;
    if (code == 404)
        return STATUS_NOT_FOUND;
    return code >= 200 && code <= 299 ? STATUS_OK : STATUS_SERVICE_ERROR;
}

/* For requests whose answer does not matter beyond its code. */
static enum status perform_bare(struct metadata *metadata, const char *endpoint, struct http_request request)
{
    struct secret body = {0};
    enum status status = secret_alloc(&body, ANSWER_MAX);

    if (status == STATUS_OK)
        status = perform(metadata, endpoint, request, &body);
    secret_free(&body);
    return status;
}

/* Is there a NUL in the text, as a byte or as \u0000? It would cut the string that it stands in. */
static bool has_nul(const struct secret *body)
{
    const char *text = secret_text(body);

    if (strlen(text) != body->len)
        return true;
    for (; (text = strchr(text, '\\')) != NULL && text[1] != '\0'; text += 2) {
        if (strncmp(text, "\\u0000", 6) == 0)
            return true;
    }
    return false;
}

/* Gets a JSON object, which the caller deletes. */
static enum status get_object(struct metadata *metadata, const char *endpoint, int64_t deadline_ms,
                              size_t limit, cJSON **out)
{
    struct http_request request = {.method = HTTP_GET, .deadline_ms = deadline_ms};
    struct secret body = {0};
    cJSON *json = NULL;
    enum status status = secret_alloc(&body, limit);

    if (status == STATUS_OK)
        status = perform(metadata, endpoint, request, &body);
    if (status == STATUS_OK && has_nul(&body))
        status = STATUS_BAD_RESPONSE;
    if (status != STATUS_OK)
        goto out;
    /* With the NUL behind it, so that nothing but white space may follow the object. */
    json = cJSON_ParseWithLengthOpts(secret_text(&body), body.len + 1, NULL, true);
    if (cJSON_IsObject(json)) {
        *out = json;
        json = NULL;
    } else {
        status = STATUS_BAD_RESPONSE;
    }
out:
    cJSON_Delete(json);
    secret_free(&body);
    return status;
}

/*
 * Looks up a member that is a string, null or missing; *value is NULL for the latter two. A key that stands
 * there twice would mean what the parser makes of it: BAD_RESPONSE.
 */
static enum status get_string(const cJSON *object, const char *key, const char **value)
{
    const cJSON *found = NULL;
    const cJSON *member;

    cJSON_ArrayForEach(member, object)
    {
        if (strcmp(member->string, key) != 0)
            continue;
        if (found != NULL)
            return STATUS_BAD_RESPONSE;
        found = member;
    }
    if (found != NULL && !cJSON_IsString(found) && !cJSON_IsNull(found))
        return STATUS_BAD_RESPONSE;
    *value = found != NULL ? cJSON_GetStringValue(found) : NULL;
    return STATUS_OK;
}

enum status metadata_get_flag(struct metadata *metadata, int64_t deadline_ms, bool *announced)
{
    cJSON *json = NULL;
    const char *value;
    enum status status = get_object(metadata, "resetpwd_flag", deadline_ms, ANSWER_MAX, &json);

    if (status == STATUS_OK)
        status = get_string(json, "resetpwd_flag", &value);
    if (status == STATUS_OK)
        *announced = value != NULL && strcmp(value, "True") == 0;
    cJSON_Delete(json);
    return status;
}

enum status metadata_announce(struct metadata *metadata, int64_t deadline_ms)
{
    struct http_request request = {.method = HTTP_POST,
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = "True",
                                   .deadline_ms = deadline_ms};

    return perform_bare(metadata, "resetpwd_flag", request);
}

/* Tells apart what the member "reset_password" can say. */
static enum status judge_blob(const char *value)
{
    if (value == NULL || *value == '\0' || strcmp(value, "None") == 0)
        return STATUS_NOTHING_PENDING;
    if (strcmp(value, "Fail") == 0)
        return STATUS_SERVICE_FAIL;
    return strlen(value) <= ENVELOPE_BLOB_MAX ? STATUS_OK : STATUS_RESPONSE_TOO_LARGE;
}

enum status metadata_get_reset(struct metadata *metadata, int64_t deadline_ms, struct metadata_reset *out)
{
    cJSON *json = NULL;
    const char *value = NULL;
    const char *user_name = NULL;
    enum status status = get_object(metadata, "reset_password", deadline_ms, ANSWER_MAX, &json);

    if (status == STATUS_OK)
        status = get_string(json, "reset_password", &value);
    if (status == STATUS_OK)
        status = judge_blob(value);
    if (status == STATUS_OK)
        status = get_string(json, "user_name", &user_name);
    if (status == STATUS_OK)
        status = secret_alloc(&out->blob, strlen(value));
    if (status == STATUS_OK) {
        (void)secret_append_text(&out->blob, value);
        (void)snprintf(out->user_name, sizeof out->user_name, "%s", user_name != NULL ? user_name : "");
    }
    cJSON_Delete(json);
    return status;
}

/* Letters, digits and hyphens: a uuid in any of its spellings, and no surprise in what is made of it. */
static bool is_uuid(const char *text)
{
    static const char ALPHABET[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
    size_t len = strlen(text);

    return len >= 1 && len <= METADATA_UUID_MAX && strspn(text, ALPHABET) == len;
}

enum status metadata_get_uuid(struct metadata *metadata, int64_t deadline_ms, struct secret *uuid)
{
    cJSON *json = NULL;
    const char *value = NULL;
    enum status status = get_object(metadata, "meta_data.json", deadline_ms, DOCUMENT_MAX, &json);

    if (status == STATUS_OK)
        status = get_string(json, "uuid", &value);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && (value == NULL || !is_uuid(value))))
        status = STATUS_BAD_UUID;
    if (status == STATUS_OK)
        status = secret_alloc(uuid, METADATA_UUID_MAX);
    if (status == STATUS_OK)
        (void)secret_append_text(uuid, value);
    cJSON_Delete(json);
    return status;
}

enum status metadata_acknowledge(struct metadata *metadata, int64_t deadline_ms)
{
    struct http_request request = {.method = HTTP_DELETE, .deadline_ms = deadline_ms};

    return perform_bare(metadata, "reset_password", request);
}

/* The report as JSON text, to be released with cJSON_free(); NULL without memory. */
static char *format_report(const struct metadata_report *report)
{
    cJSON *json = cJSON_CreateObject();
    char *text = NULL;

    if (cJSON_AddStringToObject(json, "result", report->applied ? "applied" : "failed") != NULL &&
        cJSON_AddStringToObject(json, "reason", report->reason) != NULL &&
        cJSON_AddStringToObject(json, "user", report->user) != NULL &&
        cJSON_AddStringToObject(json, "request", report->request) != NULL &&
        cJSON_AddStringToObject(json, "agent", AGENT_VERSION) != NULL)
        text = cJSON_PrintUnformatted(json);
    cJSON_Delete(json);
    return text;
}

enum status metadata_report(struct metadata *metadata, int64_t deadline_ms,
                            const struct metadata_report *report)
{
    char *body = format_report(report);
    struct http_request request = {
        .method = HTTP_POST, .content_type = "application/json", .body = body, .deadline_ms = deadline_ms};
    enum status status = STATUS_NO_MEMORY;

    if (body != NULL)
        status = perform_bare(metadata, "reset_password_result", request);
    cJSON_free(body);
    return status;
}
