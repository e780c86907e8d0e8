/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp.c - linux.seccomp from a profile.
 *
 * A profile is the specification's object, or docker's wider form, in which a rule holds only with
 * certain capabilities, architectures or kernels (includes, excludes) and architectures come as a
 * map. The conditions are decided here, so that the runtime sees the specification's form only.
 */
#include "draft.h"

#include "base/text.h"
#include "capabilities.h"

#include <cleat/cleanup.h>

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#define CONDITIONAL "conditionalSyscalls"

/* This machine in docker's word and in the specification's. */
#if defined(__x86_64__)
static const char arch_word[] = "amd64";
static const char arch_name[] = "SCMP_ARCH_X86_64";
#elif defined(__aarch64__)
static const char arch_word[] = "arm64";
static const char arch_name[] = "SCMP_ARCH_AARCH64";
#elif defined(__i386__)
static const char arch_word[] = "386";
static const char arch_name[] = "SCMP_ARCH_X86";
#elif defined(__arm__)
static const char arch_word[] = "arm";
static const char arch_name[] = "SCMP_ARCH_ARM";
#elif defined(__riscv)
static const char arch_word[] = "riscv64";
static const char arch_name[] = "SCMP_ARCH_RISCV64";
#elif defined(__s390x__)
static const char arch_word[] = "s390x";
static const char arch_name[] = "SCMP_ARCH_S390X";
#elif defined(__powerpc64__)
static const char arch_word[] = "ppc64le";
static const char arch_name[] = "SCMP_ARCH_PPC64LE";
#else
static const char arch_word[] = "";
static const char arch_name[] = "";
#endif

static int has_capabilities(const struct draft *draft, const struct json *list, bool any, bool *out,
			    struct cleat_error *err)
{
	bool all = true;
	bool some = false;

	for (size_t i = 0; i < json_len(list); i++) {
		const char *name = json_text(json_at(list, i));
		unsigned number = 0;

		if (!name)
			return cleat_fail(err, EINVAL, "caps must be an array of strings");
		if (capability_parse(name, &number, err) < 0)
			return -err->errnum;
		bool has = draft->capabilities & 1ull << number;

		all = all && has;
		some = some || has;
	}
	*out = any ? some : all;
	return 0;
}

static bool has_arch(const struct json *list)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const char *word = json_text(json_at(list, i));

		if (word && text_eq(word, arch_word))
			return true;
	}
	return false;
}

/* Does this kernel's version reach "4.8"? */
static bool has_kernel(const char *wanted)
{
	struct utsname host;
	unsigned want[2] = { 0 };
	unsigned have[2] = { 0 };

	if (uname(&host) < 0 || sscanf(host.release, "%u.%u", &have[0], &have[1]) < 1 ||
	    sscanf(wanted, "%u.%u", &want[0], &want[1]) < 1)
		return false;
	return have[0] != want[0] ? have[0] > want[0] : have[1] >= want[1];
}

/* includes: every condition must hold. excludes: one that holds is enough to drop the rule. */
static int rule_holds(const struct draft *draft, const struct json *rule, bool *out,
		      struct cleat_error *err)
{
	const struct json *in = json_get(rule, "includes");
	const struct json *ex = json_get(rule, "excludes");
	const char *min_in = json_text(json_get(in, "minKernel"));
	const char *min_ex = json_text(json_get(ex, "minKernel"));
	bool wanted = true;
	bool unwanted = false;

	if (json_len(json_get(in, "caps")) &&
	    has_capabilities(draft, json_get(in, "caps"), false, &wanted, err) < 0)
		return -err->errnum;
	if (json_len(json_get(ex, "caps")) &&
	    has_capabilities(draft, json_get(ex, "caps"), true, &unwanted, err) < 0)
		return -err->errnum;
	if (json_len(json_get(in, "arches")) && !has_arch(json_get(in, "arches")))
		wanted = false;
	if (has_arch(json_get(ex, "arches")))
		unwanted = true;
	if (min_in && !has_kernel(min_in))
		wanted = false;
	if (min_ex && has_kernel(min_ex))
		unwanted = true;
	*out = wanted && !unwanted;
	return 0;
}

