/*
 * Trains on a stream: a classifier learns from a .npy file of any size, of which only a chunk is in memory at a time.
 *
 *     cc stream.c -ldescent -lm -o stream
 *     ./stream features.npy labels.npy CLASSES [ROWS OF A CHUNK [BATCH SIZE [WEIGHTS.npy]]]
 *
 * This is the way to learn from what does not fit into memory, or arrives bit by bit: one fit of one epoch for each
 * chunk. The optimizer keeps its state and its schedule from one to the next, so that all of them together make the
 * steps of a single fit that visits the samples in this order, with the same bits if a chunk is a whole number of
 * minibatches. To go through a file again, or through it in several sittings, go on in the same manner;
 * descent_classifier_save() and descent_optimizer_save() keep what is needed. In a fit that standardizes, the first
 * chunk gives the means and deviations for all of them.
 *
 * Exit status: 0, 1 for a failure, 2 for a command line that is wrong.
 */
#define _POSIX_C_SOURCE 200809L

#include "npy_file.h"

#include <descent.h>

/* A chunk at a time, of features and labels that lie in files of their own. */
struct stream {
    struct input_file features, labels;
    struct npy_header features_header, labels_header;
    size_t            done, chunk; /* rows */
    void             *feature_rows, *label_rows;
    descent_dataset   data; /* the present chunk */
};

static bool library_failed(const char *what) {
    fprintf(stderr, "cannot %s: %s\n", what, descent_last_error());
    return false;
}

static bool rewind_stream(struct stream *stream) {
    stream->done = 0;
    rewind(stream->features.stream);
    rewind(stream->labels.stream);
    return read_npy_header(&stream->features, &stream->features_header) &&
           read_npy_header(&stream->labels, &stream->labels_header);
}

static bool check_headers(const struct stream *stream) {
    const struct npy_header *features = &stream->features_header, *labels = &stream->labels_header;
    if (features->kind != 'f' && !(features->kind == 'u' && features->bytes == 1))
        return file_error(stream->features.path, "features of float32, float64 or uint8 were expected");
    return (labels->columns == 1 && labels->rows == features->rows) ||
           file_error(stream->labels.path, "%zu labels were expected, one for each sample", features->rows);
}

static bool make_room(struct stream *stream) {
    const size_t columns = stream->features_header.columns;
    if (stream->chunk > stream->features_header.rows) stream->chunk = stream->features_header.rows;
    stream->feature_rows = malloc(stream->chunk * columns * stream->features_header.bytes);
    stream->label_rows = malloc(stream->chunk * stream->labels_header.bytes);
    int32_t *labels = malloc(stream->chunk * sizeof *labels);
    stream->data = (descent_dataset){.struct_size = sizeof stream->data, .features = stream->feature_rows,
                                     .labels = labels,
                                     .dimension = columns, .scale = 1,
                                     .dtype = stream->features_header.kind == 'u'    ? DESCENT_UINT8
                                              : stream->features_header.bytes == 4 ? DESCENT_FLOAT32 : DESCENT_FLOAT64};
    return (stream->feature_rows != NULL && stream->label_rows != NULL && labels != NULL) ||
           file_error(stream->features.path, "out of memory for chunks of %zu rows", stream->chunk);
}

static bool open_stream(struct stream *stream, const char *features, const char *labels) {
    return open_input(features, &stream->features) && open_input(labels, &stream->labels) && rewind_stream(stream) &&
           check_headers(stream) && make_room(stream);
}

static void close_stream(struct stream *stream) {
    if (stream->features.stream != NULL) close_input(&stream->features, false);
    if (stream->labels.stream != NULL) close_input(&stream->labels, false);
    free(stream->feature_rows);
    free(stream->label_rows);
    free((int32_t *)stream->data.labels);
}

/* 1 and the next chunk, 0 at the end, -1 after a failure. */
static int next_chunk(struct stream *stream) {
    const size_t left = stream->features_header.rows - stream->done;
    const size_t rows = stream->data.samples = left < stream->chunk ? left : stream->chunk;
    if (rows == 0) return 0;
    if (!read_npy_rows(&stream->features, &stream->features_header, stream->done, rows, stream->feature_rows) ||
        !read_npy_rows(&stream->labels, &stream->labels_header, stream->done, rows, stream->label_rows))
        return -1;
    int32_t *labels = (int32_t *)stream->data.labels;
    for (size_t i = 0; i < rows; i++) {
        const double label = npy_number(&stream->labels_header, stream->label_rows, i);
        labels[i] = label >= 0 && label <= INT32_MAX ? (int32_t)label : -1;
        if (labels[i] < 0 || labels[i] != label) {
            const struct place place = {stream->labels.path, stream->done + i + 1, 0, NULL, "row"};
            place_error(place, "a label was expected, a whole number from 0 on, not %.17g", label);
            return -1;
        }
    }
    stream->done += rows;
    return 1;
}

