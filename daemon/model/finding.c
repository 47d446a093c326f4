/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "finding.h"

#include <errno.h>
#include <limits.h>

#include "json.h"
#include "printable.h"

#define SUBJECT_MAX (PATH_MAX + sizeof(":4294967295"))

static const char *severity_name(enum severity severity) {
        switch (severity) {
        case SEVERITY_NOTE:
                return "note";
        case SEVERITY_WARNING:
                return "warning";
        case SEVERITY_ERROR:
                return "error";
        }
        return "";
}

static int add(struct findings *findings, const struct finding *finding) {
        struct finding *items = grow(findings->items, findings->n, sizeof(struct finding));

        if (!items)
                return -ENOMEM;
        findings->items = items;
        if (!finding->subject || !finding->text)
                return -ENOMEM;
        make_printable(finding->subject);
        items[findings->n++] = *finding;
        findings->n_errors += finding->severity == SEVERITY_ERROR;
        return 0;
}

int finding_add(struct findings *findings, enum severity severity, const char *cause, const char *subject,
                unsigned line, const char *format, ...) {
        struct finding finding = {severity, cause, strdup(subject), line, NULL};
        va_list args;

        va_start(args, format);
        finding.text = printable_format(format, args);
        va_end(args);
        if (add(findings, &finding) == 0)
                return 0;
        free(finding.subject);
        free(finding.text);
        findings->failed = ENOMEM;
        return -ENOMEM;
}

void findings_done(struct findings *findings) {
        for (size_t i = 0; i < findings->n; i++) {
                free(findings->items[i].subject);
                free(findings->items[i].text);
        }
        free(findings->items);
}

static void format_subject(const struct finding *finding, char *ret, size_t size) {
        if (finding->line)
                snprintf(ret, size, "%s:%u", finding->subject, finding->line);
        else
                snprintf(ret, size, "%s", finding->subject);
}

void findings_print(const struct findings *findings, FILE *stream) {
        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = &findings->items[i];
                char subject[SUBJECT_MAX];

                format_subject(finding, subject, sizeof(subject));
                fprintf(stream, "%s: %s: %s\n", subject, severity_name(finding->severity), finding->text);
        }
}

void findings_print_json(const struct findings *findings, FILE *stream) {
        struct json json = {.stream = stream};

        json_object(&json, NULL);
        json_bool(&json, "ok", findings->n_errors == 0 && !findings->failed);
        json_list(&json, "findings");
        for (size_t i = 0; i < findings->n; i++) {
                const struct finding *finding = &findings->items[i];
                char subject[SUBJECT_MAX];

                format_subject(finding, subject, sizeof(subject));
                json_object(&json, NULL);
                json_string(&json, "severity", severity_name(finding->severity));
                json_string(&json, "cause", finding->cause);
                json_string(&json, "subject", subject);
                json_string(&json, "text", finding->text);
                json_object_end(&json);
        }
        json_list_end(&json);
        json_object_end(&json);
}
