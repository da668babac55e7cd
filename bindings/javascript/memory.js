// The library's memory, and its calls: what every other file here builds on.
import * as structs from "./structs.js";

const FLOAT32 = 1;
const FLOAT64 = 2;
const UINT8 = 3;

/** A failure of the library, with its own sentence as the message. `status` is "DESCENT_ERROR_..." of descent.h. */
export class DescentError extends Error {
  constructor(status, message) {
    super(message);
    this.name = "DescentError";
    this.status = status;
  }
}

/** The descent_dtype of a typed array. */
export function dtypeOf(array, name) {
  if (array instanceof Float32Array) return FLOAT32;
  if (array instanceof Float64Array) return FLOAT64;
  if (array instanceof Uint8Array) return UINT8;
  throw new TypeError(`${name} must be a Float32Array or a Float64Array, or a Uint8Array of features`);
}

/** A function of WebAssembly that calls `call`: the type of a table's entries, which JavaScript's own functions lack. */
function asEntry(parameters, returned, call) {
  const codes = { i32: 0x7f, i64: 0x7e, f64: 0x7c };
  const type = [0x60, parameters.length, ...parameters.map((name) => codes[name]), 1, codes[returned]];
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, type.length + 1, 1, ...type,
    2, 7, 1, 1, 0x65, 1, 0x66, 0, 0, 7, 5, 1, 1, 0x66, 0, 0];
  return new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes)), { e: { f: call } }).exports.f;
}

/** What a call borrows: it is given back when the call is over, however it ends. */
class Scope {
  constructor(core) {
    this.core = core;
    this.addresses = [];
  }

  allocate(bytes) {
    if (bytes > 0xffffffff) throw new RangeError(`${bytes} bytes are more than WebAssembly can address`);
    const address = this.core.exports.malloc(Math.max(bytes, 8)) >>> 0;
    if (address === 0) throw new DescentError("DESCENT_ERROR_OUT_OF_MEMORY", `no memory for ${bytes} bytes`);
    this.addresses.push(address);
    this.core.bytes.fill(0, address, address + Math.max(bytes, 8));
    return address;
  }

  /** A copy of a typed array. */
  copy(array) {
    const address = this.allocate(array.byteLength);
    this.core.bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), address);
    return address;
  }

  /** A C string. */
  text(string) {
    return this.copy(new TextEncoder().encode(`${string}\0`));
  }

  struct(struct, values = {}) {
    const address = this.allocate(struct.size);
    struct.write(this.core.view, address, values);
    return address;
  }

  read(struct, address) {
    return struct.read(this.core.view, address);
  }

  /** Fills a typed array from memory. */
  fetch(array, address) {
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(
      this.core.bytes.subarray(address, address + array.byteLength));
    return array;
  }
}

/** An instance of the library. */
export class Core {
  #view;
  #bytes;

