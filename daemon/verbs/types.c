/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <sysexits.h>

#include "json.h"
#include "printable.h"
#include "text.h"
#include "util.h"

static const char *generation(const struct gpu *gpu) {
        const struct platform *platform = gpu_platform(gpu);

        return platform ? platform->name : NULL;
}

struct number_text {
        char text[24];
};

/* Of what follows from the aperture, and cannot be told without it. */
static struct number_text number_text(const struct gpu *gpu, uint64_t number, const char *unit) {
        struct number_text text = {"?"};

        if (gpu->aperture > 0)
                snprintf(text.text, sizeof(text.text), "%ju%s", (uintmax_t) number, unit);
        return text;
}

static void print_table(const struct gpu *gpu, const struct offer *offers, size_t n) {
        printf("%s: %s (8086:%04x), aperture %s\n", address_text(&gpu->address).text,
               generation(gpu) ? generation(gpu) : "unknown generation", gpu->device_id,
               number_text(gpu, gpu->aperture / MIB, " MB").text);
        if (n == 0) {
                printf("No types: the aperture is too small, or cannot be seen.\n");
                return;
        }
        /* At most: a vGPU needs its room in one piece, and this is a sum. */
        printf("\n%-16s%-12s%10s%10s%11s%13s\n", "TYPE", "RESOLUTION", "APERTURE", "MEMORY",
               "FIT EMPTY", "AT MOST NOW");
        for (size_t i = 0; i < n; i++) {
                const struct type_size *size = offers[i].size;
                char resolution[24];

                snprintf(resolution, sizeof(resolution), "%ux%u", size->xres, size->yres);
                printf("%-16s%-12s%7ju MB%7ju MB%11s%13s\n", offers[i].name, resolution,
                       (uintmax_t) (size->low_gm / MIB),
                       (uintmax_t) ((size->low_gm + size->high_gm) / MIB),
                       number_text(gpu, offers[i].fit_empty, "").text, number_text(gpu, offers[i].fit_now, "").text);
        }
        printf("\nThe types are %s.\n"
               "How many fit is computed from the aperture, the graphics address space (%ju MB, "
               "%s)\n"
               "and the vGPUs present; all types share this room.\n",
               gpu->registered ? "what the kernel offers now"
                               : "computed, as the kernel does not offer any yet",
               (uintmax_t) (gpu->ggtt / MIB), gpu->ggtt_seen ? "read" : "assumed");
}

static void print_json(const struct gpu *gpu, const struct offer *offers, size_t n,
                       const struct vgpu *vgpus, size_t n_vgpus) {
        struct json json = {.stream = stdout};
        char id[sizeof("8086:ffff")];

        snprintf(id, sizeof(id), "8086:%04x", gpu->device_id);
        json_object(&json, NULL);
        json_string(&json, "device", address_text(&gpu->address).text);
        json_string(&json, "id", id);
        json_string(&json, "generation", generation(gpu));
        bar_print_number(&json, gpu, "aperture_mb", gpu->aperture / MIB);
        json_number(&json, "ggtt_mb", gpu->ggtt / MIB);
        json_bool(&json, "ggtt_assumed", !gpu->ggtt_seen);
        json_bool(&json, "offered", gpu->registered);
        json_list(&json, "types");
        for (size_t i = 0; i < n; i++) {
                const struct type_size *size = offers[i].size;

                json_object(&json, NULL);
                json_string(&json, "type", offers[i].name);
                json_number(&json, "xres", size->xres);
                json_number(&json, "yres", size->yres);
                json_number(&json, "aperture_mb", size->low_gm / MIB);
                json_number(&json, "memory_mb", (size->low_gm + size->high_gm) / MIB);
                bar_print_number(&json, gpu, "fit_empty", offers[i].fit_empty);
                bar_print_number(&json, gpu, "fit_now", offers[i].fit_now);
                json_object_end(&json);
        }
        json_list_end(&json);
        bar_print_json(&json, gpu, vgpus, n_vgpus);
        json_object_end(&json);
}

int types_main(const struct options *options) {
        _cleanup_verb_ struct verb verb = {};
        _cleanup_free_ struct vgpu *vgpus = NULL;
        struct offer offers[OFFERS_MAX];
        char text[EXPLANATION_MAX];
        size_t n, n_vgpus;
        int r;

        r = verb_load(options, &verb);
        if (r == 0)
                r = verb_need_gpu(&verb);
        if (r != 0)
                return r;
        n = offers_make(verb.plan, offers);
        vgpus = inventory_make(verb.plan, &n_vgpus);
        if (!vgpus) {
                fprintf(stderr, "gvtd: %s\n", strerror(ENOMEM));
                return EX_OSERR;
        }
        if (options->given & OPTION_JSON) {
                print_json(verb.plan->gpu, offers, n, vgpus, n_vgpus);
        } else {
                print_table(verb.plan->gpu, offers, n);
                putchar('\n');
                bar_print(verb.plan->gpu, vgpus, n_vgpus);
        }
        if (!verb_is_offered(&verb, text))
                print_line(stderr, "gvtd: not offered now: %s", text);
        return verb_finish(0);
}
