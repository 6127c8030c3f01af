// SPDX-License-Identifier: Apache-2.0
/* What one check found, and the command that mends it. Pure. */
#ifndef AGENT_FINDING_H
#define AGENT_FINDING_H

enum finding_level {
    FINDING_NONE, /* means nothing on this system: is not listed */
    FINDING_OK,
    FINDING_WARN, /* a reset works; but not as its owner expects, or not for long */
    FINDING_FAIL, /* a reset does not work, or nobody can log in after it */
    FINDING_SKIP  /* could not be looked at, and why */
};

enum { FINDING_FOUND_MAX = 255, FINDING_MEND_MAX = 511, FINDING_WORD_SIZE = 512 };

struct finding {
    enum finding_level level;
    char found[FINDING_FOUND_MAX + 1]; /* a phrase: no capital at its beginning, no full stop */
    char mend[FINDING_MEND_MAX + 1];   /* a command; "" where there is none */
};

#if defined(__GNUC__)
#define FINDING_FORMAT(text, first) __attribute__((format(printf, text, first)))
#else
#define FINDING_FORMAT(text, first)
#endif

/* Sets what was found, and that there is no mend. Control characters become '?'; what is too long is cut. */
void finding_ok(struct finding *finding, const char *format, ...) FINDING_FORMAT(2, 3);
void finding_warn(struct finding *finding, const char *format, ...) FINDING_FORMAT(2, 3);
void finding_fail(struct finding *finding, const char *format, ...) FINDING_FORMAT(2, 3);
void finding_skip(struct finding *finding, const char *format, ...) FINDING_FORMAT(2, 3);

/*
 * Sets the command that mends it, for a POSIX shell of the system under root: where that is neither "" nor
 * "/", chroot(8) stands before it. A command that is too long, or has a control character in it, is none:
 * half of one would do harm. What comes from outside goes through finding_word() first.
 */
void finding_mend(struct finding *finding, const char *root, const char *format, ...) FINDING_FORMAT(3, 4);

/* One word of a POSIX shell: text as it is, where that is safe, else in quotes. Returns out; "''" when it is
 * too long. */
const char *finding_word(const char *text, char out[FINDING_WORD_SIZE]);

#endif
