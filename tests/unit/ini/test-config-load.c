/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Which files are read, in which order, and what is said of those that cannot be. The files are
 * real ones in a folder of each test's own. */

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "config.h"
#include "load.h"
#include "util.h"

Suite *make_suite(void);

#define U(xx) "a297db4a-f4c2-11e6-90f6-d3b88d6c95" xx
#define V8    "[i915-GVTg_V5_8]\nuuid = "
/* What root's group is called everywhere. */
#define GROUP "[gvtd]\ngroup = root\n"

static char folder[] = "/tmp/test-config-load-XXXXXX";
static int folder_fd = -1;
static struct config *config;

static void setup(void) {
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        folder_fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(folder_fd, 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        return remove(path);
}

static void teardown(void) {
        config = config_free(config);
        closep(&folder_fd);
        nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static const char *path_of(const char *name) {
        static char path[128];

        snprintf(path, sizeof(path), "%s/%s", folder, name);
        return path;
}

static void make_file(const char *name, const char *text) {
        int fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
        close(fd);
}

static void make_folder(const char *name) {
        ck_assert_int_eq(mkdirat(folder_fd, name, 0755), 0);
}

static void make_fifo(const char *name) {
        ck_assert_int_eq(mkfifoat(folder_fd, name, 0644), 0);
}

static void make_link(const char *target, const char *name) {
        ck_assert_int_eq(symlinkat(target, folder_fd, name), 0);
}

/* As at boot: "ini" and the folder "d". */
static void load(void) {
        char dropins[128];

        strcpy(dropins, path_of("d"));
        ck_assert_int_eq(config_load_from(path_of("ini"), dropins, 0, &config), 0);
}

/* As with -c. */
static void load_named(const char *path) {
        ck_assert_int_eq(config_load_from(path, NULL, LOAD_PIPE, &config), 0);
}

/* The last bytes of the declared UUIDs. */
static const char *declared(void) {
        static char text[256];
        char *p = text;

        *p = '\0';
        for (size_t i = 0; i < config->n_vgpus; i++)
                p += sprintf(p, "%s%02x", i > 0 ? " " : "", config->vgpus[i].uuid[15]);
        return text;
}

/* Exactly one finding, of the file as a whole. */
static void check_finding(enum severity severity, const char *name, const char *text) {
        ck_assert_uint_eq(config->findings.n, 1);
        ck_assert_str_eq(config->findings.items[0].subject, path_of(name));
        ck_assert_uint_eq(config->findings.items[0].line, 0);
        ck_assert_int_eq(config->findings.items[0].severity, severity);
        ck_assert_str_eq(config->findings.items[0].text, text);
}

START_TEST(nothing_there_declares_nothing) {
        load();
        ck_assert_uint_eq(config->n_vgpus, 0);
        ck_assert_uint_eq(config->findings.n, 0);
        ck_assert_uint_eq(config->n_files, 0);
        ck_assert(!config->unreadable);
}
END_TEST

START_TEST(drop_ins_follow_in_the_order_of_bytes) {
        make_file("ini", GROUP V8 U("01"));
        make_folder("d");
        make_file("d/b.ini", V8 U("04") "\n[gvtd]\nwait = 3s");
        make_file("d/B.ini", V8 U("03") "\n[gvtd]\nwait = 2s");
        make_file("d/10.ini", V8 U("02"));
        make_file("d/.hidden.ini", "bad");
        make_file("d/.ini", "bad");
        make_file("d/c.ini~", "bad");
        make_file("d/c.conf", "bad");
        make_file("d/ini", "bad");
        load();
        ck_assert_uint_eq(config->findings.n, 1);
        ck_assert_str_eq(config->findings.items[0].subject, path_of("d/c.conf"));
        ck_assert_int_eq(config->findings.items[0].severity, SEVERITY_WARNING);
        ck_assert_str_eq(declared(), "01 02 03 04");
        ck_assert_uint_eq(config->wait_usec, 3000000);
        ck_assert_uint_eq(config->n_files, 4);
        ck_assert_str_eq(config->files[3], path_of("d/b.ini"));
        ck_assert_str_eq(config->vgpus[1].file, path_of("d/10.ini"));
}
END_TEST

START_TEST(drop_ins_need_no_main_file) {
        make_folder("d");
        make_file("d/x.ini", GROUP V8 U("01"));
        load();
        ck_assert_str_eq(declared(), "01");
        ck_assert_uint_eq(config->findings.n, 0);
        ck_assert(!config->unreadable);
}
END_TEST

START_TEST(links_to_files_are_followed) {
        make_file("real", GROUP V8 U("01"));
        make_link("real", "ini");
        make_folder("e");
        make_file("e/x.ini", V8 U("02"));
        make_link("e", "d");
        load();
        ck_assert_str_eq(declared(), "01 02");
        ck_assert_uint_eq(config->findings.n, 0);
}
END_TEST

START_TEST(a_named_file_stands_alone) {
        make_file("ini", GROUP V8 U("01"));
        make_folder("ini.d");
        make_file("ini.d/x.ini", V8 U("02"));
        ck_assert_int_eq(config_load(path_of("ini"), 0, &config), 0);
        ck_assert_str_eq(declared(), "01");
        ck_assert_uint_eq(config->findings.n, 0);
}
END_TEST

START_TEST(a_named_file_must_exist) {
        load_named(path_of("ini"));
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini",
                      "cannot be read: No such file or directory; expected a readable file");
}
END_TEST

static void write_slowly(const char *name) {
        int fd = openat(folder_fd, name, O_WRONLY | O_CLOEXEC);

        if (unlinkat(folder_fd, name, 0) < 0 ||
            write(fd, GROUP V8, strlen(GROUP V8)) != (ssize_t) strlen(GROUP V8) ||
            usleep(20000) < 0 || write(fd, U("01"), strlen(U("01"))) != (ssize_t) strlen(U("01")))
                _exit(1);
        _exit(0);
}

START_TEST(a_named_pipe_is_read_to_its_end_though_deleted) {
        pid_t pid;
        int status;

        make_fifo("ini");
        pid = fork();
        if (pid == 0)
                write_slowly("ini");
        load_named(path_of("ini"));
        ck_assert_int_eq(waitpid(pid, &status, 0), pid);
        ck_assert_int_eq(status, 0);
        ck_assert_str_eq(declared(), "01");
        ck_assert_uint_eq(config->findings.n, 0);
}
END_TEST

/* What ssh gives a command is a socket, and /dev/stdin cannot be opened then. */
START_TEST(standard_input_may_be_a_socket) {
        static const char text[] = GROUP V8 U("01");
        int before = dup(STDIN_FILENO), sockets[2];

        ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
        ck_assert_int_eq(write(sockets[0], text, strlen(text)), (ssize_t) strlen(text));
        close(sockets[0]);
        ck_assert_int_eq(dup2(sockets[1], STDIN_FILENO), STDIN_FILENO);
        close(sockets[1]);
        load_named("/dev/stdin");
        ck_assert_int_eq(dup2(before, STDIN_FILENO), STDIN_FILENO);
        close(before);
        ck_assert_str_eq(declared(), "01");
        ck_assert_uint_eq(config->findings.n, 0);
}
END_TEST

START_TEST(an_endless_device_ends_after_a_mebibyte) {
        load_named("/dev/zero");
        ck_assert_uint_eq(config->findings.n, 1);
        ck_assert_ptr_nonnull(strstr(config->findings.items[0].text, "larger than 1 MiB"));
}
END_TEST

START_TEST(a_large_file_is_a_finding) {
        make_file("ini", "");
        ck_assert_int_eq(truncate(path_of("ini"), 10 << 20), 0);
        load();
        check_finding(SEVERITY_ERROR, "ini",
                      "the file is larger than 1 MiB and was not read; expected a configuration");
}
END_TEST

START_TEST(a_folder_is_no_main_file) {
        make_folder("ini");
        load();
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini", "is a directory; expected a regular file");
        config = config_free(config);
        load_named(path_of("ini"));
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini", "is a directory; expected a regular file");
}
END_TEST

START_TEST(a_fifo_does_not_hang_the_start) {
        make_fifo("ini");
        load();
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini", "is a FIFO; expected a regular file");
}
END_TEST

/* As for `gvtd run -c`, which reads it again at each reload. */
START_TEST(a_named_pipe_is_nothing_to_come_back_to) {
        int before = dup(STDIN_FILENO), pair[2];

        make_fifo("ini");
        ck_assert_int_eq(config_load(path_of("ini"), 0, &config), 0);
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini", "is a FIFO; expected a regular file");
        config = config_free(config);
        ck_assert_int_eq(pipe(pair), 0);
        close(pair[1]);
        ck_assert_int_eq(dup2(pair[0], STDIN_FILENO), STDIN_FILENO);
        close(pair[0]);
        ck_assert_int_eq(config_load("/dev/stdin", 0, &config), 0);
        ck_assert_int_eq(dup2(before, STDIN_FILENO), STDIN_FILENO);
        close(before);
        ck_assert(config->unreadable);
        ck_assert_uint_eq(config->findings.n_errors, 1);
        config = config_free(config);
        ck_assert_int_eq(config_load(path_of("none"), 0, &config), 0);
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "none",
                      "cannot be read: No such file or directory; expected a readable file");
}
END_TEST

