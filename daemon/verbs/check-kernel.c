/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "verbs.h"

#include <dirent.h>
#include <errno.h>

#include "kernel-modules.h"
#include "names.h"
#include "sysfs.h"
#include "util.h"

static bool has_all(const struct kernel_modules *modules) {
        return modules->whole && modules->has_kvmgt && modules->has_gvt && !*modules->misfit;
}

/* " a, b" of those installed, or with `gvt` of those that have GVT-g; " none". One that cannot be looked
 * at is left out, and that said. */
static void list_kernels(bool gvt, struct verdicts *verdicts, char *ret, size_t size) {
        struct dirent **entries;
        int r, n = scandir(PATH_KERNELS, &entries, NULL, versionsort);
        size_t length = 0;

        snprintf(ret, size, " none");
        if (n < 0 && !is_gone(-errno))
                verdicts->lost = errno;
        for (int i = 0; i < n; i++) {
                const char *name = entries[i]->d_name;
                struct kernel_modules modules = {};

                r = name[0] != '.' && length < size ? kernel_modules_look(name, &modules) : 0;
                if (r < 0) {
                        modules = (struct kernel_modules){};
                        verdicts->lost = -r;
                }
                if (gvt ? has_all(&modules) : modules.whole)
                        length += (size_t) snprintf(ret + length, size - length, "%s %s",
                                                    length ? "," : "", name);
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
}

static void say_lost(const char *version, const char *cause, const char *what,
                     struct verdicts *verdicts) {
        char list[256];

        list_kernels(true, verdicts, list, sizeof(list));
        verdict_add(verdicts, WEIGHT_ERROR, cause, version,
                    "%s, so booting it loses all vGPUs; installed kernels with GVT-g:%s", what,
                    list);
}

static void say_foreign(const char *version, const struct kernel_modules *modules,
                        struct verdicts *verdicts) {
        bool i915 = modules->i915_foreign;

        verdict_add(verdicts, WEIGHT_ERROR, CAUSE("foreign-module"), version,
                    "its %s is %s, which stands in front of the kernel's own and %s, so booting it loses "
                    "all vGPUs; remove the package that brought it (dkms status lists such)",
                    i915 ? "i915" : "kvmgt", i915 ? modules->i915 : modules->kvmgt,
                    *modules->misfit ? "does not fit to its other half" : "has no GVT-g");
}

static void say_missing(const char *version, const struct kernel_modules *modules,
                        struct verdicts *verdicts) {
        char list[256];

        list_kernels(false, verdicts, list, sizeof(list));
        verdict_add(verdicts, WEIGHT_ERROR, CAUSE("kernel-not-installed"), version,
                    "no such kernel in " PATH_KERNELS "%s; installed:%s",
                    modules->there ? ", only what one left there that was removed" : "", list);
}

void kernel_check(const char *version, struct verdicts *verdicts) {
        struct kernel_modules modules;
        int r = kernel_modules_look(version, &modules);

        if (r < 0)
                verdict_add(verdicts, WEIGHT_ERROR, CAUSE("unexplained"), version,
                            "its modules cannot be read: %s; ask again", strerror(-r));
        else if (!modules.whole)
                say_missing(version, &modules, verdicts);
        else if (has_all(&modules))
                verdict_add(verdicts, WEIGHT_NOTE, CAUSE("ok"), version,
                            "has kvmgt and an i915 with GVT-g");
        else if (modules.i915_foreign || modules.kvmgt_foreign)
                say_foreign(version, &modules, verdicts);
        else if (!modules.has_kvmgt)
                say_lost(version, CAUSE("kernel-without-kvmgt"),
                         "has no kvmgt module (CONFIG_DRM_I915_GVT_KVMGT)", verdicts);
        else if (!modules.has_gvt)
                say_lost(version, CAUSE("kernel-without-gvt"),
                         "its i915 is built without GVT-g (no enable_gvt)", verdicts);
        else
                verdict_add(verdicts, WEIGHT_ERROR, CAUSE("module-mismatch"), version,
                            "its kvmgt and its i915 are of different builds (%s), so booting it loses all "
                            "vGPUs; install the kernel's package again", modules.misfit);
}
