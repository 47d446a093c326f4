/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* `gvtd run` and `gvtd reload`: the process around the manager. Both speak and return an exit
 * status (sysexits.h). `file` is that of -c, or NULL. */

int service_run(const char *file);
int service_reload(const char *file);
