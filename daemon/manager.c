/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One pass is: observe, tidy the notes, decide, settle what is there, tell, and hand the rest to a
 * worker. While a worker is at it, this daemon's or an earlier one's, a pass only looks, settles and
 * tells; the worker's end asks for the next. A pass that fails (no memory, /run full) is tried again
 * later and leaves everything as it was. */

#include "manager.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/pidfd.h>
#include <sysexits.h>
#include <systemd/sd-daemon.h>
#include <time.h>

#include "access.h"
#include "config.h"
#include "host.h"
#include "log.h"
#include "names.h"
#include "note.h"
#include "observe.h"
#include "report.h"
#include "settle.h"

#define SECOND UINT64_C(1000000)
/* After this the action under way is named: normally it takes milliseconds. */
#define PATIENCE (10 * SECOND)
/* i915's rebind shows the driver's link before it registers with kvmgt. */
#define GRACE (3 * SECOND)

static const uint64_t fault_after[] = {1 * SECOND, 5 * SECOND, 25 * SECOND, 60 * SECOND};

static uint64_t now_usec(const struct manager *manager) {
        uint64_t now = 0;

        (void) sd_event_now(manager->event, CLOCK_MONOTONIC, &now);
        return now;
}

static void timer_set(struct manager *manager, sd_event_source *timer, uint64_t at) {
        if (at == UINT64_MAX) {
                (void) sd_event_source_set_enabled(timer, SD_EVENT_OFF);
                return;
        }
        (void) sd_event_source_set_time(timer, at);
        (void) sd_event_source_set_enabled(timer, SD_EVENT_ONESHOT);
}

void manager_look_again(struct manager *manager) {
        (void) sd_event_source_set_enabled(manager->pass, SD_EVENT_ONESHOT);
}

/* Once in a row of faults; the pass is tried again by the retry timer. */
static void fault(struct manager *manager, int error, const char *what) {
        struct subject subject = {.message_id = MESSAGE_STATE_UNWRITABLE, .error = error};

        if (manager->faults++ == 0)
                log_write(LOG_ERR, &subject, "%s: %s; tried again until it works", what,
                          strerror(error));
}

static void tell_status(struct manager *manager, const char *status) {
        if (streq(manager->status, status))
                return;
        snprintf(manager->status, sizeof(manager->status), "%s", status);
        (void) sd_notifyf(false, "STATUS=%s", status);
}

static void tell_ready(struct manager *manager, const struct report *report, bool quiet) {
        if (manager->reloading ? quiet : report->ready && !manager->ready) {
                if (!manager->ready)
                        log_info("%s", report->status);
                manager->ready = true;
                manager->reloading = false;
                (void) sd_notify(false, "READY=1");
        }
}

static void describe_current(const struct manager *manager, char *ret, size_t size) {
        char uuid[UUID_STR_LEN], parent[PCI_ADDRESS_TEXT];
        const struct action *action = &manager->current;

        uuid_unparse_lower(action->uuid, uuid);
        pci_address_format(&action->parent, parent);
        if (action->kind == ACTION_LOAD_KVMGT)
                snprintf(ret, size, "loading kvmgt");
        else
                snprintf(ret, size, "%s of vGPU %s on %s",
                         action->kind == ACTION_CREATE ? "create" : "remove", uuid, parent);
}

static int on_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        struct manager *manager = userdata;
        struct subject subject = {
                .message_id = MESSAGE_WORKER_STUCK,
                .uuid = manager->current.uuid,
                .device = &manager->current.parent,
        };
        char task[128];

        describe_current(manager, task, sizeof(task));
        snprintf(manager->stuck, sizeof(manager->stuck),
                 "%s has not returned for %" PRIu64 " s (process %d)", task, PATIENCE / SECOND,
                 (int) worker_pid(manager->worker));
        log_write(LOG_WARNING, &subject,
                  "%s; the kernel is at it and nothing can hurry it, gvtd goes on when it returns",
                  manager->stuck);
        manager_look_again(manager);
        return 0;
}

static void on_started(const struct action *action, void *userdata) {
        struct manager *manager = userdata;

        manager->current = *action;
        manager->current_valid = true;
        *manager->stuck = '\0';
        timer_set(manager, manager->patience, now_usec(manager) + PATIENCE);
}

static void create_finished(struct manager *manager, struct record *record,
                            const struct action *action, const struct result *result) {
        switch (result->outcome) {
        case OUTCOME_DONE:
                history_succeeded(record, result->inode);
                break;
        case OUTCOME_FAILED:
                history_failed(record, result->error, action->fits, now_usec(manager));
                break;
        case OUTCOME_NO_NOTE:
                history_failed(record, EROFS, false, now_usec(manager));
                break;
        case OUTCOME_GATE_CLOSED:
                history_failed(record, EAGAIN, true, now_usec(manager));
                break;
        case OUTCOME_IN_USE:
        case OUTCOME_UNVERIFIED:
                history_failed(record, EIO, false, now_usec(manager));
                break;
        }
}

