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

/** What tells methods apart besides their colours. */
const SHAPES = [
  (c, r) => c.arc(0, 0, r, 0, 2 * Math.PI),
  (c, r) => c.rect(-0.9 * r, -0.9 * r, 1.8 * r, 1.8 * r),
  (c, r) => polygon(c, 1.2 * r, 3, -Math.PI / 2),
  (c, r) => polygon(c, 1.25 * r, 4, 0),
  (c, r) => polygon(c, 1.2 * r, 3, Math.PI / 2),
  (c, r) => polygon(c, 1.15 * r, 5, -Math.PI / 2),
  (c, r) => polygon(c, 1.15 * r, 6, 0),
  (c, r) => star(c, 1.35 * r),
];
export const SHAPE_COUNT = SHAPES.length;

function polygon(context, radius, corners, turn) {
  for (let corner = 0; corner < corners; corner += 1) {
    const angle = turn + (2 * Math.PI * corner) / corners;
    context[corner === 0 ? "moveTo" : "lineTo"](radius * Math.cos(angle), radius * Math.sin(angle));
  }
  context.closePath();
}

export function star(context, radius) {
  for (let corner = 0; corner < 10; corner += 1) {
    const [angle, r] = [(Math.PI * corner) / 5 - Math.PI / 2, corner % 2 === 0 ? radius : 0.45 * radius];
    context[corner === 0 ? "moveTo" : "lineTo"](r * Math.cos(angle), r * Math.sin(angle));
  }
  context.closePath();
}

/** A mark of one of the shapes, with a rim in the colour of the ground. */
export function mark(context, x, y, { shape = 0, fill, radius = 6, rim = colour("--ground") }) {
  context.save();
  context.translate(x, y);
  context.beginPath();
  SHAPES[shape % SHAPE_COUNT](context, radius);
  context.lineWidth = 2;
  context.strokeStyle = rim;
  context.stroke();
  context.fillStyle = fill;
  context.fill();
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
