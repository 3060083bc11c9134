/*
 * killat N COMMAND ...: run a command and end it with SIGKILL at the Nth system
 * call by which it would change a file or send something; before it is done.
 *
 * Exits as the command did if it ended by itself, with 99 if it was killed, and
 * with 98 if this system does not let us watch it.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLED = 99, CANNOT = 98 };

static bool changes(unsigned long nr)
{
    static const long all[] = {SYS_write,     SYS_pwrite64,  SYS_writev,
                               SYS_ftruncate, SYS_fsync,     SYS_fdatasync,
                               SYS_renameat,  SYS_renameat2, SYS_unlinkat,
#ifdef SYS_rename
                               SYS_rename,    SYS_unlink,
#endif
                               SYS_sendto,    SYS_sendmsg};
    size_t i;

    for (i = 0; i < sizeof all / sizeof all[0]; i++)
        if ((unsigned long)all[i] == nr)
            return true;
    return false;
}

/* At the beginning of such a call? */
static bool at_one(pid_t pid)
{
    struct __ptrace_syscall_info info;

    if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0)
        exit(CANNOT);
    return info.op == PTRACE_SYSCALL_INFO_ENTRY && changes(info.entry.nr);
}

static int watch(pid_t first, unsigned long n)
{
    long options =
        PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE;
    int status;
    pid_t pid = waitpid(first, &status, 0);

    if (pid < 0 || !WIFSTOPPED(status) ||
        ptrace(PTRACE_SETOPTIONS, pid, 0, options) != 0)
        return CANNOT;
    for (;;) {
        int sig = 0;

        if (WIFSTOPPED(status)) {
            sig = WSTOPSIG(status);
            if (sig == (SIGTRAP | 0x80) && at_one(pid) && --n == 0) {
                kill(first, SIGKILL);
                while (waitpid(first, &status, __WALL) < 0 && errno == EINTR)
                    ;
                return KILLED;
            }
            if (sig == (SIGTRAP | 0x80) || sig == SIGTRAP || sig == SIGSTOP)
                sig = 0;
            ptrace(PTRACE_SYSCALL, pid, 0, sig);
        } else if (pid == first) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
        }
        pid = waitpid(-1, &status, __WALL);
        if (pid < 0)
            return CANNOT;
    }
}

int main(int argc, char **argv)
{
    unsigned long n = argc > 2 ? strtoul(argv[1], NULL, 10) : 0;
    pid_t pid;

    if (n == 0) {
        fputs("usage: killat N COMMAND ...\n", stderr);
        return 2;
    }
    pid = fork();
    if (pid < 0)
        return CANNOT;
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0)
            _exit(CANNOT);
        execv(argv[2], argv + 2);
        _exit(CANNOT);
    }
    return watch(pid, n);
}
