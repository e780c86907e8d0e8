/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.c - start cleat-layer, hear what it says, know when it has ended.
 *
 * The child gets three descriptors and dies with us. What it says is believed only when it also ended
 * well; what it left behind when it did not, blobs' temporary files that bear its pid, is removed here.
 */
#include "image/image.h"

#include "base/dir.h"
#include "base/install.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/process.h"
#include "base/text.h"
#include "image/content.h"
#include "image/digest.h"

#include <cleat/cleanup.h>
#include <cleat/json.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 1 << 20, TARGET = 3 };

struct image_job {
	struct loop *loop;
	struct image_callbacks callbacks;
	pid_t pid;
	int pidfd, pipe, content_fd; /* content_fd: -1 when it does not write there */
	struct cleat_watch *pipe_watch, *end_watch;
	struct text line;
	bool cancelled, finished;
	struct cleat_error why;
	struct image_result *images;
	size_t nimages;
};

static void job_free(struct image_job *job)
{
	loop_unwatch(job->pipe_watch);
	loop_unwatch(job->end_watch);
	cleat_closep(&job->pidfd);
	cleat_closep(&job->pipe);
	cleat_closep(&job->content_fd);
	for (size_t i = 0; i < job->nimages; i++) {
		free(job->images[i].name);
		free(job->images[i].digest);
	}
	free(job->images);
	text_fini(&job->line);
	free(job);
}

static void job_freep(struct image_job **job)
{
	if (*job)
		job_free(*job);
}

/* ---- what it says ------------------------------------------------------------------------------ */

static void take_images(struct image_job *job, const struct json *list)
{
	size_t n = json_len(list);

	job->images = calloc(n + 1, sizeof(*job->images));
	for (size_t i = 0; job->images && i < n; i++) {
		const char *name = json_text(json_get(json_at(list, i), "name"));
		const char *digest = json_text(json_get(json_at(list, i), "digest"));
		struct image_result *image = &job->images[job->nimages];

		if (!name || !digest || !digest_is_valid(digest))
			continue;
		image->name = strdup(name);
		image->digest = strdup(digest);
		job->nimages++;
	}
	job->finished = job->images && job->nimages == n;
}

static void take_progress(struct image_job *job, const struct json *root)
{
	const char *step = json_text(json_get(root, "step"));
	const char *what = json_text(json_get(root, "what"));
	uint64_t bytes = 0, total = 0;

	if (!step || !what || !job->callbacks.progress || job->cancelled)
		return;
	(void)json_to_u64(json_get(root, "bytes"), &bytes); /* stays 0 */
	(void)json_to_u64(json_get(root, "total"), &total);
	job->callbacks.progress(job->callbacks.arg, step, what, bytes, total);
}

static void take_line(struct image_job *job, const char *line, size_t len)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	int64_t errnum = 0;

	if (json_parse(line, len, &doc, &err) < 0) {
		log_line(CLEAT_WARN, "cleat-layer %d said something that is not JSON: %s",
			 (int)job->pid, err.text);
		return;
	}
	const struct json *root = json_root(doc);
	const char *error = json_text(json_get(root, "error"));

	(void)json_to_i64(json_get(root, "errnum"), &errnum);
	if (error)
		(void)cleat_fail(&job->why, errnum > 0 && errnum < 4096 ? (int)errnum : EIO, "%s",
				 error);
	else if (json_is_true(json_get(root, "done")))
		take_images(job, json_get(root, "images"));
	else
		take_progress(job, root);
}

static void take_lines(struct image_job *job)
{
	size_t done = 0;

	for (char *end = NULL; job->line.bytes && (end = memchr(job->line.bytes + done, '\n',
								job->line.len - done));) {
		size_t len = (size_t)(end - (job->line.bytes + done));

		take_line(job, job->line.bytes + done, len);
		done += len + 1;
	}
	if (done > 0 && job->line.bytes) {
		memmove(job->line.bytes, job->line.bytes + done, job->line.len - done);
		job->line.len -= done;
	}
}

