#include "kernels.h"

/* What the table does with floats and doubles, for arrays as they are stored; and steps that are tried on copies. */

enum { FLOATS = 1024, TRIED = 256 };

static const void *at(const void *numbers, uint32_t storage, size_t index) {
    return (const char *)numbers + index * kernel_stored_size(storage);
}

static bool is_plain(uint32_t storage) { return storage == KERNEL_FLOAT32 || storage == KERNEL_FLOAT64; }

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

void kernel_widen_any(const kernel_table *table, float *out, const void *numbers, const float *scales, uint32_t storage,
                      size_t count) {
    if (storage < KERNEL_QUANTIZED8) {
        table->widen(out, numbers, storage, count);
        return;
    }
    float floats[FLOATS];
    for (size_t first = 0, rest; first < count; first += rest) {
        rest = least(count - first, FLOATS);
        table->widen_codes(floats, at(numbers, storage, first), scales + first / KERNEL_QUANTIZED_BLOCK, rest,
                           storage == KERNEL_QUANTIZED8_UNSIGNED);
        memcpy(out + first, floats, rest * sizeof(float));
    }
}

void kernel_narrow_any(const kernel_table *table, void *out, float *scales, const float *numbers, uint32_t storage,
                       size_t count) {
    if (storage < KERNEL_QUANTIZED8) {
        table->narrow(out, numbers, storage, count);
        return;
    }
    /* Draws in the middle are the nearest. */
    uint16_t draws[FLOATS];
    float    floats[FLOATS] = {0};
    for (size_t i = 0; i < FLOATS; i++) draws[i] = 0x8000;
    for (size_t first = 0, rest; first < count; first += rest) {
        rest = least(count - first, FLOATS);
        memset(floats, 0, sizeof floats);
        memcpy(floats, numbers + first, rest * sizeof(float));
        table->narrow_codes((uint8_t *)out + first, scales + first / KERNEL_QUANTIZED_BLOCK, floats, rest, draws,
                            storage == KERNEL_QUANTIZED8_UNSIGNED);
    }
}

double kernel_number_at(const kernel_table *table, const void *values, uint32_t storage, size_t index) {
    double number;
    float  wide;
    if (storage == KERNEL_FLOAT64) {
        memcpy(&number, at(values, storage, index), sizeof number);
        return number;
    }
    table->widen(&wide, at(values, storage, index), storage, 1);
    return wide;
}

size_t kernel_first_not_finite(const kernel_table *table, const void *values, uint32_t storage, size_t count) {
    if (is_plain(storage)) return table->first_not_finite(values, storage == KERNEL_FLOAT64, count);
    float floats[FLOATS];
    for (size_t first = 0, rest; first < count; first += rest) {
        rest = least(count - first, FLOATS);
        table->widen(floats, at(values, storage, first), storage, rest);
        const size_t found = table->first_not_finite(floats, false, rest);
        if (found < rest) return first + found;
    }
    return count;
}

void kernel_add_squares(const kernel_table *table, double *lanes, const void *values, uint32_t storage, size_t count,
                        size_t phase, double clip) {
    if (is_plain(storage)) {
        table->add_squares(lanes, values, storage == KERNEL_FLOAT64, count, phase, clip);
        return;
    }
    float floats[FLOATS];
    for (size_t first = 0, rest; first < count; first += rest) {
        rest = least(count - first, FLOATS);
        table->widen(floats, at(values, storage, first), storage, rest);
        table->add_squares(lanes, floats, false, rest, phase + first, clip);
    }
}

void kernel_measure(const kernel_table *table, kernel_measurement *measurement) {
    if (is_plain(measurement->values_storage) && is_plain(measurement->gradient_storage)) {
        table->measure(measurement);
        return;
    }
    const kernel_measurement all = *measurement;
    float values[FLOATS], gradient[FLOATS];
    for (size_t first = 0; first < all.count; first += measurement->count) {
        measurement->count = least(all.count - first, FLOATS);
        table->widen(values, at(all.values, all.values_storage, first), all.values_storage, measurement->count);
        table->widen(gradient, at(all.gradient, all.gradient_storage, first), all.gradient_storage, measurement->count);
        measurement->values = values;
        measurement->gradient = gradient;
        measurement->before = (const float *)all.before + first;
        measurement->last_update = (float *)all.last_update + first;
        table->measure(measurement);
    }
}

/* A copy of some numbers as they are stored, and what comes behind them on its way: short stretches of several arrays are not
 * what a processor foresees. */
static void *copy(void *room, const void *numbers, size_t bytes) {
    for (size_t offset = bytes; offset < 2 * bytes; offset += 64) kernel_prefetch((const char *)numbers + offset);
    return memcpy(room, numbers, bytes);
}

static void look(const kernel_table *table, const void *numbers, const float *scale, uint32_t storage, size_t count, int32_t state,
                 kernel_finding *found) {
    /* A block of quantized numbers has one scale that tells of all of them. */
    const bool   is_quantized = storage >= KERNEL_QUANTIZED8;
    const size_t index = is_quantized ? table->first_not_finite(scale, false, 1) * count
                                      : kernel_first_not_finite(table, numbers, storage, count);
    if (index < count && index < found->index) {
        *found = (kernel_finding){index, state, is_quantized ? *scale : kernel_number_at(table, numbers, storage, index)};
    }
}

bool kernel_try(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                kernel_finding *found) {
    _Alignas(64) char copies[1 + KERNEL_MAX_STATES][TRIED * sizeof(double)];
    float             scales[KERNEL_MAX_STATES];
    const uint32_t    plain = is_double ? KERNEL_FLOAT64 : KERNEL_FLOAT32;
    for (size_t first = 0; first < update->count; first += TRIED) {
        const size_t   count = least(update->count - first, TRIED);
        const uint32_t values = update->is_stored ? update->values_storage : plain;
        const uint32_t gradient = update->is_stored ? update->gradient_storage : plain;
        kernel_update  block = *update;
        block.count = count;
        block.copy = NULL;
        block.first_element += first;
        block.gradient = at(update->gradient, gradient, first);
        block.values = copy(copies[0], at(update->values, values, first), count * kernel_stored_size(values));
        for (size_t state = 0; state < rule->state_count; state++) {
            if (update->state[state] == NULL) continue;
            const uint32_t storage = update->is_stored ? update->state_storage[state] : plain;
            block.state[state] =
                copy(copies[1 + state], at(update->state[state], storage, first), count * kernel_stored_size(storage));
            if (storage < KERNEL_QUANTIZED8) continue;
            scales[state] = update->state_scales[state][first / KERNEL_QUANTIZED_BLOCK];
            block.state_scales[state] = &scales[state];
        }
        kernel_run(table, rule, &block, is_double);
        found->index = count;
        look(table, block.values, NULL, values, count, -1, found);
        for (size_t state = 0; state < rule->state_count; state++) {
            if (block.state[state] == NULL) continue;
            look(table, block.state[state], &scales[state], update->is_stored ? update->state_storage[state] : plain, count,
                 (int32_t)state, found);
        }
        if (found->index < count) {
            found->index += first;
            return true;
        }
    }
    return false;
}
