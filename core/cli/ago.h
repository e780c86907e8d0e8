/* SPDX-License-Identifier: Apache-2.0 */
/* ago.h - times and sizes in the words that docker's users know: "2 minutes", "117MB". */
#ifndef CORE_CLI_AGO_H
#define CORE_CLI_AGO_H

#include <stdint.h>

enum { AGO_TEXT = 40 };

/** "Less than a second", "5 seconds", "About a minute", "3 weeks" ... */
void ago_duration(uint64_t ns, char out[AGO_TEXT]);
/** From @then to @now, both since 1970: "2 minutes ago"; "" for @then 0. A clock set back counts as 0. */
void ago_since(uint64_t then, uint64_t now, char out[AGO_TEXT]);
/** "0B", "1.5kB", "117MB": powers of 1000, as in `docker images`. */
void ago_size(uint64_t bytes, char out[AGO_TEXT]);

#endif
