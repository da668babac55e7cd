#include "kernels.h"

kernel_table kernel_active_table;

/* What is staged for a rule stays in the processor's first cache. */
enum { BLOCK_BYTES = 4096 };

static void *advance(void *address, size_t bytes) { return address ? (char *)address + bytes : NULL; }

void kernel_run(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double) {
    const kernel_update_function function = is_double ? rule->update_float64 : rule->update_float32;
    if (!update->has_stages) {
        function(update);
        return;
    }
    /* In C, since it need not be zeroed first. */
    _Alignas(64) char gradient[BLOCK_BYTES];
    const size_t      size = is_double ? sizeof(double) : sizeof(float);
    kernel_update     block = *update;
    for (size_t first = 0; first < update->count; first += block.count) {
        const size_t offset = first * size;
        block.count = update->count - first < BLOCK_BYTES / size ? update->count - first : BLOCK_BYTES / size;
        block.values = advance(update->values, offset);
        block.gradient = (const char *)update->gradient + offset;
        for (size_t state = 0; state < rule->state_count; state++) block.state[state] = advance(update->state[state], offset);
        table->stage(&block, is_double, gradient);
        block.gradient = gradient;
        function(&block);
    }
}
