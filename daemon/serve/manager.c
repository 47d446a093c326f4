/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One pass is: observe, tidy the notes, settle what is there, decide, hand the rest to a worker, and
 * tell. While a worker is at it, this daemon's or an earlier one's, a pass only looks, settles and
 * tells; the worker's end asks for the next. A pass that fails (no memory, /run full) is tried again
 * later and leaves everything as it was. */

#include "manager.h"

#include <errno.h>
#include <sysexits.h>
#include <time.h>

#include "config.h"
#include "host.h"
#include "log.h"
#include "names.h"
#include "note.h"
#include "observe.h"
#include "report.h"
#include "settle.h"
#include "sysfs.h"
#include "text.h"

#define SECOND UINT64_C(1000000)
/* i915's rebind shows the driver's link before it registers with kvmgt. */
#define GRACE (3 * SECOND)

static const uint64_t fault_after[] = {1 * SECOND, 5 * SECOND, 25 * SECOND, 60 * SECOND, 0};

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

        if (!manager->faulty && manager->faults.failures == 0)
                log_write(LOG_ERR, &subject, "%s: %s; tried again until it works", what,
                          strerror(error));
        manager->faulty = true;
}

/* The vGPU is there, and its access or its file in /run/gvtd is not as it should be. */
static void fault_of(struct manager *manager, int error, const struct mdev *mdev) {
        char what[128];

        snprintf(what, sizeof(what), "vGPU %s: setting /dev/vfio/%d or " PATH_NOTES "/%s.ready",
                 uuid_text(mdev->uuid).text, mdev->group, uuid_text(mdev->uuid).text);
        fault(manager, error, what);
}

/* What systemd was not told is told by the next pass. */
static void told(struct manager *manager, int r) {
        if (r < 0)
                fault(manager, -r, "telling systemd");
}

static void tell_ready(struct manager *manager, const struct report *report) {
        bool first = !manager->notified.ready;

        if (!(manager->notified.reloading ? report->done : report->ready && first))
                return;
        told(manager, notify_ready(&manager->notified));
        if (first && manager->notified.ready)
                log_info("%s", report->status);
}

static void remove_finished(struct manager *manager, struct record *record,
                            const struct action *action, const struct result *result) {
        bool awaited;

        if (result->outcome == OUTCOME_DONE) {
                history_succeeded(record, 0);
                history_chance(&manager->history);
                return;
        }
        if (result->outcome == OUTCOME_IN_USE) {
                awaited = watches_follow(&manager->watches, action->inode, result->holder) == 0;
                history_busy(record, result->detail, awaited, now_usec(manager));
        } else {
                history_unremovable(record, result->error, now_usec(manager));
        }
}

/* One that was looked up for an earlier declaration is nobody's any more. */
static void group_finished(struct manager *manager, const struct action *action,
                           const struct result *result) {
        if (strncmp(action->name, manager->config->group, sizeof(action->name) - 1) != 0)
                return;
        announce_group(&manager->announced, manager->config, result);
        history_group(&manager->history, result, now_usec(manager));
}

static void on_groups(void *userdata) {
        struct manager *manager = userdata;

        history_seek_group(&manager->history);
        manager_look_again(manager);
}

static void on_finished(const struct action *action, const struct result *result, void *userdata) {
        struct manager *manager = userdata;
        struct record *record;
        bool again, in_use = result->outcome == OUTCOME_IN_USE;

        /* What was done is seen by udev's events and at the worker's end. */
        if (result->outcome != OUTCOME_DONE)
                manager_look_again(manager);
        if (action->kind == ACTION_LOAD_KVMGT) {
                history_loaded(&manager->history, result, now_usec(manager));
                return;
        }
        if (action->kind == ACTION_LET_SLEEP) {
                announce_sleep(&manager->history, action, result);
                history_slept(&manager->history, result, now_usec(manager));
                return;
        }
        if (action->kind == ACTION_ASK) {
                history_answered(&manager->history, action->question, result->detail);
                return;
        }
        if (action->kind == ACTION_GROUP) {
                group_finished(manager, action, result);
                return;
        }
        record = history_get(&manager->history, action->uuid);
        if (!record)
                return;
        again = history_removal_repeats(record, in_use ? 0 : result->error);
        announce_result(action, result, again, manager->stopping);
        if (action->kind == ACTION_CREATE)
                history_created(record, result, action->fits, now_usec(manager));
        else
                remove_finished(manager, record, action, result);
}

static void on_stuck(const struct action *action, void *userdata) {
        struct manager *manager = userdata;

        announce_stuck(action, manager->worker.stuck);
}

static void on_death(pid_t worker, void *userdata) {
        announce_death(worker);
}

static void on_worker_changed(void *userdata) {
        manager_look_again(userdata);
}

