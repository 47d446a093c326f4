/* SPDX-License-Identifier: GPL-2.0-or-later */

/* gvtd.ini(5), a row for every sentence: what a text declares, and what is found wrong in which
 * line. Files and folders are test-config-load.c. */

#include <check.h>
#include <errno.h>

#include "config.h"
#include "keys.h"
#include "util.h"

Suite *make_suite(void);

/* UUIDs that differ in their last byte, which is how declared() names them. */
#define U(xx) "a297db4a-f4c2-11e6-90f6-d3b88d6c95" xx
#define NIL   "00000000-0000-0000-0000-000000000000"
#define V8    "[i915-GVTg_V5_8]\n"
#define V4    "[i915-GVTg_V5_4]\n"
#define SEC   UINT64_C(1000000)

/* The namespace of DNS: an arbitrary one, for which others can compute the same. */
static const uuid_t namespace = {0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
                                 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8};

static struct config *config;

static void setup(void) {
        config = config_new();
        ck_assert_ptr_nonnull(config);
}

static void teardown(void) {
        config = config_free(config);
}

static int read_bytes(const char *name, const char *bytes, size_t size) {
        FILE *stream = size > 0 ? fmemopen((void *) (uintptr_t) bytes, size, "r")
                                : fopen("/dev/null", "re");
        int r;

        ck_assert_ptr_nonnull(stream);
        r = config_read_stream(config, name, stream);
        fclose(stream);
        return r;
}

static void read_text(const char *name, const char *text) {
        ck_assert_int_eq(read_bytes(name, text, strlen(text)), 0);
}

/* What stays declared is found by its UUID, and nothing else is. */
static void finish(void) {
        uuid_t none = {0xff};

        ck_assert_int_eq(config_finish(config, namespace), 0);
        for (size_t i = 0; i < config->n_vgpus; i++)
                ck_assert_ptr_eq(config_find_vgpu(config, config->vgpus[i].uuid),
                                 &config->vgpus[i]);
        ck_assert(!config_declares(config, none));
}

/* "LINE:TYPE:XX ...", the type without what all have in common, XX the last byte of the UUID. */
static const char *declared(void) {
        static char text[2048];
        char *p = text;

        *p = '\0';
        for (size_t i = 0; i < config->n_vgpus; i++) {
                const struct declared *vgpu = &config->vgpus[i];

                p += sprintf(p, "%s%u:%s:%02x", i > 0 ? " " : "", vgpu->line,
                             vgpu->type + strlen("i915-GVTg_"), vgpu->uuid[15]);
                ck_assert(p < text + sizeof(text) - 64);
        }
        return text;
}

static const struct {
        const char *name;
        const char *text;
        const char *declared;
} lists[] = {
        {"nothing", "", ""},
        {"blanks", "\n \n\t\n", ""},
        {"no line end", V8 "uuid = " U("01"), "2:V5_8:01"},
        {"no blanks", V8 "uuid=" U("01"), "2:V5_8:01"},
        {"comments behind values", V8 "uuid = " U("01") " ; win10\n\t" U("02") "\t# build " U("03"),
         "2:V5_8:01 3:V5_8:02"},
        {"no comment without a blank", V8 "uuid = ," U("01") "\n", "2:V5_8:01"},
        {"comments between values",
         V8 "uuid = " U("01") "\n; " U("02") "\n# " U("03") "\n  ; " U("04") "\n\n  " U("05"),
         "2:V5_8:01 7:V5_8:05"},
        {"a comment behind a header", "[i915-GVTg_V5_8] ; " U("01") "\nuuid=" U("02"), "2:V5_8:02"},
        {"blanks and commas",
         V8 "uuid = " U("01") "," U("02") " ,\t" U("03") " " U("04") ",,\n  ," U("05") ",",
         "2:V5_8:01 2:V5_8:02 2:V5_8:03 2:V5_8:04 3:V5_8:05"},
        {"seven on one line",
         V8
         "uuid = " U("01") " " U("02") " " U("03") " " U("04") " " U("05") " " U("06") " " U("07"),
         "2:V5_8:01 2:V5_8:02 2:V5_8:03 2:V5_8:04 2:V5_8:05 2:V5_8:06 2:V5_8:07"},
        {"seven with nothing but commas",
         V8 "uuid=" U("01") "," U("02") "," U("03") "," U("04") "," U("05") "," U("06") "," U("07"),
         "2:V5_8:01 2:V5_8:02 2:V5_8:03 2:V5_8:04 2:V5_8:05 2:V5_8:06 2:V5_8:07"},
        {"seven on a continuation line",
         V8 "uuid =\n " U("01") " " U("02") " " U("03") " " U("04") " " U("05") " " U("06") " " U(
                 "07"),
         "3:V5_8:01 3:V5_8:02 3:V5_8:03 3:V5_8:04 3:V5_8:05 3:V5_8:06 3:V5_8:07"},
        {"keys repeat", V8 "uuid = " U("01") "\nuuid = " U("02") "\n  " U("03"),
         "2:V5_8:01 3:V5_8:02 4:V5_8:03"},
        {"keys may be indented", V8 "  uuid = " U("01") "\n\tuuid = " U("02"),
         "2:V5_8:01 3:V5_8:02"},
        {"headers may be indented", V8 "uuid = " U("01") "\n  " V4 "  uuid = " U("02"),
         "2:V5_8:01 4:V5_4:02"},
        {"sections repeat", V8 "uuid = " U("01") "\n" V4 "uuid = " U("02") "\n" V8 "uuid=" U("03"),
         "2:V5_8:01 4:V5_4:02 6:V5_8:03"},
        {"empty uuid", V8 "uuid =\n", ""},
        {"empty uuid and more", V8 "uuid =\n  " U("01") "\nuuid = ; none\nuuid =" U("02"),
         "3:V5_8:01 5:V5_8:02"},
        {"CR LF", "[i915-GVTg_V5_8]\r\nuuid = " U("01") "\r\n " U("02") " ; x\r\n\r\n",
         "2:V5_8:01 3:V5_8:02"},
        {"BOM", "\xef\xbb\xbf" V8 "uuid = " U("01"), "2:V5_8:01"},
        {"BOM and comment", "\xef\xbb\xbf; x\n" V8 "uuid = " U("01"), "3:V5_8:01"},
        {"upper case", V8 "uuid = A297DB4A-F4C2-11E6-90F6-D3B88D6C95FE", "2:V5_8:fe"},
        {"every type",
         "[i915-GVTg_V4_1]\nuuid=" U("01") "\n[i915-GVTg_V4_2]\nuuid=" U(
                 "02") "\n"
                       "[i915-GVTg_V4_4]\nuuid=" U("03") "\n[i915-GVTg_V4_8]\nuuid=" U(
                               "04") "\n"
                                     "[i915-GVTg_V5_1]\nuuid=" U(
                                             "05") "\n[i915-GVTg_V5_2]"
                                                   "\nuuid=" U("06") "\n"
                                                                     "[i915-"
                                                                     "GVTg_V5_"
                                                                     "4]"
                                                                     "\nuuid"
                                                                     "=" U("07") "\n[i915-GVTg_V5_"
                                                                                 "8]\nuuid=" U("0"
                                                                                               "8"),
         "2:V4_1:01 4:V4_2:02 6:V4_4:03 8:V4_8:04 10:V5_1:05 12:V5_2:06 14:V5_4:07 16:V5_8:08"},
        {"count", V4 "count = 3", "2:V5_4:dd 2:V5_4:60 2:V5_4:f1"},
        {"count and uuid", V4 "uuid = " U("01") "\ncount = 1 ; one\nuuid = " U("02"),
         "2:V5_4:01 3:V5_4:dd 4:V5_4:02"},
        {"counts stand where they stood", V4 "count = 1\n" V8 "uuid=" U("01") "\ncount = 2",
         "2:V5_4:dd 4:V5_8:01 5:V5_8:4c 5:V5_8:ad"},
        {"the last count holds, in the first one's place",
         V4 "count = 1\n" V8 "uuid=" U("01") "\n" V4 "count = 2", "6:V5_4:dd 6:V5_4:60 4:V5_8:01"},
};

