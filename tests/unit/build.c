/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "build.h"

#include <errno.h>

#include "util.h"

#define GPU_TIGER_LAKE 0x9a49

void world_declared(struct world *world) {
        uuid_t none = {};

        ck_assert_int_eq(config_finish(world->config, none), 0);
}

void world_init(struct world *world, const char *declared, const char *offered) {
        *world = (struct world){
                .config = machine_declare(declared),
                .host = machine_make(offered),
        };
        world->history.group = GROUP_FOUND;
        world->history.gid = 108;
}

void world_done(struct world *world) {
        world->plan = plan_free(world->plan);
        world->config = config_free(world->config);
        world->host = host_free(world->host);
        history_done(&world->history);
}

void meet_user(struct record *record, const char *user, bool awaited, uint64_t now) {
        struct result result = {.outcome = OUTCOME_IN_USE};

        snprintf(result.detail, sizeof(result.detail), "%s", user);
        record_removed(record, &result, awaited, now);
}

void fail_removal(struct record *record, int error, uint64_t now) {
        struct result result = {.outcome = OUTCOME_FAILED, .error = error};

        record_removed(record, &result, false, now);
}

static void use_user(void *userdata, const char *word) {
        struct world *world = userdata;

        if (strchr(word + 2, 'u'))
                meet_user(world_record(world, word[0]), "qemu (pid 7)", /* awaited= */ true, 0);
}

void world_present(struct world *world, const char *present) {
        machine_present(world->host, present);
        each_word(present, use_user, world);
}

struct mdev *world_mdev(struct world *world, char letter) {
        return machine_mdev(world->host, letter);
}

void world_vanish(struct world *world, char letter) {
        uuid_t uuid;

        id_of(letter, uuid);
        machine_vanish(world->host, uuid);
}

struct record *world_record(struct world *world, char letter) {
        struct record *record;
        uuid_t uuid;

        id_of(letter, uuid);
        record = history_get(&world->history, uuid);
        ck_assert_ptr_nonnull(record);
        return record;
}

void fail_create(struct record *record, int error, bool fits, uint64_t now) {
        struct result result = {.outcome = OUTCOME_FAILED, .error = error};

        record_created(record, &result, fits, now);
}

static void unregister(struct host *host) {
        host->gpus[0].registered = false;
        host->gpus[0].registration = 0;
        host->gpus[0].n_types = 0;
        host->driver_complete = false;
        host->kvmgt = MODULE_AVAILABLE;
}

static void unbind(struct host *host, const char *driver) {
        unregister(host);
        snprintf(host->gpus[0].driver, sizeof(host->gpus[0].driver), "%s", driver);
        host->i915 = MODULE_AVAILABLE;
        host->enable_gvt = PARAMETER_UNKNOWN;
}

static void place_gpu_elsewhere(struct config *config) {
        config->device_auto = false;
        config->device = other_gpu;
}

void world_at(struct world *world, enum situation situation) {
        struct host *host = world->host;

        if (situation < SITUATION_NO_GVT)
                unbind(host, "");
        else if (situation < SITUATION_KERNEL_OLD)
                unregister(host);
        switch (situation) {
        case SITUATION_NO_GPU:
                free(host->gpus[0].types);
                host->n_gpus = 0;
                break;
        case SITUATION_NO_SUCH_DEVICE:
                place_gpu_elsewhere(world->config);
                break;
        case SITUATION_UNSUPPORTED:
                host->gpus[0].device_id = GPU_TIGER_LAKE;
                break;
        case SITUATION_OTHER_DRIVER:
                unbind(host, "vfio-pci");
                break;
        case SITUATION_NOMODESET:
                host->modeset = MODESET_NOMODESET;
                break;
        case SITUATION_OVERRIDDEN:
                snprintf(host->gpus[0].override, DRIVER_NAME_MAX, "vfio-pci");
                unbind(host, "");
                host->i915 = MODULE_LIVE;
                break;
        case SITUATION_MODULES_GONE:
                host->i915 = MODULE_MISSING;
                host->modules = MODULES_GONE;
                break;
        case SITUATION_MODULES_UNINDEXED:
                host->i915 = MODULE_MISSING;
                host->modules = MODULES_UNINDEXED;
                break;
        case SITUATION_MODESET_OFF:
                host->modeset = MODESET_OFF;
                break;
        case SITUATION_I915_MISSING:
                host->i915 = MODULE_MISSING;
                break;
        case SITUATION_I915_BLACKLISTED:
                host->i915 = MODULE_BLACKLISTED;
                break;
        case SITUATION_NO_GVT:
                host->enable_gvt = PARAMETER_ABSENT;
                break;
        case SITUATION_GVT_OFF:
                host->enable_gvt = PARAMETER_OFF;
                break;
        case SITUATION_KVMGT_MISSING:
                host->kvmgt = MODULE_MISSING;
                break;
        case SITUATION_KVMGT_BLACKLISTED:
                host->kvmgt = MODULE_BLACKLISTED;
                break;
        case SITUATION_KVMGT_UNLOADED:
                world->history.kvmgt_unloaded = true;
                break;
        case SITUATION_KVMGT_FAILED:
                world->history.load = (struct attempt){1, OUTCOME_FAILED, ENOENT, 0, 0};
                break;
        case SITUATION_NOT_REGISTERED:
        case SITUATION_REFUSED:
                host->kvmgt = MODULE_LIVE;
                world->waited = situation == SITUATION_REFUSED;
                break;
        case SITUATION_KERNEL_OLD:
                host->driver_old = true;
                host->driver_complete = false;
                break;
        case SITUATION_DRIVER_AWAITED:
                host->driver_complete = false;
                break;
        case SITUATION_PROBE_AWAITED:
                host->gpus[0].engines = ENGINES_AWAITED;
                break;
        case SITUATION_WEDGED:
                host->gpus[0].engines = ENGINES_DEAD;
                break;
        case SITUATION_NO_TYPES:
                host->gpus[0].n_types = 0;
                host->gpus[0].aperture = 128 * MB;
                break;
        case SITUATION_I915_AWAITED:
        case SITUATION_KVMGT_NEEDED:
        case SITUATION_OFFERED:
                break;
        }
}

