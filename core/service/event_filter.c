/* SPDX-License-Identifier: Apache-2.0 */
/* event_filter.c - docker's filters of events: or within a key, and between keys. */
#include "service/event_filter.h"

#include "base/text.h"
#include "service/service.h"

#include <errno.h>
#include <string.h>

static const char *attribute(const Cleat__V1__Event *event, const char *key)
{
	for (size_t i = 0; i < event->n_attributes; i++)
		if (text_eq(event->attributes[i]->key, key))
			return event->attributes[i]->value;
	return NULL;
}

static bool has(const Cleat__V1__Event *event, const char *key, const char *wanted)
{
	const char *value = attribute(event, key);

	return value && text_eq(value, wanted);
}

static bool is_type(const Cleat__V1__Event *event, const char *wanted)
{
	return text_eq(event->type, wanted);
}

/* "exec_create" is also "exec_create: sh", "health_status" both of its values. */
static bool is_action(const Cleat__V1__Event *event, const char *wanted)
{
	size_t len = strlen(wanted);

	return strncmp(event->action, wanted, len) == 0 &&
	       (event->action[len] == '\0' || event->action[len] == ':');
}

static bool is_container(const Cleat__V1__Event *event, const char *wanted)
{
	return text_eq(event->type, "container") && *wanted &&
	       (text_starts(event->id, wanted) || has(event, "name", wanted));
}

static bool is_image(const Cleat__V1__Event *event, const char *wanted)
{
	if (text_eq(event->type, "image"))
		return *wanted && (text_eq(event->id, wanted) || has(event, "name", wanted));
	return has(event, "image", wanted);
}

static bool has_label(const Cleat__V1__Event *event, const char *wanted)
{
	return service_has_label(event->attributes, event->n_attributes, wanted);
}

static const struct {
	const char *key;
	bool (*passes)(const Cleat__V1__Event *event, const char *wanted);
	bool each; /* all filters of this key must hold */
} keys[] = {
	{ "type", is_type, false },           { "event", is_action, false },
	{ "container", is_container, false }, { "image", is_image, false },
	{ "label", has_label, true },
};
enum { NKEYS = sizeof(keys) / sizeof(*keys) };

int event_filter_check(Cleat__V1__Label *const *filters, size_t n, struct cleat_error *err)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < NKEYS && !text_eq(keys[k].key, filters[i]->key))
			k++;
		if (k == NKEYS)
			return cleat_fail(err, EINVAL,
					  "invalid filter '%s': the keys are type, event, "
					  "container, image and label",
					  filters[i]->key);
	}
	return 0;
}

static bool key_passes(size_t k, Cleat__V1__Label *const *filters, size_t n,
		       const Cleat__V1__Event *event)
{
	bool asked = false, one = false, all = true;

	for (size_t i = 0; i < n; i++) {
		if (!text_eq(filters[i]->key, keys[k].key))
			continue;
		asked = true;
		if (keys[k].passes(event, filters[i]->value))
			one = true;
		else
			all = false;
	}
	return !asked || (keys[k].each ? all : one);
}

bool event_filter_passes(Cleat__V1__Label *const *filters, size_t n, const char *ns,
			 const Cleat__V1__Event *event)
{
	if (!text_eq(event->namespace_, ns))
		return false;
	for (size_t k = 0; k < NKEYS; k++)
		if (!key_passes(k, filters, n, event))
			return false;
	return true;
}
