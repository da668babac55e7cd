/*
 * What the command line of train_linear can say: the options of its own, and where their values go.
 */
#ifndef COMMAND_OPTIONS_H
#define COMMAND_OPTIONS_H

#include "image_files.h"

#include <descent.h>

struct command_line {
    const char         *data, *target, *weights, *save, *load, *out; /* NULL if not given */
    struct set_files    train, test, validation, predict;
    double              feature_maximum; /* 0: 255 for bytes, else 1 */
    double              validation_fraction;
    uint32_t            hash_bits; /* 0: DEFAULT_HASH_BITS */
    uint32_t            chunk;     /* 0: all at once */
    int32_t             task;
    descent_loss        loss;      /* 0: the task's usual one */
    double              loss_parameter, l2, standard_deviation; /* NAN: the loss's default */
    descent_algorithm   algorithm; /* 0: the library chooses */
    struct optimizer_option {
        descent_option option;
        double         value;
    }                  *optimizer_options;
    size_t              optimizer_option_count;
    descent_fit_options fit; /* epochs, batch_size and patience NOT_GIVEN, and tolerance NAN, are free */
    bool                normalize, standardize, help, version;
};

enum { DEFAULT_HASH_BITS = 18 };

/* What is free. */
static const uint32_t NOT_GIVEN = UINT32_MAX;

enum task { TASK_OF_LOSS, CLASSIFY, REGRESS };

enum value_kind { FLAG, TEXT, FILE_NAME, WHOLE_32, POSITIVE_32, WHOLE_64, NUMBER, FRACTION, LOSS, ALGORITHM, SAMPLING,
                 TASK };

static const struct own_option {
    const char     *heading; /* of the group that starts here, in the help */
    const char     *name, *argument, *meaning;
    enum value_kind kind;
    size_t          offset; /* where in a command_line its value goes */
} own_options[] = {
#define AT(member) offsetof(struct command_line, member)
    {"Data, plain or compressed with gzip: .csv with a header, .svm or .svmlight or .libsvm, .vw, .npy, else images",
     "train",
     "FILE", "the training set", FILE_NAME, AT(train.images)},
    {NULL, "train-labels", "FILE", "its labels or targets, for .npy (else a column) and idx images", FILE_NAME,
     AT(train.labels)},
    {NULL, "test", "FILE", "samples that are only evaluated", FILE_NAME, AT(test.images)},
    {NULL, "test-labels", "FILE", "the labels of these", FILE_NAME, AT(test.labels)},
    {NULL, "validation", "FILE", "samples that tell which weights are best, and when to stop", FILE_NAME,
     AT(validation.images)},
    {NULL, "validation-labels", "FILE", "the labels of these", FILE_NAME, AT(validation.labels)},
    {NULL, "validation-fraction", "NUMBER", "instead of a file: the share of the training set, [0, 1)", FRACTION,
     AT(validation_fraction)},
    {NULL, "target", "COLUMN", "of labels or targets, by name or number from 1; the last one unless given", TEXT,
     AT(target)},
    {NULL, "weights", "COLUMN|FILE",
     "how much each training sample counts; a column of a CSV file, or a file of numbers",
     TEXT, AT(weights)},
    {NULL, "hash-bits", "N", "of text (.vw): its words are hashed into 2^N columns, 1 to 30; 18 unless given",
     POSITIVE_32, AT(hash_bits)},
    {NULL, "chunk", "N", "of .svm and .vw files only N samples are in memory: for those that do not fit into it",
     POSITIVE_32, AT(chunk)},
    {NULL, "normalize", NULL, "samples of .svm and .vw files are scaled to a Euclidean length of 1", FLAG,
     AT(normalize)},
    {NULL, "feature-maximum", "NUMBER", "every feature is divided by it; 255 for bytes and 1 for others unless given",
     NUMBER,
     AT(feature_maximum)},
    {NULL, "data", "DIRECTORY", "instead of files: a copy of MNIST, Fashion-MNIST or CIFAR-10 (binary)", TEXT,
     AT(data)},
    {NULL, "train-images", "FILE", "as --train, and once for each batch of CIFAR-10", FILE_NAME, AT(train.images)},
    {NULL, "test-images", "FILE", "as --test", FILE_NAME, AT(test.images)},
    {"Model", "task", "NAME", "classify or regress; that of the loss unless given, else classify", TASK, AT(task)},
    {NULL, "loss", "NAME", "one of the losses below", LOSS, AT(loss)},
    {NULL, "loss-parameter", "NUMBER", "of a loss that has one; see below", NUMBER, AT(loss_parameter)},
    {NULL, "l1", "NUMBER", "strength of the regularization l1 * sum of the weights' magnitudes: many become 0", NUMBER,
     AT(fit.l1)},
    {NULL, "l2", "NUMBER", "strength of the regularization, l2 * sum of the squared weights", NUMBER, AT(l2)},
    {NULL, "standardize", NULL, "features are centred and scaled (a chosen optimizer does so anyway)", FLAG,
     AT(standardize)},
    {NULL, "initialize", "NUMBER", "standard deviation of the first weights", NUMBER, AT(standard_deviation)},
    {"Training", "optimizer", "NAME", "one of the optimizers below; unless given, one that suits the data is chosen",
     ALGORITHM, AT(algorithm)},
    {NULL, "epochs", "N", "how often the training set is gone through; 10, or chosen, unless given", POSITIVE_32,
     AT(fit.epochs)},
    {NULL, "batch-size", "N", "samples in a minibatch; 0: all of them; 128, or chosen, unless given", WHOLE_32,
     AT(fit.batch_size)},
    {NULL, "patience", "N", "stop after so many epochs without progress; 0: never; chosen with the optimizer", WHOLE_32,
     AT(fit.patience)},
    {NULL, "tolerance", "NUMBER", "the share by which a loss must fall to be progress, [0, 1)", FRACTION,
     AT(fit.tolerance)},
    {NULL, "sampling", "NAME", "shuffle, replacement, stratified or weighted", SAMPLING, AT(fit.sampling)},
    {NULL, "seed", "N", "of the sampling and the first weights", WHOLE_64, AT(fit.seed)},
    {"Result", "save", "FILE", "the model, for --load; or, in a file .npy, its weights, with the bias as last row",
     TEXT, AT(save)},
    {NULL, "load", "FILE", "a model of --save, instead of training one", TEXT, AT(load)},
    {NULL, "predict", "FILE", "samples to predict; answers that are there are not looked at", FILE_NAME,
     AT(predict.images)},
    {NULL, "out", "FILE", "takes the predictions, a line for each", TEXT, AT(out)},
    {"About", "help", NULL, "print this", FLAG, AT(help)},
    {NULL, "version", NULL, "print the version of the library", FLAG, AT(version)},
#undef AT
};
enum { OWN_OPTION_COUNT = sizeof own_options / sizeof *own_options };

/* Indexed by descent_sampling. */
static const char *const sampling_names[] = {NULL, "shuffle", "replacement", "stratified", "weighted"};
enum { SAMPLING_END = sizeof sampling_names / sizeof *sampling_names };

#endif
