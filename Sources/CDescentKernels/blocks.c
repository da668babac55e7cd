#include "blocks.h"

/* Stretches of tensors, block by block: what is prepared for a rule, and what it is measured by, stays in the processor's first
 * cache. */

enum { BLOCK_BYTES = 4096, LANES = 8 };

/* Of arrays that are stored in another type than that of the arithmetic a block is as long as those of codes and of draws; in
 * longer ones the processor would wait for memory and compute by turns. Where something is rounded stochastically it is put
 * back after the rule has run on the next one: while that waits for its divisions, the processor does this. So there are two,
 * one in the first part of each array of a room and one in the second. */
enum { DRAWN = KERNEL_DRAWN_BLOCK, TURN_BYTES = DRAWN * sizeof(float) };

/* A block in the type of the arithmetic. Not zeroed, which C does not ask for. */
typedef struct block_room {
    _Alignas(64) char values[BLOCK_BYTES];
    _Alignas(64) char before[BLOCK_BYTES];
    _Alignas(64) char gradient[BLOCK_BYTES];
    _Alignas(64) char staged[BLOCK_BYTES];
    _Alignas(64) char states[KERNEL_MAX_STATES][BLOCK_BYTES];
} block_room;

/* A stretch, how its arrays are stored, and the place for a block of them. */
typedef struct stretch {
    const kernel_table  *table;
    const kernel_rule   *rule; /* or NULL */
    const kernel_update *update;
    const kernel_draws  *draws; /* or NULL */
    bool                 is_double, copies;
    size_t               state_count;
    uint32_t             arithmetic, values, gradient, states[KERNEL_MAX_STATES];
    block_room          *room;
} stretch;

static uint32_t arithmetic(bool is_double) { return is_double ? KERNEL_FLOAT64 : KERNEL_FLOAT32; }

static stretch stretch_of(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                          bool copies, const kernel_draws *draws, block_room *room) {
    const uint32_t plain = arithmetic(is_double);
    stretch        all = {.table = table, .rule = rule, .update = update, .draws = draws, .is_double = is_double,
                          .copies = copies, .state_count = rule ? rule->state_count : 0, .arithmetic = plain, .values = plain,
                          .gradient = plain, .room = room};
    for (size_t state = 0; state < all.state_count; state++) {
        all.states[state] = update->is_stored ? update->state_storage[state] : plain;
    }
    if (update->is_stored) {
        all.values = update->values_storage;
        all.gradient = update->gradient_storage;
    }
    return all;
}

/* Some numbers in the type of the arithmetic: they themselves, if they are of that type and may be changed. */
static void *take(const stretch *all, void *room, void *numbers, const float *scales, uint32_t storage, size_t count,
                  bool copies) {
    if (numbers == NULL) return NULL;
    if (storage >= KERNEL_QUANTIZED8) {
        all->table->widen_codes(room, numbers, scales, count, storage == KERNEL_QUANTIZED8_UNSIGNED);
    } else if (storage != all->arithmetic) {
        all->table->widen(room, numbers, storage, count);
    } else if (copies) {
        memcpy(room, numbers, count * kernel_stored_size(storage));
    } else {
        return numbers;
    }
    return room;
}

/* Where a block's scales are, of a quantized state. */
static float *scales_at(const stretch *all, size_t state, size_t first) {
    float *const scales = all->update->state_scales[state];
    return all->states[state] >= KERNEL_QUANTIZED8 ? scales + first / KERNEL_QUANTIZED_BLOCK : NULL;
}

/* Takes the arrays of the block from element `first` of the stretch to `end`. */
static void take_block(const stretch *all, kernel_update *block, size_t first, size_t end, size_t turn) {
    const kernel_update *const update = all->update;
    block_room *const          room = all->room;
    const size_t               count = end - first, offset = turn * TURN_BYTES;
    block->count = count;
    block->values = take(all, room->values + offset, kernel_at(update->values, all->values, first), NULL, all->values, count,
                         all->copies);
    block->gradient = take(all, room->gradient + offset, kernel_at(update->gradient, all->gradient, first), NULL,
                           all->gradient, count, false);
    for (size_t state = 0; state < all->state_count; state++) {
        block->state[state] = take(all, room->states[state] + offset, kernel_at(update->state[state], all->states[state], first),
                                   scales_at(all, state, first), all->states[state], count, all->copies);
    }
    block->finish.before = kernel_at(update->finish.before, all->arithmetic, first);
    block->finish.slow = kernel_at(update->finish.slow, all->arithmetic, first);
    block->finish.average = kernel_at(update->finish.average, all->arithmetic, first);
}

/* Stores new values as the update wants them, and their copy. */
static void put_values(const stretch *all, const float *values, size_t first, size_t count, const kernel_drawing *drawing) {
    const kernel_update *const update = all->update;
    void *const                copy = kernel_at(update->copy, update->copy_storage, first);
    void *const                place = kernel_at(update->values, all->values, first);
    if (copy != NULL) all->table->narrow(copy, values, update->copy_storage, count, NULL);
    if (place != values) all->table->narrow(place, values, all->values, count, update->is_stochastic ? drawing : NULL);
}

