/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - names for containers that were given none: adjective_noun, from the harbour. */
#include "service/service.h"

#include "base/text.h"

#include <errno.h>
#include <sys/random.h>

#include <cleat/cleanup.h>

static const char *const adjectives[] = {
	"able",     "afloat",   "amber",  "ample",   "ashore",  "azure",   "bold",     "brave",
	"breezy",   "bright",   "brisk",  "broad",   "buoyant", "calm",    "candid",   "clear",
	"coastal",  "cool",     "copper", "crisp",   "deep",    "distant", "early",    "eastern",
	"fair",     "fast",     "firm",   "foggy",   "frosty",  "gentle",  "glassy",   "golden",
	"grand",    "green",    "hardy",  "hidden",  "high",    "honest",  "humble",   "jolly",
	"keen",     "kind",     "lively", "lofty",   "lucky",   "lunar",   "mellow",   "merry",
	"mighty",   "misty",    "modest", "neat",    "nimble",  "noble",   "northern", "open",
	"patient",  "placid",   "polar",  "proud",   "quick",   "quiet",   "rapid",    "ready",
	"restful",  "rugged",   "salty",  "sandy",   "sharp",   "silent",  "silver",   "snug",
	"southern", "steady",   "stormy", "stout",   "strong",  "sunny",   "swift",    "tidal",
	"tidy",     "tranquil", "trusty", "upright", "vivid",   "warm",    "western",  "wise",
};

static const char *const nouns[] = {
	"anchor",  "atoll",      "barge",   "bay",      "beacon",  "bight",  "bollard", "boom",
	"bowline", "bowsprit",   "breeze",  "brig",     "buoy",    "cable",  "canvas",  "cape",
	"capstan", "channel",    "clipper", "coast",    "compass", "coral",  "cove",    "crest",
	"current", "cutter",     "davit",   "deck",     "delta",   "dock",   "dolphin", "dune",
	"ebb",     "estuary",    "fathom",  "ferry",    "fjord",   "flag",   "galley",  "gannet",
	"gull",    "halyard",    "harbour", "hawser",   "heron",   "hitch",  "hull",    "inlet",
	"island",  "jetty",      "jib",     "keel",     "ketch",   "knot",   "lagoon",  "lantern",
	"ledge",   "lighthouse", "line",    "lock",     "marina",  "mast",   "mooring", "oar",
	"osprey",  "pelican",    "pier",    "pilot",    "port",    "prow",   "quay",    "reef",
	"rigging", "rudder",     "sail",    "schooner", "sextant", "shoal",  "sloop",   "sound",
	"spar",    "splice",     "strait",  "tern",     "tide",    "tiller", "trawler", "wharf",
};

static const char *pick(const char *const *words, size_t n)
{
	uint32_t number = 0;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return NULL;
	return words[number % n];
}

int service_make_name(struct tasks *tasks, const char *ns, char **out, struct cleat_error *err)
{
	for (unsigned attempt = 0; attempt < 100; attempt++) {
		const char *adjective = pick(adjectives, ARRAY_SIZE(adjectives));
		const char *noun = pick(nouns, ARRAY_SIZE(nouns));
		_cleanup_free_ char *name = NULL;

		if (!adjective || !noun)
			return cleat_fail(err, EIO, "cannot make a name: no random numbers");
		/* When the easy ones are taken, a number makes it longer. */
		name = attempt < 6 ? text_format("%s_%s", adjective, noun)
				   : text_format("%s_%s%u", adjective, noun, attempt);
		if (!name)
			return cleat_fail(err, ENOMEM, "cannot make a name: out of memory");
		if (!tasks_by_name(tasks, ns, name)) {
			*out = take_ptr(name);
			return 0;
		}
	}
	return cleat_fail(err, EEXIST, "cannot make a name: too many are taken; use --name");
}
