/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Parent and child speak over a SOCK_SEQPACKET pair, one struct message a packet. End of file says both
 * "the worker is done" and, in the other direction, "the daemon is gone or wants no more".
 *
 * A write to `create` or `remove` takes milliseconds or, where the kernel waits for something, as
 * long as that takes. The daemon waits for nothing: ends are events, and impatience is words. */

#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "act.h"
#include "names.h"
#include "util.h"

/* After this the action under way is named. */
#define PATIENCE (10 * SECOND)

struct message {
        size_t index;
        struct result result;
};

/* --- the child --- */

static bool is_wanted(int socket) {
        struct pollfd p = {.fd = socket, .events = POLLIN};

        return poll(&p, 1, 0) == 0;
}

static void work(int socket, int lock, int notes, const struct action *actions, size_t n) {
        for (size_t i = 0; i < n && is_wanted(socket); i++) {
                struct message message = {.index = i};

                lock_describe(lock, &actions[i]);
                message.result = act(&actions[i], notes);
                (void) send(socket, &message, sizeof(message), MSG_NOSIGNAL);
        }
}

static int compare_fds(const void *a, const void *b) {
        return *(const int *) a - *(const int *) b;
}

/* Standard descriptors, the notes, the lock and the socket stay; the event loop's own must go: an
 * open notify or monitor socket in a stuck worker would outlive the daemon. One call for each gap:
 * a call for each possible descriptor would take longer than creating a vGPU. */
static void close_others(int socket, int lock, int notes) {
        int kept[] = {socket, lock, notes};
        unsigned first = STDERR_FILENO + 1;

        qsort(kept, ARRAY_SIZE(kept), sizeof(int), compare_fds);
        for (size_t i = 0; i < ARRAY_SIZE(kept); first = (unsigned) kept[i++] + 1)
                if (first < (unsigned) kept[i])
                        (void) close_range(first, (unsigned) kept[i] - 1, 0);
        (void) close_range(first, UINT_MAX, 0);
}

/* --- the daemon --- */

/* NULL: nothing. */
static const struct action *current(const struct worker *worker) {
        return worker->at < worker->n_actions ? &worker->actions[worker->at] : NULL;
}

/* The point in time and not how long: the status stays as it is while the kernel goes on. */
static void format_begin(char *ret, size_t size) {
        time_t begin = time(NULL) - (time_t) (PATIENCE / SECOND);
        struct tm tm;

        (void) strftime(ret, size, "%H:%M:%S", localtime_r(&begin, &tm));
}

static int on_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        struct worker *worker = userdata;
        char action[128], begin[16];

        worker_describe(worker, action, sizeof(action));
        format_begin(begin, sizeof(begin));
        snprintf(worker->stuck, sizeof(worker->stuck), "%s has not returned since %s (process %d)",
                 action, begin, (int) worker->pid);
        worker->handler.stuck(current(worker), worker->handler.userdata);
        worker->handler.changed(worker->handler.userdata);
        return 0;
}

