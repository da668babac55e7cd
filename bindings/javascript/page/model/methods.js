// What the library says of its methods: nothing here is a list of them.

// The methods of the course, which are shown first.
export const COURSE = ["sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"];

const known = new Map();

/** {name, title, formula, states, options, optionNames} of a method; `options` are those that are its own. */
export function methodNamed(descent, name) {
  if (!known.has(name)) {
    known.set(name, {
      name, ...descent.describe(name), options: ownOptions(descent, name),
      optionNames: descent.optionsOf(name).map((option) => option.name) });
  }
  return known.get(name);
}

/** Names of the methods that go step by step. */
export function steppedMethods(descent) {
  return descent.algorithms.filter((name) => !methodNamed(descent, name).isBatch);
}

/** Options that SGD lacks, or has with another default; and the learning rate, which comes first. */
function ownOptions(descent, name) {
  const common = new Map(descent.optionsOf("sgd").map((option) => [option.name, option.default]));
  return descent.optionsOf(name)
    .filter((option) => option.name === "learning_rate" || common.get(option.name) !== option.default)
    .map((option) => ({ ...option, isWhole: isWhole(descent, name, option) }));
}

/** Whether an option takes whole numbers only: the library is asked, which refuses others. */
function isWhole(descent, method, { name, minimum, isSwitch }) {
  if (isSwitch) return true;
  const optimizer = descent.optimizer(method);
  try {
    optimizer.set(name, minimum + 0.5);
    return false;
  } catch {
    return accepts(optimizer, name, minimum + 1);
  } finally {
    optimizer.free();
  }
}

function accepts(optimizer, name, value) {
  try {
    optimizer.set(name, value);
    return true;
  } catch {
    return false;
  }
}
