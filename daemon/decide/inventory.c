/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "inventory.h"

#include "plan.h"
#include "util.h"

const char *vgpu_state_name(enum vgpu_state state) {
        switch (state) {
        case VGPU_READY:
                return "ready";
        case VGPU_PRESENT:
                return "present";
        case VGPU_MISTYPED:
                return "mistyped";
        case VGPU_ABSENT:
                return "absent";
        case VGPU_LEFTOVER:
                return "leftover";
        case VGPU_FOREIGN:
                return "foreign";
        }
        return "";
}

static enum vgpu_state declared_state(const struct entry *entry) {
        if (!entry->mdev)
                return VGPU_ABSENT;
        return entry->state == ENTRY_READY     ? VGPU_READY
               : entry->state == ENTRY_PRESENT ? VGPU_PRESENT
                                               : VGPU_MISTYPED;
}

static void add_declared(const struct host *host, const struct declared *declared,
                         const struct entry *entry, struct vgpu *ret) {
        uuid_copy(ret->uuid, declared->uuid);
        ret->mdev = entry->mdev;
        ret->state = declared_state(entry);
        ret->type = ret->mdev && ret->mdev->type[0] ? ret->mdev->type : declared->type;
        ret->name = declared->name;
        ret->owned = ret->mdev && host_owns(host, ret->mdev);
}

static void add_other(const struct host *host, const struct mdev *mdev, struct vgpu *ret) {
        uuid_copy(ret->uuid, mdev->uuid);
        ret->mdev = mdev;
        ret->type = mdev->type;
        ret->name = "";
        ret->owned = host_owns(host, mdev);
        ret->state = ret->owned ? VGPU_LEFTOVER : VGPU_FOREIGN;
}

struct vgpu *inventory_make(const struct plan *plan, size_t *ret_n) {
        const struct config *config = plan->config;
        const struct host *host = plan->host;
        struct vgpu *vgpus = calloc(config->n_vgpus + host->n_mdevs + 1, sizeof(struct vgpu));
        size_t n = 0;

        if (!vgpus)
                return NULL;
        for (size_t i = 0; i < config->n_vgpus; i++)
                add_declared(host, &config->vgpus[i], &plan->entries[i], &vgpus[n++]);
        for (size_t i = 0; i < host->n_mdevs; i++)
                if (!config_declares(config, host->mdevs[i].uuid))
                        add_other(host, &host->mdevs[i], &vgpus[n++]);
        *ret_n = n;
        return vgpus;
}

void inventory_brief_holder(const struct holder *holder, char *ret, size_t size) {
        *ret = '\0';
        if (holder->pid)
                snprintf(ret, size, "pid %d %s", (int) holder->pid,
                         *holder->guest ? holder->guest : holder->command);
}