START_TEST(vgpus_are_declared_in_order_with_their_lines) {
        read_text("x", lists[_i].text);
        finish();
        ck_assert_msg(streq(declared(), lists[_i].declared), "%s: %s", lists[_i].name, declared());
        ck_assert_msg(config->findings.n == 0, "%s: %u: %s", lists[_i].name,
                      config->findings.items[0].line, config->findings.items[0].text);
}
END_TEST

#define KEYS "expected one of device, group, wait, recreate, remove_on_stop, enable_guc"
#define ADDRESS_EXPECTED                                                                           \
        "expected DOMAIN:BUS:SLOT.FUNCTION in hexadecimal, like 0000:00:02.0, or auto"
#define UUID_EXPECTED                                                                              \
        "is no UUID; expected 32 hexadecimal digits in groups of 8-4-4-4-12, like " U("25")
#define SECTION_EXPECTED "; expected [gvtd] or a vGPU type, like [i915-GVTg_V5_8]"
#define LINE_EXPECTED    "expected [SECTION], KEY = VALUE or, indented below a key, more of its value"
#define GUC_EXPECTED     "expected 0 or 2, or no such line, which leaves i915's default alone"

/* Each row's findings, in order, and what is declared all the same. */
static const struct {
        const char *name;
        const char *text;
        struct {
                unsigned line;
                const char *text;
        } findings[8];
        const char *declared;
} wrong[] = {
        {"malformed, every one",
         "\nfoo\n" V8 "bar ; x\nuuid = " U("01") "\nbaz\n  " U("02") "\n[oops\n",
         {{2, "malformed line \"foo\"; " LINE_EXPECTED},
          {4, "malformed line \"bar\"; " LINE_EXPECTED},
          {6, "malformed line \"baz\"; " LINE_EXPECTED},
          {8, "malformed line \"[oops\"; " LINE_EXPECTED}},
         "5:V5_8:01 7:V5_8:02"},
        {"malformed header",
         "[]\n[a] b\n[a]]\n[i915-GVTg_V5_8];x\n[gvtd=\n",
         {{1, "malformed line \"[]\""},
          {2, "malformed line \"[a] b\""},
          {3, "malformed line \"[a]]\""},
          {4, "malformed line \"[i915-GVTg_V5_8];x\""},
          {5, "malformed line \"[gvtd=\""}},
         ""},
        {"what follows a malformed header is in no section",
         V8 "uuid = " U("01") "\n[i915-GVTg_V5_4\nuuid = " U("02") "\n  " U("03") "\nx = 1\n" V4
         "uuid = " U("04") "\n",
         {{3, "malformed line \"[i915-GVTg_V5_4\""}},
         "2:V5_8:01 8:V5_4:04"},
        {"malformed key",
         V8 "= " U("01") "\n  = x\nuuid: " U("02") "\nuuid: a = " U("03") "\n" U("04") "\n",
         {{2, "malformed line \"= a297"},
          {3, "malformed line \"= x\""},
          {4, "malformed line \"uuid: a297"},
          {5, "malformed line \"uuid: a = a297"},
          {6, "malformed line \"a297"}},
         ""},
        {"a continuation of nothing",
         V8 "  " U("01") "\nuuid = " U("02") "\n" V4 "  " U("03") "\n",
         {{2, "malformed line \"" U("01") "\""}, {5, "malformed line \"" U("03") "\""}},
         "3:V5_8:02"},
        {"unknown section, at its first key",
         "\n[foo]\n\nx = 1\n y\nz = 2\n" V8 "uuid=" U("01"),
         {{4, "unknown section [foo]" SECTION_EXPECTED}},
         "8:V5_8:01"},
        {"unknown section without keys, at its header",
         "[foo]\n;x\n[bar]\n\n" V8 "[foo]\n",
         {{1, "unknown section [foo]" SECTION_EXPECTED},
          {3, "unknown section [bar]" SECTION_EXPECTED},
          {6, "unknown section [foo]" SECTION_EXPECTED}},
         ""},
        {"section names are exact",
         "[GVTD]\n[ gvtd ]\n[gvtdx]\n[gvt\xc2\xa0"
         "d]\n",
         {{1, "unknown section [GVTD]"},
          {2, "unknown section [ gvtd ]"},
          {3, "unknown section [gvtdx]"},
          {4, "unknown section [gvt\\xc2\\xa0d]"}},
         ""},
        {"section names of more than 50 bytes",
         "[i915-GVTg_V5_8xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx]\n"
         "[abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz]\n"
         "[abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw]\n"
         "[abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwx]\nuuid=1\n",
         {{1, "there can be no vGPU type \"i915-GVTg_V5_8xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...\""},
          {2, "unknown section [abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst...]"},
          {3, "unknown section [abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvw]"},
          {5, "unknown section [abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst...]"}},
         ""},
        {"a type that cannot exist",
         "[i915-GVTg_V5_3]\n[i915-GVTg_V6_8]\n[i915-GVTg_V5_16]\n[nvidia-GVTg_V5_8]\n[i915-x]\n",
         {{1, "there can be no vGPU type \"i915-GVTg_V5_3\"; expected i915-GVTg_V4_N (Broadwell) "
              "or i915-GVTg_V5_N (later) with N 1, 2, 4 or 8"},
          {2, "there can be no vGPU type \"i915-GVTg_V6_8\"; expected i915-GVTg_V4_N"},
          {3, "there can be no vGPU type \"i915-GVTg_V5_16\"; expected i915-GVTg_V4_N"},
          {4, "there can be no vGPU type \"nvidia-GVTg_V5_8\"; expected i915-GVTg_V4_N"},
          {5, "there can be no vGPU type \"i915-x\"; expected i915-GVTg_V4_N"}},
         ""},
        {"a type that is nearly right",
         "[GVTg_V5_8]\nuuid = " U("01") "\nuuid = 1\n[i915-gvtg_v5_4]\n[i915-GVTg-V4-2]\n"
                                        "[gvtg_v5_1]\n[I915_GVTg_V5_2]\n",
         {{2, "there is no vGPU type \"GVTg_V5_8\"; expected [i915-GVTg_V5_8], exactly so"},
          {4, "there is no vGPU type \"i915-gvtg_v5_4\"; expected [i915-GVTg_V5_4], exactly so"},
          {5, "there is no vGPU type \"i915-GVTg-V4-2\"; expected [i915-GVTg_V4_2], exactly so"},
          {6, "there is no vGPU type \"gvtg_v5_1\"; expected [i915-GVTg_V5_1], exactly so"},
          {7, "there is no vGPU type \"I915_GVTg_V5_2\"; expected [i915-GVTg_V5_2], exactly so"}},
         ""},
        {"a type with more in its header",
         "[i915-GVTg_V5_8 \"win10\"]\n[i915-GVTg_V5_4/create]\n[i915-GVTg_V5_1.uuid]\n[i915-GVTg_V5_2x]\n",
         {{1, "there is no vGPU type \"i915-GVTg_V5_8 \"win10\"\"; expected [i915-GVTg_V5_8], exactly so"},
          {2, "there is no vGPU type \"i915-GVTg_V5_4/create\"; expected [i915-GVTg_V5_4]"},
          {3, "there is no vGPU type \"i915-GVTg_V5_1.uuid\"; expected [i915-GVTg_V5_1]"},
          {4, "there can be no vGPU type \"i915-GVTg_V5_2x\""}},
         ""},
        {"keys before any section: one finding for a whole paste",
         "uuid = " U("01") "\n  " U("02") "\nwait = 5s\n" V8 "uuid = " U("03") "\n",
         {{1, "key \"uuid\" stands before any section; expected [gvtd] or a vGPU type, like "
              "[i915-GVTg_V5_8], above it"}},
         "5:V5_8:03"},
        {"unknown keys list the known",
         "[gvtd]\nuuid = " U("01") "\n Wait = 1\n" V8 "wait = 5s\nUUID = x\nuuid = " U("02"),
         {{2, "key \"uuid\" belongs to a type, and stands in [gvtd]; expected a line like "
              "[i915-GVTg_V5_8] above it"},
          {3, "unknown key \"Wait\" in [gvtd]; " KEYS},
          {5, "key \"wait\" belongs to [gvtd], and stands in [i915-GVTg_V5_8]; expected a line [gvtd] above it"},
          {6, "unknown key \"UUID\" in [i915-GVTg_V5_8]; expected one of uuid, count"}},
         "7:V5_8:02"},
        {"enable_gvt, wherever it stands",
         V8 "enable_gvt = 1\n",
         {{2, "gvtd always asks i915 for enable_gvt=1; expected no such line"}},
         ""},
        {"quotes around a single value",
         "[gvtd]\ndevice = \"0000:00:02.0\"\ngroup = 'kvm'\nwait = \"5s\"\nrecreate = \"\n" V8 "count = \"2\"\n",
         {{2, "the quotes in device = \"0000:00:02.0\" are too much; expected the bare value"},
          {3, "the quotes in group = 'kvm' are too much"},
          {4, "the quotes in wait = \"5s\" are"},
          {5, "recreate \"\"\" is neither yes nor no"},
          {7, "the quotes in count = \"2\" are"}},
         ""},
        {"what continues an unknown key is part of it",
         V8 "uuids = " U("01") "\n  " U("02") "\n  bad\nuuid = " U("03"),
         {{2, "unknown key \"uuids\""}},
         "5:V5_8:03"},
        {"keys of more than 50 bytes",
         "[gvtd]\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz = 1\n"
         "waitxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx = 1\n",
         {{2, "unknown key \"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrst...\""},
          {3, "unknown key \"waitxxx"}},
         ""},
        {"a bad UUID is named in its own line",
         V8 "uuid = a297db4a ; short\n  " U("01") ", {" U("02") "}\n\n  " U("03") " zzz\n",
         {{2, "\"a297db4a\" " UUID_EXPECTED},
          {3, "the brackets in \"" U("01") ", {a297db4a"},
          {5, "\"zzz\" " UUID_EXPECTED}},
         "3:V5_8:01 5:V5_8:03"},
        {"the eighth of a long line",
         V8 "uuid = " U("01") "," U("02") "," U("03") "," U("04") "," U("05") "," U("06") "," U(
                 "07") ",bad," U("08"),
         {{2, "\"bad\" is no UUID"}},
         "2:V5_8:01 2:V5_8:02 2:V5_8:03 2:V5_8:04 2:V5_8:05 2:V5_8:06 2:V5_8:07 2:V5_8:08"},
        {"a blank that is none",
         V8 "uuid = " U("01") "\xc2\xa0",
         {{2, "the signs beyond ASCII in \"" U("01") "\\xc2\\xa0\" are too much; expected bare UUIDs"}},
         ""},
        {"a dash is a part of the word, unless it is all of it", V8 "uuid = - " U("01") "\nuuid = -" U("02") "\n",
         {{2, "the list marks in \"- " U("01") "\" are too much; expected bare UUIDs"},
          {3, "\"-" U("02") "\" is no UUID"}},
         "2:V5_8:01"},
        {"no comment without a blank",
         V8 "uuid = " U("01") ";x\nuuid =;x\nuuid = " U("02") ",#x\n",
         {{2, "\"" U("01") ";x\" is more than a UUID; expected the bare UUID, and a blank before the ; or # of a "
              "comment"},
          {3, "\";x\" is no UUID"}, {4, "\"#x\" is no UUID"}},
         "4:V5_8:02"},
        {"a UUID with what else is said of it",
         V8 "uuid = urn:uuid:" U("01") "\nuuid = /sys/bus/mdev/devices/" U("01") "\nuuid = UUID=" U("01")
            "\nuuid = a-" U("01") "\nuuid = " U("01") "0\n",
         {{2, "\"urn:uuid:" U("01") "\" is more than a UUID"},
          {3, "\"/sys/bus/mdev/devices/" U("01") "\" is more"},
          {4, "\"UUID=" U("01") "\" is more"},
          {5, "\"a-" U("01") "\" is no UUID"},
          {6, "\"" U("01") "0\" is no UUID"}},
         ""},
        {"words beside a UUID: one finding a line",
         V8 "uuid = " U("01") " 0000:00:02.0 i915-GVTg_V5_8 manual (defined)\nuuid = <address uuid='" U("02")
            "'/>\n  x y\nuuid = " U("03") " \\\n",
         {{2, "\"0000:00:02.0\" " UUID_EXPECTED ", and nothing else in the line but a comment behind ; or #"},
          {3, "\"<address\" is no UUID"},
          {4, "\"x\" is no UUID"},
          {5, "the backslashes in"}},
         "2:V5_8:01 5:V5_8:03"},
        {"a file appended without a newline: none of its vGPUs gets the type above",
         V8 "uuid = " U("01") " " U("02") "[i915-GVTg_V5_4]\nuuid = " U("03") "\n  " U("04") "\n" V4
            "uuid = " U("05") "\n",
         {{2, "the [ in \"" U("01") " a297db4a"}},
         "2:V5_8:01 6:V5_4:05"},
        {"the same behind another key",
         "[gvtd]\ngroup = kvm[i915-GVTg_V5_4]\nuuid = " U("01") "\n",
         {{2, "the [ in \"kvm[i915-GVTg_V5_4]\" begins a section, it seems"}},
         ""},
        {"nil UUID",
         V8 "uuid = " U("01") "\n  " NIL "\n",
         {{3, "the nil UUID names no vGPU; expected one of its own, as uuidgen prints it"}},
         "2:V5_8:01"},
        {"the same UUID twice",
         V8 "uuid = " U("01") "\n  A297DB4A-F4C2-11E6-90F6-D3B88D6C9501\n" V4
                              "uuid = " U("02") "," U("01") "\n",
         {{3, "UUID " U("01") " is declared twice, first at x:2; every vGPU needs a UUID of its "
                              "own"},
          {5, "UUID " U("01") " is declared twice, first at x:2; every"}},
         "2:V5_8:01 5:V5_4:02"},
        {"the same UUID as one of a count",
         V4 "count = 2\nuuid = c7b94156-28fe-53b0-8883-32e756722f60",
         {{3, "UUID c7b94156-28fe-53b0-8883-32e756722f60 is declared twice, first at x:2 (it "
              "belongs to that count); every vGPU needs a UUID of its own"}},
         "2:V5_4:dd 2:V5_4:60"},
        {"a count that stands for a declared one",
         V8 "uuid = c7b94156-28fe-53b0-8883-32e756722f60\n" V4 "count = 2\n",
         {{4, "count stands for UUID c7b94156-28fe-53b0-8883-32e756722f60, which is already "
              "declared at x:2; remove that entry, count brings it"}},
         "2:V5_8:60 4:V5_4:dd"},
        {"count",
         V8 "count = 0\ncount = 1001\ncount = two\ncount = -1\ncount = 1.5\ncount =\ncount = 1 2\n",
         {{2, "count \"0\" is not a number of vGPUs; expected 1 to 1000"},
          {3, "count \"1001\" is not a number of vGPUs; expected 1 to 1000"},
          {4, "count \"two\""},
          {5, "count \"-1\""},
          {6, "count \"1.5\""},
          {7, "count \"\""},
          {8, "count \"1 2\""}},
         ""},
        {"a bad count leaves the earlier one",
         V4 "count = 1\ncount = 0\n",
         {{3, "count \"0\""}},
         "2:V5_4:dd"},
        {"device",
         "[gvtd]\ndevice = 00:02.0\ndevice = 0000:00:02.8\ndevice =\ndevice = AUTO\n",
         {{2, "device \"00:02.0\" is no PCI address; " ADDRESS_EXPECTED},
          {3, "device \"0000:00:02.8\" is no PCI address"},
          {4, "device \"\" is no PCI address"},
          {5, "device \"AUTO\" is no PCI address"}},
         ""},
        {"wait",
         "[gvtd]\nwait = 5 fortnights\nwait =\nwait = 99999999999999h\n",
         {{2, "wait \"5 fortnights\" is no time span; expected a number with a unit, like 90s or "
              "1min 30s, or infinity"},
          {3, "wait \"\" is no time span"},
          {4, "wait \"99999999999999h\" is longer than systemd can wait; expected"}},
         ""},
        {"booleans",
         "[gvtd]\nrecreate = maybe\nremove_on_stop =\nremove_on_stop = 2\n",
         {{2, "recreate \"maybe\" is neither yes nor no; expected one of the two"},
          {3, "remove_on_stop \"\" is neither"},
          {4, "remove_on_stop \"2\" is neither"}},
         ""},
        {"enable_guc",
         "[gvtd]\nenable_guc = 1\nenable_guc = 3\nenable_guc = 4\nenable_guc = -1\nenable_guc =\n",
         {{2, "enable_guc 1 turns on GuC submission, and GuC submission and GVT-g exclude each "
              "other; " GUC_EXPECTED},
          {3, "enable_guc 3 turns on GuC submission"},
          {4, "enable_guc \"4\" is not a value for gvtd; " GUC_EXPECTED},
          {5, "enable_guc \"-1\" is not"},
          {6, "enable_guc \"\" is not"}},
         ""},
        {"a second value where one is taken",
         "[gvtd]\nwait = 5s\n  10s\n" V8 "count = 1\n\n  1\n",
         {{3, "\"10s\" would continue wait, which takes one value; expected a key, a section or a "
              "comment"},
          {7, "\"1\" would continue count, which takes one value"}},
         "5:V5_8:4c"},
        {"quotes stay on one line",
         "[gvtd]\nwait = \x1b(31m\x01\x7f\nrecreate = "
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz\n",
         {{2, "wait \"\\x1b(31m\\x01\\x7f\" is"},
          {3, "recreate \"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl...\""}},
         ""},
        {"a BOM in the midst",
         "[gvtd]\n\xef\xbb\xbfwait = 5s\n",
         {{2, "unknown key \"\\xef\\xbb\\xbfwait\""}},
         ""},
};