static void remove_finished(struct manager *manager, struct record *record,
                            const struct result *result) {
        if (result->outcome == OUTCOME_DONE) {
                history_succeeded(record, 0);
                history_chance(&manager->history);
                return;
        }
        history_busy(record, result->outcome == OUTCOME_IN_USE ? result->detail : "the kernel",
                     now_usec(manager));
}

static void on_finished(const struct action *action, const struct result *result, void *userdata) {
        struct manager *manager = userdata;
        struct record *record = history_get(&manager->history, action->uuid);

        manager->current_valid = false;
        timer_set(manager, manager->patience, UINT64_MAX);
        manager_look_again(manager);
        if (action->kind == ACTION_LOAD_KVMGT) {
                manager->history.kvmgt_error = result->error;
                return;
        }
        if (!record)
                return;
        announce_result(action, result, record->busy_attempts > 0, manager->stopping);
        if (action->kind == ACTION_CREATE)
                create_finished(manager, record, action, result);
        else
                remove_finished(manager, record, result);
}

static void on_ended(void *userdata) {
        struct manager *manager = userdata;
        struct result killed = {.outcome = OUTCOME_FAILED, .error = EINTR};
        struct action last = manager->current;

        if (manager->current_valid)
                on_finished(&last, &killed, manager);
        manager->worker = worker_free(manager->worker);
        *manager->stuck = '\0';
        manager_look_again(manager);
}

static int on_stray_end(sd_event_source *source, int fd, uint32_t events, void *userdata) {
        struct manager *manager = userdata;

        manager->stray = (struct stray){};
        manager->stray_end = sd_event_source_disable_unref(manager->stray_end);
        *manager->stuck = '\0';
        manager_look_again(manager);
        return 0;
}

/* The lock is taken and its holder will end some day: its end, not a timer, is waited for. */
static void stray_found(struct manager *manager, const struct stray *stray) {
        struct subject subject = {.message_id = MESSAGE_WORKER_STUCK};
        int fd = pidfd_open(stray->pid, 0);

        if (fd < 0 || sd_event_add_io(manager->event, &manager->stray_end, fd, EPOLLIN,
                                      on_stray_end, manager) < 0) {
                /* Gone in this instant, or it cannot be watched: look again later. */
                if (fd >= 0)
                        close(fd);
                manager->faults++;
                return;
        }
        (void) sd_event_source_set_io_fd_own(manager->stray_end, true);
        manager->stray = *stray;
        snprintf(manager->stuck, sizeof(manager->stuck),
                 "a worker of an earlier gvtd (process %d) is still at %s", (int) stray->pid,
                 stray->task);
        log_write(LOG_WARNING, &subject, "%s; nothing is created or removed beside it, gvtd goes "
                  "on when it ends", manager->stuck);
}

/* True with the lock in ret: the pass may act. */
static bool may_act(struct manager *manager, int *ret) {
        struct stray stray;

        if (manager->worker || manager->stray.pid)
                return false;
        *ret = worker_lock(manager->notes, &stray);
        if (*ret == -EWOULDBLOCK)
                stray_found(manager, &stray);
        else if (*ret < 0)
                fault(manager, -*ret, "the lock in /run/gvtd");
        return *ret >= 0;
}

/* A note without its device is dropped before anything is decided, or a stranger's later device of
 * that UUID would count as ours; so is the .ready of a stranger's device that is not declared any
 * more. A note that was cut short by a crash is completed. */
static int tidy_notes(struct manager *manager, struct host *host) {
        size_t kept = 0;
        int r = 0;

        for (size_t i = 0; i < host->n_notes; i++) {
                struct note *note = &host->notes[i];
                const struct mdev *mdev = host_find_mdev(host, note->uuid);

                if (!mdev || (note->owned ? !host_owns(host, mdev)
                                          : !config_declares(manager->config, note->uuid))) {
                        r = note_drop(manager->notes, note->uuid);
                        if (r < 0)
                                return r;
                        continue;
                }
                if (note->owned && note->inode == 0) {
                        r = note_write(manager->notes, note->uuid, mdev->inode);
                        note->inode = mdev->inode;
                }
                if (r < 0)
                        return r;
                host->notes[kept++] = *note;
        }
        host->n_notes = kept;
        return 0;
}

