/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The only writes to `create` and `remove` in gvtd. Two rules stand above all:
 *
 * A create is written only while the mdev driver and i915's probe are complete (see
 * host.driver_complete and gpu.engines).
 *
 * A remove is written only while this process holds the vfio group: the open fails while a VM has
 * the vGPU, and while we hold it no VM can take it. Without that the write waits for the VM in D
 * state (vfio_unregister_group_dev()), and before Linux 6.2 it destroys a device in use
 * (intel_vgpu_remove() in gvt/kvmgt.c). A VM that opened the device's own node and has not bound it
 * yet takes no group: it is looked for, and while we hold the group it cannot bind. */

#include "act.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "answer.h"
#include "device.h"
#include "group.h"
#include "holder.h"
#include "evidence.h"
#include "kernel-log.h"
#include "kvmgt.h"
#include "module.h"
#include "names.h"
#include "notes.h"
#include "observe.h"
#include "power.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

static struct result failed(int r) {
        return (struct result){.outcome = OUTCOME_FAILED, .error = -r};
}

/* Success alone proves nothing: an `install` line of modprobe.d may run `true` in its place, and the
 * next pass would find kvmgt missing and load it again, and so on without a pause. */
static struct result load_kvmgt(void) {
        enum module_state state;
        int r = kvmgt_load();

        if (r >= 0)
                r = module_look("kvmgt", &state);
        if (r < 0)
                return failed(r);
        switch (state) {
        case MODULE_COMING:
        case MODULE_LIVE:
        case MODULE_GOING:
                return (struct result){.outcome = OUTCOME_DONE};
        case MODULE_UNKNOWN:
        case MODULE_MISSING:
        case MODULE_BLACKLISTED:
        case MODULE_AVAILABLE:
                break;
        }
        return (struct result){.outcome = OUTCOME_UNVERIFIED};
}

static int open_parent(const struct action *action) {
        char path[sizeof(PATH_PCI_DEVICES) + PCI_ADDRESS_TEXT];

        snprintf(path, sizeof(path), PATH_PCI_DEVICES "/%s", address_text(&action->parent).text);
        return sysfs_open(path);
}

/* A GPU that cannot be kept awake is no reason to have no vGPUs; one that may not sleep again is news
 * for the next look. */
static struct result act_load(const struct action *action, int notes) {
        _cleanup_close_ int parent = open_parent(action);
        struct result result;

        if (parent < 0)
                return load_kvmgt();
        (void) power_hold(parent, &action->parent, notes);
        result = load_kvmgt();
        (void) power_release(parent, &action->parent, notes);
        return result;
}

static struct result act_let_sleep(const struct action *action, int notes) {
        _cleanup_close_ int parent = open_parent(action);
        int r = unless_gone(parent) < 0 ? parent : power_release(parent, &action->parent, notes);

        return r < 0 ? failed(r) : (struct result){.outcome = OUTCOME_DONE};
}

