/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "step.h"

#include <stdio.h>
#include <string.h>

#include "text.h"

#define STEP(...) snprintf(step.text, sizeof(step.text), __VA_ARGS__)

struct step step_add(const struct i915_option *option) {
        struct step step;

        switch (option->remedy.cmdline) {
        case CMDLINE_RPM_OSTREE:
                STEP("run `rpm-ostree kargs --append-if-missing=i915.%s=%d`", option->name, option->asked);
                break;
        case CMDLINE_IMAGE:
                STEP("add i915.%s=%d to the image's kernel arguments (/usr/lib/bootc/kargs.d)",
                     option->name, option->asked);
                break;
        case CMDLINE_NIXOS:
                STEP("add \"i915.%s=%d\" to boot.kernelParams, run `nixos-rebuild boot`", option->name,
                     option->asked);
                break;
        case CMDLINE_BOOT_LOADER:
                STEP("add i915.%s=%d to the kernel command line", option->name, option->asked);
        }
        return step;
}

/* Of a list others than ours are to stay. */
static bool is_list(const struct place *place) {
        return place->file[strlen(place->file) - 1] == '=' && !*place->value;
}

/* So that the last word has room in a step that has lines, too; one that is cut would name none that is there. */
#define DELETED_MAX (STEP_MAX / 2)

static struct step delete_words(const struct places *places, size_t first, const char *what) {
        struct step step = {"run `rpm-ostree kargs"};

        for (size_t i = first; i < places->n; i++) {
                const struct place *place = &places->items[i];

                if (!place_is_word(place))
                        continue;
                if (is_list(place) ||
                    strlen(step.text) + strlen(place->file) + strlen(place->value) > DELETED_MAX) {
                        STEP("remove %s with `rpm-ostree kargs --editor`", what);
                        return step;
                }
                text_append(step.text, sizeof(step.text), " --delete-if-present=%s%s", place->file, place->value);
        }
        text_append(step.text, sizeof(step.text), "`");
        return step;
}

/* Words of the kernel command line. */
static struct step take_away(const struct places *places, size_t first, const char *what,
                             const struct remedy *remedy) {
        struct step step;

        switch (remedy->cmdline) {
        case CMDLINE_RPM_OSTREE:
                return delete_words(places, first, what);
        case CMDLINE_IMAGE:
                STEP("remove %s from the image's kernel arguments (/usr/lib/bootc/kargs.d)", what);
                break;
        case CMDLINE_NIXOS:
                STEP("remove %s from boot.kernelParams, run `nixos-rebuild boot`", what);
                break;
        case CMDLINE_BOOT_LOADER:
                STEP("remove %s in the boot loader's configuration", what);
        }
        return step;
}

struct step step_in_words(const struct places *places, const struct remedy *remedy) {
        struct step step = {""};

        if (places_count_words(places, 0) == 0)
                return step;
        switch (remedy->cmdline) {
        case CMDLINE_RPM_OSTREE:
                STEP(" with `rpm-ostree kargs --editor`");
                break;
        case CMDLINE_IMAGE:
                STEP(" (of the image: /usr/lib/bootc/kargs.d)");
                break;
        case CMDLINE_NIXOS:
                STEP(" (boot.kernelParams), run `nixos-rebuild boot`");
                break;
        case CMDLINE_BOOT_LOADER:
                break;
        }
        return step;
}

struct step step_make_image(const struct remedy *remedy) {
        struct step step = {"make the initramfs anew"};

        if (remedy->image)
                STEP("run `%s`", remedy->image);
        else if (remedy->cmdline == CMDLINE_NIXOS)
                STEP("run `nixos-rebuild boot`");
        else if (remedy->cmdline != CMDLINE_BOOT_LOADER)
                STEP("deploy the image anew, of which the initramfs is a part,");
        return step;
}

struct step step_follow(const struct remedy *remedy) {
        struct step step = {""};

        /* elsewhere the initramfs is a part of what is deployed next */
        if (!remedy->image_stays && remedy->cmdline == CMDLINE_BOOT_LOADER)
                STEP(", %.200s", step_make_image(remedy).text);
        return step;
}

struct step step_in_lines(const struct places *places, size_t first, const struct remedy *remedy) {
        size_t lines = places->n - first - places_count_words(places, first), hideable = 0, stored = 0;
        struct step step = {""};

        for (size_t i = first; i < places->n; i++) {
                hideable += place_is_hideable(&places->items[i]);
                stored += places->items[i].stored;
        }
        if (stored > 0)
                STEP(" by way of configuration.nix (boot.blacklistedKernelModules, boot.extraModprobeConfig), run "
                     "`nixos-rebuild switch`");
        else if (hideable > 0)
                STEP(hideable < lines ? " (outside of /etc, in a copy of the file in /etc/modprobe.d, which hides it)"
                                      : " (in a copy of the file in /etc/modprobe.d, which hides it)");
        if (lines > 0)
                text_append(step.text, sizeof(step.text), "%s", step_follow(remedy).text);
        return step;
}

struct step step_remove(const struct places *places, size_t first, const struct remedy *remedy) {
        size_t words = places_count_words(places, first), lines = places->n - first - words;
        struct step step = {""};

        if (lines > 0)
                text_append(step.text, sizeof(step.text), "remove %s%s%s", lines > 1 ? "these lines" : "that line",
                            step_in_lines(places, first, remedy).text, words > 0 ? ", " : "");
        if (words > 0)
                text_append(step.text, sizeof(step.text), "%s",
                            take_away(places, first, lines > 0 ? "the rest" : words > 1 ? "them" : "it",
                                      remedy).text);
        return step;
}

struct step step_bind(const struct host *host, const struct gpu *gpu) {
        struct address_text address = address_text(&gpu->address);
        struct step step = {""};

        if (gpu->driver[0])
                STEP("echo %s > /sys/bus/pci/drivers/%s/unbind; ", address.text, gpu->driver);
        if (host->i915 == MODULE_AVAILABLE || host->i915 == MODULE_BLACKLISTED)
                text_append(step.text, sizeof(step.text), "modprobe i915");
        else
                text_append(step.text, sizeof(step.text), "echo %s > /sys/bus/pci/drivers_probe", address.text);
        return step;
}

struct step step_bring_along(const struct i915_option *option) {
        return option->remedy.image ? step_make_image(&option->remedy) : step_add(option);
}
