#include "kernels.h"

kernel_table kernel_active_table;

/* What is prepared for a rule, and what it is measured by, stays in the processor's first cache. */
enum { BLOCK_BYTES = 4096, LANES = 8 };

/* A block in the type of the arithmetic. Not zeroed, which C does not ask for. */
typedef struct block_room {
    _Alignas(64) char values[BLOCK_BYTES];
    _Alignas(64) char before[BLOCK_BYTES];
    _Alignas(64) char gradient[BLOCK_BYTES];
    _Alignas(64) char staged[BLOCK_BYTES];
    _Alignas(64) char states[KERNEL_MAX_STATES][BLOCK_BYTES];
} block_room;

static uint32_t arithmetic(bool is_double) { return is_double ? KERNEL_FLOAT64 : KERNEL_FLOAT32; }

static void *advance(const void *address, size_t bytes) { return address ? (char *)address + bytes : NULL; }

/* How an array of an update is stored. */
static uint32_t stored(const kernel_update *update, uint8_t storage, bool is_double) {
    return update->is_stored ? storage : arithmetic(is_double);
}

/* The block of a stretch that begins with element `first`, as it is stored. */
static void find_block(kernel_update *block, const kernel_rule *rule, const kernel_update *update, bool is_double,
                       size_t first) {
    const size_t size = kernel_stored_size(arithmetic(is_double)), rest = update->count - first, most = BLOCK_BYTES / size;
    block->count = rest < most ? rest : most;
    block->values = advance(update->values, first * kernel_stored_size(stored(update, update->values_storage, is_double)));
    block->gradient =
        advance(update->gradient, first * kernel_stored_size(stored(update, update->gradient_storage, is_double)));
    block->first_element = update->first_element + first;
    block->copy = advance(update->copy, first * kernel_stored_size(update->copy_storage));
    block->finish.before = advance(update->finish.before, first * size);
    block->finish.slow = advance(update->finish.slow, first * size);
    block->finish.average = advance(update->finish.average, first * size);
    for (size_t state = 0; rule && state < rule->state_count; state++) {
        const uint32_t storage = stored(update, update->state_storage[state], is_double);
        block->state[state] = advance(update->state[state], first * kernel_stored_size(storage));
        block->state_scales[state] = advance(update->state_scales[state], first / KERNEL_QUANTIZED_BLOCK * sizeof(float));
    }
}

/* Some numbers in the type of the arithmetic: they themselves, if they are of that type and may be changed. */
static void *take(const kernel_table *table, void *room, const void *numbers, const float *scales, uint32_t storage,
                  bool is_double, size_t count, bool copies) {
    if (numbers == NULL) return NULL;
    if (storage >= KERNEL_QUANTIZED8) {
        table->widen_codes(room, numbers, scales, count, storage == KERNEL_QUANTIZED8_UNSIGNED);
    } else if (storage != arithmetic(is_double)) {
        table->widen(room, numbers, storage, count);
    } else if (copies) {
        memcpy(room, numbers, count * kernel_stored_size(storage));
    } else {
        return (void *)numbers;
    }
    return room;
}

/* Takes a block's arrays. */
static void take_block(const kernel_table *table, const kernel_rule *rule, kernel_update *block, bool is_double, bool copies,
                       block_room *room) {
    const size_t count = block->count;
    block->values = take(table, room->values, block->values, NULL, stored(block, block->values_storage, is_double), is_double,
                         count, copies);
    block->gradient = take(table, room->gradient, block->gradient, NULL, stored(block, block->gradient_storage, is_double),
                           is_double, count, false);
    for (size_t state = 0; rule && state < rule->state_count; state++) {
        block->state[state] = take(table, room->states[state], block->state[state], block->state_scales[state],
                                   stored(block, block->state_storage[state], is_double), is_double, count, copies);
    }
}

/* A block's draws, in whole groups, of which the first and the last may be needed in part. */
enum { DRAWS_ROOM = BLOCK_BYTES / sizeof(float) + 2 * KERNEL_DRAWS };
static const uint16_t *draw(const kernel_table *table, uint16_t *room, const kernel_update *place, uint32_t purpose) {
    const uint64_t first = place->first_element / KERNEL_DRAWS, before = place->first_element % KERNEL_DRAWS;
    for (uint64_t group = 0; group * KERNEL_DRAWS < before + place->count; group++) {
        table->draw_group(room + group * KERNEL_DRAWS, first + group, place->rounding_key, place->tensor, purpose);
    }
    return room + before;
}

/* Stores new values as the update wants them, and their copy. */
static void put_values(const kernel_table *table, const kernel_update *place, const float *values) {
    if (place->copy != NULL) table->narrow(place->copy, values, place->copy_storage, place->count);
    if (place->values == values) return;
    if (!place->is_stochastic || place->values_storage == KERNEL_FLOAT32) {
        table->narrow(place->values, values, place->values_storage, place->count);
        return;
    }
    uint16_t room[DRAWS_ROOM];
    table->narrow_drawn(place->values, values, place->values_storage, place->count, draw(table, room, place, 0));
}

