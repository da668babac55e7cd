// The same bits as the native library, and the trajectories of other implementations.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { gunzipSync } from "node:zlib";
import { load } from "../descent.js";

const descent = await load(process.env.DESCENT_WASM);
const root = new URL("../../../", import.meta.url);

/** A number like -0x1.f9023ap+0. */
function fromHex(text) {
  const [, sign, whole, fraction = "", exponent] = /^(-?)0x([01])(?:\.([0-9a-f]*))?p([+-]\d+)$/.exec(text);
  let value = Number(whole);
  for (let i = 0; i < fraction.length; i++) value += parseInt(fraction[i], 16) * 16 ** -(i + 1);
  return (sign ? -1 : 1) * value * 2 ** Number(exponent);
}

test("PyTorch's trajectories", () => {
  const golden = JSON.parse(readFileSync(new URL("Tests/Golden/trajectories.json", root), "utf8"));
  let compared = 0;
  for (const run of golden.runs) {
    const options = Object.fromEntries(Object.entries(run.options).map(
      ([name, value]) => [name, typeof value === "string" ? fromHex(value) : value]));
    const optimizer = descent.optimizer(run.algorithm, options);
    const values = Float64Array.from(golden.initial, fromHex);
    golden.gradients.forEach((gradient, index) => {
      optimizer.step([{ values, gradient: Float64Array.from(gradient, fromHex) }]);
      const record = golden.recorded_steps.indexOf(index + 1);
      if (record < 0) return;
      run.weights[record].map(fromHex).forEach((expected, i) => {
        assert.ok(Math.abs(values[i] - expected) <= 1e-13 * (Math.abs(expected) + 1),
          `${run.algorithm} step ${index + 1}: ${values[i]} instead of ${expected}`);
        compared += 1;
      });
    });
    optimizer.free();
  }
  assert.ok(compared > 1000);
});

test("a fit on the digits has the bits of the native library", () => {
  const read = (name, header) => new Uint8Array(
    gunzipSync(readFileSync(new URL(`bindings/data/optical-digits/${name}`, root)))).slice(header);
  const data = {
    features: read("train-images-idx3-ubyte.gz", 16), labels: read("train-labels-idx1-ubyte.gz", 8), scale: 1 / 16 };
  const expected = JSON.parse(readFileSync(process.env.EXPECTED_FIT, "utf8"));
  for (const [loss, fit] of Object.entries(expected)) {
    const classifier = descent.classifier(64, 10, loss);
    const epochs = [];
    classifier.fit(descent.optimizer(fit.optimizer, { learning_rate: 0.01 }), data, {
      epochs: 3, batchSize: 64, seed: 5, progress: (report) => { if (report.epoch_end) epochs.push(report.loss); } });
    assert.deepEqual([...new Uint32Array(classifier.weights.buffer)], fit.weights, loss);
    assert.deepEqual([...new Uint32Array(classifier.bias.buffer)], fit.bias, loss);
    assert.equal(epochs.length, 3);
    assert.equal(classifier.evaluate(data).accuracy, fit.accuracy);
    const predicted = classifier.predict(data);
    assert.equal(predicted.filter((label, i) => label === data.labels[i]).length / predicted.length, fit.accuracy);
    const loaded = descent.loadClassifier(classifier.save(), 64, 10);
    assert.deepEqual(loaded.scores(data), classifier.scores(data));
  }
});
