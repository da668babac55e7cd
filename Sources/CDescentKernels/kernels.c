#include "kernels.h"

kernel_table kernel_active_table;

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
