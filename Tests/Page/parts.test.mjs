// Parts of the page that need no browser: node --test Tests/Page.
import assert from "node:assert/strict";
import test from "node:test";
import { goodRates } from "../../bindings/javascript/page/model/range_test.js";
import { arrival } from "../../bindings/javascript/page/model/verdict.js";
import { parse } from "../../bindings/javascript/page/view/formula_parser.js";
import { decade, figure } from "../../bindings/javascript/page/view/numbers.js";
import { optionScale } from "../../bindings/javascript/page/view/scales.js";

/** A tree as text, with all its parentheses. */
function shown(node) {
  if (typeof node === "string") return `“${node}”`;
  const { kind, text, sign, left, right, of, base, exponent, name, parts } = node;
  return {
    number: () => text, name: () => text, group: () => shown(of), norm: () => `|${shown(of)}|`, minus: () => `(-${shown(of)})`,
    sum: () => `(${shown(left)} ${sign} ${shown(right)})`, relation: () => `${shown(left)} ${sign} ${shown(right)}`,
    product: () => `(${shown(left)} * ${shown(right)})`, quotient: () => `(${shown(left)} / ${shown(right)})`,
    power: () => `(${shown(base)} ^ ${shown(exponent)})`, call: () => `${name}[${parts.map(shown).join(", ")}]`,
  }[kind]();
}

const read = (text, names = []) => parse(text, new Set(names)).map(shown).join(" ");

test("formulas are read as they are meant", () => {
  assert.equal(read("w -= learning_rate * g / (sqrt(h) + epsilon)", ["epsilon"]),
    "w -= ((learning_rate * g) / (sqrt[h] + epsilon))");
  assert.equal(read("w = a - b - c + d * e^2"), "w = (((a - b) - c) + (d * (e ^ 2)))");
  assert.equal(read("w += -m * v + (1 + m) * v'"), "w += ((-(m * v)) + ((1 + m) * v'))");
  assert.equal(read("q = t^-decay_power"), "q = (t ^ (-decay_power))");
  assert.equal(read("u = max(beta2 * u, |g| + 1e-15)"), "u = max[(beta2 * u), (|g| + 1e-15)]");
  assert.equal(read("A = X X^T (B - C)"), "A = ((X * (X ^ T)) * (B - C))");
});

test("words between formulas and beside them stay words", () => {
  assert.equal(read("p > 5: r = sqrt(p) and w -= r"), "p > 5 “: ” r = sqrt[p] “ and ” w -= r");
  assert.equal(read("w = 0 if |z| <= l1, else z / 2"), "w = 0 “ if ” |z| <= l1 “, else ” (z / 2)");
  for (const text of ["m and v as in adam", "the quotient is 1 if one is 0", "w -= (a", "", "every f steps", "w += velocity"]) {
    assert.equal(read(text), `“${text}”`);
  }
  assert.equal(read("w += velocity", ["velocity"]), "w += velocity");
});

test("sliders reach the library's range and come back from each place", () => {
  const options = [
    [0, Infinity, 0.01], [0, 1 - 2 ** -53, 0.999], [0, 1 - 2 ** -53, 0], [0, 1, 0], [0, Infinity, 0], [1, Infinity, 1.2], [1, 2 ** 53, 10],
    [1e-300, Infinity, 1e-6]];
  for (const [minimum, maximum, usual] of options) {
    const option = { minimum, maximum, default: usual };
    const { toValue, toShare } = optionScale(option);
    for (let share = 0; share <= 1; share += 0.01) {
      const value = toValue(share);
      assert.ok(value >= option.minimum && value <= option.maximum, `${JSON.stringify(option)} at ${share}: ${value}`);
      if (share > 0.05) assert.ok(Math.abs(toShare(value) - share) < 1e-6);
    }
    assert.equal(toValue(0), option.minimum);
    assert.ok(Math.abs(toValue(toShare(option.default)) - option.default) <= 1e-9 * Math.max(1, option.default));
  }
});

test("numbers are written shortly", () => {
  const written = [
    [0.00123, "0.0012"], [123456, "120000"], [-7, "−7"], [1.5e-7, "1.5·10⁻⁷"], [-2e9, "−2·10⁹"], [0, "0"], [Infinity, "∞"]];
  for (const [value, text] of written) assert.equal(figure(value), text);
  assert.equal(figure(NaN), "not a number");
  assert.deepEqual([-3, -2, 0, 3, 4].map(decade), ["10⁻³", "0.01", "1", "1000", "10⁴"]);
});

test("a method has arrived when it stays below a thousandth", () => {
  assert.equal(arrival({ heights: [10, 1, 0.005, 0.5, 0.01, 0.002] }), 4);
  assert.equal(arrival({ heights: [10, 1, 0.005, 0.5] }), null);
});

test("rates are good from where the loss has begun to fall to where it is lowest", () => {
  const rates = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  const [from, to] = goodRates({ rates, losses: [10, 10, 10, 8, 5, 2, 1, 6, 40] });
  assert.ok(from === 3 || from === 4);
  assert.ok(to === 6 || to === 7);
  assert.equal(goodRates({ rates, losses: [1, 2, 3, 4, 5, 6, 7, 8, 9] }), null);
});
