/* SPDX-License-Identifier: GPL-2.0-or-later */

/* One pass is: observe, tidy the notes, settle what is there, decide, hand the rest to a worker, and
 * tell. While a worker is at it, this daemon's or an earlier one's, a pass only looks, settles and
 * tells; the worker's end asks for the next. A pass that fails (no memory, /run full) is tried again
 * later and leaves everything as it was. */

#include "pass.h"

#include <sysexits.h>

#include "announce.h"
#include "config.h"
#include "group.h"
#include "host.h"
#include "log.h"
#include "manager.h"
#include "names.h"
#include "notes.h"
#include "observe.h"
#include "outcome.h"
#include "plan.h"
#include "report.h"
#include "settle.h"
#include "sysfs.h"
#include "text.h"
#include "util.h"

/* i915's rebind shows the driver's link before it registers with kvmgt. */
#define GRACE (3 * SECOND)

/* The vGPU is there, and its access or its file in /run/gvtd is not as it should be. */
static void fault_of(struct manager *manager, int error, const struct mdev *mdev) {
        char what[128];

        snprintf(what, sizeof(what), "vGPU %s: setting /dev/vfio/%d or " PATH_NOTES "/%s.ready",
                 uuid_text(mdev->uuid).text, mdev->group, uuid_text(mdev->uuid).text);
        manager_fault(manager, error, what);
}

static void settle_one(struct manager *manager, const struct host *host, struct mdev *mdev,
                       const struct declared *declared, gid_t gid) {
        const struct note *note = host_find_note(host, mdev->uuid);
        int r = settle(host, mdev, declared, gid, manager->notes);

        mdev->ready = r == SETTLED_READY || r == SETTLED_LEFT ||
                      (r == SETTLED_IN_FLUX && note && note->ready);
        mdev->access_left = r == SETTLED_LEFT;
        manager->in_flux |= r == SETTLED_IN_FLUX;
        manager->nodes_awaited += r == SETTLED_AWAITS_NODE;
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

static void update_grace(struct manager *manager, const struct plan *plan) {
        if (plan->situation != SITUATION_NOT_REGISTERED && plan->situation != SITUATION_REFUSED) {
                manager->kvmgt_waited = false;
                timer_set(manager->grace, UINT64_MAX);
        } else if (!manager->kvmgt_waited && timer_get(manager->grace) == UINT64_MAX) {
                timer_set(manager->grace, manager_now(manager) + GRACE);
        }
}

static void tell_started(struct manager *manager, const struct report *report) {
        bool first = !manager->notified.started;
        bool done = report->done || manager->waited_out;

        if (!(manager->notified.reloading ? done : report->started && first))
                return;
        manager_told(manager, notify_started(&manager->notified));
        if (first && manager->notified.started)
                log_info("%s", report->status);
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
        manager_told(manager, notify_status(&manager->notified, report.status));
        if (report.hopeless && !manager->notified.started)
                (void) sd_event_exit(manager->event, EX_UNAVAILABLE);
        else
                tell_started(manager, &report);
}

static void arm_retry(struct manager *manager) {
        uint64_t now = manager_now(manager);
        uint64_t next = history_next(&manager->history, now);

        if (manager->faulty)
                attempt_failed(&manager->faults, &(struct result){.outcome = OUTCOME_FAILED},
                               WAITS_FAULT, now);
        else
                manager->faults = (struct attempt){};
        if (manager->in_flux && now + SECOND < next)
                next = now + SECOND;
        timer_set(manager->retry, attempt_next(&manager->faults, now, next));
}

/* Most groups are in /etc/group, and then neither a start nor a reload waits for a worker, which the kernel
 * may keep. Only where it is not there a name service is asked, which is the worker's. */
static void seek_group(struct manager *manager) {
        const struct config *config = manager->config;
        struct result result = {.outcome = OUTCOME_DONE};
        int r;

        manager->groups_changed = false;
        if (!config_has_group(config) || history_holds_lookup(&manager->history, manager_now(manager)))
                return;
        r = group_look_in_file(config->group, &result.gid);
        if (r < 0)
                result = (struct result){.outcome = OUTCOME_FAILED, .error = -r};
        if (r != 0)
                outcome_of_group(manager, &result);
}

/* What is there, put in order without delay, and what is remembered of it. With `locked` nobody else is at
 * work, and what is left over from before is put in order, too. */
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
                r = history_update(&manager->history, manager->config, host, manager_now(manager));
                if (r < 0)
                        return r;
        }
        if (!manager->stopping) {
                seek_group(manager);
                settle_declared(manager, host);
        }
        *ret = TAKE_PTR(host);
        return 0;
}

