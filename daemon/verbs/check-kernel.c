/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "verbs.h"

#include <dirent.h>
#include <errno.h>

#include "kernel-modules.h"
#include "sysfs.h"
#include "util.h"

static bool has_all(const struct kernel_modules *modules) {
        return modules->whole && modules->has_kvmgt && modules->has_gvt && !modules->old &&
               !*modules->misfit && !*modules->damaged;
}

/* How much longer the list is for it. A name that has no room is not cut: it ends the list, which is then
 * longer than its room. */
static size_t list_name(const char *name, size_t length, char *ret, size_t size) {
        bool fits = length + strlen(", , ...") + strlen(name) < size;

        return (size_t) snprintf(ret + length, size - length, "%s %s", length ? "," : "",
                                 fits ? name : "...") + (fits ? 0 : size);
}

/* What list_kernels() is about, and its list. */
struct list {
        bool gvt;
        char *text;
        size_t length, size;
        struct findings *findings;
};

static void list_kernel(struct list *list, const char *folder, const char *version) {
        struct kernel_modules modules = {};
        int r = version[0] != '.' && list->length < list->size ? kernel_modules_look(version, &modules) : 0;

        if (r < 0) {
                modules = (struct kernel_modules){};
                list->findings->failed = -r;
        }
        /* one that another folder has, too, is listed once */
        if (strncmp(modules.folder, folder, strlen(folder)) == 0 && (list->gvt ? has_all(&modules) : modules.whole))
                list->length += list_name(version, list->length, list->text, list->size);
}

static void list_folder(struct list *list, const char *folder) {
        struct dirent **entries;
        int n = scandir(folder, &entries, NULL, versionsort);

        if (n < 0 && !is_gone(-errno))
                list->findings->failed = errno;
        for (int i = 0; i < n; i++) {
                list_kernel(list, folder, entries[i]->d_name);
                free(entries[i]);
        }
        if (n >= 0)
                free(entries);
}

/* " a, b" of those installed, or with `gvt` of those that have GVT-g; " none". Where one cannot be
 * looked at, none is named. */
static void list_kernels(bool gvt, struct findings *findings, char *ret, size_t size) {
        struct list list = {.gvt = gvt, .text = ret, .size = size, .findings = findings};

        snprintf(ret, size, " none");
        for (size_t i = 0; kernel_modules_folder(i); i++)
                list_folder(&list, kernel_modules_folder(i));
        if (findings->failed)
                snprintf(ret, size, " unknown (%s)", strerror(findings->failed));
}

static void say_without(const char *version, const char *cause, const char *what,
                     struct findings *findings) {
        char list[256];

        list_kernels(true, findings, list, sizeof(list));
        finding_add(findings, SEVERITY_ERROR, cause, version, 0,
                    "%s, so booting it loses all vGPUs; installed kernels with GVT-g:%s", what,
                    list);
}

static void say_foreign(const char *version, const struct kernel_modules *modules,
                        struct findings *findings) {
        bool i915 = modules->i915_foreign;

        finding_add(findings, SEVERITY_ERROR, CAUSE("foreign-module"), version, 0,
                    "its %s is %s, which stands in front of the kernel's own and %s, so booting it loses "
                    "all vGPUs; remove the package that brought it (dkms status lists such)",
                    i915 ? "i915" : "kvmgt", i915 ? modules->i915 : modules->kvmgt,
                    *modules->misfit ? "does not fit to its other half" : "has no GVT-g");
}

static void say_missing(const char *version, const struct kernel_modules *modules,
                        struct findings *findings) {
        char list[256];

        list_kernels(false, findings, list, sizeof(list));
        finding_add(findings, SEVERITY_ERROR, CAUSE("kernel-not-installed"), version, 0,
                    "no such kernel is there%s; installed:%s",
                    modules->there ? ", only what one left that was removed" : "", list);
}

void kernel_findings(const char *version, struct findings *findings) {
        struct kernel_modules modules;
        int r = kernel_modules_look(version, &modules);

        if (r < 0)
                finding_add(findings, SEVERITY_ERROR, CAUSE("unexplained"), version, 0,
                            "its modules cannot be read: %s; ask again", strerror(-r));
        else if (!modules.whole)
                say_missing(version, &modules, findings);
        else if (modules.unindexed)
                finding_add(findings, SEVERITY_ERROR, CAUSE("modules-unindexed"), version, 0,
                            "the index of its modules is missing or damaged, so that they are not found; "
                            "`depmod -a %s`", version);
        else if (*modules.damaged)
                finding_add(findings, SEVERITY_ERROR, CAUSE("module-damaged"), version, 0,
                            "%s/%s is no module (cut, or damaged), so booting it loses all vGPUs; install "
                            "the kernel's package again", modules.folder, modules.damaged);
        else if (has_all(&modules))
                finding_add(findings, SEVERITY_NOTE, CAUSE("ok"), version, 0,
                            "has kvmgt and an i915 with GVT-g");
        else if (modules.old && !modules.kvmgt_foreign)
                say_without(version, CAUSE("kernel-too-old"),
                            "is older than 5.19 and makes vGPUs in a way that gvtd does not know", findings);
        else if (modules.i915_foreign || modules.kvmgt_foreign)
                say_foreign(version, &modules, findings);
        else if (!modules.has_kvmgt)
                say_without(version, CAUSE("kernel-without-kvmgt"),
                         modules.has_gvt ? "has no kvmgt module, the other half of its i915's GVT-g (is the rest of its "
                                           "modules installed?)"
                                         : "has no kvmgt module (CONFIG_DRM_I915_GVT_KVMGT)", findings);
        else if (!modules.has_gvt)
                say_without(version, CAUSE("kernel-without-gvt"),
                         "its i915 is built without GVT-g (no enable_gvt)", findings);
        else
                finding_add(findings, SEVERITY_ERROR, CAUSE("module-mismatch"), version, 0,
                            "its kvmgt and its i915 are of different builds (%s), so booting it loses all "
                            "vGPUs; install the kernel's package again", modules.misfit);
}
