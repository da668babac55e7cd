// A chart of lines: axes that are linear or logarithmic, and marks.
import { Canvas, FONT, label, mark } from "./canvas.js";
import { decade, figure } from "./numbers.js";
import { colour } from "./theme.js";

const MARGIN = { left: 46, right: 22, top: 26, bottom: 36 };

/** From numbers to shares of the axis. */
function scaleOf({ log = false, from, to }) {
  if (!log) return (value) => (value - from) / (to - from);
  const [low, high] = [Math.log(from), Math.log(to)];
  return (value) => (Math.log(Math.max(value, 1e-300)) - low) / (high - low);
}

/** [value, text] for each tick. */
function ticksOf({ log = false, from, to }, most) {
  if (log) {
    const [low, high] = [Math.ceil(Math.log10(from) - 1e-9), Math.floor(Math.log10(to) + 1e-9)];
    const every = Math.max(1, Math.ceil((high - low + 1) / most));
    const exponents = Array.from({ length: Math.max(0, high - low + 1) }, (_, i) => low + i);
    return exponents.filter((exponent) => exponent % every === 0).map((exponent) => [Number(`1e${exponent}`), decade(exponent)]);
  }
  const rough = (to - from) / most;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * unit).find((candidate) => candidate >= rough);
  const first = Math.ceil(from / step - 1e-9);
  const count = Math.floor(to / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, i) => (first + i) * step).map((value) => [value, figure(value, 3)]);
}

export class Chart {
  /** `picture()` returns what to draw: {x, y, series, marks, zones, notes}.
   *
   * x, y: {log, from, to, label}. series: [{x, y, colour, width, dash, shape, name}]; x may be left out: 0, 1, 2, ...
   * marks: [{x, text, colour, high}], upright lines. zones: [{from, to, text, colour}], shares of the ground. notes: [{x, y, text,
   * colour}], words beside the lines. */
  constructor(name, picture) {
    this.canvas = new Canvas((context, width, height) => this.#draw(context, width, height, picture()), {
      class: "chart", "aria-label": name });
    this.node = this.canvas.node;
  }

  later() {
    this.canvas.later();
  }

  /** The number on the x axis that a pointer's event is at; null before the chart has been drawn. */
  valueAt(event) {
    if (this.axis === undefined) return null;
    const { log, from, to } = this.axis;
    const share = (event.clientX - this.node.getBoundingClientRect().x - MARGIN.left)
      / (this.canvas.width - MARGIN.left - MARGIN.right);
    return log ? from * (to / from) ** share : from + (to - from) * share;
  }

  #draw(context, width, height, { x, y, series, marks = [], zones = [], notes = [] }) {
    const area = { left: MARGIN.left, right: width - MARGIN.right, top: MARGIN.top, bottom: height - MARGIN.bottom };
    const [shareX, shareY] = [scaleOf(x), scaleOf(y)];
    const place = (a, b) => [
      area.left + shareX(a) * (area.right - area.left), area.bottom - shareY(b) * (area.bottom - area.top)];
    this.axis = x;
    drawZones(context, area, place, y, zones);
    drawAxes(context, area, place, x, y);
    context.save();
    context.beginPath();
    context.rect(area.left, area.top - 6, area.right - area.left + 8, area.bottom - area.top + 6);
    context.clip();
    for (const line of series) drawLine(context, place, line, y);
    context.restore();
    for (const one of marks) drawMark(context, area, place, one, y);
    for (const { x: a, y: b, text, colour: fill } of notes) label(context, text, ...place(a, b), { fill, align: "center" });
  }
}

function drawZones(context, area, place, y, zones) {
  for (const { from, to, text, colour: fill } of zones) {
    const [left, right] = [from, to].map((edge) => Math.min(area.right, Math.max(area.left, place(edge, y.from)[0])));
    context.save();
    Object.assign(context, { globalAlpha: 0.14, fillStyle: fill });
    context.fillRect(left, area.top, right - left, area.bottom - area.top);
    context.restore();
    if (right - left > 44) label(context, text, (left + right) / 2, area.top + 11, { align: "center", fill });
  }
}

function drawAxes(context, area, place, x, y) {
  Object.assign(context, { font: FONT, lineWidth: 1, strokeStyle: colour("--grid"), fillStyle: colour("--quiet") });
  context.beginPath();
  for (const [value, text] of ticksOf(x, (area.right - area.left) / 62)) {
    const [at] = place(value, y.from);
    context.moveTo(at, area.top);
    context.lineTo(at, area.bottom);
    Object.assign(context, { textAlign: "center", textBaseline: "top" });
    context.fillText(text, at, area.bottom + 5);
  }
  for (const [value, text] of ticksOf(y, (area.bottom - area.top) / 28)) {
    const [, at] = place(x.from, value);
    context.moveTo(area.left, at);
    context.lineTo(area.right, at);
    Object.assign(context, { textAlign: "right", textBaseline: "middle" });
    context.fillText(text, area.left - 6, at);
  }
  context.stroke();
  Object.assign(context, { textAlign: "right", textBaseline: "bottom" });
  context.fillText(x.label ?? "", area.right, area.bottom + 35);
  Object.assign(context, { textAlign: "left", textBaseline: "top" });
  context.fillText(y.label ?? "", 2, 2);
}

function drawLine(context, place, { x, y: values, colour: stroke, width = 2, dash = [], shape, radius = 5 }, axis) {
  if (values.length === 0) return;
  const at = (index) => place(x === undefined ? index : x[index], Math.max(values[index], axis.log ? axis.from / 10 : -Infinity));
  context.save();
  Object.assign(context, { strokeStyle: stroke, lineWidth: width, lineJoin: "round" });
  context.setLineDash(dash);
  context.beginPath();
  let begun = false;
  for (let index = 0; index < values.length; index += 1) {
    if (!Number.isFinite(values[index])) continue;
    context[begun ? "lineTo" : "moveTo"](...at(index));
    begun = true;
  }
  context.stroke();
  context.restore();
  if (shape !== undefined && Number.isFinite(values[values.length - 1])) {
    mark(context, ...at(values.length - 1), { shape, fill: stroke, radius });
  }
}

function drawMark(context, area, place, { x, text, colour: stroke, high = false }, y) {
  const [at] = place(x, y.from);
  if (!(at >= area.left && at <= area.right)) return;
  context.save();
  Object.assign(context, { strokeStyle: stroke, lineWidth: 1.5 });
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(at, area.top);
  context.lineTo(at, area.bottom);
  context.stroke();
  context.restore();
  const rightwards = at < (area.left + area.right) / 2;
  label(context, text, at + (rightwards ? 5 : -5), area.bottom - (high ? 28 : 12), {
    fill: stroke, align: rightwards ? "left" : "right" });
}