START_TEST(findings_name_the_line_and_the_rest_is_served) {
        size_t n = 0;

        read_text("x", wrong[_i].text);
        finish();
        for (; n < ARRAY_SIZE(wrong[_i].findings) && wrong[_i].findings[n].line; n++) {
                const struct finding *finding = &config->findings.items[n];

                ck_assert_msg(n < config->findings.n, "%s: not found: %s", wrong[_i].name,
                              wrong[_i].findings[n].text);
                ck_assert_msg(finding->line == wrong[_i].findings[n].line &&
                                      strncmp(finding->text, wrong[_i].findings[n].text,
                                              strlen(wrong[_i].findings[n].text)) == 0,
                              "%s: %u: %s", wrong[_i].name, finding->line, finding->text);
                ck_assert_int_eq(finding->severity, SEVERITY_ERROR);
                ck_assert_str_eq(finding->subject, "x");
        }
        ck_assert_msg(config->findings.n == n, "%s: %zu findings, the last: %s", wrong[_i].name,
                      config->findings.n, config->findings.items[config->findings.n - 1].text);
        ck_assert_uint_eq(config->findings.n_errors, n);
        ck_assert_msg(streq(declared(), wrong[_i].declared), "%s: %s", wrong[_i].name, declared());
}
END_TEST

