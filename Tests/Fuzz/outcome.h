/*
 * What must hold after every call, and a digest of all that the calls of an input gave back: it must be the same with
 * every instruction set, number of threads, compiler and build.
 */
#ifndef OUTCOME_H
#define OUTCOME_H

#include "input.h"

#include <descent.h>

/* Ends the program, which the fuzzer takes for a finding. */
#define EXPECT(condition, ...)                                                              \
    ((condition) ? (void)0                                                                  \
                 : (fprintf(stderr, "%s:%d: %s does not hold: ", __FILE__, __LINE__, #condition), \
                    fprintf(stderr, __VA_ARGS__), fputc('\n', stderr), abort()))

static uint64_t digest;

/* As FNV-1a, but a number at a time; the shift brings high bits back to the low ones. */
static inline void add_number(uint64_t number) {
    digest = (digest ^ number) * UINT64_C(0x100000001b3);
    digest ^= digest >> 32;
}

static inline void add_bytes(const void *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) add_number(((const uint8_t *)bytes)[i]);
}

/* Which NaN comes out is not promised. */
static inline void add_double(double number) {
    uint64_t bits;
    if (isnan(number)) number = (double)NAN;
    memcpy(&bits, &number, sizeof bits);
    add_number(bits);
}

static inline double number_at(const void *numbers, descent_dtype dtype, size_t index) {
    float  single;
    double wide;
    if (dtype == DESCENT_FLOAT32) {
        memcpy(&single, (const char *)numbers + index * sizeof single, sizeof single);
        return single;
    }
    memcpy(&wide, (const char *)numbers + index * sizeof wide, sizeof wide);
    return wide;
}

static inline void set_number(void *numbers, descent_dtype dtype, size_t index, double value) {
    const float single = (float)value;
    if (dtype == DESCENT_FLOAT32) memcpy((char *)numbers + index * sizeof single, &single, sizeof single);
    else memcpy((char *)numbers + index * sizeof value, &value, sizeof value);
}

static inline size_t size_of(descent_dtype dtype) {
    return dtype == DESCENT_UINT8 ? 1 : dtype == DESCENT_FLOAT32 ? sizeof(float) : sizeof(double);
}

static inline void add_array(const void *numbers, descent_dtype dtype, size_t count) {
    for (size_t i = 0; i < count; i++) add_double(number_at(numbers, dtype, i));
}

/* Notes the status. A failure has a text: one line that fits and ends. */
static inline descent_status noted(descent_status status) {
    EXPECT((unsigned)status <= DESCENT_ERROR_COMMUNICATION, "status %d", (int)status);
    add_number(status);
    if (status == DESCENT_OK) return status;
    const char *text = descent_last_error();
    const size_t length = strlen(text);
    EXPECT(length > 0 && length < 256, "%zu characters", length);
    for (size_t i = 0; i < length; i++) EXPECT(text[i] >= ' ' && text[i] <= '~', "\"%s\"", text);
    add_bytes(text, length);
    return status;
}

/* The state of a run of one input; each harness defines the two. */
static void run_input(input *in);
static void end_input(void);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    input in = {bytes, size};
    digest = UINT64_C(0xcbf29ce484222325);
    depends_on_addresses = false;
    run_input(&in);
    end_input();
    free_memory();
    return 0;
}

/* Of the input that was run last. */
uint64_t last_digest(void);
uint64_t last_digest(void) { return digest; }
bool last_depended_on_addresses(void);
bool last_depended_on_addresses(void) { return depends_on_addresses; }

#endif
