/* SPDX-License-Identifier: Apache-2.0 */
/* sink.c - where lines go: into files, into the journal, or nowhere. */
#include "log.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <cleat/cleanup.h>

static int open_file(struct stream *stream, const struct settings *how,
		     const struct cleat_io_request *req, struct cleat_error *err)
{
	struct file *file = calloc(1, sizeof(*file));

	if (!file)
		return cleat_fail(err, ENOMEM, "cannot open the log of '%s': out of memory",
				  req->id);
	int r = file_open(file, stream->io->host, how, req->log_dir, &stream->spool, err);

	if (r == 0)
		stream->sink.file = file;
	else
		free(file);
	return r;
}

int sink_open(struct stream *stream, const struct cleat_io_request *req, struct cleat_error *err)
{
	struct settings how = *stream->io->settings;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < req->noptions; i++)
		r = options_set(&how, req->options[i].name, req->options[i].value, err);
	/* An exec's output belongs to who asked for it. */
	if (r < 0 || how.format == FORMAT_NONE || !req->log_dir || *req->exec_id)
		return r;
	return how.format == FORMAT_JOURNAL ? journal_open(stream, &how, req, err)
					    : open_file(stream, &how, req, err);
}

bool sink_is_kept(const struct sink *sink)
{
	return sink->file || sink->journal;
}

bool sink_add(struct sink *sink, const struct piece *piece)
{
	if (sink->journal && !journal_add(sink->journal, piece))
		return false;
	if (sink->file)
		file_add(sink->file, piece);
	sink->given++;
	return true;
}

void sink_flush(struct sink *sink)
{
	if (sink->file)
		file_flush(sink->file);
}

bool sink_holds(const struct sink *sink)
{
	return sink->journal && journal_holds(sink->journal);
}

bool sink_has_held(const struct sink *sink)
{
	return sink->journal && journal_has_held(sink->journal);
}

void sink_stamp(struct sink *sink, uint64_t ns)
{
	if (sink->journal)
		journal_stamp(sink->journal, ns);
	else
		format_stamp(&sink->file->stamp, ns);
}

void sink_shrink(struct sink *sink)
{
	if (sink->file)
		file_shrink(sink->file);
}

void sink_close(struct sink *sink)
{
	if (sink->file)
		file_close(sink->file);
	if (sink->journal)
		journal_close(sink->journal);
	*sink = (struct sink){ 0 };
}

int sink_reopen(struct sink *sink, struct cleat_error *err)
{
	struct file *file = sink->file;

	if (!file)
		return 0;
	file_flush(file);
	cleat_closep(&file->fd);
	file->fd = -1;
	int r = rotate_open(file);

	errno = -r;
	return r < 0 ? cleat_fail(err, -r, "cannot open the container's log again: %m") : 0;
}

uint64_t sink_dropped(struct sink *sink)
{
	if (sink->journal)
		return journal_count(sink->journal)->ever;
	return sink->file ? sink->file->count.ever : 0;
}
