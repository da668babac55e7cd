/*
 * What the kernels and the engine share: plain structs and numbers, so that no Swift module has to be shared between
 * instruction sets. Internal; the public interface is include/descent.h.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__AVX2__)
#include <immintrin.h>
#endif
#include <string.h>

#include "codes.h"
#include "draws.h"
#include "halves.h"
#include "products.h"

#pragma clang assume_nonnull begin

enum {
    KERNEL_MAX_STATES = 6,     /* state buffers of a rule */
    KERNEL_MAX_CONSTANTS = 16, /* numbers that a rule prepares once a step */
    KERNEL_MAX_SCALARS = 4,    /* numbers that a rule keeps from one step to the next */
    KERNEL_MAX_SUMS = 2,       /* sums over a tensor that a rule asks for */
    KERNEL_MAX_TERMS = 3,      /* numbers of each element that they are made of */
    KERNEL_SUM_BLOCK = 4096,   /* elements whose terms are added up in one go */
    KERNEL_DIALECTS = 4,
    KERNEL_OPTION_SLOTS = 128, /* options are numbered below this */
    KERNEL_MAX_RULES = 64,
    KERNEL_MAX_LOSSES = 16
};

/* The options' numbers, those of descent_option. */
typedef enum kernel_option {
    KERNEL_LEARNING_RATE = 1,
    KERNEL_MOMENTUM_DECAY = 2,
    KERNEL_BETA1 = 3,
    KERNEL_BETA2 = 4,
    KERNEL_EPSILON = 5,
    KERNEL_RHO = 6,
    KERNEL_WEIGHT_DECAY = 7,
    KERNEL_BIAS_CORRECTION = 8,
    KERNEL_CLIP_VALUE = 20,
    KERNEL_CLIP_NORM = 21,
    KERNEL_MAXIMIZE = 22,
    KERNEL_DECOUPLED_WEIGHT_DECAY = 23,
    KERNEL_NOT_FINITE_POLICY = 24,
    KERNEL_TRACK_HEALTH = 25,
    KERNEL_SCHEDULE = 30,
    KERNEL_WARMUP_STEPS = 31,
    KERNEL_SCHEDULE_STEPS = 32,
    KERNEL_SCHEDULE_FACTOR = 33,
    KERNEL_SCHEDULE_POWER = 34,
    KERNEL_SCHEDULE_FLOOR = 35,
    KERNEL_CYCLE_FACTOR = 36,
    KERNEL_CYCLE_RISE = 37,
    KERNEL_CYCLE_START = 38,
    KERNEL_PATIENCE = 39,
    KERNEL_DIALECT = 40,
    KERNEL_DAMPENING = 41,
    KERNEL_CENTERED = 42,
    KERNEL_AMSGRAD = 43,
    KERNEL_LEARNING_RATE_DECAY = 44,
    KERNEL_INITIAL_ACCUMULATOR = 45,
    KERNEL_BETA3 = 46,
    KERNEL_EPSILON_ROOT = 47,
    KERNEL_NESTEROV_MOMENTUM = 48,
    KERNEL_ALPHA = 49,
    KERNEL_ETA_MINUS = 50,
    KERNEL_ETA_PLUS = 51,
    KERNEL_MINIMUM_STEP = 52,
    KERNEL_MAXIMUM_STEP = 53,
    KERNEL_LAMBD = 54,
    KERNEL_T0 = 55,
    KERNEL_BETA = 56,
    KERNEL_L1 = 57,
    KERNEL_L2 = 58,
    KERNEL_RATE_POWER = 59,
    KERNEL_AVERAGE_POWER = 60,
    KERNEL_SLOW_WARMUP_STEPS = 61,
    KERNEL_CLIP_UPDATE = 62,
    KERNEL_PROXIMAL_WEIGHT_DECAY = 63,
    KERNEL_TRUST_COEFFICIENT = 64,
    KERNEL_GAMMA = 65,
    KERNEL_VECTORS_TOO = 66,
    KERNEL_VECTOR_LEARNING_RATE = 67,
    KERNEL_VECTOR_BETA1 = 68,
    KERNEL_VECTOR_BETA2 = 69,
    KERNEL_VECTOR_WEIGHT_DECAY = 70,
    KERNEL_INITIAL_DISTANCE = 71,
    KERNEL_DISTANCE_COEFFICIENT = 72,
    KERNEL_GROWTH_RATE = 73,
    KERNEL_SAFEGUARD_WARMUP = 74,
    KERNEL_RATE_FREE_WEIGHT_DECAY = 75,
    KERNEL_PLATEAU_RISES = 76,
    KERNEL_PLATEAU_THRESHOLD = 77,
    KERNEL_COOLDOWN = 78,
    KERNEL_CYCLE_DECAY = 79,
    KERNEL_AVERAGE = 80,
    KERNEL_AVERAGE_DECAY = 81,
    KERNEL_AVERAGE_START = 82,
    KERNEL_LOOKAHEAD_STEPS = 83,
    KERNEL_LOOKAHEAD_RATE = 84,
    KERNEL_ACCUMULATE_STEPS = 85,
    KERNEL_CENTRALIZE = 86,
    KERNEL_ADAPTIVE_CLIP = 87,
    KERNEL_CAUTIOUS = 88,
    KERNEL_ORTHOGONALIZATION_STEPS = 89,
    KERNEL_CONSISTENT_RMS = 90,
    KERNEL_ADAPTIVE_SCALE = 91,
    KERNEL_VECTOR_EPSILON = 92,
    KERNEL_PRECONDITION_FREQUENCY = 93,
    KERNEL_MAXIMUM_SIDE = 94,
    KERNEL_NORMALIZE_GRADIENT = 95,
    KERNEL_DECAY_POWER = 96,
    KERNEL_SCALE_FLOOR = 97,
    KERNEL_CLIP_THRESHOLD = 98,
    KERNEL_HISTORY = 100,
    KERNEL_LINE_SEARCH_STEPS = 101,
    KERNEL_WOLFE_DECREASE = 102,
    KERNEL_WOLFE_CURVATURE = 103,
    KERNEL_SCALE_BY_WEIGHTS = 104,
    KERNEL_PRECONDITION_VECTORS = 105,
    KERNEL_MINIMUM_SIDE = 106,
    KERNEL_PART_ITERATIONS = 107,
    KERNEL_BFLOAT16_PRODUCTS = 108,
    KERNEL_STATE_DTYPE = 110,
    KERNEL_STOCHASTIC_ROUNDING = 111,
    KERNEL_ROUNDING_SEED = 112,
    KERNEL_GRADIENT_SCALE = 113
} kernel_option;

