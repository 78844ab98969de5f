// The two clouds on the stage: which map, at which λ, in which colours, and what stands out. A frame is drawn when something has changed and
// never otherwise.

const mostLines = 4000; // pairs drawn as lines at once

class Cloud {
  constructor(scene, canvas, stage) {
    this.scene = scene;
    this.canvas = canvas;
    this.stage = stage;
    this.camera = new Camera();
    this.renderer = Renderer.make(canvas);
    this.map = scene.header.maps[0];
    this.lambda = 0;
    this.n2 = scene.header.shift.gap_norm ** 2;
    this.steps = stepsAt(scene.header.shift, 0);
    this.pairs = false;
    this.focus = -1; // a point: images from 0, texts from ni
    this.standing = null; // a byte a point: 1 stands out, 0 stands back; null: all alike
    this.mode = "side";
    this.legend = [];
    this.frames = 0;
    this.after = []; // called after each frame, to draw what lies over the points
    this.places = new Float32Array(2 * (scene.ni + scene.nt));
    this.placed = false;
    this.wanted = false;
    this.pace = new Pace();
    this.fewest = 4000; // points that are drawn however slow it is: of so few, none is the reason
    this.resting = 0;
    this.moving = false;
    this.dark = matchMedia("(prefers-color-scheme: dark)");
    this.dark.addEventListener("change", () => this.paint());
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.renderer.restore();
      this.load();
      this.paint();
    });
    new ResizeObserver(() => this.resize()).observe(stage);
    // A window that moves to a screen of another density changes no size of the stage.
    addEventListener("resize", () => this.resize());
    const box = stage.getBoundingClientRect();
    this.camera.width = box.width;
    this.camera.height = box.height;
    this.load();
    this.paint();
    this.resize();
    this.fit();
  }

  // raw is the raw projections of a side on the map of now.
  raw(side) {
    return this.scene.get(`map_${this.map.method}_${side}`);
  }

  // load puts the map's numbers into the buffers.
  load() {
    this.placed = false;
    if (!this.renderer || !this.raw("images") || !this.raw("texts")) return;
    this.renderer.load("images", this.raw("images"));
    this.renderer.load("texts", this.raw("texts"));
    this.renderer.load("u", this.scene.get("u"));
    this.renderer.load("v", this.scene.get("v"));
    if (this.pairs) this.loadPairs();
    this.invalidate();
  }

  // loadPairs makes two ends of a line a pair: raw x, raw y, u, and 0 for the image or 1 for the text. Where some points stand out, only
  // their lines are drawn. Of more than mostLines every few are left out: they could not be told apart, and long lines are the slowest to draw.
  loadPairs() {
    const {scene, standing} = this, images = this.raw("images"), texts = this.raw("texts"), u = scene.get("u"), v = scene.get("v");
    const ends = new Float32Array(8 * scene.texts), stride = standing ? 1 : Math.ceil(scene.texts / mostLines);
    let n = 0;
    for (let j = 0; j < scene.texts; j += stride) {
      const i = scene.imageOf(j);
      if (i >= scene.images || standing && !standing[i] && !standing[scene.ni + j]) continue;
      ends.set([images[2 * i], images[2 * i + 1], u[i], 0, texts[2 * j], texts[2 * j + 1], v[j], 1], 8 * n++);
    }
    this.pairCount = n;
    this.pairStride = stride;
    this.renderer?.load("pairs", ends);
  }

  setPairs(on) {
    this.pairs = on;
    if (on) this.loadPairs();
    this.invalidate();
  }

  setLambda(lambda) {
    this.lambda = lambda;
    this.steps = stepsAt(this.scene.header.shift, lambda);
    this.placed = false;
    this.move();
  }

  setMap(method) {
    const map = this.scene.header.maps.find((m) => m.method === method);
    if (!map || !this.scene.get(`map_${method}_images`)) return false;
    this.map = map;
    this.load();
    this.fit();
    return true;
  }

  setMode(mode) {
    this.mode = mode;
    this.paint();
  }

  // paint colours the points and marks those that stand back.
  paint() {
    const mode = colourModes.find((m) => m.name === this.mode && m.possible(this.scene)) ?? colourModes[0];
    const {bytes, legend} = mode.paint(this.scene, this.dark.matches ? darkPalette : lightPalette, this.dark.matches);
    this.colours = bytes;
    this.legend = legend;
    this.mark();
    this.onLegend?.(legend);
  }

  // stand lets the points stand out for which standing holds 1; null lets all.
  stand(standing) {
    this.standing = standing;
    if (this.pairs) this.loadPairs();
    this.mark();
  }

  // mark writes the fourth byte of each colour and hands the colours over.
  mark() {
    const n = this.scene.ni + this.scene.nt;
    for (let k = 0; k < n; k++) this.colours[4 * k + 3] = !this.standing || this.standing[k] ? 255 : 50;
    this.renderer?.load("colours", this.colours);
    this.invalidate();
  }

  // where is where every point lies now, on the map. It is computed when asked for, which is not while the slider moves.
  where() {
    const {scene} = this;
    if (!this.placed && this.raw("images") && this.raw("texts")) {
      placeInto(this.places, 0, this.raw("images"), scene.get("u"), scene.images, this.steps.image, this.map, this.n2);
      placeInto(this.places, scene.ni, this.raw("texts"), scene.get("v"), scene.texts, this.steps.text, this.map, this.n2);
      this.placed = true;
    }
    return this.places;
  }

  // place is where one point lies now, on the map; null where it has not come yet.
  place(k) {
    const {scene} = this, text = k >= scene.ni, i = text ? k - scene.ni : k;
    if (i < 0 || i >= (text ? scene.texts : scene.images)) return null;
    if (this.placed) return [this.places[2 * k], this.places[2 * k + 1]];
    const raw = this.raw(text ? "texts" : "images"), out = [0, 0];
    if (!raw) return null;
    placeInto(out, 0, raw.subarray(2 * i, 2 * i + 2), scene.get(text ? "v" : "u").subarray(i, i + 1), 1, text ? this.steps.text : this.steps.image, this.map, this.n2);
    return out;
  }

  // centroid is the mean place of a side now.
  centroid(side) {
    const {scene} = this, places = this.where(), from = side === "images" ? 0 : scene.ni, n = side === "images" ? scene.images : scene.texts;
    let x = 0, y = 0;
    for (let k = from; k < from + n; k++) {
      x += places[2 * k];
      y += places[2 * k + 1];
    }
    return [x / n, y / n];
  }

  // fit shows both clouds as they lie now. Texts that have not come yet lie at the origin of places and are left out.
  fit() {
    const {scene} = this, places = this.where();
    const a = boundsOf(places, scene.images), b = boundsOf(places.subarray(2 * scene.ni), scene.texts);
    this.camera.fit({left: Math.min(a.left, b.left), right: Math.max(a.right, b.right), bottom: Math.min(a.bottom, b.bottom), top: Math.max(a.top, b.top)});
    this.invalidate();
  }

  resize() {
    const box = this.stage.getBoundingClientRect(), ratio = devicePixelRatio || 1;
    if (box.width < 1 || box.height < 1) return;
    if (box.width !== this.camera.width || box.height !== this.camera.height) this.camera.resize(box.width, box.height);
    const w = Math.round(box.width * ratio), h = Math.round(box.height * ratio);
    if (this.canvas.width !== w || this.canvas.height !== h) {
      this.canvas.width = w;
      this.canvas.height = h;
    }
    this.invalidate();
  }

  // move asks for a frame of many: the points may be thinned out until the movement rests.
  move() {
    this.moving = true;
    this.invalidate();
  }

  // invalidate asks for one frame, however often it is called before that.
  invalidate() {
    if (this.wanted) return;
    this.wanted = true;
    const frame = () => {
      if (this.renderer && this.pace.busy(this.renderer.gl)) {
        requestAnimationFrame(frame);
        return;
      }
      this.wanted = false;
      const every = this.moving ? Math.max(1, Math.min(this.pace.every, Math.floor((this.scene.images + this.scene.texts) / this.fewest))) : 1;
      this.moving = false;
      this.draw(every);
      clearTimeout(this.resting);
      if (every > 1) this.resting = setTimeout(() => this.draw(), restAfter);
    };
    requestAnimationFrame(frame);
  }

  // draw draws a frame now, of one of so many points.
  draw(every = 1) {
    const {scene, camera} = this, n = scene.images + scene.texts;
    this.frames++;
    if (this.renderer && this.raw("images") && this.raw("texts")) {
      // Many points are small and faint, few are large; zooming in makes them larger, but slowly.
      const grown = Math.max(1, camera.scale / camera.fitted) ** 0.3;
      this.renderer.draw({
        camera, ratio: this.canvas.width / camera.width, map: this.map, n2: this.n2, steps: this.map.live ? this.steps : {image: 0, text: 0},
        images: scene.images, texts: scene.texts, ni: scene.ni, every,
        size: Math.min(14, Math.max(3, 60 / n ** 0.3) * grown), opacity: Math.max(0.35, Math.min(0.85, 3 / n ** 0.16)), raised: this.standing ? 1.25 : 1,
        pairs: this.pairs ? this.pairCount : 0, tone: this.dark.matches ? [0.9, 0.9, 0.9, this.lineOpacity()] : [0.1, 0.1, 0.1, this.lineOpacity()],
      });
      this.pace.begin(this.renderer.gl, every);
    }
    for (const f of this.after) f();
  }

  // lineOpacity keeps a thousand lines from hiding the points.
  lineOpacity() {
    return Math.max(0.02, Math.min(0.4, 5 / Math.sqrt(this.pairCount || 1)));
  }
}