/* What the worker is making or removing right now is not looked at. */
static bool is_under_way(const struct manager *manager, const struct mdev *mdev) {
        return manager->stray.pid || (manager->current_valid &&
                                      uuid_compare(manager->current.uuid, mdev->uuid) == 0);
}

static void settle_entries(struct manager *manager, const struct host *host, struct plan *plan) {
        for (size_t i = 0; i < plan->n_entries; i++) {
                struct entry *entry = &plan->entries[i];
                int r;

                if (entry->state != ENTRY_PRESENT)
                        continue;
                if (is_under_way(manager, entry->mdev)) {
                        const struct note *note = host_find_note(host, entry->mdev->uuid);

                        entry->ready = note && note->ready;
                        continue;
                }
                r = settle(host, entry->mdev, &manager->config->vgpus[i], manager->gid,
                           manager->notes);
                if (r == -ESTALE || r == -ENOENT)
                        continue; /* it went away just now; its event follows */
                if (r < 0)
                        fault(manager, -r, "a vGPU's node or its file in /run/gvtd");
                entry->ready = r == SETTLED_READY || r == SETTLED_LEFT;
                announce_access(&manager->history, entry->mdev, r == SETTLED_LEFT);
        }
}

static int on_grace(sd_event_source *source, uint64_t usec, void *userdata) {
        struct manager *manager = userdata;

        manager->refused = true;
        manager_look_again(manager);
        return 0;
}

static void update_grace(struct manager *manager, const struct plan *plan) {
        int enabled = SD_EVENT_OFF;

        if (plan->situation != SITUATION_NOT_REGISTERED) {
                manager->refused = false;
                timer_set(manager, manager->grace, UINT64_MAX);
                return;
        }
        (void) sd_event_source_get_enabled(manager->grace, &enabled);
        if (!manager->refused && enabled == SD_EVENT_OFF)
                timer_set(manager, manager->grace, now_usec(manager) + GRACE);
}

static void tell(struct manager *manager, const struct host *host, const struct plan *plan) {
        struct progress progress = {
                .working = manager->worker || manager->stray.pid,
                .refused = manager->refused,
                .waited_out = manager->waited_out,
                .stuck = *manager->stuck ? manager->stuck : NULL,
        };
        bool quiet = !progress.working && plan->n_actions == 0;
        struct report report;

        announce_plan(&manager->announced, plan, manager->config, host, &manager->history,
                      manager->refused);
        report_make(plan, manager->config, host, &manager->history, &progress, &report);
        tell_status(manager, report.status);
        if (report.hopeless && !manager->ready)
                (void) sd_event_exit(manager->event, EX_UNAVAILABLE);
        else
                tell_ready(manager, &report, quiet);
}

static void start_worker(struct manager *manager, const struct plan *plan, int lock) {
        static const struct worker_handler handler = {
                .started = on_started,
                .finished = on_finished,
                .ended = on_ended,
        };
        struct worker_handler bound = handler;
        int r;

        bound.userdata = manager;
        manager->stop_worked = manager->stopping;
        r = worker_start(&manager->worker, manager->event, manager->notes, lock, plan->actions,
                         plan->n_actions, &bound);
        if (r < 0)
                fault(manager, -r, "starting a worker");
}

static void arm_retry(struct manager *manager) {
        uint64_t now = now_usec(manager), next = history_next(&manager->history, now);
        size_t last = ARRAY_SIZE(fault_after) - 1;

        if (manager->faults > 0) {
                uint64_t at = now + fault_after[manager->faults > last ? last : manager->faults - 1];

                next = at < next ? at : next;
        }
        timer_set(manager, manager->retry, next);
}

/* -errno where the pass could not even decide. */
static int look_and_act(struct manager *manager) {
        _cleanup_close_ int lock = -1;
        _cleanup_host_ struct host *host = NULL;
        _cleanup_plan_ struct plan *plan = NULL;
        enum plan_flags flags = manager->stopping ? PLAN_STOPPING : 0;
        bool acting;
        int r;

        r = host_observe(&host);
        if (r < 0)
                return r;
        acting = may_act(manager, &lock);
        if (acting) {
                r = tidy_notes(manager, host);
                if (r < 0)
                        return r;
                r = history_update(&manager->history, manager->config, host, now_usec(manager));
                if (r < 0)
                        return r;
        }
        r = plan_make(manager->config, host, &manager->history, now_usec(manager), flags, &plan);
        if (r < 0)
                return r;
        settle_entries(manager, host, plan);
        r = watches_sync(&manager->watches, host);
        if (r < 0)
                return r;
        update_grace(manager, plan);
        if (!manager->stopping)
                tell(manager, host, plan);
        if (acting && plan->n_actions > 0)
                start_worker(manager, plan, TAKE_FD(lock));
        return 0;
}

