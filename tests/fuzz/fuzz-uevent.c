/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any message on the kernel's socket: news by the words in it, each as a whole, and never what the
 * filter keeps away. */

#include <sys/socket.h>

#include "fuzz.h"
#include "uevent.h"

/* The same judgement, string by string. */
static bool is_news(const char *event, size_t size) {
        const char *end = event + size;
        bool bind = false, i915 = false;

        for (const char *string = event, *next; string < end; string = next) {
                next = memchr(string, '\0', (size_t) (end - string));
                if (!next) /* cut short; that a driver was bound shows already */
                        return bind && i915;
                next++;
                if (string == event) {
                        bind = strncmp(string, "bind@/devices/pci", strlen("bind@/devices/pci")) == 0;
                        if (streq(string, "add@/module/kvmgt"))
                                return true;
                        continue;
                }
                if (streq(string, "MDEV_STATE=registered"))
                        return true;
                i915 |= streq(string, "DRIVER=i915");
        }
        return bind && i915;
}

static bool is_news_behind_filter(const char *event, size_t size) {
        static int pair[2] = {-1, -1};

        if (pair[0] < 0) {
                assert(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair) == 0);
                assert(uevent_filter(pair[1]) == 0);
        }
        (void) !write(pair[0], event, size); /* EPERM where it is filtered out */
        return uevent_is_news(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        _cleanup_free_ char *event = malloc(size > 0 ? size : 1);
        bool news;

        assert(event);
        if (size > 0)
                memcpy(event, data, size);
        news = uevent_tells(event, size);
        assert(news == is_news(event, size));
        assert(news || !is_news_behind_filter(event, size));
        return 0;
}