static void settle_one(struct manager *manager, const struct host *host, struct mdev *mdev,
                       const struct declared *declared, gid_t gid) {
        int r = settle(host, mdev, declared, gid, manager->notes);

        mdev->ready = r == SETTLED_READY || r == SETTLED_LEFT;
        if (r == SETTLED_LEFT)
                announce_access(&manager->history, mdev);
        else if (r == -EAGAIN)
                manager_look_again(manager);
        else if (r < 0 && !is_gone(r)) /* whose event follows */
                fault_of(manager, -r, mdev);
}

/* Those declared that are there. What the worker is at, or whose group is not known yet, stays as the
 * notes say it is. */
static void settle_declared(struct manager *manager, struct host *host) {
        const struct config *config = manager->config;
        const struct gpu *gpu = host_choose_gpu(host, config);
        gid_t gid;
        bool known = history_knows_group(&manager->history, config, &gid);

        for (size_t i = 0; gpu && i < config->n_vgpus; i++) {
                const struct declared *declared = &config->vgpus[i];
                struct mdev *mdev = host_find_mdev(host, declared->uuid);
                const struct note *note = host_find_note(host, declared->uuid);

                if (!mdev || !mdev_is_on(mdev, gpu))
                        continue;
                if (known && !worker_is_at(&manager->worker, mdev->uuid))
                        settle_one(manager, host, mdev, declared, gid);
                else
                        mdev->ready = note && note->ready;
        }
}

static int on_grace(sd_event_source *source, uint64_t usec, void *userdata) {
        struct manager *manager = userdata;

        manager->kvmgt_waited = true;
        manager_look_again(manager);
        return 0;
}

static void update_grace(struct manager *manager, const struct plan *plan) {
        int enabled = SD_EVENT_OFF;

        if (plan->situation != SITUATION_NOT_REGISTERED && plan->situation != SITUATION_REFUSED) {
                manager->kvmgt_waited = false;
                timer_set(manager, manager->grace, UINT64_MAX);
                return;
        }
        (void) sd_event_source_get_enabled(manager->grace, &enabled);
        if (!manager->kvmgt_waited && enabled == SD_EVENT_OFF)
                timer_set(manager, manager->grace, now_usec(manager) + GRACE);
}

static void tell(struct manager *manager, const struct plan *plan) {
        struct progress progress = {
                .working = worker_is_awaited(&manager->worker),
                .waited_out = manager->waited_out,
                .stuck = *manager->worker.stuck ? manager->worker.stuck : NULL,
        };
        struct report report;

        announce_plan(&manager->announced, plan, &manager->history);
        report_make(plan, &progress, &report);
        told(manager, notify_status(&manager->notified, report.status));
        if (report.hopeless && !manager->notified.ready)
                (void) sd_event_exit(manager->event, EX_UNAVAILABLE);
        else
                tell_ready(manager, &report);
}

static void arm_retry(struct manager *manager) {
        uint64_t now = now_usec(manager);
        uint64_t next = history_next(&manager->history, now);

        if (manager->faulty)
                attempt_failed(&manager->faults, &(struct result){.outcome = OUTCOME_FAILED},
                               fault_after, /* goes_on= */ true, now);
        else
                manager->faults = (struct attempt){};
        timer_set(manager, manager->retry, attempt_next(&manager->faults, now, next));
}

/* What is there, and what is remembered of it. With `locked` nobody else is at work, and what is left
 * over from before is put in order. */
static int observe(struct manager *manager, bool locked, struct host **ret) {
        _cleanup_host_ struct host *host = NULL;
        int r = host_observe(&host);

        if (r < 0)
                return r;
        if (locked) {
                r = settle_undeclared(host, manager->config);
                if (r < 0)
                        return r;
                r = notes_tidy(manager->notes, host, manager->config);
                if (r < 0)
                        return r;
                r = history_update(&manager->history, manager->config, host, now_usec(manager));
                if (r < 0)
                        return r;
        }
        *ret = TAKE_PTR(host);
        return 0;
}

static int decide(struct manager *manager, const struct host *host, struct plan **ret) {
        enum plan_flags flags = (manager->stopping ? PLAN_STOPPING : 0) |
                                (manager->kvmgt_waited ? PLAN_WAITED : 0);
        int r = plan_make(manager->config, host, &manager->history, now_usec(manager), flags, ret);

        if (r < 0)
                return r;
        if ((*ret)->question == QUESTION_NONE)
                history_answered(&manager->history, QUESTION_NONE, "");
        return 0;
}

/* What can be done at once, and the rest by a worker, which takes the lock. What fails is tried again
 * by the next pass. */
static void act_on(struct manager *manager, const struct host *host, struct plan *plan, int *lock) {
        int r;

        r = watches_sync(&manager->watches, host);
        if (r < 0)
                fault(manager, -r, "watching the nodes in " PATH_VFIO);
        r = watches_groups(&manager->watches, config_has_group(manager->config) &&
                                                      manager->history.group != GROUP_FOUND);
        if (r < 0)
                fault(manager, -r, "watching /etc for the ini's group");
        update_grace(manager, plan);
        if (*lock < 0 || plan->n_actions == 0)
                return;
        manager->stop_worked = manager->stopping;
        r = worker_start(&manager->worker, TAKE_FD(*lock), plan->actions, plan->n_actions);
        if (r < 0)
                fault(manager, -r, "starting the process that creates and removes vGPUs");
}

