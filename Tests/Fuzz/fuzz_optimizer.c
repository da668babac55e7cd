/*
 * Calls on optimizers, in any order and with any arguments but invalid pointers. A call that fails changes nothing, not
 * even what is saved; every result goes into the digest.
 */
#include "choices.h"
#include "saved.h"

enum { OPTIMIZERS = 2, TENSORS = 4, MOST_CALLS = 60, LARGE = 33000, MOST_SAVED = 1 << 15 };

static descent_optimizer *optimizers[OPTIMIZERS + 1]; /* and NULL */

/* The tensors of the next steps, and whether they share memory. */
static descent_tensor tensors[TENSORS];
static size_t         tensor_count;

static size_t elements(const descent_tensor *tensor) { return tensor->rows * tensor->columns; }
static size_t bytes_of(const descent_tensor *tensor) { return elements(tensor) * size_of(tensor->dtype); }

static descent_optimizer **take_optimizer(input *in) {
    return &optimizers[take_chance(in, 32) ? OPTIMIZERS : take_up_to(in, OPTIMIZERS - 1)];
}

static void create(input *in) {
    descent_optimizer **place = take_optimizer(in), *made = NULL;
    const bool has_out = !take_chance(in, 64);
    if (noted(descent_optimizer_create(take_algorithm(in), has_out ? &made : NULL)) == DESCENT_OK) {
        EXPECT(made != NULL, "no optimizer");
        if (place == &optimizers[OPTIMIZERS]) {
            descent_optimizer_free(made);
        } else {
            descent_optimizer_free(*place);
            *place = made;
        }
    } else {
        EXPECT(made == NULL, "an optimizer of a call that failed");
    }
}

/* The bytes that an optimizer saves; NULL without one, and for more than a few of them. */
static void *state_of(const descent_optimizer *optimizer, size_t *size) {
    if (descent_optimizer_save_size(optimizer, size) != DESCENT_OK || *size > MOST_SAVED) return NULL;
    return saved_optimizer(optimizer, size);
}

static void check_state(const descent_optimizer *optimizer, const void *before, size_t size) {
    size_t      now_size = 0;
    const void *now = state_of(optimizer, &now_size);
    if (before != NULL && now != NULL) EXPECT(size == now_size && memcmp(before, now, size) == 0, "the optimizer has changed");
}

static void set(input *in) {
    descent_optimizer *optimizer = *take_optimizer(in);
    size_t size = 0;
    void  *before = state_of(optimizer, &size);
    if (set_options(in, optimizer) == 0) check_state(optimizer, before, size);
}

/* Another one takes its place, which was saved and loaded. */
static void reload(input *in) {
    descent_optimizer **place = take_optimizer(in), *copy;
    size_t size;
    if (state_of(*place, &size) == NULL) return;
    copy = copy_optimizer(*place);
    descent_optimizer_free(*place);
    *place = copy;
}

/* A host's threads: one, which works in any order. */
static void work_backwards(size_t count, descent_share share, void *work, void *context) {
    EXPECT(context == &tensor_count && count >= 1, "%zu shares", count);
    while (count > 0) share(--count, work);
}

static void share_work(input *in) {
    noted(descent_set_parallel_for(take_chance(in, 2) ? work_backwards : NULL, &tensor_count));
}

static void get(input *in) {
    const descent_optimizer *optimizer = *take_optimizer(in);
    const descent_option option = take_option(in);
    double value = 0.125;
    descent_status status;
    switch (take_up_to(in, 2)) {
    case 0: status = descent_optimizer_get(optimizer, option, &value); break;
    case 1: status = descent_optimizer_get_group(optimizer, take_group(in), option, &value); break;
    default: status = descent_optimizer_learning_rate(optimizer, take_chance(in, 16) ? NULL : &value);
    }
    if (noted(status) == DESCENT_OK) EXPECT(!isnan(value), "an option that is NaN");
    add_double(value);
}