/* Stores a state's new numbers. In fewer bits they are rounded stochastically: means that move by less than half a unit in each
 * step would not move at all. */
static void put_state(const kernel_table *table, const kernel_update *place, size_t state, float *numbers) {
    const uint32_t storage = place->state_storage[state];
    if (place->state[state] == NULL || place->state[state] == numbers) return;
    uint16_t              room[DRAWS_ROOM];
    const uint16_t *const draws = draw(table, room, place, (uint32_t)state + 1);
    if (storage < KERNEL_QUANTIZED8) {
        table->narrow_drawn(place->state[state], numbers, storage, place->count, draws);
        return;
    }
    memset(numbers + place->count, 0, BLOCK_BYTES - place->count * sizeof(float));
    table->narrow_codes(place->state[state], place->state_scales[state], numbers, place->count, draws,
                        storage == KERNEL_QUANTIZED8_UNSIGNED);
}

static size_t run_blocks(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                         bool only_counts) {
    block_room    room;
    kernel_update place = *update, block;
    size_t        agreeing = 0;
    for (size_t first = 0; first < update->count; first += place.count) {
        find_block(&place, rule, update, is_double, first);
        block = place;
        take_block(table, rule, &block, is_double, only_counts, &room);
        if (rule) {
            if (update->finish.is_cautious) {
                memcpy(room.before, block.values, block.count * kernel_stored_size(arithmetic(is_double)));
                block.finish.before = room.before;
            }
            const void *const given = block.gradient;
            if (update->has_stages) {
                table->stage(&block, is_double, room.staged, true);
                block.gradient = room.staged;
            }
            (is_double ? rule->update_float64 : rule->update_float32)(&block);
            block.gradient = given;
        }
        if (only_counts) {
            agreeing += table->count_agreeing(&block, is_double);
            continue;
        }
        if (update->has_finish) table->finish(&block, is_double);
        if (!update->is_stored) continue;
        put_values(table, &place, block.values);
        for (size_t state = 0; rule && state < rule->state_count; state++) {
            put_state(table, &place, state, block.state[state]);
        }
    }
    return agreeing;
}

void kernel_run(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double) {
    if (rule && !update->has_stages && !update->has_finish && !update->is_stored) {
        (is_double ? rule->update_float64 : rule->update_float32)(update);
    } else {
        run_blocks(table, rule, update, is_double, false);
    }
}

size_t kernel_count_agreeing(const kernel_table *table, const kernel_rule *rule, const kernel_update *update,
                             bool is_double) {
    return run_blocks(table, rule, update, is_double, true);
}

void kernel_store(const kernel_table *table, const kernel_update *update, const float *values) {
    kernel_update block = *update;
    for (size_t first = 0; first < update->count; first += block.count) {
        find_block(&block, NULL, update, false, first);
        put_values(table, &block, values + first);
    }
}

void kernel_stage(const kernel_table *table, const kernel_update *update, bool is_double, void *out) {
    block_room    room;
    kernel_update block = *update;
    for (size_t first = 0; first < update->count; first += block.count) {
        find_block(&block, NULL, update, is_double, first);
        take_block(table, NULL, &block, is_double, false, &room);
        table->stage(&block, is_double, advance(out, first * kernel_stored_size(arithmetic(is_double))), false);
    }
}

void kernel_measure_block(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                          double *sums) {
    const kernel_measure_function measure = is_double ? rule->measure_float64 : rule->measure_float32;
    block_room        room;
    _Alignas(64) char terms[KERNEL_MAX_TERMS][BLOCK_BYTES];
    double            lanes[KERNEL_MAX_SUMS][LANES] = {{0}};
    kernel_update     block = *update;
    for (size_t first = 0; first < update->count; first += block.count) {
        find_block(&block, rule, update, is_double, first);
        take_block(table, rule, &block, is_double, false, &room);
        if (update->has_stages) {
            table->stage(&block, is_double, room.staged, false);
            block.gradient = room.staged;
        }
        measure(&block, terms, BLOCK_BYTES / kernel_stored_size(arithmetic(is_double)));
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

void kernel_rule_add_state(kernel_rule *rule, const char *name, kernel_layout layout, kernel_kind kind, uint32_t needs,
                           uint32_t initial) {
    const size_t index = rule->state_count++;
    rule->state_layouts[index] = layout;
    rule->state_kinds[index] = kind;
    rule->state_names[index] = name;
    rule->state_needs[index] = needs;
    rule->state_initial[index] = initial;
}

void kernel_rule_add_scalar(kernel_rule *rule, const char *name, double initial) {
    const size_t index = rule->scalar_count++;
    rule->scalar_names[index] = name;
    rule->scalar_initial[index] = initial;
}
