/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Verbs and options. */

#include <errno.h>
#include <getopt.h>
#include <sysexits.h>

#include "config.h"
#include "hint.h"
#include "log.h"
#include "names.h"
#include "service.h"
#include "util.h"

static const char help[] =
        "Usage: gvtd [-c FILE] VERB\n"
        "\n"
        "  run                 serve the declared vGPUs (the unit's command)\n"
        "  modprobe [--print]  write the options for i915 to " PATH_MODPROBE_FILE "\n"
        "  check --config      examine the ini and nothing else\n"
        "  reload              for the unit: `systemctl reload gvtd`\n"
        "\n"
        "  -c, --file FILE     read this ini instead of " PATH_CONFIG " and its drop-ins\n"
        "  -h, --help          show this\n"
        "      --version       show the version\n"
        "\n"
        "gvtd(8) and gvtd.ini(5) tell the rest.\n";

static const char *arg_file;
static bool arg_print;
static bool arg_config;

static int usage_error(const char *text, const char *what) {
        fprintf(stderr, "gvtd: %s%s; gvtd --help shows the usage\n", text, what);
        return EX_USAGE;
}

static int verb_modprobe(void) {
        _cleanup_config_ struct config *config = NULL;
        char text[HINT_MAX];
        int r = config_load(arg_file, &config);

        if (r < 0) {
                log_error("reading the configuration: %s", strerror(-r));
                return EX_OSERR;
        }
        if (arg_print) {
                hint_format(config, text);
                return fputs(text, stdout) < 0 || fflush(stdout) != 0 ? EX_IOERR : 0;
        }
        r = hint_write(config);
        if (r < 0) {
                log_error(PATH_MODPROBE_FILE ": %s; i915 will load without enable_gvt unless it is "
                          "set elsewhere", strerror(-r));
                return EX_CANTCREAT;
        }
        return 0;
}

static int verb_check_config(void) {
        _cleanup_config_ struct config *config = NULL;
        int r = config_load(arg_file, &config);

        if (r < 0) {
                log_error("reading the configuration: %s", strerror(-r));
                return EX_OSERR;
        }
        config_print_findings(config, stdout);
        return config->n_errors > 0 ? 1 : 0;
}

static int run_verb(const char *verb) {
        if (streq(verb, "run"))
                return service_run(arg_file);
        if (streq(verb, "reload"))
                return service_reload(arg_file);
        if (streq(verb, "modprobe"))
                return verb_modprobe();
        if (streq(verb, "check") && arg_config)
                return verb_check_config();
        return usage_error("unknown verb ", verb);
}

int main(int argc, char *argv[]) {
        static const struct option options[] = {
                {"file", required_argument, NULL, 'c'},
                {"help", no_argument, NULL, 'h'},
                {"version", no_argument, NULL, 'V'},
                {"print", no_argument, NULL, 'p'},
                {"config", no_argument, NULL, 'C'},
                {},
        };

        log_open();
        for (int c; (c = getopt_long(argc, argv, "c:h", options, NULL)) != -1;) {
                switch (c) {
                case 'c':
                        arg_file = optarg;
                        break;
                case 'p':
                        arg_print = true;
                        break;
                case 'C':
                        arg_config = true;
                        break;
                case 'h':
                        return fputs(help, stdout) < 0 ? EX_IOERR : 0;
                case 'V':
                        return puts("gvtd " GVTD_VERSION) < 0 ? EX_IOERR : 0;
                default:
                        return EX_USAGE;
                }
        }
        if (optind + 1 != argc)
                return usage_error("one verb is expected", "");
        return run_verb(argv[optind]);
}
