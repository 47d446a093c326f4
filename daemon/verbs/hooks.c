/* SPDX-License-Identifier: GPL-2.0-or-later */

/* libvirt runs what is in this folder when a guest starts and ends; wikis have hooks there that write the
 * guest's UUID to `create`, which fails with EEXIST where gvtd has made it, and so does the start. Others
 * have mdevctl do that, or only remove what gvtd has made. Often a helper calls scripts of its own, in
 * folders below: qemu.d/GUEST/prepare/begin/x.sh. */

#include "verbs.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uuid/uuid.h>

#include "names.h"
#include "util.h"

#define PATH_HOOKS "/etc/libvirt/hooks"
#define DEPTH_MAX  5

/* Any of the mdev bus, and ".../UUID/remove" by whatever way it is reached; $GVT_GUID is the wikis' name for it. That
 * of a PCI device has an address in front. */
static bool removes(const char *line) {
        if (strstr(line, PATH_MDEV_DEVICES) && strstr(line, "/remove"))
                return true;
        for (const char *end = line; (end = strstr(end, "/remove")); end++) {
                const char *start = end;
                char name[64];
                uuid_t uuid;

                while (start > line && !strchr("/ \t\"'>", start[-1]))
                        start--;
                snprintf(name, sizeof(name), "%.*s", (int) (end - start), start);
                if (strcasestr(name, "uid") || uuid_parse(name, uuid) == 0)
                        return true;
        }
        return false;
}

/* Of a vGPU; NVIDIA's are none of ours. */
static bool makes_or_removes(const char *line) {
        const char *command = strstr(line, "mdevctl");

        if (line[strspn(line, " \t")] == '#' || strstr(line, "nvidia"))
                return false;
        return strstr(line, TYPES_FOLDER) || removes(line) ||
               (command && (strstr(command, " start") || strstr(command, " stop")));
}

int hooks_line(FILE *stream) {
        _cleanup_free_ char *line = NULL;
        size_t size = 0;

        for (int n = 1; getline(&line, &size, stream) >= 0; n++)
                if (makes_or_removes(line))
                        return n;
        return feof(stream) ? 0 : -errno;
}

static void look_at(const char *path, bool declared, struct findings *findings) {
        _cleanup_fclose_ FILE *stream = fopen(path, "re");
        int line = stream ? hooks_line(stream) : -errno;

        if (look_failed(line))
                findings->failed = -line;
        if (line <= 0)
                return;
        finding_add(findings, declared ? SEVERITY_ERROR : SEVERITY_WARNING, CAUSE("libvirt-hook"), path,
                    (unsigned) line,
                    "this hook makes a vGPU for its guest, which fails where gvtd has made it (\"File "
                    "exists\"; dash says \"I/O error\"), and then the guest does not start, or removes "
                    "gvtd's when the guest ends; take both out: gvtd has it there before libvirt starts, "
                    "and it stays");
}

static int is_visible(const struct dirent *entry) {
        return entry->d_name[0] != '.';
}

/* A link to what is found by its own name: qemu to scripts/qemu.sh, one guest's folder to another's. */
static bool leads_back(const char *path) {
        _cleanup_free_ char *target = NULL, *top = NULL;
        struct stat st;

        if (lstat(path, &st) < 0 || !S_ISLNK(st.st_mode))
                return false;
        target = realpath(path, NULL);
        top = realpath(PATH_HOOKS, NULL);
        return target && top && strncmp(target, top, strlen(top)) == 0 && strchr("/", target[strlen(top)]);
}

static void look_below(const char *folder, unsigned depth, bool declared, struct findings *findings);

/* What may not be executed, libvirt does not run. */
static void look_at_one(const char *path, const struct stat *st, unsigned depth, bool declared,
                        struct findings *findings) {
        if (S_ISREG(st->st_mode) && st->st_mode & 0111)
                look_at(path, declared, findings);
        else if (S_ISDIR(st->st_mode) && depth < DEPTH_MAX)
                look_below(path, depth + 1, declared, findings);
}

static void look_below(const char *folder, unsigned depth, bool declared, struct findings *findings) {
        struct dirent **entries;
        int n = scandir(folder, &entries, is_visible, alphasort);

        if (n < 0 && look_failed(-errno))
                findings->failed = errno;
        for (int i = 0; i < n; i++) {
                char path[300];
                struct stat st;

                if (snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name) <
                            (int) sizeof(path) &&
                    !leads_back(path)) {
                        if (stat(path, &st) == 0)
                                look_at_one(path, &st, depth, declared, findings);
                        else if (errno != ELOOP && look_failed(-errno))
                                findings->failed = errno;
                }
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
}

void hooks_find(bool declared, struct findings *findings) {
        look_below(PATH_HOOKS, 0, declared, findings);
}

bool hooks_are_closed(void) {
        return access(PATH_HOOKS, R_OK | X_OK) < 0 && errno == EACCES;
}
