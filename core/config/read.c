/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.c - one file through inih.
 *
 * inih as Debian builds it tells its handler no line numbers, cuts lines longer than 197 bytes in
 * two, and takes an indented line for more of the value before it. So we hand it the lines
 * ourselves: we count them, refuse what is too long, and know which one was indented.
 */
#include "read.h"

#include "pool.h"

#include <cleat/cleanup.h>

#include <ctype.h>
#include <fcntl.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

struct reader {
	FILE *stream;
	const char *file;
	struct pool *pool;
	struct entries *out, *headings;
	size_t first; /* index of this file's first entry */
	int line;
	bool indented; /* the line begins with a blank */
	int result;    /* of the first failure */
	struct cleat_error *err;
};

int entries_add(struct entries *list, const struct config_entry *entry)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 16;
		struct config_entry *item = realloc(list->item, room * sizeof(*item));

		if (!item)
			return -ENOMEM;
		list->item = item;
		list->room = room;
	}
	list->item[list->n++] = *entry;
	return 0;
}

struct config_entry *entries_find(const struct entries *list, const char *section, const char *key)
{
	for (size_t i = 0; i < list->n; i++)
		if (text_eq(list->item[i].section, section) && text_eq(list->item[i].key, key))
			return &list->item[i];
	return NULL;
}

/* Remember the first failure; what inih says afterwards is noise. */
static int fail(struct reader *reader, const char *what)
{
	if (reader->result == 0)
		reader->result = cleat_fail(reader->err, EINVAL, "%s:%d: %s", reader->file,
					    reader->line, what);
	return 0;
}

static int fail_memory(struct reader *reader)
{
	if (reader->result == 0)
		reader->result =
			cleat_fail(reader->err, ENOMEM, "cannot read '%s': %m", reader->file);
	return 0;
}

/* inih tells of a section only with its first key; a misspelt empty one is an error as well. */
static void note_heading(struct reader *reader, const char *line)
{
	size_t len = line[0] == '[' ? strcspn(line + 1, "]\n") : 0;
	char name[64];

	if (len == 0 || len >= sizeof(name) || line[1 + len] != ']')
		return; /* none, or one that inih complains about */
	memcpy(name, line + 1, len);
	name[len] = '\0';
	struct config_entry entry = { .section = pool_text(reader->pool, name),
				      .key = "",
				      .value = "",
				      .file = reader->file,
				      .line = reader->line };

	if (!entry.section || entries_add(reader->headings, &entry) < 0)
		(void)fail_memory(reader);
}

/* inih's fgets: @room is fixed in the library. */
static char *next_line(char *line, int room, void *arg)
{
	struct reader *reader = arg;

	if (reader->result < 0 || !fgets(line, room, reader->stream))
		return NULL;
	size_t len = strlen(line);

	reader->line++;
	reader->indented = isspace((unsigned char)line[0]);
	if (len > 0 && line[len - 1] != '\n' && !feof(reader->stream)) {
		char text[128];

		/* a NUL byte ends strlen early: the rest of the line would vanish in silence */
		(void)snprintf(text, sizeof(text),
			       len + 1 < (size_t)room
				       ? "the line holds a NUL byte"
				       : "the line is longer than %d bytes; go on with the value "
					 "on a second, indented line",
			       room - 2);
		(void)fail(reader, text);
		return NULL;
	}
	note_heading(reader, line);
	return reader->result < 0 ? NULL : line;
}

static int extend(struct reader *reader, struct config_entry *entry, const char *value)
{
	entry->value =
		pool_format(reader->pool, "%s%s%s", entry->value, *entry->value ? " " : "", value);
	return entry->value ? 1 : fail_memory(reader);
}

static int handle(void *arg, const char *section, const char *key, const char *value)
{
	struct reader *reader = arg;
	size_t n = reader->out->n - reader->first;
	struct entries mine = { .item = n ? reader->out->item + reader->first : NULL, .n = n };
	struct config_entry *known = entries_find(&mine, section, key);
	struct config_entry entry = { .file = reader->file, .line = reader->line };

	if (reader->result < 0)
		return 0;
	if (known && reader->indented && known == &mine.item[mine.n - 1])
		return extend(reader, known, value);
	if (known) {
		char text[200];

		(void)snprintf(text, sizeof(text), "key '%s' in [%s] is already set in line %d",
			       key, section, known->line);
		return fail(reader, text);
	}
	if (section[0] == '\0')
		return fail(reader, "a key before the first [section]");
	entry.section = pool_text(reader->pool, section);
	entry.key = pool_text(reader->pool, key);
	entry.value = pool_text(reader->pool, value);
	if (!entry.section || !entry.key || !entry.value || entries_add(reader->out, &entry) < 0)
		return fail_memory(reader);
	return 1;
}

/* Whoever may write the file may have any program run as its reader. */
static int check_file(int fd, const char *path, struct cleat_error *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return cleat_fail(err, errno, "cannot read '%s': %m", path);
	if (S_ISDIR(st.st_mode))
		return cleat_fail(err, EISDIR, "cannot read '%s': %m", path);
	if (S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH))
		return cleat_fail(
			err, EPERM,
			"cannot trust '%s': everybody may write it (mode %04o); chmod o-w", path,
			(unsigned)st.st_mode & 07777u);
	return 0;
}

static void close_stream(FILE **stream)
{
	if (*stream)
		(void)fclose(*stream);
}

int read_file(const char *path, struct pool *pool, struct entries *out, struct entries *headings,
	      struct cleat_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return cleat_fail(err, errno, "cannot read '%s': %m%s", path,
				  errno == EACCES && geteuid() != 0 ? "; you are not root" : "");
	int r = check_file(fd, path, err);

	if (r < 0)
		return r;
	_cleanup_(close_stream) FILE *stream = fdopen(fd, "re");

	if (!stream)
		return cleat_fail(err, errno, "cannot read '%s': %m", path);
	(void)take_fd(&fd);
	struct reader reader = { .stream = stream,
				 .file = pool_text(pool, path),
				 .pool = pool,
				 .out = out,
				 .headings = headings,
				 .first = out->n,
				 .err = err };

	if (!reader.file)
		return cleat_fail(err, ENOMEM, "cannot read '%s': %m", path);
	int bad_line = ini_parse_stream(next_line, &reader, handle, &reader);

	if (reader.result < 0)
		return reader.result;
	if (ferror(stream))
		return cleat_fail(err, EIO, "cannot read '%s': %m", path);
	if (bad_line > 0)
		return cleat_fail(err, EINVAL, "%s:%d: neither '[section]' nor 'key = value'", path,
				  bad_line);
	return 0;
}
