/* SPDX-License-Identifier: Apache-2.0 */
/* test_seccomp.c - compile profiles, load them in a child, and ask the kernel. No root needed. */
#include <errno.h>
#include <dirent.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cleat/cleanup.h>

#include "limits_test.h"
#include "seccomp.h"
#include "seccomp_filter.h"
#include "support/unit.h"

static struct cleat_error err;

static struct seccomp *compile(const char *text)
{
	struct json_doc *doc = doc_of(text);
	struct seccomp *sc = NULL;

	UNIT_OK(seccomp_compile(NULL, json_root(doc), -1, &sc, &err), err);
	json_free(doc);
	return sc;
}

/* The errno that @number with the arguments gives under @sc (0: none), or 1000 + a fatal signal. */
static int try(const struct seccomp *sc, long number, long a, long b)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		int listener = -1;
		struct cleat_error e;

		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		    seccomp_install(sc, &listener, &e) < 0)
			_exit(200);
		/* not _exit: a sanitizer's asks the kernel for more than the filter allows */
		syscall(SYS_exit_group, syscall(number, a, b, 0, 0, 0, 0) < 0 ? errno : 0);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void actions_do_what_they_say(void)
{
	struct seccomp *sc =
		compile("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
			"{'names':['getppid'],'action':'SCMP_ACT_ERRNO'},"
			"{'names':['getuid'],'action':'SCMP_ACT_ERRNO','errnoRet':77},"
			"{'names':['geteuid'],'action':'SCMP_ACT_KILL_PROCESS'},"
			"{'names':['getgid'],'action':'SCMP_ACT_KILL'},"
			"{'names':['getegid'],'action':'SCMP_ACT_TRAP'},"
			"{'names':['getpgrp','no_such_call'],'action':'SCMP_ACT_ALLOW'},"
			"{'names':['getsid'],'action':'SCMP_ACT_LOG'}]}");

	CU_ASSERT_EQUAL(try(sc, SYS_getpid, 0, 0), 0);
	CU_ASSERT_EQUAL(try(sc, SYS_getppid, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_getuid, 0, 0), 77);
	CU_ASSERT_EQUAL(try(sc, SYS_geteuid, 0, 0), 1000 + SIGSYS);
	CU_ASSERT_EQUAL(try(sc, SYS_getgid, 0, 0), 1000 + SIGSYS);
	CU_ASSERT_EQUAL(try(sc, SYS_getegid, 0, 0), 1000 + SIGSYS);
	CU_ASSERT_EQUAL(try(sc, SYS_getsid, 0, 0), 0);
	seccomp_free(sc);
}

