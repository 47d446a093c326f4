/* SPDX-License-Identifier: GPL-2.0-or-later */

/* A message is "ACTION@DEVPATH", then KEY=VALUE strings, each with its terminator
 * (kobject_uevent_env() in lib/kobject_uevent.c). The filter compares its first words, so that the
 * rest of the machine's events wake nobody. */

#include "uevent.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stdint.h>
#include <sys/socket.h>

#include "util.h"

#define GROUP_KERNEL 1
#define BIND         "bind@/devices/pci"

#define WORD(a, b, c, d)  ((uint32_t) (a) << 24 | (uint32_t) (b) << 16 | (uint32_t) (c) << 8 | (d))
#define LOAD(offset)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define LOAD_BYTE(offset) BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offset)
/* Goes on where the word is equal, otherwise to the instruction so many further. */
#define EXPECT(word, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, word, 0, otherwise)
#define DELIVER                 BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)
#define IGNORE                  BPF_STMT(BPF_RET | BPF_K, 0)

int uevent_filter(int fd) {
        struct sock_filter code[] = {
                LOAD(0),
                EXPECT(WORD('c', 'h', 'a', 'n'), 5),
                LOAD(8), /* change@/devices/pci... */
                EXPECT(WORD('d', 'e', 'v', 'i'), 15),
                LOAD(16),
                EXPECT(WORD('p', 'c', 'i', '0'), 13),
                DELIVER,
                EXPECT(WORD('b', 'i', 'n', 'd'), 5),
                LOAD(14), /* bind@/devices/pci0000:00/0000:00:02.0, and not what lies below */
                EXPECT(WORD('p', 'c', 'i', '0'), 9),
                LOAD_BYTE(sizeof(BIND "0000:00/0000:00:02.0") - 1),
                EXPECT(0, 7),
                DELIVER,
                EXPECT(WORD('a', 'd', 'd', '@'), 5),
                LOAD(4), /* add@/module/kvmgt */
                EXPECT(WORD('/', 'm', 'o', 'd'), 3),
                LOAD(12),
                EXPECT(WORD('k', 'v', 'm', 'g'), 1),
                DELIVER,
                IGNORE,
        };
        struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

        return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ? -errno
                                                                                         : 0;
}

int uevent_open(void) {
        struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = GROUP_KERNEL};
        _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                                        NETLINK_KOBJECT_UEVENT);
        int r;

        if (fd < 0)
                return -errno;
        r = uevent_filter(fd);
        if (r < 0)
                return r;
        if (bind(fd, (struct sockaddr *) &address, sizeof(address)) < 0)
                return -errno;
        return TAKE_FD(fd);
}

bool uevent_tells(const char *event, size_t size) {
        static const char registered[] = "\0MDEV_STATE=registered", live[] = "add@/module/kvmgt",
                          i915[] = "\0DRIVER=i915";

        return memmem(event, size, registered, sizeof(registered)) ||
               (size >= sizeof(live) && memcmp(event, live, sizeof(live)) == 0) ||
               (size >= sizeof(BIND) && memcmp(event, BIND, sizeof(BIND) - 1) == 0 &&
                memmem(event, size, i915, sizeof(i915)));
}

bool uevent_is_news(int fd) {
        char event[4096];
        ssize_t n = recv(fd, event, sizeof(event), MSG_DONTWAIT);

        return n > 0 && uevent_tells(event, (size_t) n);
}
