/* SPDX-License-Identifier: Apache-2.0 */
/* number_list.h - "0-3,8": lists of CPUs and of memory nodes, as the kernel writes them. */
#ifndef RUNTIME_LINUX_NUMBER_LIST_H
#define RUNTIME_LINUX_NUMBER_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include <cleat/error.h>

enum { NUMBER_LIST_BITS = 8192, NUMBER_LIST_WORDS = NUMBER_LIST_BITS / (8 * sizeof(long)) };

/** A set of numbers below NUMBER_LIST_BITS, in the form in which system calls take it. */
struct number_list {
	unsigned long bits[NUMBER_LIST_WORDS];
};

/** Read @text; an empty one is an empty list. EINVAL names @what and the text. */
int number_list_parse(const char *text, const char *what, struct number_list *out,
		      struct cleat_error *err);
bool number_list_is_empty(const struct number_list *list);
/** The highest number in it, -1 when it is empty. */
int number_list_highest(const struct number_list *list);

#endif
