/* SPDX-License-Identifier: Apache-2.0 */
/* uri.h - the parts of "file:///a%20b?key=value". */
#ifndef IO_FIFO_URI_H
#define IO_FIFO_URI_H

#include <stddef.h>

/** The path, decoded, without the query; free it; NULL: out of memory. @uri has "://". */
char *uri_path(const char *uri);

/** Words of a command line: path, then key and value of each pair. */
struct uri_words {
	char **word; /* ended by NULL */
	size_t n;
};
/**
 * The path and the query's pairs in their order, decoded; of a key that comes twice the first holds.
 * 0 or -ENOMEM; uri_words_fini in either case.
 */
int uri_words(const char *uri, struct uri_words *out);
void uri_words_fini(struct uri_words *words);

#endif
