// SPDX-License-Identifier: Apache-2.0
/*
 * What the double of netapi32.dll knows: C:\netapi32\machine.ini, which the test writes and reads, and
 * C:\netapi32\calls, to which each call is added.
 *
 *   [machine]       role = a DSROLE_MACHINE_ROLE, min_passwd_len, max_passwd_age in s, complex = 1,
 *                   history = how many, accounts = how many
 *   [account0] ...  name, rid, flags (UF_), password (its UTF-16 units in hex), expires in s since 1970,
 *                   must_change = 1; 0, as for max_passwd_age, is "never"
 *   [fail]          CALL = the code that it is to return, such as NetUserSetInfo.1003 = 1722
 *   [times]         CALL = how often it still is to return that; for ever when it is missing
 */
#ifndef STORE_H
#define STORE_H

#include <windows.h>

enum { TEXT_SIZE = 2048 };

/* Where the accounts of a domain controller are; those of another machine are in ".". */
#define STORE_DOMAIN L"CORP"

/* Adds a line to the calls. Returns the code that the call is to fail with, or 0. */
DWORD store_call(const wchar_t *call, const wchar_t *about);

DWORD store_number(const wchar_t *section, const wchar_t *key);
void store_text(const wchar_t *section, const wchar_t *key, wchar_t text[TEXT_SIZE]);
void store_write(const wchar_t *section, const wchar_t *key, const wchar_t *text);
void store_write_number(const wchar_t *section, const wchar_t *key, DWORD number);

/* The section of the account with this number; false when there are not so many. */
BOOL store_account(DWORD number, wchar_t section[32]);

/* The section of the account with this name, in any case. */
BOOL store_find(const wchar_t *name, wchar_t section[32]);

/* The units of a text in hex, as they stand in memory. */
void store_hex(const wchar_t *text, wchar_t hex[TEXT_SIZE]);

#endif
