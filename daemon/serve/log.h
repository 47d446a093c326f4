/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Structured journal entries; where standard error is no journal stream, the same text goes there.
 * The verbs that look do without: they speak to a terminal. */

#include <stdint.h>
#include <syslog.h>
#include <uuid/uuid.h>

#include "message-ids.h"
#include "util.h"

struct pci_address;

/* What an entry is about; what is NULL or 0 is left out. */
struct subject {
        const char *message_id;
        const unsigned char *uuid;
        const char *type;
        const struct pci_address *device;
        int error; /* positive errno, as ERRNO= */
        const char *config_file;
        unsigned config_line;
};

/* Decides once where entries go. */
void log_open(void);
void log_write(int priority, const struct subject *subject, const char *format, ...) _printf_(3, 4);

#define log_error(...)   log_write(LOG_ERR, NULL, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, NULL, __VA_ARGS__)
#define log_info(...)    log_write(LOG_INFO, NULL, __VA_ARGS__)