/* dup(2) of a number that is no descriptor: EBADF where the filter lets it through. */
static void operators_compare(void)
{
	static const struct {
		const char *op;
		long value, two;
		const char *hits; /* of 4, 5, 6: '1' where the rule matches */
	} rows[] = {
		{ "SCMP_CMP_EQ", 1005, 0, "010" },     { "SCMP_CMP_NE", 1005, 0, "101" },
		{ "SCMP_CMP_LT", 1005, 0, "100" },     { "SCMP_CMP_LE", 1005, 0, "110" },
		{ "SCMP_CMP_GT", 1005, 0, "001" },     { "SCMP_CMP_GE", 1005, 0, "011" },
		{ "SCMP_CMP_MASKED_EQ", 1, 1, "010" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char text[512];

		(void)snprintf(text, sizeof(text),
			       "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['dup'],"
			       "'action':'SCMP_ACT_ERRNO','errnoRet':99,'args':[{'index':0,"
			       "'value':%ld,'valueTwo':%ld,'op':'%s'}]}]}",
			       rows[i].value, rows[i].two, rows[i].op);
		struct seccomp *sc = compile(text);

		for (int j = 0; j < 3; j++)
			CU_ASSERT_EQUAL(try(sc, SYS_dup, 1004 + j, 0),
					rows[i].hits[j] == '1' ? 99 : EBADF);
		seccomp_free(sc);
	}
}

static void arguments_are_anded_unless_an_index_comes_twice(void)
{
	struct seccomp *both =
		compile("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['dup3'],"
			"'action':'SCMP_ACT_ERRNO','errnoRet':99,'args':["
			"{'index':0,'value':1004,'op':'SCMP_CMP_EQ'},"
			"{'index':1,'value':7,'op':'SCMP_CMP_EQ'}]}]}");
	struct seccomp *either =
		compile("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['dup3'],"
			"'action':'SCMP_ACT_ERRNO','errnoRet':99,'args':["
			"{'index':0,'value':1004,'op':'SCMP_CMP_EQ'},"
			"{'index':0,'value':1005,'op':'SCMP_CMP_EQ'}]}]}");

	CU_ASSERT_EQUAL(try(both, SYS_dup3, 1004, 7), 99);
	CU_ASSERT_EQUAL(try(both, SYS_dup3, 1004, 8), EBADF);
	CU_ASSERT_EQUAL(try(either, SYS_dup3, 1004, 7), 99);
	CU_ASSERT_EQUAL(try(either, SYS_dup3, 1005, 7), 99);
	CU_ASSERT_EQUAL(try(either, SYS_dup3, 1006, 7), EBADF);
	seccomp_free(both);
	seccomp_free(either);
}

static void newer_calls_do_not_exist(void)
{
	static const char allow[] = "'syscalls':[{'names':['exit_group','exit','openat2'],"
				    "'action':'SCMP_ACT_ALLOW'}]}";
	char text[512];

	(void)snprintf(text, sizeof(text), "{'defaultAction':'SCMP_ACT_ERRNO',%s", allow);
	struct seccomp *sc = compile(text);

	/* openat2 is 437: what comes later is unknown to this profile */
	CU_ASSERT_EQUAL(try(sc, SYS_getpid, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, 436, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, 438, 0, 0), ENOSYS);
	CU_ASSERT_EQUAL(try(sc, 100000, 0, 0), ENOSYS);
	CU_ASSERT_EQUAL(try(sc, -1, 0, 0), EPERM);
	seccomp_free(sc);
	(void)snprintf(text, sizeof(text),
		       "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':1,"
		       "'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86','SCMP_ARCH_X32',"
		       "'SCMP_ARCH_AARCH64','SCMP_ARCH_S390X'],%s",
		       allow);
	sc = compile(text);
	CU_ASSERT_EQUAL(try(sc, SYS_getpid, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, 438, 0, 0), ENOSYS);
#ifdef __x86_64__
	CU_ASSERT_EQUAL(try(sc, 0x40000000 + 437, 0, 0), ENOSYS); /* x32: let through */
	CU_ASSERT_EQUAL(try(sc, 0x40000000 + 436, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, 0x40000000 + 900, 0, 0), ENOSYS);
#endif
	seccomp_free(sc);
	/* other defaults are left alone */
	(void)snprintf(text, sizeof(text), "{'defaultAction':'SCMP_ACT_KILL_PROCESS',%s", allow);
	sc = compile(text);
	CU_ASSERT_EQUAL(try(sc, 100000, 0, 0), 1000 + SIGSYS);
	seccomp_free(sc);
}

static void bad_profiles_are_refused(void)
{
	static const struct {
		const char *json, *words;
	} rows[] = {
		{ "{}", "defaultAction" },
		{ "{'defaultAction':'SCMP_ACT_FOO'}", "is not an action" },
		{ "{'defaultAction':'SCMP_ACT_NOTIFY'}", "default action" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','defaultErrnoRet':1}", "is not for" },
		{ "{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':5000}", "0 to 4095" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','architectures':['SCMP_ARCH_PDP11']}",
		  "is not one" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','flags':['X']}", "is not a flag" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','listenerMetadata':'x'}", "listenerPath" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'action':'SCMP_ACT_LOG'}]}",
		  "at least one name" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],"
		  "'action':'SCMP_ACT_NOTIFY'}]}",
		  "needs listenerPath" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','listenerPath':'/x','syscalls':["
		  "{'names':['write'],'action':'SCMP_ACT_NOTIFY'}]}",
		  "cannot be used for write" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],"
		  "'action':'SCMP_ACT_LOG','errnoRet':1}]}",
		  "is not for" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],"
		  "'action':'SCMP_ACT_LOG','args':[{'index':6,'value':1,'op':'SCMP_CMP_EQ'}]}]}",
		  "index must be" },
		{ "{'defaultAction':'SCMP_ACT_ALLOW','syscalls':[{'names':['read'],"
		  "'action':'SCMP_ACT_LOG','args':[{'index':0,'value':1,'op':'=='}]}]}",
		  "is not an operator" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_doc *doc = doc_of(rows[i].json);
		struct seccomp *sc = NULL;

		UNIT_FAILS(seccomp_compile(NULL, json_root(doc), -1, &sc, &err), EINVAL, err,
			   rows[i].words);
		CU_ASSERT_PTR_NULL(sc);
		json_free(doc);
	}
}

static void nothing_is_nothing(void)
{
	struct seccomp *sc = (void *)1;
	int listener = 5;

	UNIT_OK(seccomp_compile(NULL, NULL, -1, &sc, &err), err);
	CU_ASSERT_PTR_NULL(sc);
	UNIT_OK(seccomp_install(sc, &listener, &err), err);
	CU_ASSERT_EQUAL(listener, -1);
}

static size_t count_files(const char *path, char name[300])
{
	DIR *dir = opendir(path);
	size_t n = 0;

	for (struct dirent *e = readdir(dir); e; e = readdir(dir))
		if (e->d_name[0] != '.') {
			n++;
			(void)snprintf(name, 300, "%s", e->d_name);
		}
	(void)closedir(dir);
	return n;
}

