/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_follow.c - cleat logs -f: the files say what is new (inotify), the daemon when it is over.
 *
 * The shim writes as often as the program says something. One who looks each time takes away from the
 * program what he uses of the machine; so what comes within a moment of the last look is looked at together.
 */
#include "cli/log_show.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "cli/log_end.h"

#define MOMENT_NS (10 * NS_PER_MS)

struct follow {
	struct cli *cli;
	struct log_show *show;
	struct log_files *files;
	struct cleat_watch *watching, *moment;
	int notify;
	int result;
};

static int listen(struct follow *follow);

static void look(struct follow *follow)
{
	char waste[4096];

	while (follow->notify >= 0 && read(follow->notify, waste, sizeof(waste)) > 0)
		;
	if (follow->result == 0)
		follow->result = log_show_all(follow->show, follow->files, &follow->cli->err);
}

static void moment_is_over(void *arg)
{
	struct follow *follow = arg;

	loop_unwatchp(&follow->moment);
	if (follow->result == 0)
		follow->result = listen(follow);
}

static void changed(void *arg, uint32_t events)
{
	struct follow *follow = arg;

	(void)events;
	look(follow);
	loop_unwatchp(&follow->watching);
	if (follow->result == 0)
		follow->result = loop_watch_timer(follow->cli->loop, MOMENT_NS, moment_is_over,
						  follow, &follow->moment, &follow->cli->err);
}

static int listen(struct follow *follow)
{
	return loop_watch_fd(follow->cli->loop, follow->notify, EPOLLIN, changed, follow,
			     &follow->watching, &follow->cli->err);
}

static int watch(struct follow *follow)
{
	struct cli *cli = follow->cli;
	_cleanup_free_ char *dir = text_format("/proc/self/fd/%d", follow->files->names.dir);

	follow->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (follow->notify < 0 || !dir ||
	    inotify_add_watch(follow->notify, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return cleat_fail(&cli->err, errno, "cannot watch the log: %m");
	return listen(follow);
}

uint64_t log_follow_patience(const struct log_show *show)
{
	uint64_t until = show->until;
	uint64_t now = clock_now(CLOCK_REALTIME);

	if (!until || until > now + 3600 * NS_PER_S)
		return 3600 * NS_PER_S;
	return until > now ? until - now : 0;
}

static int stay(struct follow *follow, struct log_end *end)
{
	while (follow->result == 0 && !end->ended && !follow->show->over) {
		uint64_t patience = log_follow_patience(follow->show);

		if (patience == 0)
			break;
		int r = log_end_step(end, patience);

		if (r < 0)
			return r;
	}
	look(follow); /* what came last */
	return follow->result;
}

int log_follow(struct cli *cli, const char *id, struct log_show *show, struct log_files *files)
{
	struct follow follow = { .cli = cli, .show = show, .files = files, .notify = -1 };
	struct log_end *end = NULL;
	int r = files->names.dir >= 0 ? watch(&follow) : 0;

	if (r == 0) {
		end = log_end_new(cli, id);
		r = end ? 0 : -cli->err.errnum;
	}
	if (r == 0) {
		look(&follow);
		r = stay(&follow, end);
	}
	if (end)
		log_end_leave(end);
	loop_unwatchp(&follow.watching);
	loop_unwatchp(&follow.moment);
	cleat_closep(&follow.notify);
	return r;
}
