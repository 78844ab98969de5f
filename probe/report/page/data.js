// Reading what the page shows: JSON in the page itself, and arrays either beside it as base64 or from the server that sent the page.

const arrayTypes = {f32: Float32Array, u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, i32: Int32Array};

// firstRows is how many rows of a served array come before the rest: any prefix of the points is a sample of them.
const firstRows = 10000;

// readJSON parses the data element of that id; null where there is none.
function readJSON(id) {
  const e = byID(id);
  return e ? JSON.parse(e.textContent) : null;
}

// bytesOf decodes base64.
function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const raw = atob(text), bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  return bytes;
}

// typed views bytes, little-endian, as numbers. Every machine that runs a browser with WebGL is little-endian.
function typed(type, bytes) {
  const make = arrayTypes[type];
  if (!make) throw new Error("an array has the unknown type " + type);
  return new make(bytes.buffer, bytes.byteOffset, bytes.byteLength / make.BYTES_PER_ELEMENT);
}

// A Scene holds the header and the arrays that have come so far; of the points, the first `images` and `texts` can be drawn.
class Scene {
  constructor(header) {
    this.header = header;
    this.ni = header.images;
    this.nt = header.texts;
    this.images = 0;
    this.texts = 0;
    this.arrays = new Map();
  }

  // get is the array of that name, or null.
  get(name) {
    return this.arrays.get(name) ?? null;
  }

  // imageOf is the image of text j.
  imageOf(j) {
    const of = this.get("image_of");
    return of ? of[j] : j;
  }

  // rows is how many rows the array of that name has in full.
  rows(name) {
    return this.header.arrays[name].shape[0];
  }
}

// inlineScene reads the scene that the page holds; null where it holds none.
function inlineScene() {
  const header = readJSON("scene");
  if (!header) return null;
  const scene = new Scene(header);
  for (const [name, a] of Object.entries(header.arrays ?? {})) {
    scene.arrays.set(name, typed(a.type, bytesOf(a.data)));
    a.data = ""; // the text is no longer needed
  }
  scene.images = scene.ni;
  scene.texts = scene.nt;
  return scene;
}

// servedScene fetches the scene at url. It returns when the first rows of the first map can be drawn, calls more() when all of its rows can,
// and more(name) for each further array; failed(error) where the rest does not come.
async function servedScene(url, more, failed) {
  const header = await (await ask(url)).json();
  const scene = new Scene(header);
  const folder = url.replace(/\.json$/, "/");
  const names = Object.keys(header.arrays);
  const first = header.maps.length ? [`map_${header.maps[0].method}_images`, `map_${header.maps[0].method}_texts`, "u", "v", "image_of"] : [];
  const begun = first.filter((name) => names.includes(name));
  await Promise.all(begun.map((name) => fetchRows(scene, folder, name, 0, firstRows)));
  scene.images = Math.min(scene.ni, firstRows);
  scene.texts = Math.min(scene.nt, firstRows);

  const rest = async () => {
    await Promise.all(begun.filter((name) => scene.rows(name) > firstRows).map((name) => fetchRows(scene, folder, name, firstRows, Infinity)));
    scene.images = scene.ni;
    scene.texts = scene.nt;
    more();
    for (const name of names.filter((name) => !begun.includes(name))) {
      await fetchRows(scene, folder, name, 0, Infinity);
      more(name);
    }
  };
  rest().catch(failed);
  return scene;
}

// fetchRows brings the rows from … to of one array. A server that knows no ranges sends all, which is taken as well.
async function fetchRows(scene, folder, name, from, to) {
  const {type, shape} = scene.header.arrays[name];
  const size = arrayTypes[type].BYTES_PER_ELEMENT;
  const width = shape.slice(1).reduce((a, b) => a * b, 1) * size;
  const total = shape[0] * width, start = from * width, end = Math.min(total, to * width);
  let whole = scene.arrays.get(name);
  if (!whole) {
    whole = new arrayTypes[type](total / size);
  }
  if (end > start) {
    const part = start > 0 || end < total ? {headers: {Range: `bytes=${start}-${end - 1}`}} : {};
    const answer = await ask(folder + encodeURIComponent(name), part);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const into = new Uint8Array(whole.buffer);
    if (bytes.length === total) into.set(bytes);
    else if (bytes.length === end - start) into.set(bytes, start);
    else throw new Error(`${name} has ${bytes.length} bytes instead of ${end - start}`);
  }
  scene.arrays.set(name, whole);
}

// ask fetches, and fails on any answer but success.
async function ask(url, options) {
  const answer = await fetch(url, options);
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}`);
  return answer;
}
