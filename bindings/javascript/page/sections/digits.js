// A linear classifier learns to read digits, and random search tries the same.
import { methodNamed, steppedMethods } from "../model/methods.js";
import { withRate } from "../model/run.js";
import { PIXELS, rangeTest, Searching, Training } from "../model/training.js";
import { Chart } from "../view/chart.js";
import { choice, optionLabel, slider } from "../view/controls.js";
import { button, element, refill } from "../view/dom.js";
import { Guesses, Templates } from "../view/images.js";
import { figure, percent } from "../view/numbers.js";
import { Player } from "../view/player.js";
import { RangeChart } from "../view/range_chart.js";
import { logarithmic } from "../view/scales.js";
import { colour } from "../view/theme.js";

const DEFAULTS = { loss: "softmax_cross_entropy", method: "momentum", rate: 0, batch: 32, l2: 0 };
const BATCHES = [1, 8, 32, 128, 512, 1437];
const SHOWN = 24;
const LEAST_PASSES = 0.02; // where the axis begins
const SLOW_EPOCHS = 2; // in these the steps are few, so that one sees the templates appear

export class DigitsSection {
  constructor({ descent, state, digits }) {
    this.descent = descent;
    this.digits = digits;
    this.state = state.section("digits", DEFAULTS);
    this.player = new Player({
      tick: () => this.#tick(), isOver: () => this.training.isOver, step: () => this.#portion(1), reset: () => this.#begin(),
      summary: () => `Down the slope: ${this.trained.textContent}. Random search: ${this.tried.textContent}.` });
    this.templates = new Templates("Templates of the trained classifier", () => this.training.classifier.weights);
    this.searched = new Templates("Templates of random search", () => this.searching.classifier.weights);
    this.losses = new Chart("Loss on the training images", () => this.#picture("losses"));
    this.accuracies = new Chart("Accuracy on the test images", () => this.#picture("accuracies"));
    this.guesses = new Guesses("Test images, and what they are taken for", () => this.#guessed());
    this.range = new RangeChart("Learning-rate range test", (rate) => this.#change({ rate }));
    this.trained = element("p", { class: "result" });
    this.tried = element("p", { class: "result" });
    this.controls = element("div", { class: "controls" });
    this.node = element("div", { class: "digits" },
      element("div", { class: "pair" },
        element("div", {}, element("h4", {}, "Down the slope"), this.templates.node, this.trained),
        element("div", {}, element("h4", {}, "Random search"), this.searched.node, this.tried)),
      this.player.node,
      element("div", { class: "pair" }, element("figure", {}, this.losses.node), element("figure", {}, this.accuracies.node)),
      element("figure", {}, this.guesses.node,
        element("figcaption", {}, "Some of the test images, and what the trained classifier takes them for.")),
      element("div", { class: "pair" }, this.controls, element("figure", {}, this.range.node, element("figcaption", {},
        "The range test of this training: one minibatch with each rate. Press a rate to train with it."))));
    this.player.watch(this.templates.node, () => true);
  }

  restore() {
    const { values } = this.state;
    const losses = this.descent.losses.filter((name) => this.#takesLabels(name));
    const methods = steppedMethods(this.descent);
    if (!losses.includes(values.loss)) values.loss = DEFAULTS.loss;
    if (!methods.includes(values.method)) values.method = DEFAULTS.method;
    if (!BATCHES.includes(values.batch)) values.batch = DEFAULTS.batch;
    this.test = rangeTest(this.descent, this.digits, values);
    refill(this.controls,
      choice({ label: "Loss", value: values.loss, choices: losses.map((name) => [name, name.replaceAll("_", " ")]),
        changed: (loss) => this.#change({ loss, rate: 0 }) }).node,
      choice({ label: "Method", value: values.method, choices: methods.map((name) => [name, methodNamed(this.descent, name).title]),
        changed: (method) => this.#change({ method, rate: 0 }) }).node,
      choice({ label: "Batch", value: String(values.batch),
        choices: BATCHES.map((batch) => [String(batch), batch === this.digits.training.count ? "all images" : `${batch} images`]),
        changed: (batch) => this.#change({ batch: Number(batch), rate: 0 }) }).node,
      slider({ label: optionLabel("learning_rate"), name: "learning rate", scale: logarithmic(1e-4, 10), value: this.#rate,
        changed: (rate) => {
          this.descent.optimizer(values.method, { learning_rate: rate }).free();
          this.#change({ rate }, false);
        } }).node,
      element("div", { class: "buttons" }, button("Take the proposed rate", () => this.#change({ rate: 0 }))),
      slider({ label: "L2 penalty", name: "L2 penalty", scale: logarithmic(1e-6, 1, 0), value: values.l2,
        changed: (l2) => { this.descent.classifier(1, 2).setL2(l2).free(); this.#change({ l2 }, false); } }).node);
    this.#begin();
  }

  #takesLabels(name) {
    try {
      this.descent.classifier(1, 2, name).free();
      return true;
    } catch {
      return false; // a loss with real targets
    }
  }

  /** The reader's rate, or the one that the range test proposes. */
  get #rate() {
    const { rate } = this.state.values;
    if (rate > 0) return rate;
    return this.test.proposal > 0 ? Number(this.test.proposal.toPrecision(2)) : 0.01;
  }

  #change(changes, controls = true) {
    this.state.set(changes);
    if (controls) this.restore();
    else this.#begin();
  }

  #begin() {
    const { values } = this.state;
    this.training?.free();
    this.searching?.free();
    const options = withRate(this.descent, values.method, this.#rate);
    this.training = new Training(this.descent, this.digits, { ...values, options });
    this.searching = new Searching(this.descent, this.digits, values);
    this.range.show(this.test, this.#rate);
    this.#show();
  }

  #tick() {
    const { epochs, stepsInEpoch } = this.training;
    this.#portion(epochs < SLOW_EPOCHS ? 1 : Math.ceil(stepsInEpoch / 8));
  }

  #portion(steps) {
    this.training.advance(steps);
    this.searching.advance();
    this.#show();
  }

  #show() {
    const [trained, tried] = [this.training, this.searching];
    const last = ({ accuracies }) => percent(accuracies[accuracies.length - 1]);
    this.trained.textContent = trained.failure ?? `${last(trained.curve)} of the test images right after ${
      trained.epochs.toFixed(1)} passes through the training images`;
    this.tried.textContent = `${last(tried.curve)} right after ${tried.evaluations} passes, one for each trial${this.#lead()}`;
    for (const drawing of [this.templates, this.searched, this.losses, this.accuracies, this.guesses]) drawing.later();
  }

  /** When the other way had come as far. */
  #lead() {
    const { passes, accuracies } = this.training.curve;
    const there = accuracies.findIndex((accuracy) => accuracy >= this.searching.curve.accuracies.at(-1));
    return there > 0 ? `; the slope had that after ${figure(passes[there])}` : "";
  }

  #guessed() {
    const { features, labels, scale, count } = this.digits.test;
    const guesses = this.training.classifier.predict({ features, scale });
    return Array.from({ length: SHOWN }, (_, image) => {
      const index = Math.floor((image * count) / SHOWN);
      return { pixels: features.subarray(index * PIXELS, (index + 1) * PIXELS), label: labels[index], guess: guesses[index] };
    });
  }

  #picture(what) {
    const lines = [[this.training, "--series-2", 0, "down the slope"], [this.searching, "--series-4", 1, "random search"]];
    const first = this.training.curve.losses[0];
    const axes = {
      losses: { from: 0, to: 1.2 * first, label: "loss, training images" }, accuracies: { from: 0, to: 1, label: "accuracy, test images" } };
    return {
      x: { log: true, from: LEAST_PASSES, to: 10000, label: "passes through the training images" }, y: axes[what],
      series: lines.map(([{ curve }, name, shape]) => ({
        x: curve.passes.map((pass) => Math.max(pass, LEAST_PASSES)), y: curve[what], colour: colour(name), shape })),
    };
  }
}