  constructor(module) {
    const nothing = () => 8; // EBADF: there are no files
    const system = {
      clock_time_get: (_clock, _precision, address) => {
        this.view.setBigUint64(address, BigInt(Math.round(performance.now() * 1e6)), true);
        return 0;
      },
      fd_close: nothing, fd_seek: nothing, fd_write: nothing,
    };
    this.exports = new WebAssembly.Instance(module, { wasi_snapshot_preview1: system }).exports;
    this.exports._initialize();
    this.callbacks = new Map();
    this.lastCallback = 0;
    this.thrown = [];
    const table = this.exports.__indirect_function_table;
    const add = (parameters, returned, call) => table.grow(1, asEntry(parameters, returned, call));
    this.objectiveEntry = add(["i32", "i32", "i32", "i32"], "f64",
      (n, x, gradient, context) => this.#guarded(context, NaN, (call) => call(n, x >>> 0, gradient >>> 0)));
    this.progressEntry = add(["i32", "i32"], "i32",
      (report, context) => this.#guarded(context, 1, (call) => (call(report >>> 0) ? 1 : 0)));
    this.handles = new FinalizationRegistry(({ free, address }) => free(address));
  }

  /** The memory. Another one after each growth, so nobody else keeps it. */
  get view() {
    this.#look();
    return this.#view;
  }

  get bytes() {
    this.#look();
    return this.#bytes;
  }

  #look() {
    const { buffer } = this.exports.memory;
    if (this.#view?.buffer === buffer) return;
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }

  /** Calls back; what that throws waits until the library has come to its end. */
  #guarded(context, otherwise, call) {
    if (this.thrown.length > 0) return otherwise;
    try {
      return call(this.callbacks.get(context));
    } catch (error) {
      this.thrown.push(error);
      return otherwise;
    }
  }

  text(address) {
    if (address === 0) return null;
    return new TextDecoder().decode(this.bytes.slice(address, this.bytes.indexOf(0, address)));
  }

  check(status) {
    if (status === 0) return;
    throw new DescentError(this.text(this.exports.descent_status_name(status)), this.text(this.exports.descent_last_error()));
  }

  /** Runs `body` with a scope and gives back what it borrowed. */
  scope(body) {
    const scope = new Scope(this);
    try {
      return body(scope);
    } finally {
      for (const address of scope.addresses) this.exports.free(address);
    }
  }

  /** A call with callbacks: `body` gets their numbers, and what they threw is thrown again at its end. */
  withCallbacks(functions, body) {
    const numbers = functions.map((call) => {
      if (call === undefined || call === null) return 0;
      this.lastCallback += 1;
      this.callbacks.set(this.lastCallback, call);
      return this.lastCallback;
    });
    const outer = this.thrown;
    this.thrown = [];
    try {
      const status = body(...numbers);
      if (this.thrown.length > 0) throw this.thrown[0];
      this.check(status);
    } finally {
      this.thrown = outer;
      for (const number of numbers) this.callbacks.delete(number);
    }
  }

  /** `report` as a callback: it gets an object, and a true value that it returns stops. */
  reporter(report) {
    return report && ((address) => report(structs.progress.read(this.view, address)));
  }

  /** The number that a name has: fromName("option", "beta1"). */
  fromName(kind, name) {
    return this.scope((scope) => {
      const out = scope.allocate(4);
      this.check(this.exports[`descent_${kind}_from_name`](scope.text(name), out));
      return this.view.getInt32(out, true);
    });
  }

  /** All names of a kind, in the order of their numbers. */
  names(kind) {
    const { [`descent_${kind}_count`]: count, [`descent_${kind}_at`]: at, [`descent_${kind}_name`]: name } = this.exports;
    return Array.from({ length: count() }, (_, index) => this.text(name(at(index))));
  }
}

/** Owns an object of the library. `kind` is "optimizer", "classifier" or "sampler". */
export class Handle {
  #core;
  #kind;
  #address;

  /** `create` gets the address that the handle is to be written to, and returns a status. */
  constructor(core, kind, create) {
    this.#core = core;
    this.#kind = kind;
    this.#address = core.scope((scope) => {
      const out = scope.allocate(4);
      core.check(create(out, scope));
      return core.view.getUint32(out, true);
    });
    core.handles.register(this, { free: core.exports[`descent_${kind}_free`], address: this.#address }, this);
  }

  get address() {
    if (this.#address === 0) throw new TypeError(`this ${this.#kind} has been freed`);
    return this.#address;
  }

  get core() {
    return this.#core;
  }

  /** Frees its memory at once; else that happens some time after nobody refers to it. */
  free() {
    if (this.#address === 0) return;
    this.#core.handles.unregister(this);
    this.#core.exports[`descent_${this.#kind}_free`](this.#address);
    this.#address = 0;
  }

  /** Everything that it is, as bytes that are the same everywhere; the library's load functions read them. */
  save() {
    const { [`descent_${this.#kind}_save_size`]: measure, [`descent_${this.#kind}_save`]: save } = this.#core.exports;
    return this.#core.scope((scope) => {
      const size = scope.allocate(4);
      this.#core.check(measure(this.address, size));
      const capacity = this.#core.view.getUint32(size, true);
      const buffer = scope.allocate(capacity);
      this.#core.check(save(this.address, buffer, capacity, size));
      return scope.fetch(new Uint8Array(this.#core.view.getUint32(size, true)), buffer);
    });
  }
}
