/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What the sections and keys of gvtd.ini(5) mean: items of the grammar to values, each checked
 * where it stands. Whatever is wrong becomes a finding with its line, and the rest goes on. */

#include "keys.h"

#include <errno.h>

#include "config.h"
#include "paste.h"
#include "reader.h"
#include "text.h"
#include "type-name.h"
#include "util.h"

/* No configuration comes near; it bounds what a wrong file or an endless pipe can cost. */
#define SIZE_MAX_INI (UINT64_C(1) << 20)
/* What is no configuration at all may have one in each of its half a million lines. */
#define FINDINGS_MAX 1000
#define SEPARATORS   " \t\v\f\r,"
#define SECTION_GVTD "gvtd"
#define EXAMPLE_UUID "a297db4a-f4c2-11e6-90f6-d3b88d6c9525"

enum section {
        SECTION_NONE,    /* before the first header */
        SECTION_GENERAL, /* [gvtd] */
        SECTION_TYPE,
        SECTION_UNUSABLE, /* unknown, and not reported yet */
        SECTION_UNUSABLE_REPORTED,
};

struct builder {
        struct config *config;
        const char *file; /* borrowed from config.files */
        enum section section;
        char name[TYPE_NAME_MAX];
        unsigned line;         /* of the header */
        const struct key *key; /* what a continuation continues; NULL: nothing that counts */
        unsigned key_line;
        size_t before;         /* findings in the files before this one */
        unsigned paste_line;   /* that has been reported for what is around its UUIDs */
        unsigned word_line;    /* that has been reported for a word that is no UUID */
};

/* One key of a section. `set` returns -ENOMEM or 0. */
struct key {
        const char *name;
        int (*set)(struct builder *builder, const struct ini_item *item);
        bool list; /* may be continued */
};

#define find_error(builder, item, ...) \
        config_complain((builder)->config, SEVERITY_ERROR, (builder)->file, (item)->line, __VA_ARGS__)

static int set_device(struct builder *builder, const struct ini_item *item) {
        struct pci_address address;

        if (streq(item->text, "auto")) {
                builder->config->device_auto = true;
                return 0;
        }
        if (parse_pci_address(item->text, &address) < 0)
                return find_error(builder, item,
                                  "device \"%s\" is no PCI address; expected "
                                  "DOMAIN:BUS:SLOT.FUNCTION in hexadecimal, like 0000:00:02.0, "
                                  "or auto",
                                  quote(item->text).text);
        builder->config->device_auto = false;
        builder->config->device = address;
        return 0;
}

static int set_group(struct builder *builder, const struct ini_item *item) {
        char *group = strdup(item->text);

        if (!group)
                return -ENOMEM;
        free(builder->config->group);
        builder->config->group = group;
        builder->config->group_file = builder->file;
        builder->config->group_line = item->line;
        return 0;
}

static int set_wait(struct builder *builder, const struct ini_item *item) {
        int r = parse_timespan(item->text, &builder->config->wait_usec);

        if (r == 0)
                return 0;
        return find_error(builder, item,
                          "wait \"%s\" is %s; expected a number with a unit, "
                          "like 90s or 1min 30s, or infinity",
                          quote(item->text).text,
                          r == -ERANGE ? "longer than systemd can wait" : "no time span");
}

static int set_bool(struct builder *builder, const struct ini_item *item, bool *ret) {
        if (parse_bool(item->text, ret) == 0)
                return 0;
        return find_error(builder, item, "%s \"%s\" is neither yes nor no; expected one of the two",
                          item->key, quote(item->text).text);
}

static int set_recreate(struct builder *builder, const struct ini_item *item) {
        return set_bool(builder, item, &builder->config->recreate);
}

static int set_remove_on_stop(struct builder *builder, const struct ini_item *item) {
        return set_bool(builder, item, &builder->config->remove_on_stop);
}

