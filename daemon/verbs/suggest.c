/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "verbs.h"

#include <sysexits.h>
#include <uuid/uuid.h>

#include "printable.h"
#include "text.h"
#include "util.h"

/* Begins with an empty line, since it is made to be appended to a file. */
static void print_sections(const struct verb *verb, const struct offer *offer, unsigned n) {
        uuid_t uuid;

        printf("\n; for %s, aperture %ju MB: %u of %u that fit beside %zu declared\n[%s]\n",
               address_text(&verb->plan->gpu->address).text, (uintmax_t) (verb->plan->gpu->aperture / MIB), n,
               offer->fit_planned, verb->config->n_vgpus, offer->name);
        for (unsigned i = 0; i < n; i++) {
                uuid_generate_random(uuid);
                printf("uuid = %s\n", uuid_text(uuid).text);
        }
}

static void say_what_fits(const struct verb *verb, const struct offer *offers, size_t n_offers,
                          const char *type, unsigned n) {
        const char *before = " ";

        if (type && !offers_have(offers, n_offers, type))
                fprintf(stderr, "gvtd: this GPU has no %s with an aperture of %ju MB", type,
                        (uintmax_t) (verb->plan->gpu->aperture / MIB));
        else
                fprintf(stderr,
                        "gvtd: %u more vGPU%s%s%s do%s not fit beside what is declared and "
                        "present",
                        n, plural(n), type ? " of " : "", type ? type : "", n == 1 ? "es" : "");
        fprintf(stderr, "; what would fit:");
        for (size_t i = n_offers; i-- > 0;) {
                if (offers[i].fit_planned == 0)
                        continue;
                fprintf(stderr, "%s%u %s", before, offers[i].fit_planned, offers[i].name);
                before = " or ";
        }
        fprintf(stderr, "%s\n", streq(before, " ") ? " nothing" : "");
}

static int parse_arguments(const struct options *options, unsigned *ret_n, const char **ret_type) {
        const char *type = options->n_args == 2 ? options->args[1] : NULL;

        if (parse_unsigned(options->args[0], 1, CONFIG_COUNT_MAX, ret_n) < 0) {
                fprintf(stderr,
                        "gvtd: suggest takes how many vGPUs (1 to %d) and, if you want, of "
                        "which type\n",
                        CONFIG_COUNT_MAX);
                return EX_USAGE;
        }
        if (type && !type_name_is_valid(type)) {
                const char *closest = type_name_closest(type);

                fprintf(stderr, "gvtd: there is no vGPU type \"%s\"; %s%s\n", quote(type).text,
                        closest ? "expected " : "`gvtd types` lists those of this GPU",
                        closest ? closest : "");
                return EX_USAGE;
        }
        *ret_type = type;
        return 0;
}

/* No count can be trusted where BAR 2 or the generation is unknown. */
static int need_capacity(const struct verb *verb) {
        char text[EXPLANATION_MAX];

        if (verb->plan->gpu->aperture > 0)
                return 0;
        (void) verb_is_offered(verb, text);
        print_line(stderr, "gvtd: the aperture of this GPU is unknown, so what fits is, too%s%s",
                   *text ? "; " : "", text);
        return EX_UNAVAILABLE;
}

int suggest_main(const struct options *options) {
        _cleanup_verb_ struct verb verb = {};
        struct offer offers[OFFERS_MAX];
        const struct offer *offer;
        char text[EXPLANATION_MAX];
        const char *type;
        size_t n_offers;
        unsigned n;
        int r;

        r = parse_arguments(options, &n, &type);
        if (r == 0)
                r = verb_load(options, &verb);
        if (r == 0)
                r = verb_need_ini(&verb);
        if (r == 0)
                r = verb_need_gpu(&verb);
        if (r == 0)
                r = need_capacity(&verb);
        if (r != 0)
                return r;
        n_offers = offers_make(verb.plan, offers);
        offer = offers_choose(offers, n_offers, type, n);
        if (!offer) {
                say_what_fits(&verb, offers, n_offers, type, n);
                return 1;
        }
        print_sections(&verb, offer, n);
        if (!verb_is_offered(&verb, text))
                print_line(stderr, "gvtd: computed, as the GPU offers nothing now: %s", text);
        return verb_finish(0);
}