/* The dialects' numbers, those of descent_dialect. */
typedef enum kernel_dialect {
    KERNEL_TEXTBOOK = 0,
    KERNEL_PYTORCH = 1,
    KERNEL_KERAS = 2,
    KERNEL_OPTAX = 3
} kernel_dialect;

/* A tensor as a caller describes it: the layout of descent_tensor. */
typedef struct kernel_tensor {
    void *_Nullable values;
    const void *_Nullable gradient;
    size_t   rows, columns;
    uint32_t dtype, group;
} kernel_tensor;

/* The same for descent_parameter: the members from values to dtype are those of kernel_tensor. */
typedef struct kernel_parameter {
    uint32_t struct_size, group;
    void *_Nullable values;
    const void *_Nullable gradient;
    size_t   rows, columns;
    uint32_t dtype, gradient_dtype;
    void *_Nullable copy;
    uint32_t copy_dtype, reserved;
    const int64_t *_Nullable row_indices;
    size_t   row_count;
} kernel_parameter;
enum { KERNEL_PARAMETER_VALUES = 8 }; /* where they begin */

/* What happens before a rule, in this order. */
typedef struct kernel_stages {
    double clip_value;     /* gradient limited to [-clip_value, clip_value]; infinity: not */
    double gradient_scale; /* gradient *= gradient_scale; 1: not */
    double coupled_decay;  /* gradient += coupled_decay * value; 0: not */
    double kept_share;     /* value *= kept_share; 1: not */
} kernel_stages;

/* What happens after a rule, in this order. */
typedef struct kernel_finish {
    /* Cautious: the values before the step, or NULL. What the rule has added to kept_share of them stays where it goes against
     * gradient_sign * gradient, times `scale`. */
    bool   is_cautious; /* the same with the values that the rule gets, where it is part of the same pass */
    const void *_Nullable before;
    double kept_share, gradient_sign, scale;
    void *_Nullable slow;    /* Lookahead, in a step that ends at the slow values: they go slow_rate of the way, or NULL */
    double slow_rate;
    void *_Nullable average; /* goes average_rate of the way to the values, or NULL */
    double average_rate;
} kernel_finish;

/* One stretch of one tensor, updated in one pass. */
typedef struct kernel_update {
    void *_Nullable values;
    const void *_Nullable gradient;
    void *_Nullable state[KERNEL_MAX_STATES]; /* NULL for a state that the options do not call for */
    size_t          count;
    double          constants[KERNEL_MAX_CONSTANTS];
    uint32_t        resting_states;           /* a bit for each state whose option is 0: it is kept as it is */
    bool            has_stages;               /* false where none of them does anything */
    kernel_stages   stages;
    bool            has_finish;
    kernel_finish   finish;
    /* Of floats: how the arrays are stored, if not all as floats, and a copy of the new values, or NULL. */
    bool            is_stored;
    uint8_t         values_storage, gradient_storage, copy_storage, state_storage[KERNEL_MAX_STATES];
    void *_Nullable copy;
    /* Whether new values are rounded stochastically; by draws of this key, the tensor's number and each element's. */
    bool            is_stochastic;
    float *_Nullable state_scales[KERNEL_MAX_STATES]; /* of quantized states */
    uint32_t        rounding_key[2], tensor;
    uint64_t        first_element;
} kernel_update;

typedef void (*kernel_update_function)(const kernel_update *update);

/* Of floats or bfloat16 with states, all those that are always there, in codes: its whole blocks. */
typedef void (*kernel_update_codes)(const kernel_update *update, const kernel_draws *draws, kernel_code_room *room);

/* Writes each element's terms: term i of element k to terms[i * pitch + k]. Changes nothing else. */
typedef void (*kernel_measure_function)(const kernel_update *update, void *terms, size_t pitch);

/* What a sum adds up over a tensor's elements: the product of two terms, or the magnitude of one. */
typedef struct kernel_sum {
    uint8_t first, second;
    bool    is_of_magnitudes;
} kernel_sum;

/* What is known of a state's numbers, for storing them in fewer bits: those of the last kind never are. */
typedef enum kernel_kind { KERNEL_SIGNED = 0, KERNEL_NOT_NEGATIVE = 1, KERNEL_PRECISE = 2 } kernel_kind;

/* How many numbers a state has for each tensor. */
typedef enum kernel_layout {
    KERNEL_EACH_ELEMENT = 0,
    KERNEL_EACH_TENSOR = 1,    /* one; kernels do not see it */
    KERNEL_BY_MATRIX_METHOD = 2 /* the engine's matrix method says how many; the kernel sees it if there is one of each element */
} kernel_layout;

/* Where a rule's averaged parameters are, if it has any: with the state buffer s and the option's value b, at s itself, or at
 * w + (1 - 1 / b) * (s - w). */
typedef enum kernel_average { KERNEL_NO_AVERAGE = 0, KERNEL_AVERAGE_IS_STATE = 1, KERNEL_AVERAGE_IS_BEYOND = 2 } kernel_average;

/* The sums of a tensor, and of all tensors of the step. */
typedef struct kernel_sums {
    double  tensor[KERNEL_MAX_SUMS], all[KERNEL_MAX_SUMS];
    bool    is_vector;
    double  kept; /* the number that the rule has of each tensor; receives the one after this step */
} kernel_sums;

/* Powers of a number that a rule needs in each step, kept from one to the next; zero at first. Kept or not, the result is
 * the same. */