/* -errno where the pass could not even decide. */
static int look_and_act(struct manager *manager) {
        _cleanup_close_ int lock = -1;
        _cleanup_host_ struct host *host = NULL;
        _cleanup_plan_ struct plan *plan = NULL;
        int r;

        /* Before the look: what an earlier daemon's worker does until then must be seen. */
        lock = worker_lock(&manager->worker);
        if (lock < 0 && lock != -EBUSY)
                fault(manager, -lock, "the lock in " PATH_NOTES);
        r = observe(manager, lock >= 0, &host);
        if (r < 0)
                return r;
        if (!manager->stopping)
                settle_declared(manager, host);
        r = decide(manager, host, &plan);
        if (r < 0)
                return r;
        act_on(manager, host, plan, &lock);
        if (!manager->stopping)
                tell(manager, plan);
        return 0;
}

/* The worker is out of the way: end, or let a last one remove what is idle. */
static void stop_pass(struct manager *manager) {
        int r = 0;

        if (manager->worker.pid)
                return;
        if (manager->config->remove_on_stop && !manager->stop_worked)
                r = look_and_act(manager);
        if (r < 0)
                fault(manager, -r, "removing the vGPUs at the stop");
        if (!manager->worker.pid)
                (void) sd_event_exit(manager->event, 0);
}

/* Nothing is known of the machine, and nothing is claimed of it; a start ends all the same. */
static void pass_failed(struct manager *manager, int r) {
        char status[128];

        fault(manager, -r, "looking at the machine and " PATH_NOTES);
        snprintf(status, sizeof(status), "looking at the machine fails: %s", strerror(-r));
        told(manager, notify_status(&manager->notified, status));
        if (manager->waited_out && !manager->notified.ready)
                told(manager, notify_ready(&manager->notified));
}

static int on_pass(sd_event_source *source, void *userdata) {
        struct manager *manager = userdata;
        int r;

        manager->faulty = false;
        if (manager->stopping) {
                stop_pass(manager);
                return 0;
        }
        r = look_and_act(manager);
        if (r < 0)
                pass_failed(manager, r);
        arm_retry(manager);
        return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        manager_look_again(userdata);
        return 0;
}

static void on_node(uint64_t inode, void *userdata) {
        struct manager *manager = userdata;

        history_released(&manager->history, inode);
        manager_look_again(manager);
}

void manager_driver_changed(struct manager *manager) {
        history_chance(&manager->history);
        manager_look_again(manager);
}

void manager_waited_out(struct manager *manager) {
        if (manager->notified.ready && !manager->notified.reloading)
                return;
        manager->waited_out = true;
        if (manager->notified.reloading) /* held up; what is not done yet goes on after the reload */
                told(manager, notify_ready(&manager->notified));
        manager_look_again(manager);
}

void manager_reload(struct manager *manager, struct config *config) {
        worker_stop(&manager->worker); /* what it has not begun was decided by the old declaration */
        config_free(manager->config);
        manager->config = config;
        history_forgive(&manager->history);
        manager->announced = (struct announced){};
        manager->notified.reloading = manager->notified.ready;
        manager->waited_out = manager->waited_out && !manager->notified.ready;
        manager_look_again(manager);
}

static int on_stop_patience(sd_event_source *source, uint64_t usec, void *userdata) {
        struct manager *manager = userdata;
        struct subject subject = {.message_id = MESSAGE_WORKER_STUCK};
        char task[128];

        worker_describe(&manager->worker, task, sizeof(task));
        if (manager->worker.pid)
                log_write(LOG_WARNING, &subject, "stopping beside a worker (process %d), since %s "
                          "does not return; it ends by itself, and the next start waits for it",
                          (int) manager->worker.pid, *task ? task : "it");
        return sd_event_exit(sd_event_source_get_event(source), 0);
}

void manager_stop(struct manager *manager) {
        uint64_t patience = manager->config->remove_on_stop ? 10 * SECOND : 2 * SECOND;

        manager->stopping = true;
        worker_stop(&manager->worker);
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

        *manager = (struct manager){.event = event, .config = config, .notes = notes};
        manager->watches = (struct watches){
                .event = event, .handler = on_node, .groups_changed = on_groups, .userdata = manager};
        r = add_timer(manager, &manager->retry, on_retry);
        if (r < 0)
                return r;
        r = worker_init(&manager->worker, event, notes,
                      &(struct worker_handler){on_finished, on_stuck, on_death, on_worker_changed,
                                              manager});
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
        worker_done(&manager->worker);
        watches_done(&manager->watches);
        history_done(&manager->history);
        sd_event_source_disable_unref(manager->pass);
        sd_event_source_disable_unref(manager->retry);
        sd_event_source_disable_unref(manager->grace);
        config_free(manager->config);
        if (manager->notes >= 0)
                close(manager->notes);
}