/* Stores a state's new numbers. In fewer bits they are rounded stochastically: means that move by less than half a unit in each
 * step would not move at all. */
static void put_state(const stretch *all, size_t state, const float *numbers, const float *greatest, size_t first,
                      size_t count, const kernel_drawing *drawing) {
    const uint32_t storage = all->states[state];
    void *const    place = kernel_at(all->update->state[state], storage, first);
    if (place == NULL || place == numbers) return;
    if (storage < KERNEL_QUANTIZED8) {
        all->table->narrow(place, numbers, storage, count, drawing);
    } else {
        all->table->narrow_codes(place, scales_at(all, state, first), greatest[state], numbers, count, drawing,
                                 storage == KERNEL_QUANTIZED8_UNSIGNED);
    }
}

/* Finds the greatest magnitude of each quantized state of a block: its scale, which is needed when the block is stored. */
static void find_greatest(const stretch *all, const kernel_update *block, float *greatest) {
    for (size_t state = 0; state < all->state_count; state++) {
        float *const numbers = block->state[state];
        if (numbers == NULL || all->states[state] < KERNEL_QUANTIZED8) continue;
        if (block->count < DRAWN) memset(numbers + block->count, 0, (DRAWN - block->count) * sizeof(float));
        greatest[state] = all->table->greatest_magnitude(numbers, DRAWN);
    }
}

/* Stores the new numbers of a block that was taken, from element `first` of the stretch on. */
static void put_block(const stretch *all, const kernel_update *block, const float *greatest, size_t first) {
    const kernel_update *const update = all->update;
    const kernel_draws *const  draws = all->draws;
    const uint64_t             element = update->first_element + first;
    uint32_t                   words[KERNEL_PURPOSES];
    kernel_drawing             drawings[KERNEL_PURPOSES];
    for (size_t purpose = 0; draws && purpose < 1 + all->state_count; purpose++) {
        if (purpose % 4 == 0) {
            kernel_draw_block(words + purpose, update->rounding_key, element / DRAWN, update->tensor, (uint32_t)purpose / 4);
        }
        drawings[purpose] = kernel_drawing_at(draws, element % DRAWN, words[purpose]);
    }
    put_values(all, block->values, first, block->count, draws ? &drawings[0] : NULL);
    for (size_t state = 0; state < all->state_count; state++) {
        put_state(all, state, block->state[state], greatest, first, block->count, &drawings[1 + state]);
    }
}

/* Updates a block that was taken: what comes before the rule, and the rule. */
static void apply(const stretch *all, kernel_update *block, size_t turn) {
    if (all->rule == NULL) return;
    block_room *const room = all->room;
    const void *const given = block->gradient;
    if (block->finish.is_cautious) {
        block->finish.before =
            memcpy(room->before + turn * TURN_BYTES, block->values, block->count * kernel_stored_size(all->arithmetic));
    }
    if (block->has_stages) {
        all->table->stage(block, all->is_double, room->staged, true);
        block->gradient = room->staged;
    }
    all->table->apply(all->rule, block, all->is_double);
    block->gradient = given;
}

/* Where the block that begins with element `first` ends. */
static size_t block_end(const stretch *all, size_t first) {
    const kernel_update *const update = all->update;
    const size_t most = update->is_stored ? DRAWN - (update->first_element + first) % DRAWN
                                          : BLOCK_BYTES / kernel_stored_size(all->arithmetic);
    return update->count - first < most ? update->count : first + most;
}

/* What comes after the rule, but storing; returns how many elements have moved against the gradient, if only these count. */
static size_t finish(const stretch *all, const kernel_update *block, bool only_counts) {
    if (only_counts) return all->table->count_agreeing(block, all->is_double);
    if (block->has_finish) all->table->finish(block, all->is_double);
    return 0;
}

static size_t run_blocks(const stretch *all, bool only_counts) {
    const kernel_update *const update = all->update;
    const bool                 puts = update->is_stored && !only_counts, puts_later = puts && all->draws != NULL;
    kernel_update              blocks[2] = {*update, *update};
    float                      greatest[2][KERNEL_MAX_STATES] = {{0}};
    size_t                     agreeing = 0, former = 0, turn = 0, end = block_end(all, 0);
    take_block(all, &blocks[0], 0, end, 0);
    for (size_t first = 0;; former = first, first = end, end = first + blocks[turn].count) {
        kernel_update *const block = &blocks[turn];
        apply(all, block, turn);
        agreeing += finish(all, block, only_counts);
        if (puts_later) {
            find_greatest(all, block, greatest[turn]);
            turn = !turn;
            if (first > 0) put_block(all, &blocks[turn], greatest[turn], former);
        } else if (puts) {
            put_block(all, block, NULL, first);
        }
        if (end < update->count) {
            take_block(all, &blocks[turn], end, block_end(all, end), turn);
            continue;
        }
        if (puts_later) put_block(all, block, greatest[!turn], first);
        return agreeing;
    }
}

