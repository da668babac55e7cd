/* What blocks.c has for stored.c. */
#ifndef BLOCKS_H
#define BLOCKS_H

#include "kernels.h"

#pragma clang assume_nonnull begin

/* Element `index` of an array, NULL of NULL. */
static inline void *_Nullable kernel_at(const void *_Nullable numbers, uint32_t storage, size_t index) {
    return numbers ? (char *)numbers + index * kernel_stored_size(storage) : NULL;
}

/* Whether kernel_run() rounds something stochastically, so that it needs draws. */
bool kernel_needs_draws(const kernel_rule *_Nullable rule, const kernel_update *update);

/* kernel_run() with the draws of the step, or without where it needs none. */
void kernel_run_drawn(const kernel_table *table, const kernel_rule *_Nullable rule, const kernel_update *update, bool is_double,
                      const kernel_draws *_Nullable draws);

#pragma clang assume_nonnull end

#endif
