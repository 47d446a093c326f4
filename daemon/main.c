/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Verbs and options: what may be said with which, and nothing of what they do. */

#include <getopt.h>
#include <sysexits.h>

#include "modprobe.h"
#include "log.h"
#include "names.h"
#include "printable.h"
#include "service.h"
#include "util.h"
#include "verbs.h"

static const char help[] =
        "Usage: gvtd [-c FILE] VERB\n"
        "\n"
        "Looking:\n"
        "  check [--config] [--kernel VERSION] [--json]\n"
        "                      find out why there are no vGPUs; --config: examine the ini alone\n"
        "  status [--json]     what is declared, what is there, who uses it\n"
        "  types [--json]      what this GPU offers, and how many fit\n"
        "  suggest N [TYPE]    an ini with N more vGPUs that fit\n"
        "  attach [UUID] [--qemu | --libvirt] [--headless]\n"
        "                      what a virtual machine needs to use one\n"
        "  dump                an ini that declares what is running now\n"
        "Doing:\n"
        "  run                 serve the declared vGPUs (the unit's command)\n"
        "  reload              for the unit: `systemctl reload gvtd`\n"
        "  modprobe [--print]  write the options for i915 to " PATH_MODPROBE_FILE "\n"
        "\n"
        "  -c, --file FILE     read this ini instead of " PATH_CONFIG " and its drop-ins\n"
        "  -h, --help          show this\n"
        "      --version       show the version\n"
        "\n"
        "gvtd(8) and gvtd.ini(5) tell the rest.\n";

static int run_main(const struct options *options) {
        return service_run(options->file);
}

static int reload_main(const struct options *options) {
        return service_reload(options->file);
}

static int modprobe_main(const struct options *options) {
        return verb_finish(modprobe_run(options->file, options->given & OPTION_PRINT));
}

static const struct verb_entry {
        const char *name;
        int (*main)(const struct options *options);
        unsigned options;
        size_t args_min, args_max;
} verbs[] = {
        {"attach", attach_main, OPTION_QEMU | OPTION_LIBVIRT | OPTION_HEADLESS, 0, 1},
        {"check", check_main, OPTION_CONFIG | OPTION_KERNEL | OPTION_JSON, 0, 0},
        {"dump", dump_main, 0, 0, 0},
        {"modprobe", modprobe_main, OPTION_PRINT, 0, 0},
        {"reload", reload_main, 0, 0, 0},
        {"run", run_main, 0, 0, 0},
        {"status", status_main, OPTION_JSON, 0, 0},
        {"suggest", suggest_main, 0, 1, 2},
        {"types", types_main, OPTION_JSON, 0, 0},
};

static int usage_error(const char *text, const char *what) {
        print_line(stderr, "gvtd: %s%s; gvtd --help shows the usage", text, what);
        return EX_USAGE;
}

static int say(const char *text) {
        fputs(text, stdout);
        return verb_finish(0);
}

/* The options given with a verb that has no use for them are mistakes, too. */
static int run_verb(const char *name, const struct options *options) {
        for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
                const struct verb_entry *verb = &verbs[i];

                if (!streq(name, verb->name))
                        continue;
                if (options->given & ~verb->options)
                        return usage_error("one of the options does not go with ", name);
                if (options->n_args < verb->args_min || options->n_args > verb->args_max)
                        return usage_error("too many or too few arguments for ", name);
                return verb->main(options);
        }
        return usage_error("unknown verb ", name);
}

int main(int argc, char *argv[]) {
        static const struct option known[] = {
                {"file", required_argument, NULL, 'c'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {"config", no_argument, NULL, OPTION_CONFIG},
                {"kernel", required_argument, NULL, OPTION_KERNEL},
                {"json", no_argument, NULL, OPTION_JSON},
                {"print", no_argument, NULL, OPTION_PRINT},
                {"qemu", no_argument, NULL, OPTION_QEMU},
                {"libvirt", no_argument, NULL, OPTION_LIBVIRT},
                {"headless", no_argument, NULL, OPTION_HEADLESS},
                {},
        };
        struct options options = {};

        log_open();
        for (int c; (c = getopt_long(argc, argv, "c:h", known, NULL)) != -1;) {
                if (c == '?')
                        return usage_error("the options are wrong", "");
                if (c == 'h')
                        return say(help);
                if (c == 'V')
                        return say("gvtd " GVTD_VERSION "\n");
                if (c == 'c')
                        options.file = optarg;
                else
                        options.given |= (unsigned) c;
                if (c == OPTION_KERNEL)
                        options.kernel = optarg;
        }
        if (optind == argc)
                return usage_error("no verb given", "");
        options.args = argv + optind + 1;
        options.n_args = (size_t) (argc - optind - 1);
        return run_verb(argv[optind], &options);
}
