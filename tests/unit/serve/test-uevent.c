/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which of the kernel's events wake the daemon, and which of these lead to a look. The filter is the
 * kernel's to run; it does so on any socket. */

#include "suite.h"

#include <sys/socket.h>
#include <unistd.h>

#include "uevent.h"
#include "util.h"

#define GPU "/devices/pci0000:00/0000:00:02.0"

/* '|' stands for the terminator of a string. */
static const struct {
        const char *sentence;
        const char *event;
        bool wakes, news;
} rows[] = {
        {"a parent was registered",
         "change@" GPU "|ACTION=change|SUBSYSTEM=pci|MDEV_STATE=registered|SEQNUM=7|", true, true},
        {"kvmgt is live", "add@/module/kvmgt|ACTION=add|SUBSYSTEM=module|SEQNUM=7|", true, true},
        {"a parent went away", "change@" GPU "|ACTION=change|MDEV_STATE=unregistered|", true, false},
        {"a monitor was plugged in", "change@" GPU "/drm/card0|ACTION=change|HOTPLUG=1|", true,
         false},
        {"a value that only ends so", "change@" GPU "|NOT_MDEV_STATE=registered|", true, false},
        {"a longer value", "change@" GPU "|MDEV_STATE=registered2|", true, false},
        {"another module", "add@/module/kvm|ACTION=add|", false, false},
        {"a module with a longer name", "add@/module/kvmgtx|ACTION=add|", true, false},
        {"kvmgt goes", "remove@/module/kvmgt|ACTION=remove|", false, false},
        {"a PCI device is added", "add@" GPU "|ACTION=add|SUBSYSTEM=pci|", false, false},
        {"a device that is not on PCI", "change@/devices/virtual/block/loop0|ACTION=change|", false,
         false},
        {"i915's probe is done", "bind@" GPU "|ACTION=bind|DRIVER=i915|SUBSYSTEM=pci|", true, true},
        {"another driver took a device", "bind@" GPU "|ACTION=bind|DRIVER=vfio-pci|", true, false},
        {"a vGPU of ours is bound",
         "bind@" GPU "/a297db4a-f4c2-11e6-90f6-d3b88d6c9525|DRIVER=i915|", false, false},
        {"a device behind a bridge",
         "bind@/devices/pci0000:00/0000:00:1c.0/0000:02:00.0|DRIVER=i915|", false, false},
        {"a device that is not on PCI is bound",
         "bind@/devices/platform/rtc_cmos1234567890|DRIVER=i915|", false, false},
        {"i915 lets go", "unbind@" GPU "|ACTION=unbind|DRIVER=i915|", false, false},
        {"another folder of the same length", "change@/modules/pci0000:00|MDEV_STATE=registered|",
         false, false},
        {"nothing", "", false, false},
        {"too short to tell", "change@", false, false},
};

START_TEST(wakes_and_tells) {
        char text[512];
        int pair[2];
        size_t n = strlen(rows[_i].event);
        ssize_t waiting;

        for (size_t i = 0; i <= n; i++)
                text[i] = rows[_i].event[i] == '|' ? '\0' : rows[_i].event[i];
        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair), 0);
        ck_assert_int_eq(uevent_filter(pair[1]), 0);
        (void) !write(pair[0], text, n); /* EPERM where it is filtered out */
        waiting = recv(pair[1], text, sizeof(text), MSG_DONTWAIT | MSG_PEEK);
        ck_assert_msg((waiting >= 0) == rows[_i].wakes, "%s: wakes is %d", rows[_i].sentence,
                      waiting >= 0);
        ck_assert_msg(uevent_is_news(pair[1]) == rows[_i].news, "%s", rows[_i].sentence);
        close(pair[0]);
        close(pair[1]);
}
END_TEST

START_TEST(nothing_to_read_is_no_news) {
        ck_assert(!uevent_is_news(-1));
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("uevent");
        TCase *tcase = tcase_create("uevent");

        tcase_add_loop_test(tcase, wakes_and_tells, 0, ARRAY_SIZE(rows));
        tcase_add_test(tcase, nothing_to_read_is_no_news);
        suite_add_tcase(suite, tcase);
        return suite;
}
