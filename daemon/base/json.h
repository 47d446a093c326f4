/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* A writer of JSON, as much as --json needs: one value at a time, straight to a stream, commas and
 * escapes taken care of. `key` is NULL inside a list and at the top. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct json {
        FILE *stream;
        bool first; /* nothing was written yet at this depth */
        unsigned depth;
};

void json_object(struct json *json, const char *key);
void json_object_end(struct json *json);
void json_list(struct json *json, const char *key);
void json_list_end(struct json *json);
/* NULL becomes null. */
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, uint64_t value);
void json_bool(struct json *json, const char *key, bool value);
