/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Indented by two blanks, so that a person can read it as well. JSON is UTF-8 (RFC 8259), whatever a
 * process or a file is called. */

#include "json.h"

#include "printable.h"
#include "util.h"

static void write_text(struct json *json, const char *text) {
        fputc('"', json->stream);
        for (size_t n; *text; text += n ? n : 1) {
                n = printable_character(text);
                if (*text == '"' || *text == '\\')
                        fputc('\\', json->stream);
                if (n > 0)
                        fwrite(text, 1, n, json->stream);
                else if ((unsigned char) *text < 0x80)
                        fprintf(json->stream, "\\u%04x", *text);
                else
                        fputc('?', json->stream);
        }
        fputc('"', json->stream);
}

static void new_line(struct json *json) {
        fprintf(json->stream, "\n%*s", (int) (2 * json->depth), "");
}

/* What precedes every value: the comma after the last one, the line's start, the key. */
static void begin(struct json *json, const char *key) {
        if (json->depth > 0) {
                if (!json->first)
                        fputc(',', json->stream);
                new_line(json);
        }
        json->first = false;
        if (key) {
                write_text(json, key);
                fputs(": ", json->stream);
        }
}

static void open_bracket(struct json *json, const char *key, char bracket) {
        begin(json, key);
        fputc(bracket, json->stream);
        json->first = true;
        json->depth++;
}

static void close_bracket(struct json *json, char bracket) {
        json->depth--;
        if (!json->first)
                new_line(json);
        fputc(bracket, json->stream);
        json->first = false;
        if (json->depth == 0)
                fputc('\n', json->stream);
}

void json_object(struct json *json, const char *key) {
        open_bracket(json, key, '{');
}

void json_object_end(struct json *json) {
        close_bracket(json, '}');
}

void json_list(struct json *json, const char *key) {
        open_bracket(json, key, '[');
}

void json_list_end(struct json *json) {
        close_bracket(json, ']');
}

void json_string(struct json *json, const char *key, const char *value) {
        begin(json, key);
        if (value)
                write_text(json, value);
        else
                fputs("null", json->stream);
}

void json_number(struct json *json, const char *key, uint64_t value) {
        begin(json, key);
        fprintf(json->stream, "%ju", (uintmax_t) value);
}

void json_bool(struct json *json, const char *key, bool value) {
        begin(json, key);
        fputs(value ? "true" : "false", json->stream);
}
