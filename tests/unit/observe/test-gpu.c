/* SPDX-License-Identifier: GPL-2.0-or-later */

/* What must not be read of a GPU, since the kernel may not answer for as long as a VM lasts: a FIFO, which nobody
 * writes to, takes its place here. */

#include "suite.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gpu.h"
#include "host.h"
#include "sysfs.h"
#include "util.h"

#define NAME "0000:00:02.0"

static char folder[] = "/tmp/test-gpu-XXXXXX";
static int bus, gpu;

static void put(const char *name, const char *text) {
        int fd = openat(gpu, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, text, strlen(text)), (int) strlen(text));
        close(fd);
}

static void set_up(void) {
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        bus = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(bus, 0);
        ck_assert_int_eq(mkdirat(bus, NAME, 0755), 0);
        gpu = openat(bus, NAME, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(gpu, 0);
        put("vendor", "0x8086\n");
        put("class", "0x030000\n");
        put("device", "0x1912\n");
}

static void tear_down(void) {
        static const char *const files[] = {"vendor", "class", "device", "driver", "driver_override"};

        for (size_t i = 0; i < ARRAY_SIZE(files); i++)
                (void) unlinkat(gpu, files[i], 0);
        (void) unlinkat(gpu, "vfio-dev", AT_REMOVEDIR);
        close(gpu);
        (void) unlinkat(bus, NAME, AT_REMOVEDIR);
        close(bus);
        (void) rmdir(folder);
}

/* vfio-pci leaves when the VM does, with the device's lock held, and its driver's link has gone before. */
START_TEST(a_gpu_that_vfio_does_not_let_go_of_is_not_asked) {
        _cleanup_host_ struct host *host = calloc(1, sizeof(struct host));

        ck_assert_int_eq(mkdirat(gpu, "vfio-dev", 0755), 0);
        ck_assert_int_eq(mkfifoat(gpu, "driver_override", 0600), 0);
        ck_assert_int_eq(gpu_observe(bus, NAME, host), 0);
        ck_assert_uint_eq(host->n_gpus, 1);
        ck_assert_str_eq(host->gpus[0].override, "");
}
END_TEST

START_TEST(a_gpu_that_vfio_has_is_asked) {
        _cleanup_host_ struct host *host = calloc(1, sizeof(struct host));

        ck_assert_int_eq(mkdirat(gpu, "vfio-dev", 0755), 0);
        ck_assert_int_eq(symlinkat("../drivers/vfio-pci", gpu, "driver"), 0);
        put("driver_override", "vfio-pci\n");
        ck_assert_int_eq(gpu_observe(bus, NAME, host), 0);
        ck_assert_str_eq(host->gpus[0].override, "vfio-pci");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("gpu");
        TCase *tcase = tcase_create("gpu");

        tcase_add_checked_fixture(tcase, set_up, tear_down);
        tcase_set_timeout(tcase, 20);
        tcase_add_test(tcase, a_gpu_that_vfio_does_not_let_go_of_is_not_asked);
        tcase_add_test(tcase, a_gpu_that_vfio_has_is_asked);
        suite_add_tcase(suite, tcase);
        return suite;
}
