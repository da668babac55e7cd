// A linear classifier that learns digits, and random search on the same weights. The library does both; here they are taken on
// in small portions, a frame's worth, and what they reach is kept.

export const PIXELS = 64;
export const CLASSES = 10;
const SEED = 1;
const EPOCHS = 40;
const TRIALS = 4; // of random search in a portion
const SPREAD = 0.05; // of its steps: of 0.02, 0.05, 0.1 and 0.2 the best here
const WEIGHTS = PIXELS * CLASSES;

/** The trained classifier. */
export class Training {
  /** settings: {loss, method, options, batch, l2} */
  constructor(descent, digits, settings) {
    this.digits = digits;
    this.batch = settings.batch;
    this.classifier = descent.classifier(PIXELS, CLASSES, settings.loss).setL2(settings.l2);
    this.optimizer = descent.optimizer(settings.method, settings.options);
    this.begun = false;
    this.stepsInEpoch = Math.ceil(digits.training.count / settings.batch);
    this.curve = { passes: [], losses: [], accuracies: [] };
    this.failure = null;
    this.steps = 0;
    this.#evaluate();
  }

  get epochs() {
    return this.steps / this.stepsInEpoch;
  }

  get isOver() {
    return this.failure !== null || this.steps >= EPOCHS * this.stepsInEpoch;
  }

  /** So many steps: the callback stops the fit behind them, and the next portion resumes it, with the bits of one that was
   * never stopped. */
  advance(steps) {
    if (this.isOver) return;
    let left = steps;
    const options = {
      epochs: EPOCHS, batchSize: this.batch, seed: SEED, progress: () => { this.steps += 1; left -= 1; return left <= 0; } };
    try {
      this.classifier[this.begun ? "resume" : "fit"](this.optimizer, this.digits.training, options);
    } catch (error) {
      if (error.status !== "DESCENT_ERROR_CANCELLED") this.failure = error.message;
    }
    this.begun = true;
    this.#evaluate();
  }

  #evaluate() {
    const { loss } = this.classifier.evaluate(this.digits.training);
    const { accuracy } = this.classifier.evaluate(this.digits.test);
    this.curve.passes.push(this.epochs);
    this.curve.losses.push(loss);
    this.curve.accuracies.push(accuracy);
  }

  free() {
    this.classifier.free();
    this.optimizer.free();
  }
}

/** Random search: near the best weights so far, and kept if the loss on all training images is lower. */
export class Searching {
  constructor(descent, digits, { loss, l2 }) {
    this.descent = descent;
    this.digits = digits;
    this.classifier = descent.classifier(PIXELS, CLASSES, loss).setL2(l2);
    this.best = new Float64Array(WEIGHTS + CLASSES);
    this.portions = 0;
    this.evaluations = 0;
    this.curve = { passes: [], losses: [], accuracies: [] };
    this.#show(this.#lossOf(this.best));
  }

  advance() {
    this.portions += 1;
    const found = this.descent.randomSearch((x) => this.#lossOf(x), this.best, {
      mode: "local", trials: TRIALS, seed: SEED + this.portions, scale: SPREAD });
    this.best = found.x;
    this.#show(found.value);
  }

  #lossOf(x) {
    this.evaluations += 1;
    this.#take(x);
    return this.classifier.evaluate(this.digits.training).loss;
  }

  #take(x) {
    this.classifier.setParameters(x.subarray(0, WEIGHTS), x.subarray(WEIGHTS));
  }

  #show(loss) {
    this.#take(this.best);
    this.curve.passes.push(this.evaluations);
    this.curve.losses.push(loss);
    this.curve.accuracies.push(this.classifier.evaluate(this.digits.test).accuracy);
  }

  free() {
    this.classifier.free();
  }
}

const RANGE = { steps: 200, minimum: 1e-4, maximum: 30 };

/** The range test of such a training: {rates, losses, proposal}. */
export function rangeTest(descent, digits, { loss, method, l2, batch }) {
  const classifier = descent.classifier(PIXELS, CLASSES, loss).setL2(l2);
  const optimizer = descent.optimizer(method);
  try {
    return classifier.learningRateRange(optimizer, digits.training, { ...RANGE, batchSize: batch, seed: SEED });
  } finally {
    classifier.free();
    optimizer.free();
  }
}
