/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What people paste, to the letter. */

#include "build.h"
#include "util.h"
#include "verbs.h"

#define UUID "a297db4a-f4c2-11e6-90f6-d3b88d6c9561" /* of letter a */

static char *text;
static size_t size;

static void expect(FILE *stream, const char *expected) {
        fclose(stream);
        ck_assert_str_eq(text, expected);
        free(text);
}

static const struct {
        char type; /* '?': unknown */
        bool headless;
        const char *expected;
} qemu[] = {
        {'8', false,
         "-vga none -display gtk,gl=on -device vfio-pci-nohotplug,"
         "sysfsdev=/sys/bus/mdev/devices/" UUID ",display=on,ramfb=on,"
         "x-igd-opregion=on,xres=1024,yres=768\n"},
        {'4', false,
         "-vga none -display gtk,gl=on -device vfio-pci-nohotplug,"
         "sysfsdev=/sys/bus/mdev/devices/" UUID ",display=on,ramfb=on,"
         "x-igd-opregion=on,xres=1920,yres=1200\n"},
        {'?', false,
         "-vga none -display gtk,gl=on -device vfio-pci-nohotplug,"
         "sysfsdev=/sys/bus/mdev/devices/" UUID ",display=on,ramfb=on,"
         "x-igd-opregion=on\n"},
        {'8', true,
         "-vga none -display none -device vfio-pci-nohotplug,"
         "sysfsdev=/sys/bus/mdev/devices/" UUID ",display=off,"
         "x-igd-opregion=on\n"},
};

START_TEST(test_qemu) {
        FILE *stream = open_memstream(&text, &size);
        char type[TYPE_NAME_MAX];
        uuid_t uuid;

        id_of('a', uuid);
        type_of(qemu[_i].type, type);
        attach_print_qemu(uuid, type_size_find(type), qemu[_i].headless, stream);
        expect(stream, qemu[_i].expected);
}
END_TEST

START_TEST(test_libvirt) {
        FILE *stream = open_memstream(&text, &size);
        uuid_t uuid;

        id_of('a', uuid);
        attach_print_libvirt(uuid, type_size_find("i915-GVTg_V5_8"), false, stream);
        expect(stream,
               "<!-- into <devices>, with the guest off -->\n"
               "<hostdev mode='subsystem' type='mdev' managed='no' model='vfio-pci' display='on' "
               "ramfb='on'>\n"
               "  <source>\n"
               "    <address uuid='" UUID "'/>\n"
               "  </source>\n"
               "  <alias name='ua-gvtd-" UUID "'/>\n"
               "  <address type='pci' domain='0x0000' bus='0x00' slot='0x09' function='0x0'/>\n"
               "</hostdev>\n"
               "<!-- in place of the <graphics> and <video> that are there:\n"
               "<graphics type='spice'>\n"
               "  <listen type='none'/>\n"
               "  <gl enable='yes'/>\n"
               "</graphics>\n"
               "<video>\n"
               "  <model type='none'/>\n"
               "</video>\n"
               "-->\n"
               "<!-- after </devices> -->\n"
               "<qemu:override xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
               "  <qemu:device alias='ua-gvtd-" UUID "'>\n"
               "    <qemu:frontend>\n"
               "      <qemu:property name='x-igd-opregion' type='bool' value='true'/>\n"
               "      <qemu:property name='xres' type='unsigned' value='1024'/>\n"
               "      <qemu:property name='yres' type='unsigned' value='768'/>\n"
               "    </qemu:frontend>\n"
               "  </qemu:device>\n"
               "</qemu:override>\n");
}
END_TEST

START_TEST(test_libvirt_headless) {
        FILE *stream = open_memstream(&text, &size);
        uuid_t uuid;

        id_of('a', uuid);
        attach_print_libvirt(uuid, type_size_find("i915-GVTg_V5_8"), true, stream);
        fclose(stream);
        ck_assert_ptr_nonnull(strstr(text, " display='off'>"));
        ck_assert_ptr_nonnull(strstr(text, "x-igd-opregion"));
        ck_assert_ptr_null(strstr(text, "ramfb"));
        ck_assert_ptr_null(strstr(text, "graphics"));
        ck_assert_ptr_null(strstr(text, "xres"));
        free(text);
}
END_TEST

static const struct {
        const char *present, *expected;
} dumps[] = {
        {"", "\n; no vGPUs are running\n"},
        {"a8", "\n[i915-GVTg_V5_8]\nuuid = " UUID " ; on 0000:00:02.0\n"},
        {"a?", "\n; no vGPUs are running\n"},
        {"a8p", "\n; no vGPUs are running\n"},
        {"b4g a8f c8u", "\n[i915-GVTg_V5_8]\n"
                        "uuid = " UUID " ; on 0000:00:02.0\n"
                        "uuid = a297db4a-f4c2-11e6-90f6-d3b88d6c9563 ; on 0000:00:02.0\n"
                        "\n"
                        "[i915-GVTg_V5_4]\n"
                        "uuid = a297db4a-f4c2-11e6-90f6-d3b88d6c9562 ; on 0000:03:00.0\n"},
};

START_TEST(test_dump) {
        FILE *stream = open_memstream(&text, &size);
        struct world world;

        world_init(&world, "", "8 4 2");
        world_present(&world, dumps[_i].present);
        dump_print(world.host, stream);
        world_done(&world);
        expect(stream, dumps[_i].expected);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("attach");
        TCase *tcase = tcase_create("attach");

        tcase_add_loop_test(tcase, test_qemu, 0, ARRAY_SIZE(qemu));
        tcase_add_test(tcase, test_libvirt);
        tcase_add_test(tcase, test_libvirt_headless);
        tcase_add_loop_test(tcase, test_dump, 0, ARRAY_SIZE(dumps));
        suite_add_tcase(suite, tcase);
        return suite;
}
