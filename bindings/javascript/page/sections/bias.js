// Adam's bias correction: m and v begin at 0, and what that does to the first steps.
import { landscapeNamed } from "../model/landscapes.js";
import { Run } from "../model/run.js";
import { mark } from "../view/canvas.js";
import { Chart } from "../view/chart.js";
import { optionLabel, slider } from "../view/controls.js";
import { element, headOf, refill, scrolling } from "../view/dom.js";
import { badge, looks } from "../view/method_card.js";
import { figure } from "../view/numbers.js";
import { optionScale, rateScale } from "../view/scales.js";
import { clipped, drawPath, Surface } from "../view/surface.js";

const METHOD = "adam";
const STEPS = 100;
const TABLE_STEPS = 5;
const DEFAULTS = { rate: 0.1, beta1: 0.9, beta2: 0.999, point: null };
const KINDS = [{ correction: 1, title: "with bias correction", look: looks(5) }, { correction: 0, title: "without", look: looks(3) }];

export class BiasSection {
  constructor({ descent, state }) {
    this.descent = descent;
    this.state = state.section("bias", DEFAULTS);
    this.landscape = landscapeNamed("ravine");
    this.runs = [];
    this.surface = new Surface({
      name: "The paths with and without bias correction", draw: (context, place) => this.#draw(context, place),
      moved: (point) => { this.state.set({ point }); this.#compute(); } });
    this.chart = new Chart("The length of each step along x, in learning rates", () => this.#picture());
    this.table = element("tbody");
    this.result = element("output", { class: "result" });
    this.controls = element("div", { class: "controls" });
    this.node = element("div", { class: "pair" },
      element("div", {}, this.surface.node,
        element("p", { class: "legend" }, KINDS.map(({ title, look }) => element("span", {}, badge(look), title))),
        this.result, this.controls),
      element("div", {}, element("figure", {}, this.chart.node), this.#tableOf()));
  }

  #tableOf() {
    const heads = ["t", "g", "m", "m / c₁", "v", "v / c₂"];
    return scrolling("The first steps", element("table", {},
      element("caption", {}, "∂f/∂x and what Adam remembers of it, in the first steps with correction; c₁ = 1 − β₁ᵗ, c₂ = 1 − β₂ᵗ"),
      headOf(heads), this.table));
  }

  restore() {
    const { values } = this.state;
    const options = this.descent.optionsOf(METHOD);
    const decays = ["beta1", "beta2"].map((name) => slider({
      label: optionLabel(name), name, scale: optionScale(options.find((option) => option.name === name)), value: values[name],
      changed: (value) => this.#change(name, { [name]: value }) }).node);
    refill(this.controls,
      slider({ label: optionLabel("learning_rate"), name: "learning rate", scale: rateScale(DEFAULTS.rate), value: values.rate,
        changed: (rate) => this.#change("learning_rate", { rate }) }).node, ...decays);
    this.#compute();
  }

  #change(option, changes) {
    this.descent.optimizer(METHOD, { [option]: Object.values(changes)[0] }).free();
    this.state.set(changes);
    this.#compute();
  }

  #options(correction) {
    const { rate, beta1, beta2 } = this.state.values;
    return { learning_rate: rate, beta1, beta2, bias_correction: correction };
  }

  #compute() {
    const { rate } = this.state.values;
    const point = this.state.values.point ?? this.landscape.start;
    for (const run of this.runs) run.free();
    this.runs = KINDS.map(({ correction }) => new Run(this.descent, this.landscape, METHOD, {
      start: point, options: this.#options(correction) }).advance(STEPS));
    this.lengths = this.runs.map(({ points }) => points.slice(1).map(([x], i) => Math.abs(x - points[i][0]) / rate));
    const [corrected, uncorrected] = this.lengths;
    this.result.textContent = `Along x, the first step is ${figure(corrected[0])} learning rates long with correction, ${
      figure(uncorrected[0])} without; the longest is ${figure(Math.max(...corrected))}, and ${figure(Math.max(...uncorrected))}.`;
    this.#fillTable(point);
    this.surface.show(this.landscape, point);
    this.chart.later();
  }

  #fillTable(point) {
    const { beta1, beta2 } = this.state.values;
    const run = new Run(this.descent, this.landscape, METHOD, { start: point, options: this.#options(1) });
    this.table.replaceChildren(...Array.from({ length: TABLE_STEPS }, (_, index) => {
      const [gradient] = run.slope;
      run.step();
      const [[m], [v]] = ["m", "v"].map((name) => run.optimizer.state(0, name, Float64Array));
      const [c1, c2] = [beta1, beta2].map((beta) => 1 - beta ** (index + 1));
      return element("tr", {}, element("th", { scope: "row" }, String(index + 1)),
        [gradient, m, m / c1, v, v / c2].map((value) => element("td", {}, figure(value, 3))));
    }));
    run.free();
  }

  #draw(context, place) {
    this.runs.forEach(({ points }, index) => {
      const { look } = KINDS[index];
      drawPath(context, place, points, { colour: look.colour, width: 1.4, dots: true });
      mark(context, ...clipped(place(...points[points.length - 1])), { shape: look.shape, fill: look.colour, radius: 7 });
    });
  }

  #picture() {
    const top = Math.max(2, ...this.lengths.flat().filter(Number.isFinite));
    return {
      x: { from: 1, to: STEPS, label: "step" }, y: { from: 0, to: 1.08 * top, label: "length of the step along x / learning rate" },
      series: this.lengths.map((y, index) => ({
        x: y.map((_, i) => i + 1), y, colour: KINDS[index].look.colour, shape: KINDS[index].look.shape })),
    };
  }
}
