/* SPDX-License-Identifier: Apache-2.0 */
/*
 * last_wins.c - of two values for one key the last one counts, as for docker.
 *
 * Settled once, at create: what is read from the configuration later is a map, and a JSON object that
 * says a key twice is refused by whoever parses strictly, ourselves included.
 */
#include "service/service.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

static void settle_labels(Cleat__V1__Label **labels, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		bool again = false;

		for (size_t k = i + 1; !again && k < *n; k++)
			again = text_eq(labels[k]->key, labels[i]->key);
		if (again)
			cleat__v1__label__free_unpacked(labels[i], NULL);
		else
			labels[kept++] = labels[i];
	}
	*n = kept;
}

static void settle_assignments(char **items, size_t *n)
{
	size_t kept = 0;

	for (size_t i = 0; i < *n; i++) {
		size_t len = strcspn(items[i], "=");
		bool again = false;

		for (size_t k = i + 1; !again && k < *n; k++)
			again = strcspn(items[k], "=") == len &&
				strncmp(items[k], items[i], len) == 0;
		if (again)
			free(items[i]);
		else
			items[kept++] = items[i];
	}
	*n = kept;
}

void service_last_wins(container_config *config)
{
	settle_labels(config->labels, &config->n_labels);
	settle_labels(config->annotations, &config->n_annotations);
	settle_labels(config->restart_options, &config->n_restart_options);
	settle_assignments(config->sysctls, &config->n_sysctls);
}