/* The inode of the device's folder; -ENOENT when it is not there. */
static int device_inode(int parent, const struct action *action, uint64_t *ret) {
        struct stat st;

        if (fstatat(parent, uuid_text(action->uuid).text, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        *ret = st.st_ino;
        return 0;
}

/* Of a device just made: what it has not got, or that nobody knows. */
static void say_missing(struct result *result, const char *what, int r) {
        if (is_gone(r))
                snprintf(result->detail, DETAIL_MAX, "it %s", what);
        else
                snprintf(result->detail, DETAIL_MAX, "looking at it failed: %s", strerror(-r));
}

/* A create that returned without error is believed when the device has the type and a vfio group. */
static struct result verify(int parent, const struct action *action) {
        _cleanup_close_ int dir =
                openat(parent, uuid_text(action->uuid).text, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct result result = {.outcome = OUTCOME_UNVERIFIED};
        char type[TYPE_NAME_MAX], group[16];
        int r = dir < 0 ? -errno : device_inode(parent, action, &result.inode);

        if (r < 0) {
                say_missing(&result, "is not in sysfs", r);
        } else if ((r = sysfs_link_name(dir, "mdev_type", type, sizeof(type))) < 0) {
                say_missing(&result, "has no mdev_type", r);
        } else if (!streq(type, action->type)) {
                snprintf(result.detail, DETAIL_MAX, "its type is %s", type);
        } else if ((r = sysfs_link_name(dir, "iommu_group", group, sizeof(group))) < 0) {
                say_missing(&result, "has no iommu_group", r);
        } else {
                result.outcome = OUTCOME_DONE;
        }
        return result;
}

static int write_create(int parent, const struct action *action) {
        char path[sizeof(TYPES_FOLDER) + TYPE_NAME_MAX];
        _cleanup_close_ int type = -1;

        snprintf(path, sizeof(path), TYPES_FOLDER "/%s", action->type);
        type = openat(parent, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (type < 0)
                return -errno;
        return sysfs_write(type, "create", uuid_text(action->uuid).text);
}

/* The note comes first: a crash after the write must not leave a device that nobody owns. */
static struct result create_with_note(int parent, const struct action *action, int notes) {
        struct result result;
        int r = note_write(notes, action->uuid, 0);

        if (r < 0) {
                (void) note_drop(notes, action->uuid);
                return (struct result){.outcome = OUTCOME_NO_NOTE, .error = -r};
        }
        /* Right before the write: whoever unloads kvmgt or unbinds i915 has the least time to do so
         * in between. */
        r = create_is_safe(parent);
        if (r == 0) {
                (void) note_drop(notes, action->uuid);
                return (struct result){.outcome = OUTCOME_GATE_CLOSED};
        }
        if (r > 0)
                r = write_create(parent, action);
        if (r < 0) {
                (void) note_drop(notes, action->uuid);
                return failed(r);
        }
        result = verify(parent, action);
        if (result.inode)
                (void) note_write(notes, action->uuid, result.inode);
        return result;
}

static struct result act_create(const struct action *action, int notes) {
        _cleanup_close_ int parent = open_parent(action);

        return parent < 0 ? failed(parent) : create_with_note(parent, action, notes);
}

/* Opens the group's node, which takes it from any VM that would want it now. The kernel asks for no
 * mode (vfio_group_fops_open()), and reading is what CAP_DAC_READ_SEARCH allows where the node is
 * another user's: libvirt's, or that of an administrator's rule. */
static int take_group(int group) {
        char path[64];
        int fd;

        snprintf(path, sizeof(path), PATH_VFIO "/%d", group);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Something else is at it. */
static struct result changing(int error) {
        return (struct result){.outcome = OUTCOME_FAILED, .error = error, .deduced = true};
}

static struct result in_use(pid_t holder, const char *who) {
        struct result result = {.outcome = OUTCOME_IN_USE, .holder = holder};

        snprintf(result.detail, DETAIL_MAX, "%s", who);
        return result;
}

/* Success and ENOENT of the write do not prove it: another remover may be at work. */
static struct result judge_removal(int parent, const struct action *action, int r, int notes) {
        uint64_t inode = 0;
        int gone = device_inode(parent, action, &inode);

        if (gone < 0 && !is_gone(gone))
                return failed(gone);
        if (gone == 0 && inode == action->inode)
                return r < 0 ? failed(r) : changing(EAGAIN);
        r = note_drop(notes, action->uuid);
        return r < 0 ? failed(r) : (struct result){.outcome = OUTCOME_DONE};
}

static struct result act_remove(const struct action *action, int notes) {
        _cleanup_close_ int parent = open_parent(action), group = -1, device = -1;
        char who[DETAIL_MAX];
        pid_t holder;
        int r;

        if (parent < 0)
                return failed(parent);
        /* No group, no driver: the device is on its way in or out, and nothing can hold it. */
        if (action->group < 0)
                return changing(EAGAIN);
        /* Who has opened the device's own node; before we take the group, since its end would look
         * like a release. A search that failed has not found nobody. */
        holder = holder_find(action->uuid, -1, who, sizeof(who));
        if (holder != 0)
                return holder > 0 ? in_use(holder, who) : failed(holder);
        group = take_group(action->group);
        if (group == -EBUSY) {
                holder = holder_find(action->uuid, action->group, who, sizeof(who));
                return in_use(holder > 0 ? holder : 0,
                              holder > 0 ? who : "a process that cannot be seen from here");
        }
        if (is_gone(group) || group == -ENXIO) /* removed by somebody else just now */
                return judge_removal(parent, action, 0, notes);
        if (group < 0)
                return failed(group);
        device = device_open(action->uuid, action->inode, action->group);
        if (device == -ENOENT)
                return judge_removal(parent, action, 0, notes);
        if (device == -ESTALE)
                return changing(ESTALE);
        if (device < 0)
                return failed(device);
        r = note_drop_ready(notes, action->uuid);
        if (r < 0)
                return failed(r);
        r = sysfs_write(device, "remove", "1");
        return judge_removal(parent, action, r, notes);
}

static struct result act_ask(const struct action *action) {
        struct result result = {.outcome = OUTCOME_DONE};
        struct evidence evidence;
        struct kernel_log log;
        int r = kernel_log_read(&log);

        if (r >= 0)
                r = evidence_look(action->question, action->asked, &log, &evidence);
        if (r < 0)
                return failed(r);
        (void) answer(action->question, action->running, &evidence, result.detail);
        return result;
}

static struct result act_group(const struct action *action) {
        struct result result = {.outcome = OUTCOME_DONE};
        int r = group_look(action->name, &result.gid);

        if (r == 0)
                result.outcome = OUTCOME_UNKNOWN;
        return r < 0 ? failed(r) : result;
}

struct result act(const struct action *action, int notes) {
        switch (action->kind) {
        case ACTION_LOAD_KVMGT:
                return act_load(action, notes);
        case ACTION_LET_SLEEP:
                return act_let_sleep(action, notes);
        case ACTION_CREATE:
                return act_create(action, notes);
        case ACTION_REMOVE:
                return act_remove(action, notes);
        case ACTION_ASK:
                return act_ask(action);
        case ACTION_GROUP:
                return act_group(action);
        }
        return failed(-EINVAL);
}
