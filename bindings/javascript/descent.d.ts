/** A failure of the library, with its own sentence as the message. */
export class DescentError extends Error {
  /** "DESCENT_ERROR_..." of descent.h. */
  readonly status: string;
}

export type Numbers = Float32Array | Float64Array;

export interface Parameter<T extends Numbers = Numbers> {
  /** Changed in place. */
  values: T;
  gradient: T;
  /** [rows, columns]; a vector without it. */
  shape?: [number, number];
  group?: number;
}

/** What owns memory of the library: free it, or leave that to the garbage collector. */
interface Handle {
  free(): void;
  save(): Uint8Array;
}

export interface Progress {
  epoch: number; step: number; step_total: number; loss: number; learning_rate: number; gradient_norm: number;
  update_ratio: number; seconds: number; epoch_end: boolean; plateau: boolean; update_cosine: number;
  zero_fraction: number; noise_scale: number; validation_loss: number;
}

export interface Health {
  step: number; gradient_norm: number; update_norm: number; parameter_norm: number; update_ratio: number;
  update_cosine: number; zero_fraction: number; clipped_steps: number; skipped_steps: number; not_finite: number;
  state_not_finite: number;
}

export interface Optimizer extends Handle {
  readonly algorithm: string;
  readonly stepCount: number;
  readonly learningRate: number;
  readonly health: Health;
  set(option: string, value: number | boolean): this;
  get(option: string): number;
  setGroup(group: number, option: string, value: number | boolean): this;
  reportLoss(loss: number): void;
  step(parameters: Parameter[]): void;
  useAverage(parameters: Omit<Parameter, "gradient">[], use: boolean): void;
  state(index: number, name: string, Type?: Float32ArrayConstructor): Float32Array | null;
  state(index: number, name: string, Type: Float64ArrayConstructor): Float64Array | null;
  reset(): void;
}

export interface Data {
  /** Row-major, samples × dimension; every number is multiplied by `scale`, and then `offset` is added. */
  features: Float32Array | Uint8Array;
  labels?: ArrayLike<number>;
  scale?: number;
  offset?: number;
  /** How much each sample counts. */
  weights?: ArrayLike<number>;
}

export type Sampling = "shuffle" | "replacement" | "stratified" | "weighted";

export interface FitOptions {
  epochs?: number;
  batchSize?: number;
  seed?: number | bigint;
  sampling?: Sampling;
  standardize?: boolean;
  checkFeatures?: boolean;
  average?: boolean;
  patience?: number;
  tolerance?: number;
  /** Called after each step; a true value stops. */
  progress?: (report: Progress) => unknown;
}

export interface RangeOptions { steps?: number; minimum?: number; maximum?: number }
export interface Range { rates: Float64Array; losses: Float64Array; proposal: number }

export interface Classifier extends Handle {
  readonly dimension: number;
  readonly classes: number;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  setL2(strength: number): this;
  initialize(standardDeviation: number, seed?: number | bigint): this;
  setParameters(weights: ArrayLike<number>, bias: ArrayLike<number>): this;
  fit(optimizer: Optimizer, data: Data, options?: FitOptions): this;
  resume(optimizer: Optimizer, data: Data, options?: FitOptions): this;
  evaluate(data: Data): { loss: number; accuracy: number };
  scores(data: Data): Float32Array;
  predict(data: Data): Int32Array;
  learningRateRange(optimizer: Optimizer, data: Data, options?: RangeOptions & FitOptions): Range;
}

export interface Sampler extends Handle {
  readonly batchSize: number;
  readonly batches: number;
  next(): Uint32Array;
}

/** Returns the value at x, and fills the gradient unless it is null. */
export type Objective = (x: Float64Array, gradient: Float64Array | null) => number;
export type Difference = "forward" | "central" | "richardson";

export interface MinimizeOptions {
  maxSteps?: number; gradientTolerance?: number; valueTolerance?: number; targetValue?: number; maxSeconds?: number;
  lower?: ArrayLike<number>; upper?: ArrayLike<number>; returnBest?: boolean;
  /** For an objective that has no gradient. */
  numeric?: Difference; step?: number;
  progress?: (report: Progress, x: Float64Array) => unknown;
}

export interface Result {
  x: Float64Array; reason: string; steps: number; evaluations: number; value: number; gradient_norm: number;
  seconds: number; best_value: number;
}

export interface GradientReport {
  max_relative_error: number; worst_index: number; analytic: number; numeric: number; checked: number;
  suspected_kinks: number; undetermined: number; undetermined_index: number; value: number; noise: number;
}

export type Initializer =
  "zeros" | "normal" | "uniform" | "xavier_normal" | "xavier_uniform" | "he_normal" | "he_uniform";

export interface Descent {
  readonly version: string;
  readonly algorithms: string[];
  readonly losses: string[];
  readonly exports: WebAssembly.Exports & Record<string, any>;
  optimizer(algorithm: string, options?: Record<string, number | boolean>): Optimizer;
  classifier(dimension: number, classes: number, loss?: string): Classifier;
  sampler(samples: number, batchSize: number, options?: {
    sampling?: Sampling; seed?: number | bigint; labels?: ArrayLike<number>; weights?: ArrayLike<number>;
  }): Sampler;
  loadOptimizer(bytes: Uint8Array): Optimizer;
  loadClassifier(bytes: Uint8Array, dimension: number, classes: number): Classifier;
  loadSampler(bytes: Uint8Array, batchSize: number): Sampler;
  optionsOf(algorithm: string): {
    name: string; minimum: number; maximum: number; default: number; isSwitch: boolean }[];
  describe(algorithm: string): { title: string; formula: string; isBatch: boolean; states: string[] };
  loss<T extends Numbers>(name: string, scores: T, truth: ArrayLike<number>, columns: number): { value: number; gradient: T };
  minimize(optimizer: Optimizer, fun: Objective, x0: ArrayLike<number>, options?: MinimizeOptions): Result;
  randomSearch(fun: Objective, x0: ArrayLike<number>, options?: {
    mode?: "global" | "local"; trials?: number; seed?: number | bigint; scale?: number;
    progress?: (report: Progress) => unknown;
  }): Result;
  learningRateRange(optimizer: Optimizer, fun: Objective, x0: ArrayLike<number>, options?: RangeOptions): Range;
  numericGradient(fun: Objective, x: ArrayLike<number>, options?: { method?: Difference; step?: number }): Float64Array;
  gradientCheck(fun: Objective, x: ArrayLike<number>, options?: { step?: number }): GradientReport;
  initialize(initializer: Initializer, shape: [number, number], options?: {
    scale?: number; seed?: number | bigint; Type?: Float32ArrayConstructor | Float64ArrayConstructor }): Numbers;
}

/** Loads the library: an address, the file's bytes, or a WebAssembly.Module; without any, descent.wasm beside the module. */
export function load(source?: string | URL | ArrayBuffer | ArrayBufferView | WebAssembly.Module): Promise<Descent>;