static void write_rule(struct draft *draft, const struct json *rule)
{
	static const char *const kept[] = { "names", "action", "errnoRet" };
	const struct json *args = json_get(rule, "args");
	const char *single = json_text(json_get(rule, "name"));

	json_out_object(draft->out);
	if (single && !json_get(rule, "names"))
		json_out_pair_texts(draft->out, "names", (const char *const[]){ single, NULL });
	for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
		const struct json *v = json_get(rule, kept[i]);

		if (!v)
			continue;
		json_out_key(draft->out, kept[i]);
		json_out_value(draft->out, v);
	}
	if (json_len(args)) {
		json_out_key(draft->out, "args");
		json_out_value(draft->out, args);
	}
	json_out_object_end(draft->out);
}

static int write_rules(struct draft *draft, const struct json *profile, const char *key,
		       struct cleat_error *err)
{
	const struct json *rules = json_get(profile, key);

	if (rules && json_type(rules) != JSON_ARRAY)
		return cleat_fail(err, EINVAL, "%s must be an array", key);
	for (size_t i = 0; i < json_len(rules); i++) {
		bool holds = false;

		if (rule_holds(draft, json_at(rules, i), &holds, err) < 0)
			return cleat_wrap(err, "%s[%zu]", key, i);
		if (holds)
			write_rule(draft, json_at(rules, i));
	}
	return 0;
}

/*
 * A profile that a runtime may also be given as it is cannot have conditions in its syscalls: they
 * would be ignored, and the rules hold for all. Our own keeps those in a list of another name.
 */
static int write_all_rules(struct draft *draft, const struct json *profile, struct cleat_error *err)
{
	json_out_key(draft->out, "syscalls");
	json_out_array(draft->out);
	if (write_rules(draft, profile, "syscalls", err) < 0 ||
	    write_rules(draft, profile, CONDITIONAL, err) < 0)
		return -err->errnum;
	json_out_array_end(draft->out);
	return 0;
}

/* docker's archMap: our own architecture and those that run on it. */
static void write_architectures(struct draft *draft, const struct json *map)
{
	json_out_key(draft->out, "architectures");
	json_out_array(draft->out);
	for (size_t i = 0; i < json_len(map); i++) {
		const struct json *entry = json_at(map, i);
		const struct json *sub = json_get(entry, "subArchitectures");
		const char *name = json_text(json_get(entry, "architecture"));

		if (!name || !text_eq(name, arch_name))
			continue;
		json_out_text(draft->out, name);
		for (size_t j = 0; j < json_len(sub); j++)
			json_out_value(draft->out, json_at(sub, j));
	}
	json_out_array_end(draft->out);
}

static int write_profile(struct draft *draft, const struct json *profile, struct cleat_error *err)
{
	if (json_type(profile) != JSON_OBJECT ||
	    json_type(json_get(profile, "defaultAction")) != JSON_STRING)
		return cleat_fail(err, EINVAL, "defaultAction must be a string");
	json_out_key(draft->out, "seccomp");
	json_out_object(draft->out);
	for (size_t i = 0; i < json_len(profile); i++) {
		const char *key = json_key(profile, i);

		if (text_eq(key, "syscalls") || text_eq(key, "archMap") || *key == '$' ||
		    text_eq(key, "comment") || text_eq(key, CONDITIONAL))
			continue;
		json_out_key(draft->out, key);
		json_out_value(draft->out, json_at(profile, i));
	}
	if (json_len(json_get(profile, "archMap")) && !json_get(profile, "architectures"))
		write_architectures(draft, json_get(profile, "archMap"));
	if (write_all_rules(draft, profile, err) < 0)
		return -err->errnum;
	json_out_object_end(draft->out);
	return 0;
}

int draft_seccomp(struct draft *draft, struct cleat_error *err)
{
	const char *text = draft->options->seccomp;
	_cleanup_json_ struct json_doc *doc = NULL;

	if (!text || !*text || text_eq(text, "unconfined") || draft->options->privileged)
		return 0;
	if (json_parse(text, strlen(text), &doc, err) < 0 ||
	    write_profile(draft, json_root(doc), err) < 0)
		return cleat_wrap(err, "cannot use the seccomp profile");
	return 0;
}
