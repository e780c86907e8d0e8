/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_journal.c - read the journal by journalctl, which knows where its files are and how to read them.
 *
 * The journal is written a moment after a container has spoken, so it is asked to finish first (--sync).
 * The last lines are read backwards. One who follows gets them from `journalctl -f`; when the container
 * has ended another one, who begins behind the last entry, brings what is left.
 */
#include "cli/log_journal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "cli/log_end.h"
#include "cli/log_export.h"

enum { ROUND = 256 << 10, LONGEST = 64 << 20 };

/* The last lines, the latest first. */
struct tail {
	uint64_t wanted, lines;
	bool last; /* no entry has been seen yet: an unfinished line counts as one */
	bool enough;
	struct kept {
		struct kept *before;
		char *bytes;
		size_t len;
	} * newest;
};

struct journal {
	struct cli *cli;
	struct log_show *show;
	const char *id;
	char *namespace_; /* an option of journalctl's, or NULL */
	struct tail *tail;
	char *cursor; /* of the last entry that was printed */
	char epoch[64];
	uint64_t ordinal; /* of that one */
	/* the journalctl that runs */
	pid_t pid;
	int fd;
	char *bytes; /* bytes[start..end) are no whole entry yet */
	size_t start, end, room;
	struct cleat_watch *watch;
	bool is_over;
	int result;
};

/* ---- entries ---------------------------------------------------------------------------------------- */

/* A shim that took over from one that was killed may have sent the last one again. */
static bool is_again(struct journal *journal, const struct log_entry *entry)
{
	size_t n = entry->epoch_len < sizeof(journal->epoch) ? entry->epoch_len : 0;
	bool is_same = n && entry->ordinal && strlen(journal->epoch) == n &&
		       memcmp(journal->epoch, entry->epoch, n) == 0;

	if (is_same && entry->ordinal <= journal->ordinal)
		return true;
	if (n)
		memcpy(journal->epoch, entry->epoch, n);
	journal->epoch[n] = '\0';
	journal->ordinal = entry->ordinal;
	return false;
}

static int print(struct journal *journal, const struct log_entry *entry)
{
	free(journal->cursor);
	journal->cursor = entry->cursor ? strndup(entry->cursor, entry->cursor_len) : NULL;
	if (entry->cursor && !journal->cursor)
		return cleat_fail(&journal->cli->err, ENOMEM,
				  "cannot read the journal: out of memory");
	if (!is_again(journal, entry))
		log_show_record(journal->show, &entry->record);
	return 0;
}

/* Is it one that comes before the last lines? Else it is kept. */
static int keep(struct journal *journal, const struct log_entry *entry, const char *bytes,
		size_t len)
{
	struct tail *tail = journal->tail;
	bool counts = log_show_wants(journal->show, &entry->record);

	if (counts && (entry->record.full || tail->last)) {
		tail->last = false;
		tail->enough = ++tail->lines > tail->wanted;
	}
	if (tail->enough)
		return 0;
	struct kept *kept = malloc(sizeof(*kept));
	char *copy = malloc(len);

	if (!kept || !copy) {
		free(kept);
		free(copy);
		return cleat_fail(&journal->cli->err, ENOMEM,
				  "cannot read the journal: out of memory");
	}
	memcpy(copy, bytes, len);
	*kept = (struct kept){ .before = tail->newest, .bytes = copy, .len = len };
	tail->newest = kept;
	return 0;
}

static int take_entries(struct journal *journal)
{
	struct log_entry entry;
	ptrdiff_t n = 0;
	int r = 0;

	while (r == 0 && !journal->show->over && !(journal->tail && journal->tail->enough)) {
		const char *bytes = journal->bytes + journal->start;

		n = log_export_next(bytes, journal->end - journal->start, &entry);
		if (n <= 0)
			break;
		r = journal->tail ? keep(journal, &entry, bytes, (size_t)n)
				  : print(journal, &entry);
		journal->start += (size_t)n;
	}
	if (r == 0 && n < 0)
		r = cleat_fail(&journal->cli->err, EBADMSG,
			       "cannot read the journal: journalctl says something else");
	log_show_flush(journal->show);
	return r;
}

