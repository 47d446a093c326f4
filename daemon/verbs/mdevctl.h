/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Another creator of vGPUs on the same GPU: /etc/mdevctl.d. */

#include <stdbool.h>

#include "parse.h"
#include "verdict.h"

/* Whether a definition says "start": "auto". Pure. */
bool mdevctl_is_auto(const char *json);
/* One error for each definition of this GPU that starts by itself. */
void mdevctl_find(const struct pci_address *gpu, struct verdicts *verdicts);