START_TEST(nothing_said_means_the_defaults) {
        read_text("x", "[gvtd]\n");
        finish();
        ck_assert(config->device_auto);
        ck_assert_str_eq(config->group, "kvm");
        ck_assert_ptr_null(config->group_file);
        ck_assert_uint_eq(config->wait_usec, 90 * SEC);
        ck_assert(config->recreate);
        ck_assert(!config->remove_on_stop);
        ck_assert_int_eq(config->enable_guc, GUC_UNSET);
        ck_assert_uint_eq(config->n_vgpus, 0);
        ck_assert_uint_eq(config->findings.n, 0);
        ck_assert(!config->unreadable);
        ck_assert_ptr_null(config_free(NULL));
}
END_TEST

static void check_values(void) {
        ck_assert(!config->device_auto);
        ck_assert_uint_eq(config->device.slot, 0x1f);
        ck_assert_str_eq(config->group, "libvirt-qemu");
        ck_assert_uint_eq(config->wait_usec, 5 * SEC);
        ck_assert(!config->recreate);
        ck_assert(config->remove_on_stop);
        ck_assert_int_eq(config->enable_guc, GUC_HUC_ONLY);
}

#define VALUES                                                                                     \
        "[gvtd]\n  device = 0000:00:1f.0 ; x\ngroup=libvirt-qemu # y\nwait = 5s\nrecreate = off\n" \
        "remove_on_stop = on\nenable_guc = 2\n"