enum { KERNEL_LOW_POWERS = 16, KERNEL_MAX_POWERS = 3 };
typedef struct kernel_power {
    double   base;
    bool     is_filled;
    uint64_t steps;                            /* the exponent of the high power, a multiple of KERNEL_LOW_POWERS */
    uint64_t numbers[2 + 2 * KERNEL_LOW_POWERS]; /* that power, then those with exponents below KERNEL_LOW_POWERS */
} kernel_power;

typedef struct kernel_memory {
    kernel_power powers[KERNEL_MAX_POWERS];
} kernel_memory;

/* What a rule computes once a step for all tensors of a group. */
typedef struct kernel_preparation {
    uint64_t      step;    /* from 1 */
    const double *options; /* by their number; the learning rate is this step's */
    kernel_memory *_Nullable memory;
    double *constants; /* receives KERNEL_MAX_CONSTANTS numbers */
    double *scalars;   /* KERNEL_MAX_SCALARS numbers of the step before; receives those of this one */
} kernel_preparation;

/* By what a rule multiplies an element's gradient: by the learning rate, or a constant, divided by
 * sqrt(max(state * inside, greatest) + epsilon_inside) * outside + epsilon_outside if it has a state for that. States and constants
 * are given by their numbers; -1 stands for none, and for 1 or 0. */
typedef struct kernel_metric {
    bool   is_known;
    int8_t rate, state, greatest, inside, epsilon_inside, outside, epsilon_outside;
} kernel_metric;

/* What becomes of a row of the tensor that some steps pass by, in a fit of a linear model: its part of decay and l1 is missing, and is
 * made up for, exactly but for the decay of a rule with a root, or not; or the rule makes all values anew from its state, whatever
 * they were. */
typedef enum kernel_missed_rows {
    KERNEL_MISSED_STAYS = 0,
    KERNEL_MISSED_IS_MADE_UP = 1,
    KERNEL_MISSED_IS_MADE_UP_BUT_DECAY = 2,
    KERNEL_MISSED_IS_MADE_ANEW = 3
} kernel_missed_rows;

/* An optimizer's rule, as its file under Kernels/Rules states it. */
typedef struct kernel_rule {
    int32_t     algorithm; /* the number of descent_algorithm */
    const char *name, *title, *formula;
    size_t      state_count;
    const char *_Nullable state_names[KERNEL_MAX_STATES];
    uint32_t    state_needs[KERNEL_MAX_STATES];   /* the option that calls for this state if it is not 0; 0: always there */
    kernel_layout state_layouts[KERNEL_MAX_STATES];
    kernel_kind   state_kinds[KERNEL_MAX_STATES];
    uint32_t    state_initial[KERNEL_MAX_STATES]; /* the option that gives the state's first value; 0: zero */
    bool        is_batch; /* decides itself where to evaluate: no functions below, and none of the options of steps */
    bool        is_for_models; /* one that fits linear models, and does not go along a function */
    bool        has_option[KERNEL_OPTION_SLOTS];
    double      option_default[KERNEL_OPTION_SLOTS][KERNEL_DIALECTS];
    /* Once a step, in double. */
    void (*prepare)(const kernel_preparation *preparation);
    kernel_average         average;
    uint32_t               average_state, average_option;
    bool                   decays_itself; /* decoupled weight decay is in its constants, not in the stages */
    kernel_metric          metric;
    kernel_missed_rows     missed_rows;
    int32_t                kept_constant; /* the constant that values are multiplied with by a rule that decays itself; -1: none */
    size_t                 scalar_count;
    const char *_Nullable  scalar_names[KERNEL_MAX_SCALARS];
    double                 scalar_initial[KERNEL_MAX_SCALARS];
    kernel_update_function update_float32, update_float64; /* whole vectors, without the stages */
    kernel_update_codes _Nullable update_codes;
    /* Of a rule with sums over whole tensors: */
    kernel_measure_function _Nullable measure_float32;
    kernel_measure_function _Nullable measure_float64;
    size_t     sum_count;
    kernel_sum sums[KERNEL_MAX_SUMS];
    /* After all tensors have been measured: makes a tensor's constants out of those that `prepare` has made for its group. */
    void (*_Nullable combine)(const kernel_preparation *preparation, kernel_sums *sums);
} kernel_rule;

/* Some rows of a batch; arrays of float, or of double. */
typedef struct kernel_rows {
    bool           is_double;
    const void    *scores;         /* rows * columns */
    const int32_t *_Nullable labels; /* classification: one a row */
    const void    *_Nullable targets; /* regression: rows * columns */
    void          *_Nullable gradient; /* rows * columns, or NULL; may be `scores` */
    size_t         rows, columns;
    double         gradient_scale; /* 1 / batch */
    bool           shrinks;        /* every loss is multiplied by KERNEL_LOSS_SHRINK before it is added to the sum */
    double         parameter;      /* of a loss that has one */
    const float   *_Nullable weights; /* one a row, which its loss and gradient are multiplied by; NULL for 1 */
    bool           is_binary;      /* classification: the one column is the score of class 1, where class 0 has 0 */
    double         smoothing;      /* so wide a parabola takes the place of each kink of a loss that has some; 0 for none */
} kernel_rows;

/* 2^-128. Scores of any size, in a batch of any size, have a sum of shrunk losses that does not overflow, unless a single
 * loss makes their mean overflow. */
static const double KERNEL_LOSS_SHRINK = 0x1p-128;

/* Returns the sum of the rows' losses and fills in the gradient. */
typedef double (*kernel_row_loss)(const kernel_rows *rows);

enum { KERNEL_PACKED_ROWS = 8 };

/* Up to KERNEL_PACKED_ROWS rows of a linear model: row i's score of column c is scores[8 * c + i]. The gradient takes its
 * place. What lies in the lanes past the last row does not matter, but of targets: there the last row is repeated. */
typedef struct kernel_packed_rows {
    float         *scores;
    const int32_t *_Nullable labels;  /* classification: one a row */
    const float   *_Nullable targets; /* regression: packed as the scores are */
    size_t         rows, columns;
    bool           takes_gradient;
    double         gradient_scale;
    double         parameter;         /* these four as in kernel_rows */
    const float   *_Nullable weights;
    bool           is_binary;
    double         smoothing;
} kernel_packed_rows;

