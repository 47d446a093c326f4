/* SPDX-License-Identifier: GPL-2.0-or-later */

/* vfio-pci-nohotplug: ramfb is its property alone. x-igd-opregion: the guest's driver looks for its
 * outputs there, and QEMU refuses it to a device that is plugged into a running guest. xres and
 * yres go into the EDID, and QEMU cuts what is more than the type's resolution down to it. libvirt
 * has no element for the last three, and -set does not reach a device that it gives as JSON: hence
 * the override. */

#include "verbs.h"

#include <errno.h>
#include <sysexits.h>

#include "names.h"
#include "paste.h"
#include "printable.h"
#include "text.h"
#include "util.h"

void attach_print_qemu(const uuid_t uuid, const struct type_size *size, bool headless,
                       FILE *stream) {
        fprintf(stream, "-vga none -display %s ", headless ? "none" : "gtk,gl=on");
        fprintf(stream, "-device vfio-pci-nohotplug,sysfsdev=" PATH_MDEV_DEVICES "/%s",
                uuid_text(uuid).text);
        fprintf(stream, headless ? ",display=off" : ",display=on,ramfb=on");
        fprintf(stream, ",x-igd-opregion=on");
        if (!headless && size)
                fprintf(stream, ",xres=%u,yres=%u", size->xres, size->yres);
        fputc('\n', stream);
}

static void print_override(const char *alias, const struct type_size *size, bool headless,
                           FILE *stream) {
        static const char property[] =
                "      <qemu:property name='%s' type='unsigned' value='%u'/>\n";

        fprintf(stream,
                "<qemu:override xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
                "  <qemu:device alias='%s'>\n"
                "    <qemu:frontend>\n"
                "      <qemu:property name='x-igd-opregion' type='bool' value='true'/>\n",
                alias);
        if (!headless && size) {
                fprintf(stream, property, "xres", size->xres);
                fprintf(stream, property, "yres", size->yres);
        }
        fprintf(stream, "    </qemu:frontend>\n"
                        "  </qemu:device>\n"
                        "</qemu:override>\n");
}

void attach_print_libvirt(const uuid_t uuid, const struct type_size *size, bool headless,
                          FILE *stream) {
        char alias[UUID_STR_LEN + sizeof("ua-gvtd-")];

        snprintf(alias, sizeof(alias), "ua-gvtd-%s", uuid_text(uuid).text);
        fprintf(stream,
                "<!-- into <devices>, with the guest off -->\n"
                "<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci'%s>\n"
                "  <source>\n"
                "    <address uuid='%s'/>\n"
                "  </source>\n"
                "  <alias name='%s'/>\n"
                "  <address type='pci' domain='0x0000' bus='0x00' slot='0x09' function='0x0'/>\n"
                "</hostdev>\n",
                headless ? " display='off'" : " display='on' ramfb='on'", uuid_text(uuid).text,
                alias);
        if (!headless)
                fprintf(stream, "<!-- in place of the <graphics> and <video> that are there:\n"
                                "<graphics type='spice'>\n"
                                "  <listen type='none'/>\n"
                                "  <gl enable='yes'/>\n"
                                "</graphics>\n"
                                "<video>\n"
                                "  <model type='none'/>\n"
                                "</video>\n"
                                "-->\n");
        fprintf(stream, "<!-- after </devices> -->\n");
        print_override(alias, size, headless, stream);
}

#define BLANKS " \t\v\f\r\n"

/* What the verb works on: a declared vGPU, or one that exists. */
struct target {
        uuid_t uuid;
        const char *type; /* borrowed from the configuration or the host */
};

static void list_declared(const struct config *config) {
        for (size_t i = 0; i < config->n_vgpus; i++)
                print_line(stderr, "  %s  %s%s%s", uuid_text(config->vgpus[i].uuid).text,
                           config->vgpus[i].type, *config->vgpus[i].name ? "  ; " : "",
                           config->vgpus[i].name);
}

