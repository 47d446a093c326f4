/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Any bytes at all as a gvtd.ini, read twice as a file and its drop-in. Besides the sanitizers it
 * has what must hold of every result: lines that exist, texts on one line, counts that add up,
 * UUIDs that are there once. */

#include "config.h"
#include "fuzz.h"
#include "keys.h"

static void read_bytes(struct config *config, const char *name, const uint8_t *data, size_t size) {
        _cleanup_fclose_ FILE *stream = fuzz_stream(data, size);

        assert(config_read_stream(config, name, stream) == 0);
}

static void check_findings(const struct config *config, unsigned lines) {
        size_t errors = 0;

        for (size_t i = 0; i < config->findings.n; i++) {
                const struct finding *finding = &config->findings.items[i];

                errors += finding->severity == SEVERITY_ERROR;
                assert(finding->line >= 1 && finding->line <= lines);
                assert(strstr(finding->text, "; "));
                assert(strlen(finding->text) < 512);
                for (const char *p = finding->text; *p; p++)
                        assert(*p >= ' ' && *p < 0x7f);
        }
        assert(errors == config->findings.n_errors);
}

static void check_vgpus(const struct config *config, unsigned lines) {
        assert(config->n_counts == 0);
        for (size_t i = 0; i < config->n_vgpus; i++) {
                const struct declared *vgpu = &config->vgpus[i];

                assert(vgpu->line >= 1 && vgpu->line <= lines);
                assert(vgpu->file == config->files[0] || vgpu->file == config->files[1]);
                assert(strlen(vgpu->type) == strlen("i915-GVTg_V5_8"));
                assert(!uuid_is_null(vgpu->uuid));
                for (size_t k = i < 64 ? 0 : i - 64; k < i; k++)
                        assert(uuid_compare(config->vgpus[k].uuid, vgpu->uuid) != 0);
        }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
        static const uuid_t namespace = {0x6b, 0xa7, 0xb8, 0x10};
        _cleanup_config_ struct config *config = config_new();
        unsigned lines = fuzz_lines(data, size);

        assert(config);
        read_bytes(config, "main", data, size);
        read_bytes(config, "drop-in", data, size);
        assert(config_finish(config, namespace) == 0);
        check_findings(config, lines);
        check_vgpus(config, lines);
        assert(config->group);
        return 0;
}
