/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What systemd was told last of this service. What did not arrive (no descriptor, no memory) counts
 * as not told. Each function returns 0 or -errno. */

#include <stdbool.h>

struct notified {
        bool started;   /* READY=1 was told */
        bool reloading; /* and RELOADING=1 since */
        char status[1024];
};

/* One line, whatever the status holds. Nothing happens when it is the one that was told last. */
int notify_status(struct notified *notified, const char *status);
/* READY=1: the start, or the reload, is done. The end of a reload is left to the next one, where that has been
 * asked for: by SIGHUP, which is blocked. */
int notify_started(struct notified *notified);
