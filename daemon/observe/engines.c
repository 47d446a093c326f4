/* SPDX-License-Identifier: GPL-2.0-or-later */

/* i915 makes drm/cardN as the last of its probe, and in it engine/ with a folder for each engine
 * (i915_driver_register() in i915_driver.c, intel_engines_add_sysfs() in gt/sysfs_engines.c). Where it
 * failed to start them it goes on without, for the sake of the display, and leaves them out
 * (intel_engines_driver_register() in gt/intel_engine_user.c): then that folder is empty. */

#include "engines.h"

#include <stdio.h>
#include <string.h>

#include "sysfs.h"
#include "util.h"

static int take_engine(int dir, const char *name, void *userdata) {
        enum engines *engines = userdata;

        *engines = ENGINES_READY;
        return 0;
}

/* Beside the card there are render nodes, which have none. */
static int take_card(int drm, const char *name, void *userdata) {
        enum engines *engines = userdata, found = ENGINES_AWAITED;
        char path[64];
        int r;

        if (strncmp(name, "card", strlen("card")) != 0)
                return 0;
        snprintf(path, sizeof(path), "%.32s/engine", name);
        r = sysfs_for_each(drm, path, take_engine, &found);
        /* What is just going looks empty, too. */
        if (r >= 0 && found == ENGINES_AWAITED && (r = sysfs_is_there(drm, path)) > 0)
                found = ENGINES_DEAD;
        if (r >= 0 && found != ENGINES_AWAITED)
                *engines = found;
        return unless_gone(r);
}

int engines_look(int gpu, enum engines *ret) {
        *ret = ENGINES_AWAITED;
        return sysfs_for_each(gpu, "drm", take_card, ret);
}
