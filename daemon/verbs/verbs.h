/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The verbs that look: what they are given, what they are, and what they share. */

#include "config.h"
#include "explain.h"
#include "host.h"
#include "inventory.h"
#include "plan.h"
#include "question.h"
#include "room.h"
#include "finding.h"

/* Above every character, for getopt_long(). */
enum option_bit {
        OPTION_CONFIG = 1 << 8,    /* check --config */
        OPTION_KERNEL = 1 << 9,    /* check --kernel VERSION */
        OPTION_JSON = 1 << 10,
        OPTION_PRINT = 1 << 11,    /* modprobe --print */
        OPTION_QEMU = 1 << 12,     /* attach --qemu */
        OPTION_LIBVIRT = 1 << 13,  /* attach --libvirt */
        OPTION_HEADLESS = 1 << 14, /* attach --headless */
};

/* The command line, as main.c has understood it. */
struct options {
        const char *file;   /* -c; NULL: the usual ini and its drop-ins */
        const char *kernel; /* of --kernel */
        unsigned given;     /* enum option_bit */
        char **args;        /* what follows the verb, as many as it takes */
        size_t n_args;
};

/* Each is a verb and returns an exit status. */
int attach_main(const struct options *options);
int check_main(const struct options *options);
int dump_main(const struct options *options);
int status_main(const struct options *options);
int suggest_main(const struct options *options);
int types_main(const struct options *options);

struct verb {
        struct config *config;
        struct host *host;
        struct plan *plan; /* of a daemon that has just begun */
};

/* Says on standard error what went wrong; an exit status, 0 for success. */
int verb_configure(const struct options *options, struct config **ret);
int verb_look(const struct options *options, struct verb *ret);
/* The same; errors in the ini are mentioned and do not stop anything. */
int verb_load(const struct options *options, struct verb *ret);
/* 0 where this user may read all of the ini; otherwise says that what is declared is not known, and 1. */
int verb_need_ini(const struct verb *verb);
void verb_done(struct verb *verb);
#define _cleanup_verb_ _cleanup_(verb_done)

/* 0 where the GPU has GVT-g, if need be after a reboot; otherwise says why not: EX_UNAVAILABLE. */
int verb_need_gpu(const struct verb *verb);
/* The answer to a question about this machine: one sentence, and the cause's name. */
const char *verb_answer(const struct verb *verb, enum question question,
                        const struct kernel_log *log, char ret[static EXPLANATION_MAX]);
/* Why the machine does not offer vGPUs: one sentence, and the cause's name (gvtd(8) lists them);
 * NULL where it does. */
const char *verb_explain(const struct verb *verb, const struct kernel_log *log,
                         char ret[static EXPLANATION_MAX]);
/* The same for whoever has not read the kernel's log; "" where it does. */
bool verb_is_offered(const struct verb *verb, char ret[static EXPLANATION_MAX]);
/* Flushes standard output; an exit status: what was asked for has been printed, or not. */
int verb_finish(int status);

/* Parts of attach: arguments for qemu-system-x86_64, in one line; elements for `virsh edit`, with comments
 * that say where they go. `size` bounds the resolution; NULL: unknown. */
void attach_print_qemu(const uuid_t uuid, const struct type_size *size, bool headless,
                       FILE *stream);
void attach_print_libvirt(const uuid_t uuid, const struct type_size *size, bool headless,
                          FILE *stream);
void dump_print(const struct host *host, FILE *stream);

/* The aperture on one line, to scale: the host's part, each vGPU by its name ("*": a stranger's), what is
 * free, in MB; no wider than the terminal. */
void bar_print(const struct gpu *gpu, const struct vgpu *vgpus, size_t n);
struct json;
void bar_print_json(struct json *json, const struct gpu *gpu, const struct vgpu *vgpus, size_t n);
/* Any number that follows from the aperture: null where that cannot be seen. */
void bar_print_number(struct json *json, const struct gpu *gpu, const char *key, uint64_t number);

/* Parts of check: whether an installed kernel has GVT-g, before it is booted. */
void kernel_findings(const char *version, struct findings *findings);
/* Whether findings may be incomplete for it. What may not be read is one of the things that check says
 * root sees more of. */
bool look_failed(int r);
/* Another creator of vGPUs on the same GPU: one error for each of mdevctl's definitions that starts by
 * itself. */
void mdevctl_find(const struct verb *verb, struct findings *findings);
/* The same for libvirt's hooks: an error each where vGPUs are declared, else a warning. */
void hooks_find(bool declared, struct findings *findings);
/* The first line of a hook that makes or removes vGPUs; 0: there is none; -errno: it cannot be read to its end. */
int hooks_line(FILE *stream);
/* Whether they are not for this user to see. */
bool hooks_are_closed(void);
/* Whether a definition says "start": "auto". */
bool mdevctl_is_auto(const char *json);
