// The gradient: written out, by differences, and the two compared.
import { landscapeNamed, objective } from "../model/landscapes.js";
import { label } from "../view/canvas.js";
import { Chart } from "../view/chart.js";
import { slider, toggle } from "../view/controls.js";
import { element, headOf, refill, scrolling } from "../view/dom.js";
import { formula } from "../view/formula.js";
import { landscapeChoice } from "../view/landscape_choice.js";
import { figure } from "../view/numbers.js";
import { logarithmic } from "../view/scales.js";
import { Surface } from "../view/surface.js";
import { colour } from "../view/theme.js";

const DEFAULTS = { land: "beale", point: null, step: 1e-5, mistake: false };
const METHODS = [["forward", "forward difference"], ["central", "central difference"], ["richardson", "Richardson’s extrapolation"]];
const STEPS = Array.from({ length: 61 }, (_, i) => 10 ** (-15 + i / 4));
// What a gradient check may find, as the package's own demonstration has it.
const RIGHT = 1e-6;
const WRONG = 1e-3;
const LEAST_ERROR = 1e-14;
const ARROW = 74;

export class SlopeSection {
  constructor({ descent, state }) {
    this.descent = descent;
    this.state = state.section("slope", DEFAULTS);
    this.surface = new Surface({
      name: "The slope at a point", draw: (context, place) => this.#draw(context, place),
      moved: (point) => { this.state.set({ point }); this.#compute(); } });
    this.chart = new Chart("The error of a numeric derivative, by the step", () => this.#picture());
    this.table = element("tbody");
    this.verdict = element("output", { class: "result" });
    this.controls = element("div", { class: "controls" });
    this.node = element("div", { class: "pair" },
      element("div", {}, this.surface.node, this.verdict, this.controls),
      element("div", {},
        scrolling("Derivatives", element("table", {}, headOf(["gradient", "∂f/∂x", "∂f/∂y", "error"]), this.table)),
        element("figure", {}, this.chart.node, element("figcaption", {},
          "A difference has two errors: what the curve does within the step (to the right), and the digits that are lost when two "
          + "nearly equal numbers are subtracted (to the left). Its best step lies between."))));
  }

  restore() {
    const { values } = this.state;
    refill(this.controls,
      landscapeChoice(values.land, (land) => { this.state.set({ land, point: null }); this.#compute(); }),
      slider({ label: "step of the differences", name: "step", scale: logarithmic(1e-15, 1), value: values.step,
        changed: (step) => { this.#requireStep(step); this.state.set({ step }); this.#compute(); } }).node,
      toggle({ label: "a slip: ∂f/∂x is written out 1 % too large", value: values.mistake,
        changed: (mistake) => { this.state.set({ mistake }); this.#compute(); } }).node);
    this.#compute();
  }

  /** The library says what it does not take. */
  #requireStep(step) {
    this.descent.numericGradient(() => 0, [0], { step });
  }

  #compute() {
    const { land, step, mistake } = this.state.values;
    this.landscape = landscapeNamed(land);
    const point = this.state.values.point ?? this.landscape.start;
    const fun = objective(this.landscape);
    const written = (x, gradient) => {
      const value = fun(x, gradient);
      if (gradient && mistake) gradient[0] *= 1.01;
      return value;
    };
    const [, ...truth] = this.landscape.at(...point);
    const error = (gradient) => Math.hypot(gradient[0] - truth[0], gradient[1] - truth[1]) / Math.hypot(...truth);
    const given = new Float64Array(2);
    written(point, given);
    const rows = [["written out", given], ...METHODS.map(([method, title]) => [title,
      this.descent.numericGradient(fun, point, { method, step })])];
    this.table.replaceChildren(...rows.map(([title, gradient]) => element("tr", {}, element("th", { scope: "row" }, title),
      [figure(gradient[0], 9), figure(gradient[1], 9), figure(error(gradient))].map((text) => element("td", {}, text)))));
    this.#judge(this.descent.gradientCheck(written, point));
    this.errors = METHODS.slice(0, 2).map(([method]) => STEPS.map((h) => Math.max(LEAST_ERROR,
      error(this.descent.numericGradient(fun, point, { method, step: h })))));
    this.slope = truth;
    this.surface.show(this.landscape, point);
    this.chart.later();
  }

  #judge({ max_relative_error: error }) {
    const word = error < RIGHT ? "right" : error > WRONG ? "wrong" : "doubtful";
    this.verdict.dataset.verdict = word;
    this.verdict.textContent = `Gradient check: the gradient is ${word}, it differs by ${figure(error)} of its size`;
  }

  #draw(context, place) {
    const [x, y] = place(...this.surface.start);
    const size = Math.hypot(...this.slope);
    if (!(size > 0)) return;
    const [dx, dy] = [-this.slope[0] / size, this.slope[1] / size]; // downhill; pixels count downwards
    const [endX, endY] = [x + ARROW * dx, y + ARROW * dy];
    Object.assign(context, { strokeStyle: colour("--series-4"), fillStyle: colour("--series-4"), lineWidth: 3 });
    context.beginPath();
    context.moveTo(x, y);
    context.lineTo(endX, endY);
    context.stroke();
    context.beginPath();
    context.moveTo(endX + 12 * dx, endY + 12 * dy);
    context.lineTo(endX - 7 * dy, endY + 7 * dx);
    context.lineTo(endX + 7 * dy, endY - 7 * dx);
    context.fill();
    label(context, `slope ${figure(size)}`, x - 18 * dx, y - 18 * dy, {
      align: dx > 0.3 ? "right" : dx < -0.3 ? "left" : "center", fill: colour("--series-4") });
  }

  #picture() {
    return {
      x: { log: true, from: 1e-15, to: 1, label: "step" }, y: { log: true, from: LEAST_ERROR, to: 10, label: "error" },
      series: this.errors.map((y, index) => ({
        x: STEPS, y, colour: colour(index === 0 ? "--series-4" : "--series-2"), shape: index, width: 2 })),
      marks: [{ x: this.state.values.step, text: figure(this.state.values.step), colour: colour("--ink") }],
      notes: [
        { x: 2e-2, y: 3e-4, text: "forward", colour: colour("--series-4") },
        { x: 3e-2, y: 3e-9, text: "central", colour: colour("--series-2") }],
    };
  }
}

/** The formula of a landscape, to stand in a text. */
export function landscapeFormula(landscape) {
  return element("span", { class: "landscape" }, formula(`f = ${landscape.formula}`));
}
