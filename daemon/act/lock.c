/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "lock.h"

#include <errno.h>
#include <sys/file.h>

#include "action.h"
#include "notes.h"
#include "util.h"

/* "PID TASK" */
void lock_describe(int lock, const struct action *action) {
        char task[128], text[160];
        int n;

        action_describe(action, /* brief= */ true, task, sizeof(task));
        n = snprintf(text, sizeof(text), "%d %s\n", (int) getpid(), task);
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

int lock_take(int notes, struct stray *ret_stray) {
        _cleanup_close_ int lock = notes_open_lock(notes, "worker");

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
