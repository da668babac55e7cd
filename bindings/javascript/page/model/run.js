// One method on its way over a landscape. The library makes the steps; here is kept what it did.

// What a rate is picked from where the landscape does not name one.
const DIGITS = [1, 2, 5];
const POWERS = [-4, -3, -2, -1, 0, 1];
const MOST_STEPS = 1 << 12;
const NOISE_SEED = 1;
const COSINE = 5; // DESCENT_SCHEDULE_COSINE of descent.h

const NEAR = 0.05; // a saddle, in widths of the landscape's window
const DIVERGED = 1e4; // times the first height

let noises = null;

/** Standard normal numbers for each step, two by two: the library's own, so that they are the same everywhere. */
function standardNoise(descent) {
  noises ??= descent.initialize("normal", [MOST_STEPS, 2], { seed: NOISE_SEED, Type: Float64Array });
  return noises;
}

export class Run {
  /** `settings`: {start, options, noise, cosineSteps (0: the rate stays)}. The library refuses options with a DescentError. */
  constructor(descent, landscape, method, { start, options = {}, noise = 0, cosineSteps = 0 }) {
    this.landscape = landscape;
    this.method = method;
    const schedule = cosineSteps > 0 ? { schedule: COSINE, schedule_steps: cosineSteps } : {};
    this.optimizer = descent.optimizer(method, { ...options, ...schedule });
    this.noise = noise;
    this.noises = noise > 0 ? standardNoise(descent) : null;
    this.parameter = { values: Float64Array.from(start), gradient: new Float64Array(2) };
    this.points = [];
    this.heights = [];
    this.overshoots = [];
    this.saddleSteps = 0;
    this.firstAtSaddle = null;
    this.diverged = false;
    this.#look();
  }

  get steps() {
    return this.points.length - 1;
  }

  get height() {
    return this.heights[this.steps];
  }

  /** One step, unless the method is lost. */
  step() {
    if (this.diverged) return;
    const { gradient } = this.parameter;
    gradient.set(this.slope);
    if (this.noises !== null) {
      const at = 2 * (this.steps % MOST_STEPS);
      gradient[0] += this.noise * this.noises[at];
      gradient[1] += this.noise * this.noises[at + 1];
    }
    this.optimizer.step([this.parameter]);
    this.#look();
  }

  /** Steps until there are `count`. */
  advance(count) {
    while (this.steps < count && !this.diverged) this.step();
    return this;
  }

  free() {
    this.optimizer.free();
  }

  /** Sees where it is, and names what happened. */
  #look() {
    const [x, y] = this.parameter.values;
    const [value, ...slope] = this.landscape.at(x, y);
    const height = value - this.landscape.least;
    this.diverged = !(height <= DIVERGED * Math.max(1, this.heights[0] ?? height));
    const before = this.points[this.points.length - 1];
    // A step overshoots if the ground rises at its end, in the direction in which it came: it went past the lowest place.
    if (before !== undefined && slope[0] * (x - before[0]) + slope[1] * (y - before[1]) > 0) {
      this.overshoots.push(this.points.length);
    }
    this.points.push([x, y]);
    this.heights.push(height);
    this.slope = slope;
    if (isAtSaddle(this.landscape, x, y)) {
      this.saddleSteps += 1;
      this.firstAtSaddle ??= this.steps;
    }
  }
}

function isAtSaddle({ saddles, window: [left, right] }, x, y) {
  return saddles.some((saddle) => Math.hypot(x - saddle[0], y - saddle[1]) < NEAR * (right - left));
}

const picked = new Map();

/** The rate for a method: the landscape's own, else the one of 1, 2, 5 times a power of ten that ends lowest in the window. */
export function pickedRate(descent, landscape, method) {
  if (method in landscape.rates) return landscape.rates[method];
  const key = `${landscape.name} ${method}`;
  if (!picked.has(key)) picked.set(key, bestRate(descent, landscape, method));
  return picked.get(key);
}

function bestRate(descent, landscape, method) {
  const tried = POWERS.flatMap((power) => DIGITS.map((digit) => Number(`${digit}e${power}`))).map((rate) => {
    const run = new Run(descent, landscape, method, { start: landscape.start, options: withRate(descent, method, rate) });
    run.advance(landscape.steps);
    run.free();
    return { rate, height: run.diverged ? Infinity : run.height, inside: run.points.every((point) => shows(landscape, point)) };
  });
  const inside = tried.filter((one) => one.inside);
  return (inside.length > 0 ? inside : tried).reduce((best, one) => (one.height < best.height ? one : best)).rate;
}

function shows({ window: [left, right, bottom, top] }, [x, y]) {
  return x >= left && x <= right && y >= bottom && y <= top;
}

/** The options that set a rate: points are vectors, for which some methods have a rate of their own. */
export function withRate(descent, method, rate) {
  const own = descent.optionsOf(method).some(({ name }) => name === "vector_learning_rate");
  return own ? { learning_rate: rate, vector_learning_rate: rate } : { learning_rate: rate };
}
