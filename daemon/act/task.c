/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A write to `create` or `remove` takes milliseconds or, where the kernel waits for something, as
 * long as that takes. Nothing here waits: ends are events, and impatience is words. */

#include "task.h"

#include <errno.h>
#include <sys/pidfd.h>
#include <time.h>

#include "names.h"
#include "text.h"
#include "util.h"

#define SECOND UINT64_C(1000000)
/* After this the action under way is named. */
#define PATIENCE (10 * SECOND)

static void describe(const struct action *action, char *ret, size_t size) {
        if (action->kind == ACTION_LOAD_KVMGT)
                snprintf(ret, size, "loading kvmgt for %s", address_text(&action->parent).text);
        else if (action->kind == ACTION_LET_SLEEP)
                snprintf(ret, size, "letting %s sleep again", address_text(&action->parent).text);
        else if (action->kind == ACTION_ASK)
                snprintf(ret, size, "the search for a reason in the journal and modprobe.d");
        else if (action->kind == ACTION_GROUP)
                snprintf(ret, size, "the look-up of the ini's group");
        else
                snprintf(ret, size, "%s of vGPU %s on %s",
                         action->kind == ACTION_CREATE ? "create" : "remove",
                         uuid_text(action->uuid).text, address_text(&action->parent).text);
}

/* The point in time and not how long: the status stays as it is while the kernel goes on. */
static void format_begin(char *ret, size_t size) {
        time_t begin = time(NULL) - (time_t) (PATIENCE / SECOND);
        struct tm tm;

        (void) strftime(ret, size, "%H:%M:%S", localtime_r(&begin, &tm));
}

static int on_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        struct task *task = userdata;
        char action[128], begin[16];

        describe(&task->current, action, sizeof(action));
        format_begin(begin, sizeof(begin));
        snprintf(task->stuck, sizeof(task->stuck), "%s has not returned since %s (process %d)",
                 action, begin, (int) worker_pid(task->worker));
        task->handler.stuck(&task->current, task->handler.userdata);
        task->handler.changed(task->handler.userdata);
        return 0;
}

/* NULL: nothing. */
static void set_current(struct task *task, const struct action *action) {
        *task->stuck = '\0';
        task->current_valid = action;
        if (action)
                task->current = *action;
        (void) sd_event_source_set_time_relative(task->patience, PATIENCE);
        (void) sd_event_source_set_enabled(task->patience,
                                           action ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static void on_finished(const struct action *action, const struct result *result,
                        const struct action *next, void *userdata) {
        struct task *task = userdata;

        if (task->unreported > 0)
                task->unreported--;
        set_current(task, next);
        task->handler.finished(action, result, task->handler.userdata);
}

static void on_ended(void *userdata) {
        struct task *task = userdata;
        struct result killed = {.outcome = OUTCOME_FAILED, .error = EINTR, .deduced = true};
        struct action last = task->current;

        if (task->unreported > 0) {
                task->handler.died(worker_pid(task->worker), task->handler.userdata);
                on_finished(&last, &killed, NULL, task);
        }
        set_current(task, NULL);
        task->worker = worker_free(task->worker);
        task->handler.changed(task->handler.userdata);
}

static int on_stray_end(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct task *task = userdata;

        task->stray = (struct stray){};
        task->stray_end = sd_event_source_disable_unref(task->stray_end);
        *task->stuck = '\0';
        task->handler.changed(task->handler.userdata);
        return 0;
}

/* Its end, not a timer, is waited for. Takes ownership of the pidfd. */
static int watch_stray(struct task *task, const struct stray *stray, int pidfd) {
        _cleanup_close_ int fd = pidfd;
        int r;

        r = sd_event_add_io(task->event, &task->stray_end, fd, EPOLLIN, on_stray_end, task);
        if (r < 0)
                return r;
        (void) sd_event_source_set_io_fd_own(task->stray_end, true);
        (void) TAKE_FD(fd);
        task->stray = *stray;
        snprintf(task->stuck, sizeof(task->stuck),
                 "a worker of an earlier gvtd (process %d) is still at %s", (int) stray->pid,
                 stray->task);
        task->handler.stuck(NULL, task->handler.userdata);
        return -EBUSY;
}

/* Who has the lock is known by a pidfd that was opened while it had it: a pid alone may be somebody
 * else's by now. The lock may have come free meanwhile, and is then returned. */
static int meet_stray(struct task *task, const struct stray *met) {
        _cleanup_close_ int fd = met->pid > 0 ? pidfd_open(met->pid, 0) : -1;
        int error = met->pid > 0 && fd < 0 && errno != ESRCH ? errno : 0;
        struct stray stray;
        int r = worker_lock(task->notes, &stray);

        if (r != -EWOULDBLOCK)
                return r;
        if (error)
                return -error;
        if (fd >= 0 && stray.pid == met->pid)
                return watch_stray(task, &stray, TAKE_FD(fd));
        snprintf(task->stuck, sizeof(task->stuck),
                 PATH_NOTES "/worker is locked by a process that is not known to be gvtd's (lslocks)");
        return -EAGAIN;
}

int task_lock(struct task *task) {
        struct stray stray;
        int r;

        if (task_is_busy(task))
                return -EBUSY;
        *task->stuck = '\0';
        r = worker_lock(task->notes, &stray);
        return r == -EWOULDBLOCK ? meet_stray(task, &stray) : r;
}

int task_start(struct task *task, int lock, const struct action *actions, size_t n_actions) {
        struct worker_handler handler = {
                .finished = on_finished,
                .ended = on_ended,
                .userdata = task,
        };
        int r = worker_start(&task->worker, task->event, task->notes, lock, actions, n_actions,
                             &handler);

        if (r < 0) {
                snprintf(task->stuck, sizeof(task->stuck),
                         "the process that creates and removes vGPUs cannot be started: %s",
                         strerror(-r));
                return r;
        }
        task->unreported = n_actions;
        set_current(task, &actions[0]);
        return 0;
}

void task_describe(const struct task *task, char *ret, size_t size) {
        *ret = '\0';
        if (task->current_valid)
                describe(&task->current, ret, size);
}

void task_stop(struct task *task) {
        task->unreported = 0; /* what it leaves undone is meant to stay so */
        if (task->worker)
                worker_stop(task->worker);
}

bool task_is_busy(const struct task *task) {
        return task->worker || task->stray.pid;
}

bool task_is_awaited(const struct task *task) {
        return task_is_busy(task) && !(task->current_valid && action_is_aside(&task->current));
}

bool task_is_at(const struct task *task, const uuid_t uuid) {
        return task->stray.pid ||
               (task->current_valid && uuid_compare(task->current.uuid, uuid) == 0);
}

int task_init(struct task *task, sd_event *event, int notes, const struct task_handler *handler) {
        int r;

        *task = (struct task){.event = event, .notes = notes, .handler = *handler};
        r = sd_event_add_time(event, &task->patience, CLOCK_MONOTONIC, 0, 0, on_patience, task);
        return r < 0 ? r : sd_event_source_set_enabled(task->patience, SD_EVENT_OFF);
}

void task_done(struct task *task) {
        worker_free(task->worker);
        sd_event_source_disable_unref(task->patience);
        sd_event_source_disable_unref(task->stray_end);
}
