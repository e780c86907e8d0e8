/* SPDX-License-Identifier: Apache-2.0 */
/*
 * every-call - run a program and do harm at the n-th system call of its whole process tree.
 *
 *   every-call HARM N PIDS TOLD PROGRAM ARG...
 *
 * HARM   caller   the process that makes the call is killed
 *        first    the program itself is killed, whoever makes the call
 *        last     the youngest process of the tree is killed
 *        delay    the caller stands still for a moment while the others go on: whoever counts on being first is late
 *        EIO, ENOMEM, ENOSPC, ...: the call is not made and returns that
 * N      counts the calls of all processes together, in the order in which they are made; 0: no harm.
 *        What a child does after an execve does not count: it is the container's program, or a hook
 * PIDS   a file for the number of each process of the tree
 * TOLD   a file for how it went
 *
 * When the program ends, its descendants are let go, and TOLD gets the line
 * "STATUS CALLS WHERE": the exit status (128 and the signal; 124 after 5 seconds), how many calls
 * were seen, and which call of whom was harmed (0 for the program itself, 1 for its first child).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_TRACEES 256
#define SECONDS     5
#define DELAY_US    100000

struct tracee {
	pid_t pid;
	int foreign; /* it has executed another program, whose calls are nobody's fault here */
	int returns; /* what the call it is in shall return: a negative errno, or 0 */
};

static struct tracee tracees[MAX_TRACEES];
static int ntracees;
static long calls;
static int started; /* the program: what came before was every-call's own */
static char where[64] = "none";
static volatile sig_atomic_t expired;
static pid_t delayed; /* stands still */

static struct { /* the command line */
	const char *harm;
	long at;
	FILE *pids, *told;
} job;

static const struct {
	const char *name;
	int errnum;
} failures[] = {
	{ "EIO", EIO },       { "ENOMEM", ENOMEM }, { "ENOSPC", ENOSPC }, { "EPERM", EPERM },
	{ "EMFILE", EMFILE }, { "ENOSYS", ENOSYS }, { "EINTR", EINTR },   { "EAGAIN", EAGAIN },
};

/* Field 4 of /proc/PID/stat. */
static pid_t parent_of(pid_t pid)
{
	char path[64];
	int parent = 0;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%*d (%*[^)]) %*c %d", &parent) != 1)
		parent = 0;
	fclose(file);
	return parent;
}

/* What a foreign program starts is foreign as well. */
static int has_foreign_parent(pid_t pid)
{
	pid_t parent = parent_of(pid);

	for (int i = 0; i < ntracees; i++)
		if (tracees[i].pid == parent)
			return tracees[i].foreign;
	return 0;
}

static struct tracee *tracee_of(pid_t pid)
{
	for (int i = 0; i < ntracees; i++)
		if (tracees[i].pid == pid)
			return &tracees[i];
	if (ntracees == MAX_TRACEES) {
		fprintf(stderr, "every-call: more than %d processes\n", MAX_TRACEES);
		exit(125);
	}
	fprintf(job.pids, "%d\n", pid);
	tracees[ntracees].pid = pid;
	tracees[ntracees].foreign = has_foreign_parent(pid);
	return &tracees[ntracees++];
}

static int errnum_of(const char *harm)
{
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (!strcmp(failures[i].name, harm))
			return failures[i].errnum;
	return 0;
}

/* Threads are no processes, but the tree of a runtime has none. */
static void kill_one_of(const struct tracee *caller)
{
	if (!strcmp(job.harm, "caller"))
		kill(caller->pid, SIGKILL);
	else if (!strcmp(job.harm, "first"))
		kill(tracees[0].pid, SIGKILL);
	else
		kill(tracees[ntracees - 1].pid, SIGKILL);
}

/* An exit cannot fail, and rt_sigreturn returns what the signal interrupted. */
static int can_fail(long nr)
{
	return nr != SYS_exit && nr != SYS_exit_group && nr != SYS_rt_sigreturn;
}

#if defined(__x86_64__)
#include <stddef.h>
#include <sys/user.h>
#define REGISTER(name) (void *)offsetof(struct user_regs_struct, name)
static void skip_call(pid_t pid)
{
	ptrace(PTRACE_POKEUSER, pid, REGISTER(orig_rax), -1L);
}
static void set_result(pid_t pid, long value)
{
	ptrace(PTRACE_POKEUSER, pid, REGISTER(rax), value);
}
static void clear_argument(pid_t pid)
{
	ptrace(PTRACE_POKEUSER, pid, REGISTER(rdi), 0L);
}
#elif defined(__aarch64__)
#include <elf.h>
#include <sys/uio.h>
static void skip_call(pid_t pid)
{
	int none = -1;
	struct iovec io = { &none, sizeof(none) };
	ptrace(PTRACE_SETREGSET, pid, 0x404 /* NT_ARM_SYSTEM_CALL */, &io);
}
static void set_result(pid_t pid, long value)
{
	unsigned long regs[34];
	struct iovec io = { regs, sizeof(regs) };
	ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io);
	regs[0] = (unsigned long)value;
	ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io);
}
static void clear_argument(pid_t pid)
{
	set_result(pid, 0); /* the same register */
}
#endif

