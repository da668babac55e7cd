#include "kernels.h"

kernel_table kernel_active_table;

/* What is staged for a rule, and what it is measured by, stays in the processor's first cache. */
enum { BLOCK_BYTES = 4096, LANES = 8 };

static size_t element_size(bool is_double) { return is_double ? sizeof(double) : sizeof(float); }

static void *advance(void *address, size_t bytes) { return address ? (char *)address + bytes : NULL; }

/* The block of a stretch that begins with element `first`. */
static void find_block(kernel_update *block, const kernel_rule *rule, const kernel_update *update, size_t first, size_t size) {
    const size_t rest = update->count - first, most = BLOCK_BYTES / size;
    block->count = rest < most ? rest : most;
    block->values = advance(update->values, first * size);
    block->gradient = (const char *)update->gradient + first * size;
    for (size_t state = 0; state < rule->state_count; state++) {
        block->state[state] = advance(update->state[state], first * size);
    }
}

void kernel_run(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double) {
    const kernel_update_function function = is_double ? rule->update_float64 : rule->update_float32;
    if (!update->has_stages && !update->has_finish) {
        function(update);
        return;
    }
    /* In C, since it need not be zeroed first. */
    _Alignas(64) char gradient[BLOCK_BYTES];
    kernel_update     block = *update;
    for (size_t first = 0; first < update->count; first += block.count) {
        find_block(&block, rule, update, first, element_size(is_double));
        if (update->has_stages) {
            table->stage(&block, is_double, gradient, true);
            block.gradient = gradient;
        }
        function(&block);
        if (update->has_finish) {
            block.finish.slow = advance(update->finish.slow, first * element_size(is_double));
            block.finish.average = advance(update->finish.average, first * element_size(is_double));
            table->finish(&block, is_double);
        }
    }
}

void kernel_measure_block(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                          double *sums) {
    const kernel_measure_function measure = is_double ? rule->measure_float64 : rule->measure_float32;
    _Alignas(64) char gradient[BLOCK_BYTES];
    _Alignas(64) char terms[KERNEL_MAX_TERMS][BLOCK_BYTES];
    double            lanes[KERNEL_MAX_SUMS][LANES] = {{0}};
    kernel_update     block = *update;
    for (size_t first = 0; first < update->count; first += block.count) {
        find_block(&block, rule, update, first, element_size(is_double));
        if (update->has_stages) {
            table->stage(&block, is_double, gradient, false);
            block.gradient = gradient;
        }
        measure(&block, terms, BLOCK_BYTES / element_size(is_double));
        for (size_t sum = 0; sum < rule->sum_count; sum++) {
            const kernel_sum wanted = rule->sums[sum];
            table->add_products(lanes[sum], terms[wanted.first], wanted.is_of_magnitudes ? NULL : terms[wanted.second],
                                is_double, block.count);
        }
    }
    for (size_t sum = 0; sum < rule->sum_count; sum++) {
        double *const lane = lanes[sum];
        for (size_t width = LANES / 2; width > 0; width /= 2) {
            for (size_t i = 0; i < width; i++) lane[i] += lane[i + width];
        }
        sums[sum] = lane[0];
    }
}

void kernel_rule_allow(kernel_rule *rule, kernel_option option, double value) {
    rule->has_option[option] = true;
    for (int dialect = 0; dialect < KERNEL_DIALECTS; dialect++) rule->option_default[option][dialect] = value;
}

void kernel_rule_set_default(kernel_rule *rule, kernel_option option, kernel_dialect dialect, double value) {
    rule->option_default[option][dialect] = value;
}

void kernel_rule_add_state(kernel_rule *rule, const char *name, kernel_layout layout, uint32_t needs, uint32_t initial) {
    const size_t index = rule->state_count++;
    rule->state_layouts[index] = layout;
    rule->state_names[index] = name;
    rule->state_needs[index] = needs;
    rule->state_initial[index] = initial;
}

void kernel_rule_add_scalar(kernel_rule *rule, const char *name, double initial) {
    const size_t index = rule->scalar_count++;
    rule->scalar_names[index] = name;
    rule->scalar_initial[index] = initial;
}