START_TEST(a_socket_is_no_main_file) {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

        ck_assert_uint_lt(strlen(path_of("ini")), sizeof(address.sun_path));
        strcpy(address.sun_path, path_of("ini"));
        ck_assert_int_eq(bind(fd, (struct sockaddr *) &address, sizeof(address)), 0);
        close(fd);
        load();
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini",
                      "is a socket or a device without hardware; expected a regular file");
}
END_TEST

START_TEST(null_is_an_empty_file) {
        make_folder("d");
        make_file("d/x.ini", GROUP V8 U("01"));
        make_link("/dev/null", "ini");
        make_link("/dev/null", "d/y.ini");
        load();
        ck_assert(!config->unreadable);
        ck_assert_uint_eq(config->findings.n, 0);
        ck_assert_str_eq(declared(), "01");
        config = config_free(config);
        ck_assert_int_eq(config_load("/dev/null", 0, &config), 0);
        ck_assert(!config->unreadable);
        ck_assert_str_eq(config->main_file, "/dev/null");
        ck_assert_uint_eq(config->findings.n, 0);
}
END_TEST

START_TEST(a_device_is_no_main_file) {
        make_link("/dev/zero", "ini");
        load();
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini", "is a device node; expected a regular file");
}
END_TEST

START_TEST(a_link_to_nothing_is_not_missing) {
        make_link("nowhere", "ini");
        load();
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini",
                      "a link to a file that does not exist; expected the file, or no link");
}
END_TEST

