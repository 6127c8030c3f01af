// SPDX-License-Identifier: Apache-2.0
/* Text of `key = value` lines with `#` comments: the form of the configuration and of the record. Pure. */
#ifndef AGENT_KEYVALUE_H
#define AGENT_KEYVALUE_H

enum keyvalue_kind { KEYVALUE_PAIR, KEYVALUE_BAD, KEYVALUE_END };

/* A place in a text that is taken apart as it is read. */
struct keyvalue {
    char *rest;    /* what has not been read */
    unsigned line; /* the number of the line read last, from 1 */
    char *key;     /* of the line read last; inside the text */
    char *value;   /* likewise, without white space around it and without a comment */
};

/* Begins at the start of text, which must live as long as what is read of it, and which is changed. */
struct keyvalue keyvalue_begin(char *text);

/*
 * Reads on to the next line that says something. PAIR: key and value are set, value perhaps empty. BAD: a
 * line without key or '='. Empty lines and comments are passed over; a comment begins at the start of a line
 * or after white space.
 */
enum keyvalue_kind keyvalue_next(struct keyvalue *at);

#endif
