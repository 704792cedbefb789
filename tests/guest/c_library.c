/* SPDX-License-Identifier: MIT
 *
 * c_library.c: what newlib-port adds to newlib: users, names, limits, small functions; and what functions do that are not
 * there. Layer: tests.
 */
#include <complex.h>
#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <ieeefp.h>
#include <libgen.h>
#include <limits.h>
#include <math.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/timeb.h>
#include <sys/utsname.h>
#include <syslog.h>

#include "suite.h"

static int same(const char *a, const char *b) { return a && strcmp(a, b) == 0; }

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    if (CHECK(file != NULL)) {
        fputs(text, file);
        fclose(file);
    }
}

/* Calls `action` with standard error in a file, and returns what came there. */
static const char *errors_of(void (*action)(void))
{
    static char text[512];
    int before = dup(2), file = open("/tmp/errors", O_RDWR | O_CREAT | O_TRUNC, 0600);
    dup2(file, 2);
    action();
    fflush(stderr);
    dup2(before, 2);
    ssize_t n = pread(file, text, sizeof text - 1, 0);
    text[n > 0 ? n : 0] = '\0';
    close(file);
    close(before);
    unlink("/tmp/errors");
    return text;
}

/* ---- Functions that are not there ---- */

static void call_absent(void)
{
    FAILS(vhangup(), ENOSYS);
    FAILS(vhangup(), ENOSYS);
    errno = 0;
    CHECK(crypt("key", "salt") == NULL);
    EQUAL(errno, ENOSYS);
}

static void test_absent(void) { CHECK(same(errors_of(call_absent), "vhangup: not implemented\ncrypt: not implemented\n")); }

/* ---- Users ---- */

static void test_users(void)
{
    struct passwd entry, *found;
    char buffer[256];
    CHECK(getuid() == 0 && geteuid() == 0 && getgid() == 0 && getegid() == 0);
    EQUAL(setuid(0), 0);
    FAILS(setuid(1), EPERM);
    EQUAL(setreuid((uid_t)-1, 0), 0);
    FAILS(setregid(0, 7), EPERM);
    EQUAL(getgroups(0, NULL), 0);
    CHECK(same(getlogin(), "root"));
    EQUAL(getlogin_r(buffer, 4), ERANGE);
    found = getpwuid(0);
    CHECK(found && same(found->pw_name, "root") && same(found->pw_dir, "/") && same(found->pw_shell, "/bin/sh"));
    CHECK(getpwnam("nobody") == NULL);
    EQUAL(getpwnam_r("root", &entry, buffer, sizeof buffer, &found), 0);
    CHECK(found == &entry && entry.pw_uid == 0);
    EQUAL(getpwnam_r("root", &entry, buffer, 8, &found), ERANGE);
    CHECK(found == NULL);
    struct group *group = getgrgid(0);
    CHECK(group && same(group->gr_name, "root") && same(group->gr_mem[0], "root") && group->gr_mem[1] == NULL);
    CHECK(getgrnam("wheel") == NULL);
    unsigned count = 0;
    for (setpwent(); getpwent() != NULL; count++)
        continue;
    endpwent();
    EQUAL(count, 1);
}

/* ---- Names and limits ---- */

static void test_names(void)
{
    struct utsname name;
    char buffer[8];
    EQUAL(uname(&name), 0);
    CHECK(same(name.sysname, "Exon") && same(name.machine, "x86_64"));
    EQUAL(gethostname(buffer, sizeof buffer), 0);
    CHECK(same(buffer, name.nodename));
    EQUAL(pathconf("/tmp", _PC_NAME_MAX), 255);
    FAILS(pathconf("/nowhere", _PC_NAME_MAX), ENOENT);
    FAILS(pathconf("/tmp", 12345), EINVAL);
    EQUAL(fpathconf(0, _PC_PIPE_BUF), PIPE_BUF);
    EQUAL(confstr(_CS_PATH, buffer, 3), 5);
    CHECK(same(buffer, "/b"));
    errno = 0;
    EQUAL(confstr(12345, buffer, 3), 0);
    EQUAL(errno, EINVAL);
}

static void check_parts(const char *path, const char *directory, const char *base)
{
    char a[32], b[32];
    strcpy(a, path);
    strcpy(b, path);
    if (!CHECK(same(dirname(a), directory)) || !CHECK(same(basename(b), base)))
        printf("of \"%s\": \"%s\" \"%s\"\n", path, dirname(strcpy(a, path)), basename(strcpy(b, path)));
}

/* The examples of XSH basename. */
static void test_parts_of_paths(void)
{
    check_parts("/usr/lib", "/usr", "lib");
    check_parts("/usr/", "/", "usr");
    check_parts("usr", ".", "usr");
    check_parts("/", "/", "/");
    check_parts("///", "/", "/");
    check_parts("//usr//lib//", "//usr", "lib");
    check_parts("", ".", ".");
    CHECK(same(dirname(NULL), ".") && same(basename(NULL), "."));
}

/* ---- Small functions ---- */