/* The worker is out of the way: end, or let a last one remove what is idle. */
static void stop_pass(struct manager *manager) {
        int r = 0;

        if (manager->worker)
                return;
        if (manager->config->remove_on_stop && !manager->stop_worked)
                r = look_and_act(manager);
        if (r < 0)
                fault(manager, -r, "removing the vGPUs at the stop");
        if (!manager->worker)
                (void) sd_event_exit(manager->event, 0);
}

static int on_pass(sd_event_source *source, void *userdata) {
        struct manager *manager = userdata;
        unsigned faults = manager->faults;
        int r;

        if (manager->stopping) {
                stop_pass(manager);
                return 0;
        }
        r = look_and_act(manager);
        if (r < 0)
                fault(manager, -r, "looking at the machine and " PATH_NOTES);
        if (manager->faults == faults)
                manager->faults = 0;
        arm_retry(manager);
        return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        manager_look_again(userdata);
        return 0;
}

static void on_node(bool released, void *userdata) {
        struct manager *manager = userdata;

        if (released)
                history_released(&manager->history);
        manager_look_again(manager);
}

void manager_driver_changed(struct manager *manager) {
        history_chance(&manager->history);
        manager_look_again(manager);
}

void manager_waited_out(struct manager *manager) {
        if (manager->ready && !manager->reloading)
                return;
        manager->waited_out = true;
        if (manager->reloading) {
                /* The pass is held up; what is not done yet goes on after the reload. */
                manager->reloading = false;
                (void) sd_notify(false, "READY=1");
        }
        manager_look_again(manager);
}

static void use_config(struct manager *manager, struct config *config) {
        manager->config = config;
        if (access_group(config->group, &manager->gid) < 0)
                manager->gid = 0; /* the warning was given when the ini was read */
}

void manager_reload(struct manager *manager, struct config *config) {
        config_free(manager->config);
        use_config(manager, config);
        history_forgive(&manager->history);
        manager->announced = (struct announced){};
        manager->reloading = true;
        manager->waited_out = false;
        manager_look_again(manager);
}

static int on_stop_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        struct manager *manager = userdata;
        struct subject subject = {.message_id = MESSAGE_WORKER_STUCK};

        if (manager->worker)
                log_write(LOG_WARNING, &subject, "stopping beside a worker (process %d) that the "
                          "kernel does not let go; it ends by itself, the next start waits for it",
                          (int) worker_pid(manager->worker));
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

void manager_stop(struct manager *manager) {
        uint64_t patience = manager->config->remove_on_stop ? 10 * SECOND : 2 * SECOND;

        manager->stopping = true;
        if (manager->worker)
                worker_stop(manager->worker);
        (void) sd_event_add_time_relative(manager->event, NULL, CLOCK_MONOTONIC, patience, 0,
                                          on_stop_patience, manager);
        manager_look_again(manager);
}

static int add_timer(struct manager *manager, sd_event_source **ret,
                     sd_event_time_handler_t handler) {
        int r = sd_event_add_time(manager->event, ret, CLOCK_MONOTONIC, 0, 0, handler, manager);

        return r < 0 ? r : sd_event_source_set_enabled(*ret, SD_EVENT_OFF);
}

int manager_init(struct manager *manager, sd_event *event, struct config *config, int notes) {
        int r;

        *manager = (struct manager){.event = event, .notes = notes};
        manager->watches = (struct watches){event, on_node, manager, NULL, 0};
        use_config(manager, config);
        r = add_timer(manager, &manager->retry, on_retry);
        if (r < 0)
                return r;
        r = add_timer(manager, &manager->patience, on_patience);
        if (r < 0)
                return r;
        r = add_timer(manager, &manager->grace, on_grace);
        if (r < 0)
                return r;
        r = sd_event_add_defer(event, &manager->pass, on_pass, manager);
        if (r < 0)
                return r;
        /* After every event that is waiting, so that a flood of them costs one pass. */
        return sd_event_source_set_priority(manager->pass, SD_EVENT_PRIORITY_IDLE);
}

void manager_done(struct manager *manager) {
        worker_free(manager->worker);
        watches_done(&manager->watches);
        history_done(&manager->history);
        sd_event_source_disable_unref(manager->pass);
        sd_event_source_disable_unref(manager->retry);
        sd_event_source_disable_unref(manager->patience);
        sd_event_source_disable_unref(manager->grace);
        sd_event_source_disable_unref(manager->stray_end);
        config_free(manager->config);
        if (manager->notes >= 0)
                close(manager->notes);
}
