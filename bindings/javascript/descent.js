// libdescent for browsers and Node: `const descent = await load()`.
//
// Arrays are typed arrays; the library works on copies in its own memory, and results are copied back. Whatever it refuses
// is thrown as a DescentError with its own sentence, and then nothing has changed. The bits of every result are those of
// the library on any other machine.
import { choose, Classifier, range, Sampler, SAMPLING } from "./classifier.js";
import { Core, DescentError, dtypeOf } from "./memory.js";
import { Optimizer } from "./optimizer.js";
import * as structs from "./structs.js";

export { Classifier, DescentError, Optimizer, Sampler };

const REASONS = [
  "", "steps", "gradient", "value_tolerance", "target", "time", "callback", "diverged", "rounding", "wrong_gradient"];
const DIFFERENCES = { forward: 1, central: 2, richardson: 3 };
const SEARCHES = { global: 1, local: 2 };
const INITIALIZERS = {
  zeros: 1, normal: 2, uniform: 3, xavier_normal: 4, xavier_uniform: 5, he_normal: 6, he_uniform: 7 };

/** The library. Each one has a memory of its own, and its objects must not be given to another. */
class Descent {
  #core;

  constructor(core) {
    this.#core = core;
    this.version = core.text(core.exports.descent_version_string());
    this.algorithms = core.names("algorithm");
    this.losses = core.names("loss");
  }

  /** The WebAssembly exports: the whole C interface. */
  get exports() {
    return this.#core.exports;
  }

  optimizer(algorithm, options = {}) {
    const number = this.#core.fromName("algorithm", algorithm);
    const made = new Optimizer(this.#core, (out) => this.#core.exports.descent_optimizer_create(number, out));
    try {
      for (const [option, value] of Object.entries(options)) made.set(option, value);
    } catch (error) {
      made.free();
      throw error;
    }
    return made;
  }

  classifier(dimension, classes, loss = "softmax_cross_entropy") {
    const number = this.#core.fromName("loss", loss);
    return new Classifier(this.#core, (out) => this.#core.exports.descent_classifier_create(
      dimension, classes, number, out), { dimension, classes });
  }