static void test_memory(void)
{
    void *block = NULL;
    for (size_t alignment = sizeof(void *); alignment <= 65536; alignment *= 2) {
        EQUAL(posix_memalign(&block, alignment, 100), 0);
        EQUAL((uintptr_t)block % alignment, 0);
        memset(block, 1, 100);
        free(block);
    }
    EQUAL(posix_memalign(&block, 24, 100), EINVAL);
    EQUAL(posix_memalign(&block, 4, 100), EINVAL);
    EQUAL(posix_memalign(&block, 64, (size_t)1 << 50), ENOMEM);
    block = aligned_alloc(256, 512);
    CHECK(block && (uintptr_t)block % 256 == 0);
    free(block);
}

static int not_dot(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static void test_directories(void)
{
    struct dirent **list = NULL;
    mkdir("/tmp/versions", 0777);
    put("/tmp/versions/a10", "");
    put("/tmp/versions/a9", "");
    put("/tmp/versions/a1", "");
    int at = open("/tmp", O_RDONLY | O_DIRECTORY);
    EQUAL(scandirat(at, "versions", &list, not_dot, versionsort), 3);
    CHECK(list && same(list[0]->d_name, "a1") && same(list[1]->d_name, "a9") && same(list[2]->d_name, "a10"));
    for (int i = 0; list && i < 3; i++)
        free(list[i]);
    free(list);
    FAILS(scandirat(at, "nowhere", &list, NULL, NULL), ENOENT);
    close(at);
    unlink("/tmp/versions/a10");
    unlink("/tmp/versions/a9");
    unlink("/tmp/versions/a1");
    EQUAL(rmdir("/tmp/versions"), 0);
    struct timeb now;
    ftime(&now);
    CHECK(now.time > 1000000000 && now.millitm < 1000);
}

static void warn_twice(void)
{
    setprogname("/bin/tester");
    errno = ENOENT;
    warn("no %s", "file");
    warnx("%d%%", 5);
    warnc(EPERM, NULL);
    openlog("logger", LOG_PID | LOG_PERROR, LOG_USER);
    errno = EBUSY;
    syslog(LOG_WARNING, "device %d: %m 100%%", 3);
    setlogmask(LOG_UPTO(LOG_ERR));
    syslog(LOG_WARNING, "not this");
    setlogmask(LOG_UPTO(LOG_DEBUG));
    closelog();
}

static void test_messages(void)
{
    char wanted[256];
    snprintf(wanted, sizeof wanted,
             "tester: no file: %s\ntester: 5%%\ntester: %s\nlogger[%d]: device 3: %s 100%%\n", "No such file or directory",
             strerror(EPERM), getpid(), strerror(EBUSY));
    const char *found = errors_of(warn_twice);
    if (!CHECK(same(found, wanted)))
        printf("found: %s", found);
}

/* ---- Numbers ---- */

static volatile double third = 3, one = 1;

static void test_floating_point(void)
{
    double results[4];
    for (fp_rnd mode = FP_RN; mode <= FP_RZ; mode++) {
        fpsetround(mode);
        EQUAL(fpgetround(), mode);
        results[mode] = one / third;
    }
    fpsetround(FP_RN);
    CHECK(results[FP_RM] < results[FP_RP] && results[FP_RZ] == results[FP_RM]);
    fpsetsticky(0);
    EQUAL(fpgetsticky(), 0);
    third = one / third;
    EQUAL(fpgetsticky(), FP_X_IMP);
    fpsetsticky(0);
    EQUAL(fpgetmask(), 0);
    __ieee_double_shape_type shape = {.value = 1.0};
    EQUAL(shape.parts.msw, 0x3ff00000);
    EQUAL(shape.number.exponent, 1023);
}

/* In long double, to its last bit but two: tests/host/newlib-port/test_long_double.c looks closer. */
static void test_long_double(void)
{
    volatile long double x = 0.7L;
    const long double epsilon = 0x1p-62L;
    CHECK(fabsl(sinl(x) * sinl(x) + cosl(x) * cosl(x) - 1) <= epsilon);
    CHECK(fabsl(expl(logl(x)) - x) <= epsilon);
    CHECK(fabsl(powl(x, 2.5L) - x * x * sqrtl(x)) <= epsilon);
    CHECK(fabsl(tanl(atanl(x)) - x) <= epsilon);
    CHECK(floorl(-x) == -1 && roundl(x) == 1 && fmodl(5 + x, 1) - x < epsilon);
    CHECK(cabsl(cexpl(I * x) - (cosl(x) + I * sinl(x))) <= epsilon);
}

static const struct suite_test tests[] = {
    {test_absent, "absent functions", 5},
    {test_users, "users", 5},
    {test_names, "names and limits", 5},
    {test_parts_of_paths, "parts of paths", 5},
    {test_memory, "aligned memory", 5},
    {test_directories, "directories", 5},
    {test_messages, "messages", 5},
    {test_floating_point, "floating point", 5},
    {test_long_double, "long double", 5},
};

int main(void) { return SUITE_RUN(tests); }
