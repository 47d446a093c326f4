/* SPDX-License-Identifier: GPL-2.0-or-later */

/* The files behind ownership, in a folder of their own. */

#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "note.h"
#include "notes.h"
#include "util.h"

static char folder[] = "/tmp/gvtd-note-XXXXXX";
static int dir = -1;

static void make_folder(void) {
        strcpy(folder + strlen(folder) - 6, "XXXXXX");
        ck_assert_ptr_nonnull(mkdtemp(folder));
        dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        ck_assert_int_ge(dir, 0);
}

static void drop_folder(void) {
        char command[64];

        close(dir);
        snprintf(command, sizeof(command), "rm -r %s", folder);
        ck_assert_int_eq(system(command), 0);
}

/* The name of a letter's note, with what follows it. */
static const char *name_of(char letter, const char *suffix) {
        static char name[64];

        snprintf(name, sizeof(name), "%s%s", id_text(letter), suffix);
        return name;
}

static void write_text(const char *name, const char *text) {
        int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

        ck_assert_int_ge(fd, 0);
        ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t) strlen(text));
        close(fd);
}

static void read_text(const char *name, char ret[static 64]) {
        int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
        ssize_t n;

        ck_assert_int_ge(fd, 0);
        n = read(fd, ret, 63);
        ck_assert_int_ge(n, 0);
        ret[n] = '\0';
        close(fd);
}

