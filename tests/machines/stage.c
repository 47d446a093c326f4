/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Loaded before gvtd on an imitated machine (tests/machines/run): what a private root cannot hold,
 * which is the kernel's version, the clock, the kernel's log and the service manager. Each answers
 * from the environment or from a plain file; the rest of these libraries stays as it is. */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-journal.h>
#include <time.h>

#define PATH_LOG "/proc/kmsg" /* lines "MICROSECONDS MESSAGE" */

int uname(struct utsname *ret) {
        memset(ret, 0, sizeof(*ret));
        strcpy(ret->sysname, "Linux");
        snprintf(ret->release, sizeof(ret->release), "%s", getenv("STAGE_RELEASE"));
        return 0;
}

/* An hour after the boot of 2026-01-02 11:00 UTC, most of which the machine has slept. */
int clock_gettime(clockid_t clock, struct timespec *ret) {
        *ret = (struct timespec){.tv_sec = clock == CLOCK_REALTIME ? 1767355200
                                           : clock == CLOCK_BOOTTIME ? 3600 : 600};
        return 0;
}

/* A package brings what was written long before; nobody can date the moment it came here. */
int stat(const char *path, struct stat *ret) {
        char name[256];
        const char *came;
        int r = fstatat(AT_FDCWD, path, ret, 0);

        snprintf(name, sizeof(name), "STAGE_CAME %s", path);
        came = getenv(name);
        if (r == 0)
                ret->st_ctim = ret->st_mtim;
        if (r == 0 && came)
                ret->st_ctim.tv_sec = strtoll(came, NULL, 10);
        return r;
}

/* --- the journal: the messages of the kernel, this boot --- */

struct sd_journal {
        FILE *stream; /* NULL: not for this user */
        char usec[96], message[1024];
};

int sd_journal_open(sd_journal **ret, int flags) {
        sd_journal *journal = calloc(1, sizeof(*journal));

        if (!journal)
                return -ENOMEM;
        journal->stream = fopen(PATH_LOG, "re");
        *ret = journal;
        return 0;
}

void sd_journal_close(sd_journal *journal) {
        if (journal && journal->stream)
                fclose(journal->stream);
        free(journal);
}

int sd_journal_add_match(sd_journal *journal, const void *data, size_t size) {
        return 0;
}

int sd_journal_seek_head(sd_journal *journal) {
        if (journal->stream)
                rewind(journal->stream);
        return 0;
}

int sd_journal_next(sd_journal *journal) {
        char line[900];
        uint64_t usec;
        int n = 0;

        if (!journal->stream || !fgets(line, sizeof(line), journal->stream) ||
            sscanf(line, "%" SCNu64 " %n", &usec, &n) < 1)
                return 0;
        line[strcspn(line, "\n")] = '\0';
        snprintf(journal->usec, sizeof(journal->usec), "_SOURCE_MONOTONIC_TIMESTAMP=%" PRIu64, usec);
        snprintf(journal->message, sizeof(journal->message), "MESSAGE=%s", line + n);
        return 1;
}

int sd_journal_get_data(sd_journal *journal, const char *field, const void **data, size_t *size) {
        *data = strcmp(field, "MESSAGE") == 0                       ? journal->message
                : strcmp(field, "_SOURCE_MONOTONIC_TIMESTAMP") == 0 ? journal->usec
                                                                    : NULL;
        if (!*data)
                return -ENOENT;
        *size = strlen(*data);
        return 0;
}

int sd_journal_wait(sd_journal *journal, uint64_t timeout_usec) {
        return SD_JOURNAL_NOP;
}

/* --- the service manager --- */

int sd_bus_open_system(sd_bus **ret) {
        *ret = NULL;
        return getenv("STAGE_USERSPACE") ? 0 : -ENOENT;
}

int sd_bus_is_ready(sd_bus *bus) {
        return 1;
}

sd_bus *sd_bus_close_unref(sd_bus *bus) {
        return NULL;
}

int sd_bus_set_method_call_timeout(sd_bus *bus, uint64_t usec) {
        return 0;
}

int sd_bus_get_property_trivial(sd_bus *bus, const char *destination, const char *path,
                                const char *interface, const char *member, sd_bus_error *error,
                                char type, void *ret) {
        if (strcmp(member, "UserspaceTimestampMonotonic") != 0)
                return -ENOENT;
        *(uint64_t *) ret = strtoull(getenv("STAGE_USERSPACE"), NULL, 10);
        return 0;
}

int sd_bus_get_property_string(sd_bus *bus, const char *destination, const char *path,
                               const char *interface, const char *member, sd_bus_error *error,
                               char **ret) {
        if (strcmp(member, "ActiveState") != 0)
                return -ENOENT;
        *ret = strdup(getenv("STAGE_ONESHOT"));
        return *ret ? 0 : -ENOMEM;
}