/* One fit of one epoch for each chunk. */
static bool learn(struct stream *stream, descent_classifier *classifier, descent_optimizer *optimizer,
                  uint32_t batch_size) {
    descent_fit_options options;
    int found;
    descent_fit_options_init(&options);
    options.epochs = 1;
    options.batch_size = batch_size;
    options.check_features = 1;
    for (; (found = next_chunk(stream)) == 1; options.seed++)
        if (descent_classifier_fit(classifier, optimizer, &stream->data, &options, NULL, NULL) != DESCENT_OK) {
            fprintf(stderr, "in the chunk that ends with row %zu: ", stream->done);
            return library_failed("train");
        }
    return found == 0;
}

/* The mean over all samples. */
static bool evaluate(struct stream *stream, descent_classifier *classifier) {
    double loss, accuracy, loss_sum = 0, right = 0;
    int    found;
    if (!rewind_stream(stream)) return false;
    while ((found = next_chunk(stream)) == 1) {
        if (descent_classifier_evaluate(classifier, &stream->data, &loss, &accuracy) != DESCENT_OK)
            return library_failed("evaluate");
        loss_sum += loss * (double)stream->data.samples;
        right += accuracy * (double)stream->data.samples;
    }
    if (found == 0) printf("loss %.9f, accuracy %.6f\n", loss_sum / (double)stream->done, right / (double)stream->done);
    return found == 0;
}

/* Adam, whose rate falls along a cosine over all steps of the stream. */
static bool make_optimizer(const struct stream *stream, uint32_t batch_size, descent_optimizer **adam) {
    const size_t rows = stream->features_header.rows, rest = rows % stream->chunk, batch = batch_size;
    const size_t steps = rows / stream->chunk * ((stream->chunk - 1) / batch + 1) + (rest + batch - 1) / batch;
    return (descent_optimizer_create(DESCENT_ADAM, adam) == DESCENT_OK &&
            descent_optimizer_set(*adam, DESCENT_SCHEDULE, DESCENT_SCHEDULE_COSINE) == DESCENT_OK &&
            descent_optimizer_set(*adam, DESCENT_SCHEDULE_STEPS, (double)steps) == DESCENT_OK) ||
           library_failed("make the optimizer");
}

static bool save(const char *path, descent_classifier *classifier, size_t dimension, size_t classes) {
    float *weights, *bias;
    if (path == NULL) return true;
    return descent_classifier_parameters(classifier, &weights, &bias) == DESCENT_OK
               ? save_npy(path, weights, bias, dimension + 1, classes) : library_failed("read the weights");
}

/* A whole number from `least` to `most`; 0 for another text. */
static size_t read_count(const char *text, size_t least, size_t most) {
    char     *end;
    uintmax_t number = strtoumax(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && number >= least && number <= most ? (size_t)number : 0;
}

int main(int count, char **arguments) {
    const size_t classes = count > 3 ? read_count(arguments[3], 2, INT32_MAX) : 0;
    const size_t batch_size = count > 5 ? read_count(arguments[5], 1, UINT32_MAX) : 128;
    struct stream stream = {.chunk = count > 4 ? read_count(arguments[4], 1, SIZE_MAX) : 32768};
    descent_classifier *classifier = NULL;
    descent_optimizer  *adam = NULL;
    if (classes == 0 || batch_size == 0 || stream.chunk == 0 || count > 7) {
        fputs("usage: stream features.npy labels.npy CLASSES [ROWS OF A CHUNK [BATCH SIZE [WEIGHTS.npy]]]\n", stderr);
        return 2;
    }
    bool good = open_stream(&stream, arguments[1], arguments[2]) && make_optimizer(&stream, (uint32_t)batch_size,
                                                                                   &adam) &&
                (descent_classifier_create(stream.data.dimension, classes, DESCENT_SOFTMAX_CROSS_ENTROPY,
                                           &classifier) ==
                     DESCENT_OK || library_failed("make the classifier")) &&
                learn(&stream, classifier, adam, (uint32_t)batch_size) && evaluate(&stream, classifier) &&
                save(count > 6 ? arguments[6] : NULL, classifier, stream.data.dimension, classes);
    descent_classifier_free(classifier);
    descent_optimizer_free(adam);
    close_stream(&stream);
    return good ? 0 : 1;
}
