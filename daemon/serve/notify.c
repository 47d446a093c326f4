/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "notify.h"

#include <signal.h>
#include <systemd/sd-daemon.h>

#include "printable.h"
#include "util.h"

int notify_status(struct notified *notified, const char *status) {
        char line[sizeof(notified->status)];
        int r;

        /* A message is lines of KEY=VALUE, and whatever another line of it says, systemd believes. */
        snprintf(line, sizeof(line), "%s", status);
        make_printable(line);
        if (streq(notified->status, line))
                return 0;
        r = sd_notifyf(false, "STATUS=%s", line);
        if (r < 0)
                *notified->status = '\0';
        else
                strcpy(notified->status, line);
        return r < 0 ? r : 0;
}

/* Whoever asked has told systemd already, which would take the end of this one for that of his. */
static bool next_is_asked_for(void) {
        sigset_t pending;

        return sigpending(&pending) == 0 && sigismember(&pending, SIGHUP) == 1;
}

int notify_started(struct notified *notified) {
        int r;

        if (notified->started && next_is_asked_for())
                return 0;
        r = sd_notify(false, "READY=1");
        if (r < 0)
                return r;
        notified->started = true;
        notified->reloading = false;
        return 0;
}
