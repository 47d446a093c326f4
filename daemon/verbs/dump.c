/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "verbs.h"

#include "text.h"
#include "util.h"

/* GVT-g's types only: other mediated devices (NVIDIA, s390, samples) are no business of ours. */
static bool is_vgpu(const struct mdev *mdev) {
        return mdev->on_pci && type_size_find(mdev->type) != NULL;
}

static bool is_first_of_type(const struct host *host, size_t i) {
        for (size_t k = 0; k < i; k++)
                if (is_vgpu(&host->mdevs[k]) && streq(host->mdevs[k].type, host->mdevs[i].type))
                        return false;
        return true;
}

static void print_uuid(const struct mdev *mdev, FILE *stream) {
        bool nil = uuid_is_null(mdev->uuid);

        fprintf(stream, "%suuid = %s ; on %s%s\n", nil ? "; " : "", uuid_text(mdev->uuid).text,
                address_text(&mdev->parent).text,
                nil ? ": the nil UUID, which cannot be declared; give the guest another one (uuidgen)"
                    : "");
}

/* Begins with an empty line: the file that it is appended to may lack its last newline. */
void dump_print(const struct host *host, FILE *stream) {
        size_t n = 0;

        for (size_t i = 0; i < host->n_mdevs; i++) {
                if (!is_vgpu(&host->mdevs[i]) || !is_first_of_type(host, i))
                        continue;
                fprintf(stream, "\n[%s]\n", host->mdevs[i].type);
                n++;
                for (size_t k = i; k < host->n_mdevs; k++)
                        if (is_vgpu(&host->mdevs[k]) &&
                            streq(host->mdevs[k].type, host->mdevs[i].type))
                                print_uuid(&host->mdevs[k], stream);
        }
        if (n == 0)
                fprintf(stream, "\n; no vGPUs are running\n");
}

int dump_main(const struct options *options) {
        _cleanup_verb_ struct verb verb = {};
        int r = verb_load(options, &verb);

        if (r != 0)
                return r;
        dump_print(verb.host, stdout);
        return verb_finish(0);
}
