/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - the keys that a plugin accepts in cleat.ini, and where their values land. */
#ifndef CLEAT_SETTINGS_H
#define CLEAT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** What a value is: decides how the host parses it and the type of the struct field. */
enum cleat_kind {
	CLEAT_BOOL = 1,     /**< bool          yes | no (true, false, on, off, 1, 0 as well) */
	CLEAT_INT = 2,      /**< int64_t       12, 0x1f, 4K, 64M, 2G (powers of 1024) */
	CLEAT_DURATION = 3, /**< uint64_t      nanoseconds; written 250ms, 10s, 5m, 2h */
	CLEAT_CHOICE = 4,   /**< uint32_t      index into the words of `limits` */
	CLEAT_STRING = 5,   /**< const char *  owned by the host, lives until fini; may be "" */
};

/**
 * What a number is that nobody has set, when the fallback of its row is "": the plugin knows better
 * than a constant what it should be. And a duration for which the limits allow the word `never`.
 */
#define CLEAT_UNSET_INT      INT64_MIN
#define CLEAT_UNSET_DURATION (UINT64_MAX - 1)
#define CLEAT_NEVER          UINT64_MAX

/**
 * One row of a plugin's schema.
 *
 * The host parses and checks the section [type/name] by these rows before init; a plugin never
 * sees ini text. The same rows print `cleat plugins show`, `cleat config defaults` and cleat.ini(5).
 */
struct cleat_key {
	const char *name;     /**< as written by the user: lower case, dashes */
	const char *fallback; /**< the default, in ini syntax; NULL: the user must set it */
	/** INT: "1..100"; DURATION: "0..1h" or "0..1h|never"; CHOICE: "none|full"; else NULL */
	const char *limits;
	const char *doc;       /**< what it does and when to change it; one or more sentences */
	uint32_t kind, offset; /**< enum cleat_kind; of the field in the settings struct */
};

/** The kind that fits the type of @field. */
#define CLEAT_KIND_OF(field) \
	_Generic((field), bool                                                                    \
		 : CLEAT_BOOL, int64_t                                                            \
		 : CLEAT_INT, uint64_t                                                            \
		 : CLEAT_DURATION, uint32_t                                                       \
		 : CLEAT_CHOICE, const char *                                                     \
		 : CLEAT_STRING)

/** One schema row. The kind follows from the field's type: a row that cannot fit cannot compile. */
#define CLEAT_KEY(S, field, key, def, lim, text)                                                \
	{                                                                                       \
		(key), (def), (lim), (text), CLEAT_KIND_OF(((S *)0)->field), offsetof(S, field) \
	}

#endif