void world_plan(struct world *world, uint64_t now, enum plan_flags flags) {
        world->plan = plan_free(world->plan);
        if (world->waited)
                flags |= PLAN_WAITED;
        ck_assert_int_eq(
                plan_make(world->config, world->host, &world->history, now, flags, &world->plan),
                0);
}

void world_obey(struct world *world) {
        for (size_t i = 0; i < world->plan->n_actions; i++) {
                const struct action *action = &world->plan->actions[i];

                switch (action->kind) {
                case ACTION_ASK:
                        history_answered(&world->history, action->question, "the answer");
                        break;
                case ACTION_GROUP:
                        world->history.group = GROUP_FOUND;
                        break;
                case ACTION_LOAD_KVMGT:
                        world->host->kvmgt = MODULE_LIVE;
                        break;
                case ACTION_LET_SLEEP:
                        world->host->kept_awake = false;
                        break;
                case ACTION_REMOVE:
                        machine_vanish(world->host, action->uuid);
                        break;
                case ACTION_CREATE:
                        machine_note(world->host, action->uuid,
                                  machine_add(world->host, action->uuid, action->type)->inode);
                        break;
                }
        }
}

static void say(char *text, size_t size, const char *word) {
        size_t n = strlen(text);

        snprintf(text + n, size - n, "%s%s", n > 0 ? " " : "", word);
}

const char *actions_text(const struct plan *plan) {
        static char text[1024];

        *text = '\0';
        for (size_t i = 0; i < plan->n_actions; i++) {
                const struct action *action = &plan->actions[i];
                bool create = action->kind == ACTION_CREATE;
                char word[8];

                if (action->kind != ACTION_CREATE && action->kind != ACTION_REMOVE)
                        snprintf(word, sizeof(word), "%s",
                                 action->kind == ACTION_ASK         ? "ask"
                                 : action->kind == ACTION_LET_SLEEP ? "sleep"
                                 : action->kind == ACTION_GROUP     ? "group"
                                                                    : "kvmgt");
                else
                        snprintf(word, sizeof(word), "%c%c%c%s", create ? '+' : '-',
                                 action->uuid[15], action->type[strlen(action->type) - 1],
                                 create && !action->fits ? "?" : "");
                say(text, sizeof(text), word);
        }
        return text;
}

static const char *state_text(enum entry_state state) {
        switch (state) {
        case ENTRY_AWAITED:
                return "awaited";
        case ENTRY_READY:
                return "ready";
        case ENTRY_PRESENT:
                return "present";
        case ENTRY_CREATE:
                return "create";
        case ENTRY_RECREATE:
                return "recreate";
        case ENTRY_OTHER_TYPE:
                return "other-type";
        case ENTRY_KEPT:
                return "kept";
        case ENTRY_NO_ROOM:
                return "no-room";
        case ENTRY_OTHER_GPU:
                return "other-gpu";
        case ENTRY_IN_USE:
                return "in-use";
        case ENTRY_BEHIND:
                return "behind";
        case ENTRY_NOT_OFFERED:
                return "not-offered";
        case ENTRY_HELD:
                return "held";
        }
        return "?";
}

const char *states_text(const struct plan *plan) {
        static char text[1024];

        *text = '\0';
        for (size_t i = 0; i < plan->n_entries; i++)
                say(text, sizeof(text), state_text(plan->entries[i].state));
        return text;
}

const char *situation_text(enum situation situation) {
        static const char *const texts[] = {
                [SITUATION_NO_GPU] = "no GPU",
                [SITUATION_NO_SUCH_DEVICE] = "no such device",
                [SITUATION_UNSUPPORTED] = "unsupported",
                [SITUATION_OTHER_DRIVER] = "other driver",
                [SITUATION_NOMODESET] = "nomodeset",
                [SITUATION_OVERRIDDEN] = "driver_override",
                [SITUATION_MODULES_GONE] = "modules gone",
                [SITUATION_MODULES_UNINDEXED] = "modules unindexed",
                [SITUATION_MODESET_OFF] = "modeset off",
                [SITUATION_I915_MISSING] = "i915 missing",
                [SITUATION_I915_BLACKLISTED] = "i915 blacklisted",
                [SITUATION_I915_AWAITED] = "i915 awaited",
                [SITUATION_NO_GVT] = "no GVT",
                [SITUATION_GVT_OFF] = "GVT off",
                [SITUATION_KVMGT_MISSING] = "kvmgt missing",
                [SITUATION_KVMGT_BLACKLISTED] = "kvmgt blacklisted",
                [SITUATION_KVMGT_UNLOADED] = "kvmgt unloaded",
                [SITUATION_KVMGT_FAILED] = "kvmgt failed",
                [SITUATION_KVMGT_NEEDED] = "kvmgt needed",
                [SITUATION_NOT_REGISTERED] = "not registered",
                [SITUATION_REFUSED] = "refused",
                [SITUATION_KERNEL_OLD] = "kernel old",
                [SITUATION_DRIVER_AWAITED] = "driver awaited",
                [SITUATION_PROBE_AWAITED] = "probe awaited",
                [SITUATION_WEDGED] = "wedged",
                [SITUATION_NO_TYPES] = "no types",
                [SITUATION_OFFERED] = "offered",
        };

        return texts[situation];
}
