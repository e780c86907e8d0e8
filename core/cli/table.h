/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - every command and flag of `cleat`, as data.
 *
 * The one table makes the parser, --help, the suggestions for mistyped words, bash completion and
 * cleat(1) (etc/man), so that none of them can forget a flag that another knows.
 */
#ifndef CORE_CLI_TABLE_H
#define CORE_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct cli;

/** What stands behind a flag or a positional argument: completion offers these words. */
enum complete {
	COMPLETE_NOTHING = 0,
	COMPLETE_FILES,
	COMPLETE_DIRECTORIES,
	COMPLETE_CONTAINERS,
	COMPLETE_IMAGES,
	COMPLETE_COMMANDS,
	COMPLETE_PLUGINS,
};

/** One flag. Without `argument` it is a switch (--rm, --rm=false). */
struct flag {
	const char *name; /* long, without dashes; NULL ends a set */
	char letter;      /* short form, or 0 */
	bool list;        /* may be given several times */
	bool hidden;      /* works, but help does not show it */
	enum complete complete;
	const char *argument; /* "BYTES" in help; NULL: a switch */
	const char *words;    /* "none host": the only values, or those worth completing */
	const char *help;
};

struct example {
	const char *line; /* as typed; NULL ends the list */
	const char *does;
};

/** One command. Sub-commands have a group: "image" "import". */
struct command {
	const char *group;      /* NULL for a plain command */
	const char *name;       /* NULL ends the table */
	const char *aliases;    /* further spellings, separated by '|': "images|image list" */
	const char *summary;    /* one line, no full stop */
	const char *arguments;  /* "IMAGE [COMMAND] [ARG...]" */
	int min_args, max_args; /* of positional arguments; max -1: no limit */
	bool own_args; /* flags end at the first positional: the rest is another program's */
	bool hidden;
	int engine_failure; /* exit code when the engine fails: 125 where the program's own is usual */
	enum complete complete;      /* positional arguments */
	const struct flag *flags[4]; /* sets, NULL-ended */
	const char *notes;           /* paragraphs for `--help`, or NULL */
	const struct example *examples;
	int (*run)(struct cli *cli); /* the exit code */
};

extern const struct command commands[];

/** A word before sub-commands. */
struct group {
	const char *name; /* NULL ends the list */
	const char *summary;
};
extern const struct group groups[];

/** Flags that every command understands, also before its name. */
extern const struct flag global_flags[];
/** Of run and create: what the container is. */
extern const struct flag container_flags[];

/** The flag called @name (@len bytes) in any set of @command or the global one; NULL. */
const struct flag *table_flag(const struct command *command, const char *name, size_t len);
/** The same by letter. */
const struct flag *table_letter(const struct command *command, char letter);
/**
 * The command that @words begin with; *out_used is how many of them name it (1 or 2). NULL when
 * there is none; then *out_group is the group when the first word names one.
 */
const struct command *table_find(char *const *words, int *out_used, const struct group **out_group);
/** "image import" in a buffer of the caller's. */
enum { COMMAND_NAME = 48 };
const char *table_name(const struct command *command, char out[COMMAND_NAME]);

#endif