/** false: it has closed its end, or talks nonsense. */
static bool read_pipe(struct image_job *job)
{
	char block[4096];
	ssize_t n = 0;

	while ((n = read(job->pipe, block, sizeof(block))) > 0) {
		text_add_bytes(&job->line, block, (size_t)n);
		take_lines(job);
		if (job->line.failed || job->line.len > LINE_MAX_BYTES)
			return false;
	}
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

static void pipe_ready(void *arg, uint32_t events)
{
	struct image_job *job = arg;

	(void)events;
	if (!read_pipe(job)) {
		loop_unwatch(job->pipe_watch);
		job->pipe_watch = NULL;
	}
}

/* ---- its end ----------------------------------------------------------------------------------- */

static void sweep(const struct image_job *job)
{
	char prefix[32];
	struct cleat_error err = { 0 };

	(void)snprintf(prefix, sizeof(prefix), "%d-", (int)job->pid);
	if (job->content_fd >= 0 && content_sweep(job->content_fd, prefix, &err) < 0)
		log_line(CLEAT_WARN, "%s, going on", err.text);
}

static void judge(struct image_job *job, const siginfo_t *info)
{
	bool ok = info->si_code == CLD_EXITED && info->si_status == 0;

	if (ok && job->finished) {
		job->why = (struct cleat_error){ 0 };
		return;
	}
	if (job->why.errnum)
		return;
	if (info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED)
		(void)cleat_fail(&job->why, EIO, "cleat-layer was killed by signal %d",
				 info->si_status);
	else
		(void)cleat_fail(&job->why, EIO, "cleat-layer ended with %d and without an answer",
				 info->si_status);
}

static void ended(void *arg, uint32_t events)
{
	struct image_job *job = arg;
	siginfo_t info = { 0 };

	(void)events;
	if (waitid(P_PIDFD, (id_t)job->pidfd, &info, WEXITED | WNOHANG) == 0 && info.si_pid == 0)
		return;
	(void)read_pipe(job); /* its last words */
	judge(job, &info);
	sweep(job);
	if (!job->cancelled)
		job->callbacks.done(job->callbacks.arg, &job->why, job->images,
				    job->why.errnum ? 0 : job->nimages);
	job_free(job);
}

void image_job_cancel(struct image_job *job)
{
	if (!job)
		return;
	job->cancelled = true; /* `ended` collects the child and frees the job */
	(void)process_signal(job->pidfd, SIGKILL);
}

/* ---- its start --------------------------------------------------------------------------------- */

/* Between fork and exec: only what is safe there. Descriptors above 3 are all O_CLOEXEC. */
static _Noreturn void become(const char *program, char *const *argv, const int fds[4], pid_t parent)
{
	int safe[4];
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127); /* it died before we asked */
	for (int i = 0; i < 4; i++) {
		safe[i] = i == STDERR_FILENO ? STDERR_FILENO : fcntl(fds[i], F_DUPFD, 10);
		if (safe[i] < 0)
			_exit(127);
	}
	for (int i = 0; i < 4; i++)
		if (i != STDERR_FILENO && dup2(safe[i], i) < 0)
			_exit(127);
	(void)execv(program, argv);
	_exit(127);
}

static int watch(struct image_job *job, struct cleat_error *err)
{
	if (loop_watch_fd(job->loop, job->pipe, EPOLLIN, pipe_ready, job, &job->pipe_watch, err) <
	    0)
		return -err->errnum;
	return loop_watch_fd(job->loop, job->pidfd, EPOLLIN, ended, job, &job->end_watch, err);
}

static void kill_and_reap(struct image_job *job)
{
	siginfo_t info;

	(void)kill(job->pid, SIGKILL); /* ours and not yet waited for: the pid is its */
	(void)waitid(P_PID, (id_t)job->pid, &info, WEXITED);
}

/** Run cleat-layer with @argv, reading @input, writing to @target. */
static int start(struct loop *loop, char **argv, int input, int target, int content_fd,
		 const struct image_callbacks *callbacks, struct image_job **out,
		 struct cleat_error *err)
{
	_cleanup_(job_freep) struct image_job *job = calloc(1, sizeof(*job));
	_cleanup_close_ int theirs = -1;
	char program[PATH_MAX];
	int ends[2];
	pid_t self = getpid();

	if (!job)
		return cleat_fail(err, ENOMEM, "cannot start cleat-layer: out of memory");
	*job = (struct image_job){ .loop = loop, .callbacks = *callbacks };
	job->pidfd = job->pipe = job->content_fd = -1;
	if (install_program("cleat-layer", program, sizeof(program), err) < 0)
		return -err->errnum;
	if (content_fd >= 0 && (job->content_fd = fcntl(content_fd, F_DUPFD_CLOEXEC, 3)) < 0)
		return cleat_fail(err, errno, "cannot start cleat-layer: %m");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return cleat_fail(err, errno, "cannot make a pipe: %m");
	job->pipe = ends[0];
	theirs = ends[1];
	if (fcntl(job->pipe, F_SETFL, O_NONBLOCK) < 0)
		return cleat_fail(err, errno, "cannot make a pipe: %m");
	argv[0] = program;
	job->pid = fork();
	if (job->pid < 0)
		return cleat_fail(err, errno, "cannot start cleat-layer: %m");
	if (job->pid == 0)
		become(program, argv, (const int[]){ input, theirs, 2, target }, self);
	job->pidfd = pidfd_open(job->pid, 0);
	if (job->pidfd < 0 || watch(job, err) < 0) {
		if (!err->errnum)
			(void)cleat_fail(err, errno, "cannot watch cleat-layer: %m");
		kill_and_reap(job);
		return -err->errnum;
	}
	*out = take_ptr(job);
	return 0;
}

