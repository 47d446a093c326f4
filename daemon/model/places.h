/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Where something is said that holds a machine back. Mostly it is said more than once, and to mend one
 * place is to reboot for the next. Pure. */

#include <stdbool.h>
#include <stddef.h>

struct place {
        char file[192];  /* of modprobe.d; or a word of the kernel command line, up to its value */
        unsigned line;   /* 0: it is such a word */
        char value[1024]; /* of an option, as long as the kernel takes it; "" where others than ours belong
                             to it: a list */
        bool stored;      /* NixOS makes the file, and nobody can change it */
        int rank;         /* of an install line's arguments: 1: applied behind all options, those on the kernel
                             command line, too; -1: before them. 0: one of these */
};

#define PLACES_MAX 8

/* In the order in which they are applied: of several values the last one counts. */
struct places {
        struct place items[PLACES_MAX];
        size_t n;
        size_t left_out; /* of the first ones, where there are more */
        bool closed;     /* a part of modprobe.d is not for this user to read: there may be others */
};

/* Behind the first `at` ones. */
void places_insert(struct places *places, size_t at, const struct place *place);

/* Only where they are shown: a file is found by its name as it is. */
void places_make_printable(struct places *places);

bool place_is_word(const struct place *place);
/* In a package's folder, or in /run, where it is made anew at each boot; a file of that name in /etc hides
 * it. */
bool place_is_hideable(const struct place *place);
/* How many of those from the first-th on are words of the kernel command line. */
size_t places_count_words(const struct places *places, size_t first);

/* By value: "/etc/modprobe.d/a.conf:1, /etc/modprobe.d/b.conf:2 and nomodeset on the kernel command line",
 * from the first-th on. What would make it too long is counted at its end, and the first one always fits. */
struct places_text {
        char text[256];
};
struct places_text places_text(const struct places *places, size_t first);