static int set_enable_guc(struct builder *builder, const struct ini_item *item) {
        unsigned value;

        if (parse_unsigned(item->text, 0, 3, &value) < 0)
                return find_error(builder, item,
                                  "enable_guc \"%s\" is not a value for gvtd; expected 0 or 2, or "
                                  "no such line, which leaves i915's default alone",
                                  quote(item->text).text);
        if (value & 1)
                return find_error(builder, item,
                                  "enable_guc %u turns on GuC submission, and GuC submission and "
                                  "GVT-g exclude each other; expected 0 or 2, or no such line, "
                                  "which leaves i915's default alone",
                                  value);
        builder->config->enable_guc = value == 0 ? GUC_OFF : GUC_HUC_ONLY;
        return 0;
}

static int declare(struct builder *builder, const struct ini_item *item, const uuid_t uuid) {
        struct declared declared = {.file = builder->file, .line = item->line};

        if (uuid_is_null(uuid))
                return find_error(builder, item,
                                  "the nil UUID names no vGPU; expected one of its own, as uuidgen "
                                  "prints it");
        uuid_copy(declared.uuid, uuid);
        text_cut(item->comment, declared.name, sizeof(declared.name));
        memcpy(declared.type, builder->name, sizeof(declared.type));
        return config_declare(builder->config, &declared);
}

/* A file that was appended to another one without a newline between: what follows belongs to the section
 * that is named in the middle of this line, and must not be taken for one of the section above. */
static int report_glued(struct builder *builder, const struct ini_item *item) {
        builder->section = SECTION_UNUSABLE_REPORTED;
        builder->key = NULL;
        return find_error(builder, item,
                          "the [ in \"%s\" begins a section, it seems, so what follows is left out; "
                          "expected [SECTION] on a line of its own, or no bracket",
                          quote(item->text).text);
}

/* `paste` collects what is around UUIDs, which is said once for the whole line. */
static int take_uuid(struct builder *builder, const struct ini_item *item, const char *word,
                     char *paste) {
        uuid_t uuid;

        if (parse_uuid(word, uuid) == 0)
                return declare(builder, item, uuid);
        if (paste_is_around_uuid(word, paste))
                return 0;
        if (strchr(word, '['))
                return report_glued(builder, item);
        if (TAKE(builder->word_line, item->line) == item->line)
                return 0;
        if (paste_holds_uuid(word))
                return find_error(builder, item,
                                  "\"%s\" is more than a UUID; expected the bare UUID, and a blank before "
                                  "the ; or # of a comment", quote(word).text);
        return find_error(builder, item,
                          "\"%s\" is no UUID; expected 32 hexadecimal digits in groups of 8-4-4-4-12, "
                          "like " EXAMPLE_UUID "%s",
                          quote(word).text,
                          streq(word, item->text) ? "" : ", and nothing else in the line but a comment behind ; or #");
}

static int set_uuid(struct builder *builder, const struct ini_item *item) {
        _cleanup_free_ char *list = strdup(item->text);
        char *state = NULL, paste[PASTE_MAX] = "";

        if (!list)
                return -ENOMEM;
        for (char *word = strtok_r(list, SEPARATORS, &state); word && builder->key;
             word = strtok_r(NULL, SEPARATORS, &state)) {
                int r = take_uuid(builder, item, word, paste);
                if (r < 0)
                        return r;
        }
        if (!*paste || TAKE(builder->paste_line, item->line) == item->line)
                return 0;
        return find_error(builder, item,
                          "the %s in \"%s\" are too much; expected bare UUIDs",
                          paste, quote(item->text).text);
}

static int set_count(struct builder *builder, const struct ini_item *item) {
        struct declared_count count = {.file = builder->file, .line = item->line};

        if (parse_unsigned(item->text, 1, CONFIG_COUNT_MAX, &count.count) < 0)
                return find_error(builder, item,
                                  "count \"%s\" is not a number of vGPUs; expected 1 to %d",
                                  quote(item->text).text, CONFIG_COUNT_MAX);
        memcpy(count.type, builder->name, sizeof(count.type));
        return config_declare_count(builder->config, &count);
}

