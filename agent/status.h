// SPDX-License-Identifier: Apache-2.0
/* How everything here ends: one enum, with a name for machines, an exit code, and a sentence for people. */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include <stdbool.h>

/*
 * X(symbol, name, exit code, transient, sentence)
 *
 * The name stands in the record, in `status --json` and in the report to the service: it never changes once
 * released. Transient means that the same request may well succeed a moment later. The README's table of exit
 * codes is compared with this list by a test.
 */
#define STATUS_LIST(X)                                                                                       \
    X(OK, "ok", 0, false, "done")                                                                            \
    X(APPLIED, "applied", 0, false, "the new password is set and the service has been told")                 \
    X(ALREADY_APPLIED, "already-applied", 0, false,                                                          \
      "this reset had been applied before, and was not set again")                                           \
    X(WOULD_APPLY, "would-apply", 0, false,                                                                  \
      "dry run: a reset is pending, and could be decrypted and applied")                                     \
    X(NOTHING_PENDING, "nothing-pending", 0, false, "no password reset is pending")                          \
    X(NOT_THIS_CLOUD, "not-this-cloud", 0, false,                                                            \
      "the metadata service of this machine knows no password resets")                                       \
    X(INTERNAL, "internal-error", 1, false, "an internal error")                                             \
    X(USAGE, "usage", 2, false, "the command line is wrong")                                                 \
    X(STOPPED, "stopped", 3, false, "stopped by a signal before the end")                                    \
    X(NO_MEMORY, "no-memory", 4, true, "out of memory")                                                      \
    X(NOT_ACKNOWLEDGED, "not-acknowledged", 5, false,                                                        \
      "the new password is set, but the service did not take the acknowledgement; the next run repeats it")  \
    X(NOT_DURABLE, "not-durable", 6, false,                                                                  \
      "the new password is set, but the disk did not confirm it: a power cut could undo it")                 \
    X(NOT_VERIFIED, "not-verified", 7, false,                                                                \
      "the password was changed, but the new one could not be verified")                                     \
    X(ALREADY_RUNNING, "already-running", 8, false, "another run of resetpwd-agent is under way")            \
    X(ACCOUNTS_UNREADY, "accounts-unready", 9, true, "the system's account service does not answer")         \
    X(UNREACHABLE, "unreachable", 10, true, "the metadata service cannot be reached")                        \
    X(TIMED_OUT, "timed-out", 11, true, "the metadata service did not answer in time")                       \
    X(CONNECTION_LOST, "connection-lost", 12, true, "the metadata service broke the connection")             \
    X(SERVICE_ERROR, "service-error", 13, true, "the metadata service answered with an error")               \
    X(BAD_RESPONSE, "bad-response", 14, true, "the metadata service sent an answer that makes no sense")     \
    X(RESPONSE_TOO_LARGE, "response-too-large", 15, true, "the metadata service sent too large an answer")   \
    X(NOT_FOUND, "not-found", 16, true, "the metadata service does not have what was asked for")             \
    X(SERVICE_FAIL, "service-says-fail", 17, true, "the metadata service says \"Fail\": not ready yet")      \
    X(BAD_UUID, "bad-uuid", 18, true, "the metadata service names no usable instance uuid")                  \
    X(SERVICE_LOST, "service-lost", 19, false,                                                               \
      "a reset is pending, but the metadata service went away before it could be applied")                   \
    X(BLOB_TOO_SHORT, "blob-too-short", 20, false, "the encrypted password is shorter than its salt")        \
    X(BLOB_NOT_BASE64, "blob-not-base64", 21, false, "the encrypted password is not valid base64")           \
    X(BLOB_EMPTY, "blob-empty", 22, false, "the encrypted password has a salt and nothing else")             \
    X(BLOB_LENGTH, "blob-length", 23, false, "the encrypted password is not made of whole blocks")           \
    X(BLOB_PADDING, "blob-padding", 24, false,                                                               \
      "the password cannot be decrypted: it was encrypted for another instance uuid, or damaged")            \
    X(PASSWORD_NOT_UTF8, "password-not-utf8", 25, false,                                                     \
      "what was decrypted is not UTF-8 text: encrypted for another instance uuid, or damaged")               \
    X(PASSWORD_CONTROL, "password-control-character", 26, false,                                             \
      "the new password has a control character in it")                                                      \
    X(PASSWORD_EMPTY, "password-empty", 27, false, "the new password is empty")                              \
    X(PASSWORD_TOO_LONG, "password-too-long", 28, false, "the new password is longer than 511 bytes")        \
    X(PASSWORD_TOO_SHORT, "password-too-short", 29, false,                                                   \
      "the new password is shorter than this system's password policy allows")                               \
    X(ACCOUNT_NAME, "account-name", 30, false, "that cannot be the name of an account")                      \
    X(ACCOUNT_UNKNOWN, "account-unknown", 31, false, "there is no such local account")                       \
    X(ACCOUNT_NOT_SHADOWED, "account-not-shadowed", 32, false,                                               \
      "the account's password is not kept in the shadow file")                                               \
    X(SHADOW_MISSING, "shadow-missing", 33, false, "there is no shadow file")                                \
    X(NOT_REGULAR, "not-regular", 34, false, "a link, a folder or a device stands where a file must be")     \
    X(SHADOW_MALFORMED, "shadow-malformed", 35, false, "the account's line in the shadow file is broken")    \
    X(SHADOW_IMMUTABLE, "shadow-immutable", 36, false,                                                       \
      "the shadow file or its folder is immutable or append-only (chattr)")                                  \
    X(LOCK_TIMEOUT, "lock-timeout", 37, false, "another program keeps the password file locked")             \
    X(READ_ONLY, "read-only", 38, false, "the file system is read-only")                                     \
    X(DISK_FULL, "disk-full", 39, false, "the disk or the quota is full")                                    \
    X(DENIED, "denied", 40, false, "access was denied by the system")                                        \
    X(FILE_TOO_LARGE, "file-too-large", 41, false, "a file is too large")                                    \
    X(IO_ERROR, "io-error", 42, false, "the system reported an input/output error")                          \
    X(HASH_FAILED, "hash-failed", 43, false, "the system's libcrypt could not hash the password")            \
    X(CRYPTO_FAILED, "crypto-failed", 44, false, "the cryptographic library failed")                         \
    X(FILE_MOUNTED, "file-mounted", 45, false, "a file that must be replaced is a mount point of its own")   \
    X(PASSWORD_REFUSED, "password-refused", 46, false,                                                       \
      "this system's password policy refuses the new password: too simple, or used before")                  \
    X(DOMAIN_CONTROLLER, "domain-controller", 47, false,                                                     \
      "this machine is a domain controller: its accounts are those of the whole domain")                     \
    X(NOT_SUPPORTED, "not-supported", 48, false, "this system does not offer what was asked for")            \
    X(WORKER_LOST, "worker-lost", 49, true,                                                                  \
      "the process that speaks to the metadata service failed, or spoke nonsense")                           \
    X(NOT_CONFINED, "not-confined", 50, false,                                                               \
      "the process that speaks to the metadata service cannot be confined as the configuration requires")    \
    X(ACCOUNT_NOT_ALLOWED, "account-not-allowed", 51, false,                                                 \
      "the configuration does not allow this account to be reset")                                           \
    X(POLICY_LENGTH, "policy-length", 52, false,                                                             \
      "the new password is shorter or longer than the configured policy allows")                             \
    X(POLICY_FIRST_CHARACTER, "policy-first-character", 53, false,                                           \
      "the new password begins with a character that the configured policy does not allow there")            \
    X(POLICY_CHARACTER, "policy-character", 54, false,                                                       \
      "the new password has a character that the configured policy does not allow")                          \
    X(POLICY_MIX, "policy-mix", 55, false,                                                                   \
      "the new password has fewer kinds of characters than the configured policy asks for")                  \
    X(POLICY_USER_NAME, "policy-user-name", 56, false,                                                       \
      "the new password contains the account's name, perhaps reversed, which the configured policy forbids") \
    X(POLICY_USER_NAME_PART, "policy-user-name-part", 57, false,                                             \
      "the new password contains part of the account's name, which the configured policy forbids")           \
    X(CHECK_FAILED, "check-failed", 58, false, "a check failed")                                             \
    X(WITHDRAWN, "withdrawn", 59, false,                                                                     \
      "a reset was pending, but the metadata service withdrew it before it could be applied")

#define STATUS_ENUM(symbol, name, code, transient, sentence) STATUS_##symbol,
enum status { STATUS_LIST(STATUS_ENUM) STATUS_COUNT };
#undef STATUS_ENUM

/* The stable name of a status, such as "blob-padding". Never NULL. */
const char *status_name(enum status status);

/* One sentence for people, without a full stop. Never NULL. */
const char *status_sentence(enum status status);

/* The exit code of a run that ends so. */
int status_exit_code(enum status status);

/* May the same request succeed a moment later? */
bool status_is_transient(enum status status);

/* The status called name; false, and *out untouched, when there is none. */
bool status_from_name(const char *name, enum status *out);

#endif
