// Sliders, choices and switches, each with its label.
import { element, freshId } from "./dom.js";
import { formula, symbolOf } from "./formula.js";

const POSITIONS = 400;

/** A number of few digits: what a slider gives, so that links stay short. */
function short(value, digits) {
  if (value > 0.9 && value < 1) return Number((1 - Number((1 - value).toPrecision(digits))).toFixed(7));
  return Number(value.toPrecision(digits));
}

/** "η learning rate": the field's symbol, where it has one, and the name. */
export function optionLabel(name) {
  const words = name.replaceAll("_", " ");
  return symbolOf(name) === undefined ? [words] : [formula(name), ` ${words}`];
}

/** A slider with the number beside it, which can be typed too. `changed(value)` may throw: its message is shown then.
 *
 * settings: {label, name, scale, value, whole, changed}. Returns {node, set(value)}. */
export function slider({ label, name, scale, value, whole = false, changed }) {
  const id = freshId("slider");
  const track = element("input", { type: "range", id, min: 0, max: POSITIONS, step: 1 });
  const number = element("input", { type: "text", inputmode: "decimal", "aria-label": name, size: 7, spellcheck: "false" });
  const problem = element("span", { class: "problem", role: "alert" });
  const set = (now) => {
    track.value = Math.round(scale.toShare(now) * POSITIONS);
    track.setAttribute("aria-valuetext", String(now));
    number.value = String(now);
    problem.textContent = "";
  };
  const change = (now, redraw) => {
    try {
      changed(now);
      if (redraw) set(now);
      else number.value = String(now);
      track.setAttribute("aria-valuetext", String(now));
      problem.textContent = "";
    } catch (error) {
      problem.textContent = error.message;
    }
  };
  track.addEventListener("input", () => {
    const raw = scale.toValue(Number(track.value) / POSITIONS);
    change(whole ? Math.round(raw) : short(raw, 2), false);
  });
  number.addEventListener("change", () => {
    const typed = Number(number.value.replace(",", "."));
    if (number.value.trim() === "" || Number.isNaN(typed)) problem.textContent = `${number.value || "this"} is not a number`;
    else change(typed, true);
  });
  set(value);
  return { node: element("div", { class: "slider" }, element("label", { for: id }, label), track, number, problem), set };
}

/** A box to tick. Returns {node, set(on)}. */
export function toggle({ label, value, changed }) {
  const box = element("input", { type: "checkbox", onchange: () => changed(box.checked) });
  box.checked = value;
  return { node: element("label", { class: "toggle" }, box, label), set: (on) => { box.checked = on; } };
}

/** A choice of one. `choices`: [[value, text], ...]. Returns {node, set(value)}. */
export function choice({ label, choices, value, changed }) {
  const id = freshId("choice");
  const list = element("select", { id, onchange: () => changed(list.value) },
    choices.map(([one, text]) => element("option", { value: one }, text)));
  list.value = value;
  return {
    node: element("div", { class: "choice" }, element("label", { for: id }, label), list), set: (one) => { list.value = one; } };
}