static bool exists(const char *name) {
        return faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* As after udev was told of it. */
static void make_ready(const uuid_t uuid, gid_t gid, uint64_t inode) {
        ck_assert_int_eq(note_write_ready(dir, uuid, gid, inode), 0);
        ck_assert_int_eq(note_confirm_ready(dir, uuid), 0);
}

/* All notes, which are to be `n`, as a host that can be asked. */
static struct host *read_notes(size_t n) {
        struct host *host = calloc(1, sizeof(struct host));

        ck_assert_ptr_nonnull(host);
        ck_assert_int_eq(notes_read(dir, &host->notes, &host->n_notes), 0);
        ck_assert_uint_eq(host->n_notes, n);
        host_sort(host);
        return host;
}

static const struct note *note_of(const struct host *host, char letter) {
        uuid_t uuid;

        id_of(letter, uuid);
        return host_find_note(host, uuid);
}

START_TEST(empty_folder) {
        host_free(read_notes(0));
}
END_TEST

START_TEST(life_of_a_note) {
        struct host *host;
        uuid_t uuid;
        char text[64];

        id_of('a', uuid);
        ck_assert_int_eq(note_write(dir, uuid, 0), 0);
        read_text(name_of('a', ""), text);
        ck_assert_str_eq(text, "0\n");
        host = read_notes(1);
        ck_assert(note_of(host, 'a')->owned);
        ck_assert_uint_eq(note_of(host, 'a')->inode, 0);
        ck_assert(!note_of(host, 'a')->ready);
        host_free(host);

        ck_assert_int_eq(note_write(dir, uuid, UINT64_MAX), 0);
        host = read_notes(1);
        ck_assert(note_of(host, 'a')->inode == UINT64_MAX);
        host_free(host);

        ck_assert_int_eq(note_write(dir, uuid, 7), 0);
        make_ready(uuid, 108, 7);
        host = read_notes(1);
        ck_assert(note_of(host, 'a')->owned);
        ck_assert_uint_eq(note_of(host, 'a')->inode, 7);
        ck_assert(note_of(host, 'a')->ready);
        ck_assert_uint_eq(note_of(host, 'a')->ready_gid, 108);
        ck_assert_uint_eq(note_of(host, 'a')->ready_inode, 7);
        host_free(host);

        ck_assert_int_eq(note_drop_ready(dir, uuid), 0);
        ck_assert(exists(name_of('a', "")));
        ck_assert(!exists(name_of('a', ".ready")));
        make_ready(uuid, 0, 7);
        ck_assert_int_eq(note_drop(dir, uuid), 0);
        ck_assert(!exists(name_of('a', "")));
        ck_assert(!exists(name_of('a', ".ready")));
        host_free(read_notes(0));
}
END_TEST

START_TEST(dropping_what_is_not_there_is_fine) {
        uuid_t uuid;

        id_of('a', uuid);
        ck_assert_int_eq(note_drop_ready(dir, uuid), 0);
        ck_assert_int_eq(note_drop(dir, uuid), 0);
}
END_TEST

/* The device of a stranger that is declared: opened to the group, and not ours. */
START_TEST(ready_without_a_note_is_not_owned) {
        struct host *host;
        uuid_t uuid;

        id_of('a', uuid);
        make_ready(uuid, 108, 7);
        host = read_notes(1);
        ck_assert(!note_of(host, 'a')->owned);
        ck_assert(note_of(host, 'a')->ready);
        host_free(host);
}
END_TEST

/* A crash between .ready and udev's event: the next daemon has to send it. */
START_TEST(unconfirmed_is_not_ready) {
        struct host *host;
        uuid_t uuid;

        id_of('a', uuid);
        ck_assert_int_eq(note_write(dir, uuid, 7), 0);
        ck_assert_int_eq(note_write_ready(dir, uuid, 108, 7), 0);
        ck_assert(exists(name_of('a', ".ready")));
        host = read_notes(1);
        ck_assert(!note_of(host, 'a')->ready);
        host_free(host);
        /* written again, for another group, and confirmed */
        make_ready(uuid, 36, 8);
        host = read_notes(1);
        ck_assert(note_of(host, 'a')->ready);
        ck_assert_uint_eq(note_of(host, 'a')->ready_gid, 36);
        host_free(host);
        /* the file is not made by a confirmation */
        ck_assert_int_eq(note_drop_ready(dir, uuid), 0);
        ck_assert_int_eq(note_confirm_ready(dir, uuid), -ENOENT);
}
END_TEST

START_TEST(many_are_told_apart) {
        struct host *host;
        uuid_t uuid;

        for (char letter = 'z'; letter >= 'a'; letter--) {
                id_of(letter, uuid);
                ck_assert_int_eq(note_write(dir, uuid, (uint64_t) letter), 0);
                if (letter % 2)
                        make_ready(uuid, (gid_t) letter, 7);
        }
        host = read_notes(26);
        for (char letter = 'a'; letter <= 'z'; letter++) {
                ck_assert_uint_eq(note_of(host, letter)->inode, (uint64_t) letter);
                ck_assert_int_eq(note_of(host, letter)->ready, letter % 2);
        }
        host_free(host);
}
END_TEST

/* Files of other names: the lock, an administrator's, a longer or shorter UUID. */
static const char *const other_names[] = {
        "lock",
        "README",
        "a297db4a-f4c2-11e6-90f6-d3b88d6c956",
        "a297db4a-f4c2-11e6-90f6-d3b88d6c95611",
        "a297db4a-f4c2-11e6-90f6-d3b88d6c9561.",
        "a297db4a-f4c2-11e6-90f6-d3b88d6c9561.readyx",
        "a297db4a-f4c2-11e6-90f6-d3b88d6c9561.read",
        "a297db4a-f4c2-11e6-90f6-d3b88d6c9561~",
        ".a297db4a-f4c2-11e6-90f6-d3b88d6c9561",
        "a297db4af4c211e690f6d3b88d6c9561xxxx",
        "g297db4a-f4c2-11e6-90f6-d3b88d6c9561",
        "{a297db4a-f4c2-11e6-90f6-d3b88d6c956}",
};

START_TEST(other_names_are_ignored) {
        struct host *host = NULL;

        write_text(other_names[_i], "7\n");
        host = calloc(1, sizeof(struct host));
        ck_assert_ptr_nonnull(host);
        ck_assert_int_eq(notes_read(dir, &host->notes, &host->n_notes), 0);
        ck_assert_msg(host->n_notes == 0, "\"%s\" counts", other_names[_i]);
        host_free(host);
        ck_assert(exists(other_names[_i]));
}
END_TEST

static const struct {
        const char *sentence;
        const char *text;
        uint64_t inode;
} contents[] = {
        {"whole", "1234\n", 1234},
        {"cut short to nothing", "", 0},
        {"cut short: a part of the number is another number", "12", 0},
        {"nothing but the end", "\n", 0},
        {"no number", "hello\n", 0},
        {"the largest", "18446744073709551615\n", UINT64_MAX},
        {"longer than any number", "0000000000000000000000000000000000001\n", 0},
};

START_TEST(reads_contents) {
        struct host *host;

        write_text(name_of('a', ""), contents[_i].text);
        host = read_notes(1);
        ck_assert(note_of(host, 'a')->owned);
        ck_assert_msg(note_of(host, 'a')->inode == contents[_i].inode, "%s: %llu",
                      contents[_i].sentence, (unsigned long long) note_of(host, 'a')->inode);
        host_free(host);
}
END_TEST

/* As gvtd wrote it until it held the device, too. */
START_TEST(ready_of_an_older_gvtd) {
        struct host *host;

        write_text(name_of('a', ".ready"), "108\n");
        host = read_notes(1);
        ck_assert(note_of(host, 'a')->ready);
        ck_assert_uint_eq(note_of(host, 'a')->ready_gid, 108);
        ck_assert_uint_eq(note_of(host, 'a')->ready_inode, 0);
        host_free(host);
}
END_TEST

/* A folder, a FIFO, a link: no note, and nothing to wait for. */
START_TEST(what_is_no_file_is_no_note) {
        ck_assert_int_eq(mkdirat(dir, name_of('a', ""), 0755), 0);
        ck_assert_int_eq(mkfifoat(dir, name_of('b', ""), 0644), 0);
        ck_assert_int_eq(symlinkat("nowhere", dir, name_of('c', ".ready")), 0);
        host_free(read_notes(0));
}
END_TEST

/* /run/gvtd is root's, but a link in it is still not followed. */
START_TEST(links_are_not_followed) {
        uuid_t uuid;
        char text[64];

        write_text("target", "7\n");
        ck_assert_int_eq(symlinkat("target", dir, name_of('a', "")), 0);
        id_of('a', uuid);
        ck_assert_int_eq(note_write(dir, uuid, 9), -ELOOP);
        read_text("target", text);
        ck_assert_str_eq(text, "7\n");
        host_free(read_notes(0));
}
END_TEST

/* A folder in the place of a note: reported, not ignored. */
START_TEST(failures_are_told) {
        uuid_t uuid;

        id_of('a', uuid);
        ck_assert_int_eq(mkdirat(dir, name_of('a', ""), 0755), 0);
        ck_assert_int_eq(note_write(dir, uuid, 1), -EISDIR);
        ck_assert_int_lt(note_drop(dir, uuid), 0);
        ck_assert_int_eq(note_write(-1, uuid, 1), -EBADF);
}
END_TEST

/* Nor is a FIFO waited for, which would be for good. */
START_TEST(fifo_is_not_waited_for) {
        uuid_t uuid;

        id_of('a', uuid);
        ck_assert_int_eq(mkfifoat(dir, name_of('a', ".ready"), 0644), 0);
        ck_assert_int_eq(note_write_ready(dir, uuid, 108, 1), -ENXIO);
        ck_assert_int_eq(note_confirm_ready(dir, uuid), -ENXIO);
}
END_TEST

/* Tidying the note of "m", among others of which one has to go and two stay. */
static const struct {
        const char *sentence;
        const char *declared, *present;
        bool gone, only_ready;
        bool kept;
        bool errors;     /* in the ini */
        uint64_t opened; /* the device that .ready speaks of, where it is not this one or not told */
} tidy[] = {
        {"a note of a device that is there stays", "", "m8", false, false, true},
        {"a note without its device goes", "m8", "m8", true, false, false},
        {"a note of an earlier device goes, or a stranger's would be ours", "m8", "m8s", false,
         false, false},
        {"a note cut short is completed", "", "m8n", false, false, true},
        {"a note cut short without its device goes", "m8", "m8n", true, false, false},
        {"a declared stranger's .ready stays", "m8", "m8n", false, true, true},
        {"an undeclared stranger's .ready goes", "", "m8n", false, true, false},
        {"unless it may be declared in a line with an error", "", "m8n", false, true, true, true},
        {"the .ready of a stranger's earlier device goes", "m8", "m8n", false, true, false, false, 4711},
        {".ready without its device goes", "m8", "m8n", true, true, false},
};

/* The host's notes as files. */
static void write_notes(const struct host *host) {
        for (size_t i = 0; i < host->n_notes; i++) {
                const struct note *note = &host->notes[i];

                if (note->owned)
                        ck_assert_int_eq(note_write(dir, note->uuid, note->inode), 0);
                if (note->ready)
                        make_ready(note->uuid, 108, note->ready_inode);
        }
}

static void vanish(struct host *host, char letter) {
        uuid_t uuid;

        id_of(letter, uuid);
        machine_vanish(host, uuid);
}

static void expect_note(const struct host *host, const struct host *files, char letter) {
        const struct note *note = note_of(host, letter), *file = note_of(files, letter);
        const struct mdev *mdev = machine_mdev(host, letter);

        ck_assert_ptr_nonnull(note);
        ck_assert_ptr_nonnull(file);
        ck_assert(note->owned == file->owned);
        ck_assert(note->ready == file->ready);
        if (note->owned) {
                ck_assert_uint_eq(note->inode, mdev->inode);
                ck_assert_uint_eq(file->inode, mdev->inode);
        }
}

START_TEST(tidies) {
        struct host *files;
        struct config *config;
        struct host *host = machine_make("8");

        config = machine_declare(tidy[_i].declared);
        machine_present(host, "a8 b8 z8");
        machine_present(host, tidy[_i].present);
        if (tidy[_i].only_ready) {
                struct note *note = (struct note *) note_of(host, 'm');

                note->owned = false;
                note->ready = true;
                note->ready_inode = tidy[_i].opened;
        }
        config->findings.n_errors = tidy[_i].errors;
        write_notes(host);
        if (tidy[_i].gone)
                vanish(host, 'm');
        vanish(host, 'a'); /* so that all others move up */

        ck_assert_int_eq(notes_tidy(dir, host, config), 0);
        files = read_notes(tidy[_i].kept ? 3 : 2);
        ck_assert_msg(host->n_notes == files->n_notes, "%s: %zu notes in the host",
                      tidy[_i].sentence, host->n_notes);
        expect_note(host, files, 'b');
        expect_note(host, files, 'z');
        if (tidy[_i].kept)
                expect_note(host, files, 'm');
        else
                ck_assert_msg(!note_of(files, 'm'), "%s", tidy[_i].sentence);
        host_free(files);
        host_free(host);
        config_free(config);
}
END_TEST

START_TEST(tidying_tells_failures) {
        struct config *config;
        struct host *host = machine_make("8");

        config = machine_declare("");
        machine_present(host, "a8n");
        ck_assert_int_eq(notes_tidy(-1, host, config), -EBADF);
        vanish(host, 'a');
        ck_assert_int_eq(notes_tidy(-1, host, config), -EBADF);
        host_free(host);
        config_free(config);
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("notes");
        TCase *tcase = tcase_create("notes");

        tcase_add_checked_fixture(tcase, make_folder, drop_folder);
        tcase_add_test(tcase, empty_folder);
        tcase_add_test(tcase, life_of_a_note);
        tcase_add_test(tcase, dropping_what_is_not_there_is_fine);
        tcase_add_test(tcase, ready_without_a_note_is_not_owned);
        tcase_add_test(tcase, unconfirmed_is_not_ready);
        tcase_add_test(tcase, many_are_told_apart);
        tcase_add_loop_test(tcase, other_names_are_ignored, 0, ARRAY_SIZE(other_names));
        tcase_add_loop_test(tcase, reads_contents, 0, ARRAY_SIZE(contents));
        tcase_add_test(tcase, ready_of_an_older_gvtd);
        tcase_add_test(tcase, what_is_no_file_is_no_note);
        tcase_add_test(tcase, links_are_not_followed);
        tcase_add_test(tcase, failures_are_told);
        tcase_add_test(tcase, fifo_is_not_waited_for);
        tcase_add_loop_test(tcase, tidies, 0, ARRAY_SIZE(tidy));
        tcase_add_test(tcase, tidying_tells_failures);
        suite_add_tcase(suite, tcase);
        return suite;
}
