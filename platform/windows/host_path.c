// SPDX-License-Identifier: Apache-2.0
/* Where this program's files are: %ProgramData%\resetpwd-agent, asked of Windows, not of the environment. */
#include <stdbool.h>
#include <stdio.h>

#include "platform/host.h"
#include "platform/windows/wide.h"
#include "platform/windows/winapi.h"

#include <initguid.h>
#include <shlobj.h>

#include <knownfolders.h>

/* Makes out the path of a name in this program's folder, unless that has been done before. */
static const char *path_of(const char *name, char out[HOST_PATH_MAX])
{
    char folder[HOST_PATH_MAX / 2];
    wchar_t *wide = NULL;

    if (out[0] != '\0')
        return out;
    if (SHGetKnownFolderPath(&FOLDERID_ProgramData, KF_FLAG_DEFAULT, NULL, &wide) != S_OK ||
        !wide_to_utf8(wide, folder, sizeof folder))
        (void)snprintf(folder, sizeof folder, "C:\\ProgramData");
    CoTaskMemFree(wide);
    (void)snprintf(out, HOST_PATH_MAX, "%s\\resetpwd-agent\\%s", folder, name);
    return out;
}

bool host_takes_root(void)
{
    return false;
}

bool host_is_windows(void)
{
    return true;
}

const char *host_config_path(void)
{
    static char path[HOST_PATH_MAX];

    return path_of("resetpwd-agent.conf", path);
}

const char *host_state_dir(void)
{
    static char path[HOST_PATH_MAX];

    return path_of("state", path);
}