/* ---- import and unpack ------------------------------------------------------------------------- */

/** A name for what has none, from its file's: "Debian-12.tar.xz" gives "debian-12"; NULL: none. */
static char *fallback_name(const char *path)
{
	static const char *const endings[] = { ".gz",  ".xz",  ".zst", ".bz2", ".tgz",
					       ".txz", ".tar", ".oci", NULL };
	const char *slash = strrchr(path, '/');
	char *name = strdup(slash ? slash + 1 : path);
	size_t len = name ? strlen(name) : 0;

	for (size_t i = 0; endings[i]; i++) {
		size_t n = strlen(endings[i]);

		if (len > n && text_eq(name + len - n, endings[i]))
			name[len -= n] = '\0';
	}
	for (size_t i = 0; i < len; i++) {
		if (name[i] >= 'A' && name[i] <= 'Z')
			name[i] = (char)(name[i] - 'A' + 'a');
		else if (!strchr("abcdefghijklmnopqrstuvwxyz0123456789._-", name[i]))
			name[i] = '-';
	}
	return name;
}

static bool is_usable(const char *name)
{
	_cleanup_free_ char *normalised = NULL;
	struct cleat_error ignored = { 0 };

	return name && image_name_normalise(name, &normalised, &ignored) == 0;
}

static int open_input(const char *path, mode_t *out_type, struct cleat_error *err)
{
	/* O_NONBLOCK: a fifo without a writer must not stop the daemon; cleat-layer waits for it. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot import '%s': %m", path);
	*out_type = st.st_mode & S_IFMT;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode) && !S_ISFIFO(st.st_mode))
		return cleat_fail(err, EINVAL,
				  "cannot import '%s': it is neither a file nor a "
				  "directory",
				  path);
	return take_fd(&fd);
}

static int open_store(const char *root, struct cleat_error *err)
{
	_cleanup_close_ int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot open '%s': %m", root);
	return content_open_store(fd, err);
}

int image_import(struct loop *loop, const char *root, const char *path, const char *name,
		 const struct image_callbacks *callbacks, struct image_job **out,
		 struct cleat_error *err)
{
	mode_t type = 0;
	_cleanup_close_ int input = open_input(path, &type, err);
	_cleanup_close_ int content = input < 0 ? -1 : open_store(root, err);
	_cleanup_free_ char *fallback = S_ISFIFO(type) ? NULL : fallback_name(path);
	_cleanup_strings_ struct strings argv = { 0 };
	int r = 0;

	if (content < 0)
		return -err->errnum;
	r = strings_add(&argv, "cleat-layer") | strings_add(&argv, "import") |
	    strings_addf(&argv, "--what=%s", S_ISFIFO(type) ? "standard input" : path);
	if (name && *name)
		r |= strings_addf(&argv, "--name=%s", name);
	if (is_usable(fallback))
		r |= strings_addf(&argv, "--fallback=%s", fallback);
	if (r != 0)
		return cleat_fail(err, ENOMEM, "cannot import '%s': out of memory", path);
	char *first = argv.item[0];

	r = start(loop, argv.item, input, content, content, callbacks, out, err);
	argv.item[0] = first;
	return r;
}

int image_unpack(struct loop *loop, const char *root, const char *digest, const char *diff_id,
		 const struct cleat_unpack *target, const struct image_callbacks *callbacks,
		 struct image_job **out, struct cleat_error *err)
{
	bool overlay = target->whiteout == CLEAT_WHITEOUT_OVERLAY;
	_cleanup_close_ int content = open_store(root, err);
	_cleanup_close_ int blob = content < 0 ? -1 : content_open(content, digest, err);
	_cleanup_strings_ struct strings argv = { 0 };

	if (blob < 0)
		return -err->errnum;
	if (strings_add(&argv, "cleat-layer") < 0 || strings_add(&argv, "unpack") < 0 ||
	    strings_addf(&argv, "--layer=%s", digest) < 0 ||
	    strings_addf(&argv, "--diff-id=%s", diff_id) < 0 ||
	    strings_addf(&argv, "--whiteout=%s", overlay ? "overlay" : "remove") < 0)
		return cleat_fail(err, ENOMEM, "cannot unpack layer %s: out of memory", digest);
	char *first = argv.item[0];
	int r = start(loop, argv.item, blob, target->dir_fd, -1, callbacks, out, err);

	argv.item[0] = first;
	return r;
}
