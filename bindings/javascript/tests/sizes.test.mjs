// Where Int has 32 bits: counts and products beyond 2^31 are errors with a sentence, or work; none ends the module.
import assert from "node:assert/strict";
import test from "node:test";
import { DescentError, load } from "../descent.js";

const descent = await load(process.env.DESCENT_WASM);
const labels = Int32Array.from({ length: 200_000 }, (_, i) => i % 2);

test("a batch size of 2^32 - 1 is the whole data set", () => {
  const data = { features: new Float32Array([1, -1]), labels: [0, 1] };
  const [whole, greatest] = [2, 2 ** 32 - 1].map((batchSize) => {
    const classifier = descent.classifier(1, 2);
    classifier.fit(descent.optimizer("sgd"), data, { batchSize, epochs: 3 });
    return classifier.weights;
  });
  assert.notEqual(whole[0], 0);
  assert.deepEqual(whole, greatest);
});

test("shares of classes whose products are beyond 2^32", () => {
  const sampler = descent.sampler(labels.length, 60_000, { sampling: "stratified", labels, seed: 1 });
  for (const size of [60_000, 60_000, 60_000, 20_000]) {
    const batch = sampler.next();
    assert.equal(batch.length, size);
    assert.equal(batch.reduce((sum, index) => sum + labels[index], 0), size / 2);
  }
});

test("a table of weights in 62 bits", () => {
  const weights = Float64Array.from({ length: 1000 }, (_, i) => i % 3);
  const sampler = descent.sampler(1000, 300, { sampling: "weighted", weights, seed: 1 });
  const drawn = [...sampler.next(), ...sampler.next()];
  assert.ok(drawn.every((index) => index % 3 !== 0));
  const loaded = descent.loadSampler(sampler.save(), 300);
  assert.deepEqual(loaded.next(), sampler.next());
});

test("sizes that nothing can have", () => {
  for (const [dimension, classes] of [[2 ** 31 - 2, 2 ** 30], [2 ** 31, 2], [2 ** 32 - 1, 1], [2 ** 16, 2 ** 16]]) {
    assert.throws(() => descent.classifier(dimension, classes), DescentError);
  }
  for (const [samples, batch] of [[2 ** 32 - 1, 1], [2 ** 31, 1], [4, 2 ** 32 - 1]]) {
    assert.throws(() => descent.sampler(samples, batch), DescentError);
  }
  assert.throws(() => descent.minimize(descent.optimizer("adam"), () => 0, { length: 2 ** 32 - 1 }, { maxSteps: 1 }));
  assert.throws(() => descent.learningRateRange(descent.optimizer("adam"), () => 0, [1], { steps: 2 ** 32 - 1 }));
});

test("the C interface refuses counts beyond 2^31", () => {
  const { exports } = descent;
  const [optimizer, room] = [descent.optimizer("adam"), exports.malloc(4096)];
  for (const count of [-1, 2 ** 31 - 1, -(2 ** 31), 2 ** 28]) {
    assert.notEqual(exports.descent_optimizer_step(optimizer.address, room, count), 0);
    assert.notEqual(exports.descent_optimizer_load(room, count, room), 0);
    assert.notEqual(exports.descent_initialize(2, 1, count, 2 ** 20, 1, 0n, room), 0);
    assert.notEqual(exports.descent_loss_classify(1, 1, count, 2 ** 20, room, room, room, room), 0);
  }
  // A struct_size that was not initialized.
  new DataView(exports.memory.buffer).setUint32(room, 0xfffffff0, true);
  assert.notEqual(exports.descent_optimizer_health(optimizer.address, room), 0);
  exports.free(room);
});