/* It comes again: the first may come just before we wait. */
static void set_timer(long us)
{
	const struct timeval after = { us / 1000000, us % 1000000 };
	const struct itimerval timer = { .it_value = after, .it_interval = { 0, DELAY_US } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void call_begins(struct tracee *who, long nr)
{
	int errnum = errnum_of(job.harm);

	if (!started || who->foreign || ++calls != job.at)
		return;
	snprintf(where, sizeof(where), "%d:%ld", (int)(who - tracees), nr);
	if (!strcmp(job.harm, "delay")) {
		delayed = who->pid;
		set_timer(DELAY_US);
	} else if (!errnum) {
		kill_one_of(who);
	} else if (nr == SYS_brk) {
		clear_argument(who->pid); /* it fails by returning the old end, as brk(0) does */
	} else if (can_fail(nr)) {
		/* Linux gives a descriptor back whatever close answers: one that stays open is no machine's fault. */
		if (nr != SYS_close)
			skip_call(who->pid);
		who->returns = -errnum;
	}
}

static void call_stops(struct tracee *who)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, who->pid, sizeof(info), &info) < 0)
		return; /* killed meanwhile */
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		call_begins(who, (long)info.entry.nr);
	else if (info.op == PTRACE_SYSCALL_INFO_EXIT && who->returns) {
		set_result(who->pid, who->returns);
		who->returns = 0;
	}
}

/* One stop of one process: look, and let it go on. */
static void stopped(pid_t pid, int status)
{
	struct tracee *who = tracee_of(pid);
	int sig = WSTOPSIG(status), event = status >> 16;

	if (sig == (SIGTRAP | 0x80))
		call_stops(who);
	if (event == PTRACE_EVENT_EXEC && pid == tracees[0].pid)
		started = 1;
	else if (event == PTRACE_EVENT_EXEC)
		who->foreign = 1;
	if (sig == (SIGTRAP | 0x80) || event) /* ptrace's own, not a signal */
		sig = 0;
	if (pid == delayed)
		return;
	ptrace(PTRACE_SYSCALL, pid, 0L, (long)sig);
}

static int code_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Until the program itself has ended; @return its status. */
static int watch(pid_t first)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && expired && delayed) {
			pid_t late = delayed;

			set_timer(SECONDS *
				  1000000L); /* no tick of the short one comes after this */
			delayed = expired = 0;
			ptrace(PTRACE_SYSCALL, late, 0L, 0L);
			continue;
		}
		if (pid < 0 && expired) {
			kill(first, SIGKILL);
			continue;
		}
		if (pid < 0 && errno != EINTR)
			return 125;
		if (pid == first && !WIFSTOPPED(status))
			return expired ? 124 : code_of(status);
		if (pid > 0 && WIFSTOPPED(status))
			stopped(pid, status);
	}
}

static void on_alarm(int sig)
{
	(void)sig;
	expired = 1;
}

/* PTRACE_SEIZE, so that births are events and no SIGSTOP is ours to guess. */
static pid_t launch(char *const argv[])
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	int gate[2];
	char byte = 0;

	if (pipe(gate) < 0)
		return -1;
	pid_t pid = fork();
	if (!pid) {
		close(gate[1]);
		/* stopped by ptrace before it returns from here */
		if (read(gate[0], &byte, 1) != 1)
			_exit(125);
		close(gate[0]);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(gate[0]);
	if (pid < 0 || ptrace(PTRACE_SEIZE, pid, 0L, options) < 0 ||
	    ptrace(PTRACE_INTERRUPT, pid, 0L, 0L) < 0 || write(gate[1], "", 1) != 1)
		return -1;
	close(gate[1]);
	return pid;
}

int main(int argc, char *argv[])
{
	struct sigaction action = { .sa_handler = on_alarm }; /* no SA_RESTART */

	if (argc < 6) {
		fprintf(stderr, "usage: every-call HARM N PIDS TOLD PROGRAM ARG...\n");
		return 2;
	}
	job.harm = argv[1];
	job.at = strtol(argv[2], NULL, 10);
	job.pids = fopen(argv[3], "we");
	job.told = fopen(argv[4], "we");
	if (!job.pids || !job.told || sigaction(SIGALRM, &action, NULL) < 0)
		return 125;
	pid_t first = launch(argv + 5);
	if (first < 0) {
		perror("every-call");
		return 125;
	}
	tracee_of(first);
	set_timer(SECONDS * 1000000L);
	int status = watch(first);
	fclose(job.pids);
	fprintf(job.told, "%d %ld %s\n", status, calls, where);
	return 0;
}
