/*
 * Names, lists and numbers of algorithms, options, losses and statuses. A name that is found is the one that its number
 * has.
 */
#include "choices.h"

static void add_text(const char *text) {
    if (text != NULL) add_bytes(text, strlen(text));
    add_number(text != NULL);
}

/* The text itself, or the name of something, perhaps with another byte somewhere. */
static const char *take_name(input *in) {
    const char *name = NULL;
    switch (take_up_to(in, 4)) {
    case 0: return take_chance(in, 32) ? NULL : take_text(in, 200);
    case 1: name = descent_algorithm_name(take_algorithm(in)); break;
    case 2: name = descent_option_name(take_option(in)); break;
    case 3: name = descent_loss_name(descent_loss_at(take_up_to(in, 8))); break;
    default: name = descent_algorithm_state_name(take_algorithm(in), take_up_to(in, 4));
    }
    if (name == NULL) return NULL;
    char *copy = copy_of(name, strlen(name) + 1);
    if (take_chance(in, 3)) copy[take_byte(in) % (strlen(copy) + 1)] = (char)take_byte(in);
    /* A changed end is no end: what follows is another allocation's. */
    copy[strlen(name)] = '\0';
    return copy;
}

static void find(input *in) {
    const char *name = take_name(in);
    descent_algorithm algorithm = (descent_algorithm)77;
    descent_option    option = (descent_option)77;
    descent_loss      loss = (descent_loss)77;
    if (noted(descent_algorithm_from_name(name, take_chance(in, 64) ? NULL : &algorithm)) == DESCENT_OK)
        EXPECT(strcmp(descent_algorithm_name(algorithm), name) == 0, "\"%s\"", name);
    else EXPECT(algorithm == 77, "%d", (int)algorithm);
    if (noted(descent_option_from_name(name, take_chance(in, 64) ? NULL : &option)) == DESCENT_OK)
        EXPECT(strcmp(descent_option_name(option), name) == 0, "\"%s\"", name);
    else EXPECT(option == 77, "%d", (int)option);
    if (noted(descent_loss_from_name(name, take_chance(in, 64) ? NULL : &loss)) == DESCENT_OK)
        EXPECT(strcmp(descent_loss_name(loss), name) == 0, "\"%s\"", name);
    else EXPECT(loss == 77, "%d", (int)loss);
}

static void list(input *in) {
    const size_t index = take_chance(in, 2) ? (size_t)take_64(in) : take_byte(in);
    const descent_algorithm algorithm = descent_algorithm_at(index);
    EXPECT((algorithm != 0) == (index < descent_algorithm_count()), "%zu", index);
    EXPECT((descent_option_at(index) != 0) == (index < descent_option_count()), "%zu", index);
    EXPECT((descent_loss_at(index) != 0) == (index < descent_loss_count()), "%zu", index);
    add_text(descent_algorithm_name(algorithm));
    add_text(descent_algorithm_title(algorithm));
    add_text(descent_algorithm_formula(algorithm));
    add_text(descent_algorithm_state_name(take_algorithm(in), index));
}

static void look_up(input *in) {
    const uint32_t number = take_number(in, 64);
    add_text(descent_algorithm_name((descent_algorithm)number));
    add_text(descent_option_name((descent_option)number));
    add_text(descent_loss_name((descent_loss)number));
    EXPECT(descent_status_name((descent_status)number) != NULL, "%u", number);
    add_text(descent_status_name((descent_status)number));
    add_number(descent_option_is_switch((descent_option)number));
    add_number(descent_loss_takes_labels((descent_loss)number));
}

static void range(input *in) {
    double minimum = -7, maximum = -7, usual = -7;
    const descent_status status = noted(
        descent_option_range(take_algorithm(in), take_option(in), take_chance(in, 64) ? NULL : &minimum, &maximum, &usual));
    if (status == DESCENT_OK) EXPECT(minimum <= usual && usual <= maximum, "%g", usual);
    else EXPECT(minimum == -7 && maximum == -7 && usual == -7, "%g", usual);
}

static void run_input(input *in) {
    while (!is_empty(in)) {
        switch (take_up_to(in, 4)) {
        case 0: case 1: find(in); break;
        case 2: list(in); break;
        case 3: look_up(in); break;
        default: range(in);
        }
    }
}

static void end_input(void) {}
