// The library's formulas, "w -= learning_rate * g / (sqrt(h) + epsilon)", as trees. Between formulas stand words, which end one.

const TOKEN = /\s*(\.\.\.|[A-Za-z_]\w*'?|\d+(?:\.\d+)?(?:e-?\d+)?|[-+*/<>]?=|[-+*/^(),|<>])/y;
const RELATIONS = new Set(["=", "+=", "-=", "*=", "/=", "<", ">", "<=", ">="]);

/** A word of a sentence, and not a letter of a formula. */
function looksLikeWord(text) {
  return /^[A-Za-z]{3,}$/.test(text) || ["at", "by", "if", "in", "of", "is", "no", "as", "to"].includes(text);
}

class Parser {
  /** `names`: those that look like words. */
  constructor(text, names) {
    this.text = text;
    this.names = names;
    this.at = 0;
  }

  isWord(text) {
    return looksLikeWord(text) && !this.names.has(text);
  }

  /** The next token and where it ends; null at the end, and before what is none. */
  get next() {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.text);
    return found === null ? null : { text: found[1], end: TOKEN.lastIndex, begin: TOKEN.lastIndex - found[1].length };
  }

  takes(...texts) {
    const token = this.next;
    if (token === null || !texts.includes(token.text)) return null;
    this.at = token.end;
    return token.text;
  }

  expect(text) {
    if (this.takes(text) === null) throw new SyntaxError(`${text} expected in ${this.text} at ${this.at}`);
  }

  relation() {
    const left = this.sum();
    const sign = this.takes(...RELATIONS);
    return sign === null ? left : { kind: "relation", sign, left, right: this.sum() };
  }

  sum() {
    let left = this.takes("-") ? { kind: "minus", of: this.product() } : this.product();
    for (let sign; (sign = this.takes("+", "-")) !== null;) left = { kind: "sum", sign, left, right: this.product() };
    return left;
  }

  product() {
    let left = this.power();
    for (;;) {
      if (this.takes("*")) left = { kind: "product", left, right: this.power() };
      else if (this.takes("/")) left = { kind: "quotient", left, right: this.power() };
      else if (this.#beginsFactor()) left = { kind: "product", left, right: this.power() };
      else return left;
    }
  }

  /** Whether a factor follows without a sign: "X X^T". */
  #beginsFactor() {
    const text = this.next?.text;
    return text === "(" || text === "..." || (/^[A-Za-z_]/.test(text ?? "") && !this.isWord(text));
  }

  power() {
    const base = this.primary();
    if (!this.takes("^")) return base;
    return { kind: "power", base, exponent: this.takes("-") ? { kind: "minus", of: this.primary() } : this.primary() };
  }

  primary() {
    const token = this.next;
    if (token === null) throw new SyntaxError(`${this.text} ends too early`);
    this.at = token.end;
    if (token.text === "(") return this.#closed({ kind: "group", of: this.sum() }, ")");
    if (token.text === "|") return this.#closed({ kind: "norm", of: this.sum() }, "|");
    if (/^\d/.test(token.text)) return { kind: "number", text: token.text };
    const called = this.text[this.at] === "(";
    if (!/^[A-Za-z_.]/.test(token.text) || (this.isWord(token.text) && !called)) {
      throw new SyntaxError(`${token.text} begins nothing`);
    }
    return called ? this.#call(token.text) : { kind: "name", text: token.text };
  }

  #closed(node, end) {
    this.expect(end);
    return node;
  }

  #call(name) {
    this.expect("(");
    const parts = [this.sum()];
    while (this.takes(",")) parts.push(this.sum());
    return this.#closed({ kind: "call", name, parts }, ")");
  }
}

const BETWEEN = /^\s*(?:[,:]\s*)?(?:(?:and|else|where|with|if)\b\s*)?/;

/** Trees and the words between them, in their order: [tree, " where ", tree, ...]. What cannot be understood stays a text.
 *
 * names: a set of the names of options and states, which are no words of a sentence. */
export function parse(text, names = new Set(), isFirst = true) {
  const parser = new Parser(text, names);
  const opening = isFirst && /^else\s+/.exec(text);
  if (opening) return [opening[0], ...parse(text.slice(opening[0].length), names)];
  let tree;
  try {
    tree = parser.relation();
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return [text];
  }
  const rest = text.slice(parser.at);
  if (rest.trim() === "") return [tree];
  const [between] = BETWEEN.exec(rest);
  if (between.trim() === "" || (isFirst && tree.kind !== "relation")) return [text];
  return [tree, `${between.trimEnd()} `, ...parse(rest.slice(between.length), names, false)];
}
