// The structs of descent.h, in its order; their layout follows, as C lays them out where addresses have 32 bits.
// Tests/WebAssembly/layout.mjs lets a C compiler compare them with the header.

const SIZES = { u32: 4, i32: 4, f32: 4, bool: 1, u64: 8, f64: 8 };
const READ = {
  u32: (view, at) => view.getUint32(at, true),
  i32: (view, at) => view.getInt32(at, true),
  f32: (view, at) => view.getFloat32(at, true),
  bool: (view, at) => view.getUint8(at) !== 0,
  u64: (view, at) => view.getBigUint64(at, true),
  f64: (view, at) => view.getFloat64(at, true),
};
const WRITE = {
  u32: (view, at, value) => view.setUint32(at, value, true),
  i32: (view, at, value) => view.setInt32(at, value, true),
  f32: (view, at, value) => view.setFloat32(at, value, true),
  bool: (view, at, value) => view.setUint8(at, value ? 1 : 0),
  u64: (view, at, value) => view.setBigUint64(at, BigInt.asUintN(64, BigInt(value)), true),
  f64: (view, at, value) => view.setFloat64(at, value, true),
};

/** A struct: `members` is "type name, type name, ...". */
class Struct {
  constructor(members) {
    this.members = new Map();
    let end = 0;
    let alignment = 1;
    for (const member of members.split(",")) {
      const [type, name] = member.trim().split(" ");
      const size = SIZES[type];
      end = Math.ceil(end / size) * size;
      this.members.set(name, { type, offset: end });
      end += size;
      alignment = Math.max(alignment, size);
    }
    this.size = Math.ceil(end / alignment) * alignment;
  }

  /** Writes the members that `values` has, and the struct's own size. */
  write(view, address, values) {
    if (this.members.has("struct_size")) WRITE.u32(view, address, this.size);
    for (const [name, value] of Object.entries(values)) {
      if (!this.members.has(name)) throw new TypeError(`there is no ${name} here`);
      const { type, offset } = this.members.get(name);
      WRITE[type](view, address + offset, value);
    }
  }

  /** All members; numbers of 64 bits become numbers, which are exact up to 2^53. */
  read(view, address) {
    const values = {};
    for (const [name, { type, offset }] of this.members) {
      const value = READ[type](view, address + offset);
      values[name] = typeof value === "bigint" ? Number(value) : value;
    }
    return values;
  }
}

export const tensor = new Struct("u32 values, u32 gradient, u32 rows, u32 columns, i32 dtype, u32 group");
export const dataset = new Struct(
  "u32 struct_size, i32 dtype, u32 features, u32 labels, u32 samples, u32 dimension, f32 scale, f32 offset, "
  + "u32 targets, i32 target_dtype, u32 reserved, u32 weights, u32 row_starts, u32 column_indices, u32 stored_count, "
  + "u32 communicator, u32 shards, u32 reserved_2");
export const fitOptions = new Struct(
  "u32 struct_size, u32 epochs, u32 batch_size, u64 seed, i32 sampling, u32 reserved, "
  + "i32 standardize, i32 check_features, u32 validation, u32 patience, i32 average, f64 tolerance, "
  + "f64 l1, i32 dense_steps, u32 reserved2, u32 communicator, u32 shards, i32 check_ranks");
export const progress = new Struct(
  "u32 struct_size, u32 epoch, u64 step, u64 step_total, f64 loss, f64 learning_rate, f64 gradient_norm, "
  + "f64 update_ratio, f64 seconds, bool epoch_end, bool plateau, f64 update_cosine, f64 zero_fraction, f64 noise_scale, "
  + "f64 validation_loss");
export const rangeOptions = new Struct("u32 struct_size, u32 steps, f64 minimum, f64 maximum");
export const stop = new Struct(
  "u32 struct_size, u32 reserved, u64 max_steps, f64 gradient_tolerance, f64 value_tolerance, f64 target_value, "
  + "f64 max_seconds, u32 best_x, u32 return_best, u32 reserved_2");
export const result = new Struct(
  "u32 struct_size, i32 reason, u64 steps, u64 evaluations, f64 value, f64 gradient_norm, f64 seconds, f64 best_value");
export const searchOptions = new Struct("u32 struct_size, i32 mode, u64 trials, u64 seed, f64 scale");
export const gradientReport = new Struct(
  "u32 struct_size, u32 reserved, f64 max_relative_error, u32 worst_index, f64 analytic, f64 numeric, u32 checked, "
  + "u32 suspected_kinks, u32 undetermined, u32 undetermined_index, f64 value, f64 noise");
export const health = new Struct(
  "u32 struct_size, u32 reserved, u64 step, f64 gradient_norm, f64 update_norm, f64 parameter_norm, f64 update_ratio, "
  + "f64 update_cosine, f64 zero_fraction, u64 clipped_steps, u64 skipped_steps, u64 not_finite, u64 state_not_finite");
