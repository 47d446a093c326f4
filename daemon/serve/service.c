/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Signals, the start-up's time limit, and systemd's side of reload and stop. */

#include "service.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>

#include "config.h"
#include "load.h"
#include "log.h"
#include "manager.h"
#include "monitor.h"
#include "names.h"
#include "notes.h"
#include "util.h"

/* Beyond `wait`: the manager's own work after it must not run into systemd's limit. */
#define EXTRA_TIME (30 * SECOND)
/* A reload whose pass is held up by the kernel says so and returns. */
#define RELOAD_PATIENCE (10 * SECOND)

struct service {
        const char *file;
        sd_event *event;
        sd_event_source *wait;
        struct monitor *monitor;
        struct manager manager;
};

static void on_change(enum change change, void *userdata) {
        struct service *service = userdata;

        switch (change) {
        case CHANGE_DEVICE:
                manager_device_changed(&service->manager);
                break;
        case CHANGE_NODE:
                manager_node_done(&service->manager);
                break;
        case CHANGE_PARENT:
                manager_look_again(&service->manager);
                break;
        case CHANGE_DRIVER:
                manager_driver_changed(&service->manager);
                break;
        }
}

static int on_wait(sd_event_source *source, uint64_t usec, void *userdata) {
        struct service *service = userdata;

        manager_waited_out(&service->manager);
        return 0;
}

static int set_wait(struct service *service, uint64_t usec) {
        sd_event_source_disable_unref(service->wait);
        service->wait = NULL;
        if (usec == UINT64_MAX)
                return 0;
        return sd_event_add_time_relative(service->event, &service->wait, CLOCK_MONOTONIC, usec, 0,
                                          on_wait, service);
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata) {
        struct service *service = userdata;

        (void) sd_notify(false, "STOPPING=1");
        manager_stop(&service->manager);
        return 0;
}

static int notify_reloading(void) {
        return sd_notifyf(false, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, usec_now(CLOCK_MONOTONIC));
}

/* A SIGHUP may come during the start, too, whose end is told by the manager. */
static bool has_started(const struct service *service) {
        return service->manager.notified.started;
}

static void reload_refused(struct service *service, struct subject *subject, const char *reason) {
        subject->message_id = MESSAGE_RELOAD_REFUSED;
        log_write(LOG_ERR, subject, "reload refused: %s; the old declaration stays", reason);
        manager_refuse(&service->manager);
}

/* Refused whole when anything is wrong: the running declaration stays as it is. */
static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info,
                     void *userdata) {
        struct service *service = userdata;
        struct subject subject = {};
        struct config *config;
        char reason[64];
        int r;

        if (service->manager.stopping)
                return 0; /* there is nothing left to declare, nor anybody who waits for the end */
        if (has_started(service))
                (void) notify_reloading();
        r = config_load(service->file, 0, &config);
        if (r < 0) {
                subject.error = -r;
                reload_refused(service, &subject, strerror(-r));
                return 0;
        }
        announce_findings(config);
        if (config->findings.n_errors > 0) {
                snprintf(reason, sizeof(reason), "%zu error%s in the ini", config->findings.n_errors,
                         plural(config->findings.n_errors));
                reload_refused(service, &subject, reason);
                config_free(config);
                return 0;
        }
        if (has_started(service))
                (void) set_wait(service, RELOAD_PATIENCE);
        manager_reload(&service->manager, config);
        return 0;
}

/* A lock of this process and not of its descriptors: a worker that outlives us does not keep it. */
static int lock_instance(int notes) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        int fd = notes_open_lock(notes, "lock");

        if (fd < 0)
                return fd;
        if (fcntl(fd, F_SETLK, &lock) == 0)
                return fd;
        if (errno == EACCES || errno == EAGAIN) {
                (void) fcntl(fd, F_GETLK, &lock);
                log_error("gvtd is running already (process %d); `systemctl status gvtd` shows it",
                          (int) lock.l_pid);
                close(fd);
                return -EALREADY;
        }
        close(fd);
        return -errno;
}

static int add_signals(struct service *service) {
        sigset_t mask;
        int r;

        sigemptyset(&mask);
        sigaddset(&mask, SIGTERM);
        sigaddset(&mask, SIGINT);
        sigaddset(&mask, SIGHUP);
        sigaddset(&mask, SIGCHLD);
        if (sigprocmask(SIG_BLOCK, &mask, NULL) < 0)
                return -errno;
        r = sd_event_add_signal(service->event, NULL, SIGTERM, on_stop, service);
        if (r < 0)
                return r;
        r = sd_event_add_signal(service->event, NULL, SIGINT, on_stop, service);
        if (r < 0)
                return r;
        return sd_event_add_signal(service->event, NULL, SIGHUP, on_reload, service);
}