START_TEST(every_key_is_taken) {
        read_text("x", VALUES);
        finish();
        check_values();
        ck_assert_uint_eq(config->findings.n, 0);
        ck_assert_str_eq(config->group_file, "x");
        ck_assert_uint_eq(config->group_line, 3);
}
END_TEST

START_TEST(a_bad_value_leaves_the_earlier_one) {
        read_text("x", VALUES);
        read_text("y", "[gvtd]\ndevice = x\nwait = x\nrecreate = x\nremove_on_stop = x\n"
                       "enable_guc = 1\n");
        finish();
        check_values();
        ck_assert_uint_eq(config->findings.n_errors, 5);
}
END_TEST

START_TEST(drop_ins_override_values_and_add_to_lists) {
        read_text("x", VALUES V4 "count = 1\nuuid = " U("01"));
        read_text("y", "[gvtd]\nwait = 7s\ndevice = auto\ngroup =\nenable_guc = 0\n" V4
                       "count = 2\nuuid = " U("02") "\n");
        finish();
        ck_assert_uint_eq(config->findings.n, 0);
        ck_assert(config->device_auto);
        ck_assert_str_eq(config->group, "");
        ck_assert_str_eq(config->group_file, "y");
        ck_assert_uint_eq(config->group_line, 4);
        ck_assert_uint_eq(config->wait_usec, 7 * SEC);
        ck_assert(!config->recreate);
        ck_assert_int_eq(config->enable_guc, GUC_OFF);
        ck_assert_str_eq(declared(), "7:V5_4:dd 7:V5_4:60 10:V5_4:01 8:V5_4:02");
        ck_assert_str_eq(config->vgpus[0].file, "y");
        ck_assert(config->vgpus[0].derived);
        ck_assert_str_eq(config->vgpus[2].file, "x");
        ck_assert(!config->vgpus[2].derived);
        ck_assert_uint_eq(config->n_files, 2);
        ck_assert_str_eq(config->files[1], "y");
}
END_TEST

