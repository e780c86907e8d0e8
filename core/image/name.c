/* SPDX-License-Identifier: Apache-2.0 */
/*
 * name.c - the names that people give images: [HOST[:PORT]/]PATH[:TAG][@DIGEST].
 *
 * Docker's rules for what may stand there, and docker's short form: "docker.io/library/debian" and
 * "debian" are the same name, which we keep and show as "debian". No registry is ever asked.
 */
#include "image/image.h"

#include "base/text.h"
#include "image/digest.h"

#include <cleat/cleanup.h>

#include <ctype.h>
#include <errno.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 255, TAG_MAX = 128 };

static bool is_separator(char c)
{
	return c == '.' || c == '_' || c == '-';
}

/* Lower-case letters and digits, with single '.', one or two '_', or any number of '-' between them. */
static bool is_component(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool edge = i == 0 || i + 1 == len;

		if (is_separator(s[i]) && edge)
			return false;
		if (s[i] == '.' && is_separator(s[i + 1]))
			return false;
		if (!is_separator(s[i]) && !islower((unsigned char)s[i]) &&
		    !isdigit((unsigned char)s[i]))
			return false;
	}
	return len > 0;
}

static bool is_host(const char *s, size_t len)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]";

	return strspn(s, allowed) >= len && s[0] != '-' && s[0] != '.';
}

/* The part before the first '/' is a host when it cannot be anything else. */
static bool has_host(const char *s, const char *slash)
{
	size_t len = slash ? (size_t)(slash - s) : 0;

	return slash && (memchr(s, '.', len) || memchr(s, ':', len) ||
			 (len == 9 && strncmp(s, "localhost", 9) == 0));
}

static bool is_repository(const char *s, size_t len)
{
	const char *end = s + len;
	const char *slash = memchr(s, '/', len);

	if (has_host(s, slash)) {
		if (!is_host(s, (size_t)(slash - s)))
			return false;
		s = slash + 1;
	}
	while (s <= end) {
		slash = memchr(s, '/', (size_t)(end - s));
		const char *stop = slash ? slash : end;

		if (!is_component(s, (size_t)(stop - s)))
			return false;
		s = stop + 1;
	}
	return true;
}

static bool is_tag(const char *s, size_t len)
{
	if (len == 0 || len > TAG_MAX || s[0] == '.' || s[0] == '-')
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)s[i]) && !is_separator(s[i]))
			return false;
	return true;
}

static const char *without_docker_hub(const char *name)
{
	static const char *const prefixes[] = { "docker.io/library/", "docker.io/",
						"index.docker.io/library/" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++)
		if (text_starts(name, prefixes[i]) && name[strlen(prefixes[i])]) {
			const char *rest = name + strlen(prefixes[i]);

			/* what is left must mean the same: no path that looks like a host */
			return has_host(rest, strchr(rest, '/')) ? name : rest;
		}
	return name;
}

int image_name_normalise(const char *name, char **out, struct cleat_error *err)
{
	const char *shown = name;
	const char *digest = NULL, *colon = NULL, *slash = NULL;
	size_t len = 0;

	name = without_docker_hub(name);
	digest = strchr(name, '@');
	len = digest ? (size_t)(digest - name) : strlen(name);
	colon = memrchr(name, ':', len);
	slash = memrchr(name, '/', len);
	if (colon && slash && colon < slash)
		colon = NULL; /* a port, not a tag */
	size_t repository = colon ? (size_t)(colon - name) : len;

	if (repository > NAME_MAX_LENGTH) /* as docker counts: without tag and digest */
		return cleat_fail(err, EINVAL, "image name '%.40s...' is longer than %d characters",
				  shown, NAME_MAX_LENGTH);
	if (repository == 0 || !is_repository(name, repository))
		return cleat_fail(
			err, EINVAL,
			"'%s' is not an image name: wanted [HOST/]NAME[:TAG] in lower-case "
			"letters, digits and single . _ - between them",
			shown);
	if (colon && !is_tag(colon + 1, len - repository - 1))
		return cleat_fail(err, EINVAL,
				  "'%s' has a bad tag: wanted up to %d letters, digits, '_', '.', "
				  "'-', the first not '.' or '-'",
				  shown, TAG_MAX);
	if (digest && !digest_is_valid(digest + 1))
		return cleat_fail(err, EINVAL, "'%s' has a bad digest: wanted @sha256:HEX", shown);
	*out = colon || digest ? strdup(name) : text_format("%s:latest", name);
	return *out ? 0 : cleat_fail(err, ENOMEM, "cannot read image name: out of memory");
}
