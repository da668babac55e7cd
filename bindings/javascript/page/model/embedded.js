// Files that the page carries in itself, compressed, as <script type="application/gzip" id="..."> with base64 in it: a page that
// is opened from a disk may not fetch anything.
import { load } from "../../descent.js";

async function bytesOf(id) {
  const binary = atob(document.getElementById(id).textContent.trim());
  const compressed = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
  const stream = new Blob([compressed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** The library, and how large it is: {descent, size}. */
export async function library() {
  const bytes = await bytesOf("descent.wasm");
  return { descent: await load(bytes), size: bytes.length };
}

/** An array of bytes in the idx format: {shape, bytes}. */
function idx(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const shape = Array.from({ length: bytes[3] }, (_, axis) => view.getUint32(4 + 4 * axis));
  return { shape, bytes: bytes.subarray(4 + 4 * shape.length) };
}

async function samples(part) {
  const images = idx(await bytesOf(`${part}-images-idx3-ubyte`));
  const labels = idx(await bytesOf(`${part}-labels-idx1-ubyte`));
  return { features: images.bytes, labels: labels.bytes, scale: 1 / 16, count: images.shape[0] };
}

/** {training, test}, each {features, labels, scale, count}: images of 8 x 8 pixels from 0 to 16. */
export async function digits() {
  return { training: await samples("train"), test: await samples("t10k") };
}