START_TEST(a_uuid_declared_twice_names_both_files) {
        read_text("x", V8 "uuid = " U("01"));
        read_text("y", "\n" V8 "uuid = " U("01"));
        finish();
        ck_assert_uint_eq(config->findings.n, 1);
        ck_assert_str_eq(config->findings.items[0].subject, "y");
        ck_assert_uint_eq(config->findings.items[0].line, 3);
        ck_assert_ptr_nonnull(strstr(config->findings.items[0].text, "first at x:2;"));
}
END_TEST

/* Literals from Python: uuid.uuid5(uuid.NAMESPACE_DNS, "i915-GVTg_V5_4 0") and so on. */
START_TEST(a_count_derives_uuids_that_others_can_compute) {
        static const char *const expected[] = {
                "ea3f270d-f2e3-521f-9db3-654c1ef4c1dd", "c7b94156-28fe-53b0-8883-32e756722f60",
                "dbab7d64-6423-5fee-af8e-989d7a27def1", "09926d1b-563f-5bc8-90bb-2abac6c7694c",
                "1cb49c8d-98b8-590b-8f29-e1e0a0e930ad", "e647b911-60b3-5a99-8766-93c71c6bca03",
        };

        read_text("x", V4 "count = 3\n" V8 "count = 3\n");
        finish();
        ck_assert_uint_eq(config->n_vgpus, ARRAY_SIZE(expected));
        for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
                char text[UUID_STR_LEN];

                uuid_unparse_lower(config->vgpus[i].uuid, text);
                ck_assert_str_eq(text, expected[i]);
        }
}
END_TEST

START_TEST(a_thousand_of_a_type_are_not_too_many) {
        read_text("x", V4 "count = 1000\n" V8 "count = 1000\n");
        finish();
        ck_assert_uint_eq(config->n_vgpus, 2000);
        ck_assert_uint_eq(config->n_counts, 0);
        ck_assert_uint_eq(config->findings.n, 0);
}
END_TEST

/* Text made of a repeated piece, between a head and a tail. */
static char *repeat(const char *head, const char *piece, size_t n, const char *tail) {
        char *text = malloc(strlen(head) + n * strlen(piece) + strlen(tail) + 1), *p;

        ck_assert_ptr_nonnull(text);
        p = stpcpy(text, head);
        while (n-- > 0)
                p = stpcpy(p, piece);
        strcpy(p, tail);
        return text;
}

