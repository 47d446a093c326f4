/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The only writes to `create` and `remove` in gvtd. Two rules stand above all:
 *
 * A create is written only while the mdev driver and i915's probe are complete (see
 * host.driver_complete and gpu.probed).
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
#include "holder.h"
#include "evidence.h"
#include "kernel-log.h"
#include "module.h"
#include "names.h"
#include "note.h"
#include "observe.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

static struct result failed(int r) {
        return (struct result){.outcome = OUTCOME_FAILED, .error = -r};
}

/* Success alone proves nothing: an `install` line of modprobe.d may run `true` in its place, and the
 * next pass would find kvmgt missing and load it again, and so on without a pause. */
static struct result act_load(void) {
        int r = module_load("kvmgt");

        if (r < 0)
                return failed(r);
        switch (module_look("kvmgt")) {
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

/* The inode of the device's folder; -ENOENT when it is not there. */
static int device_inode(int parent, const struct action *action, uint64_t *ret) {
        struct stat st;

        if (fstatat(parent, uuid_text(action->uuid).text, &st, AT_SYMLINK_NOFOLLOW) < 0)
                return -errno;
        *ret = st.st_ino;
        return 0;
}

/* A create that returned without error is believed when the device has the type and a vfio group. */
static struct result verify(int parent, const struct action *action) {
        _cleanup_close_ int dir =
                openat(parent, uuid_text(action->uuid).text, O_PATH | O_DIRECTORY | O_CLOEXEC);
        struct result result = {.outcome = OUTCOME_UNVERIFIED};
        char name[TYPE_NAME_MAX];

        if (dir < 0 || device_inode(parent, action, &result.inode) < 0)
                snprintf(result.detail, DETAIL_MAX, "it is not in sysfs");
        else if (sysfs_link_name(dir, "mdev_type", name, sizeof(name)) < 0)
                snprintf(result.detail, DETAIL_MAX, "it has no mdev_type");
        else if (!streq(name, action->type))
                snprintf(result.detail, DETAIL_MAX, "its type is %s", name);
        else if (sysfs_link_name(dir, "iommu_group", name, sizeof(name)) < 0)
                snprintf(result.detail, DETAIL_MAX, "it has no iommu_group");
        else
                result.outcome = OUTCOME_DONE;
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
        if (!create_is_safe(parent)) {
                (void) note_drop(notes, action->uuid);
                return (struct result){.outcome = OUTCOME_GATE_CLOSED};
        }
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
static int claim(int group) {
        char path[64];
        int fd;

        snprintf(path, sizeof(path), PATH_VFIO "/%d", group);
        fd = open(path, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? -errno : fd;
}

/* Group -1: only who opened the device's own node is looked for. */
static struct result find_user(const struct action *action, int group) {
        struct result result = {.outcome = OUTCOME_IN_USE, .error = EBUSY};

        result.holder = holder_find(action->uuid, group, result.detail, sizeof(result.detail));
        if (result.holder <= 0)
                snprintf(result.detail, DETAIL_MAX, "a process that cannot be seen from here");
        return result;
}

/* A descriptor of the device that was planned for, in the group that was claimed. What is written
 * through it cannot reach a later device of that UUID: the folder of one that is gone stays empty. */
static int open_device(int parent, const struct action *action) {
        _cleanup_close_ int device =
                openat(parent, uuid_text(action->uuid).text, O_PATH | O_DIRECTORY | O_CLOEXEC);
        char group[16];
        struct stat st;

        if (device < 0 || fstat(device, &st) < 0)
                return -errno;
        if (st.st_ino != action->inode ||
            sysfs_link_name(device, "iommu_group", group, sizeof(group)) < 0 ||
            atoi(group) != action->group)
                return -ESTALE;
        return TAKE_FD(device);
}

/* Success and ENOENT of the write do not prove it: another remover may be at work. */
static struct result judge_removal(int parent, const struct action *action, int r, int notes) {
        uint64_t inode = 0;

        if (device_inode(parent, action, &inode) == 0 && inode == action->inode)
                return failed(r < 0 ? r : -EAGAIN);
        r = note_drop(notes, action->uuid);
        return r < 0 ? failed(r) : (struct result){.outcome = OUTCOME_DONE};
}

static struct result act_remove(const struct action *action, int notes) {
        _cleanup_close_ int parent = open_parent(action), group = -1, device = -1;
        struct result opened;
        int r;

        if (parent < 0)
                return failed(parent);
        /* No group, no driver: the device is on its way in or out, and nothing can hold it. */
        if (action->group < 0)
                return failed(-EAGAIN);
        /* Before the claim, whose end would look like a release. */
        opened = find_user(action, -1);
        if (opened.holder > 0)
                return opened;
        group = claim(action->group);
        if (group == -EBUSY)
                return find_user(action, action->group);
        if (group < 0)
                return failed(group);
        device = open_device(parent, action);
        if (device == -ENOENT)
                return judge_removal(parent, action, 0, notes);
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

        kernel_log_read(&log);
        evidence_look(action->question, action->asked, &log, &evidence);
        (void) answer(action->question, action->running, &evidence, result.detail);
        return result;
}

struct result act(const struct action *action, int notes) {
        switch (action->kind) {
        case ACTION_LOAD_KVMGT:
                return act_load();
        case ACTION_CREATE:
                return act_create(action, notes);
        case ACTION_REMOVE:
                return act_remove(action, notes);
        case ACTION_ASK:
                return act_ask(action);
        }
        return failed(-EINVAL);
}