static int decide(struct manager *manager, const struct host *host, struct plan **ret) {
        enum plan_flags flags = (manager->stopping ? PLAN_STOPPING : 0) |
                                (manager->kvmgt_waited ? PLAN_WAITED : 0);
        int r = plan_make(manager->config, host, &manager->history, manager_now(manager), flags, ret);

        if (r < 0)
                return r;
        if ((*ret)->question == QUESTION_NONE)
                history_answered(&manager->history, QUESTION_NONE, "");
        return 0;
}

/* What the next pass may have to wait for. */
static void watch(struct manager *manager, const struct host *host, const struct plan *plan) {
        bool unknown = config_has_group(manager->config) && manager->history.group != GROUP_FOUND;
        int r = watches_sync(&manager->watches, host);

        if (r < 0)
                manager_fault(manager, -r, "watching the nodes in " PATH_VFIO);
        r = watches_groups(&manager->watches, unknown);
        if (r < 0)
                manager_fault(manager, -r, "watching /etc for the ini's group");
        update_grace(manager, plan);
}

/* By a worker, which takes the lock. */
static void act_on(struct manager *manager, const struct plan *plan, int *lock) {
        int r;

        if (*lock < 0 || plan->n_actions == 0)
                return;
        manager->stop_worked = manager->stopping;
        r = worker_start(&manager->worker, TAKE_FD(*lock), plan->actions, plan->n_actions);
        if (r < 0)
                manager_fault(manager, -r, "starting the process that creates and removes vGPUs");
}

/* -errno where the pass could not even decide. */
static int look_and_act(struct manager *manager) {
        /* Before the look: what an earlier daemon's worker does until then must be seen. */
        _cleanup_close_ int lock = worker_lock(&manager->worker);
        _cleanup_host_ struct host *host = NULL;
        _cleanup_plan_ struct plan *plan = NULL;
        int r;

        if (lock < 0 && lock != -EBUSY)
                manager_fault(manager, -lock,
                              lock == -EAGAIN ? manager->worker.stuck : "the lock in " PATH_NOTES);
        r = watches_arm(&manager->watches);
        if (r < 0)
                manager_fault(manager, -r, "watching the nodes in " PATH_VFIO);
        r = observe(manager, lock >= 0, &host);
        if (r >= 0)
                r = decide(manager, host, &plan);
        if (r < 0)
                return r;
        watch(manager, host, plan);
        act_on(manager, plan, &lock);
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
                manager_fault(manager, -r, "removing the vGPUs at the stop");
        if (!manager->worker.pid)
                (void) sd_event_exit(manager->event, 0);
}

/* Nothing is known of the machine, and nothing is claimed of it; a start or a reload ends all the same. */
static void pass_failed(struct manager *manager, int r) {
        char status[128];

        manager_fault(manager, -r, "looking at the machine and " PATH_NOTES);
        snprintf(status, sizeof(status), "looking at the machine fails: %s", strerror(-r));
        manager_told(manager, notify_status(&manager->notified, status));
        if (manager->waited_out && (!manager->notified.started || manager->notified.reloading))
                manager_told(manager, notify_started(&manager->notified));
}

void pass_run(struct manager *manager) {
        int r;

        manager->faulty = manager->in_flux = false;
        manager->nodes_awaited = 0;
        if (manager->stopping) {
                stop_pass(manager);
                return;
        }
        r = look_and_act(manager);
        if (r < 0)
                pass_failed(manager, r);
        arm_retry(manager);
}