/* Returns the sum of the rows' losses, over all columns. */
typedef double (*kernel_packed_loss)(const kernel_packed_rows *rows);

/* What turns a score into a prediction of its target. */
typedef enum kernel_response { KERNEL_IDENTITY, KERNEL_SIGMOID, KERNEL_EXPONENTIAL } kernel_response;

/* The loss of single numbers with their targets, eight of them in a ColumnTerm. */
typedef void (*kernel_column_loss)(void *term);

/* Where dual coordinate ascent moves the dual variable of a score: to the a that is minus the derivative of the loss at
 * rest + stiffness * a. For losses of straight lines and parabolas, with d the distance from `rest` to the target, shortened by a
 * margin, a is d / (stiffness + softness) within bounds that are linear in the loss's parameter. */
typedef struct kernel_dual {
    bool   exists;
    bool   is_logistic;     /* then there is no formula */
    bool   is_hinge;        /* the target is 1 or -1, and the variable has its sign */
    double softness;        /* 1 / the loss's second derivative; 0 for straight lines */
    double margin_share;    /* times the parameter */
    double low, low_share;  /* low + low_share * parameter, and the same for `high` */
    double high, high_share;
} kernel_dual;

typedef struct kernel_loss {
    int32_t         loss; /* the number of descent_loss */
    const char     *name;
    bool            takes_labels; /* else real targets */
    double          least_target, greatest_target; /* finite targets between them are taken; any if the least is -inf */
    const char *_Nullable parameter_name; /* NULL for a loss without one */
    double          parameter_minimum, parameter_maximum, parameter_default;
    kernel_response response;
    bool            stays_finite; /* finite scores have a finite loss, if need be the greatest double */
    bool            has_kinks;    /* and its slope jumps there */
    kernel_row_loss sum;
    kernel_packed_loss packed;
    kernel_column_loss column; /* of a single column */
    kernel_dual     dual;      /* of that */
    bool            joins_columns; /* more columns are not judged one by one */
} kernel_loss;

/* Rows of features on their way to floats: out = features * scale + offset, and with centers and factors
 * out = (features * scale + offset - center) * factor, each column with its own. */
typedef struct kernel_gather {
    const void   *features;
    uint32_t      dtype;             /* a descent_dtype */
    const size_t *_Nullable indices; /* which rows, or NULL for the first `rows` of them */
    size_t        rows, dimension;
    float         scale, offset;
    const double *_Nullable centers, *_Nullable factors; /* both or neither */
    float *_Nullable out; /* rows * dimension */
    bool          is_near; /* the features have been prefetched */
} kernel_gather;

/* Sums over rows of features, of x = features * scale + offset - reference. */
typedef struct kernel_moments {
    const void   *features;
    uint32_t      dtype;
    size_t        rows, dimension;
    float         scale, offset;
    const double *reference;          /* `dimension` numbers */
    const double *_Nullable weights;  /* one for each row, or NULL for 1 */
    double       *sums, *squares;     /* weight * x and weight * x^2 are added to these */
} kernel_moments;

/* The lanes in which the linear model sums a row's products, and the unit of `pitch`. */
enum { KERNEL_LINEAR_LANES = 16 };

/* Samples on their way through the linear model, in one pass: while a sample's features are in the cache it is scored, and
 * what it contributes to the gradient is added. W is transposed: for each output a row of `pitch` numbers, `dimension` rounded
 * up to whole lanes with zeros; and so is its gradient. */
typedef struct kernel_linear {
    const void    *features;             /* a row of `dimension` for each sample, of floats or bytes, or else */
    kernel_gather  conversion;           /* with room for KERNEL_PACKED_ROWS rows in `out`, which is NULL for floats and bytes;
                                          * features, indices and rows are the pass's own */
    bool           is_bytes;
    const size_t *_Nullable indices;     /* which samples, or NULL for the first `rows` of them */
    size_t         rows, rows_to_come;   /* so many more follow in the same order, and will be wanted soon */
    size_t         dimension, outputs, pitch;
    const float   *weights, *bias;
    float         *scratch;              /* kernel_linear_scratch() numbers */
    const int32_t *_Nullable labels;     /* of all samples, or */
    const void    *_Nullable targets;    /* a row of `outputs` for each; NULL, both, if no loss is wanted */
    bool           targets_are_double;
    const double  *_Nullable target_centers; /* taken away from each row of targets, or NULL */
    const double  *_Nullable sample_weights; /* of all samples; NULL for 1 */
    double         weight_scale;         /* they are multiplied by it */
    kernel_packed_loss _Nullable loss;
    double         parameter;            /* of the loss */
    bool           is_binary;            /* the one output is the score of class 1 against class 0 */
    double         smoothing;            /* of the loss */
    double         gradient_scale;       /* of the derivative by the scores */
    float          feature_scale;        /* every byte is multiplied with it; 1 for floats */
    float  *_Nullable gradient;          /* outputs * pitch, or NULL; overwritten */
    double *_Nullable bias_gradient;     /* outputs; overwritten */
    float  *_Nullable scores;            /* rows * outputs, or NULL */
    int32_t *_Nullable predictions;      /* the classes with the highest scores, or NULL */
    double         loss_sum;             /* receives the sum of the losses */
    double         hits;                 /* receives the sum of the weights of samples whose label has the highest score */
    bool           is_finite;            /* receives whether all scores are */
} kernel_linear;

/* How many floats the pass needs for itself. */
static inline size_t kernel_linear_scratch(size_t outputs) {
    return KERNEL_PACKED_ROWS * (2 * outputs + KERNEL_LINEAR_LANES) + 2 * 5 * KERNEL_LINEAR_LANES;
}

/* The product of a sparse matrix with a dense one of `columns` columns. Each number is summed in the order in which its row is
 * stored; that of a single column in eight partial sums. */
