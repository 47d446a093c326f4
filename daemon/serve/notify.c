/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "notify.h"

#include <ctype.h>
#include <systemd/sd-daemon.h>

#include "util.h"

/* A message is lines of KEY=VALUE, and whatever another line of it says, systemd believes. */
static void copy_as_one_line(char *ret, size_t size, const char *text) {
        snprintf(ret, size, "%s", text);
        for (; *ret; ret++)
                if (iscntrl((unsigned char) *ret))
                        *ret = '?';
}

int notify_status(struct notified *notified, const char *status) {
        char line[sizeof(notified->status)];
        int r;

        copy_as_one_line(line, sizeof(line), status);
        if (streq(notified->status, line))
                return 0;
        r = sd_notifyf(false, "STATUS=%s", line);
        if (r < 0)
                *notified->status = '\0';
        else
                strcpy(notified->status, line);
        return r < 0 ? r : 0;
}

int notify_ready(struct notified *notified) {
        int r = sd_notify(false, "READY=1");

        if (r < 0)
                return r;
        notified->ready = true;
        notified->reloading = false;
        return 0;
}
