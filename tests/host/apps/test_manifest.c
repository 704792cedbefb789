// link: apps/init/manifest.c
// SPDX-License-Identifier: MIT
/* test_manifest.c: /etc/boot.manifest: sound ones, and every way to be wrong. */
#include "../harness.h"
#include "../../../apps/init/manifest.h"

#include <stdlib.h>

/* Parses an exact copy, so that ASan sees a read beyond the end. The copy is kept until the next call. */
static const char *parse(struct manifest *manifest, const char *text, size_t bytes)
{
    static char *copy;
    free(copy);
    copy = malloc(bytes ? bytes : 1);
    memcpy(copy, text, bytes);
    return manifest_parse(manifest, copy, bytes);
}
#define PARSE(manifest, text) parse(manifest, text, sizeof text)

TEST(reads_programs)
{
    struct manifest m;
    CHECK(PARSE(&m, "Cbytes\0P/bin/a\0Aa\0A-x\0EK=V\0.\0P/bin/b\0.") == NULL);
    CHECK_EQ(m.bytes, 1);
    CHECK_EQ(m.count, 2);
    CHECK_STR(m.program[0].path, "/bin/a");
    CHECK_STR(m.program[0].argv[0], "a");
    CHECK_STR(m.program[0].argv[1], "-x");
    CHECK(m.program[0].argv[2] == NULL);
    CHECK_STR(m.program[0].envp[0], "K=V");
    CHECK(m.program[0].envp[1] == NULL);
    CHECK_STR(m.program[1].argv[0], "/bin/b");
    CHECK(m.program[1].argv[1] == NULL && m.program[1].envp[0] == NULL);
    manifest_free(&m);
    CHECK_EQ(m.count, 0);
}

TEST(names_a_policy_of_slices)
{
    struct manifest m;
    CHECK(PARSE(&m, "Cbytes\0Sshares\0P/bin/a\0.") == NULL);
    CHECK_STR(m.slices, "shares");
    manifest_free(&m);
    CHECK(PARSE(&m, "P/bin/a\0.") == NULL && m.slices == NULL);
    manifest_free(&m);
    CHECK_STR(PARSE(&m, "P/bin/a\0Sshares\0."), "a slice policy inside of a program");
}

TEST(keeps_empty_arguments_and_orders)
{
    struct manifest m;
    CHECK(PARSE(&m, "P/x\0EA=\0Ax\0A\0EB=\0A.\0.") == NULL);
    CHECK_EQ(m.bytes, 0);
    CHECK_STR(m.program[0].argv[1], "");
    CHECK_STR(m.program[0].argv[2], ".");
    CHECK_STR(m.program[0].envp[1], "B=");
    manifest_free(&m);
}

TEST(says_what_is_wrong)
{
    struct manifest m;
    CHECK(parse(&m, "", 0) != NULL);
    CHECK(PARSE(&m, "Ctty") != NULL);
    CHECK(PARSE(&m, "Cloud\0P/x\0.") != NULL);
    CHECK(PARSE(&m, "P\0.") != NULL);
    CHECK(PARSE(&m, "P/x") != NULL);
    CHECK(PARSE(&m, "P/x\0P/y\0.") != NULL);
    CHECK(PARSE(&m, "P/x\0Cbytes\0.") != NULL);
    CHECK(PARSE(&m, "Ax\0P/x\0.") != NULL);
    CHECK(PARSE(&m, "P/x\0.x") != NULL);
    CHECK(PARSE(&m, ".\0P/x\0.") != NULL);
    CHECK(PARSE(&m, "P/x\0.\0Z") != NULL);
    CHECK(PARSE(&m, "P/x\0.\0\0") != NULL);
    CHECK(parse(&m, "P/x\0.", 5) != NULL);
}

TEST(survives_any_bytes)
{
    static const char letters[] = "PAEC.x\0";
    char text[64];
    srand(1);
    for (int round = 0; round < 50000; round++) {
        struct manifest m;
        size_t bytes = (size_t)rand() % sizeof text;
        for (size_t i = 0; i < bytes; i++)
            text[i] = letters[rand() % 7];
        if (parse(&m, text, bytes) == NULL)
            CHECK(m.count > 0);
        manifest_free(&m);
    }
}
