/* SPDX-License-Identifier: Apache-2.0 */
/*
 * launch.c - the `start` action: socket, server in the background, address on standard output.
 *
 * The daemon reads standard output and error, which are one pipe, until end of file: the server must
 * not hold them, and nothing but the address may be written.
 */
#include "actions.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cleat/cleanup.h>

#include "base/dir.h"
#include "base/fd.h"
#include "base/file_atomic.h"
#include "base/process.h"
#include "base/seal.h"
#include "base/text.h"
#include "bootstrap.h"

/* What one `start` works with. */
struct start {
	const struct flags *flags;
	struct bootstrap bootstrap;
	bool engine; /* run by cleatd */
	int console; /* adopt: taken from cleatd; or -1 */
	char *path;  /* of the socket */
	pid_t server;
};

/* 0: listening on *out_fd. 1: a server lives there already, that of this id or of its group. */
static int bind_or_join(const char *path, int *out_fd, struct cleat_error *err)
{
	_cleanup_close_ int fd = fd_unix_listen(path, 0600, 64);

	if (fd == -EADDRINUSE) {
		_cleanup_close_ int there = fd_unix_connect_now(path);

		if (there >= 0 || there == -EAGAIN) /* its queue is full */
			return 1;
		(void)unlink(path); /* its server is dead */
		fd = fd_unix_listen(path, 0600, 64);
	}
	if (fd < 0)
		return cleat_fail(err, -fd, "cannot listen on '%s': %m", path);
	*out_fd = take_fd(&fd);
	return 0;
}

/*
 * Two starts of one group at a time: between bind and listen a socket looks dead, and its name would be
 * taken from it. So whoever makes or removes sockets here holds the directory's lock.
 */
static int listen_on(const char *path, int *out_fd, struct cleat_error *err)
{
	_cleanup_free_ char *dir = strndup(path, (size_t)(strrchr(path, '/') - path));

	if (!dir)
		return cleat_fail(err, ENOMEM, "cannot start a shim: out of memory");
	_cleanup_close_ int lock = dir_make(dir, 0700, err);

	if (lock < 0)
		return lock;
	if (flock(lock, LOCK_EX) < 0)
		return cleat_fail(err, errno, "cannot lock '%s': %m", dir);
	return bind_or_join(path, out_fd, err);
}

/* ---- the server's process ---------------------------------------------------------------------- */

