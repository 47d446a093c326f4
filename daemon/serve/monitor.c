/* SPDX-License-Identifier: GPL-2.0-or-later */

/* An event is a reason to look again and nothing more, so that a lost one costs nothing but the
 * look. When the socket overflows, sd_device_monitor swallows the error; a second source on a
 * duplicate of its descriptor, of higher priority, is where ENOBUFS shows. */

#include "monitor.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <systemd/sd-device.h>

#include "uevent.h"
#include "util.h"

#define BUFFER_SIZE ((size_t) 16 << 20)

struct monitor {
        sd_device_monitor *monitor;
        sd_event_source *overflow;
        sd_event_source *kernel;
        monitor_handler handler;
        void *userdata;
};

/* Other drivers and modules come and go without meaning. */
static bool is_relevant_driver(sd_device *device) {
        const char *name;

        return sd_device_get_sysname(device, &name) >= 0 &&
               (streq(name, "kvmgt") || streq(name, "i915") || streq(name, "intel_vgpu_mdev"));
}

static bool is_display(sd_device *device) {
        const char *class;

        return sd_device_get_property_value(device, "PCI_CLASS", &class) < 0 ||
               strtoul(class, NULL, 16) >> 16 == 0x03;
}

static int on_device(sd_device_monitor *m, sd_device *device, void *userdata) {
        struct monitor *monitor = userdata;
        const char *subsystem;

        if (sd_device_get_subsystem(device, &subsystem) < 0)
                return 0;
        if (streq(subsystem, "module") || streq(subsystem, "drivers")) {
                if (is_relevant_driver(device))
                        monitor->handler(CHANGE_DRIVER, monitor->userdata);
        } else if (streq(subsystem, "vfio")) {
                monitor->handler(CHANGE_NODE, monitor->userdata);
        } else if (!streq(subsystem, "pci") || is_display(device)) {
                monitor->handler(CHANGE_DEVICE, monitor->userdata);
        }
        return 0;
}

static int on_overflow(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct monitor *monitor = userdata;
        socklen_t size = sizeof(int);
        int error = 0;

        if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error != 0)
                monitor->handler(CHANGE_DRIVER, monitor->userdata);
        return 0;
}

static int watch_overflow(struct monitor *monitor, sd_event *event) {
        sd_event_source *source = sd_device_monitor_get_event_source(monitor->monitor);
        int r, fd = fcntl(sd_event_source_get_io_fd(source), F_DUPFD_CLOEXEC, 3);

        if (fd < 0)
                return -errno;
        r = sd_event_add_io(event, &monitor->overflow, fd, EPOLLERR, on_overflow, monitor);
        if (r < 0) {
                close(fd);
                return r;
        }
        r = sd_event_source_set_io_fd_own(monitor->overflow, true);
        if (r < 0)
                return r;
        return sd_event_source_set_priority(monitor->overflow, SD_EVENT_PRIORITY_IMPORTANT);
}

static int on_kernel(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct monitor *monitor = userdata;

        if (uevent_is_news(fd))
                monitor->handler(CHANGE_PARENT, monitor->userdata);
        return 0;
}

static int watch_kernel(struct monitor *monitor, sd_event *event) {
        int r, fd = uevent_open();

        if (fd < 0)
                return fd;
        r = sd_event_add_io(event, &monitor->kernel, fd, EPOLLIN, on_kernel, monitor);
        if (r < 0) {
                close(fd);
                return r;
        }
        return sd_event_source_set_io_fd_own(monitor->kernel, true);
}

static int monitor_setup(struct monitor *monitor, sd_event *event) {
        static const char *const subsystems[] = {"pci", "mdev", "vfio", "module", "drivers"};
        int r = sd_device_monitor_new(&monitor->monitor);

        if (r < 0)
                return r;
        /* Best effort: beyond the system's limit it takes CAP_NET_ADMIN, and overflow is handled. */
        (void) sd_device_monitor_set_receive_buffer_size(monitor->monitor, BUFFER_SIZE);
        for (size_t i = 0; i < ARRAY_SIZE(subsystems); i++) {
                r = sd_device_monitor_filter_add_match_subsystem_devtype(monitor->monitor,
                                                                         subsystems[i], NULL);
                if (r < 0)
                        return r;
        }
        r = sd_device_monitor_attach_event(monitor->monitor, event);
        if (r < 0)
                return r;
        r = sd_device_monitor_start(monitor->monitor, on_device, monitor);
        if (r < 0)
                return r;
        r = watch_overflow(monitor, event);
        return r < 0 ? r : watch_kernel(monitor, event);
}

int monitor_start(struct monitor **ret, sd_event *event, monitor_handler handler, void *userdata) {
        struct monitor *monitor = calloc(1, sizeof(struct monitor));
        int r;

        if (!monitor)
                return -ENOMEM;
        monitor->handler = handler;
        monitor->userdata = userdata;
        r = monitor_setup(monitor, event);
        if (r < 0)
                monitor_free(monitor);
        else
                *ret = monitor;
        return r;
}

struct monitor *monitor_free(struct monitor *monitor) {
        if (!monitor)
                return NULL;
        sd_event_source_disable_unref(monitor->overflow);
        sd_event_source_disable_unref(monitor->kernel);
        sd_device_monitor_unref(monitor->monitor);
        free(monitor);
        return NULL;
}
