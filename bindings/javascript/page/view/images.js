// Small images: templates of a linear classifier, and digits.
import { Canvas, FONT } from "./canvas.js";
import { channels, colour } from "./theme.js";

const SIDE = 8;
const LABEL = 16;

/** Images of 8 x 8 pixels side by side; colourOf(image, pixel) returns [red, green, blue]. */
function sheetOf(count, colourOf) {
  const picture = new ImageData(count * SIDE, SIDE);
  for (let image = 0; image < count; image += 1) {
    for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) {
      const at = Math.floor(pixel / SIDE) * count * SIDE + image * SIDE + (pixel % SIDE);
      [picture.data[4 * at], picture.data[4 * at + 1], picture.data[4 * at + 2]] = colourOf(image, pixel);
      picture.data[4 * at + 3] = 255;
    }
  }
  const sheet = new OffscreenCanvas(count * SIDE, SIDE);
  sheet.getContext("2d").putImageData(picture, 0, 0);
  return sheet;
}

function mix(from, to, share) {
  return from.map((channel, i) => channel + (to[i] - channel) * share);
}

/** Draws images in a grid, with a label under each: labelOf(image) returns {text, fill, font}. */
function drawGrid(context, width, columns, count, colourOf, labelOf) {
  const cell = width / columns;
  const sheet = sheetOf(count, colourOf);
  Object.assign(context, { imageSmoothingEnabled: false, textAlign: "center", textBaseline: "top" });
  for (let image = 0; image < count; image += 1) {
    const [left, top, size] = [(image % columns) * cell, Math.floor(image / columns) * (cell + LABEL), cell - 4];
    context.drawImage(sheet, image * SIDE, 0, SIDE, SIDE, left, top, size, size);
    const { text, fill, font = FONT } = labelOf(image);
    Object.assign(context, { fillStyle: fill, font });
    context.fillText(text, left + size / 2, top + size + 2);
  }
}

/** The weights of each class as an image: one colour for what speaks for the class, another for what speaks against it. */
export class Templates {
  constructor(name, weights) {
    this.canvas = new Canvas((context, width) => this.#draw(context, width, weights()), { class: "templates", "aria-label": name });
    this.node = this.canvas.node;
  }

  later() {
    this.canvas.later();
  }

  #draw(context, width, weights) {
    const classes = weights.length / (SIDE * SIDE);
    const largest = weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 1e-12);
    const [zero, plus, minus] = ["--weight-zero", "--weight-plus", "--weight-minus"].map(channels);
    const colourOf = (digit, pixel) => {
      const share = weights[pixel * classes + digit] / largest;
      return mix(zero, share > 0 ? plus : minus, Math.min(1, Math.abs(share)));
    };
    drawGrid(context, width, 5, classes, colourOf, (digit) => ({ text: String(digit), fill: colour("--quiet") }));
  }
}

/** Test images with what the classifier takes them for. */
export class Guesses {
  /** `guesses()` returns [{pixels, label, guess}, ...]. */
  constructor(name, guesses) {
    this.canvas = new Canvas((context, width) => this.#draw(context, width, guesses()), { class: "guesses", "aria-label": name });
    this.node = this.canvas.node;
  }

  later() {
    this.canvas.later();
  }

  #draw(context, width, guesses) {
    const [paper, ink] = ["--ground", "--ink"].map(channels);
    const colourOf = (image, pixel) => mix(paper, ink, guesses[image].pixels[pixel] / 16);
    drawGrid(context, width, 12, guesses.length, colourOf, (image) => {
      const { label, guess } = guesses[image];
      return label === guess ? { text: String(guess), fill: colour("--quiet") }
        : { text: `${guess} ✗`, fill: colour("--series-4"), font: `bold ${FONT}` };
    });
  }
}