static const struct {
        const char *name, *head, *piece;
        size_t n;
        const char *tail, *declared;
        unsigned line; /* of the one finding; 0: none */
        const char *finding;
} longs[] = {
        {"comment", V8 "uuid = " U("01") " ; ", "c", 5000, "\n  " U("02"), "2:V5_8:01 3:V5_8:02"},
        {"comment line", V8 "; ", "uuid = " U("01") " ", 200, "\nuuid = " U("02"), "3:V5_8:02"},
        {"comment of a continuation", V8 "uuid =\n " U("01") " # ", U("03") " ", 200, "\n " U("02"),
         "3:V5_8:01 4:V5_8:02"},
        {"blanks", V8 "uuid = ", " ", 5000, U("01") " " U("02"), "2:V5_8:01 2:V5_8:02"},
        {"indentation", V8 "uuid =\n", "\t", 5000, U("01"), "3:V5_8:01"},
        {"commas", V8 "uuid = ", ",", 5000, U("01"), "2:V5_8:01"},
        {"a word", V8 "uuid = ", "z", 5000, " " U("01") "\n", "2:V5_8:01", 2, "\"zzzzzzzz"},
        {"a word that begins like a comment", V8 "uuid = ,", ";", 5000, " " U("01") "\n",
         "2:V5_8:01", 2, "\";;;;;;;;"},
        {"a value of digits", "[gvtd]\nenable_guc = ", "0", 5000, "\n", "", 2, "enable_guc \"0000"},
        {"a value of words", "[gvtd]\nwait = ", "1s ", 300, "\n", "", 2,
         "the value of wait is too long"},
        {"a header", "[", "x", 5000, "]\n", "", 1, "unknown section [xxxx"},
        {"a key", V8, "x", 5000, "= 1\nuuid = " U("01"), "3:V5_8:01", 2, "unknown key \"xxxx"},
        {"a line", "[gvtd]\n", "x", 5000, "\n" V8 "uuid = " U("01"), "4:V5_8:01", 2,
         "malformed line \"xxxx"},
};

START_TEST(lines_may_be_of_any_length) {
        char *text = repeat(longs[_i].head, longs[_i].piece, longs[_i].n, longs[_i].tail);

        read_text("x", text);
        finish();
        free(text);
        ck_assert_msg(streq(declared(), longs[_i].declared), "%s: %s", longs[_i].name, declared());
        /* a value of three hundred words is cut in pieces, but none of them counts */
        ck_assert_msg((config->findings.n > 0) == (longs[_i].line > 0), "%s: %zu", longs[_i].name,
                      config->findings.n);
        if (!longs[_i].line)
                return;
        ck_assert_uint_eq(config->findings.items[0].line, longs[_i].line);
        ck_assert_msg(strstr(config->findings.items[0].text, longs[_i].finding) ==
                              config->findings.items[0].text,
                      "%s: %s", longs[_i].name, config->findings.items[0].text);
        ck_assert_uint_lt(strlen(config->findings.items[0].text), 400);
}
END_TEST

/* Every length around the places where a line is parted. */
START_TEST(no_value_is_lost_where_a_line_is_parted) {
        char text[1024];

        for (int blanks = 0; blanks < 200; blanks++) {
                snprintf(text, sizeof(text),
                         V8 "uuid =%*s" U("01") "," U("02") ", " U("03") " " U("04") "\t" U(
                                 "05") " ," U("06") "," U("07") "\n" V8,
                         blanks, "");
                config_free(config);
                setup();
                read_text("x", text);
                finish();
                ck_assert_msg(streq(declared(), "2:V5_8:01 2:V5_8:02 2:V5_8:03 2:V5_8:04 "
                                                "2:V5_8:05 2:V5_8:06 2:V5_8:07"),
                              "%d blanks: %s", blanks, declared());
                ck_assert_uint_eq(config->findings.n, 0);
        }
}
END_TEST

#define BYTES(text) text, sizeof(text) - 1

static const struct {
        const char *bytes;
        size_t size;
        unsigned lines[4];
        const char *declared;
} nuls[] = {
        {BYTES("\0"), {1}, ""},
        {BYTES("\n\0\0\n\0"), {2, 3}, ""},
        {BYTES(V8 "uuid = " U("01") "\0\nuuid = " U("02") "\n\0uuid = " U("03")),
         {2, 4},
         "3:V5_8:02"},
        {BYTES(V8 "uuid = " U("01") "\n[i915-\0]\nuuid = " U("02")), {3}, "2:V5_8:01"},
        {BYTES(V8 "uuid = " U("01") " ; \0\n  " U("02")), {2}, ""},
};

START_TEST(nul_bytes_are_found) {
        size_t n = 0;

        ck_assert_int_eq(read_bytes("x", nuls[_i].bytes, nuls[_i].size), 0);
        finish();
        for (; nuls[_i].lines[n]; n++) {
                ck_assert_uint_lt(n, config->findings.n);
                ck_assert_uint_eq(config->findings.items[n].line, nuls[_i].lines[n]);
        }
        if (_i < 4)
                ck_assert_uint_eq(config->findings.n, n);
        ck_assert_str_eq(config->findings.items[0].text,
                         "NUL bytes in the line; expected UTF-8 text (an editor may have saved it as UTF-16)");
        ck_assert_str_eq(declared(), nuls[_i].declared);
}
END_TEST

START_TEST(more_than_a_mebibyte_is_one_finding) {
        char *text = repeat(V8 "uuid = " U("01") "\n", "x", MIB, "");
        size_t size = strlen(V8 "uuid = " U("01") "\n");

        memset(text + size, '\n', MIB);
        ck_assert_int_eq(read_bytes("x", text, MIB), 0);
        ck_assert_uint_eq(config->findings.n, 0);
        ck_assert_uint_eq(config->n_vgpus, 1);
        ck_assert_int_eq(read_bytes("y", text, MIB + 1), 0);
        free(text);
        finish();
        ck_assert_uint_eq(config->findings.n, 1);
        ck_assert_uint_eq(config->findings.n_errors, 1);
        ck_assert_uint_eq(config->n_vgpus, 1);
        ck_assert_str_eq(config->findings.items[0].subject, "y");
        ck_assert_uint_eq(config->findings.items[0].line, 0);
        ck_assert_str_eq(config->findings.items[0].text, "the file is larger than 1 MiB and was not "
                                                   "read; expected a configuration");
}
END_TEST