/* An empty row ends a table. */
static const struct key keys_general[] = {
        {"device", set_device},
        {"group", set_group},
        {"wait", set_wait},
        {"recreate", set_recreate},
        {"remove_on_stop", set_remove_on_stop},
        {"enable_guc", set_enable_guc},
        {},
};

static const struct key keys_type[] = {
        {"uuid", set_uuid, /* list= */ true},
        {"count", set_count},
        {},
};

static const struct key *find_key(const struct key *keys, const char *name) {
        for (; keys->name; keys++)
                if (streq(keys->name, name))
                        return keys;
        return NULL;
}

static int report_section(struct builder *builder, unsigned line) {
        const char *closest = type_name_closest(builder->name);
        const struct ini_item item = {.line = line};

        builder->section = SECTION_UNUSABLE_REPORTED;
        if (closest)
                return find_error(builder, &item,
                                  "there is no vGPU type \"%s\"; expected [%s], exactly so",
                                  quote(builder->name).text, closest);
        if (type_name_is_meant(builder->name))
                return find_error(builder, &item,
                                  "there can be no vGPU type \"%s\"; expected i915-GVTg_V4_N "
                                  "(Broadwell) or i915-GVTg_V5_N (later) with N 1, 2, 4 or 8",
                                  quote(builder->name).text);
        return find_error(builder, &item,
                          "unknown section [%s]; expected [gvtd] or a vGPU type, "
                          "like [i915-GVTg_V5_8]",
                          quote(builder->name).text);
}

/* An unknown section is reported once: at its first key, or, without any, when it is over. */
static int end_section(struct builder *builder) {
        return builder->section == SECTION_UNUSABLE ? report_section(builder, builder->line) : 0;
}

static enum section section_of(const char *name) {
        if (streq(name, SECTION_GVTD))
                return SECTION_GENERAL;
        return type_name_is_valid(name) ? SECTION_TYPE : SECTION_UNUSABLE;
}

static int begin_section(struct builder *builder, const struct ini_item *item) {
        int r = end_section(builder);

        builder->section = section_of(item->text);
        builder->line = item->line;
        snprintf(builder->name, sizeof(builder->name), "%s", item->text);
        return r;
}

static int set_value(struct builder *builder, const struct ini_item *item) {
        if (!builder->key->list && strchr(item->text, '['))
                return report_glued(builder, item);
        if (!builder->key->list && paste_is_quoted(item->text))
                return find_error(builder, item, "the quotes in %s = %s are too much; expected the bare value",
                                  item->key, quote(item->text).text);
        return builder->key->set(builder, item);
}

static int report_unknown_key(struct builder *builder, const struct ini_item *item, const struct key *keys) {
        char known[128] = "";

        for (const struct key *key = keys; key->name; key++)
                text_append(known, sizeof(known), "%s%s", key == keys ? "" : ", ", key->name);
        return find_error(builder, item, "unknown key \"%s\" in [%s]; expected one of %s",
                          quote(item->key).text, builder->name, known);
}

/* One that `keys` do not have. */
static int report_key(struct builder *builder, const struct ini_item *item, const struct key *keys) {
        if (streq(item->key, "enable_gvt"))
                return find_error(builder, item,
                                  "gvtd always asks i915 for enable_gvt=1; expected no such line");
        if (find_key(keys_type, item->key))
                return find_error(builder, item, "key \"%s\" belongs to a type, and stands in [gvtd]; expected a line like "
                                  "[i915-GVTg_V5_8] above it", item->key);
        if (find_key(keys_general, item->key))
                return find_error(builder, item, "key \"%s\" belongs to [gvtd], and stands in [%s]; expected a line [gvtd] "
                                  "above it", item->key, builder->name);
        return report_unknown_key(builder, item, keys);
}

