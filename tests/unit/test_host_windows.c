// SPDX-License-Identifier: Apache-2.0
/* platform/windows/host.c and host_path.c, with Windows' news of the network and its folder from here. */
#include "tests/unit/unit.h"

#include "platform/host.h"
#include "platform/windows/host_stop.h"
#include "platform/windows/winapi.h"

#include <winsock2.h>
#include <ws2ipdef.h>

#include <initguid.h>
#include <iphlpapi.h>
#include <shlobj.h>

#include <knownfolders.h>

enum { SHORT_MS = 50, TIMELY_MS = 60000 };

/* More milliseconds than a wait of Windows can have: 50 days. */
static const int64_t LONG_MS = 50LL * 24 * 60 * 60 * 1000;

static PUNICAST_IPADDRESS_CHANGE_CALLBACK address_changed;
static PIPFORWARD_CHANGE_CALLBACK route_changed;

/* These take the place of Windows' own. */
DWORD WINAPI NotifyUnicastIpAddressChange(ADDRESS_FAMILY family, PUNICAST_IPADDRESS_CHANGE_CALLBACK callback,
                                          void *context, BOOLEAN at_once, HANDLE *handle)
{
    (void)context;
    assert_int_equal(family, AF_UNSPEC);
    assert_false(at_once);
    address_changed = callback;
    *handle = NULL;
    return NO_ERROR;
}

DWORD WINAPI NotifyRouteChange2(ADDRESS_FAMILY family, PIPFORWARD_CHANGE_CALLBACK callback, void *context,
                                BOOLEAN at_once, HANDLE *handle)
{
    (void)context;
    assert_int_equal(family, AF_UNSPEC);
    assert_false(at_once);
    route_changed = callback;
    *handle = NULL;
    return NO_ERROR;
}

static const wchar_t *program_data = L"D:\\Donn\u00e9es";

HRESULT WINAPI SHGetKnownFolderPath(REFKNOWNFOLDERID id, DWORD flags, HANDLE token, wchar_t **path)
{
    (void)flags;
    assert_memory_equal(id, &FOLDERID_ProgramData, sizeof *id);
    assert_null(token);
    *path = NULL;
    if (program_data == NULL)
        return E_FAIL;
    *path = CoTaskMemAlloc((wcslen(program_data) + 1) * sizeof **path);
    assert_non_null(*path);
    wcscpy(*path, program_data);
    return S_OK;
}

static void test_no_request_before_the_start(void **state)
{
    (void)state;
    host_stop();
    assert_status(host_start(), STATUS_OK);
    assert_false(host_stopping());
}

static void test_a_wait_lasts(void **state)
{
    const int64_t start_ms = host_now_ms();

    (void)state;
    assert_int_equal(host_wait(SHORT_MS, true), HOST_TIMEOUT);
    assert_true(host_now_ms() - start_ms >= SHORT_MS);
    assert_int_equal(host_wait(0, true), HOST_TIMEOUT);
    assert_int_equal(host_wait(-1, true), HOST_TIMEOUT);
}

static void test_network_ends_a_wait_once(void **state)
{
    (void)state;
    address_changed(NULL, NULL, MibAddInstance);
    assert_int_equal(host_wait(SHORT_MS, false), HOST_TIMEOUT);
    assert_int_equal(host_wait(TIMELY_MS, true), HOST_NETWORK);
    assert_int_equal(host_wait(SHORT_MS, true), HOST_TIMEOUT);
    address_changed(NULL, NULL, MibParameterNotification);
    assert_int_equal(host_wait(TIMELY_MS, true), HOST_NETWORK);
    route_changed(NULL, NULL, MibAddInstance);
    assert_int_equal(host_wait(TIMELY_MS, true), HOST_NETWORK);
}

static void test_a_loss_ends_no_wait(void **state)
{
    (void)state;
    address_changed(NULL, NULL, MibDeleteInstance);
    route_changed(NULL, NULL, MibDeleteInstance);
    assert_int_equal(host_wait(SHORT_MS, true), HOST_TIMEOUT);
}

static DWORD WINAPI change_soon(void *unused)
{
    (void)unused;
    Sleep(SHORT_MS);
    address_changed(NULL, NULL, MibAddInstance);
    return 0;
}

static DWORD WINAPI stop_soon(void *unused)
{
    (void)unused;
    Sleep(SHORT_MS);
    host_stop();
    return 0;
}

static void start(LPTHREAD_START_ROUTINE function)
{
    HANDLE thread = CreateThread(NULL, 0, function, NULL, 0, NULL);

    assert_non_null(thread);
    assert_true(CloseHandle(thread));
}

static void test_long_waits_end_too(void **state)
{
    (void)state;
    start(change_soon);
    assert_int_equal(host_wait(LONG_MS, true), HOST_NETWORK);
    start(stop_soon);
    assert_int_equal(host_wait(LONG_MS, false), HOST_STOP);
}

/* The last one: a request stays. */
static void test_a_request_to_stop_stays(void **state)
{
    (void)state;
    assert_true(host_stopping());
    address_changed(NULL, NULL, MibAddInstance);
    assert_int_equal(host_wait(TIMELY_MS, true), HOST_STOP);
    assert_true(host_catch_stop());
    assert_true(host_stopping());
}

static void test_paths(void **state)
{
    (void)state;
    assert_string_equal(host_config_path(), "D:\\Donn\xc3\xa9"
                                            "es\\resetpwd-agent\\resetpwd-agent.conf");
    program_data = NULL;
    assert_string_equal(host_state_dir(), "C:\\ProgramData\\resetpwd-agent\\state");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_request_before_the_start),
        cmocka_unit_test(test_a_wait_lasts),
        cmocka_unit_test(test_network_ends_a_wait_once),
        cmocka_unit_test(test_a_loss_ends_no_wait),
        cmocka_unit_test(test_long_waits_end_too),
        cmocka_unit_test(test_a_request_to_stop_stays),
        cmocka_unit_test(test_paths),
    };

    return cmocka_run_group_tests_name("host_windows", tests, NULL, NULL);
}
