/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "machine.h"

#include "util.h"

#define GPU_SKYLAKE    0x1912

static const struct pci_address igd = {0, 0, 2, 0};
const struct pci_address other_gpu = {0, 3, 0, 0};

/* Inodes are never used again, as in sysfs. */
static uint64_t next_inode(void) {
        static uint64_t inode = 1000;

        return ++inode;
}

static void *extend(void *array, size_t n, size_t size) {
        array = reallocarray(array, n, size);
        ck_assert_ptr_nonnull(array);
        memset((char *) array + (n - 1) * size, 0, size);
        return array;
}

void id_of(char letter, uuid_t ret) {
        uuid_parse("a297db4a-f4c2-11e6-90f6-d3b88d6c9500", ret);
        ret[15] = (unsigned char) letter;
}

const char *id_text(char letter) {
        static char text[UUID_STR_LEN];
        uuid_t uuid;

        id_of(letter, uuid);
        uuid_unparse_lower(uuid, text);
        return text;
}

void type_of(char number, char ret[static TYPE_NAME_MAX]) {
        snprintf(ret, TYPE_NAME_MAX, "i915-GVTg_V5_%c", number);
}

static void declare(struct config *config, const char *word) {
        struct declared *declared;

        config->vgpus = extend(config->vgpus, config->n_vgpus + 1, sizeof(struct declared));
        declared = &config->vgpus[config->n_vgpus++];
        id_of(word[0], declared->uuid);
        type_of(word[1], declared->type);
        declared->file = "ini";
        declared->line = (unsigned) config->n_vgpus;
}

static void offer(struct gpu *gpu, const char *word) {
        gpu->types = extend(gpu->types, gpu->n_types + 1, sizeof(struct mdev_type));
        type_of(word[0], gpu->types[gpu->n_types++].name);
}

void each_word(const char *list, void (*use)(void *, const char *), void *userdata) {
        _cleanup_free_ char *copy = strdup(list ? list : "");
        char *rest = copy;

        ck_assert_ptr_nonnull(copy);
        for (char *word; (word = strsep(&rest, " "));)
                if (*word)
                        use(userdata, word);
}

static void use_declare(void *userdata, const char *word) {
        declare(userdata, word);
}

static void use_offer(void *userdata, const char *word) {
        offer(userdata, word);
}

struct config *machine_declare(const char *declared) {
        struct config *config = config_new();
        uuid_t none = {};

        ck_assert_ptr_nonnull(config);
        each_word(declared, use_declare, config);
        ck_assert_int_eq(config_finish(config, none), 0);
        return config;
}

struct host *machine_make(const char *offered) {
        struct host *host = calloc(1, sizeof(struct host));
        struct gpu *gpu;

        ck_assert_ptr_nonnull(host);
        host->gpus = extend(NULL, ++host->n_gpus, sizeof(struct gpu));
        gpu = &host->gpus[0];
        *gpu = (struct gpu){
                .address = igd,
                .device_id = GPU_SKYLAKE,
                .driver = "i915",
                .aperture = 512 * MB,
                .ggtt = 4096 * MB,
                .registered = true,
                .engines = ENGINES_READY,
                .registration = next_inode(),
        };
        each_word(offered, use_offer, gpu);
        host->i915 = host->kvmgt = MODULE_LIVE;
        host->enable_gvt = PARAMETER_ON;
        host->driver_complete = true;
        return host;
}

void machine_note(struct host *host, const uuid_t uuid, uint64_t inode) {
        struct note *note = (struct note *) host_find_note(host, uuid);

        if (!note) {
                host->notes = extend(host->notes, host->n_notes + 1, sizeof(struct note));
                note = &host->notes[host->n_notes++];
                uuid_copy(note->uuid, uuid);
        }
        note->owned = true;
        note->inode = inode;
        host_sort(host);
}

struct mdev *machine_add(struct host *host, const uuid_t uuid, const char *type) {
        struct mdev mdev = {
                .inode = next_inode(),
                .on_pci = true,
                .parent = igd,
                .group = 10 + (int) host->n_mdevs,
                .node_present = true,
                .node_mode = 0600,
        };

        uuid_copy(mdev.uuid, uuid);
        snprintf(mdev.type, sizeof(mdev.type), "%s", type);
        host->mdevs = extend(host->mdevs, host->n_mdevs + 1, sizeof(struct mdev));
        host->mdevs[host->n_mdevs++] = mdev;
        host_sort(host);
        return (struct mdev *) host_find_mdev(host, uuid);
}

static void use_present(void *userdata, const char *word) {
        struct host *host = userdata;
        char type[TYPE_NAME_MAX] = "";
        struct mdev *mdev;
        uuid_t uuid;

        id_of(word[0], uuid);
        if (word[1] != '?')
                type_of(word[1], type);
        mdev = machine_add(host, uuid, type);
        if (strchr(word + 2, 'g'))
                mdev->parent = other_gpu;
        if (strchr(word + 2, 'p'))
                mdev->on_pci = false;
        if (strchr(word + 2, 'n'))
                machine_note(host, uuid, 0);
        else if (strchr(word + 2, 's'))
                machine_note(host, uuid, mdev->inode - 1000);
        else if (!strchr(word + 2, 'f'))
                machine_note(host, uuid, mdev->inode);
}

void machine_present(struct host *host, const char *present) {
        each_word(present, use_present, host);
}

struct mdev *machine_mdev(const struct host *host, char letter) {
        uuid_t uuid;

        id_of(letter, uuid);
        return (struct mdev *) host_find_mdev(host, uuid);
}

void machine_vanish(struct host *host, const uuid_t uuid) {
        size_t kept = 0;

        for (size_t i = 0; i < host->n_mdevs; i++)
                if (uuid_compare(host->mdevs[i].uuid, uuid) != 0)
                        host->mdevs[kept++] = host->mdevs[i];
        host->n_mdevs = kept;
}