static int make_room(struct journal *journal)
{
	size_t waiting = journal->end - journal->start;

	if (waiting)
		memmove(journal->bytes, journal->bytes + journal->start, waiting);
	journal->start = 0;
	journal->end = waiting;
	if (journal->room >= waiting + ROUND)
		return 0;
	char *bytes =
		waiting > LONGEST ? NULL : realloc(journal->bytes, waiting + 2 * (size_t)ROUND);

	if (!bytes)
		return cleat_fail(&journal->cli->err, ENOMEM,
				  "cannot read the journal: out of memory");
	journal->bytes = bytes;
	journal->room = waiting + 2 * (size_t)ROUND;
	return 0;
}

/* 1: there was something, 0: nothing now, or the end (is_over). */
static int read_some(struct journal *journal)
{
	int r = make_room(journal);

	if (r < 0)
		return r;
	ssize_t n = read(journal->fd, journal->bytes + journal->end, journal->room - journal->end);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n < 0)
		return cleat_fail(&journal->cli->err, errno, "cannot read the journal: %m");
	journal->is_over = n == 0;
	journal->end += (size_t)n;
	r = take_entries(journal);
	return r < 0 ? r : n > 0;
}

/* ---- journalctl -------------------------------------------------------------------------------------- */

static void become(char *const *argv, int out)
{
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (out < 0)
		out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (dup2(out, STDOUT_FILENO) >= 0)
		(void)execvp(argv[0], argv);
	_exit(errno == ENOENT ? 127 : 126);
}

static pid_t run(char *const *argv, int out)
{
	(void)fflush(stdout);
	(void)fflush(stderr);
	pid_t pid = fork();

	if (pid == 0)
		become(argv, out);
	return pid;
}

static int status_of(pid_t pid)
{
	int status = 0;

	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* What the container has said shall be in the journal. Best effort: an old journald does not know it. */
static void synchronize(const struct journal *journal)
{
	char *argv[] = { (char *)"journalctl", (char *)"--quiet", (char *)"--sync",
			 journal->namespace_, NULL };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int keep_err = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);

	if (null >= 0)
		(void)dup2(null, STDERR_FILENO);
	(void)status_of(run(argv, null));
	if (keep_err >= 0)
		(void)dup2(keep_err, STDERR_FILENO);
	cleat_closep(&keep_err);
	cleat_closep(&null);
}

static int add_arguments(struct journal *journal, struct strings *argv, const char *how,
			 const char *how_more)
{
	_cleanup_free_ char *match = text_format("CONTAINER_ID_FULL=%s", journal->id);
	_cleanup_free_ char *after =
		journal->cursor ? text_format("--after-cursor=%s", journal->cursor) : NULL;
	/* an entry is received after it was sent */
	_cleanup_free_ char *since =
		journal->show->since && !journal->cursor
			? text_format("--since=@%llu",
				      (unsigned long long)(journal->show->since / NS_PER_S))
			: NULL;
	/* _UID=0: the journal takes entries of everybody, but it says of whom */
	const char *const words[] = {
		"journalctl", "--quiet", "--no-pager", "--output=export",  match, "_UID=0", how,
		how_more,     after,     since,        journal->namespace_
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i] && strings_add(argv, words[i]) < 0)
			return -ENOMEM;
	return match ? 0 : -ENOMEM;
}

static int begin(struct journal *journal, const char *how, const char *how_more)
{
	_cleanup_strings_ struct strings argv = { 0 };
	int pipes[2] = { -1, -1 };

	if (add_arguments(journal, &argv, how, how_more) < 0)
		return cleat_fail(&journal->cli->err, ENOMEM,
				  "cannot read the journal: out of memory");
	if (pipe2(pipes, O_CLOEXEC) < 0)
		return cleat_fail(&journal->cli->err, errno, "cannot run journalctl: %m");
	journal->start = journal->end = 0;
	journal->is_over = false;
	journal->pid = run(argv.item, pipes[1]);
	journal->fd = pipes[0];
	(void)close(pipes[1]);
	return journal->pid < 0 ? cleat_fail(&journal->cli->err, errno, "cannot run journalctl: %m")
				: 0;
}