enum { KERNEL_SPARSE_PADDING = 48 };
typedef struct kernel_sparse_product {
    const size_t  *starts;            /* row i is stored from starts[i] to starts[i + 1] - 1 */
    const int32_t *indices;           /* which row of the dense matrix each stored value goes with; where that is far, of
                                       * KERNEL_SPARSE_PADDING more behind the last one */
    const float   *values;
    const float   *matrix;
    size_t         columns, pitch;    /* `pitch` is from one row of the dense matrix to the next */
    bool           is_far;            /* the dense matrix is larger than the caches: its rows are asked for early */
    const float *_Nullable initial;   /* what every row of the product begins with, or NULL for 0 */
    float         *out;
    const int32_t *_Nullable places;  /* in which row of `out` each row of the product goes, added to what is there; NULL: one
                                       * after the other, overwritten */
} kernel_sparse_product;

/* Samples on their way through dual coordinate ascent, one after the other: W is the sum over all samples of share * weight *
 * a * x, with a dual variable a for each of the sample's scores, and b alike, as if of a feature with the square bias_square. */
typedef struct kernel_dual_pass {
    kernel_sparse_product product;     /* of the samples with W: starts, indices and values */
    const size_t *samples;             /* the number of each among all */
    size_t        count, outputs;
    const double *squares;             /* of all samples: |x|^2, */
    const double *_Nullable sample_weights; /* how much they count, or NULL for 1, */
    const int32_t *_Nullable labels;   /* and labels, or */
    const void    *_Nullable targets;  /* a row of `outputs` for each, */
    bool          targets_are_double;
    const double  *_Nullable target_centers; /* less these, or NULL */
    int32_t       first_label;         /* that of the first output */
    kernel_column_loss loss;
    kernel_dual   dual;
    double        parameter, share, bias_square;
    float        *weights;             /* of the outputs that the pass is for: rows of product.columns numbers, of which those behind
                                        * the outputs' are and stay 0, from product.pitch to product.pitch */
    float        *duals;               /* of all samples, a row of `outputs` for each */
    /* For each output, and filled up with zeros to a multiple of KERNEL_DUAL_UNIT: */
    double       *bias;
    double       *losses;              /* what the samples' losses are added to, */
    double       *moves;               /* and the greatest move of a score so far, but for KERNEL_DUAL_REST of it */
    double       *row_targets;         /* scratch, as these: */
    float        *scores, *old_duals, *new_duals, *steps, *rounded_bias;
} kernel_dual_pass;
enum { KERNEL_DUAL_UNIT = 16 };

/* Scores that move by no more than this and this share of themselves stay for all practical purposes. */
static const double KERNEL_DUAL_REST = 0x1p-20;

/* The proximal step of a threshold * sum(|w|): each value goes towards 0 by the threshold, divided by the root of kernel_metric
 * where there are squares, and stays there. */
typedef struct kernel_shrinking {
    float       *_Nullable values;
    const float *_Nullable squares, *_Nullable greatest;
    size_t       count;
    double       threshold, inside, epsilon_inside, outside, epsilon_outside;
} kernel_shrinking;

/* A step without a gradient of the loss: what decay and l1 do to each weight. The sums are those of all steps up to this one; the
 * element before the first step has none. */
typedef struct kernel_missed_step {
    double kept, decay, shrink; /* w = kept * w - decay / s * w, and then towards 0 by shrink / s; s = 1 without squares */
    double product;             /* of kept - decay */
    double shrunk;              /* of shrink / product */
    double shrinks;             /* of shrink */
} kernel_missed_step;

/* Steps that a row of W has missed, from steps[first + 1] to steps[last]. With squares, of AdaGrad without a
 * decay: s is the root of these. */
typedef struct kernel_missed {
    float *values;
    float *_Nullable squares;
    size_t count;
    const kernel_missed_step *steps;
    size_t first, last;
    bool   is_regular;          /* the products of all steps are positive, and neither large nor small */
    double epsilon_inside, epsilon_outside;
} kernel_missed;

/* The sum of gradients of blocks of samples, transposed back. */
typedef struct kernel_combination {
    const float *parts;         /* `count` times classes * pitch */
    size_t       count, dimension, classes, pitch;
    double *_Nullable total;    /* classes * pitch: the sum so far, or NULL if there is none and none is wanted */
    bool         begins, ends;  /* whether these are the first parts, and the last ones */
    double       l2;            /* the gradient of l2 * sum(W * W) is added */
    const float *weights;       /* W, dimension * classes */
    float       *gradient;      /* receives the sum at the end: dimension * classes */
} kernel_combination;

/* What a step did to one tensor. */
typedef struct kernel_measurement {
    bool        is_double;
    uint8_t     values_storage, gradient_storage; /* for kernel_measure() */
    const void *values, *gradient;
    const void *before; /* the values before the step */
    void       *last_update; /* of the step before; receives that of this one */
    size_t      count;
    /* Of floats, and but for the last count % 8, which are left as they are: */
    float *_Nullable gradient_sum; /* receives the sum of itself and the gradient */
    float *_Nullable kept_values;  /* receives the values; may be `before` */
    double gradient_squares, update_squares, last_squares, product, value_squares; /* sums, added to */
    double not_finite;                                                             /* elements that are NaN or infinite */
    double zeros;                                                                  /* gradient elements that are 0 */
} kernel_measurement;

/* The value of state_initial that stands for the tensor's values; options are numbered below it. */
enum { KERNEL_INITIAL_VALUES = KERNEL_OPTION_SLOTS };

/* Pairs of vectors s and y, one behind the other: pitch numbers from one vector to the next, those behind its end 0. */
typedef struct kernel_pairs {
    const double *s; /* of the first */
    ptrdiff_t     pitch;
    ptrdiff_t     count;
} kernel_pairs;