/* ---- Tensors ---- */

static void lay_out(input *in) {
    tensor_count = 1 + take_up_to(in, TENSORS - 1);
    for (size_t i = 0; i < tensor_count; i++) {
        const uint8_t shape = take_byte(in);
        tensors[i].dtype = shape % 2 == 0 ? DESCENT_FLOAT32 : DESCENT_FLOAT64;
        tensors[i].rows = 1 + shape / 2 % 8;
        tensors[i].columns = shape == 255 ? LARGE : 1 + take_up_to(in, 39);
        tensors[i].group = take_chance(in, 4) ? take_group(in) : 0;
        const size_t shift = take_up_to(in, 7);
        tensors[i].values = memory(bytes_of(&tensors[i]), shift);
        tensors[i].gradient = memory(bytes_of(&tensors[i]), take_up_to(in, 7));
    }
}

static void write_numbers(input *in) {
    if (tensor_count == 0) return;
    const descent_tensor *tensor = &tensors[take_up_to(in, tensor_count - 1)];
    void        *numbers = take_chance(in, 3) ? tensor->values : (void *)tensor->gradient;
    const double first = take_double(in), step = take_double(in);
    const size_t odd = take_up_to(in, 255), count = elements(tensor);
    for (size_t i = 0; i < count; i++) set_number(numbers, tensor->dtype, i, first + step * (double)(i % 7));
    if (take_chance(in, 4)) set_number(numbers, tensor->dtype, odd % count, take_double(in));
}

/* Makes one thing wrong about the tensors of one step, or at least unusual. */
static void spoil(input *in, descent_tensor *list, size_t *count) {
    descent_tensor *tensor = &list[take_up_to(in, tensor_count == 0 ? 0 : tensor_count - 1)];
    switch (take_up_to(in, 12)) {
    case 0: *count = 0; break;
    case 1: *count = take_huge(in); break;
    case 2: tensor->values = NULL; break;
    case 3: tensor->gradient = NULL; break;
    case 4: tensor->rows = take_huge(in); break;
    case 5: tensor->columns = take_huge(in); break;
    case 6: depends_on_addresses = true;
        tensor->rows = (size_t)1 << 4 * sizeof(size_t), tensor->columns = tensor->rows / 2;
        break;
    case 7: tensor->rows = 0; break;
    case 8: tensor->dtype = (descent_dtype)take_number(in, 4); break;
    case 9: tensor->group = take_32(in); break;
    case 10: tensor->gradient = tensor->values; break;
    case 11: tensor->gradient = (char *)tensor->values + (bytes_of(tensor) - 1); break;
    default: /* another tensor's memory: nobody notices, but only if it is large enough */
        for (size_t i = 0; i < tensor_count; i++)
            if (bytes_of(&list[i]) >= bytes_of(tensor) && bytes_of(tensor) < LARGE) tensor->gradient = list[i].values;
    }
    /* What is not refused must be true. */
    if (tensor->dtype == DESCENT_FLOAT64 && tensor - list < TENSORS && tensors[tensor - list].dtype == DESCENT_FLOAT32)
        tensor->dtype = (descent_dtype)7;
}

static void step(input *in) {
    descent_optimizer *optimizer = *take_optimizer(in);
    descent_tensor list[TENSORS];
    void  *before[TENSORS];
    size_t count = tensor_count;
    memcpy(list, tensors, sizeof list);
    if (take_chance(in, 4)) spoil(in, list, &count);
    for (size_t i = 0; i < tensor_count; i++) before[i] = copy_of(tensors[i].values, bytes_of(&tensors[i]));
    const uint64_t steps = descent_optimizer_step_count(optimizer);
    size_t         size = 0;
    const void    *state = state_of(optimizer, &size);
    const bool has_list = !take_chance(in, 64);
    if (noted(descent_optimizer_step(optimizer, has_list ? list : NULL, count)) == DESCENT_OK) {
        EXPECT(descent_optimizer_step_count(optimizer) - steps <= 1, "more than one step");
    } else {
        check_state(optimizer, state, size);
        for (size_t i = 0; i < tensor_count; i++)
            EXPECT(memcmp(before[i], tensors[i].values, bytes_of(&tensors[i])) == 0, "tensor %zu", i);
    }
    for (size_t i = 0; i < tensor_count; i++) add_array(tensors[i].values, tensors[i].dtype, elements(&tensors[i]));
}

