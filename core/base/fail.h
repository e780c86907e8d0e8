/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fail.h - in a test build, die at a named point; in every other build, nothing at all.
 *
 * With -DCLEAT_FAIL_POINTS=ON a story writes the name of a point into the file that $CLEAT_FAIL names.
 * The first process that comes by takes the file away and kills itself with SIGKILL. "NAME run" calls
 * $CLEAT_FAIL_RUN instead and goes on, each time, until the file says something else.
 */
#ifndef CORE_BASE_FAIL_H
#define CORE_BASE_FAIL_H

#ifdef CLEAT_FAIL_POINTS
void fail_point(const char *name);
#else
#define fail_point(name) ((void)0)
#endif

#endif
