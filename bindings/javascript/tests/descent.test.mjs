// The binding, in Node: node --test. Each result is also compared with known bits elsewhere (golden.test.mjs, and
// Tests/Promise for all targets).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { DescentError, load } from "../descent.js";

const descent = await load(process.env.DESCENT_WASM);
const bowl = (x, gradient) => {
  if (gradient) x.forEach((value, i) => { gradient[i] = 2 * (i + 1) * value; });
  return x.reduce((sum, value, i) => sum + (i + 1) * value * value, 0);
};

test("every function of the header is exported", () => {
  const header = readFileSync(new URL("../../../include/descent.h", import.meta.url), "utf8").replace(/\/\*.*?\*\//gs, "");
  const declared = new Set([...header.matchAll(/\b(descent_\w+)\s*\(/g)].map(([, name]) => name));
  const exported = new Set(Object.keys(descent.exports).filter((name) => name.startsWith("descent_")));
  assert.ok(declared.size > 80);
  assert.deepEqual([...exported].sort(), [...declared].sort());
});

test("a step changes the caller's arrays", () => {
  const optimizer = descent.optimizer("sgd", { learning_rate: 0.5 });
  const values = new Float64Array([1, 2]);
  optimizer.step([{ values, gradient: new Float64Array([2, 4]) }]);
  assert.deepEqual([...values], [0, 0]);
  assert.equal(optimizer.stepCount, 1);
  assert.equal(optimizer.get("learning_rate"), 0.5);
  optimizer.free();
  assert.throws(() => optimizer.stepCount, /has been freed/);
  optimizer.free();
});

test("failures are exceptions with the library's text, and change nothing", () => {
  assert.throws(() => descent.optimizer("adm"), (error) => error instanceof DescentError
    && error.status === "DESCENT_ERROR_UNKNOWN_NAME" && error.message.includes("adm"));
  assert.throws(() => descent.optimizer("adam", { learning_rate: -1 }), /learning_rate: -1 is outside/);
  const optimizer = descent.optimizer("adam");
  const values = new Float32Array([1, 2]);
  assert.throws(() => optimizer.step([{ values, gradient: new Float64Array(2) }]), TypeError);
  assert.throws(() => optimizer.step([{ values, gradient: new Float32Array(2), shape: [2, 2] }]), RangeError);
  optimizer.step([{ values, gradient: new Float32Array([1, 1]) }]);
  const before = values.slice();
  const more = new Float32Array(3);
  assert.throws(() => optimizer.step([{ values: more, gradient: new Float32Array(3) }]),
    (error) => error.status === "DESCENT_ERROR_SHAPE_MISMATCH");
  assert.deepEqual([...values], [...before]);
});

test("a classifier's parameters can be written", () => {
  const classifier = descent.classifier(2, 3);
  const weights = new Float32Array([1, 2, 3, 4, 5, 6]);
  classifier.setParameters(weights, [-1, 0, 1]);
  assert.deepEqual([...classifier.weights], [...weights]);
  assert.deepEqual([...classifier.bias], [-1, 0, 1]);
  assert.deepEqual([...classifier.scores({ features: new Float32Array([1, 10]) })], [40, 52, 64]);
  assert.throws(() => classifier.setParameters([1, 2], [0, 0, 0]), /weights: 2 numbers, where there are 6/);
  assert.throws(() => classifier.setParameters(weights.map(() => 0), [0]), /bias: 1 numbers/);
  assert.deepEqual([...classifier.weights], [...weights]);
  classifier.free();
});

test("minimizing, with bounds, progress and differences", () => {
  const found = descent.minimize(descent.optimizer("lbfgs"), bowl, [3, -2, 1], { maxSteps: 100, gradientTolerance: 1e-8 });
  assert.equal(found.reason, "gradient");
  assert.ok(found.value < 1e-12);
  const bounded = descent.minimize(
    descent.optimizer("lbfgs"), bowl, [3, 2], { maxSteps: 50, gradientTolerance: 1e-8, lower: [1, -1], upper: [5, 5] });
  assert.ok(Math.abs(bounded.x[0] - 1) < 1e-9 && Math.abs(bounded.x[1]) < 1e-6);
  const steps = [];
  const stopped = descent.minimize(descent.optimizer("sgd"), bowl, [1, 1],
    { maxSteps: 100, progress: (report, x) => { steps.push([report.step, x.length]); return report.step === 3; } });
  assert.equal(stopped.reason, "callback");
  assert.deepEqual(steps, [[1, 2], [2, 2], [3, 2]]);
  const numeric = descent.minimize(
    descent.optimizer("lbfgs"), (x) => bowl(x), [1, 1], { maxSteps: 60, gradientTolerance: 1e-6, numeric: "central" });
  assert.ok(numeric.value < 1e-8);
});

test("what a callback throws comes through, and the library goes on working", () => {
  const optimizer = descent.optimizer("adam");
  assert.throws(() => descent.minimize(optimizer, () => { throw new Error("mine"); }, [1], { maxSteps: 5 }), /^Error: mine/);
  assert.throws(() => descent.numericGradient(() => { throw new TypeError("yours"); }, [1]), /yours/);
  const inner = (x) => descent.numericGradient((y) => bowl(y), x)[0] + x[0];
  assert.ok(Math.abs(descent.numericGradient(inner, [1])[0] - 3) < 1e-4, "a callback that calls the library");
  assert.ok(descent.gradientCheck(bowl, [1, 2]).max_relative_error < 1e-6);
  assert.ok(descent.gradientCheck((x, gradient) => { const v = bowl(x, gradient); if (gradient) gradient[1] *= 2; return v; },
    [1, 2]).max_relative_error > 0.3);
});

test("searching, range tests, losses, samplers and initial weights", () => {
  assert.ok(descent.randomSearch((x) => bowl(x), [3, 3], { trials: 500, scale: 0.5, seed: 4 }).value < 1);
  const range = descent.learningRateRange(descent.optimizer("sgd"), bowl, [1, 1], { steps: 50 });
  assert.ok(range.rates.length === range.losses.length && range.proposal > 0);
  const { value, gradient } = descent.loss("softmax_cross_entropy", new Float64Array([0, 0, 0, 0]), [0, 1], 2);
  assert.ok(Math.abs(value - Math.LN2) < 1e-15);
  assert.deepEqual([...gradient], [-0.25, 0.25, 0.25, -0.25]);
  assert.throws(() => descent.loss("softmax_cross_entropy", new Float64Array(4), [0, 7], 2), /labels?\[1\]/);
  const sampler = descent.sampler(10, 4, { seed: 3 });
  const seen = [...sampler.next(), ...sampler.next(), ...sampler.next()];
  assert.deepEqual(seen.sort((a, b) => a - b), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.equal(descent.sampler(10, 4, { sampling: "weighted", weights: Array.from({ length: 10 }, (_, i) => +(i === 7)) })
    .next().every((index) => index === 7), true);
  assert.throws(() => descent.sampler(10, 4, { sampling: "random" }), RangeError);
  assert.equal(descent.initialize("he_normal", [20, 30]).length, 600);
});

test("saved bytes go on with the same bits", () => {
  const make = () => ({ values: Float32Array.from({ length: 100 }, (_, i) => Math.sin(i)), gradient: new Float32Array(100).fill(0.1) });
  const [straight, saved] = [make(), make()];
  const one = descent.optimizer("adam");
  for (let step = 0; step < 6; step++) one.step([straight]);
  let two = descent.optimizer("adam");
  for (let step = 0; step < 3; step++) two.step([saved]);
  two = descent.loadOptimizer(two.save());
  for (let step = 0; step < 3; step++) two.step([saved]);
  assert.deepEqual(straight.values, saved.values);
  assert.deepEqual(one.save(), two.save());
  assert.throws(() => descent.loadOptimizer(one.save().fill(7, 40, 50)), (error) => error.status === "DESCENT_ERROR_CORRUPT_STATE");
});

test("memory is given back", () => {
  const run = () => {
    const optimizer = descent.optimizer("adam");
    const values = new Float64Array(100000);
    optimizer.step([{ values, gradient: new Float64Array(100000).fill(1) }]);
    optimizer.save();
    assert.throws(() => optimizer.step([{ values: new Float64Array(3), gradient: new Float64Array(3) }]));
    optimizer.free();
  };
  for (let round = 0; round < 3; round++) run();
  const before = descent.exports.memory.buffer.byteLength;
  for (let round = 0; round < 50; round++) run();
  assert.equal(descent.exports.memory.buffer.byteLength, before);
});
