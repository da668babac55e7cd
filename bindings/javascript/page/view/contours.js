// The picture of a landscape: bands between levels that rise geometrically, the lower the darker, and lines between them.
import { channels, colour } from "./theme.js";

const BANDS = 18;
const LOWEST = 1e-5; // of the greatest height in view
const CELL = 3; // pixels between the points that lines are drawn through

/** Heights above the least value at columns x rows points of the view. */
function heights(landscape, view, columns, rows) {
  const out = new Float64Array(columns * rows);
  for (let row = 0; row < rows; row += 1) {
    const y = view.top + ((view.bottom - view.top) * row) / (rows - 1);
    for (let column = 0; column < columns; column += 1) {
      const x = view.left + ((view.right - view.left) * column) / (columns - 1);
      out[row * columns + column] = landscape.at(x, y)[0] - landscape.least;
    }
  }
  return out;
}

function range(values) {
  let [least, greatest] = [Infinity, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > greatest) greatest = value;
  }
  return { bottom: Math.log(Math.max(least, greatest * LOWEST)), top: Math.log(greatest) };
}

/** Draws the landscape over the whole canvas. */
export function drawContours(context, landscape, view, width, height) {
  const [columns, rows] = [Math.ceil(width / CELL) + 1, Math.ceil(height / CELL) + 1];
  const grid = heights(landscape, view, columns, rows);
  const { bottom, top } = range(grid);
  const band = (value) => ((Math.log(Math.max(value, 1e-300)) - bottom) / (top - bottom)) * BANDS;
  drawBands(context, landscape, view, width, height, band);
  context.beginPath();
  const levels = grid.map(band);
  for (let level = 1; level < BANDS; level += 1) {
    traceLevel(context, levels, level, columns, width / (columns - 1), height / (rows - 1));
  }
  context.strokeStyle = colour("--contour");
  context.lineWidth = 0.8;
  context.stroke();
}

function drawBands(context, landscape, view, width, height, band) {
  const [columns, rows] = [Math.round(width), Math.round(height)];
  const [low, high] = [channels("--low"), channels("--high")];
  const values = heights(landscape, view, columns, rows);
  const picture = new ImageData(columns, rows);
  for (let at = 0; at < values.length; at += 1) {
    const share = Math.min(1, Math.max(0, Math.floor(band(values[at])) / (BANDS - 1)));
    for (let channel = 0; channel < 3; channel += 1) {
      picture.data[4 * at + channel] = low[channel] + (high[channel] - low[channel]) * share;
    }
    picture.data[4 * at + 3] = 255;
  }
  const sheet = new OffscreenCanvas(columns, rows);
  sheet.getContext("2d").putImageData(picture, 0, 0);
  context.drawImage(sheet, 0, 0, width, height);
}

/** Adds the line of one level to the context's path: marching squares, with straight lines through each cell. */
function traceLevel(context, values, level, columns, stepX, stepY) {
  const rows = values.length / columns;
  for (let row = 0; row + 1 < rows; row += 1) {
    for (let column = 0; column + 1 < columns; column += 1) {
      const at = row * columns + column;
      const corners = [values[at], values[at + 1], values[at + columns + 1], values[at + columns]];
      const above = corners.map((value) => value >= level);
      if (above[0] === above[1] && above[1] === above[2] && above[2] === above[3]) continue;
      const crossings = [];
      for (let side = 0; side < 4; side += 1) {
        const [from, to] = [corners[side], corners[(side + 1) % 4]];
        if (above[side] === above[(side + 1) % 4]) continue;
        crossings.push(onSide(side, (level - from) / (to - from)));
      }
      for (let i = 0; i + 1 < crossings.length; i += 2) {
        context.moveTo((column + crossings[i][0]) * stepX, (row + crossings[i][1]) * stepY);
        context.lineTo((column + crossings[i + 1][0]) * stepX, (row + crossings[i + 1][1]) * stepY);
      }
    }
  }
}

/** The place on a side of the unit square: top, right, bottom, left, each in the direction of the clock. */
function onSide(side, share) {
  return [[share, 0], [1, share], [1 - share, 1], [0, 1 - share]][side];
}
