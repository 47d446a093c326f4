/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "action.h"

#include <stdio.h>

#include "text.h"

void action_describe(const struct action *action, bool brief, char *ret, size_t size) {
        struct address_text gpu = address_text(&action->parent);

        switch (action->kind) {
        case ACTION_LOAD_KVMGT:
                snprintf(ret, size, "loading kvmgt%s%s", brief ? "" : " for ", brief ? "" : gpu.text);
                break;
        case ACTION_LET_SLEEP:
                snprintf(ret, size, "letting %s sleep%s", brief ? "the GPU" : gpu.text,
                         brief ? "" : " again");
                break;
        case ACTION_ASK:
                snprintf(ret, size, "the search for a reason%s",
                         brief ? "" : " in the journal and modprobe.d");
                break;
        case ACTION_GROUP:
                snprintf(ret, size, "the look-up of %s group", brief ? "a" : "the ini's");
                break;
        case ACTION_CREATE:
        case ACTION_REMOVE:
                snprintf(ret, size, "%s of %s%s on %s",
                         action->kind == ACTION_CREATE ? "create" : "remove", brief ? "" : "vGPU ",
                         uuid_text(action->uuid).text, gpu.text);
        }
}