START_TEST(a_link_in_a_circle_cannot_be_read) {
        make_link("ini", "ini");
        load();
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini",
                      "cannot be read: Too many levels of symbolic links; "
                      "expected a readable file");
}
END_TEST

/* A regular file whose reading fails: nothing is mapped at the beginning of memory. */
START_TEST(an_io_error_is_a_finding) {
        make_link("/proc/self/mem", "ini");
        load();
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini",
                      "cannot be read: Input/output error; expected a readable file");
}
END_TEST

START_TEST(a_file_without_permission_is_a_finding) {
        if (geteuid() == 0)
                return; /* root may read it */
        make_file("ini", "");
        ck_assert_int_eq(fchmodat(folder_fd, "ini", 0, 0), 0);
        load();
        ck_assert(config->unreadable);
        check_finding(SEVERITY_ERROR, "ini",
                      "cannot be read: Permission denied; expected a readable file");
}
END_TEST

static void check_bad_dropin(const char *text) {
        make_file("ini", GROUP V8 U("01"));
        make_file("d/z.ini", V8 U("02"));
        load();
        ck_assert(!config->unreadable);
        check_finding(SEVERITY_ERROR, "d/x.ini", text);
        ck_assert_str_eq(declared(), "01 02");
}

/* What this process is short of is no fault of the file's, and no other configuration than it has. */
START_TEST(want_of_descriptors_is_no_finding) {
        struct rlimit usual, none;
        int r;

        make_file("ini", V8 U("01"));
        ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
        none = usual;
        none.rlim_cur = (rlim_t) folder_fd;
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
        r = config_load_from(path_of("ini"), NULL, 0, &config);
        ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
        ck_assert_int_eq(r, -EMFILE);
        ck_assert_ptr_null(config);
}
END_TEST