/* ---- What the optimizer tells ---- */

static void state(input *in) {
    descent_optimizer *optimizer = *take_optimizer(in);
    const descent_algorithm algorithm = descent_optimizer_algorithm(optimizer);
    const char *name = descent_algorithm_state_name(algorithm, take_up_to(in, 4));
    const size_t index = take_chance(in, 16) ? take_huge(in) : take_up_to(in, TENSORS);
    if (take_chance(in, 8)) name = take_text(in, 80);
    void  *data = NULL;
    size_t count = 0;
    if (noted(descent_optimizer_state(optimizer, index, name, &data, &count)) != DESCENT_OK) {
        EXPECT(data == NULL && count == 0, "%zu", count);
        return;
    }
    /* Methods of matrices have some for some tensors only. */
    EXPECT((data != NULL) == (count > 0) && (count > 0 || descent_optimizer_algorithm(optimizer) >= DESCENT_ADAFACTOR), "%zu", count);
    /* The type is that of the first step's tensors, which may have been others than these. */
    add_number(count);
    if (index >= tensor_count || count != elements(&tensors[index])) return;
    if (take_chance(in, 4)) set_number(data, DESCENT_FLOAT32, take_byte(in) % count, take_double(in));
}

static void health(input *in) {
    descent_health health = {take_chance(in, 16) ? take_32(in) | 1 : sizeof health, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
    health.reserved = take_chance(in, 16);
    const descent_health before = health;
    if (noted(descent_optimizer_health(*take_optimizer(in), take_chance(in, 64) ? NULL : &health)) != DESCENT_OK)
        EXPECT(memcmp(&before, &health, sizeof health) == 0, "changed by a call that failed");
    add_number(health.step);
    add_double(health.gradient_norm);
    add_double(health.update_norm);
    add_double(health.parameter_norm);
    add_double(health.update_ratio);
    add_double(health.update_cosine);
    add_double(health.zero_fraction);
    add_number(health.clipped_steps);
    add_number(health.skipped_steps);
    add_number(health.not_finite);
}

static void call(input *in) {
    switch (take_up_to(in, 17)) {
    case 0: create(in); break;
    case 1: lay_out(in); break;
    case 2: case 3: set(in); break;
    case 4: get(in); break;
    case 5: case 6: write_numbers(in); break;
    case 7: case 8: case 9: case 10: step(in); break;
    case 11: state(in); break;
    case 12: health(in); break;
    case 13: noted(descent_optimizer_report_loss(*take_optimizer(in), take_double(in))); break;
    case 14: noted(descent_optimizer_reset(*take_optimizer(in))); break;
    case 15: reload(in); break;
    case 16: share_work(in); break;
    default: noted(descent_set_thread_count((int32_t)take_number(in, 3)));
    }
}

static void run_input(input *in) {
    for (int i = 0; i < OPTIMIZERS; i++) descent_optimizer_create(take_algorithm(in), &optimizers[i]);
    lay_out(in);
    for (int calls = 0; calls < MOST_CALLS && !is_empty(in); calls++) call(in);
}

static void end_input(void) {
    for (int i = 0; i <= OPTIMIZERS; i++) {
        descent_optimizer_free(optimizers[i]);
        optimizers[i] = NULL;
    }
    tensor_count = 0;
    descent_set_parallel_for(NULL, NULL);
    descent_set_thread_count(0);
}
