// Several methods from the same start, side by side.
import { landscapeNamed, LANDSCAPES } from "../model/landscapes.js";
import { COURSE, methodNamed, steppedMethods } from "../model/methods.js";
import { pickedRate, Run, withRate } from "../model/run.js";
import { verdict } from "../model/verdict.js";
import { Chart } from "../view/chart.js";
import { choice, optionLabel, slider, toggle } from "../view/controls.js";
import { button, element, refill } from "../view/dom.js";
import { chip, looks, MethodCard } from "../view/method_card.js";
import { Player } from "../view/player.js";
import { linear, logarithmic } from "../view/scales.js";
import { Surface } from "../view/surface.js";
import { drawRuns } from "./race_drawing.js";
import { landscapeFormula } from "./slope.js";

const DRAGGED_STEPS = 300; // of a path while its start is dragged: so many can be made in a frame
const SECONDS = 6; // that a whole run takes at the usual speed
const DEFAULTS = {
  land: "ravine", point: null, methods: COURSE, added: [], options: {}, noise: -1, cosine: false, speed: 1, step: -1 };

export class RaceSection {
  constructor({ descent, state }) {
    this.descent = descent;
    this.state = state.section("race", DEFAULTS);
    this.runs = new Map();
    this.cards = new Map();
    this.surface = new Surface({
      name: "The paths of the methods", draw: (context, place) => drawRuns(context, place, this.#drawn),
      moved: (point) => { this.player.pause(); this.state.set({ point }); this.#start(DRAGGED_STEPS); },
      settled: () => { this.#start(this.landscape.steps); this.#settle(); } });
    this.chart = new Chart("Height above the minimum after each step", () => this.#picture());
    this.player = new Player({
      tick: (seconds) => this.#advance(this.step + (seconds * this.landscape.steps * this.state.values.speed) / SECONDS),
      isOver: () => this.step >= this.landscape.steps,
      step: () => this.#advance(Math.floor(this.step) + 1), reset: () => this.#start(0),
      settled: () => this.#settle(), finish: () => { this.#start(this.landscape.steps); this.#settle(); },
      summary: () => this.#summary() });
    this.tabs = element("div", { class: "tabs", role: "group", "aria-label": "Landscape" });
    this.see = element("p", { class: "see" });
    this.chips = element("div", { class: "chips", role: "group", "aria-label": "Methods" });
    this.settings = element("div", { class: "controls" });
    this.list = element("ul", { class: "cards" });
    this.node = element("div", { class: "race" }, this.tabs, element("div", { class: "pair" },
      element("div", {}, this.surface.node, this.chips),
      element("div", {}, this.see, this.player.node, element("figure", {}, this.chart.node), this.settings)), this.list);
    this.player.watch(this.surface.node, () => this.state.values.step < 0);
  }

  get landscape() {
    return landscapeNamed(this.state.values.land);
  }

  get noise() {
    const { noise } = this.state.values;
    return noise < 0 ? this.landscape.noise : noise;
  }

  /** The methods that are listed, and those of them that run. Names that the library does not know are passed over. */
  get listed() {
    const stepped = steppedMethods(this.descent);
    return [...COURSE, ...this.state.values.added.filter((name) => stepped.includes(name) && !COURSE.includes(name))];
  }

  get active() {
    return this.listed.filter((name) => this.state.values.methods.includes(name));
  }

  restore() {
    this.#showTabs();
    this.#showSettings();
    this.#showMethods();
    this.#start(Math.max(0, this.state.values.step));
  }

  #showTabs() {
    const { landscape } = this;
    refill(this.tabs, ...LANDSCAPES.map((one) => button(one.title, () => this.#visit(one), {
      class: "tab", "aria-pressed": String(one === landscape) })));
    this.see.replaceChildren(landscapeFormula(landscape), landscape.see);
  }

  /** Another landscape: with its own start, noise and rates. */
  #visit(landscape) {
    this.player.pause();
    const options = Object.fromEntries(
      Object.entries(this.state.values.options).filter(([key]) => !key.endsWith("learning_rate")));
    this.state.set({ land: landscape.name, point: null, noise: -1, options, step: -1 });
    this.restore();
    this.player.run();
  }

  #showSettings() {
    const { values } = this.state;
    refill(this.settings,
      slider({ label: "speed", name: "speed", scale: logarithmic(0.1, 10), value: values.speed,
        changed: (speed) => this.state.set({ speed }) }).node,
      slider({ label: optionLabel("noise"), name: "noise", scale: linear(0, 2), value: this.noise, changed: (noise) => {
        if (!(noise >= 0)) throw new RangeError(`${noise} is no standard deviation`);
        this.#change({ noise });
      } }).node,
      toggle({ label: "Lower the rate along a cosine, to 0 at the end", value: values.cosine,
        changed: (cosine) => this.#change({ cosine }) }).node);
  }

  #showMethods() {
    const { methods } = this.state.values;
    const others = steppedMethods(this.descent).filter((name) => !this.listed.includes(name));
    const titleOf = (name) => methodNamed(this.descent, name).title;
    const adding = choice({
      label: "More methods", value: "", choices: [["", "add one …"], ...others.map((name) => [name, titleOf(name)])],
      changed: (name) => { if (name !== "") this.#list({ added: [...this.state.values.added, name], methods: this.#with(name) }); } });
    refill(this.chips, ...this.listed.map((name, index) => chip(titleOf(name), looks(index), methods.includes(name),
      (on) => this.#list({ methods: on ? this.#with(name) : this.#without(name) }, false))), adding.node);
    this.#showCards();
  }

  #with(name) {
    return [...this.#without(name), name];
  }

  #without(name) {
    return this.state.values.methods.filter((one) => one !== name);
  }

  #showCards() {
    this.cards = new Map(this.active.map((name) => [name, new MethodCard({
      descent: this.descent, name, look: this.#look(name), rate: pickedRate(this.descent, this.landscape, name),
      options: this.#optionsOf(name),
      changed: (option, value) => this.#change({ options: { ...this.state.values.options, [`${name}.${option}`]: value } }),
      removed: COURSE.includes(name) ? null : () => this.#list({
        added: this.state.values.added.filter((one) => one !== name), methods: this.#without(name) }),
    })]));
    refill(this.list, ...[...this.cards.values()].map(({ node }) => node));
  }

  /** Other methods run; those that ran go on from where the others are. */
  #list(changes, all = true) {
    this.state.set(changes);
    if (all) this.#showMethods();
    else this.#showCards();
    this.#start(Math.floor(this.step));
  }

  #change(changes) {
    this.state.set(changes);
    this.#start(Math.floor(this.step));
  }

  #look(name) {
    return looks(this.listed.indexOf(name));
  }

  /** What the reader has set of a method's options. */
  #optionsOf(name) {
    return Object.fromEntries(Object.entries(this.state.values.options)
      .filter(([key]) => key.startsWith(`${name}.`)).map(([key, value]) => [key.slice(name.length + 1), value]));
  }

  /** All methods anew from the start point, `steps` steps on. */
  #start(steps) {
    const { landscape, noise } = this;
    const { point, cosine } = this.state.values;
    const start = point ?? landscape.start;
    for (const run of this.runs.values()) run.free();
    this.runs = new Map(this.active.map((name) => {
      const own = this.#optionsOf(name);
      const rate = own.learning_rate ?? pickedRate(this.descent, landscape, name);
      return [name, new Run(this.descent, landscape, name, {
        start, options: { ...withRate(this.descent, name, rate), ...own }, noise, cosineSteps: cosine ? landscape.steps : 0 })];
    }));
    this.surface.show(landscape, start);
    this.step = 0;
    this.#advance(Math.min(steps, landscape.steps));
  }

  #advance(step) {
    this.step = Math.min(step, this.landscape.steps);
    for (const [name, run] of this.runs) {
      run.advance(Math.floor(this.step));
      this.cards.get(name)?.say(verdict(run));
    }
    this.surface.later();
    this.chart.later();
  }

  #settle() {
    this.state.set({ step: Math.floor(this.step) });
  }

  #summary() {
    const said = this.#drawn.map(({ run, title }) => `${title} ${verdict(run).text}`);
    return `Step ${Math.floor(this.step)}. ${said.join("; ")}.`;
  }

  get #drawn() {
    return [...this.runs.values()].map((run) => ({
      run, look: this.#look(run.method), title: methodNamed(this.descent, run.method).title }));
  }

  #picture() {
    const first = Math.max(...[...this.runs.values()].map(({ heights }) => heights[0]), this.landscape.floor);
    return {
      x: { from: 0, to: this.landscape.steps, label: "step" },
      y: { log: true, from: this.landscape.floor, to: 4 * first, label: "height above the minimum" },
      series: this.#drawn.map(({ run, look: { colour, shape, dash } }) => ({ y: run.heights, colour, shape, dash, width: 1.8 })),
    };
  }
}
