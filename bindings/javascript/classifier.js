// The linear classifier, and samplers.
import { dtypeOf, Handle } from "./memory.js";
import * as structs from "./structs.js";

export const SAMPLING = { shuffle: 1, replacement: 2, stratified: 3, weighted: 4 };

/** The number of a word, or what is no word as it is: the library says what it makes of that. */
export function choose(words, word) {
  if (typeof word === "string" && !(word in words)) {
    throw new RangeError(`"${word}" is none of ${Object.keys(words).join(", ")}`);
  }
  return words[word] ?? word;
}

/** scores = features · W + b, trained by a loss with labels. */
export class Classifier extends Handle {
  constructor(core, create, { dimension, classes } = {}) {
    super(core, "classifier", create);
    this.dimension = dimension;
    this.classes = classes;
  }

  setL2(strength) {
    this.core.check(this.core.exports.descent_classifier_set_l2(this.address, strength));
    return this;
  }

  initialize(standardDeviation, seed = 0) {
    this.core.check(this.core.exports.descent_classifier_initialize(this.address, standardDeviation, BigInt(seed)));
    return this;
  }

  /** Trains. `data`: {features, labels, scale, offset}; `options`: {epochs, batchSize, seed, sampling, standardize, patience, tolerance, average,
   * checkFeatures, progress}. */
  fit(optimizer, data, options = {}) {
    this.#train(this.core.exports.descent_classifier_fit, optimizer, data, options);
    return this;
  }

  /** Goes on with a fit that was stopped or saved. */
  resume(optimizer, data, options = {}) {
    this.#train(this.core.exports.descent_classifier_resume, optimizer, data, options);
    return this;
  }

  #train(function_, optimizer, data, { progress, ...options }) {
    this.core.scope((scope) => {
      const [given, chosen] = [this.#data(scope, data), fitOptions(this.core, scope, options)];
      this.core.withCallbacks([this.core.reporter(progress)], (number) => function_(
        this.address, optimizer.address, given, chosen, number === 0 ? 0 : this.core.progressEntry, number));
    });
  }

  /** {loss, accuracy} on the data. */
  evaluate(data) {
    return this.core.scope((scope) => {
      const [loss, accuracy] = [scope.allocate(8), scope.allocate(8)];
      this.core.check(this.core.exports.descent_classifier_evaluate(this.address, this.#data(scope, data), loss, accuracy));
      return { loss: this.core.view.getFloat64(loss, true), accuracy: this.core.view.getFloat64(accuracy, true) };
    });
  }

  /** The scores of each sample: samples × classes. */
  scores(data) {
    return this.#each(this.core.exports.descent_classifier_scores, data, Float32Array, this.classes);
  }

  /** The class of each sample. */
  predict(data) {
    return this.#each(this.core.exports.descent_classifier_predict, data, Int32Array, 1);
  }

  #each(function_, data, Type, width) {
    return this.core.scope((scope) => {
      const out = new Type((data.features.length / this.dimension) * width);
      const address = scope.allocate(out.byteLength);
      this.core.check(function_(this.address, this.#data(scope, data), address));
      return scope.fetch(out, address);
    });
  }

  /** A copy of W, dimension × classes. */
  get weights() {
    return this.#parameters(0, this.dimension * this.classes);
  }

  get bias() {
    return this.#parameters(1, this.classes);
  }

  /** Writes W and b, dimension × classes and `classes` numbers. */
  setParameters(weights, bias) {
    [[weights, this.dimension * this.classes, "weights"], [bias, this.classes, "bias"]].forEach(([given, count, name]) => {
      if (given.length !== count) throw new RangeError(`${name}: ${given.length} numbers, where there are ${count}`);
    });
    [weights, bias].forEach((given, which) => {
      new Float32Array(this.core.exports.memory.buffer, this.#place(which), given.length).set(given);
    });
    return this;
  }

  #parameters(which, count) {
    return this.core.scope((scope) => scope.fetch(new Float32Array(count), this.#place(which)));
  }

  /** The address of W or of b. */
  #place(which) {
    return this.core.scope((scope) => {
      const places = [scope.allocate(4), scope.allocate(4)];
      this.core.check(this.core.exports.descent_classifier_parameters(this.address, ...places));
      return this.core.view.getUint32(places[which], true);
    });
  }

  /** A learning-rate range test: {rates, losses, proposal}. */
  learningRateRange(optimizer, data, { steps = 200, minimum = 1e-6, maximum = 10, ...options } = {}) {
    return this.core.scope((scope) => {
      const [given, chosen] = [this.#data(scope, data), fitOptions(this.core, scope, options)];
      return range(this.core, scope, { steps, minimum, maximum }, (...rest) =>
        this.core.exports.descent_classifier_learning_rate_range(
          this.address, optimizer.address, given, chosen, ...rest));
    });
  }

  #data(scope, { features, labels, weights, scale = 1, offset = 0 }) {
    const samples = features.length / this.dimension;
    if (!Number.isInteger(samples)) {
      throw new RangeError(`features: ${features.length} numbers are no rows of ${this.dimension}`);
    }
    if (labels !== undefined && labels.length !== samples) {
      throw new RangeError(`labels: ${labels.length} for ${samples} samples`);
    }
    if (weights !== undefined && weights.length !== samples) {
      throw new RangeError(`weights: ${weights.length} for ${samples} samples`);
    }
    return scope.struct(structs.dataset, {
      dtype: dtypeOf(features, "features"), features: scope.copy(features),
      labels: labels === undefined ? 0 : scope.copy(Int32Array.from(labels)),
      samples, dimension: this.dimension, scale, offset,
      weights: weights === undefined ? 0 : scope.copy(Float64Array.from(weights)),
    });
  }
}

/** A range test, which `call` makes with the addresses that its last arguments are. */
export function range(core, scope, { steps, minimum, maximum }, call) {
  const options = scope.struct(structs.rangeOptions, { steps, minimum, maximum });
  const [rates, losses] = [scope.allocate(8 * steps), scope.allocate(8 * steps)];
  const [count, proposal] = [scope.allocate(4), scope.allocate(8)];
  core.check(call(options, rates, losses, count, proposal));
  const made = core.view.getUint32(count, true);
  return {
    rates: scope.fetch(new Float64Array(made), rates), losses: scope.fetch(new Float64Array(made), losses),
    proposal: core.view.getFloat64(proposal, true),
  };
}

function fitOptions(core, scope, { batchSize, sampling, checkFeatures, ...others }) {
  const options = scope.struct(structs.fitOptions);
  core.exports.descent_fit_options_init(options);
  const given = {
    ...others, batch_size: batchSize, check_features: checkFeatures, sampling: sampling && choose(SAMPLING, sampling) };
  structs.fitOptions.write(core.view, options, Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined)));
  return options;
}

/** Deals out minibatches. */
export class Sampler extends Handle {
  constructor(core, create, batchSize) {
    super(core, "sampler", create);
    this.batchSize = batchSize;
  }

  /** Indices of the next minibatch. */
  next() {
    return this.core.scope((scope) => {
      const [indices, count] = [scope.allocate(4 * this.batchSize), scope.allocate(4)];
      this.core.check(this.core.exports.descent_sampler_next(this.address, indices, count));
      return scope.fetch(new Uint32Array(this.core.view.getUint32(count, true)), indices);
    });
  }

  /** Batches in an epoch. */
  get batches() {
    return this.core.exports.descent_sampler_batches(this.address);
  }
}
