// Prints a C file that compiles where the structs of bindings/javascript/structs.js have the layout of the header's.
import * as structs from "../../bindings/javascript/structs.js";

const NAMES = { progress: "progress_report", fitOptions: "fit_options", rangeOptions: "range_options",
  searchOptions: "search_options", gradientReport: "gradient_report" };

console.log("#include <descent.h>");
for (const [name, struct] of Object.entries(structs)) {
  const type = `descent_${NAMES[name] ?? name}`;
  console.log(`_Static_assert(sizeof(${type}) == ${struct.size}, "${type}");`);
  for (const [member, { offset }] of struct.members) {
    console.log(`_Static_assert(offsetof(${type}, ${member}) == ${offset}, "${type}: ${member}");`);
  }
}
