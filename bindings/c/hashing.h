/*
 * MurmurHash3 (x86, 32 bits; Austin Appleby, in the public domain): the hash by which Vowpal Wabbit and scikit-learn's
 * FeatureHasher number the names of features. The same on every machine, whatever its byte order.
 */
#ifndef HASHING_H
#define HASHING_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t rotated(uint32_t bits, int by) { return bits << by | bits >> (32 - by); }

/* What four bytes, or the fewer at the end, change in the hash. */
static inline uint32_t scrambled(uint32_t block) {
    block *= UINT32_C(0xcc9e2d51);
    return rotated(block, 15) * UINT32_C(0x1b873593);
}

static inline uint32_t murmur_hash(const char *text, size_t size, uint32_t seed) {
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t hash = seed, block = 0;
    for (size_t i = 0; i < size; i++) {
        block |= (uint32_t)bytes[i] << 8 * (i % 4);
        if (i % 4 != 3) continue;
        hash = rotated(hash ^ scrambled(block), 13) * 5 + UINT32_C(0xe6546b64);
        block = 0;
    }
    hash ^= scrambled(block); /* which is 0 if no byte is left */
    hash ^= (uint32_t)size;
    hash = (hash ^ hash >> 16) * UINT32_C(0x85ebca6b);
    hash = (hash ^ hash >> 13) * UINT32_C(0xc2b2ae35);
    return hash ^ hash >> 16;
}

#endif
