/*
 * Losses of any scores, labels and targets, and initialization. A call that fails writes nothing.
 */
#include "choices.h"

enum { MOST_CALLS = 20 };

static descent_dtype take_dtype(input *in) {
    return (descent_dtype)(take_chance(in, 32) ? take_32(in) : 1 + take_up_to(in, 1));
}

static descent_loss take_loss(input *in) {
    return take_chance(in, 32) ? (descent_loss)take_32(in) : descent_loss_at(take_up_to(in, descent_loss_count() - 1));
}

/* Numbers around 0 and special ones, of either type. */
static void *take_numbers(input *in, descent_dtype dtype, size_t count) {
    void *numbers = memory(count * size_of(dtype), take_up_to(in, 7));
    const double scale = take_double(in);
    for (size_t i = 0; i < count; i++) set_number(numbers, dtype, i, scale * ((double)(i * 37 % 19) / 8 - 1));
    for (size_t left = take_up_to(in, 3); left > 0; left--) set_number(numbers, dtype, take_byte(in) % count, take_double(in));
    return numbers;
}

static void loss(input *in) {
    const descent_dtype dtype = take_dtype(in);
    const descent_loss  loss = take_loss(in);
    /* Once in a while enough for several threads. */
    const bool   is_large = take_chance(in, 64);
    const size_t batch = is_large ? 1100 : 1 + take_up_to(in, 19), columns = is_large ? 30 : 1 + take_up_to(in, 39);
    const size_t count = batch * columns, bytes = count * size_of(dtype);
    void    *scores = take_numbers(in, dtype, count), *gradient = NULL;
    const uint8_t place = take_byte(in) % 8;
    if (place == 1) gradient = scores;
    else if (place == 2) gradient = (char *)scores + size_of(dtype) * (count - 1); /* overlaps, and is refused */
    else if (place > 2) gradient = memory(bytes, place);
    if (place == 2 && count == 1) gradient = NULL;
    const size_t given_batch = take_chance(in, 32) ? take_huge(in) : batch, given_columns = take_chance(in, 32) ? 0 : columns;
    void    *before = copy_of(scores, bytes);
    double   value = -7;
    double  *out = take_chance(in, 64) ? NULL : &value;
    void    *given_scores = take_chance(in, 64) ? NULL : scores;
    descent_status status;
    if (take_chance(in, 2)) {
        void *targets = take_numbers(in, dtype, count);
        if ((loss == DESCENT_LOGISTIC || loss == DESCENT_POISSON) && !take_chance(in, 8))
            for (size_t i = 0; i < count; i++) set_number(targets, dtype, i, (double)(i % 5) / 4);
        status = descent_loss_regress(loss, dtype, given_batch, given_columns, given_scores, targets, gradient, out);
    } else {
        int32_t *labels = memory(batch * sizeof *labels, 0);
        for (size_t i = 0; i < batch; i++) labels[i] = (int32_t)(i * 7 % columns);
        if (take_chance(in, 16)) labels[take_byte(in) % batch] = (int32_t)take_32(in);
        status = descent_loss_classify(loss, dtype, given_batch, given_columns, given_scores, labels, gradient, out);
    }
    if (noted(status) != DESCENT_OK) {
        EXPECT(value == -7 && memcmp(before, scores, bytes) == 0, "a call that failed wrote something");
        return;
    }
    add_double(value);
    if (gradient != NULL) add_array(gradient, dtype, count);
    if (gradient != scores) EXPECT(memcmp(before, scores, bytes) == 0, "the scores have changed");
}

static void initialize(input *in) {
    const descent_dtype dtype = take_dtype(in);
    const size_t rows = 1 + take_up_to(in, 15), columns = 1 + take_up_to(in, 15);
    const size_t given_rows = take_chance(in, 16) ? take_huge(in) : take_chance(in, 32) ? 0 : rows;
    void *values = memory(rows * columns * size_of(dtype), take_up_to(in, 7));
    const descent_initializer initializer = (descent_initializer)take_number(in, 8);
    const double scale = take_double(in);
    void *out = take_chance(in, 64) ? NULL : values;
    noted(descent_initialize(initializer, dtype, given_rows, columns, scale, take_byte(in), out));
    add_array(values, dtype, rows * columns);
}

static void run_input(input *in) {
    for (int calls = 0; calls < MOST_CALLS && !is_empty(in); calls++) {
        switch (take_up_to(in, 5)) {
        case 0: initialize(in); break;
        case 1: noted(descent_set_thread_count((int32_t)take_number(in, 3))); break;
        default: loss(in);
        }
    }
}

static void end_input(void) { descent_set_thread_count(0); }