/* Everything that one instruction set offers. */
typedef struct kernel_table {
    const char *instruction_set;
    bool        multiplies_halves; /* whether the processor has what products.h needs */
    size_t      rule_count, loss_count;
    kernel_rule rules[KERNEL_MAX_RULES];
    kernel_loss losses[KERNEL_MAX_LOSSES];

    /* A block's stages: the gradient that the rule gets goes to `out`; values change in place if that is wanted. */
    /* A rule without the stages, for any number of elements. */
    void   (*apply)(const kernel_rule *rule, const kernel_update *update, bool is_double);
    void   (*stage)(const kernel_update *update, bool is_double, void *out, bool changes_values);
    /* What comes after a rule. */
    void   (*finish)(const kernel_update *update, bool is_double);
    /* How many elements the rule has moved against the gradient; finish.before is given. */
    size_t (*count_agreeing)(const kernel_update *update, bool is_double);
    /* Adds products of numbers to eight lanes: number i to lane i % 8; magnitudes of `a` where `b` is NULL. */
    void (*add_products)(double *lanes, const void *a, const void *_Nullable b, bool is_double, size_t count);
    /* The same of doubles for the four products of each pair's s and y with a and, where it is given, b: s a, y a, s b, y b,
     * eight lanes each. Where the sums begin, what is in the lanes does not matter. */
    void (*add_pair_products)(double *lanes, kernel_pairs pairs, const double *a, const double *_Nullable b, size_t count,
                              bool begins);
    /* out += a[i] * s + b[i] * y for each pair i, one after the other. */
    void (*add_pairs)(double *out, kernel_pairs pairs, const double *a, const double *b, size_t count);
    /* out = a * x + b * y in double, added to what is there if that is wanted; out may be x or y. */
    void (*combine_vectors)(void *out, double a, const void *x, double b, const void *y, bool is_double, size_t count,
                            bool adds);
    void   (*gather)(const kernel_gather *gather);
    void   (*add_moments)(const kernel_moments *moments);
    /* out[c * pitch + d] = weights[d * classes + c]; the rest of each row is 0. */
    void   (*transpose_weights)(float *out, const float *weights, size_t dimension, size_t classes, size_t pitch);
    void   (*linear_pass)(kernel_linear *pass);
    /* Rows `first` to `last` (not included) of a product. With places, `columns` numbers at `scratch` are written over. */
    void   (*sparse_product)(const kernel_sparse_product *product, size_t first, size_t last, float *_Nullable scratch);
    /* For the outputs `first`, a multiple of KERNEL_DUAL_UNIT, to `last` (not included): all of them, or more than one. */
    void   (*dual_pass)(const kernel_dual_pass *pass, size_t first, size_t last);
    /* The sum of a single column's losses, as kernel_row_loss; targets are given, whatever the loss takes. */
    double (*sum_column)(kernel_column_loss loss, const kernel_rows *rows);
    void   (*shrink)(const kernel_shrinking *shrinking);
    void   (*make_up)(const kernel_missed *missed);
    /* Adds up classes `first` to `last` (not included). */
    void   (*combine)(const kernel_combination *combination, size_t first, size_t last);
    /* Adds the squares of numbers, each first limited to [-clip, clip], to eight lanes: number i to lane (phase + i) % 8. */
    void (*add_squares)(double *lanes, const void *values, bool is_double, size_t count, size_t phase, double clip);
    /* The index of the first number that is NaN or infinite; count if there is none. */
    size_t (*first_not_finite)(const void *values, bool is_double, size_t count);
    void (*measure)(kernel_measurement *measurement); /* of arrays of floats or of doubles */
    /* Between floats and how they are stored; rounded stochastically, or to the nearest without a drawing. */
    void (*widen)(float *out, const void *numbers, uint32_t storage, size_t count);
    void (*narrow)(void *out, const float *numbers, uint32_t storage, size_t count, const kernel_drawing *_Nullable drawing);
    void (*fill_draws)(kernel_draws *draws, const uint32_t *key);
    /* Quantized numbers from the beginning of a block on, and one block. Whole vectors are read and written behind the last
     * one; where there are fewer than a block, zeros are to follow. */
    void  (*widen_codes)(float *out, const uint8_t *codes, const float *scales, size_t count, bool is_unsigned);
    float (*greatest_magnitude)(const float *numbers, size_t count);
    void  (*narrow_codes)(uint8_t *codes, float *scale, float greatest, const float *numbers, size_t count,
                          const kernel_drawing *drawing, bool is_unsigned);
    double (*sum_of_squares)(const float *values, size_t count);
    void   (*add_scaled)(float *values, const float *addend, double factor, size_t count); /* values += factor * addend */
    void   (*fill_rows)(float *matrix, const float *row, size_t rows, size_t columns);
    void   (*add_column_sums)(double *sums, const float *matrix, size_t rows, size_t columns);
    void   (*argmax_rows)(int32_t *out, const float *matrix, size_t rows, size_t columns);

    /* exp and log of `count` doubles, with the errors that Kernels/Elementary states. */
    void (*exp)(double *out, const double *x, size_t count);
    void (*log)(double *out, const double *x, size_t count);
    void (*log1p)(double *out, const double *x, size_t count);
} kernel_table;

/* The table of the instruction set that this process uses; zero until the engine has filled it in. */
extern kernel_table kernel_active_table;

/* Converts 4, 8 or 16 bytes to floats. In Swift that is a generic function of the standard library, which would be shared
 * between instruction sets. */
#define KERNEL_DEFINE_CONVERSION(count)                                                                        \
    static inline void kernel_convert##count(float *out, const void *bytes) {                                  \
        typedef uint8_t byte_vector __attribute__((ext_vector_type(count), aligned(1)));                       \
        typedef float   float_vector __attribute__((ext_vector_type(count), aligned(4)));                      \
        *(float_vector *)out = __builtin_convertvector(*(const byte_vector *)bytes, float_vector);             \
    }
KERNEL_DEFINE_CONVERSION(4)
KERNEL_DEFINE_CONVERSION(8)
KERNEL_DEFINE_CONVERSION(16)

/* The sum of 16 numbers: the halves are added, then the halves of that, and so on. In Swift it would be 15 additions. */
static inline float kernel_sum16(const float *numbers) {
    typedef float eight_floats __attribute__((ext_vector_type(8), aligned(4)));
    typedef float four_floats __attribute__((ext_vector_type(4)));
    typedef float two_floats __attribute__((ext_vector_type(2)));
    const eight_floats eight = *(const eight_floats *)numbers + *(const eight_floats *)(numbers + 8);
    const four_floats  four = eight.lo + eight.hi;
    const two_floats   two = four.lo + four.hi;
    return two.x + two.y;
}

