/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "shortfall.h"

#include "explain.h"
#include "plan.h"
#include "room.h"
#include "text.h"
#include "util.h"

/* What firmware has in its menus; 2 GB leaves less than 1 GB does, being taken from 4 GB of GGTT.
 */
static const uint64_t apertures[] = {256 * MIB, 512 * MIB, 1024 * MIB};

static bool declared_before(const struct config *config, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (streq(config->vgpus[k].type, config->vgpus[i].type))
                        return true;
        return false;
}

static void format_offers(const struct offer *offers, size_t n, char *ret, size_t size) {
        *ret = '\0';
        for (size_t i = 0; i < n; i++)
                text_append(ret, size, "%s %s", i ? "," : "", offers[i].name);
}

static void find_missing_type(const struct declared *declared, const struct gpu *gpu,
                              const struct offer *offers, size_t n, struct findings *findings) {
        const struct type_size *size = type_size_find(declared->type);
        /* No aperture brings a V4 to a GPU of V5. */
        bool same_generation =
                strncmp(declared->type, offers[0].name, strlen("i915-GVTg_V5")) == 0;
        char names[128], remedy[128] = "declare one of these";

        format_offers(offers, n, names, sizeof(names));
        for (size_t i = 0; i < n; i++)
                if (offers[i].size == size)
                        snprintf(remedy, sizeof(remedy), "did you mean %.*s?", TYPE_NAME_MAX,
                                 offers[i].name);
        for (size_t i = 0; i < ARRAY_SIZE(apertures) && streq(remedy, "declare one of these"); i++)
                if (size && same_generation && type_listed(size, apertures[i]) &&
                    apertures[i] > gpu->aperture)
                        snprintf(remedy, sizeof(remedy),
                                 "declare one of these, or set Aperture Size in the firmware setup "
                                 "to %ju MB or more",
                                 (uintmax_t) (apertures[i] / MIB));
        finding_add(findings, SEVERITY_ERROR, CAUSE("type-not-offered"), declared->file, declared->line,
                    "%s is no type of this GPU, which with its aperture of %ju MB offers%s; %s",
                    declared->type, (uintmax_t) (gpu->aperture / MIB), names, remedy);
}

/* Which remedies there are: a stranger's vGPU, another aperture, smaller types. "" when there is none. */
static void format_remedies(const struct plan *plan, const struct offer *offers, size_t n_offers,
                            char *ret, size_t size) {
        explain_stranger(plan, ret, size);
        if (*ret)
                text_append(ret, size, "; ");
        for (size_t i = 0; i < ARRAY_SIZE(apertures); i++) {
                if (!room_for_all(plan, apertures[i], NULL))
                        continue;
                text_append(ret, size, "with Aperture Size set to %ju MB in the firmware "
                            "setup all would fit, ", (uintmax_t) (apertures[i] / MIB));
                break;
        }
        for (size_t i = n_offers; i-- > 0;) {
                if (!room_for_all(plan, plan->gpu->aperture, offers[i].size))
                        continue;
                text_append(ret, size, "with no type larger than %s they fit now, ", offers[i].name);
                return;
        }
}

static size_t list_unfit(const struct plan *plan, char *ret, size_t size) {
        size_t n = 0;

        *ret = '\0';
        for (size_t i = 0; i < plan->n_entries; i++) {
                if (plan->entries[i].fits)
                        continue;
                if (n++ < 3)
                        text_append(ret, size, "%s%s", n > 1 ? ", " : "",
                                    uuid_text(plan->config->vgpus[i].uuid).text);
        }
        if (n > 3)
                text_append(ret, size, " and %zu more", n - 3);
        return n;
}

void shortfall_find(const struct plan *plan, struct findings *findings) {
        const struct config *config = plan->config;
        const struct gpu *gpu = plan->gpu;
        struct offer offers[OFFERS_MAX];
        char unfit[160], remedies[512], where[128];
        size_t n, n_offers = offers_make(plan, offers);
        bool missing = false;

        if (gpu->aperture == 0 || n_offers == 0)
                return;
        for (size_t i = 0; i < config->n_vgpus; i++) {
                if (offers_have(offers, n_offers, config->vgpus[i].type) ||
                    declared_before(config, i))
                        continue;
                find_missing_type(&config->vgpus[i], gpu, offers, n_offers, findings);
                missing = true;
        }
        n = list_unfit(plan, unfit, sizeof(unfit));
        if (n == 0 || missing)
                return;
        format_remedies(plan, offers, n_offers, remedies, sizeof(remedies));
        snprintf(where, sizeof(where), "the aperture of %ju MB", (uintmax_t) (gpu->aperture / MIB));
        if (room_in_aperture(plan))
                snprintf(where, sizeof(where), "the graphics address space of %ju MB (into the aperture of %ju MB they "
                         "would)", (uintmax_t) (gpu->ggtt / MIB), (uintmax_t) (gpu->aperture / MIB));
        finding_add(findings, SEVERITY_ERROR, CAUSE("capacity"), address_text(&gpu->address).text, 0,
                    "%zu of %zu declared vGPUs do not fit into %s: %s; %s%sdeclare fewer (gvtd types shows how many "
                    "fit, 7 at the most)",
                    n, config->n_vgpus, where, unfit, remedies, *remedies ? "or " : "");
}
