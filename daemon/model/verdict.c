/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "verdict.h"

#include <errno.h>
#include <stdarg.h>

#include "json.h"
#include "printable.h"

static const char *weight_name(enum weight weight) {
        switch (weight) {
        case WEIGHT_NOTE:
                return "note";
        case WEIGHT_WARNING:
                return "warning";
        case WEIGHT_ERROR:
                return "error";
        }
        return "";
}

void verdict_add(struct verdicts *verdicts, enum weight weight, const char *cause,
                 const char *subject, const char *format, ...) {
        struct verdict verdict = {weight, cause, strdup(subject), NULL}, *items;
        va_list ap;

        va_start(ap, format);
        if (vasprintf(&verdict.text, format, ap) < 0)
                verdict.text = NULL;
        va_end(ap);
        items = reallocarray(verdicts->items, verdicts->n + 1, sizeof(struct verdict));
        if (items)
                verdicts->items = items;
        if (items && verdict.text && verdict.subject) {
                make_printable(verdict.subject);
                make_printable(verdict.text);
                items[verdicts->n++] = verdict;
                return;
        }
        free(verdict.subject);
        free(verdict.text);
        verdicts->lost = ENOMEM;
}

void verdicts_done(struct verdicts *verdicts) {
        for (size_t i = 0; i < verdicts->n; i++) {
                free(verdicts->items[i].subject);
                free(verdicts->items[i].text);
        }
        free(verdicts->items);
}

size_t verdicts_count(const struct verdicts *verdicts, enum weight weight) {
        size_t n = 0;

        for (size_t i = 0; i < verdicts->n; i++)
                n += verdicts->items[i].weight == weight;
        return n;
}

void verdicts_print(const struct verdicts *verdicts, FILE *stream) {
        for (size_t i = 0; i < verdicts->n; i++)
                fprintf(stream, "%s: %s: %s\n", verdicts->items[i].subject,
                        weight_name(verdicts->items[i].weight), verdicts->items[i].text);
}

void verdicts_print_json(const struct verdicts *verdicts, FILE *stream) {
        struct json json = {.stream = stream};

        json_object(&json, NULL);
        json_bool(&json, "ok", verdicts_count(verdicts, WEIGHT_ERROR) == 0 && !verdicts->lost);
        json_list(&json, "findings");
        for (size_t i = 0; i < verdicts->n; i++) {
                const struct verdict *verdict = &verdicts->items[i];

                json_object(&json, NULL);
                json_string(&json, "severity", weight_name(verdict->weight));
                json_string(&json, "cause", verdict->cause);
                json_string(&json, "subject", verdict->subject);
                json_string(&json, "text", verdict->text);
                json_object_end(&json);
        }
        json_list_end(&json);
        json_object_end(&json);
}