static int set_key(struct builder *builder, const struct ini_item *item) {
        const struct key *keys = builder->section == SECTION_GENERAL ? keys_general : keys_type;

        builder->key = find_key(keys, item->key);
        builder->key_line = item->line;
        return builder->key ? set_value(builder, item) : report_key(builder, item, keys);
}

static int read_key(struct builder *builder, const struct ini_item *item) {
        builder->key = NULL;
        switch (builder->section) {
        case SECTION_NONE: /* once for all of them: what follows is of something else than an ini */
                builder->section = SECTION_UNUSABLE_REPORTED;
                return find_error(builder, item,
                                  "key \"%s\" stands before any section; expected [gvtd] or a "
                                  "vGPU type, like [i915-GVTg_V5_8], above it",
                                  quote(item->key).text);
        case SECTION_GENERAL:
        case SECTION_TYPE:
                return set_key(builder, item);
        case SECTION_UNUSABLE:
                return report_section(builder, item->line);
        case SECTION_UNUSABLE_REPORTED:
                return 0;
        }
        return 0;
}

static int read_continuation(struct builder *builder, const struct ini_item *item) {
        if (!builder->key) /* its key was reported */
                return 0;
        if (builder->key->list)
                return builder->key->set(builder, item);
        if (item->line == builder->key_line)
                return find_error(builder, item, "the value of %s is too long; expected a short one",
                                  item->key);
        return find_error(builder, item,
                          "\"%s\" would continue %s, which takes one value; "
                          "expected a key, a section or a comment",
                          quote(item->text).text, item->key);
}

/* A line that cannot be read. What follows a header of that kind must not be taken for the section
 * before it. */
static int report_line(struct builder *builder, const struct ini_item *item) {
        int r = 0;

        if (strchr(item->text, '[')) {
                r = end_section(builder);
                builder->section = SECTION_UNUSABLE_REPORTED;
        }
        if (r < 0)
                return r;
        if (item->kind == INI_ITEM_NUL)
                return find_error(builder, item, "NUL bytes in the line; expected UTF-8 text (an editor may have saved it as UTF-16)");
        return find_error(builder, item,
                          "malformed line \"%s\"; expected [SECTION], KEY = VALUE or, indented "
                          "below a key, more of its value",
                          quote(item->text).text);
}

/* -E2BIG ends the reading of this file. */
static int give_up(struct builder *builder, const struct ini_item *item) {
        int r = find_error(builder, item,
                           "more than %d findings, so that the file is read no further; expected a "
                           "configuration", FINDINGS_MAX);

        return r < 0 ? r : -E2BIG;
}

static int on_item(void *userdata, const struct ini_item *item) {
        struct builder *builder = userdata;

        if (builder->config->findings.n - builder->before >= FINDINGS_MAX)
                return give_up(builder, item);
        switch (item->kind) {
        case INI_ITEM_SECTION:
                return begin_section(builder, item);
        case INI_ITEM_KEY:
                return read_key(builder, item);
        case INI_ITEM_CONTINUATION:
                return read_continuation(builder, item);
        case INI_ITEM_MALFORMED:
        case INI_ITEM_NUL:
                return report_line(builder, item);
        }
        return 0;
}

static int read_text(struct config *config, const char *file, char *text, size_t size) {
        struct builder builder = {.config = config, .file = file, .before = config->findings.n};
        int r = ini_items_read(text, size, on_item, &builder);

        if (r == -E2BIG)
                return 0;
        return r < 0 ? r : end_section(&builder);
}

int config_read_stream(struct config *config, const char *name, FILE *stream) {
        const char *file = config_add_file(config, name);
        _cleanup_free_ char *text = NULL;
        size_t size;
        int r;

        if (!file)
                return -ENOMEM;
        r = ini_text_read(stream, SIZE_MAX_INI, &text, &size);
        if (r < 0)
                return r;
        if (size > SIZE_MAX_INI)
                return config_complain(config, SEVERITY_ERROR, file, 0,
                                   "the file is larger than 1 MiB and was not read; "
                                   "expected a configuration");
        return read_text(config, file, text, size);
}