static int find_only(const struct verb *verb, struct target *ret) {
        const struct config *config = verb->config;
        int r = verb_need_ini(verb);

        if (r != 0)
                return r;
        if (config->n_vgpus == 1) {
                uuid_copy(ret->uuid, config->vgpus[0].uuid);
                ret->type = config->vgpus[0].type;
                return 0;
        }
        if (config->n_vgpus == 0) {
                print_line(stderr, "gvtd: no vGPUs declared in %s; `gvtd suggest 1` prints one", config->main_file);
                return 1;
        }
        fprintf(stderr, "gvtd: which one? %zu are declared:\n", config->n_vgpus);
        list_declared(config);
        return EX_USAGE;
}

/* As forgiving as the ini: blanks around it (the CR of a file from Windows is one) do not count. */
static int parse_argument(const char *name, uuid_t ret) {
        char text[2 * UUID_STR_LEN], what[PASTE_MAX] = "";
        size_t length;

        snprintf(text, sizeof(text), "%s", name + strspn(name, BLANKS));
        for (length = strlen(text); length > 0 && strchr(BLANKS, text[length - 1]);)
                text[--length] = '\0';
        if (parse_uuid(text, ret) == 0)
                return 0;
        if (*text && paste_is_around_uuid(text, what))
                fprintf(stderr, "gvtd: the %s in \"%s\" are too much; expected the bare UUID\n", what,
                        quote(name).text);
        else if (paste_holds_uuid(name))
                fprintf(stderr, "gvtd: \"%s\" is more than a UUID; expected the bare UUID\n", quote(name).text);
        else
                fprintf(stderr, "gvtd: \"%s\" is no UUID; `gvtd status` lists them\n",
                        quote(name).text);
        return -EINVAL;
}

static int find_named(const struct verb *verb, const char *name, struct target *ret) {
        const struct declared *declared;
        const struct mdev *mdev;

        if (parse_argument(name, ret->uuid) < 0)
                return EX_USAGE;
        declared = config_find_vgpu(verb->config, ret->uuid);
        mdev = host_find_mdev(verb->host, ret->uuid);
        if (!declared && !mdev) {
                int r = verb_need_ini(verb);

                if (r != 0)
                        return r;
                fprintf(stderr, "gvtd: no vGPU %s is declared or present%s\n", quote(name).text,
                        verb->config->n_vgpus ? "; declared are:" : "");
                list_declared(verb->config);
                return 1;
        }
        ret->type = declared ? declared->type : mdev->type;
        return 0;
}

static void print(const struct options *options, const struct target *target) {
        const struct type_size *size = type_size_find(target->type);
        bool headless = options->given & OPTION_HEADLESS;
        bool both = !(options->given & (OPTION_QEMU | OPTION_LIBVIRT));

        if (both)
                printf("# gvtd attach --qemu%s: arguments for QEMU\n",
                       headless ? " --headless" : "");
        if (both || options->given & OPTION_QEMU)
                attach_print_qemu(target->uuid, size, headless, stdout);
        if (both)
                printf("\n# gvtd attach --libvirt%s: for `virsh edit GUEST`\n",
                       headless ? " --headless" : "");
        if (both || options->given & OPTION_LIBVIRT)
                attach_print_libvirt(target->uuid, size, headless, stdout);
}

/* Beside what is printed. */
static void say_what_is_there(const struct verb *verb, const struct target *target) {
        const struct mdev *mdev = host_find_mdev(verb->host, target->uuid);

        if (!mdev)
                fprintf(stderr, "gvtd: this vGPU is declared and not there yet; start the guest "
                                "when `gvtd status` calls it ready\n");
        else if (*mdev->type && !type_size_find(mdev->type))
                print_line(stderr, "gvtd: what is there under this UUID is a %s, which is no vGPU of GVT-g", mdev->type);
}

int attach_main(const struct options *options) {
        _cleanup_verb_ struct verb verb = {};
        struct target target;
        int r;

        if (options->given & OPTION_QEMU && options->given & OPTION_LIBVIRT) {
                fprintf(stderr, "gvtd: --qemu and --libvirt ask for different things\n");
                return EX_USAGE;
        }
        r = verb_load(options, &verb);
        if (r != 0)
                return r;
        r = options->n_args == 1 ? find_named(&verb, options->args[0], &target)
                                 : find_only(&verb, &target);
        if (r != 0)
                return r;
        print(options, &target);
        say_what_is_there(&verb, &target);
        return verb_finish(0);
}