static void go_on(struct worker *worker, size_t at) {
        *worker->stuck = '\0';
        worker->at = at;
        (void) sd_event_source_set_time_relative(worker->patience, PATIENCE);
        (void) sd_event_source_set_enabled(worker->patience,
                                           current(worker) ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

/* Lets go of the process, which goes on if it is in the kernel. */
static void let_go(struct worker *worker) {
        worker->messages = sd_event_source_disable_unref(worker->messages);
        if (worker->socket >= 0)
                close(TAKE_FD(worker->socket));
        free(TAKE_PTR(worker->actions));
        worker->n_actions = 0;
        worker->pid = 0;
        go_on(worker, 0);
}

/* False: there is none. */
static bool take_message(struct worker *worker) {
        struct message message;
        ssize_t n = recv(worker->socket, &message, sizeof(message), MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
        if (n != sizeof(message) || message.index >= worker->n_actions) {
                /* End of file: what remains to be told comes with the child's end. */
                sd_event_source_set_enabled(worker->messages, SD_EVENT_OFF);
                return false;
        }
        go_on(worker, message.index + 1);
        worker->handler.finished(&worker->actions[message.index], &message.result,
                                 worker->handler.userdata);
        return true;
}

static int on_message(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        (void) take_message(userdata);
        return 0;
}

static void end(struct worker *worker) {
        struct result killed = {.outcome = OUTCOME_FAILED, .error = EINTR, .deduced = true};
        const struct action *last;

        /* Results that are still in the socket come first. */
        while (take_message(worker))
                ;
        last = current(worker);
        if (last && !worker->unwanted) {
                worker->handler.died(worker->pid, worker->handler.userdata);
                go_on(worker, worker->n_actions);
                worker->handler.finished(last, &killed, worker->handler.userdata);
        }
        let_go(worker);
        worker->handler.changed(worker->handler.userdata);
}

/* The signal comes when the child can be waited for. Its pidfd would tell of a child that a debugger has
 * not let go of yet, and sd-event listens to one once. */
static int on_signal_of_child(sd_event_source *source, const struct signalfd_siginfo *info,
                              void *userdata) {
        struct worker *worker = userdata;

        if (worker->pid && waitpid(worker->pid, NULL, WNOHANG) == worker->pid)
                end(worker);
        return 0;
}

/* Whatever may fail comes before the fork: a child that runs is seen. */
static int start(struct worker *worker, int lock, const struct action *actions, size_t n_actions) {
        int pair[2], r;

        worker->actions = calloc(n_actions, sizeof(struct action));
        if (!worker->actions)
                return -ENOMEM;
        memcpy(worker->actions, actions, n_actions * sizeof(struct action));
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
                return -errno;
        worker->socket = pair[0];
        r = sd_event_add_io(worker->event, &worker->messages, pair[0], EPOLLIN, on_message, worker);
        if (r >= 0) {
                worker->pid = fork();
                r = worker->pid < 0 ? -errno : 0;
        }
        if (r >= 0 && worker->pid == 0) {
                (void) prctl(PR_SET_NAME, "gvtd-worker");
                close_others(pair[1], lock, worker->notes);
                work(pair[1], lock, worker->notes, worker->actions, n_actions);
                _exit(EXIT_SUCCESS);
        }
        close(pair[1]);
        return r;
}

int worker_start(struct worker *worker, int lock, const struct action *actions, size_t n_actions) {
        _cleanup_close_ _unused_ int lock_fd = lock;
        int r = start(worker, lock, actions, n_actions);

        if (r < 0) {
                let_go(worker);
                snprintf(worker->stuck, sizeof(worker->stuck),
                         "the process that creates and removes vGPUs cannot be started: %s",
                         strerror(-r));
                return r;
        }
        worker->n_actions = n_actions;
        worker->unwanted = false;
        go_on(worker, 0);
        return 0;
}

void worker_stop(struct worker *worker) {
        worker->unwanted = true;
        if (worker->pid)
                (void) shutdown(worker->socket, SHUT_WR);
}

/* --- an earlier daemon's --- */

static int on_stray_end(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct worker *worker = userdata;

        worker->stray = (struct stray){};
        worker->stray_end = sd_event_source_disable_unref(worker->stray_end);
        *worker->stuck = '\0';
        worker->handler.changed(worker->handler.userdata);
        return 0;
}

/* Its end, not a timer, is waited for. Takes ownership of the pidfd. */
static int watch_stray(struct worker *worker, const struct stray *stray, int pidfd) {
        _cleanup_close_ int fd = pidfd;
        int r;

        r = sd_event_add_io(worker->event, &worker->stray_end, fd, EPOLLIN, on_stray_end, worker);
        if (r < 0)
                return r;
        (void) sd_event_source_set_io_fd_own(worker->stray_end, true);
        (void) TAKE_FD(fd);
        worker->stray = *stray;
        snprintf(worker->stuck, sizeof(worker->stuck),
                 "a worker of an earlier gvtd (process %d) is still at %s", (int) stray->pid,
                 stray->task);
        worker->handler.stuck(NULL, worker->handler.userdata);
        return -EBUSY;
}

/* Who has the lock is known by a pidfd that was opened while it had it: a pid alone may be somebody
 * else's by now. The lock may have come free meanwhile, and is then returned. */
static int meet_stray(struct worker *worker, const struct stray *met) {
        _cleanup_close_ int fd = met->pid > 0 ? pidfd_open(met->pid, 0) : -1;
        int error = met->pid > 0 && fd < 0 && errno != ESRCH ? errno : 0;
        struct stray stray;
        int r = lock_take(worker->notes, &stray);

        if (r != -EWOULDBLOCK)
                return r;
        if (error)
                return -error;
        if (fd >= 0 && stray.pid == met->pid)
                return watch_stray(worker, &stray, TAKE_FD(fd));
        snprintf(worker->stuck, sizeof(worker->stuck),
                 PATH_NOTES "/worker is locked by a process that is not known to be gvtd's (lslocks)");
        return -EAGAIN;
}

static bool is_busy(const struct worker *worker) {
        return worker->pid || worker->stray.pid;
}

int worker_lock(struct worker *worker) {
        struct stray stray;
        int r;

        if (is_busy(worker))
                return -EBUSY;
        *worker->stuck = '\0';
        r = lock_take(worker->notes, &stray);
        return r == -EWOULDBLOCK ? meet_stray(worker, &stray) : r;
}

/* --- both --- */

void worker_describe(const struct worker *worker, char *ret, size_t size) {
        *ret = '\0';
        if (current(worker))
                action_describe(current(worker), /* brief= */ false, ret, size);
}

bool worker_is_awaited(const struct worker *worker) {
        return is_busy(worker) && !(current(worker) && action_is_aside(current(worker)));
}

bool worker_is_at(const struct worker *worker, const uuid_t uuid) {
        return worker->stray.pid ||
               (current(worker) && uuid_compare(current(worker)->uuid, uuid) == 0);
}

int worker_init(struct worker *worker, sd_event *event, int notes, const struct worker_handler *handler) {
        int r;

        *worker = (struct worker){.event = event, .notes = notes, .handler = *handler, .socket = -1};
        r = sd_event_add_signal(event, &worker->ends, SIGCHLD, on_signal_of_child, worker);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(worker->ends, SD_EVENT_PRIORITY_NORMAL + 1);
        if (r < 0)
                return r;
        r = sd_event_add_time(event, &worker->patience, CLOCK_MONOTONIC, 0, 0, on_patience, worker);
        return r < 0 ? r : sd_event_source_set_enabled(worker->patience, SD_EVENT_OFF);
}

void worker_done(struct worker *worker) {
        if (worker->actions)
                let_go(worker);
        sd_event_source_disable_unref(worker->ends);
        sd_event_source_disable_unref(worker->patience);
        sd_event_source_disable_unref(worker->stray_end);
}
