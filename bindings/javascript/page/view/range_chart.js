// The chart of a learning-rate range test, on which a rate can be picked.
import { goodRates, smoothed } from "../model/range_test.js";
import { Chart } from "./chart.js";
import { figure } from "./numbers.js";
import { colour } from "./theme.js";

export class RangeChart {
  /** `picked(rate)` hears where the chart is pressed. */
  constructor(name, picked) {
    this.test = null;
    this.rate = 0;
    this.chart = new Chart(name, () => this.#picture());
    this.node = this.chart.node;
    this.node.classList.add("pressable");
    this.node.addEventListener("click", (event) => {
      const rate = this.chart.valueAt(event);
      if (rate > 0) picked(Number(rate.toPrecision(2)));
    });
  }

  /** test: {rates, losses, proposal}; rate: the one in use. */
  show(test, rate) {
    this.test = test;
    this.rate = rate;
    this.chart.later();
  }

  #picture() {
    const { rates, losses, proposal } = this.test;
    const [from, to] = [rates[0], rates[rates.length - 1]];
    const good = goodRates(this.test);
    const zones = good === null ? [] : [
      { from, to: good[0], text: "too low", colour: colour("--series-2") },
      { from: good[0], to: good[1], text: "good", colour: colour("--series-5") },
      { from: good[1], to, text: "too high", colour: colour("--series-4") }];
    const proposed = proposal > 0 ? [{ x: proposal, text: `proposed ${figure(proposal)}`, colour: colour("--series-5") }] : [];
    return {
      x: { log: true, from, to, label: "learning rate of the step" },
      y: { from: 0, to: 1.6 * Math.max(losses[0], 1e-12), label: "loss" }, zones,
      series: [
        { x: rates, y: losses, colour: colour("--quiet"), width: 1 },
        { x: rates, y: smoothed(losses), colour: colour("--ink"), width: 2 }],
      marks: [...proposed, { x: this.rate, text: `${figure(this.rate)} now`, colour: colour("--ink"), high: true }],
    };
  }
}
