/* SPDX-License-Identifier: Apache-2.0 */
/* subject.h - the plugin that is judged, and what the judges share. */
#ifndef CONFORMANCE_SUBJECT_H
#define CONFORMANCE_SUBJECT_H

#include <stdbool.h>

#include <cleat/plugin.h>

#include "witness.h"

struct loop;

/** One plugin, loaded and found sound by the loader's own rules. */
struct subject {
	const char *file;
	struct cleat_plugin desc;
	void *ops; /* what desc.ops is: the table in our size */
	void *settings;
	struct loop *loop;
};

/** What a judge works on: an instance of its own in a process of its own. */
struct trial {
	const struct subject *subject;
	struct witness *witness;
	void *self;
	int dir;       /* an empty directory, removed afterwards */
	char path[64]; /* its path */
};

/** Record one observation; @what says what a right plugin does. Returns @held. */
bool expect(bool held, const char *what, ...) __attribute__((format(printf, 2, 3)));
/** Is @result a failure as the rules want one: a negative errno that @err repeats, with a sentence? */
bool expect_failure(int result, const struct cleat_error *err, const char *what);
/** @result must be 0; the sentence is shown when it is not. */
bool expect_success(int result, const struct cleat_error *err, const char *what);
/** Say why something is not judged. */
void skip(const char *what, const char *why);

/** How many entries the trial's directory has. */
int trial_entries(const struct trial *trial);
/** How many descriptors this process has open. */
int count_descriptors(void);

/* One judge for each type. */
void judge_restart(struct trial *trial);
void judge_snapshotter(struct trial *trial);
void judge_io(struct trial *trial);
void judge_runtime(struct trial *trial);
/** Init and fini, twice at once, and with memory running out. */
void judge_instances(struct trial *trial);
/** Symbols of the file: what it exports, what it wants. */
void judge_symbols(const char *file);

#endif
