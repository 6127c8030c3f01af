// SPDX-License-Identifier: Apache-2.0
#include "agent/endpoints.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/config.h"
#include "platform/http.h"

enum {
    DOCUMENT_MAX = 256 * 1024, /* meta_data.json: user data may stand in it */
    ANSWER_MAX = 16 * 1024,
    URL_SIZE = CONFIG_URL_MAX + 64,
};

struct endpoints {
    struct http *http;
    const char *base_url;
};

enum status endpoints_open(const char *base_url, struct endpoints **out)
{
    cJSON_Hooks hooks = {.malloc_fn = secret_heap_malloc, .free_fn = secret_heap_free};
    struct endpoints *endpoints = calloc(1, sizeof *endpoints);
    enum status status;

    if (endpoints == NULL)
        return STATUS_NO_MEMORY;
    cJSON_InitHooks(&hooks);
    endpoints->base_url = base_url;
    status = http_open(&endpoints->http);
    if (status == STATUS_OK)
        *out = endpoints;
    else
        free(endpoints);
    return status;
}

void endpoints_close(struct endpoints *endpoints)
{
    if (endpoints == NULL)
        return;
    http_close(endpoints->http);
    free(endpoints);
}

/* Sends the request, with the URL of the endpoint; body as for http_perform(). */
static enum status send_request(struct endpoints *endpoints, const char *endpoint,
                                struct http_request request, struct secret *body)
{
    char url[URL_SIZE];
    enum status status;
    int code;

    (void)snprintf(url, sizeof url, "%s/%s", endpoints->base_url, endpoint);
    request.url = url;
    status = http_perform(endpoints->http, &request, &code, body);
    if (status != STATUS_OK)
        return status;
    if (code == 404)
        return STATUS_NOT_FOUND;
    return code >= 200 && code <= 299 ? STATUS_OK : STATUS_SERVICE_ERROR;
}

/* For requests whose answer does not matter beyond its code. */
static enum status perform_bare(struct endpoints *endpoints, const char *endpoint,
                                struct http_request request)
{
    struct secret body = {0};
    enum status status = secret_alloc(&body, ANSWER_MAX);

    if (status == STATUS_OK)
        status = send_request(endpoints, endpoint, request, &body);
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
static enum status get_object(struct endpoints *endpoints, const char *endpoint, int64_t deadline_ms,
                              size_t limit, cJSON **out)
{
    struct http_request request = {.method = HTTP_GET, .deadline_ms = deadline_ms};
    struct secret body = {0};
    cJSON *json = NULL;
    enum status status = secret_alloc(&body, limit);

    if (status == STATUS_OK)
        status = send_request(endpoints, endpoint, request, &body);
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

static enum status get_flag(struct endpoints *endpoints, int64_t deadline_ms, struct message_answer *answer)
{
    cJSON *json = NULL;
    const char *value;
    enum status status = get_object(endpoints, "resetpwd_flag", deadline_ms, ANSWER_MAX, &json);

    if (status == STATUS_OK)
        status = get_string(json, "resetpwd_flag", &value);
    if (status == STATUS_OK)
        answer->announced = value != NULL && strcmp(value, "True") == 0;
    cJSON_Delete(json);
    return status;
}

static enum status announce(struct endpoints *endpoints, int64_t deadline_ms)
{
    struct http_request request = {.method = HTTP_POST,
                                   .content_type = "application/x-www-form-urlencoded",
                                   .body = "True",
                                   .deadline_ms = deadline_ms};

    return perform_bare(endpoints, "resetpwd_flag", request);
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

static enum status get_reset(struct endpoints *endpoints, int64_t deadline_ms, struct message_answer *answer)
{
    cJSON *json = NULL;
    const char *value = NULL;
    const char *user_name = NULL;
    enum status status = get_object(endpoints, "reset_password", deadline_ms, ANSWER_MAX, &json);

    if (status == STATUS_OK)
        status = get_string(json, "reset_password", &value);
    if (status == STATUS_OK)
        status = judge_blob(value);
    if (status == STATUS_OK)
        status = get_string(json, "user_name", &user_name);
    if (status == STATUS_OK) {
        (void)snprintf(answer->blob, sizeof answer->blob, "%s", value);
        (void)snprintf(answer->user_name, sizeof answer->user_name, "%s", user_name != NULL ? user_name : "");
    }
    cJSON_Delete(json);
    return status;
}

static enum status get_uuid(struct endpoints *endpoints, int64_t deadline_ms, struct message_answer *answer)
{
    cJSON *json = NULL;
    const char *value = NULL;
    enum status status = get_object(endpoints, "meta_data.json", deadline_ms, DOCUMENT_MAX, &json);

    if (status == STATUS_OK)
        status = get_string(json, "uuid", &value);
    if (status == STATUS_NOT_FOUND || (status == STATUS_OK && (value == NULL || !message_is_uuid(value))))
        status = STATUS_BAD_UUID;
    if (status == STATUS_OK)
        (void)snprintf(answer->uuid, sizeof answer->uuid, "%s", value);
    cJSON_Delete(json);
    return status;
}

static enum status acknowledge(struct endpoints *endpoints, int64_t deadline_ms)
{
    struct http_request request = {.method = HTTP_DELETE, .deadline_ms = deadline_ms};

    return perform_bare(endpoints, "reset_password", request);
}

/* The report as JSON text, to be released with cJSON_free(); NULL without memory. */
static char *format_report(const struct message_request *report)
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

static enum status report_result(struct endpoints *endpoints, const struct message_request *report)
{
    char *body = format_report(report);
    struct http_request request = {.method = HTTP_POST,
                                   .content_type = "application/json",
                                   .body = body,
                                   .deadline_ms = report->deadline_ms};
    enum status status = STATUS_NO_MEMORY;

    if (body != NULL)
        status = perform_bare(endpoints, "reset_password_result", request);
    cJSON_free(body);
    return status;
}

static enum status perform_call(struct endpoints *endpoints, const struct message_request *request,
                                struct message_answer *answer)
{
    switch (request->kind) {
    case MESSAGE_GET_FLAG:
        return get_flag(endpoints, request->deadline_ms, answer);
    case MESSAGE_ANNOUNCE:
        return announce(endpoints, request->deadline_ms);
    case MESSAGE_GET_RESET:
        return get_reset(endpoints, request->deadline_ms, answer);
    case MESSAGE_GET_UUID:
        return get_uuid(endpoints, request->deadline_ms, answer);
    case MESSAGE_ACKNOWLEDGE:
        return acknowledge(endpoints, request->deadline_ms);
    case MESSAGE_REPORT:
        return report_result(endpoints, request);
    }
    return STATUS_INTERNAL;
}

void endpoints_perform(struct endpoints *endpoints, const struct message_request *request,
                       struct message_answer *answer)
{
    memset(answer, 0, sizeof *answer);
    answer->status = (uint32_t)perform_call(endpoints, request, answer);
}
