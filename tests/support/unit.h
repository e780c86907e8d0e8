/* SPDX-License-Identifier: Apache-2.0 */
/*
 * unit.h - one CUnit program: a suite, its tests, and an exit status that cannot lie.
 *
 * CU_get_error() is 0 also when assertions failed or when nothing ran, so main looks at the counts.
 */
#ifndef TESTS_SUPPORT_UNIT_H
#define TESTS_SUPPORT_UNIT_H

#include <CUnit/Basic.h>
#include <stdio.h>

#include <cleat/error.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

/** UNIT_TEST(function): a row for UNIT_MAIN. */
#define UNIT_TEST(function)         \
	{                           \
#function, function \
	}

/** Define main: UNIT_MAIN("text", UNIT_TEST(numbers_are_strict), ...). */
#define UNIT_MAIN(suite, ...)                                                  \
	int main(void)                                                         \
	{                                                                      \
		static const struct unit_test tests[] = { __VA_ARGS__ };       \
		return unit_run(suite, tests, sizeof(tests) / sizeof(*tests)); \
	}

/** 0 only if every test was run and every assertion held. */
static inline int unit_run(const char *name, const struct unit_test *tests, size_t n)
{
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 2;
	CU_pSuite suite = CU_add_suite(name, NULL, NULL);

	for (size_t i = 0; suite && i < n; i++)
		if (!CU_add_test(suite, tests[i].name, tests[i].run))
			return 2;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	(void)CU_basic_run_tests();
	unsigned ran = CU_get_number_of_tests_run();
	unsigned failed = CU_get_number_of_failures() + CU_get_number_of_tests_failed();

	CU_cleanup_registry();
	if (ran != n || ran == 0)
		(void)fprintf(stderr, "%s: %u of %zu tests were run\n", name, ran, n);
	return failed == 0 && ran == n && ran > 0 ? 0 : 1;
}

/** Assert that @call succeeded (>= 0); shows the error's text when it did not. */
#define UNIT_OK(call, err)                                                                      \
	do {                                                                                    \
		int unit_result_ = (call);                                                      \
		if (unit_result_ < 0)                                                           \
			(void)fprintf(stderr, "\n%s:%d: %s\n", __FILE__, __LINE__, (err).text); \
		CU_ASSERT_FATAL(unit_result_ >= 0);                                             \
	} while (0)
/** Assert that @call failed with -@errnum and that the sentence contains @words. */
#define UNIT_FAILS(call, errnum_, err, words)                                                   \
	do {                                                                                    \
		CU_ASSERT_EQUAL((call), -(errnum_));                                            \
		if (!strstr((err).text, (words)))                                               \
			(void)fprintf(stderr, "\n%s:%d: '%s' lacks '%s'\n", __FILE__, __LINE__, \
				      (err).text, (words));                                     \
		CU_ASSERT_PTR_NOT_NULL(strstr((err).text, (words)));                            \
	} while (0)

#endif
