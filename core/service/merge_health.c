/* SPDX-License-Identifier: Apache-2.0 */
/* merge_health.c - the image's HEALTHCHECK, where the user said nothing; docker's rules. */
#include "service/service.h"

#include "base/text.h"
#include "image/image.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>
#include <cleat/json.h>

static int take_test(Cleat__V1__Health *health, const struct json *test)
{
	for (size_t i = 0; i < json_len(test); i++) {
		const char *word = json_text(json_at(test, i));

		if (word && service_append(&health->test, &health->n_test, word) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void take_number(const struct json *check, const char *key, int64_t *to)
{
	struct cleat_error ignored = { 0 };

	if (*to == 0)
		(void)json_get_i64(check, key, to, &ignored);
}

static int take(Cleat__V1__Health *health, const struct json *check)
{
	struct cleat_error ignored = { 0 };

	take_number(check, "Interval", &health->interval_ns);
	take_number(check, "Timeout", &health->timeout_ns);
	take_number(check, "StartPeriod", &health->start_period_ns);
	take_number(check, "StartInterval", &health->start_interval_ns);
	if (!health->retries)
		(void)json_get_u32(check, "Retries", &health->retries, &ignored);
	return health->n_test ? 0 : take_test(health, json_get(check, "Test"));
}

int service_merge_health(container_config *config, const struct image_manifest *image,
			 struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	const struct json *check = NULL;
	int r = 0;

	if (!image->config_json)
		return 0;
	r = json_parse(image->config_json, strlen(image->config_json), &doc, err);
	if (r < 0)
		return cleat_wrap(err, "cannot read the image's configuration");
	check = json_path(json_root(doc), "config.Healthcheck");
	if (json_type(check) != JSON_OBJECT)
		return 0;
	if (!config->health) {
		config->health = malloc(sizeof(*config->health));
		if (!config->health)
			return cleat_fail(err, ENOMEM, "cannot create: out of memory");
		cleat__v1__health__init(config->health);
	}
	return take(config->health, check) < 0
		       ? cleat_fail(err, ENOMEM, "cannot create: out of memory")
		       : 0;
}
