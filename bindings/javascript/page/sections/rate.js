// The learning rate: too low, right, too high; and a range test that tells them apart beforehand.
import { landscapeNamed, objective } from "../model/landscapes.js";
import { COURSE, methodNamed } from "../model/methods.js";
import { pickedRate, Run, withRate } from "../model/run.js";
import { verdict } from "../model/verdict.js";
import { label, mark } from "../view/canvas.js";
import { Chart } from "../view/chart.js";
import { choice, optionLabel, slider } from "../view/controls.js";
import { button, element, refill } from "../view/dom.js";
import { landscapeChoice } from "../view/landscape_choice.js";
import { figure } from "../view/numbers.js";
import { RangeChart } from "../view/range_chart.js";
import { rateScale } from "../view/scales.js";
import { clipped, drawPath, Surface } from "../view/surface.js";
import { colour } from "../view/theme.js";

const DEFAULTS = { land: "ravine", method: "sgd", rate: 0, point: null };
const RANGE = { steps: 50, minimum: 1e-4, maximum: 30 };

export class RateSection {
  constructor({ descent, state }) {
    this.descent = descent;
    this.state = state.section("rate", DEFAULTS);
    this.surface = new Surface({
      name: "The path at this learning rate", draw: (context, place) => this.#draw(context, place),
      moved: (point) => this.#change({ point }) });
    this.losses = new Chart("Height above the minimum after each step", () => this.#picture());
    this.range = new RangeChart("Learning-rate range test", (rate) => { this.#change({ rate }); this.slider.set(rate); });
    this.result = element("output", { class: "result" });
    this.controls = element("div", { class: "controls" });
    this.node = element("div", { class: "pair" },
      element("div", {}, this.surface.node, this.result, this.controls),
      element("div", {}, element("figure", {}, this.losses.node), element("figure", {}, this.range.node,
        element("figcaption", {}, "The range test: from the start point, step by step with a rate that rises. Where the loss "
          + "fell fastest is the proposal, a cautious one. Press a rate to try it."))));
  }

  restore() {
    const { values } = this.state;
    const usual = this.#usual();
    this.slider = slider({ label: optionLabel("learning_rate"), name: "learning rate", scale: rateScale(usual), value: this.rate,
      changed: (rate) => { this.descent.optimizer(this.#method, { learning_rate: rate }).free(); this.#change({ rate }); } });
    refill(this.controls,
      choice({ label: "Method", value: this.#method, choices: COURSE.map((name) => [name, methodNamed(this.descent, name).title]),
        changed: (method) => this.#turn({ method }) }).node,
      landscapeChoice(values.land, (land) => this.#turn({ land, point: null })),
      this.slider.node,
      element("div", { class: "buttons" },
        ...[["A tenth", 0.1], ["The usual", 1], ["A little more", 1.12], ["Twice", 2]].map(([text, times]) => button(text, () => {
          const rate = Number((usual * times).toPrecision(3));
          this.#change({ rate });
          this.slider.set(rate);
        }))));
    this.#compute();
  }

  get #method() {
    return this.descent.algorithms.includes(this.state.values.method) ? this.state.values.method : DEFAULTS.method;
  }

  /** The reader's rate, or the usual one. */
  get rate() {
    return this.state.values.rate || this.#usual();
  }

  #usual() {
    return pickedRate(this.descent, landscapeNamed(this.state.values.land), this.#method);
  }

  /** Another method or landscape: with the rate that suits there. */
  #turn(changes) {
    this.state.set({ ...changes, rate: 0 });
    this.restore();
  }

  #change(changes) {
    this.state.set(changes);
    this.#compute();
  }

  #compute() {
    const { rate } = this;
    this.landscape = landscapeNamed(this.state.values.land);
    const point = this.state.values.point ?? this.landscape.start;
    this.run?.free();
    const options = withRate(this.descent, this.#method, rate);
    this.run = new Run(this.descent, this.landscape, this.#method, { start: point, options }).advance(this.landscape.steps);
    const fresh = this.descent.optimizer(this.#method);
    this.range.show(this.descent.learningRateRange(fresh, objective(this.landscape), point, RANGE), rate);
    fresh.free();
    const { word, text } = verdict(this.run);
    this.result.dataset.verdict = word;
    this.result.textContent = `Rate ${figure(rate, 3)}: ${text}`;
    this.surface.show(this.landscape, point);
    this.losses.later();
  }

  #draw(context, place) {
    const { points, overshoots } = this.run;
    const fill = colour("--series-4");
    drawPath(context, place, points, { colour: fill, width: 2, dots: points.length <= 200 });
    mark(context, ...clipped(place(...points[points.length - 1])), { fill, radius: 7 });
    if (overshoots.length > 0) {
      const [x, y] = clipped(place(...points[overshoots[0]]));
      label(context, "overshoots", x + 10, y + 14, { fill });
    }
  }

  #picture() {
    const { heights } = this.run;
    return {
      x: { from: 0, to: this.landscape.steps, label: "step" },
      y: {
        log: true, from: this.landscape.floor, to: 10 * Math.max(heights[0], this.landscape.floor), label: "height above the minimum" },
      series: [{ y: heights, colour: colour("--series-4"), shape: 0 }],
    };
  }
}
