// Functions of two variables on which methods show what they are good at. The numbers are those of the package's own
// demonstrations (bindings/python/descent/demonstrations/landscapes.py); Tests/Page compares them.
//
// at(x, y) returns [value, d/dx, d/dy], with nothing but + - * / in a fixed order: these have the same bits everywhere.

function ravine(x, y) {
  return [x * x / 20 + y * y, x / 10, 2 * y];
}

function saddle(x, y) {
  const square = y * y;
  return [x * x / 2 + square * square / 4 - square / 2, x, y * square - y];
}

function beale(x, y) {
  const square = y * y;
  const cube = y * square;
  const [a, b, c] = [1.5 - x + x * y, 2.25 - x + x * square, 2.625 - x + x * cube];
  return [
    a * a + b * b + c * c,
    2 * (a * (y - 1) + b * (square - 1) + c * (cube - 1)),
    2 * x * (a + 2 * b * y + 3 * c * square)];
}

function rosenbrock(x, y) {
  const [a, b] = [1 - x, y - x * x];
  return [a * a + 100 * b * b, -2 * a - 400 * x * b, 200 * b];
}

const RAVINE = {
  title: "A ravine", formula: "x^2 / 20 + y^2", at: ravine,
  start: [-7, 2], minima: [[0, 0]], saddles: [], least: 0, window: [-8.5, 4.5, -3.6, 3.6], floor: 1e-7,
  rates: { sgd: 0.9, momentum: 0.1, nesterov: 0.1, adagrad: 1.5, rmsprop: 0.2, adam: 0.3 },
};

/** `steps`: how many are shown; `noise`: the standard deviation of what is added to each derivative. */
export const LANDSCAPES = [
  {
    ...RAVINE, name: "ravine", steps: 60, noise: 0,
    see: "Twenty times steeper across than along. SGD, at a rate that suits the long way, jumps from wall to wall. "
      + "Momentum and Nesterov add up what the steps agree on; AdaGrad, RMSProp and Adam give each direction a rate of "
      + "its own.",
  },
  {
    name: "saddle", title: "A saddle", formula: "x^2 / 2 + y^4 / 4 - y^2 / 2", at: saddle, steps: 120, noise: 0,
    start: [-1.6, 0.001], minima: [[0, 1], [0, -1]], saddles: [[0, 0]], least: -0.25, window: [-1.9, 1.3, -1.45, 1.45],
    floor: 1e-8,
    rates: { sgd: 0.1, momentum: 0.02, nesterov: 0.02, adagrad: 0.2, rmsprop: 0.05, adam: 0.1 },
    see: "The start is almost on the ridge that ends in the saddle. There the slope is nearly 0: SGD, Momentum and "
      + "Nesterov follow its size, and wait. AdaGrad, RMSProp and Adam divide by it, and leave at once. Drag the start "
      + "off the ridge, and hardly anybody notices the saddle.",
  },
  {
    name: "beale", title: "Beale’s function", formula: "(1.5 - x + x * y)^2 + (2.25 - x + x * y^2)^2 + (2.625 - x + x * y^3)^2",
    at: beale, steps: 300, noise: 0,
    start: [1, 1.6], minima: [[3, 0.5]], saddles: [[0, 1]], least: 0, window: [-1, 4.3, -1.3, 2.2], floor: 1e-6,
    rates: { sgd: 0.01, momentum: 0.001, nesterov: 0.001, adagrad: 0.5, rmsprop: 0.05, adam: 0.2 },
    see: "Steep walls around a plain. A rate that is safe at the wall is slow on the plain. RMSProp and Adam divide by the "
      + "size of recent gradients, and keep their pace. AdaGrad divides by all of them: it never forgets the wall.",
  },
  {
    name: "rosenbrock", title: "Rosenbrock’s function", formula: "(1 - x)^2 + 100 * (y - x^2)^2", at: rosenbrock,
    steps: 1000, noise: 0,
    start: [-1.4, 2.2], minima: [[1, 1]], saddles: [], least: 0, window: [-1.9, 1.9, -0.6, 2.9], floor: 1e-6,
    rates: { sgd: 0.001, momentum: 0.001, nesterov: 0.0005, adagrad: 0.2, rmsprop: 0.01, adam: 0.1 },
    see: "A ravine that bends, with a floor that is almost flat. All find the valley in a few steps; the way along it "
      + "takes hundreds.",
  },
  {
    ...RAVINE, name: "noise", title: "The ravine, noisy", steps: 300, noise: 0.6, floor: 1e-5,
    see: "Each derivative is off by chance, as those of minibatches are. Nobody comes to rest: how far they are thrown "
      + "about depends on the rate. “Lower the rate along a cosine” is the answer.",
  },
];

/** The landscape of a name; the first for a name that there is not. */
export function landscapeNamed(name) {
  return LANDSCAPES.find((landscape) => landscape.name === name) ?? LANDSCAPES[0];
}

/** The landscape as the library's functions want it: fun(x, gradient) returns the value and fills the gradient. */
export function objective(landscape) {
  return (point, gradient) => {
    const [value, ...slopes] = landscape.at(point[0], point[1]);
    if (gradient) gradient.set(slopes);
    return value;
  };
}
