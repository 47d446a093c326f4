/* SPDX-License-Identifier: GPL-2.0-or-later */

/* sd_journal_sendv() reports success where no journal runs, so that entries would be lost in silence:
 * whether standard error is the journal's own stream decides instead ($JOURNAL_STREAM). */

#define SD_JOURNAL_SUPPRESS_LOCATION

#include "log.h"

#include <inttypes.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-login.h>

#include "printable.h"
#include "text.h"

#define FIELDS_MAX 12

static bool to_journal;
/* A gvtd that gives up, or was a reload, is gone by the time the journal asks whose its words are. */
static char *unit;

void log_open(void) {
        const char *stream = getenv("JOURNAL_STREAM");
        uint64_t device, inode;
        struct stat st;

        to_journal = stream && sscanf(stream, "%" SCNu64 ":%" SCNu64, &device, &inode) == 2 &&
                     fstat(STDERR_FILENO, &st) == 0 && st.st_dev == device && st.st_ino == inode;
        if (to_journal && !unit && sd_pid_get_unit(0, &unit) < 0)
                unit = NULL;
}

struct entry_fields {
        struct iovec fields[FIELDS_MAX];
        int n;
        bool maimed; /* there was no memory for one of them */
};

static void add_field(struct entry_fields *entry, const char *format, ...) _printf_(2, 3);

static void add_field(struct entry_fields *entry, const char *format, ...) {
        va_list args;
        char *text;

        va_start(args, format);
        text = printable_format(format, args);
        va_end(args);
        if (text)
                entry->fields[entry->n++] = (struct iovec){text, strlen(text)};
        else
                entry->maimed = true;
}

static void add_subject(struct entry_fields *entry, const struct subject *subject) {
        if (subject->message_id)
                add_field(entry, "MESSAGE_ID=%s", subject->message_id);
        if (subject->uuid)
                add_field(entry, "GVTD_UUID=%s", uuid_text(subject->uuid).text);
        if (subject->type)
                add_field(entry, "GVTD_TYPE=%s", subject->type);
        if (subject->device)
                add_field(entry, "GVTD_DEVICE=%s", address_text(subject->device).text);
        if (subject->error)
                add_field(entry, "ERRNO=%d", subject->error);
        if (subject->config_file)
                add_field(entry, "CONFIG_FILE=%s", subject->config_file);
        if (subject->config_line)
                add_field(entry, "CONFIG_LINE=%u", subject->config_line);
}

static void send_entry(int priority, const struct subject *subject, const char *text) {
        struct entry_fields entry = {};

        add_field(&entry, "MESSAGE=%s", text);
        add_field(&entry, "PRIORITY=%d", priority);
        add_field(&entry, "SYSLOG_IDENTIFIER=gvtd");
        if (unit)
                add_field(&entry, "OBJECT_SYSTEMD_UNIT=%s", unit);
        if (subject)
                add_subject(&entry, subject);
        if (entry.maimed || sd_journal_sendv(entry.fields, entry.n) < 0)
                fprintf(stderr, "<%d>%s\n", priority, text);
        for (int i = 0; i < entry.n; i++)
                free(entry.fields[i].iov_base);
}

void log_write(int priority, const struct subject *subject, const char *format, ...) {
        _cleanup_free_ char *text = NULL;
        va_list args;

        va_start(args, format);
        text = printable_format(format, args);
        va_end(args);
        if (!text) {
                fprintf(stderr, "<%d>out of memory for the words of a message: %s\n", priority, format);
                return;
        }
        if (to_journal)
                send_entry(priority, subject, text);
        else
                fprintf(stderr, "gvtd: %s\n", text);
}
