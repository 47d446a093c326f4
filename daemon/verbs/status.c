/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Reads sysfs, /run/gvtd and the ini; the daemon need not run. */

#include "verbs.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sysexits.h>
#include <unistd.h>

#include "holder.h"
#include "inventory.h"
#include "json.h"
#include "names.h"
#include "printable.h"
#include "text.h"
#include "util.h"

/* Lines are cut to this on a terminal; a pipe gets them whole. */
#define COLUMNS 100

/* A number where nobody can be asked for the name (NULL). */
static void format_id(unsigned id, const char *name, char *ret, size_t size) {
        if (id == 0 || name)
                snprintf(ret, size, "%s", id == 0 ? "root" : name);
        else
                snprintf(ret, size, "%u", id);
}

static void format_owner(const struct mdev *mdev, char user[static 32], char group[static 32]) {
        const struct passwd *passwd = mdev->node_uid ? getpwuid(mdev->node_uid) : NULL;
        const struct group *entry = mdev->node_gid ? getgrgid(mdev->node_gid) : NULL;

        format_id(mdev->node_uid, passwd ? passwd->pw_name : NULL, user, 32);
        format_id(mdev->node_gid, entry ? entry->gr_name : NULL, group, 32);
}

/* "12 kvm 0660": the number in /dev/vfio, the group and the mode; the user where it is not root. */
static void format_node(const struct mdev *mdev, char *ret, size_t size) {
        char user[32], group[32];

        if (!mdev || !mdev->node_present) {
                snprintf(ret, size, "-");
                return;
        }
        format_owner(mdev, user, group);
        snprintf(ret, size, "%d %s%s%s %04o", mdev->group, mdev->node_uid ? user : "",
                 mdev->node_uid ? ":" : "", group, mdev->node_mode);
}

/* "" where nobody was seen. */
static void format_holder(const struct mdev *mdev, bool brief, char *ret, size_t size) {
        *ret = '\0';
        if (mdev && brief)
                inventory_brief_holder(&mdev->holder, ret, size);
        else if (mdev && mdev->holder.pid)
                holder_format(&mdev->holder, ret, size);
}

static void print_row(const struct vgpu *vgpu, bool terminal) {
        char node[80], holder[128], line[512];

        format_node(vgpu->mdev, node, sizeof(node));
        format_holder(vgpu->mdev, terminal, holder, sizeof(holder));
        snprintf(line, sizeof(line), "%s  %-14s  %-8s  %-5s  %-11s  %s%s%s", uuid_text(vgpu->uuid).text,
                 *vgpu->type ? vgpu->type : "-", vgpu_state_name(vgpu->state),
                 !vgpu->mdev   ? "-"
                 : vgpu->owned ? "gvtd"
                               : "other",
                 node, *holder ? holder : "-", *vgpu->name ? "  ; " : "", vgpu->name);
        if (terminal)
                text_cut(line, line, COLUMNS + 1);
        print_line(stdout, "%s", line);
}

/* At most: a vGPU needs its room in one piece, and this is a sum. */
static void print_free(const struct verb *verb) {
        struct offer offers[OFFERS_MAX];
        static const char first[] = " at most ";
        const char *before = first;
        size_t n;

        if (!verb->plan->gpu || verb->plan->gpu->aperture == 0 || situation_is_hopeless(verb->plan->situation))
                return;
        n = offers_make(verb->plan, offers);
        printf("Room for");
        for (size_t i = 0; i < n; i++) {
                if (offers[i].fit_now == 0)
                        continue;
                printf("%s%u %s", before, offers[i].fit_now, offers[i].name);
                before = " or ";
        }
        printf("%s more.\n", before == first ? " no" : "");
}

static void print_table(const struct verb *verb, const struct vgpu *vgpus, size_t n,
                        size_t n_present) {
        char text[EXPLANATION_MAX];
        bool terminal = isatty(STDOUT_FILENO);

        printf("%s: %zu of %zu declared vGPUs present\n",
               verb->plan->gpu ? address_text(&verb->plan->gpu->address).text : "no GPU", n_present,
               verb->config->n_vgpus);
        if (!verb_is_offered(verb, text))
                print_line(stdout, "No vGPUs on offer: %s", text);
        if (n > 0)
                printf("\n%-36s  %-14s  %-8s  %-5s  %-11s  %s\n", "UUID", "TYPE", "STATE", "OWNER",
                       "NODE", "IN USE BY");
        for (size_t i = 0; i < n; i++)
                print_row(&vgpus[i], terminal);
        if (n > 0)
                putchar('\n');
        if (verb->plan->gpu && !situation_is_hopeless(verb->plan->situation))
                bar_print(verb->plan->gpu, vgpus, n);
        print_free(verb);
}