/* One extension for all of the start: no periodic wake-up. systemd does not listen to UINT64_MAX. */
static void extend_start(uint64_t wait) {
        uint64_t most = UINT64_MAX - 1;
        uint64_t usec = wait > most - EXTRA_TIME ? most : wait + EXTRA_TIME;

        (void) sd_notifyf(false, "EXTEND_TIMEOUT_USEC=%" PRIu64, usec);
}

static int setup(struct service *service, struct config *config, int notes) {
        int r = sd_event_default(&service->event);

        if (r < 0)
                return r;
        r = add_signals(service);
        if (r < 0)
                return r;
        r = manager_init(&service->manager, service->event, config, notes);
        if (r < 0)
                return r;
        r = set_wait(service, config->wait_usec);
        if (r < 0)
                return r;
        /* Listening comes before the first look, so that nothing falls between the two. */
        return monitor_start(&service->monitor, service->event, on_change, service);
}

static int serve(struct service *service, struct config *config, int notes) {
        int r;

        extend_start(config->wait_usec);
        r = setup(service, config, notes);
        if (r < 0)
                log_error("gvtd cannot start: %s", strerror(-r));
        else if ((r = sd_event_loop(service->event)) < 0)
                log_error("gvtd's event loop ended: %s; what is there stays, and systemd starts gvtd again",
                          strerror(-r));
        monitor_free(service->monitor);
        sd_event_source_disable_unref(service->wait);
        manager_done(&service->manager);
        sd_event_unref(service->event);
        return r < 0 ? EX_OSERR : r;
}

/* It is read again at each reload, in the event loop: a pipe would be empty by then, or keep gvtd waiting. */
static int load(const char *file, struct config **ret) {
        int r = config_load(file, 0, ret);

        if (r < 0) {
                log_error("reading the configuration: %s", strerror(-r));
                return EX_OSERR;
        }
        return (*ret)->unreadable ? EX_CONFIG : 0;
}

int service_run(const char *file) {
        struct service service = {.file = file, .manager.notes = -1};
        _cleanup_config_ struct config *config = NULL;
        _cleanup_close_ int notes = -1, lock = -1;
        int r = load(file, &config);

        if (config)
                announce_findings(config);
        if (r != 0)
                return r;
        notes = notes_open();
        if (notes < 0) {
                log_error(PATH_NOTES ": %s; gvtd runs as root, by `systemctl start gvtd`",
                          strerror(-notes));
                return EX_OSERR;
        }
        lock = lock_instance(notes);
        if (lock < 0 && lock != -EALREADY)
                log_error("the lock in " PATH_NOTES ": %s", strerror(-lock));
        if (lock < 0)
                return EX_OSERR;
        return serve(&service, TAKE_PTR(config), TAKE_FD(notes));
}

static pid_t main_process(void) {
        const char *text = getenv("MAINPID");
        unsigned pid;

        return text && parse_unsigned(text, 1, INT32_MAX, &pid) == 0 ? (pid_t) pid : 0;
}

/* ExecReload: what is wrong with the ini is shown by `systemctl reload`, and the daemon is left
 * untouched. Announcing the reload from here makes systemctl wait for its end where the unit is of
 * Type=notify, and keeps systemd from a signal of its own where it is of notify-reload. */
int service_reload(const char *file) {
        _cleanup_config_ struct config *config = NULL;
        pid_t daemon = main_process();
        int r;

        if (daemon == 0) {
                log_error("reload is for the unit: use `systemctl reload gvtd`");
                return EX_USAGE;
        }
        r = load(file, &config);
        /* Warnings are the daemon's to tell, which reads the ini again. */
        if (config && config->findings.n_errors > 0)
                announce_findings(config);
        if (r != 0)
                return r;
        if (config->findings.n_errors > 0) {
                log_error("nothing was reloaded; mend the ini and try again");
                return EX_CONFIG;
        }
        (void) notify_reloading();
        if (kill(daemon, SIGHUP) < 0) {
                log_error("telling gvtd (process %d) to reload: %s; does it run (`systemctl status gvtd`)?",
                          (int) daemon, strerror(errno));
                return EX_OSERR;
        }
        return 0;
}