/* Its messages: containerd's fifo, which never blocks us; else a file in the bundle. */
static int open_log(void)
{
	struct stat st;

	if (stat("log", &st) == 0 && S_ISFIFO(st.st_mode))
		return open("log", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	return open("shim.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
}

static void redirect(void)
{
	int null = open("/dev/null", O_RDWR);
	int log = open_log();

	for (int fd = 0; fd < 3; fd++)
		(void)dup2(fd == 2 && log >= 0 ? log : null, fd);
	if (null > 2)
		(void)close(null);
	if (log > 2)
		(void)close(log);
}

/* Keep only what the server needs: the daemon may have leaked anything to us. */
static void close_others(int *listen_fd, int *ready_fd, int *console)
{
	int ready = fcntl(*ready_fd, F_DUPFD_CLOEXEC, 100);
	int listening = fcntl(*listen_fd, F_DUPFD_CLOEXEC, 100);
	int master = *console < 0 ? -1 : fcntl(*console, F_DUPFD_CLOEXEC, 100);

	if (ready < 0 || listening < 0)
		_exit(1);
	*listen_fd = dup3(listening, 3, O_CLOEXEC);
	*ready_fd = dup3(ready, 4, O_CLOEXEC);
	*console = master < 0 ? -1 : dup3(master, 5, O_CLOEXEC);
	(void)close_range(*console < 0 ? 5 : 6, ~0u, 0);
}

static void become_server(const struct start *start, int listen_fd, int ready_fd, int oom_score)
{
	const char *cgroup = start->bootstrap.options.shim_cgroup;
	struct flags flags = *start->flags;
	struct cleat_error err = { 0 };
	int console = start->console;

	(void)setsid();
	redirect();
	close_others(&listen_fd, &ready_fd, &console);
	(void)process_oom_adjust(oom_score);
	if (cgroup && shim_cgroup_enter(cgroup, &err) < 0) {
		(void)!write(ready_fd, &err, sizeof(err));
		_exit(1);
	}
	flags.debug |= start->bootstrap.debug;
	_exit(serve(&flags, listen_fd, ready_fd, console, start->path));
}

/* The kernel should take a container before its shim, and a shim before the daemon. */
static int oom_score(void)
{
	int score = process_oom_adjustment(getppid()) + 1;

	return score > 1000 ? 1000 : score;
}

static int start_server(struct start *start, int listen_fd, struct cleat_error *err)
{
	struct cleat_error result = { .errnum = EIO, .text = "the shim ended while it started" };
	int ready[2];
	int score = oom_score();

	if (pipe2(ready, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot start a shim: %m");
	pid_t pid = fork();

	if (pid == 0)
		become_server(start, listen_fd, ready[1], score);
	int saved = errno;

	(void)close(ready[1]);
	if (pid > 0 && read(ready[0], &result, sizeof(result)) < 0)
		(void)cleat_fail(&result, errno, "cannot hear of the shim: %m");
	(void)close(ready[0]);
	if (pid < 0)
		return cleat_fail(err, saved, "cannot start a shim: %m");
	start->server = pid;
	*err = result;
	return -result.errnum;
}

/* ---- what the daemon is told ------------------------------------------------------------------- */

static int tell_address(const struct start *start, struct cleat_error *err)
{
	_cleanup_free_ char *address = text_format("unix://%s", start->path);
	_cleanup_close_ int bundle = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (!address)
		return cleat_fail(err, ENOMEM, "cannot start a shim: out of memory");
	if (bundle < 0)
		return cleat_fail(err, errno, "cannot open the bundle: %m");
	int r = file_replace(bundle, "address", address, strlen(address), 0600, false, err);

	return r < 0 ? r
		     : bootstrap_answer(&start->bootstrap, start->engine, STDOUT_FILENO, address,
					err);
}

/* What the daemon said for this start: on standard input, and in the bundle. */
static int prepare(struct start *start, struct cleat_error *err)
{
	const struct bootstrap *said = &start->bootstrap;
	_cleanup_free_ char *group = NULL;
	int r = bootstrap_read(start->flags, &start->bootstrap, err);

	if (r < 0)
		return r;
	if (said->ttrpc_address && setenv("TTRPC_ADDRESS", said->ttrpc_address, false) < 0)
		return cleat_fail(err, errno, "cannot start a shim: %m");
	/* cleatd has a shim for each container: it restarts and adopts them one by one */
	start->engine = access("cleat.json", F_OK) == 0;
	if (!start->engine && strcmp(start->flags->action, "adopt") == 0)
		return cleat_fail(err, EINVAL, "cannot adopt '%s': its bundle has no cleat.json",
				  start->flags->id);
	r = start->engine ? 0 : group_of_bundle(&group, err);
	if (r < 0)
		return r;
	start->path = socket_path(start->flags, start->engine, said->socket_dir, group);
	return start->path ? 0 : cleat_fail(err, ENOMEM, "cannot start a shim: out of memory");
}

static int run(struct start *start, struct cleat_error *err)
{
	_cleanup_close_ int fd = -1;
	int r = prepare(start, err);

	if (r == 0)
		r = listen_on(start->path, &fd, err);
	if (r == 0) {
		r = start_server(start, fd, err);
		if (r < 0)
			(void)unlink(start->path);
	}
	if (r < 0)
		return r;
	(void)signal(SIGPIPE, SIG_IGN);
	r = tell_address(start, err);
	if (r < 0 && start->server > 0) /* whom nobody knows of */
		(void)kill(start->server, SIGTERM);
	return r;
}

/* Without it a terminal's container may still end as it likes, only that nobody hears it. */
static int take_console(const char *number)
{
	_cleanup_close_ int daemon = (int)syscall(SYS_pidfd_open, getppid(), 0);
	uint32_t fd = 0;

	if (daemon < 0 || text_to_u32(number, &fd) < 0)
		return -1;
	return (int)syscall(SYS_pidfd_getfd, daemon, fd, 0); /* O_CLOEXEC */
}

static int start(const struct flags *flags, char **argv, struct cleat_error *err)
{
	struct start start = { .flags = flags, .console = -1 };
	/* First: what runs from here on is what a container can see. */
	int r = seal_program(argv, err);

	if (r == 0)
		r = program_choose(argv, err);
	if (r < 0)
		return r;
	if (!text_is_name(flags->id))
		return cleat_fail(err, EINVAL, "cannot start a shim for '%s': not a valid id",
				  flags->id);
	if (flags->console)
		start.console = take_console(flags->console);
	r = run(&start, err);
	cleat_closep(&start.console);
	bootstrap_fini(&start.bootstrap);
	free(start.path);
	return r;
}

int action_start(const struct flags *flags, char **argv)
{
	struct cleat_error err = { 0 };

	if (start(flags, argv, &err) == 0)
		return 0;
	(void)fprintf(stderr, "%s\n", err.text);
	return 1;
}
