/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The command line, as main.c has understood it. */

#include <stdbool.h>
#include <stddef.h>

struct options {
        const char *file;   /* -c; NULL: the usual ini and its drop-ins */
        const char *kernel; /* check --kernel; NULL: the machine as it runs */
        bool config;        /* check --config */
        bool json;
        bool print;    /* modprobe --print */
        bool qemu;     /* attach --qemu */
        bool libvirt;  /* attach --libvirt */
        bool headless; /* attach --headless */
        char **args;   /* what follows the verb */
        size_t n_args;
};
