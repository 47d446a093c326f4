/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Other people's text as messages show it: on one line, never long, nothing invisible. What is
 * neither printable ASCII nor a blank becomes \xNN, so a no-break space in a UUID can be seen. */

#define QUOTE_MAX 64 /* characters of the original; what is longer ends in "..." */

/* By value, so that quote(text).text can stand among the arguments of a call. */
struct quote {
        char text[4 * QUOTE_MAX + sizeof("...")];
};

struct quote quote(const char *text);
