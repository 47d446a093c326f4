/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The configuration's part: needs no host, for the `validate:` of templating tools. */

#include "diagnose.h"

#include <sysexits.h>

#include "config.h"
#include "options.h"
#include "verb.h"

int diagnose_main(const struct options *options) {
        _cleanup_config_ struct config *config = NULL;

        if (!options->config)
                return EX_USAGE;
        if (config_load(options->file, &config) < 0)
                return EX_OSERR;
        config_print_findings(config, stdout);
        return verb_finish(config->n_errors > 0 ? 1 : 0);
}
