#define _GNU_SOURCE /* O_PATH */
#include "server/confine.h"

#ifndef CONFINE_OFF
#    include <errno.h>
#    include <fcntl.h>
#    include <limits.h>
#    include <linux/landlock.h>
#    include <seccomp.h>
#    include <stdint.h>
#    include <stdio.h>
#    include <stdlib.h>
#    include <string.h>
#    include <sys/prctl.h>
#    include <sys/syscall.h>
#    include <unistd.h>

#    include "sync/base/def.h"

/* -- files -------------------------------------------------------------- */

/* git moves files between folders, which the first version cannot allow. */
enum { LANDLOCK_VERSION_MIN = 2, LANDLOCK_TRUNCATES = 3 };

#    define MAY_READ \
        (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#    define MAY_WORK                                                      \
        (MAY_READ | LANDLOCK_ACCESS_FS_WRITE_FILE |                       \
         LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
         LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |      \
         may_refer | may_truncate)
#    define ALL                                                         \
        (MAY_WORK | LANDLOCK_ACCESS_FS_EXECUTE |                        \
         LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_SOCK |  \
         LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK | \
         LANDLOCK_ACCESS_FS_MAKE_SYM)

/* Older headers know less than the kernel may. */
static const uint64_t may_refer = UINT64_C(1) << 13;
static const uint64_t may_truncate = UINT64_C(1) << 14;

static void allow(int rules, const char *path, uint64_t what, uint64_t known)
{
    struct landlock_path_beneath_attr a = {.allowed_access = what & known};

    a.parent_fd = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY);
    if (a.parent_fd < 0)
        return;
    (void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a,
                  0);
    close(a.parent_fd);
}

static void allow_folder_of(int rules, const char *file, uint64_t known)
{
    char path[PATH_MAX], *slash;

    if (snprintf(path, sizeof path, "%s", file) >= (int)sizeof path)
        return;
    slash = strrchr(path, '/');
    if (slash == NULL)
        strcpy(path, ".");
    else
        slash[slash == path] = '\0';
    allow(rules, path, MAY_READ, known);
}

static const char *confine_files(const char *const *work, size_t work_n,
                                 const char *const *beside, size_t n)
{
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0,
                           LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_ruleset_attr attr;
    char real[PATH_MAX];
    int rules;
    bool well;
    size_t i;

    if (version < LANDLOCK_VERSION_MIN)
        return version < 0 ? "no landlock" : "landlock too old";
    attr.handled_access_fs =
        ALL & ~(version < LANDLOCK_TRUNCATES ? may_truncate : 0);
    rules = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
    if (rules < 0)
        return "landlock failed";
    for (i = 0; i < work_n; i++)
        allow(rules, work[i], MAY_WORK, attr.handled_access_fs);
    for (i = 0; i < n; i++) {
        allow_folder_of(rules, beside[i], attr.handled_access_fs);
        if (realpath(beside[i], real) != NULL)
            allow_folder_of(rules, real, attr.handled_access_fs);
    }
    well = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
    close(rules);
    return well ? "yes" : "landlock failed";
}

/* -- system calls ------------------------------------------------------- */

static const char *const never[] = {"execve",
                                    "execveat",
                                    "ptrace",
                                    "process_vm_readv",
                                    "process_vm_writev",
                                    "process_madvise",
                                    "pidfd_getfd",
                                    "kcmp",
                                    "perf_event_open",
                                    "bpf",
                                    "userfaultfd",
                                    "keyctl",
                                    "add_key",
                                    "request_key",
                                    "mount",
                                    "umount2",
                                    "pivot_root",
                                    "chroot",
                                    "move_mount",
                                    "open_tree",
                                    "fsopen",
                                    "fsconfig",
                                    "fsmount",
                                    "fspick",
                                    "mount_setattr",
                                    "setns",
                                    "unshare",
                                    "open_by_handle_at",
                                    "name_to_handle_at",
                                    "fanotify_init",
                                    "init_module",
                                    "finit_module",
                                    "delete_module",
                                    "kexec_load",
                                    "kexec_file_load",
                                    "reboot",
                                    "swapon",
                                    "swapoff",
                                    "acct",
                                    "quotactl",
                                    "syslog",
                                    "sethostname",
                                    "setdomainname",
                                    "settimeofday",
                                    "clock_settime",
                                    "clock_adjtime",
                                    "adjtimex",
                                    "iopl",
                                    "ioperm",
                                    "modify_ldt",
                                    "personality",
                                    "mknod",
                                    "mknodat",
                                    "setuid",
                                    "setgid",
                                    "setreuid",
                                    "setregid",
                                    "setresuid",
                                    "setresgid",
                                    "setgroups",
                                    "setfsuid",
                                    "setfsgid",
                                    "capset",
                                    "connect",
                                    "io_uring_setup",
                                    "io_uring_enter",
                                    "io_uring_register",
                                    "vhangup",
                                    "lookup_dcookie"};

static const char *confine_calls(void)
{
    scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
    bool well = ctx != NULL;
    size_t i;

    for (i = 0; well && i < countof(never); i++) {
        int nr = seccomp_syscall_resolve_name(never[i]);

        if (nr != __NR_SCMP_ERROR) /* of another machine, or too new */
            well = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(EPERM), nr, 0) == 0;
    }
    well = well && seccomp_load(ctx) == 0;
    if (ctx != NULL)
        seccomp_release(ctx);
    return well ? "yes" : "no seccomp";
}

struct confined confine(const char *const *work, size_t work_n,
                        const char *const *beside, size_t beside_n)
{
    struct confined c = {"no", "no", "no"};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return c; /* without it the others are not to be had */
    c.privileges = "yes";
    c.files = confine_files(work, work_n, beside, beside_n);
    c.calls = confine_calls();
    return c;
}

#else

struct confined confine(const char *const *work, size_t work_n,
                        const char *const *beside, size_t beside_n)
{
    static const char why[] = "off in this build";

    (void)work, (void)work_n, (void)beside, (void)beside_n;
    return (struct confined){why, why, why};
}
#endif
