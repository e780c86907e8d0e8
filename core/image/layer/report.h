/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - what cleat-layer tells its parent: one JSON object a line on descriptor 1.
 *
 * {"step":"reading","what":"...","bytes":N,"total":N}, any number of times; then either
 * {"done":true,"images":[{"name":"...","digest":"..."}]} or {"errnum":N,"error":"..."}.
 */
#ifndef IMAGE_LAYER_REPORT_H
#define IMAGE_LAYER_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

/** Progress, at most ten lines a second; but the first of each @step (a literal) is always told. @total 0: unknown. */
void report_progress(const char *step, const char *what, uint64_t bytes, uint64_t total);
struct image_result;
void report_done(const struct image_result *images, size_t n);
void report_error(const struct cleat_error *err);

#endif