static void json_node(struct json *json, const struct mdev *mdev) {
        char path[64], user[32], group[32], mode[8];

        if (!mdev || !mdev->node_present) {
                json_string(json, "node", NULL);
                return;
        }
        snprintf(path, sizeof(path), PATH_VFIO "/%d", mdev->group);
        format_owner(mdev, user, group);
        snprintf(mode, sizeof(mode), "%04o", mdev->node_mode);
        json_object(json, "node");
        json_string(json, "path", path);
        json_string(json, "user", user);
        json_string(json, "group", group);
        json_string(json, "mode", mode);
        json_object_end(json);
}

static void json_vgpu(struct json *json, const struct vgpu *vgpu) {
        char holder[128];

        format_holder(vgpu->mdev, /* brief= */ false, holder, sizeof(holder));
        json_object(json, NULL);
        json_string(json, "uuid", uuid_text(vgpu->uuid).text);
        json_string(json, "name", *vgpu->name ? vgpu->name : NULL);
        json_string(json, "type", *vgpu->type ? vgpu->type : NULL);
        json_string(json, "state", vgpu_state_name(vgpu->state));
        json_bool(json, "declared", vgpu->state != VGPU_LEFTOVER && vgpu->state != VGPU_FOREIGN);
        json_bool(json, "present", vgpu->mdev != NULL);
        json_string(json, "owner", !vgpu->mdev ? NULL : vgpu->owned ? "gvtd" : "other");
        json_string(json, "in_use_by", *holder ? holder : NULL);
        json_node(json, vgpu->mdev);
        json_object_end(json);
}

static void print_json(const struct verb *verb, const struct vgpu *vgpus, size_t n,
                       size_t n_present) {
        struct json json = {.stream = stdout};
        char text[EXPLANATION_MAX];
        struct offer offers[OFFERS_MAX];
        size_t n_offers = 0;

        if (verb->plan->gpu)
                n_offers = offers_make(verb->plan, offers);
        (void) verb_is_offered(verb, text);
        json_object(&json, NULL);
        json_string(&json, "device", verb->plan->gpu ? address_text(&verb->plan->gpu->address).text : NULL);
        json_string(&json, "not_offered", *text ? text : NULL);
        json_number(&json, "declared", verb->config->n_vgpus);
        json_number(&json, "present", n_present);
        json_list(&json, "vgpus");
        for (size_t i = 0; i < n; i++)
                json_vgpu(&json, &vgpus[i]);
        json_list_end(&json);
        if (verb->plan->gpu)
                bar_print_json(&json, verb->plan->gpu, vgpus, n);
        json_object(&json, "room");
        for (size_t i = 0; i < n_offers; i++)
                bar_print_number(&json, verb->plan->gpu, offers[i].name, offers[i].fit_now);
        json_object_end(&json);
        json_object_end(&json);
}

int status_main(const struct options *options) {
        _cleanup_verb_ struct verb verb = {};
        _cleanup_free_ struct vgpu *vgpus = NULL;
        size_t n, n_present = 0;
        int r;

        r = verb_load(options, &verb);
        if (r == 0)
                r = verb_need_ini(&verb);
        if (r != 0)
                return r;
        r = holders_observe(verb.host);
        if (r < 0) {
                fprintf(stderr, "gvtd: looking for who uses the vGPUs: %s\n", strerror(-r));
                return EX_OSERR;
        }
        vgpus = inventory_make(verb.plan, &n);
        if (!vgpus) {
                fprintf(stderr, "gvtd: %s\n", strerror(ENOMEM));
                return EX_OSERR;
        }
        for (size_t i = 0; i < n; i++)
                if (vgpus[i].state == VGPU_READY || vgpus[i].state == VGPU_PRESENT)
                        n_present++;
        if (options->given & OPTION_JSON)
                print_json(&verb, vgpus, n, n_present);
        else
                print_table(&verb, vgpus, n, n_present);
        if (n > 0 && geteuid() != 0)
                fprintf(stderr, "gvtd: who uses a vGPU is fully seen by root only\n");
        return verb_finish(n_present == verb.config->n_vgpus && verb.config->findings.n_errors == 0 ? 0 : 1);
}