/* It is over, or we have enough. */
static int finish(struct journal *journal)
{
	bool is_over = journal->is_over;
	int fd = take_fd(&journal->fd);

	loop_unwatchp(&journal->watch);
	cleat_closep(&fd);
	if (!is_over)
		(void)kill(journal->pid, SIGTERM);
	int status = status_of(journal->pid);

	journal->pid = -1;
	if (!is_over || status == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return cleat_fail(&journal->cli->err, ENOENT,
				  "cannot read the journal: there is no program journalctl here; "
				  "install systemd's");
	return cleat_fail(&journal->cli->err, EIO, "cannot read the journal: journalctl failed");
}

static int all_of_it(struct journal *journal, const char *how)
{
	int r = begin(journal, how, NULL);

	while (r >= 0 && !journal->is_over && !journal->show->over &&
	       !(journal->tail && journal->tail->enough))
		r = read_some(journal);
	if (journal->pid <= 0)
		return r;
	int ended = finish(journal);

	return r < 0 ? r : ended;
}

/* ---- the last lines ------------------------------------------------------------------------------------ */

static int show_kept(struct journal *journal, struct tail *tail)
{
	int r = 0;

	while (tail->newest) {
		struct kept *kept = tail->newest;
		struct log_entry entry;

		if (r == 0 && log_export_next(kept->bytes, kept->len, &entry) > 0)
			r = print(journal, &entry);
		tail->newest = kept->before;
		free(kept->bytes);
		free(kept);
	}
	log_show_flush(journal->show);
	return r;
}

static int last_lines(struct journal *journal, uint64_t n)
{
	struct tail tail = { .wanted = n, .last = true };

	journal->tail = &tail;
	int r = all_of_it(journal, "--reverse");

	journal->tail = NULL;
	if (r < 0)
		journal->show->over = true; /* nothing of it */
	int shown = show_kept(journal, &tail);

	return r < 0 ? r : shown;
}

/* ---- those to come --------------------------------------------------------------------------------------- */

static void changed(void *arg, uint32_t events)
{
	struct journal *journal = arg;

	(void)events;
	int r = read_some(journal);

	if (r < 0)
		journal->result = r;
	if (r < 0 || journal->is_over || journal->show->over)
		loop_unwatchp(&journal->watch);
}

static int stay(struct journal *journal, struct log_end *end)
{
	int r = 0;

	while (r == 0 && journal->result == 0 && !journal->is_over && !end->ended &&
	       !journal->show->over) {
		uint64_t patience = log_follow_patience(journal->show);

		if (patience == 0)
			break;
		r = log_end_step(end, patience);
	}
	return r < 0 ? r : journal->result;
}

static int follow(struct journal *journal, struct log_end *end)
{
	struct cli *cli = journal->cli;
	int r = begin(journal, "--follow", "--no-tail");

	if (r == 0 && fcntl(journal->fd, F_SETFL, O_NONBLOCK) < 0)
		r = cleat_fail(&cli->err, errno, "cannot read the journal: %m");
	if (r == 0)
		r = loop_watch_fd(cli->loop, journal->fd, EPOLLIN, changed, journal,
				  &journal->watch, &cli->err);
	if (r == 0)
		r = stay(journal, end);
	if (journal->pid <= 0)
		return r;
	int ended = finish(journal);

	r = r < 0 ? r : ended;
	if (r < 0 || journal->show->over)
		return r;
	synchronize(journal);
	return all_of_it(journal, NULL);
}

/* ---- both -------------------------------------------------------------------------------------------------- */

/* /run/systemd/journal.NAME/socket is that of a journal namespace. */
static char *namespace_of(const char *socket)
{
	static const char before[] = "/run/systemd/journal.";
	const char *name = text_starts(socket, before) ? socket + strlen(before) : NULL;
	const char *slash = name ? strchr(name, '/') : NULL;

	return slash ? text_format("--namespace=%.*s", (int)(slash - name), name) : NULL;
}

int log_journal(struct cli *cli, const char *id, const char *socket, struct log_show *show,
		uint64_t tail, bool follow_on)
{
	struct journal journal = { .cli = cli,
				   .show = show,
				   .id = id,
				   .namespace_ = namespace_of(socket),
				   .pid = -1,
				   .fd = -1 };
	struct log_end *end = follow_on ? log_end_new(cli, id) : NULL;
	int r = follow_on && !end ? -cli->err.errnum : 0;

	if (r == 0)
		synchronize(&journal);
	if (r == 0 && tail != UINT64_MAX)
		r = last_lines(&journal, tail);
	if (r == 0 && !follow_on && tail == UINT64_MAX)
		r = all_of_it(&journal, NULL);
	if (r == 0 && follow_on && !show->over)
		r = follow(&journal, end);
	if (end)
		log_end_leave(end);
	free(journal.namespace_);
	free(journal.cursor);
	free(journal.bytes);
	return r;
}
