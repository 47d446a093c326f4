/* SPDX-License-Identifier: GPL-2.0-or-later */

/* mdevctl's udev rule creates on MDEV_STATE=registered, before the mdev driver must be complete: a
 * create that hits the gap takes the kernel down (host.h, driver_complete). */

#include "verbs.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

#include "sysfs.h"
#include "text.h"
#include "util.h"

#define PATH_DEFINITIONS "/etc/mdevctl.d"

static const char *skip_blanks(const char *text) {
        while (isspace((unsigned char) *text))
                text++;
        return text;
}

bool mdevctl_is_auto(const char *json) {
        const char *value = strstr(json, "\"start\"");

        if (!value)
                return false;
        value = skip_blanks(value + strlen("\"start\""));
        return *value == ':' && strncmp(skip_blanks(value + 1), "\"auto\"", 6) == 0;
}

/* What has it create without being asked. An empty one hides that of a later folder (udev(7)). */
static int rule_look(void) {
        static const char *const folders[] = {"/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"};
        struct stat st;
        int r = 0;

        for (size_t i = 0; i < ARRAY_SIZE(folders) && r == 0; i++) {
                char path[64];

                snprintf(path, sizeof(path), "%s/udev/rules.d/60-mdevctl.rules", folders[i]);
                if (stat(path, &st) == 0)
                        return st.st_size > 0;
                r = unless_gone(-errno);
        }
        return r;
}

static int is_definition(const struct dirent *entry) {
        uuid_t uuid;

        return parse_uuid(entry->d_name, uuid) == 0;
}

/* A link is a definition, too: NixOS, stow and their kin put one there. */
static int read_definition(const char *path, char *ret, size_t size) {
        _cleanup_fclose_ FILE *stream = NULL;
        struct stat st;

        *ret = '\0';
        if (stat(path, &st) < 0)
                return -errno;
        if (!S_ISREG(st.st_mode))
                return 0;
        stream = fopen(path, "re");
        if (!stream)
                return -errno;
        ret[fread(ret, 1, size - 1, stream)] = '\0';
        return ferror(stream) ? -EIO : 0;
}

/* What there is to do before it is mdevctl's no more. `gvtd dump` prints what is there. */
static const char *say_first(const struct verb *verb, const char *name) {
        uuid_t uuid;

        if (parse_uuid(name, uuid) < 0 || config_declares(verb->config, uuid))
                return "";
        return host_find_mdev(verb->host, uuid) ? "declare it in the ini (gvtd dump prints it) and "
                                                : "declare it in the ini and ";
}

static void look_at(const struct verb *verb, const char *folder, const char *name, struct findings *findings) {
        char path[128], text[4096];
        int r;

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        r = read_definition(path, text, sizeof(text));
        if (look_failed(r))
                findings->failed = -r;
        if (r < 0 || !mdevctl_is_auto(text))
                return;
        finding_add(findings, SEVERITY_ERROR, CAUSE("mdevctl"), path, 0,
                    "mdevctl creates this vGPU by itself, too, and at a moment that can crash the "
                    "kernel; %srun `mdevctl modify --uuid %s --manual`",
                    say_first(verb, name), name);
}

void mdevctl_find(const struct verb *verb, struct findings *findings) {
        char folder[64];
        struct dirent **entries;
        int n = rule_look();

        if (look_failed(n))
                findings->failed = -n;
        if (n <= 0) /* the package is not there, or not any more */
                return;
        snprintf(folder, sizeof(folder), PATH_DEFINITIONS "/%s", address_text(&verb->plan->gpu->address).text);
        n = scandir(folder, &entries, is_definition, alphasort);
        if (n < 0 && look_failed(-errno))
                findings->failed = errno;
        for (int i = 0; i < n; i++) {
                look_at(verb, folder, entries[i]->d_name, findings);
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
}
