/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What gvtd itself computes, for tests/bench/count to count the instructions of: pass PART N FOLDER,
 * with N vGPUs declared and the files in an empty folder. Only measured() counts. The kernel's side of a look is made up here; what the daemon
 * makes of it is its own code. Parts:
 *   ini     reading an ini of N UUIDs
 *   first   the pass that decides to make all of them
 *   steady  a pass over a machine on which all of them are ready, its notes read from files */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "announce.h"
#include "config.h"
#include "history.h"
#include "host.h"
#include "load.h"
#include "note.h"
#include "notes.h"
#include "plan.h"
#include "report.h"
#include "util.h"

#define TYPE "i915-GVTg_V5_8"

static struct bench {
        const char *folder;
        int notes;
        struct config *config;
        struct host *host;
        struct history history;
        struct announced announced;
} bench = {.notes = -1};

static void must(bool fine, const char *what) {
        if (fine)
                return;
        perror(what);
        exit(1);
}

/* The same on every run, and in no order. */
static void make_uuid(unsigned i, uuid_t ret) {
        uint64_t state = i;

        for (size_t k = 0; k < sizeof(uuid_t); k++) {
                state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                ret[k] = (unsigned char) (state >> 56);
        }
}

static void path_of(const char *name, char ret[static 256]) {
        snprintf(ret, 256, "%s/%s", bench.folder, name);
}

static void write_ini(unsigned n) {
        char path[256], uuid[UUID_STR_LEN];
        FILE *stream;
        uuid_t id;

        path_of("gvtd.ini", path);
        stream = fopen(path, "we");
        must(stream, path);
        fputs("[gvtd]\ngroup =\n[" TYPE "]\n", stream);
        for (unsigned i = 0; i < n; i++) {
                make_uuid(i, id);
                uuid_unparse_lower(id, uuid);
                fprintf(stream, "uuid = %s\n", uuid);
        }
        must(fclose(stream) == 0, path);
}

static void read_ini(void) {
        char path[256];

        path_of("gvtd.ini", path);
        must(config_load_from(path, NULL, 0, &bench.config) == 0, "config_load_from");
}

static void make_host(void) {
        static struct mdev_type type = {TYPE};
        static struct gpu gpu = {
                .address = {0, 0, 2, 0},
                .device_id = 0x1912,
                .driver = "i915",
                .ggtt = UINT64_C(4) << 30,
                .registered = true,
                .registration = 1,
                .engines = ENGINES_READY,
                .types = &type,
                .n_types = 1,
        };

        bench.host = calloc(1, sizeof(struct host));
        must(bench.host, "calloc");
        bench.host->gpus = &gpu;
        bench.host->n_gpus = 1;
        bench.host->i915 = bench.host->kvmgt = MODULE_LIVE;
        bench.host->enable_gvt = PARAMETER_ON;
        bench.host->driver_complete = true;
}

/* Every declared vGPU is there, made by gvtd and ready. */
static void make_vgpus(void) {
        struct host *host = bench.host;

        host->n_mdevs = bench.config->n_vgpus;
        host->mdevs = calloc(host->n_mdevs, sizeof(struct mdev));
        must(host->mdevs, "calloc");
        for (size_t i = 0; i < host->n_mdevs; i++) {
                struct mdev *mdev = &host->mdevs[i];

                *mdev = (struct mdev){
                        .inode = 1000 + i,
                        .type = TYPE,
                        .on_pci = true,
                        .parent = host->gpus[0].address,
                        .group = (int) i,
                        .ready = true,
                };
                uuid_copy(mdev->uuid, bench.config->vgpus[i].uuid);
                must(note_write(bench.notes, mdev->uuid, mdev->inode) == 0 &&
                             note_write_ready(bench.notes, mdev->uuid, 0, mdev->inode) == 0 &&
                             note_confirm_ready(bench.notes, mdev->uuid) == 0,
                     "the notes");
        }
}

/* As pass.c, without what the kernel is asked. */
static size_t decide(void) {
        _cleanup_plan_ struct plan *plan = NULL;
        struct progress progress = {};
        struct report report;

        host_sort(bench.host);
        must(notes_tidy(bench.notes, bench.host, bench.config) == 0, "notes_tidy");
        must(history_update(&bench.history, bench.config, bench.host, 1) == 0, "history_update");
        must(plan_make(bench.config, bench.host, &bench.history, 1, 0, &plan) == 0, "plan_make");
        announce_plan(&bench.announced, plan, &bench.history);
        report_make(plan, &progress, &report);
        return plan->n_actions;
}

static size_t look_and_decide(void) {
        free(bench.host->notes);
        must(notes_read(bench.notes, &bench.host->notes, &bench.host->n_notes) == 0, "notes_read");
        return decide();
}

/* callgrind collects in here alone. */
__attribute__((noinline)) static size_t measured(const char *part) {
        if (streq(part, "ini"))
                read_ini();
        return streq(part, "ini")     ? bench.config->n_vgpus
               : streq(part, "first") ? decide()
                                      : look_and_decide();
}

static void make_notes(void) {
        char path[256];

        path_of("notes", path);
        must(mkdir(path, 0700) == 0, path);
        bench.notes = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        must(bench.notes >= 0, path);
}

int main(int argc, char **argv) {
        unsigned n = argc == 4 ? (unsigned) strtoul(argv[2], NULL, 10) : 0;
        const char *part = argc == 4 ? argv[1] : "";
        size_t result, expected;

        if (n == 0 || !(streq(part, "ini") || streq(part, "first") || streq(part, "steady"))) {
                fputs("usage: pass ini|first|steady N FOLDER\n", stderr);
                return 64;
        }
        bench.folder = argv[3];
        make_notes();
        write_ini(n);
        if (!streq(part, "ini")) {
                read_ini();
                make_host();
        }
        if (streq(part, "steady")) {
                make_vgpus();
                (void) look_and_decide(); /* says once that they are ready, on stderr */
        }
        result = measured(part);
        expected = streq(part, "steady") ? 0 : n;
        if (result != expected) {
                fprintf(stderr, "pass %s %u: %zu and not %zu\n", part, n, result, expected);
                return 1;
        }
        return 0;
}
