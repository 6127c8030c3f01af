// SPDX-License-Identifier: Apache-2.0
/*
 * Gives platform/worker.h a job of its own: what the attacker would do who has taken over a worker.
 *
 *     worker_probe direct|worker|strict SERVICE ELSEWHERE START WORD...
 *
 * SERVICE and ELSEWHERE are ports on 127.0.0.1, START is what the first worker does before it is confined, or
 * "-". Each word is one call of worker_call(), "garbage:COUNT" so many; direct does without a worker, strict
 * requires the confinement. For each a line is printed: the word, the status, the attempt's result and errno.
 * The last line tells how many descriptors were open before and after, and how many children are left.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/host.h"
#include "platform/worker.h"
#include "tests/worker/probe.h"

enum { PATIENCE_MS = 60000, HANG_MS = 1000 };

static const char *at_start = "-";

static enum status start(const char *url, void **mine)
{
    (void)url;
    (void)mine;
    be_hostile_at_start(at_start);
    return strcmp(at_start, "fail") == 0 ? STATUS_NO_MEMORY : STATUS_OK;
}

static void perform(void *mine, const void *request, void *answer)
{
    const struct probe_request *r = request;
    struct probe_answer *a = answer;

    (void)mine;
    memset(a, 0, sizeof *a);
    a->number = r->number;
    if (!attempt(r, a) && !be_hostile(r, a))
        a->result = -3;
}

static bool is_sane(const void *request, const void *answer)
{
    return ((const struct probe_request *)request)->number == ((const struct probe_answer *)answer)->number;
}

static void stop(void *mine)
{
    (void)mine;
}

static const struct worker_job JOB = {.start = start,
                                      .perform = perform,
                                      .is_sane = is_sane,
                                      .stop = stop,
                                      .request_size = sizeof(struct probe_request),
                                      .answer_size = sizeof(struct probe_answer)};

static int count_descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (folder != NULL && readdir(folder) != NULL)
        count++;
    if (folder != NULL)
        (void)closedir(folder);
    return count;
}

/* A process that could be traced, killed and read. */
static pid_t start_victim(void)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();

    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(0);
        for (;;)
            (void)pause();
    }
    return pid;
}

static enum status call(struct worker *worker, struct probe_request *request, struct probe_answer *answer)
{
    const int64_t patience_ms =
        strcmp(request->word, "hang") == 0 || strcmp(request->word, "spin") == 0 ? HANG_MS : PATIENCE_MS;

    request->number++;
    if (worker != NULL)
        return worker_call(worker, request, answer, host_now_ms() + patience_ms);
    perform(NULL, request, answer);
    return STATUS_OK;
}

static void do_word(struct worker *worker, struct probe_request *request, const char *word)
{
    unsigned times = 1;
    struct probe_answer answer;
    unsigned counts[STATUS_COUNT] = {0};
    enum status status;

    memset(&answer, 0, sizeof answer);
    if (strncmp(word, "garbage:", 8) == 0) {
        times = (unsigned)strtoul(word + 8, NULL, 10);
        word = "garbage";
    }
    (void)snprintf(request->word, sizeof request->word, "%s", word);
    for (unsigned i = 0; i < times; i++) {
        status = call(worker, request, &answer);
        counts[status]++;
    }
    if (times == 1)
        (void)printf("%s %s %d %d\n", word, status_name(status), answer.result, answer.error);
    for (int i = 0; i < STATUS_COUNT && times > 1; i++) {
        if (counts[i] > 0)
            (void)printf("%s %s %u 0\n", word, status_name((enum status)i), counts[i]);
    }
    (void)fflush(stdout);
}

/* No child is left but the last worker, which need not have ended by now. */
static bool is_alone(void)
{
    return (waitpid(-1, NULL, 0) < 0 || waitpid(-1, NULL, 0) < 0) && errno == ECHILD;
}

int main(int argc, char *argv[])
{
    struct probe_request request = {.victim = 0};
    struct worker *worker = NULL;
    char url[64];
    enum status status = STATUS_OK;
    bool is_direct;
    int before;
    pid_t victim;

    if (argc < 6)
        return EXIT_FAILURE;
    is_direct = strcmp(argv[1], "direct") == 0;
    request.service = (uint16_t)atoi(argv[2]);
    request.elsewhere = (uint16_t)atoi(argv[3]);
    at_start = argv[4];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/", request.service);
    request.victim = victim = is_direct ? start_victim() : getpid();
    if (!is_direct && host_start() != STATUS_OK)
        return EXIT_FAILURE;
    before = count_descriptors();
    if (!is_direct)
        status = worker_open(&JOB, url, strcmp(argv[1], "strict") == 0, INT64_MAX, &worker);
    (void)printf("open %s 0 0\n", status_name(status));
    (void)fflush(stdout);
    at_start = "-";
    for (int i = 5; i < argc && status == STATUS_OK; i++)
        do_word(worker, &request, argv[i]);
    worker_close(worker);
    if (is_direct) {
        (void)kill(victim, SIGKILL);
        (void)waitpid(victim, NULL, 0);
    }
    (void)printf("end %s %d %d\n", is_alone() ? "alone" : "children", before, count_descriptors());
    return EXIT_SUCCESS;
}
