/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "taken.h"

#include <stdio.h>

#include "finding.h"
#include "parse.h"
#include "step.h"
#include "text.h"

#define SAY(...) snprintf(ret, EXPLANATION_MAX, __VA_ARGS__)

/* No line was found that has the driver take it. */
static void say_by_whom(const struct host *host, const struct gpu *gpu, const struct claim *claim, char *ret) {
        struct step step = step_bind(host, gpu);

        if (claim->taken)
                text_append(ret, EXPLANATION_MAX, "; something gave it away at run time (libvirt, a script): when no VM "
                            "has it, `%s` brings it back", step.text);
        else if (claim->places.closed)
                text_append(ret, EXPLANATION_MAX, "; what has it take the GPU is not for you to see, since modprobe.d is "
                            "closed in part; run this check as root");
        else
                text_append(ret, EXPLANATION_MAX, "; something gave it away at run time (libvirt, a script), or the "
                            "initramfs does by a line that is gone here: when no VM has it, `%s` brings it back, and if "
                            "it is away again after a reboot, %s and reboot", step.text,
                            step_make_image(&claim->remedy).text);
}

static void say_where(const struct claim *claim, char *ret) {
        const struct places *places = &claim->places;

        text_append(ret, EXPLANATION_MAX, "; take %s out of %s%s%s and reboot", claim->what,
                    places_text(places, 0).text, step_in_words(places, &claim->remedy).text,
                    step_in_lines(places, 0, &claim->remedy).text);
}

const char *taken_explain(const struct host *host, const struct gpu *gpu, const struct claim *claim,
                          char ret[static EXPLANATION_MAX]) {
        struct address_text address = address_text(&gpu->address);
        const struct places *places = &claim->places;

        if (gpu->driver[0])
                SAY("%s is bound to %s, and GVT-g needs i915", address.text, gpu->driver);
        else
                SAY("i915 leaves %s alone because of its force_probe", address.text);
        if (places->n > 0)
                say_where(claim, ret);
        else
                say_by_whom(host, gpu, claim, ret);
        return gpu->driver[0] ? CAUSE("other-driver") : CAUSE("force-probe");
}

const char *taken_explain_unbound(const struct host *host, const struct gpu *gpu, char ret[static EXPLANATION_MAX]) {
        SAY("i915 had %s in this boot, and something took it away (a passthrough script?), which the kernel "
            "does not log; `%s` gives it back", address_text(&gpu->address).text, step_bind(host, gpu).text);
        return CAUSE("i915-unbound");
}

const char *taken_explain_invalid(const struct claim *claim, char ret[static EXPLANATION_MAX]) {
        SAY("the kernel did not load i915 because of %s, which is no value for it", claim->what);
        if (claim->places.n > 0)
                say_where(claim, ret);
        else
                text_append(ret, EXPLANATION_MAX, " and which nothing here asks for any more, so that it comes from the "
                            "initramfs; %s and reboot", step_make_image(&claim->remedy).text);
        return CAUSE("option-invalid");
}
