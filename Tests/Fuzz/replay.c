/*
 * Runs the files of a corpus without a fuzzer, for builds that have none, and prints their digests: the same numbers for
 * every instruction set, number of threads and build of the library. Behind an input it
 * says "addresses" if their length shows in the result, by the size of a struct or a size that no memory has. Usage: replay FILE OR FOLDER ...
 */
#define _POSIX_C_SOURCE 200809L
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int      LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
uint64_t last_digest(void);
bool     last_depended_on_addresses(void);

enum { MOST_BYTES = 1 << 20, MOST_PATH = 4096 };

static int run_file(const char *path) {
    static char bytes[MOST_BYTES];
    FILE *file = fopen(path, "rb");
    if (file == NULL) return perror(path), 1;
    const size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    /* Of exactly that size, so that a read beyond it is noticed. */
    uint8_t *input = malloc(size + (size == 0));
    if (input == NULL) return perror(path), 1;
    memcpy(input, bytes, size);
    LLVMFuzzerTestOneInput(input, size);
    free(input);
    const char *name = strrchr(path, '/');
    printf("%016" PRIx64 " %s%s\n", last_digest(), name == NULL ? path : name + 1, last_depended_on_addresses() ? " addresses" : "");
    return 0;
}

static int is_visible(const struct dirent *entry) { return entry->d_name[0] != '.'; }

static int run_folder(const char *path) {
    struct dirent **entries;
    const int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0) return -1;
    int failures = 0;
    for (int i = 0; i < count; i++) {
        char name[MOST_PATH];
        snprintf(name, sizeof name, "%s/%s", path, entries[i]->d_name);
        failures += run_file(name);
        free(entries[i]);
    }
    free(entries);
    return failures;
}

int main(int count, char **arguments) {
    int failures = 0;
    for (int i = 1; i < count; i++) {
        const int in_folder = run_folder(arguments[i]);
        failures += in_folder < 0 ? run_file(arguments[i]) : in_folder;
    }
    return failures == 0 ? 0 : 1;
}