/* The time limit of a test is what a quadratic cost runs into. After a thousand findings a file is none. */
static const struct {
        const char *head, *piece;
        size_t n, findings, vgpus;
} many[] = {
        {"", "[a]\n", 100000, 1001, 0},
        {"", "[a]\nb=1\n", 100000, 1001, 0},
        {"", V8, 60000, 0, 0},
        {V8, "a\n", 200000, 1001, 0},
        {V8 "uuid = ", U("01") " ", 28000, 27999, 1},
        {V8 "uuid =\n", " " U("01") "\n", 27000, 26999, 1},
        {V8 "uuid = ", "x ", 200000, 1, 0},
        {V8 "uuid =\n", " x\n", 200000, 1001, 0},
        {"[gvtd]\nwait = ", "x", 1000000, 1, 0},
        {V8, "count=9\n", 100000, 0, 9},
        {"", "\n", 1000000, 0, 0},
};

/* What is wrong with one file does not hide another one. */
START_TEST(each_file_has_its_thousand_findings) {
        char *text = repeat("", "a\n", 2000, V8 "uuid = " U("01") "\n");

        read_text("junk", text);
        read_text("y", V8 "uuid = " U("02") "\nbad\n");
        finish();
        free(text);
        ck_assert_uint_eq(config->findings.n, 1002);
        ck_assert_uint_eq(config->findings.n_errors, 1002);
        ck_assert_uint_eq(config->findings.items[1000].line, 1001);
        ck_assert_str_eq(config->findings.items[1000].text,
                         "more than 1000 findings, so that the file is read no further; expected a "
                         "configuration");
        ck_assert_str_eq(config->findings.items[1001].subject, "y");
        ck_assert_uint_eq(config->n_vgpus, 1);
}
END_TEST

START_TEST(much_is_read_in_linear_time) {
        char *text = repeat(many[_i].head, many[_i].piece, many[_i].n, "");

        ck_assert_uint_le(strlen(text), MIB);
        read_text("x", text);
        finish();
        free(text);
        ck_assert_uint_eq(config->findings.n, many[_i].findings);
        ck_assert_uint_eq(config->n_vgpus, many[_i].vgpus);
}
END_TEST

static ssize_t fail_after_text(void *cookie, char *buffer, size_t size) {
        bool *done = cookie;

        if (*done) {
                errno = EIO;
                return -1;
        }
        *done = true;
        return snprintf(buffer, size, V8 "uuid = " U("01") "\n");
}

START_TEST(an_error_of_the_stream_is_returned) {
        bool done = false;
        FILE *stream = fopencookie(&done, "r", (cookie_io_functions_t){.read = fail_after_text});

        ck_assert_ptr_nonnull(stream);
        ck_assert_int_eq(config_read_stream(config, "x", stream), -EIO);
        fclose(stream);
        ck_assert_uint_eq(config->n_vgpus, 0);
}
END_TEST

START_TEST(findings_print_as_file_line_severity_text) {
        char *text = NULL;
        size_t size;
        FILE *stream = open_memstream(&text, &size);

        ck_assert_ptr_nonnull(stream);
        ck_assert_int_eq(config_complain(config, SEVERITY_ERROR, "a.ini", 14, "bad; %s", "good"), 0);
        ck_assert_int_eq(config_complain(config, SEVERITY_WARNING, "b.ini", 0, "odd"), 0);
        findings_print(&config->findings, stream);
        fclose(stream);
        ck_assert_str_eq(text, "a.ini:14: error: bad; good\nb.ini: warning: odd\n");
        ck_assert_uint_eq(config->findings.n_errors, 1);
        free(text);
}
END_TEST

/* An editor of Windows' leaves a carriage return behind it. */
START_TEST(a_name_ends_with_its_words) {
        read_text("a", V8 "uuid = " U("01") " ; win10 \t\r\n");
        ck_assert_uint_eq(config->n_vgpus, 1);
        ck_assert_str_eq(config->vgpus[0].name, "win10");
}
END_TEST

Suite *make_suite(void) {
        Suite *suite = suite_create("config");
        TCase *tcase = tcase_create("config");
        TCase *much = tcase_create("much");

        tcase_add_checked_fixture(tcase, setup, teardown);
        tcase_add_test(tcase, a_name_ends_with_its_words);
        tcase_add_loop_test(tcase, vgpus_are_declared_in_order_with_their_lines, 0,
                            ARRAY_SIZE(lists));
        tcase_add_loop_test(tcase, findings_name_the_line_and_the_rest_is_served, 0,
                            ARRAY_SIZE(wrong));
        tcase_add_test(tcase, nothing_said_means_the_defaults);
        tcase_add_test(tcase, every_key_is_taken);
        tcase_add_test(tcase, a_bad_value_leaves_the_earlier_one);
        tcase_add_test(tcase, drop_ins_override_values_and_add_to_lists);
        tcase_add_test(tcase, a_uuid_declared_twice_names_both_files);
        tcase_add_test(tcase, a_count_derives_uuids_that_others_can_compute);
        tcase_add_test(tcase, a_thousand_of_a_type_are_not_too_many);
        tcase_add_loop_test(tcase, lines_may_be_of_any_length, 0, ARRAY_SIZE(longs));
        tcase_add_test(tcase, no_value_is_lost_where_a_line_is_parted);
        tcase_add_loop_test(tcase, nul_bytes_are_found, 0, ARRAY_SIZE(nuls));
        tcase_add_test(tcase, more_than_a_mebibyte_is_one_finding);
        tcase_add_test(tcase, each_file_has_its_thousand_findings);
        tcase_add_loop_test(much, much_is_read_in_linear_time, 0, ARRAY_SIZE(many));
        tcase_add_test(tcase, an_error_of_the_stream_is_returned);
        tcase_add_test(tcase, findings_print_as_file_line_severity_text);
        suite_add_tcase(suite, tcase);
        tcase_add_checked_fixture(much, setup, teardown);
        tcase_set_timeout(much, 15);
        suite_add_tcase(suite, much);
        return suite;
}
