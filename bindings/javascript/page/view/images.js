// Small images: templates of a linear classifier, and digits.
import { Canvas, FONT } from "./canvas.js";
import { channels, colour } from "./theme.js";

const SIDE = 8;
const LABEL = 16;

/** Draws 8 x 8 pixels; colourOf(index) returns [red, green, blue]. */
function drawImage(context, left, top, size, colourOf) {
  const picture = new ImageData(SIDE, SIDE);
  for (let pixel = 0; pixel < SIDE * SIDE; pixel += 1) picture.data.set([...colourOf(pixel), 255], 4 * pixel);
  const sheet = new OffscreenCanvas(SIDE, SIDE);
  sheet.getContext("2d").putImageData(picture, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, left, top, size, size);
}

function mix(from, to, share) {
  return from.map((channel, i) => channel + (to[i] - channel) * share);
}

/** A grid of square cells with a label under each. */
function grid(count, columns, width, draw) {
  const cell = width / columns;
  for (let index = 0; index < count; index += 1) {
    draw(index, (index % columns) * cell, Math.floor(index / columns) * (cell + LABEL), cell - 4);
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
    Object.assign(context, { font: FONT, textAlign: "center", textBaseline: "top" });
    grid(classes, 5, width, (digit, left, top, size) => {
      drawImage(context, left, top, size, (pixel) => {
        const share = weights[pixel * classes + digit] / largest;
        return mix(zero, share > 0 ? plus : minus, Math.min(1, Math.abs(share)));
      });
      context.fillStyle = colour("--quiet");
      context.fillText(String(digit), left + size / 2, top + size + 2);
    });
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
    Object.assign(context, { textAlign: "center", textBaseline: "top" });
    grid(guesses.length, 12, width, (index, left, top, size) => {
      const { pixels, label, guess } = guesses[index];
      const right = guess === label;
      drawImage(context, left, top, size, (pixel) => mix(paper, ink, pixels[pixel] / 16));
      Object.assign(context, { font: right ? FONT : `bold ${FONT}`, fillStyle: colour(right ? "--quiet" : "--series-4") });
      context.fillText(right ? String(guess) : `${guess} ✗`, left + size / 2, top + size + 2);
    });
  }
}
