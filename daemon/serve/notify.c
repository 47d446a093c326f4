/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "notify.h"

#include <systemd/sd-daemon.h>

#include "util.h"

int notify_status(struct notified *notified, const char *status) {
        int r;

        if (streq(notified->status, status))
                return 0;
        r = sd_notifyf(false, "STATUS=%s", status);
        if (r < 0)
                *notified->status = '\0';
        else
                snprintf(notified->status, sizeof(notified->status), "%s", status);
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
