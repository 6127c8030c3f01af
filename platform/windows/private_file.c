// SPDX-License-Identifier: Apache-2.0
#include "platform/windows/private_file.h"

#include <stdio.h>
#include <string.h>

#include <aclapi.h>
#include <sddl.h>

#include "agent/log.h"
#include "platform/host.h"
#include "platform/windows/os_error.h"
#include "platform/windows/path.h"

/*
 * The owner is named: a user without elevation then cannot make it at all, where his own folder would be
 * refused for ever after.
 */
static const wchar_t PRIVATE[] = L"O:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

enum { SHARE_ALL = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE };

/* The length of the folder of this program, when path is it or in it; else 0. */
static size_t own_len(const char *path)
{
    const char *own = host_config_path();
    size_t len = path_folder_len(own);

    return strncmp(path, own, len) == 0 && strchr("/\\", path[len]) != NULL ? len : 0;
}

bool private_is_place(const char *path)
{
    return own_len(path) > 0;
}

/* SYSTEM, Administrators, or the user that this process runs as: these could do all that it does. */
static bool is_trusted(PSID owner)
{
    union {
        TOKEN_USER user;
        unsigned char room[sizeof(TOKEN_USER) + SECURITY_MAX_SID_SIZE];
    } self;
    bool is_self = false;
    HANDLE token;
    DWORD size;

    if (IsWellKnownSid(owner, WinLocalSystemSid) || IsWellKnownSid(owner, WinBuiltinAdministratorsSid))
        return true;
    if (!OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &token))
        return false;
    if (GetTokenInformation(token, TokenUser, &self, sizeof self, &size))
        is_self = EqualSid(owner, self.user.User.Sid);
    (void)CloseHandle(token);
    return is_self;
}

static enum status check_owner(HANDLE file, const char *path)
{
    PSECURITY_DESCRIPTOR descriptor = NULL;
    PSID owner = NULL;
    bool trusted;
    DWORD error = GetSecurityInfo(file, SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION, &owner, NULL, NULL, NULL,
                                  &descriptor);

    if (error != ERROR_SUCCESS)
        return os_error_log(LOG_LEVEL_ERROR, path, error);
    trusted = owner != NULL && is_trusted(owner);
    (void)LocalFree(descriptor);
    if (trusted)
        return STATUS_OK;
    log_error("%s: not used, because it belongs neither to SYSTEM nor to Administrators, and others may have "
              "written it; remove it, and make it anew as an administrator",
              path);
    return STATUS_DENIED;
}

/* The caller frees what is in it by LocalFree(). */
static bool private_attributes(SECURITY_ATTRIBUTES *attributes)
{
    *attributes = (SECURITY_ATTRIBUTES){.nLength = sizeof *attributes};
    return ConvertStringSecurityDescriptorToSecurityDescriptorW(PRIVATE, SDDL_REVISION_1,
                                                                &attributes->lpSecurityDescriptor, NULL);
}

/* Opens what stands there, itself: no link is followed. */
static DWORD open_wide(const wchar_t *wide, DWORD access, DWORD disposition, HANDLE *file)
{
    SECURITY_ATTRIBUTES attributes;
    DWORD error = ERROR_SUCCESS;

    if (!private_attributes(&attributes))
        return GetLastError();
    /* Without FILE_FLAG_BACKUP_SEMANTICS a folder looks like a file to which access is denied. */
    *file = CreateFileW(wide, access | READ_CONTROL, SHARE_ALL, &attributes, disposition,
                        FILE_FLAG_OPEN_REPARSE_POINT | FILE_FLAG_BACKUP_SEMANTICS, NULL);
    if (*file == INVALID_HANDLE_VALUE)
        error = GetLastError();
    (void)LocalFree(attributes.lpSecurityDescriptor);
    return error;
}

