/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Parent and child speak over a SOCK_SEQPACKET pair, one struct message a packet. The child waits for
 * a first byte, sent when its end is sure to be seen. After that, end of file says both "the worker is
 * done" and, in the other direction, "the daemon is gone or wants no more". */

#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "names.h"
#include "note.h"
#include "plan.h"
#include "text.h"
#include "util.h"

#define LOCK_NAME "worker"

struct message {
        size_t index;
        struct result result;
};

struct worker {
        pid_t pid;
        int socket;
        sd_event_source *messages;
        sd_event_source *child;
        struct action *actions;
        size_t n_actions;
        struct worker_handler handler;
};

/* The text is for whoever finds the lock taken: "PID TASK". */
static void describe_task(int lock, const struct action *action) {
        char text[160];
        int n;

        if (action->kind == ACTION_LOAD_KVMGT)
                n = snprintf(text, sizeof(text), "%d loading kvmgt\n", (int) getpid());
        else if (action->kind == ACTION_LET_SLEEP)
                n = snprintf(text, sizeof(text), "%d letting the GPU sleep\n", (int) getpid());
        else if (action->kind == ACTION_ASK)
                n = snprintf(text, sizeof(text), "%d the search for a reason\n", (int) getpid());
        else if (action->kind == ACTION_GROUP)
                n = snprintf(text, sizeof(text), "%d the look-up of a group\n", (int) getpid());
        else
                n = snprintf(text, sizeof(text), "%d %s of %s on %s\n", (int) getpid(),
                             action->kind == ACTION_CREATE ? "create" : "remove",
                             uuid_text(action->uuid).text, address_text(&action->parent).text);
        if (ftruncate(lock, 0) == 0)
                (void) !pwrite(lock, text, (size_t) n, 0);
}

static void read_stray(int lock, struct stray *ret) {
        char text[160];
        ssize_t n = pread(lock, text, sizeof(text) - 1, 0);
        int pid = 0;

        text[n > 0 ? n : 0] = '\0';
        *ret = (struct stray){};
        (void) sscanf(text, "%d %127[^\n]", &pid, ret->task);
        ret->pid = pid;
}

int worker_lock(int notes, struct stray *ret_stray) {
        _cleanup_close_ int lock = notes_open_lock(notes, LOCK_NAME);

        if (lock < 0)
                return lock;
        if (flock(lock, LOCK_EX | LOCK_NB) == 0) {
                /* The words of the one before must not pass for those of the next. */
                (void) !ftruncate(lock, 0);
                return TAKE_FD(lock);
        }
        if (errno != EWOULDBLOCK)
                return -errno;
        read_stray(lock, ret_stray);
        return -EWOULDBLOCK;
}

static bool is_begun(int socket) {
        char go;

        return recv(socket, &go, sizeof(go), 0) == sizeof(go);
}

static bool is_wanted(int socket) {
        struct pollfd p = {.fd = socket, .events = POLLIN};

        return poll(&p, 1, 0) == 0;
}

static void work(int socket, int lock, int notes, const struct action *actions, size_t n) {
        for (size_t i = 0; i < n && is_wanted(socket); i++) {
                struct message message = {.index = i};

                describe_task(lock, &actions[i]);
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

/* False: there is none. */
static bool take_message(struct worker *worker) {
        struct message message;
        size_t next;
        ssize_t n = recv(worker->socket, &message, sizeof(message), MSG_DONTWAIT);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
                return false;
        if (n != sizeof(message) || message.index >= worker->n_actions) {
                /* End of file: what remains to be told comes with the child's end. */
                sd_event_source_set_enabled(worker->messages, SD_EVENT_OFF);
                return false;
        }
        next = message.index + 1;
        worker->handler.finished(&worker->actions[message.index], &message.result,
                                 next < worker->n_actions ? &worker->actions[next] : NULL,
                                 worker->handler.userdata);
        return true;
}

static int on_message(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        (void) take_message(userdata);
        return 0;
}

static int on_exit_of_child(sd_event_source *source, const siginfo_t *info, void *userdata) {
        struct worker *worker = userdata;

        /* Results that are still in the socket come first. */
        while (take_message(worker))
                ;
        worker->handler.ended(worker->handler.userdata);
        return 0;
}

static int watch_and_begin(struct worker *worker, sd_event *event) {
        int r;

        r = sd_event_add_io(event, &worker->messages, worker->socket, EPOLLIN, on_message, worker);
        if (r < 0)
                return r;
        r = sd_event_add_child(event, &worker->child, worker->pid, WEXITED, on_exit_of_child,
                               worker);
        if (r < 0)
                return r;
        r = sd_event_source_set_priority(worker->child, SD_EVENT_PRIORITY_NORMAL + 1);
        if (r < 0)
                return r;
        return send(worker->socket, "", 1, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

/* A child that was not begun does nothing but end, at once and with its lock. */
static void discard(struct worker *worker) {
        pid_t pid = worker->pid;

        worker_free(worker);
        if (pid > 0)
                (void) waitpid(pid, NULL, 0);
}

static struct worker *worker_new(const struct action *actions, size_t n_actions,
                                 const struct worker_handler *handler) {
        struct worker *worker = calloc(1, sizeof(struct worker));

        if (!worker)
                return NULL;
        worker->socket = -1;
        worker->handler = *handler;
        worker->n_actions = n_actions;
        worker->actions = calloc(n_actions, sizeof(struct action));
        if (!worker->actions)
                return worker_free(worker);
        memcpy(worker->actions, actions, n_actions * sizeof(struct action));
        return worker;
}

int worker_start(struct worker **ret, sd_event *event, int notes, int lock,
                 const struct action *actions, size_t n_actions,
                 const struct worker_handler *handler) {
        _cleanup_close_ _unused_ int lock_fd = lock;
        struct worker *worker = worker_new(actions, n_actions, handler);
        int pair[2], r;

        if (!worker)
                return -ENOMEM;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0) {
                r = -errno;
                worker_free(worker);
                return r;
        }
        worker->pid = fork();
        if (worker->pid == 0) {
                (void) prctl(PR_SET_NAME, "gvtd-worker");
                close_others(pair[1], lock, notes);
                if (is_begun(pair[1]))
                        work(pair[1], lock, notes, worker->actions, n_actions);
                _exit(EXIT_SUCCESS);
        }
        r = worker->pid < 0 ? -errno : 0;
        close(pair[1]);
        worker->socket = pair[0];
        if (r == 0)
                r = watch_and_begin(worker, event);
        if (r < 0)
                discard(worker);
        else
                *ret = worker;
        return r;
}

void worker_stop(struct worker *worker) {
        (void) shutdown(worker->socket, SHUT_WR);
}

pid_t worker_pid(const struct worker *worker) {
        return worker->pid;
}

struct worker *worker_free(struct worker *worker) {
        if (!worker)
                return NULL;
        sd_event_source_disable_unref(worker->messages);
        sd_event_source_disable_unref(worker->child);
        if (worker->socket >= 0)
                close(worker->socket);
        free(worker->actions);
        free(worker);
        return NULL;
}
