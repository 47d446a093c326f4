/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One inotify source a device, kept for as long as that very device (by inode) is there. */

#include "watch.h"

#include <errno.h>
#include <sys/inotify.h>

#include "host.h"
#include "names.h"
#include "util.h"

struct watch {
        uint64_t inode; /* of the mdev */
        sd_event_source *source;
};

static int on_node(sd_event_source *source, const struct inotify_event *event, void *userdata) {
        struct watches *watches = userdata;

        for (size_t i = 0; i < watches->n; i++)
                if (watches->list[i].source == source &&
                    event->mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_ATTRIB))
                        watches->handler(watches->list[i].inode,
                                         event->mask & (IN_CLOSE_WRITE | IN_CLOSE_NOWRITE),
                                         watches->userdata);
        return 0;
}

static bool is_wanted(const struct host *host, const struct mdev *mdev) {
        return mdev->node_present && host_find_note(host, mdev->uuid);
}

static bool is_watched(const struct watches *watches, uint64_t inode) {
        for (size_t i = 0; i < watches->n; i++)
                if (watches->list[i].inode == inode)
                        return true;
        return false;
}

static int watch_add(struct watches *watches, const struct mdev *mdev) {
        struct watch watch = {.inode = mdev->inode};
        struct watch *list;
        char path[64];
        int r;

        snprintf(path, sizeof(path), PATH_VFIO "/%d", mdev->group);
        list = reallocarray(watches->list, watches->n + 1, sizeof(struct watch));
        if (!list)
                return -ENOMEM;
        watches->list = list;
        r = sd_event_add_inotify(watches->event, &watch.source, path,
                                 IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_ATTRIB, on_node, watches);
        if (r < 0)
                return r == -ENOENT ? 0 : r;
        watches->list[watches->n++] = watch;
        return 0;
}

static bool is_there(const struct host *host, uint64_t inode) {
        for (size_t i = 0; i < host->n_mdevs; i++)
                if (host->mdevs[i].inode == inode && is_wanted(host, &host->mdevs[i]))
                        return true;
        return false;
}

int watches_sync(struct watches *watches, const struct host *host) {
        size_t kept = 0;
        int r;

        for (size_t i = 0; i < watches->n; i++)
                if (is_there(host, watches->list[i].inode))
                        watches->list[kept++] = watches->list[i];
                else
                        sd_event_source_disable_unref(watches->list[i].source);
        watches->n = kept;

        for (size_t i = 0; i < host->n_mdevs; i++) {
                const struct mdev *mdev = &host->mdevs[i];

                if (!is_wanted(host, mdev) || is_watched(watches, mdev->inode))
                        continue;
                r = watch_add(watches, mdev);
                if (r < 0)
                        return r;
        }
        return 0;
}

void watches_done(struct watches *watches) {
        for (size_t i = 0; i < watches->n; i++)
                sd_event_source_disable_unref(watches->list[i].source);
        free(watches->list);
        watches->list = NULL;
        watches->n = 0;
}
