// SPDX-License-Identifier: Apache-2.0
/*
 * Files and folders that nobody but SYSTEM and Administrators can have put there. Every user may make folders
 * in %ProgramData%: one that was made before the program was installed could hold settings that hand this
 * machine over. What somebody else owns is therefore refused: DENIED, logged with what to do.
 */
#ifndef PLATFORM_WINDOWS_PRIVATE_FILE_H
#define PLATFORM_WINDOWS_PRIVATE_FILE_H

#include <stdbool.h>

#include "agent/status.h"
#include "platform/windows/winapi.h"

/* Is path in the folder of this program, where nobody named it to us? */
bool private_is_place(const char *path);

/*
 * Checks the folder dir, and those from the folder of this program down to it; makes, when that is asked for,
 * those that are missing, with full control for SYSTEM and Administrators and nothing for others. NOT_FOUND;
 * DENIED; else logged. A link is not followed.
 */
enum status private_folder(const char *dir, bool make);

/*
 * Opens a regular file of whatever owner, as CreateFileW() does with this access and disposition; OK: the
 * caller closes *file. One that is made belongs to Administrators, as above. NOT_FOUND; NOT_REGULAR for
 * folders, links and devices; else logged.
 */
enum status private_open_any(const char *path, DWORD access, DWORD disposition, HANDLE *file);

/* The same, when the folders on the way and the file itself can be trusted; else also DENIED. */
enum status private_open(const char *path, DWORD access, DWORD disposition, HANDLE *file);

#endif