START_TEST(a_bad_drop_in_leaves_the_others) {
        static const char *const texts[] = {
                "is a directory; expected a regular file",
                "is a FIFO; expected a regular file",
                "a link to a file that does not exist; expected the file, or no link",
                "is a device node; expected a regular file",
        };

        make_folder("d");
        switch (_i) {
        case 0:
                make_folder("d/x.ini");
                break;
        case 1:
                make_fifo("d/x.ini");
                break;
        case 2:
                make_link("nowhere", "d/x.ini");
                break;
        case 3:
                make_link("/dev/zero", "d/x.ini");
                break;
        }
        check_bad_dropin(texts[_i]);
}
END_TEST

START_TEST(a_drop_in_folder_that_is_none_is_a_finding) {
        make_file("ini", GROUP V8 U("01"));
        if (_i == 0)
                make_file("d", "");
        else
                make_link("nowhere", "d");
        load();
        ck_assert(!config->unreadable);
        check_finding(SEVERITY_ERROR, "d",
                      _i == 0 ? "cannot be read: Not a directory; expected a readable folder"
                              : "a link to a folder that does not exist; expected the folder, or "
                                "no link");
        ck_assert_str_eq(declared(), "01");
}
END_TEST

START_TEST(what_everybody_may_write_is_a_warning) {
        char text[256];
        const char *name = _i == 0 ? "ini" : _i == 1 ? "d/x.ini" : "d";

        make_file("ini", GROUP V8 U("01"));
        make_folder("d");
        make_file("d/x.ini", V8 U("02"));
        ck_assert_int_eq(fchmodat(folder_fd, name, _i == 2 ? 0777 : 0666, 0), 0);
        load();
        snprintf(text, sizeof(text),
                 "every user can write to it; expected root alone: chmod o-w %s", path_of(name));
        check_finding(SEVERITY_WARNING, name, text);
        ck_assert_uint_eq(config->findings.n_errors, 0);
        ck_assert_str_eq(declared(), "01 02");
}
END_TEST

START_TEST(an_unknown_group_is_a_warning) {
        make_file("ini", "[gvtd]\n\ngroup = no\tsuch group\n");
        load();
        ck_assert_uint_eq(config->findings.n, 0); /* a name service may take its time */
        ck_assert(config_has_group(config));
        ck_assert_int_eq(config_complain_of_group(config), 0);
        ck_assert_uint_eq(config->findings.n, 1);
        ck_assert_int_eq(config->findings.items[0].severity, SEVERITY_WARNING);
        ck_assert_str_eq(config->findings.items[0].subject, path_of("ini"));
        ck_assert_uint_eq(config->findings.items[0].line, 3);
        ck_assert_str_eq(config->findings.items[0].text,
                         "unknown group \"no\\x09such group\", so the vGPUs stay root's; expected "
                         "one that getent group lists, or none (group =)");
        ck_assert_uint_eq(config->findings.n_errors, 0);
}
END_TEST