  sampler(samples, batchSize, { sampling = "shuffle", seed = 0, labels, weights } = {}) {
    return new Sampler(this.#core, (out, scope) => (weights === undefined
      ? this.#core.exports.descent_sampler_create(samples, batchSize, choose(SAMPLING, sampling),
        labels === undefined ? 0 : scope.copy(Int32Array.from(labels)), BigInt(seed), out)
      : this.#core.exports.descent_sampler_create_weighted(
        samples, batchSize, scope.copy(Float64Array.from(weights)), BigInt(seed), out)), batchSize);
  }

  loadOptimizer(bytes) {
    return new Optimizer(this.#core, (out, scope) => this.#core.exports.descent_optimizer_load(
      scope.copy(bytes), bytes.length, out));
  }

  loadClassifier(bytes, dimension, classes) {
    return new Classifier(this.#core, (out, scope) => this.#core.exports.descent_classifier_load(
      scope.copy(bytes), bytes.length, out), { dimension, classes });
  }

  loadSampler(bytes, batchSize) {
    return new Sampler(this.#core, (out, scope) => this.#core.exports.descent_sampler_load(
      scope.copy(bytes), bytes.length, out), batchSize);
  }

  /** The options of an algorithm: [{name, minimum, maximum, default, isSwitch}, ...]. */
  optionsOf(algorithm) {
    const number = this.#core.fromName("algorithm", algorithm);
    return this.#core.names("option").flatMap((name) => this.#core.scope((scope) => {
      const option = this.#core.fromName("option", name);
      const places = [scope.allocate(8), scope.allocate(8), scope.allocate(8)];
      if (this.#core.exports.descent_option_range(number, option, ...places) !== 0) return [];
      const [minimum, maximum, usual] = places.map((place) => this.#core.view.getFloat64(place, true));
      return [{ name, minimum, maximum, default: usual, isSwitch: this.#core.exports.descent_option_is_switch(option) !== 0 }];
    }));
  }

  /** {title, formula, isBatch, states} of an algorithm. */
  describe(algorithm) {
    const [{ exports }, number] = [this.#core, this.#core.fromName("algorithm", algorithm)];
    const states = [];
    for (let name; (name = this.#core.text(exports.descent_algorithm_state_name(number, states.length))) !== null;) {
      states.push(name);
    }
    return {
      title: this.#core.text(exports.descent_algorithm_title(number)),
      formula: this.#core.text(exports.descent_algorithm_formula(number)),
      isBatch: exports.descent_algorithm_is_batch(number) !== 0, states,
    };
  }

  /** {value, gradient} of a loss: `scores` is row-major with rows of `columns`; `truth` has labels, or targets. */
  loss(name, scores, truth, columns) {
    const number = this.#core.fromName("loss", name);
    const batch = scores.length / columns;
    const takesLabels = this.#core.exports.descent_loss_takes_labels(number) !== 0;
    if (!Number.isInteger(batch) || truth.length !== (takesLabels ? batch : scores.length)) {
      throw new RangeError(`${scores.length} scores in rows of ${columns} do not go with ${truth.length} labels or targets`);
    }
    const given = takesLabels ? Int32Array.from(truth) : scores.constructor.from(truth);
    const call = this.#core.exports[takesLabels ? "descent_loss_classify" : "descent_loss_regress"];
    return this.#core.scope((scope) => {
      const [gradient, value] = [scope.allocate(scores.byteLength), scope.allocate(8)];
      this.#core.check(call(
        number, dtypeOf(scores, "scores"), batch, columns, scope.copy(scores), scope.copy(given), gradient, value));
      return {
        value: this.#core.view.getFloat64(value, true), gradient: scope.fetch(new scores.constructor(scores.length), gradient) };
    });
  }

  /** `fun` as the library calls it: fun(x, gradient) returns the value, and fills the gradient unless that is null. */
  #objective(fun) {
    return (n, x, gradient) => {
      const { buffer } = this.#core.exports.memory;
      const slope = gradient === 0 ? null : new Float64Array(n);
      const value = fun(new Float64Array(buffer, x, n).slice(), slope);
      if (slope !== null) new Float64Array(this.#core.exports.memory.buffer, gradient, n).set(slope);
      return value;
    };
  }

  /** Minimizes fun from x0: {x, value, reason, steps, evaluations, gradient_norm, seconds, best_value}. */
  minimize(optimizer, fun, x0, options = {}) {
    const { maxSteps = 0, gradientTolerance = 0, valueTolerance = 0, targetValue = 0, maxSeconds = 0 } = options;
    const { lower, upper, progress, numeric, step = 0, returnBest = false } = options;
    const { exports, objectiveEntry, progressEntry } = this.#core;
    return this.#core.scope((scope) => {
      const x = scope.copy(Float64Array.from(x0));
      const bounds = [lower, upper].map((bound) => (bound === undefined ? 0 : scope.copy(Float64Array.from(bound))));
      const stop = scope.struct(structs.stop, {
        max_steps: maxSteps, gradient_tolerance: gradientTolerance, value_tolerance: valueTolerance,
        target_value: targetValue, max_seconds: maxSeconds, return_best: returnBest ? 1 : 0,
      });
      const result = scope.struct(structs.result);
      const report = progress && ((address) => progress(
        structs.progress.read(this.#core.view, address), scope.fetch(new Float64Array(x0.length), x)));
      this.#core.withCallbacks([this.#objective(fun), report], (objective, reporter) => {
        const end = [stop, reporter === 0 ? 0 : progressEntry, reporter, result];
        const begin = [optimizer.address, x0.length, x, ...bounds, objectiveEntry, objective];
        return numeric === undefined ? exports.descent_minimize_bounded(...begin, ...end)
          : exports.descent_minimize_bounded_numerically(...begin, choose(DIFFERENCES, numeric), step, ...end);
      });
      return this.#finding(scope, x, x0.length, result);
    });
  }

  /** Looks for a small value by chance. */
  randomSearch(fun, x0, { mode = "local", trials = 1000, seed = 0, scale = 1, progress } = {}) {
    return this.#core.scope((scope) => {
      const x = scope.copy(Float64Array.from(x0));
      const options = scope.struct(structs.searchOptions, { mode: choose(SEARCHES, mode), trials, seed, scale });
      const result = scope.struct(structs.result);
      this.#core.withCallbacks([this.#objective(fun), this.#core.reporter(progress)], (objective, reporter) =>
        this.#core.exports.descent_random_search(x0.length, x, this.#core.objectiveEntry, objective, options,
          reporter === 0 ? 0 : this.#core.progressEntry, reporter, result));
      return this.#finding(scope, x, x0.length, result);
    });
  }

  #finding(scope, x, count, result) {
    const { struct_size: _, reason, ...rest } = scope.read(structs.result, result);
    return { x: scope.fetch(new Float64Array(count), x), reason: REASONS[reason], ...rest };
  }

  /** A learning-rate range test from x0: {rates, losses, proposal}. */
  learningRateRange(optimizer, fun, x0, { steps = 200, minimum = 1e-6, maximum = 10 } = {}) {
    return this.#core.scope((scope) => {
      const x = scope.copy(Float64Array.from(x0));
      return range(this.#core, scope, { steps, minimum, maximum }, (...rest) => {
        this.#core.withCallbacks([this.#objective(fun)], (objective) => this.#core.exports.descent_learning_rate_range(
          optimizer.address, x0.length, x, this.#core.objectiveEntry, objective, ...rest));
        return 0;
      });
    });
  }

  /** The gradient of fun at x by differences. */
  numericGradient(fun, x, { method = "central", step = 0 } = {}) {
    return this.#core.scope((scope) => {
      const point = scope.copy(Float64Array.from(x));
      const out = scope.allocate(8 * x.length);
      this.#core.withCallbacks([this.#objective(fun)], (objective) => this.#core.exports.descent_numeric_gradient(
        x.length, point, this.#core.objectiveEntry, objective, choose(DIFFERENCES, method), step, out));
      return scope.fetch(new Float64Array(x.length), out);
    });
  }

  /** Compares the gradient that fun gives with differences. */
  gradientCheck(fun, x, { step = 0 } = {}) {
    return this.#core.scope((scope) => {
      const [point, report] = [scope.copy(Float64Array.from(x)), scope.struct(structs.gradientReport)];
      this.#core.withCallbacks([this.#objective(fun)], (objective) => this.#core.exports.descent_gradient_check(
        x.length, point, this.#core.objectiveEntry, objective, step, report));
      return scope.read(structs.gradientReport, report);
    });
  }

  /** rows × columns random numbers; Type is Float32Array or Float64Array. */
  initialize(initializer, [rows, columns], { scale = 1, seed = 0, Type = Float32Array } = {}) {
    const out = new Type(rows * columns);
    return this.#core.scope((scope) => {
      const address = scope.allocate(out.byteLength);
      this.#core.check(this.#core.exports.descent_initialize(
        choose(INITIALIZERS, initializer), dtypeOf(out, "Type"), rows, columns, scale, BigInt(seed), address));
      return scope.fetch(out, address);
    });
  }
}

/** The bytes of a WebAssembly file, or the module itself. */
async function compile(source) {
  if (source instanceof WebAssembly.Module) return source;
  if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) return WebAssembly.compile(source);
  const url = new URL(source, import.meta.url);
  if (url.protocol === "file:") {
    const { readFile } = await import("node:fs/promises");
    return WebAssembly.compile(await readFile(url));
  }
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return WebAssembly.compile(await response.arrayBuffer());
}

/** Loads the library: an address, the file's bytes, or a WebAssembly.Module; without any, descent.wasm beside this file. */
export async function load(source = "./descent.wasm") {
  return new Descent(new Core(await compile(source)));
}