static void the_cache_is_believed_only_when_it_fits(void)
{
	char dir[] = "/tmp/cg-unit-XXXXXX";
	char name[300];
	char path[400];
	struct json_doc *doc = doc_of("{'defaultAction':'SCMP_ACT_ALLOW','syscalls':["
				      "{'names':['getppid'],'action':'SCMP_ACT_ERRNO'}]}");
	struct seccomp *a = NULL;
	struct seccomp *b = NULL;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);

	UNIT_OK(seccomp_compile(NULL, json_root(doc), fd, &a, &err), err);
	CU_ASSERT_EQUAL(count_files(dir, name), 1);
	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	/* change one instruction: a hit gives the changed program back */
	FILE *file = fopen(path, "r+e");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	(void)fseek(file, -1, SEEK_END);
	(void)fputc(0x55, file);
	(void)fclose(file);
	UNIT_OK(seccomp_compile(NULL, json_root(doc), fd, &b, &err), err);
	CU_ASSERT_EQUAL(b->program.n, a->program.n);
	CU_ASSERT_NOT_EQUAL(memcmp(a->program.list, b->program.list, a->program.n * 8), 0);
	seccomp_free(b);
	/* a byte of the key: a miss, compiled and written again */
	file = fopen(path, "r+e");
	(void)fseek(file, 20, SEEK_SET);
	(void)fputc('X', file);
	(void)fclose(file);
	UNIT_OK(seccomp_compile(NULL, json_root(doc), fd, &b, &err), err);
	CU_ASSERT_EQUAL(memcmp(a->program.list, b->program.list, a->program.n * 8), 0);
	seccomp_free(b);
	/* cut short; writable by others; a link; a directory: all misses */
	CU_ASSERT_EQUAL(truncate(path, 100), 0);
	UNIT_OK(seccomp_compile(NULL, json_root(doc), fd, &b, &err), err);
	seccomp_free(b);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	file = fopen(path, "r+e");
	(void)fseek(file, -1, SEEK_END);
	(void)fputc(0x55, file);
	(void)fclose(file);
	UNIT_OK(seccomp_compile(NULL, json_root(doc), fd, &b, &err), err);
	CU_ASSERT_EQUAL(memcmp(a->program.list, b->program.list, a->program.n * 8), 0);
	seccomp_free(b);
	CU_ASSERT_EQUAL(count_files(dir, name), 1);
	CU_ASSERT_EQUAL(unlink(path), 0);
	CU_ASSERT_EQUAL(symlink("/etc/passwd", path), 0);
	UNIT_OK(seccomp_compile(NULL, json_root(doc), fd, &b, &err), err);
	seccomp_free(b);
	seccomp_free(a);
	json_free(doc);
	close(fd);
	(void)unlink(path);
	CU_ASSERT_EQUAL(rmdir(dir), 0); /* no temporary file was left */
}

static char *read_profile(void)
{
	char *text = calloc(1, 1 << 20);
	int fd = open(SECCOMP_PROFILE, O_RDONLY | O_CLOEXEC);

	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_TRUE(read(fd, text, (1 << 20) - 1) > 0);
	close(fd);
	return text;
}

static void our_default_profile_holds(void)
{
	char *text = read_profile();
	struct json_doc *doc = NULL;
	struct seccomp *sc = NULL;

	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	UNIT_OK(seccomp_compile(NULL, json_root(doc), -1, &sc, &err), err);
	CU_ASSERT_EQUAL(try(sc, SYS_getpid, 0, 0), 0);
	CU_ASSERT_EQUAL(try(sc, SYS_openat, -100, (long)"/dev/null"), 0);
	CU_ASSERT_EQUAL(try(sc, SYS_statx, -100, (long)"/"), EFAULT);
	CU_ASSERT_EQUAL(try(sc, SYS_personality, PER_LINUX, 0), 0);
	CU_ASSERT_EQUAL(try(sc, SYS_personality, PER_BSD, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_socket, 38 /* AF_ALG */, 5), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_socket, 40 /* AF_VSOCK */, 1), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_unshare, CLONE_NEWUSER, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_clone, CLONE_NEWUSER | SIGCHLD, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_clone3, 0, 0), ENOSYS);
	CU_ASSERT_EQUAL(try(sc, SYS_mount, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_setns, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_bpf, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_keyctl, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_add_key, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_io_uring_setup, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_open_by_handle_at, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_kexec_load, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_init_module, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_userfaultfd, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, SYS_perf_event_open, 0, 0), EPERM);
	CU_ASSERT_EQUAL(try(sc, 5000, 0, 0), ENOSYS);
	seccomp_free(sc);
	json_free(doc);
	free(text);
}

UNIT_MAIN("runtime-linux: seccomp", UNIT_TEST(actions_do_what_they_say),
	  UNIT_TEST(operators_compare), UNIT_TEST(arguments_are_anded_unless_an_index_comes_twice),
	  UNIT_TEST(newer_calls_do_not_exist), UNIT_TEST(bad_profiles_are_refused),
	  UNIT_TEST(nothing_is_nothing), UNIT_TEST(the_cache_is_believed_only_when_it_fits),
	  UNIT_TEST(our_default_profile_holds))