/* Of the default group only what it matters to is told. */
START_TEST(the_default_group_is_nobodys_mistake) {
        make_file("ini", _i == 0 ? "" : V8 U("01"));
        load();
        ck_assert(config_has_group(config) == (_i == 1));
        ck_assert_int_eq(config_complain_of_group(config), 0);
        ck_assert_str_eq(config->findings.items[0].subject, path_of("ini"));
        ck_assert_uint_eq(config->findings.items[0].line, 0);
}
END_TEST

START_TEST(root_alone_is_no_finding) {
        make_file("ini", "[gvtd]\ngroup =\n" V8 U("01"));
        load();
        ck_assert_uint_eq(config->findings.n, 0);
        ck_assert(!config_has_group(config));
        ck_assert_str_eq(config->group, "");
}
END_TEST

START_TEST(a_count_is_the_same_each_time) {
        uuid_t first, second;

        make_file("ini", GROUP "[i915-GVTg_V5_8]\ncount = 2\n");
        load();
        ck_assert_uint_eq(config->n_vgpus, 2);
        ck_assert_uint_eq(config->findings.n_errors, 0);
        uuid_copy(first, config->vgpus[0].uuid);
        uuid_copy(second, config->vgpus[1].uuid);
        ck_assert_int_ne(uuid_compare(first, second), 0);
        ck_assert_int_eq(uuid_type(first), UUID_TYPE_DCE_SHA1);
        config = config_free(config);
        load();
        ck_assert_int_eq(uuid_compare(config->vgpus[0].uuid, first), 0);
        ck_assert_int_eq(uuid_compare(config->vgpus[1].uuid, second), 0);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("config-load");
        TCase *tcase = tcase_create("config-load");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, nothing_there_declares_nothing);
        tcase_add_test(tcase, drop_ins_follow_in_the_order_of_bytes);
        tcase_add_test(tcase, drop_ins_need_no_main_file);
        tcase_add_test(tcase, links_to_files_are_followed);
        tcase_add_test(tcase, a_named_file_stands_alone);
        tcase_add_test(tcase, a_named_file_must_exist);
        tcase_add_test(tcase, a_named_pipe_is_read_to_its_end_though_deleted);
        tcase_add_test(tcase, standard_input_may_be_a_socket);
        tcase_add_test(tcase, an_endless_device_ends_after_a_mebibyte);
        tcase_add_test(tcase, a_large_file_is_a_finding);
        tcase_add_test(tcase, a_folder_is_no_main_file);
        tcase_add_test(tcase, a_fifo_does_not_hang_the_start);
        tcase_add_test(tcase, a_named_pipe_is_nothing_to_come_back_to);
        tcase_add_test(tcase, a_socket_is_no_main_file);
        tcase_add_test(tcase, null_is_an_empty_file);
        tcase_add_test(tcase, a_device_is_no_main_file);
        tcase_add_test(tcase, a_link_to_nothing_is_not_missing);
        tcase_add_test(tcase, a_link_in_a_circle_cannot_be_read);
        tcase_add_test(tcase, an_io_error_is_a_finding);
        tcase_add_test(tcase, a_file_without_permission_is_a_finding);
        tcase_add_test(tcase, want_of_descriptors_is_no_finding);
        tcase_add_loop_test(tcase, a_bad_drop_in_leaves_the_others, 0, 4);
        tcase_add_loop_test(tcase, a_drop_in_folder_that_is_none_is_a_finding, 0, 2);
        tcase_add_loop_test(tcase, what_everybody_may_write_is_a_warning, 0, 3);
        tcase_add_test(tcase, an_unknown_group_is_a_warning);
        tcase_add_loop_test(tcase, the_default_group_is_nobodys_mistake, 0, 2);
        tcase_add_test(tcase, root_alone_is_no_finding);
        tcase_add_test(tcase, a_count_is_the_same_each_time);
        suite_add_tcase(suite, tcase);
        return suite;
}