static DWORD make_folder(const wchar_t *wide)
{
    SECURITY_ATTRIBUTES attributes;
    DWORD error = ERROR_SUCCESS;

    if (!private_attributes(&attributes))
        return GetLastError();
    if (!CreateDirectoryW(wide, &attributes))
        error = GetLastError();
    (void)LocalFree(attributes.lpSecurityDescriptor);
    return error == ERROR_ALREADY_EXISTS ? ERROR_SUCCESS : error;
}

static enum status report(const char *path, DWORD error)
{
    if (error == ERROR_FILE_NOT_FOUND || error == ERROR_PATH_NOT_FOUND)
        return STATUS_NOT_FOUND;
    if (error != ERROR_INVALID_OWNER)
        return os_error_log(LOG_LEVEL_ERROR, path, error);
    log_error("%s: only an administrator can make it, from an elevated prompt", path);
    return STATUS_DENIED;
}

/* Is it on a disk, and neither a folder nor a link but for the one that these attributes say? A file has one
 * name: with a second one it could be another program's, of which a user knows what stands in it. */
static bool has_attributes(HANDLE file, DWORD attributes)
{
    BY_HANDLE_FILE_INFORMATION is;

    return GetFileType(file) == FILE_TYPE_DISK && GetFileInformationByHandle(file, &is) &&
           (is.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_REPARSE_POINT)) == attributes &&
           (attributes != 0 || is.nNumberOfLinks == 1);
}

static enum status check_folder(const char *folder, bool make)
{
    wchar_t wide[PATH_WIDE_SIZE];
    HANDLE handle = INVALID_HANDLE_VALUE;
    DWORD error = ERROR_SUCCESS;
    enum status status = path_wide(folder, wide);

    if (status != STATUS_OK)
        return status;
    if (make)
        error = make_folder(wide);
    if (error == ERROR_SUCCESS)
        error = open_wide(wide, 0, OPEN_EXISTING, &handle);
    if (error != ERROR_SUCCESS)
        return report(folder, error);
    status = has_attributes(handle, FILE_ATTRIBUTE_DIRECTORY)
                 ? check_owner(handle, folder)
                 : os_error_log(LOG_LEVEL_ERROR, folder, ERROR_DIRECTORY);
    (void)CloseHandle(handle);
    return status;
}

enum status private_folder(const char *dir, bool make)
{
    size_t len = own_len(dir) > 0 ? own_len(dir) : strlen(dir);
    char folder[HOST_PATH_MAX];
    enum status status;

    for (;;) {
        (void)snprintf(folder, sizeof folder, "%.*s", (int)len, dir);
        status = check_folder(folder, make);
        if (status != STATUS_OK || dir[len] == '\0')
            return status;
        len += 1 + strcspn(dir + len + 1, "/\\");
    }
}

enum status private_open_any(const char *path, DWORD access, DWORD disposition, HANDLE *file)
{
    wchar_t wide[PATH_WIDE_SIZE];
    enum status status = path_wide(path, wide);
    HANDLE opened = INVALID_HANDLE_VALUE;
    DWORD error;

    if (status != STATUS_OK)
        return status;
    error = open_wide(wide, access, disposition, &opened);
    if (error != ERROR_SUCCESS)
        return report(path, error);
    if (!has_attributes(opened, 0)) {
        (void)CloseHandle(opened);
        return STATUS_NOT_REGULAR;
    }
    *file = opened;
    return STATUS_OK;
}

enum status private_open(const char *path, DWORD access, DWORD disposition, HANDLE *file)
{
    char folder[HOST_PATH_MAX];
    HANDLE opened = INVALID_HANDLE_VALUE;
    enum status status;

    (void)snprintf(folder, sizeof folder, "%.*s", (int)path_folder_len(path), path);
    status = private_folder(folder, false);
    if (status == STATUS_OK)
        status = private_open_any(path, access, disposition, &opened);
    if (status != STATUS_OK)
        return status;
    status = check_owner(opened, path);
    if (status == STATUS_OK)
        *file = opened;
    else
        (void)CloseHandle(opened);
    return status;
}
