// Formulas as MathML, which browsers draw by themselves.
import { element } from "./dom.js";
import { parse } from "./formula_parser.js";

// How the field writes the names of options; other names are written out. Indices are letters of their own: not every browser
// has a font that knows how deep an index stands.
const SYMBOLS = {
  learning_rate: "η", vector_learning_rate: "𝜂ᵥ", momentum_decay: "μ", beta: "β", beta1: "𝛽₁", beta2: "𝛽₂", beta3: "𝛽₃",
  epsilon: "ε", epsilon_root: "𝜀ᵣ", rho: "ρ", alpha: "α", gamma: "γ", lambd: "λ", weight_decay: "λ", w0: "𝑤₀",
  decoupled_weight_decay: "λ", l1: "𝜆₁", l2: "𝜆₂", eta_plus: "𝜂₊", eta_minus: "𝜂₋", mu: "μ", noise: "σ", t0: "𝑡₀",
};
const SIZES = ["rows", "columns"]; // of a tensor, as formulas name them
const SIGNS = { "-": "−", "<=": "≤", ">=": "≥", "*": "·" };

function math(tag, ...children) {
  const made = document.createElementNS("http://www.w3.org/1998/Math/MathML", tag);
  made.append(...children);
  return made;
}

const sign = (text) => math("mo", SIGNS[text] ?? text);
const row = (...parts) => math("mrow", ...parts);

/** The symbol of a name; undefined for names without one. */
export function symbolOf(name) {
  return SYMBOLS[name];
}

function name(text) {
  if (text === "...") return math("mo", "…");
  if (SYMBOLS[text] !== undefined) return math("mi", SYMBOLS[text]);
  if (/^[a-zA-Z]'$/.test(text)) return row(math("mi", text[0]), prime());
  return text.length > 2 ? math("mtext", text.replaceAll("_", " ")) : math("mi", text);
}

function prime() {
  const made = math("mo", "′");
  for (const side of ["lspace", "rspace"]) made.setAttribute(side, "0");
  return made;
}

/** A parenthesis or bar, as high as a letter unless there is a fraction or a root between. */
function fence(text, content) {
  const made = math("mo", text);
  if (content.querySelector("mfrac, msqrt") === null) made.setAttribute("stretchy", "false");
  return made;
}

function fenced(left, content, right) {
  return row(fence(left, content), content, fence(right, content));
}

/** Parentheses that a fraction's bar, or a fraction, makes needless. */
function bare(node) {
  return node.kind === "group" ? node.of : node;
}

function factor(node) {
  return build(node.kind === "group" && node.of.kind === "quotient" ? node.of : node);
}

function isLong({ kind, text }) {
  return kind === "number" || (kind === "name" && SYMBOLS[text] === undefined && text.length > 2);
}

function lastOf(node) {
  return node.kind === "product" ? node.right : node;
}

function product({ left, right }) {
  const dot = isLong(right) || (isLong(lastOf(left)) && lastOf(left).kind !== "number");
  return row(factor(left), dot ? math("mo", "·") : math("mo", "\u2062"), factor(right));
}

function call({ name: called, parts }) {
  if (called === "sqrt") return math("msqrt", build(parts[0]));
  const list = parts.flatMap((part, index) => (index === 0 ? [build(part)] : [math("mo", ","), build(part)]));
  const symbol = SYMBOLS[called] === undefined ? math(called.length > 1 ? "mtext" : "mi", called) : name(called);
  return row(symbol, fenced("(", row(...list), ")"));
}

/** left + right, without "+ −". */
function added(left, right) {
  if (right.kind === "sum") return { ...right, left: added(left, right.left) };
  return right.kind === "minus" ? { kind: "sum", sign: "-", left, right: right.of } : { kind: "sum", sign: "+", left, right };
}

/** w -= x is w ← w − x; w *= x is w ← x w. */
function relation({ sign: mark, left, right }) {
  if (mark === "=") return row(build(left), math("mo", left.text === "f" ? "=" : "←"), build(right));
  if (mark.length === 1 || mark[0] === "<" || mark[0] === ">") return row(build(left), sign(mark), build(right));
  const group = right.kind === "sum" ? { kind: "group", of: right } : right;
  const made = {
    "+=": added(left, right),
    "-=": { kind: "sum", sign: "-", left, right: group },
    "*=": { kind: "product", left: group, right: left },
    "/=": { kind: "quotient", left, right },
  }[mark];
  return row(build(left), math("mo", "←"), build(made));
}

const BUILDERS = {
  number: ({ text }) => math("mn", text),
  name: ({ text }) => name(text),
  group: ({ of }) => fenced("(", build(of), ")"),
  norm: ({ of }) => fenced("|", build(of), "|"),
  minus: ({ of }) => row(sign("-"), build(of)),
  sum: (node) => row(build(node.left), sign(node.sign), build(node.right)),
  product,
  quotient: ({ left, right }) => math("mfrac", build(bare(left)), build(bare(right))),
  power: ({ base, exponent }) => math("msup", build(base), build(bare(exponent))),
  call,
  relation,
};

function build(node) {
  return BUILDERS[node.kind](node);
}

function line(text, names) {
  return parse(text, names).map((part) => (typeof part === "string" ? element("span", {}, part) : wide(math("math", build(part)))));
}

/** Fractions as large as the letters around them. */
function wide(made) {
  made.setAttribute("displaystyle", "true");
  return made;
}

/** Formulas, one a line, as the library writes them: "m = ...; w -= ...". `names`: those of options and states. */
export function formulas(text, names) {
  const known = new Set([...names, ...SIZES]);
  return element("div", { class: "formulas" }, text.split("; ").map((one) => element("div", {}, line(one, known))));
}

/** A single formula, to stand in a line of text. */
export function formula(text) {
  return element("span", { class: "formula" }, line(text, new Set([text])));
}
