/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Written before udevd starts: udevd's kmod context looks only at the modprobe.d folders that exist
 * by then. */

#include "modprobe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sysexits.h>

#include "announce.h"
#include "config.h"
#include "load.h"
#include "log.h"
#include "names.h"
#include "text.h"
#include "util.h"

void modprobe_format(const struct config *config, const char *name, char ret[static MODPROBE_MAX]) {
        char guc[16] = "";

        if (config->enable_guc != GUC_UNSET)
                snprintf(guc, sizeof(guc), " enable_guc=%d", config->enable_guc);
        snprintf(ret, MODPROBE_MAX,
                 "# Made by gvtd from %s; changes here are lost.\n"
                 "options i915 enable_gvt=1%s\n", quote(name).text, guc);
}

static int write_whole(int fd, const char *text) {
        size_t length = strlen(text);
        ssize_t n = write(fd, text, length);

        if (n < 0)
                return -errno;
        return (size_t) n == length ? 0 : -ENOSPC;
}

/* It stays then, with its time: that is how old the options are that i915 may have found. */
static bool is_written(const char *text) {
        _cleanup_close_ int fd = open(PATH_MODPROBE_FILE, O_RDONLY | O_CLOEXEC);
        char old[MODPROBE_MAX];
        ssize_t n = fd < 0 ? -1 : read(fd, old, sizeof(old));

        return n >= 0 && (size_t) n == strlen(text) && memcmp(old, text, (size_t) n) == 0;
}

static int write_file(const char *text) {
        _cleanup_close_ int fd = -1;
        int r;

        if (is_written(text))
                return 0;
        if (mkdir(PATH_MODPROBE_FOLDER, 0755) < 0 && errno != EEXIST)
                return -errno;
        /* No ".conf" at its end: a half-written one is nobody's configuration. */
        fd = open(PATH_MODPROBE_FILE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (fd < 0)
                return -errno;
        r = write_whole(fd, text);
        if (r == 0 && rename(PATH_MODPROBE_FILE ".new", PATH_MODPROBE_FILE) < 0)
                r = -errno;
        if (r < 0)
                (void) unlink(PATH_MODPROBE_FILE ".new");
        return r;
}

/* To a person who redirects this, or an image's hook: what is wrong in the ini is said beside it. */
static int print_options(const struct config *config, const char *text) {
        findings_print(&config->findings, stderr);
        fputs(text, stdout);
        return 0;
}

static int write_options(const struct config *config, const char *text) {
        int r = write_file(text);

        if (r < 0) {
                log_error(PATH_MODPROBE_FILE ": %s; i915 will load without enable_gvt unless it is "
                          "set elsewhere", strerror(-r));
                return EX_CANTCREAT;
        }
        if (config->enable_guc == GUC_HUC_ONLY)
                log_info("enable_guc=2, as the ini asks: i915 loads the HuC firmware, for video "
                         "encoding, and goes on without GuC submission; the kernel counts itself as "
                         "tainted");
        else if (config->enable_guc == GUC_OFF)
                log_info("enable_guc=0, as the ini asks: what i915 does by itself on every GPU "
                         "with GVT-g, except that the kernel counts itself as tainted");
        return 0;
}

/* enable_gvt comes whatever the ini is like: what is printed has often replaced a file before it fails,
 * and an empty one would ask for nothing, without a word. */
int modprobe_run(const char *file, bool print) {
        _cleanup_config_ struct config *config = NULL;
        char text[MODPROBE_MAX];
        int r = config_load(file, LOAD_OPTIONS | LOAD_PIPE, &config), status;

        if (r < 0) {
                log_error("reading the configuration: %s", strerror(-r));
                config = config_new();
                if (!config)
                        return EX_OSERR;
        }
        modprobe_format(config, file ? file : PATH_CONFIG, text);
        status = print ? print_options(config, text) : write_options(config, text);
        if (status != 0)
                return status;
        if (r < 0)
                return EX_OSERR;
        if (!file || !config->unreadable)
                return 0;
        if (!print)
                announce_findings(config);
        return EX_CONFIG;
}
