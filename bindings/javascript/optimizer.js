// Optimizers: parameters and gradients are typed arrays, which a step changes in place.
import { dtypeOf, Handle } from "./memory.js";
import * as structs from "./structs.js";

/** Rows and columns of a parameter: `shape` is [rows, columns], and a vector has one row. */
function shapeOf({ values, shape = [1, values.length] }, index) {
  const [rows, columns] = shape;
  if (shape.length !== 2 || rows * columns !== values.length) {
    throw new RangeError(`parameters[${index}]: ${values.length} values are no matrix of ${shape.join(" x ")}`);
  }
  return { rows, columns };
}

/** An algorithm, its options and the state of the parameters that it updates. */
export class Optimizer extends Handle {
  constructor(core, create) {
    super(core, "optimizer", create);
  }

  get algorithm() {
    return this.core.text(this.core.exports.descent_algorithm_name(
      this.core.exports.descent_optimizer_algorithm(this.address)));
  }

  get stepCount() {
    return Number(this.core.exports.descent_optimizer_step_count(this.address));
  }

  /** The learning rate that the next step has. */
  get learningRate() {
    return this.#number((out) => this.core.exports.descent_optimizer_learning_rate(this.address, out));
  }

  set(option, value) {
    this.core.check(this.core.exports.descent_optimizer_set(
      this.address, this.core.fromName("option", option), Number(value)));
    return this;
  }

  get(option) {
    const number = this.core.fromName("option", option);
    return this.#number((out) => this.core.exports.descent_optimizer_get(this.address, number, out));
  }

  setGroup(group, option, value) {
    this.core.check(this.core.exports.descent_optimizer_set_group(
      this.address, group, this.core.fromName("option", option), Number(value)));
    return this;
  }

  reportLoss(loss) {
    this.core.check(this.core.exports.descent_optimizer_report_loss(this.address, loss));
  }

  /** One update. `parameters`: [{values, gradient, shape, group}, ...]. */
  step(parameters) {
    this.#withTensors(parameters, (tensors) =>
      this.core.exports.descent_optimizer_step(this.address, tensors, parameters.length));
  }

  /** Puts the averages into the parameters, or the training values back. */
  useAverage(parameters, use) {
    this.#withTensors(parameters, (tensors) =>
      this.core.exports.descent_optimizer_use_average(this.address, tensors, parameters.length, use ? 1 : 0));
  }

  #withTensors(parameters, call) {
    this.core.scope((scope) => {
      const places = parameters.map(({ values, gradient = values.slice().fill(0) }, index) => {
        if (gradient.constructor !== values.constructor || gradient.length !== values.length) {
          throw new TypeError(`parameters[${index}]: the gradient must have the type and the length of the values`);
        }
        return { values: scope.copy(values), gradient: scope.copy(gradient) };
      });
      const list = scope.allocate(structs.tensor.size * parameters.length);
      parameters.forEach((parameter, index) => structs.tensor.write(
        this.core.view, list + index * structs.tensor.size, {
          ...places[index], ...shapeOf(parameter, index), dtype: dtypeOf(parameter.values, `parameters[${index}]`),
          group: parameter.group ?? 0,
        }));
      this.core.check(call(list));
      parameters.forEach(({ values }, index) => scope.fetch(values, places[index].values));
    });
  }

  /** A copy of one of the state's buffers; null where this parameter has none. `Type`: that of the parameter. */
  state(index, name, Type = Float32Array) {
    return this.core.scope((scope) => {
      const [data, count] = [scope.allocate(4), scope.allocate(4)];
      this.core.check(this.core.exports.descent_optimizer_state(this.address, index, scope.text(name), data, count));
      const address = this.core.view.getUint32(data, true);
      return address === 0 ? null : scope.fetch(new Type(this.core.view.getUint32(count, true)), address);
    });
  }

  get health() {
    return this.core.scope((scope) => {
      const health = scope.struct(structs.health);
      this.core.check(this.core.exports.descent_optimizer_health(this.address, health));
      return scope.read(structs.health, health);
    });
  }

  /** Forgets state and shapes, and keeps the options. */
  reset() {
    this.core.check(this.core.exports.descent_optimizer_reset(this.address));
  }

  #number(call) {
    return this.core.scope((scope) => {
      const out = scope.allocate(8);
      this.core.check(call(out));
      return this.core.view.getFloat64(out, true);
    });
  }
}
