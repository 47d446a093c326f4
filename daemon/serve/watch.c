/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One inotify source a device, kept for as long as that very device (by inode) is there, and a
 * pidfd of the process that has it. */

#include "watch.h"

#include <errno.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>

#include "host.h"
#include "names.h"
#include "util.h"

struct watch {
        uint64_t inode; /* of the mdev */
        int group;
        sd_event_source *source; /* NULL: until the next look */
        pid_t holder;         /* whose end is awaited, while there is */
        sd_event_source *end; /* this */
        bool released;        /* since the last answer that it is in use */
        bool late;            /* it could not be watched when it was to be */
};

/* libvirt gives the node back at the end of a guest, which is a release where no other end is awaited. */
static bool is_release(const struct watch *watch, uint32_t mask) {
        return mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_Q_OVERFLOW) || !watch->end;
}

static int on_node(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        struct watches *watches = userdata;

        for (size_t i = 0; i < watches->n; i++) {
                struct watch *watch = &watches->list[i];
                bool released = is_release(watch, event->mask);

                if (watch->source != source ||
                    !(event->mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_ATTRIB | IN_Q_OVERFLOW)))
                        continue;
                /* Whoever may open the node may do so in a loop. The look that is asked for sees the rest. */
                if (released)
                        watch->source = sd_event_source_disable_unref(watch->source);
                watch->released |= released;
                watches->handler(watch->inode, released, watches->userdata);
        }
        return 0;
}

static int on_end(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct watches *watches = userdata;

        for (size_t i = 0; i < watches->n; i++) {
                struct watch *watch = &watches->list[i];

                if (watch->end != source)
                        continue;
                watch->end = sd_event_source_disable_unref(watch->end);
                watches->handler(watch->inode, /* released= */ true, watches->userdata);
        }
        return 0;
}

static bool is_wanted(const struct host *host, const struct mdev *mdev) {
        return mdev->node_present && host_find_note(host, mdev->uuid);
}

static struct watch *find(const struct watches *watches, uint64_t inode) {
        for (size_t i = 0; i < watches->n; i++)
                if (watches->list[i].inode == inode)
                        return &watches->list[i];
        return NULL;
}

/* What is gone meanwhile is left to the look. What was not watched for a while may have been released in it. */
static int watch_arm(struct watches *watches, struct watch *watch) {
        char path[64];
        int r;

        snprintf(path, sizeof(path), PATH_VFIO "/%d", watch->group);
        r = sd_event_add_inotify(watches->event, &watch->source, path,
                                 IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_ATTRIB, on_node, watches);
        if (r < 0) {
                watch->late |= r != -ENOENT;
                return r == -ENOENT ? 0 : r;
        }
        if (watch->late) {
                watch->late = false;
                watch->released = true;
                watches->handler(watch->inode, /* released= */ true, watches->userdata);
        }
        return 0;
}

int watches_arm(struct watches *watches) {
        int failed = 0;

        for (size_t i = 0; i < watches->n; i++) {
                int r = watches->list[i].source ? 0 : watch_arm(watches, &watches->list[i]);

                if (r < 0)
                        failed = r;
        }
        return failed;
}

static int watch_add(struct watches *watches, const struct mdev *mdev) {
        struct watch *list = reallocarray(watches->list, watches->n + 1, sizeof(struct watch));

        if (!list)
                return -ENOMEM;
        watches->list = list;
        list[watches->n] = (struct watch){.inode = mdev->inode, .group = mdev->group};
        return watch_arm(watches, &list[watches->n++]);
}

static bool is_there(const struct host *host, uint64_t inode) {
        for (size_t i = 0; i < host->n_mdevs; i++)
                if (host->mdevs[i].inode == inode && is_wanted(host, &host->mdevs[i]))
                        return true;
        return false;
}

static void watch_done(struct watch *watch) {
        sd_event_source_disable_unref(watch->source);
        sd_event_source_disable_unref(watch->end);
}

int watches_sync(struct watches *watches, const struct host *host) {
        size_t kept = 0;
        int failed = 0;

        for (size_t i = 0; i < watches->n; i++)
                if (is_there(host, watches->list[i].inode))
                        watches->list[kept++] = watches->list[i];
                else
                        watch_done(&watches->list[i]);
        watches->n = kept;

        for (size_t i = 0; i < host->n_mdevs; i++) {
                const struct mdev *mdev = &host->mdevs[i];
                bool wanted = is_wanted(host, mdev) && !find(watches, mdev->inode);
                int r = wanted ? watch_add(watches, mdev) : 0;

                if (r < 0)
                        failed = r;
        }
        return failed;
}

int watches_follow(struct watches *watches, uint64_t inode, pid_t holder) {
        struct watch *watch = find(watches, inode);
        _cleanup_close_ int fd = -1;
        bool released;
        int r;

        if (!watch || holder <= 0)
                return -ESRCH;
        released = watch->released;
        watch->released = false;
        if (watch->end && watch->holder == holder)
                return released;
        fd = pidfd_open(holder, 0);
        if (fd < 0)
                return -errno;
        watch->end = sd_event_source_disable_unref(watch->end);
        r = sd_event_add_io(watches->event, &watch->end, fd, EPOLLIN, on_end, watches);
        if (r < 0)
                return r;
        (void) sd_event_source_set_io_fd_own(watch->end, true);
        TAKE_FD(fd);
        watch->holder = holder;
        return 1;
}

/* The folder, since the file is replaced and not written to. */
static int on_groups(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        struct watches *watches = userdata;

        if (event->mask & IN_Q_OVERFLOW || (event->len > 0 && streq(event->name, "group")))
                watches->groups_changed(watches->userdata);
        return 0;
}

int watches_groups(struct watches *watches, bool wanted) {
        if (!wanted) {
                watches->groups = sd_event_source_disable_unref(watches->groups);
                return 0;
        }
        return watches->groups ? 0
                               : sd_event_add_inotify(watches->event, &watches->groups, "/etc",
                                                      IN_MOVED_TO | IN_CLOSE_WRITE, on_groups, watches);
}

void watches_done(struct watches *watches) {
        sd_event_source_disable_unref(watches->groups);
        for (size_t i = 0; i < watches->n; i++)
                watch_done(&watches->list[i]);
        free(watches->list);
        watches->list = NULL;
        watches->n = 0;
}
