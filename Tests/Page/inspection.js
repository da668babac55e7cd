// What the tests look at in the page.
const { descent, state, sections } = descentPage;
const { search, race, rate, slope, bias, digits } = sections;

/** The 64 bits of a number, in hexadecimal digits. */
function bits(value) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

const words = (array) => [...new Uint32Array(array.buffer)];

/** The landscapes, with the function's values at some points. */
function landscapes(names, points) {
  return names.map((name) => {
    race.state.values.land = name;
    return { ...race.landscape, at: undefined, values: points.map((point) => race.landscape.at(...point)) };
  });
}

/** Where the methods began and ended, with the rates that they had. */
function ends() {
  return [...race.runs.values()].map((run) => ({
    method: run.method, steps: run.steps, noise: run.noise, start: run.points[0], end: run.points[run.steps].map(bits),
    rates: Object.fromEntries(descent.optionsOf(run.method).filter(({ name }) => name.endsWith("learning_rate"))
      .map(({ name }) => [name, run.optimizer.get(name)])),
  }));
}

const verdicts = () => Object.fromEntries([...race.cards].map(([name, card]) => [name, card.verdict.textContent]));

/** Trains and searches in portions, as the page does in its frames. */
function train(portions, steps) {
  digits.player.pause();
  const { training, searching } = digits;
  for (let portion = 0; portion < portions; portion += 1) {
    training.advance(steps);
    searching.advance();
  }
  return {
    steps: training.steps, weights: words(training.classifier.weights), bias: words(training.classifier.bias),
    accuracy: training.curve.accuracies.at(-1), searched: searching.curve.accuracies.at(-1), losses: searching.curve.losses };
}

const seen = () => [race.active, race.state.values, slope.state.values, ends().map(({ end }) => end)];

/** Writes into a field, as a reader does. */
function type(selector, text) {
  const field = document.querySelector(selector);
  field.value = text;
  field.dispatchEvent(new Event("change"));
}

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

function channels(colour) {
  probe.clearRect(0, 0, 1, 1);
  probe.fillStyle = colour;
  probe.fillRect(0, 0, 1, 1);
  return [...probe.getImageData(0, 0, 1, 1).data];
}

/** Relative luminance and contrast, as WCAG 2.2 defines them. */
function luminance(colour) {
  const linear = channels(colour).slice(0, 3).map((byte) => byte / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function contrast(one, other) {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

function behind(node) {
  for (let above = node; above; above = above.parentElement) {
    const colour = getComputedStyle(above).backgroundColor;
    if (channels(colour)[3] > 0) return colour;
  }
  return "white";
}

/** Texts whose contrast is below `least`. */
function poorTexts(least) {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const poor = [];
  for (let text; (text = walker.nextNode());) {
    const node = text.parentElement;
    if (text.data.trim() === "" || node.getClientRects().length === 0 || node.closest("script, style")) continue;
    const ratio = contrast(getComputedStyle(node).color, behind(node));
    if (ratio < least) poor.push([text.data.trim(), ratio]);
  }
  return poor;
}

/** The least contrast of the methods' colours on what is behind them. */
function leastLineContrast() {
  const span = document.body.appendChild(document.createElement("span"));
  const resolved = (name) => {
    span.style.color = `var(${name})`;
    return getComputedStyle(span).color;
  };
  const grounds = ["--ground", "--raised", "--low", "--high"].map(resolved);
  const lines = Array.from({ length: 8 }, (_, index) => resolved(`--series-${index + 1}`));
  span.remove();
  return Math.min(...lines.flatMap((line) => grounds.map((ground) => contrast(line, ground))));
}

/** What can be pressed and is smaller than WCAG 2.2 allows. */
function smallTargets() {
  return [...document.querySelectorAll("button, select, summary, nav a")].filter((node) => {
    const { width, height } = node.getBoundingClientRect();
    return width > 0 && (width < 24 || height < 24);
  }).map((node) => node.textContent);
}

/** Controls and drawings without a name for those who do not see them. */
function nameless() {
  const named = (node) => node.getAttribute("aria-label") || node.labels?.[0]?.textContent.trim() || node.textContent.trim();
  return [...document.querySelectorAll("button, input, select, canvas:not([aria-hidden])")]
    .filter((node) => !named(node)).map((node) => node.outerHTML);
}

const repeatedIds = () => {
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
};

/** Whether all drawings of a section have something on them. */
function isDrawn(section) {
  return [...document.querySelectorAll(`[data-figure=${section}] canvas`)].every((canvas) => {
    const { width, height } = canvas;
    return width > 0 && canvas.getContext("2d").getImageData(0, 0, width, height).data.some((byte) => byte !== 0);
  });
}
