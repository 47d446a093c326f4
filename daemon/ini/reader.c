/* SPDX-License-Identifier: GPL-2.0-or-later */

/* inih knows keys, values and continuation lines, but it cuts lines at 200 bytes, keeps comments in
 * values, takes an indented key for a value, tells only the first malformed line and no line of
 * anything else. So it is given lines that hold none of that: this reader removes the comment,
 * reports what is no line of an ini at all, and hands a long value on as several lines, which inih
 * passes back as continuations. As inih asks for a line only when it is done with the one before,
 * `line` is always the right one when it calls back. */

#include "reader.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>

#include "util.h"

#define BLANKS "\t\v\f\r "
#define BOM    "\xef\xbb\xbf"
/* Longer names inih would cut by itself (MAX_SECTION and MAX_NAME in its ini.c), unmarked. */
#define NAME_ROOM 49
#define CUT_MARK  "..."

struct reader {
        char *next; /* first line not looked at */
        char *end;
        unsigned line;    /* number of the line being handed on */
        const char *comment; /* behind it; "": none */
        const char *rest; /* what of its value is still to be handed on */
        bool continued;   /* inih was last given a continuation */
        bool key_open;    /* there is a key that an indented line can continue */
        ini_item_handler handler;
        void *userdata;
        int r;
};

static bool is_blank(char c) {
        return c && strchr(BLANKS, c);
}

static void emit(struct reader *reader, enum ini_item_kind kind, const char *key,
                 const char *text) {
        const struct ini_item item = {.kind = kind, .line = reader->line, .key = key, .text = text,
                                      .comment = reader->comment};

        if (reader->r >= 0)
                reader->r = reader->handler(reader->userdata, &item);
}

/* A comment begins at the start of the line or after a blank. Returns what it says. */
static const char *strip(char *line) {
        char *comment = NULL;
        size_t length = 0;

        for (char *p = line; *p; p++) {
                if ((*p == ';' || *p == '#') && (p == line || is_blank(p[-1]))) {
                        comment = p + strspn(p, ";#" BLANKS);
                        break;
                }
                if (!is_blank(*p))
                        length = (size_t) (p - line) + 1;
        }
        line[length] = '\0';
        if (!comment)
                return "";
        length = strlen(comment);
        while (length > 0 && is_blank(comment[length - 1]))
                length--;
        comment[length] = '\0';
        return comment;
}

/* The next line that holds something, without comment, line end and blanks at the end. */
static char *take_line(struct reader *reader) {
        while (reader->next < reader->end) {
                char *line = reader->next;
                char *end = memchr(line, '\n', (size_t) (reader->end - line));

                if (!end)
                        end = reader->end;
                *end = '\0';
                reader->next = end + 1;
                if (reader->line++ == 0 && strncmp(line, BOM, strlen(BOM)) == 0)
                        line += strlen(BOM);
                if (strlen(line) != (size_t) (end - line)) {
                        emit(reader, INI_ITEM_NUL, NULL, line + strspn(line, BLANKS));
                        continue;
                }
                reader->comment = strip(line);
                if (*line)
                        return line;
        }
        return NULL;
}

/* Whether text may be parted before text[i]. Not before what would read as a comment there. */
static bool word_ends(const char *text, size_t i) {
        return is_blank(text[i]) || (text[i - 1] == ',' && text[i] != ';' && text[i] != '#');
}

/* Moves as many whole words as fit from reader->rest to the buffer. */
static void take_words(struct reader *reader, char *buffer, size_t room) {
        const char *rest = reader->rest;
        size_t length = strnlen(rest, room + 1), skip;

        if (length > room) {
                for (length = room; length > 0 && !word_ends(rest, length); length--)
                        ;
        }
        skip = length;
        if (length > 0 || !*rest)
                sprintf(buffer, "%.*s\n", (int) length, rest);
        else {
                for (skip = room; rest[skip] && !word_ends(rest, skip); skip++)
                        ;
                sprintf(buffer, "%.*s" CUT_MARK "\n", (int) (room - strlen(CUT_MARK)), rest);
        }
        rest += skip;
        reader->rest = rest + strspn(rest, BLANKS);
}