/* Loads and stores the first `bytes` bytes of a vector, a multiple of 4 and fewer than it has. Loads fill the rest with zeros;
 * stores leave later bytes untouched. Masked instructions avoid a slow copy through the stack. */
#if defined(__AVX512F__)
enum { KERNEL_VECTOR_BYTES = 64 };
#define KERNEL_MODULE "$e13KernelsAVX512"
static inline void kernel_load_part(void *vector, const void *from, size_t bytes) {
    _mm512_storeu_si512(vector, _mm512_maskz_loadu_epi32((__mmask16)((1u << bytes / 4) - 1), from));
}
static inline void kernel_store_part(const void *vector, void *to, size_t bytes) {
    _mm512_mask_storeu_epi32(to, (__mmask16)((1u << bytes / 4) - 1), _mm512_loadu_si512(vector));
}
#elif defined(__AVX2__)
enum { KERNEL_VECTOR_BYTES = 32 };
#define KERNEL_MODULE "$e11KernelsAVX2"
static inline __m256i kernel_mask(size_t bytes) {
    return _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(bytes / 4)), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}
static inline void kernel_load_part(void *vector, const void *from, size_t bytes) {
    _mm256_storeu_si256(vector, _mm256_maskload_epi32(from, kernel_mask(bytes)));
}
static inline void kernel_store_part(const void *vector, void *to, size_t bytes) {
    _mm256_maskstore_epi32(to, kernel_mask(bytes), _mm256_loadu_si256(vector));
}
#else
enum { KERNEL_VECTOR_BYTES = 16 };
#define KERNEL_MODULE "$e7Kernels"
static inline void kernel_load_part(void *vector, const void *from, size_t bytes) {
    memset(vector, 0, KERNEL_VECTOR_BYTES);
    memcpy(vector, from, bytes);
}
static inline void kernel_store_part(const void *vector, void *to, size_t bytes) { memcpy(to, vector, bytes); }
#endif

/* Rules go through whole vectors. What is left at the end goes through the same code in copies that are filled up with zeros: an
 * element's result does not depend on where it stands. A table for unwinding here would bring one for all Swift functions.
 * Its name is one of its module's, as Swift's own are, which says what instructions it has. */
static inline void kernel_apply_rule(const kernel_rule *rule, const kernel_update *update, bool is_double)
    __asm__(KERNEL_MODULE "_kernel_apply_rule");
__attribute__((nouwtable))
static inline void kernel_apply_rule(const kernel_rule *rule, const kernel_update *update, bool is_double) {
    const kernel_update_function apply = is_double ? rule->update_float64 : rule->update_float32;
    const size_t size = is_double ? sizeof(double) : sizeof(float), all = update->count * size;
    const size_t rest = all % KERNEL_VECTOR_BYTES, whole = all - rest;
    if (rest == 0) {
        apply(update);
        return;
    }
    /* What comes behind these members is not the rule's. */
    kernel_update part;
    memcpy(&part, update, offsetof(kernel_update, has_stages));
    part.count = whole / size;
    if (whole > 0) apply(&part);

    _Alignas(KERNEL_VECTOR_BYTES) char copies[2 + KERNEL_MAX_STATES][KERNEL_VECTOR_BYTES];
    part.count = KERNEL_VECTOR_BYTES / size;
    part.values = copies[0];
    part.gradient = copies[1];
    kernel_load_part(copies[0], (char *)update->values + whole, rest);
    kernel_load_part(copies[1], (const char *)update->gradient + whole, rest);
    for (size_t state = 0; state < rule->state_count; state++) {
        if (update->state[state] == NULL) continue;
        part.state[state] = copies[2 + state];
        kernel_load_part(copies[2 + state], (char *)update->state[state] + whole, rest);
    }
    apply(&part);
    kernel_store_part(copies[0], (char *)update->values + whole, rest);
    for (size_t state = 0; state < rule->state_count; state++) {
        if (update->state[state]) kernel_store_part(copies[2 + state], (char *)update->state[state] + whole, rest);
    }
}

/* These describe a rule. They are not inline because the baseline's module calls each of them many times. */

/* Allows an option, with the same default in each dialect. */
void kernel_rule_allow(kernel_rule *rule, kernel_option option, double value);
/* A dialect's own default. */
void kernel_rule_set_default(kernel_rule *rule, kernel_option option, kernel_dialect dialect, double value);
void kernel_rule_add_state(kernel_rule *rule, const char *name, kernel_layout layout, kernel_kind kind, uint32_t needs,
                           uint32_t initial);
void kernel_rule_add_scalar(kernel_rule *rule, const char *name, double initial);

/* Updates a stretch of a tensor, block by block where there is more to do than what the rule does. Without a rule only that
 * happens which comes after it. */
void kernel_run(const kernel_table *table, const kernel_rule *_Nullable rule, const kernel_update *update, bool is_double);

/* The same without writing anything: returns how many elements the rule moves against the gradient. Without a rule they were
 * moved already, and finish.before is given. */
size_t kernel_count_agreeing(const kernel_table *table, const kernel_rule *_Nullable rule, const kernel_update *update,
                             bool is_double);

/* A number that kernel_run() would write and that is NaN or infinite: the first one, and among those of one element the value,
 * then the states in their order. */
typedef struct kernel_finding {
    size_t  index;
    int32_t state; /* -1: the value */
    double  number;
} kernel_finding;

/* Whether there is one. Nothing is written but `found`. */
bool kernel_try(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                kernel_finding *found);

/* Stores new values that are floats elsewhere, and their copy. */
void kernel_store(const kernel_table *table, const kernel_update *update, const float *values);

/* The gradient that a rule gets, of a whole tensor. */
void kernel_stage(const kernel_table *table, const kernel_update *update, bool is_double, void *out);

