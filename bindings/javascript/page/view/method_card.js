// A method with its formula, its options on sliders, and what has become of it.
import { methodNamed } from "../model/methods.js";
import { SHAPES } from "./canvas.js";
import { optionLabel, slider, toggle } from "./controls.js";
import { button, element } from "./dom.js";
import { formulas } from "./formula.js";
import { optionScale, rateScale } from "./scales.js";
import { colour } from "./theme.js";

const COLOURS = 8;

/** Colour, shape and dash of the method in this place of the list. */
export function looks(index) {
  return {
    variable: `--series-${(index % COLOURS) + 1}`,
    get colour() {
      return colour(this.variable);
    },
    shape: index % SHAPES.length,
    dash: index < COLOURS ? [] : [7, 5],
  };
}

const SVG = "http://www.w3.org/2000/svg";

/** The mark of a method in drawings, for lists. */
export function badge(look) {
  const [picture, path] = ["svg", "path"].map((tag) => document.createElementNS(SVG, tag));
  const attributes = [
    [picture, "class", "badge"], [picture, "viewBox", "-1.6 -1.6 3.2 3.2"], [picture, "aria-hidden", "true"],
    [path, "d", SHAPES[look.shape]], [path, "fill", `var(${look.variable})`]];
  for (const [node, name, value] of attributes) node.setAttribute(name, value);
  picture.append(path);
  return picture;
}

/** A switch for a method. */
export function chip(title, look, on, changed) {
  const made = button([badge(look), title], () => {
    made.setAttribute("aria-pressed", String(made.getAttribute("aria-pressed") !== "true"));
    changed(made.getAttribute("aria-pressed") === "true");
  }, { class: "chip", "aria-pressed": String(on), style: `--series: var(${look.variable})` });
  return made;
}

export class MethodCard {
  /** settings: {descent, name, look, rate, options, changed(option, value), removed}. `rate` is where its slider is centred. */
  constructor({ descent, name, look, rate, options, changed, removed }) {
    const method = methodNamed(descent, name);
    const trial = (option) => (value) => {
      descent.optimizer(name, { [option]: value }).free(); // it throws what it does not take
      changed(option, value);
    };
    this.verdict = element("span", { class: "verdict" });
    const [first, ...others] = method.options;
    const control = (option, value, scale) => (option.isSwitch
      ? toggle({ label: optionLabel(option.name), value: value !== 0, changed: (on) => trial(option.name)(Number(on)) }).node
      : slider({
        label: optionLabel(option.name), name: option.name.replaceAll("_", " "), scale, value, whole: option.isWhole,
        changed: trial(option.name) }).node);
    this.node = element("li", { class: "card", style: `--series: var(${look.variable})`, "data-method": name },
      element("header", {}, badge(look), element("h4", {}, method.title),
        removed ? button("×", removed, { class: "remove", "aria-label": `Remove ${method.title}` }) : null, this.verdict),
      formulas(method.formula, [...method.states, ...method.optionNames]),
      control(first, options[first.name] ?? rate, rateScale(rate)),
      others.length === 0 ? null : element("details", {},
        element("summary", {}, others.length === 1 ? "One more option" : `${others.length} more options`),
        others.map((option) => control(option, options[option.name] ?? option.default, optionScale(option)))),
      element("p", { class: "keeps" }, keeps(method.states)));
  }

  say({ word, text }) {
    this.node.dataset.verdict = word;
    if (this.verdict.textContent !== text) this.verdict.textContent = text;
  }
}

function keeps(states) {
  if (states.length === 0) return "Remembers nothing.";
  return `Can remember ${states.map((state) => state.replaceAll("_", " ")).join(", ")}.`;
}
