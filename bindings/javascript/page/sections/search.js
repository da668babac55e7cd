// Random search: points drawn by chance, of which the best is kept; and what becomes of it in more dimensions.
import { landscapeNamed, objective } from "../model/landscapes.js";
import { mark } from "../view/canvas.js";
import { Chart } from "../view/chart.js";
import { choice, slider } from "../view/controls.js";
import { element, refill } from "../view/dom.js";
import { landscapeChoice } from "../view/landscape_choice.js";
import { figure } from "../view/numbers.js";
import { Player } from "../view/player.js";
import { linear, logarithmic } from "../view/scales.js";
import { drawPath, Surface } from "../view/surface.js";
import { colour } from "../view/theme.js";

const TRIALS = 400;
const PER_SECOND = 80;
const DIMENSIONS = [2, 10, 100, 650];
const BOWL_TRIALS = 1000;
const DEFAULTS = { land: "rosenbrock", mode: "global", scale: 1, seed: 1, point: null };

export class SearchSection {
  constructor({ descent, state }) {
    this.descent = descent;
    this.state = state.section("search", DEFAULTS);
    this.shown = 1;
    this.surface = new Surface({
      name: "Random search on a landscape", draw: (context, place) => this.#draw(context, place),
      moved: (point) => { this.state.set({ point }); this.#search(true); } });
    this.chart = new Chart("The best value after so many evaluations, by the number of dimensions", () => this.#picture());
    this.result = element("p", { class: "result" });
    this.player = new Player({
      tick: (seconds) => this.#reveal(seconds * PER_SECOND), isOver: () => this.shown >= TRIALS, step: () => this.#reveal(1),
      reset: () => { this.shown = 1; this.#say(); }, finish: () => this.#reveal(TRIALS), summary: () => this.result.textContent });
    this.bowls = DIMENSIONS.map((n) => this.#bowl(n));
    this.slope = this.#descend(DIMENSIONS[DIMENSIONS.length - 1]);
    this.controls = element("div", { class: "controls" });
    this.node = element("div", { class: "pair" },
      element("div", {}, this.surface.node, this.player.node, this.result, this.controls),
      element("figure", {}, this.chart.node, element("figcaption", {},
        "The same search, each time with a step size that suits, in a bowl of 2, 10, 100 and 650 dimensions; dashed, 650 "
        + "dimensions along the slope. A linear classifier of the digits below has 650 numbers.")));
    this.player.watch(this.surface.node, () => true);
  }

  restore() {
    const { values } = this.state;
    refill(this.controls,
      landscapeChoice(values.land, (land) => { this.state.set({ land, point: null }); this.#search(true); }),
      choice({ label: "Draw points", value: values.mode, choices: [["global", "anywhere"], ["local", "near the best so far"]],
        changed: (mode) => { this.state.set({ mode }); this.#search(true); } }).node,
      slider({ label: "how far they spread", name: "spread", scale: logarithmic(0.01, 10), value: values.scale,
        changed: (scale) => { this.state.set({ scale }); this.#search(true); } }).node,
      slider({ label: "seed", name: "seed", whole: true, value: values.seed, scale: linear(0, 99),
        changed: (seed) => { this.state.set({ seed }); this.#search(true); } }).node);
    this.#search(false);
  }

  /** All trials at once: they are shown one by one. */
  #search(show) {
    const { land, mode, scale, seed } = this.state.values;
    this.isLocal = mode === "local";
    this.surface.hasStart = this.isLocal;
    this.landscape = landscapeNamed(land);
    const point = this.state.values.point ?? this.landscape.start;
    const fun = objective(this.landscape);
    this.trials = [];
    const recorded = (x) => {
      const value = fun(x, null);
      this.trials.push({ point: [x[0], x[1]], height: value - this.landscape.least });
      return value;
    };
    this.descent.randomSearch(recorded, point, { mode: this.isLocal ? "local" : "global", trials: TRIALS, seed, scale });
    if (show) this.shown = TRIALS;
    this.surface.show(this.landscape, point);
    this.#say();
  }

  #reveal(more) {
    this.shown = Math.min(TRIALS, this.shown + more);
    this.#say();
  }

  /** What has been shown so far: near the best so far means near the start at first, which is no trial. */
  get #visible() {
    return this.trials.slice(0, Math.floor(this.shown) + (this.isLocal ? 1 : 0));
  }

  #say() {
    const visible = this.#visible;
    const best = visible.reduce((least, one) => (one.height < least.height ? one : least));
    this.result.textContent = `${Math.floor(this.shown)} points tried; the best is ${figure(best.height)} above the minimum`;
    this.surface.later();
  }

  #draw(context, place) {
    const kept = [];
    context.fillStyle = colour("--quiet");
    for (const trial of this.#visible) {
      const [x, y] = place(...trial.point);
      context.beginPath();
      context.arc(x, y, 2.2, 0, 2 * Math.PI);
      context.fill();
      if (kept.length === 0 || trial.height < kept[kept.length - 1].height) kept.push(trial);
    }
    drawPath(context, place, kept.map(({ point }) => point), { colour: colour("--series-4"), width: 2, dots: true });
    mark(context, ...place(...kept[kept.length - 1].point), { fill: colour("--series-4"), radius: 7 });
  }

  /** Random search in a bowl, the mean of the squares of n numbers: the best value after each evaluation. */
  #bowl(n) {
    const best = [];
    const fun = (x) => {
      const value = x.reduce((sum, one) => sum + one * one, 0) / n;
      best.push(Math.min(value, best[best.length - 1] ?? Infinity));
      return value;
    };
    this.descent.randomSearch(fun, new Float64Array(n).fill(1), { trials: BOWL_TRIALS, seed: 1, scale: 1 / Math.sqrt(n) });
    return best;
  }

  /** The same bowl along the slope. */
  #descend(n) {
    const values = [];
    const fun = (x, gradient) => {
      if (gradient) gradient.set(x.map((one) => (2 * one) / n));
      values.push(x.reduce((sum, one) => sum + one * one, 0) / n);
      return values[values.length - 1];
    };
    const optimizer = this.descent.optimizer("sgd", { learning_rate: 0.1 * n });
    this.descent.minimize(optimizer, fun, new Float64Array(n).fill(1), { maxSteps: 60 });
    optimizer.free();
    return values;
  }

  #picture() {
    const line = (values, index, dash = []) => ({
      x: values.map((_, i) => i + 1), y: values, colour: colour(`--series-${index + 2}`),
      shape: dash.length > 0 ? undefined : index, dash });
    return {
      x: { log: true, from: 1, to: BOWL_TRIALS, label: "evaluations" },
      y: { log: true, from: 1e-5, to: 4, label: "best value" },
      series: [...this.bowls.map((values, index) => line(values, index)), line(this.slope, DIMENSIONS.length - 1, [6, 4])],
      notes: [
        ...this.bowls.map((values, index) => ({
          x: 640, y: 2.4 * values[BOWL_TRIALS], text: `${DIMENSIONS[index]}`, colour: colour(`--series-${index + 2}`) })),
        { x: 9, y: 1e-4, text: "650, down the slope", colour: colour(`--series-${DIMENSIONS.length + 1}`) }],
    };
  }
}
