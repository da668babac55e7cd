/*
 * Saving and loading of all kinds: saved_optimizer(), load_optimizer(), compare_optimizer(), copy_optimizer(), and the
 * same for samplers, classifiers and regressors. What is saved must load, and be saved as the same bytes again; so must a
 * copy.
 */
#ifndef SAVED_H
#define SAVED_H

#include "outcome.h"

#define SAVED(kind)                                                                                                     \
    static inline void *saved_##kind(const descent_##kind *object, size_t *size) {                                      \
        size_t written = 0;                                                                                             \
        EXPECT(descent_##kind##_save_size(object, size) == DESCENT_OK, "%s", descent_last_error());                     \
        void *bytes = memory(*size, 1);                                                                                 \
        EXPECT(descent_##kind##_save(object, bytes, *size - 1, &written) == DESCENT_ERROR_INVALID_ARGUMENT,             \
               "%zu bytes", written);                                                                                   \
        EXPECT(descent_##kind##_save(object, bytes, *size, &written) == DESCENT_OK, "%s", descent_last_error());        \
        EXPECT(written == *size, "%zu bytes", written);                                                                 \
        add_number(written);                                                                                            \
        return bytes;                                                                                                   \
    }                                                                                                                   \
    static inline descent_##kind *load_##kind(const void *bytes, size_t size) {                                         \
        descent_##kind *object = NULL;                                                                                  \
        const descent_status status = noted(descent_##kind##_load(bytes, size, &object));                               \
        EXPECT((status == DESCENT_OK) == (object != NULL), "status %d", (int)status);                                   \
        EXPECT(status == DESCENT_OK || status == DESCENT_ERROR_CORRUPT_STATE || status == DESCENT_ERROR_OUT_OF_MEMORY,  \
               "status %d: %s", (int)status, descent_last_error());                                                     \
        return object;                                                                                                  \
    }                                                                                                                   \
    static inline void compare_##kind(const descent_##kind *one, const descent_##kind *other) {                         \
        size_t size, other_size;                                                                                        \
        void *bytes = saved_##kind(one, &size), *other_bytes = saved_##kind(other, &other_size);                        \
        EXPECT(size == other_size && memcmp(bytes, other_bytes, size) == 0, "%zu and %zu bytes", size, other_size);     \
    }                                                                                                                   \
    static inline descent_##kind *copy_##kind(const descent_##kind *object) {                                           \
        size_t size;                                                                                                    \
        void *bytes = saved_##kind(object, &size);                                                                      \
        descent_##kind *copy = load_##kind(bytes, size);                                                                \
        EXPECT(copy != NULL, "what was saved does not load: %s", descent_last_error());                                 \
        compare_##kind(object, copy);                                                                                   \
        descent_##kind *direct = NULL;                                                                                  \
        EXPECT(descent_##kind##_copy(object, &direct) == DESCENT_OK, "%s", descent_last_error());                       \
        compare_##kind(copy, direct);                                                                                   \
        descent_##kind##_free(direct);                                                                                  \
        return copy;                                                                                                    \
    }

SAVED(optimizer)
SAVED(sampler)
SAVED(classifier)
SAVED(regressor)

#endif
