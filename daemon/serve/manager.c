/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Who owns what, and what happens around a pass: events, timers, faults, reload and stop. */

#include "manager.h"

#include "config.h"
#include "log.h"
#include "outcome.h"
#include "pass.h"
#include "util.h"

/* A pass takes time from the worker that it looks after, whose end asks for one anyway, and from udev and
 * systemd, who have a dozen events for what has just become ready. And whoever may open a node may do so
 * in a loop. So they begin this far apart, and where there are many vGPUs, they leave a CPU to others for
 * nine tenths of the time. */
#define PACE     (SECOND / 5)
#define PACE_MAX (5 * SECOND)

uint64_t manager_now(const struct manager *manager) {
        uint64_t now = 0;

        (void) sd_event_now(manager->event, CLOCK_MONOTONIC, &now);
        return now;
}

void timer_set(sd_event_source *timer, uint64_t at) {
        if (at != UINT64_MAX)
                (void) sd_event_source_set_time(timer, at);
        (void) sd_event_source_set_enabled(timer, at == UINT64_MAX ? SD_EVENT_OFF : SD_EVENT_ONESHOT);
}

uint64_t timer_get(sd_event_source *timer) {
        int enabled = SD_EVENT_OFF;
        uint64_t at = UINT64_MAX;

        (void) sd_event_source_get_enabled(timer, &enabled);
        if (enabled != SD_EVENT_OFF)
                (void) sd_event_source_get_time(timer, &at);
        return at;
}

/* Once in a row of faults; the pass is tried again by the retry timer. */
void manager_fault(struct manager *manager, int error, const char *what) {
        struct subject subject = {.message_id = MESSAGE_STATE_UNWRITABLE, .error = error};

        if (!manager->faulty && manager->faults.failures == 0)
                log_write(LOG_ERR, &subject, "%s: %s; tried again until it works", what,
                          strerror(error));
        manager->faulty = true;
}

/* What systemd was not told is told by the next pass. */
void manager_told(struct manager *manager, int r) {
        if (r < 0)
                manager_fault(manager, -r, "telling systemd");
}

void manager_look_again(struct manager *manager) {
        (void) sd_event_source_set_enabled(manager->pass, SD_EVENT_ONESHOT);
}

static void on_groups(void *userdata) {
        struct manager *manager = userdata;

        manager->groups_changed = true;
        history_seek_group(&manager->history);
        manager_look_again(manager);
}

static int on_grace(sd_event_source *source, uint64_t usec, void *userdata) {
        struct manager *manager = userdata;

        manager->kvmgt_waited = true;
        manager_look_again(manager);
        return 0;
}

static uint64_t pace_of(uint64_t taken) {
        uint64_t pace = 10 * taken;

        if (pace < PACE)
                return PACE;
        return pace < PACE_MAX ? pace : PACE_MAX;
}

static int on_pass(sd_event_source *source, void *userdata) {
        struct manager *manager = userdata;
        uint64_t begun = usec_now(CLOCK_MONOTONIC);

        pass_run(manager);
        manager->rested = begun + pace_of(usec_now(CLOCK_MONOTONIC) - begun);
        return 0;
}

static int on_retry(sd_event_source *source, uint64_t usec, void *userdata) {
        manager_look_again(userdata);
        return 0;
}

static void look_by(struct manager *manager, uint64_t at) {
        if (at <= manager_now(manager))
                manager_look_again(manager);
        else if (at < timer_get(manager->retry))
                timer_set(manager->retry, at);
}

static void on_node(uint64_t inode, bool released, void *userdata) {
        struct manager *manager = userdata;

        if (released)
                history_released(&manager->history, inode);
        look_by(manager, manager->rested);
}

void manager_device_changed(struct manager *manager) {
        look_by(manager, manager->rested);
}

void manager_node_done(struct manager *manager) {
        bool last = manager->nodes_awaited == 1 && !worker_is_awaited(&manager->worker);

        if (manager->nodes_awaited > 0)
                manager->nodes_awaited--;
        if (last)
                manager_look_again(manager);
        else
                manager_device_changed(manager);
}

void manager_driver_changed(struct manager *manager) {
        history_chance(&manager->history);
        manager_look_again(manager);
}

void manager_waited_out(struct manager *manager) {
        if (manager->notified.started && !manager->notified.reloading)
                return;
        manager->waited_out = true;
        if (manager->notified.reloading) /* held up; what is not done yet goes on after the reload */
                manager_told(manager, notify_started(&manager->notified));
        manager_look_again(manager);
}

void manager_reload(struct manager *manager, struct config *config) {
        worker_stop(&manager->worker); /* what it has not begun was decided by the old declaration */
        config_free(manager->config);
        manager->config = config;
        history_forgive(&manager->history);
        manager->announced = (struct announced){};
        manager->notified.reloading = manager->notified.started;
        manager->waited_out = manager->waited_out && !manager->notified.started;
        manager_look_again(manager);
}

void manager_refuse(struct manager *manager) {
        if (manager->notified.started && !manager->notified.reloading) {
                manager->notified.reloading = manager->waited_out = true;
                manager_told(manager, notify_started(&manager->notified));
        }
        manager_look_again(manager); /* and what could not be told is told by the pass */
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
        r = outcome_listen(manager);
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