/* The functions of the table for arrays as they are stored. */
void   kernel_measure(const kernel_table *table, kernel_measurement *measurement);
void   kernel_add_squares(const kernel_table *table, double *lanes, const void *values, uint32_t storage, size_t count,
                          size_t phase, double clip);
size_t kernel_first_not_finite(const kernel_table *table, const void *values, uint32_t storage, size_t count);
double kernel_number_at(const kernel_table *table, const void *values, uint32_t storage, size_t index);

/* The bytes of a number, by its kernel_storage; of a byte, the 3 of descent_dtype, too. */
static inline size_t kernel_stored_size(uint32_t storage) {
    static const uint8_t sizes[] = {0, sizeof(float), sizeof(double), 1, sizeof(uint16_t), sizeof(uint16_t), 1, 1};
    return sizes[storage];
}

/* Writes numbers that are stored in any way as floats, and floats as they are to be stored, rounded to the nearest. `scales`
 * are those of quantized ones, which begin a block. */
void kernel_widen_any(const kernel_table *table, float *out, const void *numbers, const float *_Nullable scales,
                      uint32_t storage, size_t count);
void kernel_narrow_any(const kernel_table *table, void *out, float *_Nullable scales, const float *numbers, uint32_t storage,
                       size_t count);

/* The sums of a stretch of at most KERNEL_SUM_BLOCK elements, as the rule wants them. Changes nothing else. */
void kernel_measure_block(const kernel_table *table, const kernel_rule *rule, const kernel_update *update, bool is_double,
                          double *sums);

/* Asks for memory that will be read soon; at once. */
static inline void kernel_prefetch(const void *address) { __builtin_prefetch(address, 0, 2); }
static inline void kernel_prefetch_near(const void *address) { __builtin_prefetch(address, 0, 3); }

/* Array members, which Swift would import as tuples. */
static inline kernel_table *kernel_active(void) { return &kernel_active_table; }
static inline kernel_power *kernel_power_at(kernel_memory *memory, size_t index) { return &memory->powers[index]; }
static inline uint64_t *kernel_power_numbers(kernel_power *power) { return power->numbers; }
static inline kernel_rule *kernel_rule_at(kernel_table *table, size_t index) { return &table->rules[index]; }
static inline kernel_loss *kernel_loss_at(kernel_table *table, size_t index) { return &table->losses[index]; }
static inline const char *_Nullable kernel_rule_state_name(const kernel_rule *rule, size_t index) {
    return index < rule->state_count ? rule->state_names[index] : NULL;
}
static inline void *_Nullable *_Nonnull kernel_update_states(kernel_update *update) { return update->state; }
static inline void *_Nullable kernel_update_state(const kernel_update *update, size_t index) { return update->state[index]; }
/* Moves the arrays of an update on, all by the same number of bytes but the gradient. */
static inline void kernel_update_move(kernel_update *update, ptrdiff_t bytes, ptrdiff_t gradient_bytes) {
    update->values = (char *)update->values + bytes;
    update->gradient = (const char *)update->gradient + gradient_bytes;
    for (size_t i = 0; i < KERNEL_MAX_STATES; i++)
        if (update->state[i] != NULL) update->state[i] = (char *)update->state[i] + bytes;
}
static inline float *kernel_update_scales(const kernel_update *update, size_t state) { return update->state_scales[state]; }
static inline const uint32_t *kernel_update_key(const kernel_update *update) { return update->rounding_key; }
static inline const double *kernel_update_constants(const kernel_update *update) { return update->constants; }
/* Whether all constants are finite in float32. Asked this way round, NaN is not. */
static inline bool kernel_constants_are_floats(const kernel_update *update) {
    typedef double  pair __attribute__((vector_size(16)));
    typedef int64_t bits __attribute__((vector_size(16)));
    bits are_floats = {-1, -1};
    for (size_t i = 0; i < KERNEL_MAX_CONSTANTS; i += 2) {
        bits constants;
        memcpy(&constants, update->constants + i, sizeof constants);
        are_floats &= (pair)(constants & INT64_MAX) <= (pair){0x1.fffffep127, 0x1.fffffep127};
    }
    return (are_floats[0] & are_floats[1]) != 0;
}
static inline const char *_Nullable kernel_rule_scalar_name(const kernel_rule *rule, size_t index) {
    return index < rule->scalar_count ? rule->scalar_names[index] : NULL;
}
static inline double kernel_rule_scalar_initial(const kernel_rule *rule, size_t index) { return rule->scalar_initial[index]; }
static inline double kernel_update_constant(const kernel_update *update, int8_t index, double otherwise) {
    return index < 0 ? otherwise : update->constants[index];
}
static inline void kernel_rule_add_sum(kernel_rule *rule, uint8_t first, uint8_t second, bool is_of_magnitudes) {
    rule->sums[rule->sum_count++] = (kernel_sum){first, second, is_of_magnitudes};
}
static inline kernel_layout kernel_rule_state_layout(const kernel_rule *rule, size_t index) {
    return rule->state_layouts[index];
}
static inline kernel_kind kernel_rule_state_kind(const kernel_rule *rule, size_t index) { return rule->state_kinds[index]; }
static inline double *kernel_sums_of_tensor(kernel_sums *sums) { return sums->tensor; }
static inline double *kernel_sums_of_all(kernel_sums *sums) { return sums->all; }
static inline uint32_t kernel_rule_state_needs(const kernel_rule *rule, size_t index) { return rule->state_needs[index]; }
static inline uint32_t kernel_rule_state_initial(const kernel_rule *rule, size_t index) {
    return rule->state_initial[index];
}
/* Whether it goes element by element; else the engine has all of it. */
static inline bool kernel_rule_has_loop(const kernel_rule *rule) { return rule->update_float32 != NULL; }
static inline bool kernel_rule_has(const kernel_rule *rule, uint32_t option) { return rule->has_option[option]; }
static inline double kernel_rule_default(const kernel_rule *rule, uint32_t option, uint32_t dialect) {
    return rule->option_default[option][dialect];
}

#pragma clang assume_nonnull end

#endif
