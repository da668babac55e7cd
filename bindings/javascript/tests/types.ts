// Compiled only, never run: what a typed program may write, and what it may not.
import { DescentError, load, type Objective } from "../descent.js";

const descent = await load("descent.wasm");
const optimizer = descent.optimizer("adam", { learning_rate: 0.1 });
const values = new Float32Array(4);
optimizer.step([{ values, gradient: new Float32Array(4), shape: [2, 2] }]);
const bowl: Objective = (x, gradient) => {
  if (gradient) gradient[0] = 2 * x[0]!;
  return x[0]! ** 2;
};
const { x, reason } = descent.minimize(optimizer, bowl, [1], { maxSteps: 10, progress: (report) => report.step > 5 });
const text: string = `${x[0]} ${reason}`;
// @ts-expect-error: there is no such option of the minimizer
descent.minimize(optimizer, bowl, [1], { steps: 10 });
// @ts-expect-error: arrays of numbers have no type that the library could change
optimizer.step([{ values: [1, 2], gradient: [1, 2] }]);
try {
  optimizer.free();
} catch (error) {
  if (error instanceof DescentError) console.log(error.status, text);
}
