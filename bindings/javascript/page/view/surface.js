// A landscape seen from above, what is drawn on it, and a start point that can be dragged: by mouse, touch and arrow keys.
import { drawSoon } from "./animation.js";
import { Canvas, label, star } from "./canvas.js";
import { drawContours } from "./contours.js";
import { button, element } from "./dom.js";
import { figure } from "./numbers.js";
import { colour } from "./theme.js";

const KEY_STEP = 0.01; // of the view's width; ten times that with shift
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Surface {
  /** `draw(context, place)` draws on the landscape, place(x, y) being pixels; `moved(point)` hears where the start is dragged. */
  constructor({ name, draw, moved, settled = () => {} }) {
    this.landscape = null;
    this.start = [0, 0];
    this.tell = () => { // once a frame, however many movements there are in it
      if (!this.isUntold) return;
      this.isUntold = false;
      moved(this.start);
    };
    this.isUntold = false;
    this.settled = () => {
      this.tell();
      settled();
    };
    this.ground = new Canvas((context, width, height) => this.#drawGround(context, width, height), { "aria-hidden": "true" });
    this.paths = new Canvas((context) => this.#drawPaths(context, draw), { "aria-label": name });
    this.handle = button("", () => {}, { class: "handle" });
    this.node = element("div", { class: "surface" }, this.ground.node, this.paths.node, this.handle);
    this.#listen();
  }

  show(landscape, start) {
    if (landscape !== this.landscape) {
      this.landscape = landscape;
      this.ground.later();
    }
    this.start = start;
    this.later();
  }

  /** Whether there is a start point to be dragged. */
  set hasStart(has) {
    this.handle.hidden = !has;
  }

  later() {
    this.paths.later();
  }

  /** What can be seen: {left, right, bottom, top, unit}, unit being the width of a pixel. */
  get view() {
    return viewOf(this.landscape, this.paths.width, this.paths.height);
  }

  #drawGround(context, width, height) {
    if (this.landscape !== null) drawContours(context, this.landscape, viewOf(this.landscape, width, height), width, height);
  }

  #drawPaths(context, draw) {
    if (this.landscape === null) return;
    const { left, top, unit } = this.view;
    const place = (x, y) => [(x - left) / unit, (top - y) / unit];
    this.#drawPlaces(context, place);
    draw(context, place);
    this.#namePlaces(context, place);
    const [x, y] = place(...this.start);
    this.handle.style.transform = `translate(${x}px, ${y}px)`;
    this.handle.setAttribute("aria-label",
      `Start point: x ${figure(this.start[0], 3)}, y ${figure(this.start[1], 3)}. Arrow keys move it, with Shift faster.`);
  }

  #namePlaces(context, place) {
    for (const [places, name, below] of [[this.landscape.minima, "minimum", 20], [this.landscape.saddles, "saddle", -16]]) {
      for (const [x, y] of places.map((one) => place(...one))) label(context, name, x, y + below, { align: "center" });
    }
  }

  #drawPlaces(context, place) {
    for (const minimum of this.landscape.minima) {
      const [x, y] = place(...minimum);
      star(context, x, y, 6.5);
    }
    for (const saddle of this.landscape.saddles) {
      const [x, y] = place(...saddle);
      Object.assign(context, { strokeStyle: colour("--ink"), lineWidth: 2 });
      context.beginPath();
      context.moveTo(x - 5, y - 5);
      context.lineTo(x + 5, y + 5);
      context.moveTo(x + 5, y - 5);
      context.lineTo(x - 5, y + 5);
      context.stroke();
    }
  }

  #listen() {
    const { handle, paths } = this;
    const drag = (event) => this.#move(this.#pointOf(event));
    const follow = (target) => (event) => {
      if (event.button !== 0 || handle.hidden || (target === paths.node && event.pointerType !== "mouse")) return;
      target.setPointerCapture(event.pointerId);
      drag(event);
      target.addEventListener("pointermove", drag);
      const end = () => {
        target.removeEventListener("pointermove", drag);
        target.removeEventListener("pointerup", end);
        target.removeEventListener("pointercancel", end);
        this.settled();
      };
      target.addEventListener("pointerup", end);
      target.addEventListener("pointercancel", end);
    };
    handle.addEventListener("pointerdown", follow(handle));
    paths.node.addEventListener("pointerdown", follow(paths.node));
    // A finger on the landscape scrolls the page; one that only taps moves the start.
    paths.node.addEventListener("click", (event) => {
      if (event.pointerType === "mouse" || handle.hidden) return;
      drag(event);
      this.settled();
    });
    handle.addEventListener("keydown", (event) => this.#key(event));
  }

  #pointOf(event) {
    const { x, y } = this.paths.node.getBoundingClientRect();
    const { left, top, unit } = this.view;
    return [left + (event.clientX - x) * unit, top - (event.clientY - y) * unit];
  }

  #key(event) {
    if (!(event.key in ARROWS)) return;
    event.preventDefault();
    const { left, right } = this.view;
    const step = (right - left) * KEY_STEP * (event.shiftKey ? 10 : 1);
    this.#move(this.start.map((value, axis) => value + step * ARROWS[event.key][axis]));
    this.settled();
  }

  /** Moves the start within the view; rounded to a thousandth of it, so that links are short. */
  #move([x, y]) {
    const { left, right, bottom, top } = this.view;
    const digits = Math.max(0, 3 - Math.floor(Math.log10(right - left)));
    const within = (value, low, high) => Number(Math.min(high, Math.max(low, value)).toFixed(digits));
    this.start = [within(x, left, right), within(y, bottom, top)];
    this.isUntold = true;
    drawSoon(this.tell);
  }
}

/** A landscape's window, made as wide or as high as the canvas is: a unit has the same length in both directions. */
function viewOf({ window: [left, right, bottom, top] }, width, height) {
  const unit = Math.max((right - left) / width, (top - bottom) / height);
  const [x, y] = [(left + right) / 2, (bottom + top) / 2];
  const [wide, high] = [(unit * width) / 2, (unit * height) / 2];
  return { left: x - wide, right: x + wide, bottom: y - high, top: y + high, unit };
}

/** Draws a line through points. */
export function drawPath(context, place, points, { colour: stroke, width = 2, dots = false, dash = [] }) {
  context.save();
  Object.assign(context, { strokeStyle: stroke, lineWidth: width, lineJoin: "round", lineCap: "round", fillStyle: stroke });
  context.setLineDash(dash);
  context.beginPath();
  points.forEach((point, index) => context[index === 0 ? "moveTo" : "lineTo"](...clipped(place(...point))));
  context.stroke();
  if (dots) {
    context.beginPath();
    for (const point of points) {
      const [x, y] = clipped(place(...point));
      context.moveTo(x + width + 0.8, y);
      context.arc(x, y, width + 0.8, 0, 2 * Math.PI);
    }
    context.fill();
  }
  context.restore();
}

/** Pixels that a canvas can draw, also for a method that is lost. */
export function clipped([x, y]) {
  const limit = (value) => (Number.isFinite(value) ? Math.min(1e5, Math.max(-1e5, value)) : 1e5);
  return [limit(x), limit(y)];
}