bool kernel_needs_draws(const kernel_rule *rule, const kernel_update *update) {
    if (!update->is_stored) return false;
    bool needs = update->is_stochastic && update->values_storage != KERNEL_FLOAT32;
    for (size_t state = 0; rule && state < rule->state_count; state++) {
        needs = needs || (update->state[state] != NULL && update->state_storage[state] != KERNEL_FLOAT32);
    }
    return needs;
}

/* Whether the rule has a loop for this: all states codes, and nothing besides that it does not know. */
static bool goes_in_codes(const kernel_rule *rule, const kernel_update *update) {
    if (rule == NULL || rule->update_codes == NULL || !update->is_stored || update->has_finish || update->copy != NULL ||
        update->values_storage == KERNEL_FLOAT16 || update->gradient_storage == KERNEL_FLOAT16 ||
        update->first_element % KERNEL_QUANTIZED_BLOCK != 0) {
        return false;
    }
    for (size_t state = 0; state < rule->state_count; state++) {
        const bool is_code = update->state_storage[state] >= KERNEL_QUANTIZED8;
        if (rule->state_needs[state] != 0 ? update->state[state] != NULL : !is_code) return false;
    }
    return true;
}

/* What is left of an update after whole blocks. */
static kernel_update rest_of(const kernel_update *update, size_t done) {
    kernel_update rest = *update;
    rest.count -= done;
    rest.first_element += done;
    rest.values = kernel_at(update->values, update->values_storage, done);
    rest.gradient = kernel_at(update->gradient, update->gradient_storage, done);
    for (size_t state = 0; state < KERNEL_MAX_STATES; state++) {
        if (update->state[state] == NULL) continue;
        rest.state[state] = kernel_at(update->state[state], update->state_storage[state], done);
        rest.state_scales[state] = update->state_scales[state] + done / KERNEL_QUANTIZED_BLOCK;
    }
    return rest;
}

void kernel_run_drawn(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                      const kernel_draws *draws) {
    const size_t  whole = update->count - update->count % KERNEL_QUANTIZED_BLOCK;
    kernel_update rest;
    if (whole > 0 && goes_in_codes(rule, update)) {
        _Alignas(64) kernel_code_room room;
        rule->update_codes(update, draws, &room);
        if (whole == update->count) return;
        rest = rest_of(update, whole);
        update = &rest;
    }
    block_room    room;
    const stretch all = stretch_of(table, rule, update, is_double, false, draws, &room);
    run_blocks(&all, false);
}

void kernel_run(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double) {
    if (rule && !update->has_stages && !update->has_finish && !update->is_stored) {
        table->apply(rule, update, is_double);
        return;
    }
    _Alignas(64) kernel_draws draws;
    const bool                needs_draws = kernel_needs_draws(rule, update);
    if (needs_draws) table->fill_draws(&draws, update->rounding_key);
    kernel_run_drawn(table, rule, update, is_double, needs_draws ? &draws : NULL);
}

size_t kernel_count_agreeing(const kernel_table *table, const kernel_rule *rule, const kernel_update *update,
                             bool is_double) {
    block_room    room;
    const stretch all = stretch_of(table, rule, update, is_double, true, NULL, &room);
    return run_blocks(&all, true);
}

void kernel_store(const kernel_table *table, const kernel_update *update, const float *values) {
    _Alignas(64) kernel_draws draws;
    const bool                needs_draws = kernel_needs_draws(NULL, update);
    if (needs_draws) table->fill_draws(&draws, update->rounding_key);
    const stretch all = stretch_of(table, NULL, update, false, false, needs_draws ? &draws : NULL, NULL);
    for (size_t first = 0, end; first < update->count; first = end) {
        end = block_end(&all, first);
        kernel_update block = {.values = (float *)values + first, .count = end - first};
        put_block(&all, &block, NULL, first);
    }
}

void kernel_stage(const kernel_table *table, const kernel_update *update, bool is_double, void *out) {
    block_room    room;
    kernel_update block = *update;
    const stretch all = stretch_of(table, NULL, update, is_double, false, NULL, &room);
    for (size_t first = 0; first < update->count; first += block.count) {
        take_block(&all, &block, first, block_end(&all, first), 0);
        table->stage(&block, is_double, kernel_at(out, all.arithmetic, first), false);
    }
}

void kernel_measure_block(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                          double *sums) {
    const kernel_measure_function measure = is_double ? rule->measure_float64 : rule->measure_float32;
    block_room        room;
    _Alignas(64) char terms[KERNEL_MAX_TERMS][BLOCK_BYTES];
    double            lanes[KERNEL_MAX_SUMS][LANES] = {{0}};
    kernel_update     block = *update;
    const stretch     all = stretch_of(table, rule, update, is_double, false, NULL, &room);
    for (size_t first = 0; first < update->count; first += block.count) {
        take_block(&all, &block, first, block_end(&all, first), 0);
        if (update->has_stages) {
            table->stage(&block, is_double, room.staged, false);
            block.gradient = room.staged;
        }
        measure(&block, terms, BLOCK_BYTES / kernel_stored_size(all.arithmetic));
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
