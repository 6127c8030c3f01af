// SPDX-License-Identifier: Apache-2.0
/* What worker_probe tries, see probe.c. */
#ifndef TESTS_WORKER_PROBE_H
#define TESTS_WORKER_PROBE_H

#include <stdbool.h>
#include <stdint.h>

enum { WORD_SIZE = 32 };

struct probe_request {
    char word[WORD_SIZE]; /* what to do */
    uint32_t number;      /* of the request, to be repeated in the answer */
    int32_t victim;       /* a process that is to be left alone */
    uint16_t service;     /* the port on 127.0.0.1 that the worker may speak to */
    uint16_t elsewhere;   /* one that it may not */
};

struct probe_answer {
    uint32_t number;
    int32_t result;
    int32_t error; /* errno, when the result is -1 */
    char text[WORD_SIZE];
};

struct probe_attempt {
    const char *word;
    long (*function)(const struct probe_request *request); /* -1: see errno; -2: it could not be tried */
};

/* Each ends with one without a word. */
extern const struct probe_attempt FILE_ATTEMPTS[], PROCESS_ATTEMPTS[], KERNEL_ATTEMPTS[], NETWORK_ATTEMPTS[];

/* Tries one thing. False: there is no such word. */
bool attempt(const struct probe_request *request, struct probe_answer *answer);

/* In a worker: does harm over the channel, or to itself. False: there is no such word. */
bool be_hostile(const struct probe_request *request, struct probe_answer *answer);

/* The same before the worker is confined. */
void be_hostile_at_start(const char *word);

#endif
