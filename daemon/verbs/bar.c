/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What people get wrong most is room: the aperture on one line, to scale. */

#include "verbs.h"

#include <sys/ioctl.h>

#include "capacity.h"
#include "json.h"
#include "printable.h"
#include "text.h"
#include "util.h"

#define COLUMNS_MAX 100

/* A pipe gets the same words as a terminal of the usual width. */
static size_t columns(void) {
        struct winsize size;

        if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
                return 80;
        return size.ws_col < COLUMNS_MAX ? size.ws_col : COLUMNS_MAX;
}

struct bar {
        uint64_t drawn, aperture; /* bytes */
        size_t width;             /* without the last bar */
        char line[COLUMNS_MAX + 1];
};

/* The piece ends where its share of the aperture does; its words are cut there. */
static void draw(struct bar *bar, uint64_t size, char fill, const char *words) {
        size_t from = (size_t) (bar->drawn * bar->width / bar->aperture), to, length;

        bar->drawn = size < bar->aperture - bar->drawn ? bar->drawn + size : bar->aperture;
        to = (size_t) (bar->drawn * bar->width / bar->aperture);
        if (to == from)
                return;
        bar->line[from] = '|';
        memset(bar->line + from + 1, fill, to - from - 1);
        length = strlen(words);
        memcpy(bar->line + from + 1, words, length < to - from - 1 ? length : to - from - 1);
}

static void draw_vgpu(struct bar *bar, const struct vgpu *vgpu, uint64_t size) {
        bool foreign = vgpu->state == VGPU_FOREIGN;
        char words[DECLARED_NAME_MAX + 32], *to = words;

        snprintf(words, sizeof(words), "%s%.*s %ju", foreign ? "*" : "",
                 *vgpu->name ? DECLARED_NAME_MAX : 8, *vgpu->name ? vgpu->name : uuid_text(vgpu->uuid).text,
                 (uintmax_t) (size / MIB));
        /* a column a character, none of which may look like the end of a piece, or a stranger's mark */
        for (const char *p = words; *p; p++) {
                if ((*p & 0xc0) == 0x80)
                        continue;
                *to = *p;
                if (*p < ' ' || *p > '~' || *p == '|' || (*p == '*' && !foreign))
                        *to = '?';
                to++;
        }
        *to = '\0';
        draw(bar, size, '=', words);
}

/* What one of them takes of this GPU's aperture; 0: it is not there. */
static uint64_t size_on(const struct gpu *gpu, const struct vgpu *vgpu) {
        const struct type_size *size = type_size_find(vgpu->type);

        return size && vgpu->mdev && mdev_is_on(vgpu->mdev, gpu) ? size->low_gm : 0;
}

static uint64_t host_part(const struct gpu *gpu) {
        return gpu->aperture - pool_of(gpu->aperture, gpu->ggtt).low_gm;
}

void bar_print_number(struct json *json, const struct gpu *gpu, const char *key, uint64_t number) {
        if (gpu->aperture > 0)
                json_number(json, key, number);
        else
                json_string(json, key, NULL);
}

void bar_print_json(struct json *json, const struct gpu *gpu, const struct vgpu *vgpus, size_t n) {
        uint64_t used = host_part(gpu);

        for (size_t i = 0; i < n; i++)
                used += size_on(gpu, &vgpus[i]);
        json_object(json, "aperture");
        bar_print_number(json, gpu, "mb", gpu->aperture / MIB);
        bar_print_number(json, gpu, "host_mb", host_part(gpu) / MIB);
        bar_print_number(json, gpu, "free_mb", used < gpu->aperture ? (gpu->aperture - used) / MIB : 0);
        json_object_end(json);
}

void bar_print(const struct gpu *gpu, const struct vgpu *vgpus, size_t n) {
        struct bar bar = {.aperture = gpu->aperture, .width = columns() - 1};
        char words[32];

        if (gpu->aperture == 0)
                return;
        snprintf(words, sizeof(words), "host %ju", (uintmax_t) (host_part(gpu) / MIB));
        draw(&bar, host_part(gpu), '#', words);
        for (size_t i = 0; i < n; i++)
                if (size_on(gpu, &vgpus[i]) > 0)
                        draw_vgpu(&bar, &vgpus[i], size_on(gpu, &vgpus[i]));
        snprintf(words, sizeof(words), "free %ju", (uintmax_t) ((gpu->aperture - bar.drawn) / MIB));
        draw(&bar, gpu->aperture - bar.drawn, ' ', words);
        bar.line[bar.width] = '|';
        print_line(stdout, "%s", bar.line);
}