static char *hand_continuation(struct reader *reader, char *buffer, size_t size) {
        reader->continued = true;
        buffer[0] = ' ';
        take_words(reader, buffer + 1, size - strlen(" \n") - 1);
        return buffer;
}

/* Writes a name, cut and marked where it is too long for inih, and returns its length. */
static size_t put_name(char *buffer, const char *name, size_t length) {
        if (length <= NAME_ROOM)
                return (size_t) sprintf(buffer, "%.*s", (int) length, name);
        return (size_t) sprintf(buffer, "%.*s" CUT_MARK, (int) (NAME_ROOM - strlen(CUT_MARK)),
                                name);
}

/* Of a long path the end says what is meant. */
static const char *path_end(const char *name, const char *end) {
        const char *slash = memrchr(name, '/', (size_t) (end - name));

        return slash && end - name > NAME_ROOM ? slash : name;
}

static char *hand_section(struct reader *reader, char *buffer, const char *line) {
        const char *end = strchr(line, ']'), *start;
        char name[NAME_ROOM + 1];

        if (!end || end[1] || end == line + 1)
                return NULL;
        start = path_end(line + 1, end);
        put_name(name, start, (size_t) (end - start));
        reader->key_open = false;
        emit(reader, INI_ITEM_SECTION, NULL, name);
        sprintf(buffer, "[%s]\n", name);
        return buffer;
}

static char *hand_key(struct reader *reader, char *buffer, size_t size, const char *line) {
        const char *sign = strchr(line, '=');
        size_t length = sign ? (size_t) (sign - line) : 0, used;

        while (length > 0 && is_blank(line[length - 1]))
                length--;
        /* inih would part "a:b = c" at the colon */
        if (length == 0 || memchr(line, ':', length))
                return NULL;
        reader->key_open = true;
        reader->continued = false;
        reader->rest = sign + 1 + strspn(sign + 1, BLANKS);
        used = put_name(buffer, line, length);
        buffer[used++] = '=';
        take_words(reader, buffer + used, size - used - strlen("\n") - 1);
        return buffer;
}

static char *hand_line(struct reader *reader, char *buffer, size_t size, char *line) {
        const char *start = line + strspn(line, BLANKS);

        if (*start == '[')
                return hand_section(reader, buffer, start);
        if (strchr(start, '='))
                return hand_key(reader, buffer, size, start);
        if (start == line || !reader->key_open)
                return NULL;
        reader->rest = start;
        return hand_continuation(reader, buffer, size);
}

/* What inih calls for a line; `size` is its own 200. */
static char *next_line(char *buffer, int size, void *stream) {
        struct reader *reader = stream;

        while (reader->r >= 0) {
                char *line, *handed;

                if (*reader->rest)
                        return hand_continuation(reader, buffer, (size_t) size);
                line = take_line(reader);
                if (!line)
                        return NULL;
                handed = hand_line(reader, buffer, (size_t) size, line);
                if (handed)
                        return handed;
                emit(reader, INI_ITEM_MALFORMED, NULL, line + strspn(line, BLANKS));
        }
        return NULL;
}

static int on_value(void *userdata, const char *section, const char *name, const char *value) {
        struct reader *reader = userdata;

        emit(reader, reader->continued ? INI_ITEM_CONTINUATION : INI_ITEM_KEY, name, value);
        return 1;
}

int ini_items_read(char *text, size_t size, ini_item_handler handler, void *userdata) {
        struct reader reader = {
                .next = text,
                .end = text + size,
                .comment = "",
                .rest = "",
                .handler = handler,
                .userdata = userdata,
        };

        ini_parse_stream(next_line, &reader, on_value, &reader);
        return reader.r < 0 ? reader.r : 0;
}

int ini_text_read(FILE *stream, size_t most, char **ret, size_t *ret_size) {
        _cleanup_free_ char *text = NULL;
        size_t size = 0, room = 0;

        do {
                char *larger;

                room = room == 0 ? 4096 : room * 2;
                larger = realloc(text, room + 1);
                if (!larger)
                        return -ENOMEM;
                text = larger;
                errno = 0;
                size += fread(text + size, 1, room - size, stream);
                if (ferror(stream))
                        return errno > 0 ? -errno : -EIO;
        } while (size == room && size <= most);
        text[size] = '\0';
        *ret = TAKE_PTR(text);
        *ret_size = size;
        return 0;
}
