// A canvas as sharp as the screen, whose coordinates are those of the style sheet.
import { drawSoon } from "./animation.js";
import { element } from "./dom.js";
import { colour, whenThemeChanges } from "./theme.js";

export const FONT = "12px system-ui, sans-serif";

export class Canvas {
  /** `draw(context, width, height)` is called whenever the canvas has to be drawn. */
  constructor(draw, attributes = {}) {
    this.node = element("canvas", { role: "img", ...attributes });
    this.context = this.node.getContext("2d");
    this.draw = draw;
    this.width = 0;
    this.height = 0;
    this.paint = () => this.#paint();
    new ResizeObserver(() => this.#resize()).observe(this.node);
    whenThemeChanges(() => this.later());
  }

  later() {
    drawSoon(this.paint);
  }

  #resize() {
    const { width, height } = this.node.getBoundingClientRect();
    const scale = devicePixelRatio || 1;
    const [columns, rows] = [Math.round(width * scale), Math.round(height * scale)];
    if (columns === this.node.width && rows === this.node.height && this.width > 0) return;
    [this.node.width, this.node.height] = [columns, rows];
    [this.width, this.height] = [width, height];
    this.scale = scale;
    this.#paint(); // at once: a canvas that has been given a size is empty
  }

  #paint() {
    if (this.width === 0 || this.height === 0) return;
    this.context.setTransform(this.scale, 0, 0, this.scale, 0, 0);
    this.context.clearRect(0, 0, this.width, this.height);
    this.draw(this.context, this.width, this.height);
  }
}

/** A closed line through points around the origin, as SVG writes it; every second one has the inner radius. */
function around(corners, radius, turn, inner = radius) {
  const points = Array.from({ length: corners }, (_, corner) => {
    const [angle, r] = [turn + (2 * Math.PI * corner) / corners, corner % 2 === 0 ? radius : inner];
    return `${(r * Math.cos(angle)).toFixed(3)} ${(r * Math.sin(angle)).toFixed(3)}`;
  });
  return `M${points.join("L")}Z`;
}

const UP = -Math.PI / 2;
const STAR = around(10, 1.35, UP, 0.6);

/** What tells methods apart besides their colours: shapes of radius 1, as SVG writes them. */
export const SHAPES = [
  "M1 0A1 1 0 1 1 -1 0A1 1 0 1 1 1 0Z", around(4, 1.25, Math.PI / 4), around(3, 1.25, UP), around(4, 1.25, 0),
  around(3, 1.25, -UP), around(5, 1.15, UP), around(6, 1.15, 0), STAR];

/** A mark of one of the shapes, with a rim in the colour of the ground. */
export function mark(context, x, y, { shape = 0, fill, radius = 6, rim = colour("--ground") }) {
  paint(context, x, y, SHAPES[shape], radius, fill, rim, 2);
}

/** The mark of a minimum. */
export function star(context, x, y, radius) {
  paint(context, x, y, STAR, radius, colour("--star"), colour("--ink"), 1);
}

function paint(context, x, y, shape, radius, fill, rim, width) {
  context.save();
  context.translate(x, y);
  context.scale(radius, radius);
  Object.assign(context, { fillStyle: fill, strokeStyle: rim, lineWidth: (2 * width) / radius });
  const path = new Path2D(shape);
  context.stroke(path); // its inner half is painted over
  context.fill(path);
  context.restore();
}

/** Text that can be read on whatever is behind it. */
export function label(context, text, x, y, { fill = colour("--ink"), align = "left", baseline = "middle", font = FONT } = {}) {
  context.save();
  Object.assign(context, { font, textAlign: align, textBaseline: baseline, lineJoin: "round", lineWidth: 4 });
  context.strokeStyle = colour("--ground");
  context.strokeText(text, x, y);
  context.fillStyle = fill;
  context.fillText(text, x, y);
  context.restore();
}
