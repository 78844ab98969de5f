// The explorer of a scene: what is in focus, what is selected, what was found, and at which λ; and who has to know when one of these changes.

class Explorer {
  // tell says something to a reader who does not see the page; record may lack a sweep, and then there is no slider.
  constructor(scene, record, tell) {
    this.scene = scene;
    this.tell = tell;
    this.stage = byID("stage");
    this.served = Boolean(document.body.dataset.scene);
    this.selection = null; // {images, texts}, rows of the scene
    this.found = null; // points that the search found; null where nothing is searched
    this.histogram = null;
    this.slider = null;
    this.wanted = false; // a frame in which histogram, lines and metrics follow λ
    this.asked = 0; // timers of the question to the server, and of what is said when the slider rests
    this.resting = 0;
    this.cloud = new Cloud(scene, byID("cloud"), this.stage);
    this.overlay = new Overlay(this.cloud, byID("overlay"));
    this.inspector = new Inspector(scene, byID("inspector"), (k) => this.focus(k), (c) => this.selectClass(c));
    this.moveLines = liveLines();
    this.cloud.onLegend = showLegend;
    showLegend(this.cloud.legend);
    const points = record?.results?.shift?.points ?? [];
    this.sweep = points.length > 1 ? new Sweep(points) : null;
    if (this.sweep && byID("lambda")) {
      this.slider = new Slider(this.sweep, (lambda) => this.setLambda(lambda));
      this.cloud.setLambda(this.slider.lambda);
      this.moveLines(this.slider.lambda);
    }
    this.showMap();
    this.drawCosines();
  }

  // focus brings a point into focus, and into view unless a pointer is on it already.
  focus(k, pointed) {
    const {cloud, inspector} = this;
    cloud.focus = k;
    this.overlay.neighbours = inspector.points(k);
    inspector.show(k);
    this.tell(inspector.describe(k));
    if (!pointed) keepInView(cloud, k);
    cloud.invalidate();
  }

  // setFound lets the points that the search found stand out; null ends the search.
  setFound(points) {
    this.found = points;
    this.stand();
    if (points) this.tell(plural(points.length, "match") + ".");
  }

  // select takes rows {images, texts} of the scene; none ends the selection.
  select(set) {
    this.selection = set.images.length + set.texts.length > 0 ? set : null;
    this.stand();
    if (this.selection) {
      this.measure();
      this.tell(`Selected ${plural(set.images.length, "image")} and ${plural(set.texts.length, "text")}.`);
    } else {
      byID("selection").hidden = true;
      this.tell("Nothing is selected.");
    }
  }

  // selectPoints selects points, images and texts mixed.
  selectPoints(points) {
    const {ni} = this.scene;
    this.select({images: points.filter((k) => k < ni), texts: points.filter((k) => k >= ni).map((k) => k - ni)});
  }

  // selectClass selects the images of a class and their texts.
  selectClass(c) {
    const {scene} = this, label = scene.get("label"), images = [], texts = [];
    for (let i = 0; i < scene.images; i++) if (label[i] === c) images.push(i);
    for (let j = 0; j < scene.texts; j++) if (label[scene.imageOf(j)] === c) texts.push(j);
    this.select({images, texts});
  }

  // selectWithin selects the points inside an outline on the map.
  selectWithin(outline) {
    const {scene} = this;
    this.select(within(this.cloud.where(), scene.ni, scene.images, scene.texts, outline));
  }

  // stand lets matches and selected points stand out.
  stand() {
    const {scene, found, selection} = this;
    let standing = null;
    if (found || selection) {
      standing = new Uint8Array(scene.ni + scene.nt);
      for (const k of found ?? []) standing[k] = 1;
      for (const i of selection?.images ?? []) standing[i] = 1;
      for (const j of selection?.texts ?? []) standing[scene.ni + j] = 1;
    }
    this.cloud.stand(standing);
    byID("clear").disabled = !standing;
  }

  // measure shows the metrics of the selection; where the page is served, its server then says them exactly.
  measure() {
    const {scene, selection} = this, {images, texts} = selection, {lambda} = this.cloud;
    showSelection(selectionMetrics(scene, images, texts, 0), selectionMetrics(scene, images, texts, lambda));
    if (!this.served) return;
    clearTimeout(this.asked);
    this.asked = setTimeout(async () => {
      try {
        const [zero, now] = await servedSelection(images, texts, lambda);
        if (selection === this.selection && lambda === this.cloud.lambda) showSelection(zero, now);
      } catch (error) {
        this.tell(error.message);
      }
    }, 200);
  }

  // setLambda moves the clouds at once; what is slower follows once a frame, however often the slider speaks.
  setLambda(lambda) {
    this.cloud.setLambda(lambda);
    // Said once the slider rests: a sentence for every step would never end.
    clearTimeout(this.resting);
    this.resting = setTimeout(() => { if (!this.slider.frame) this.tell(this.slider.summary()); }, 800);
    if (this.wanted) return;
    this.wanted = true;
    requestAnimationFrame(() => {
      this.wanted = false;
      this.moveLines(this.cloud.lambda);
      this.histogram?.show(this.cloud.lambda);
      if (this.selection) this.measure();
    });
  }

  // setMap shows another map.
  setMap(method) {
    if (!this.cloud.setMap(method)) this.tell("This map has not arrived yet.");
    byID("map-choice").value = this.cloud.map.method;
    this.showMap();
  }

  // showMap says what the axes are, and what this map cannot show.
  showMap() {
    const {axes, explained, live} = this.cloud.map;
    const share = (k) => Number.isFinite(explained?.[k]) ? ` (${percent(explained[k], 0)} of variance)` : "";
    byID("axes").textContent = `Across: ${clean(axes[0])}${share(0)}. Up: ${clean(axes[1])}${share(1)}.` +
      (live ? "" : " This map is not linear: its points stay where they are when λ changes.");
    this.cloud.invalidate();
  }

  // setPairs draws lines between pairs, or takes them away.
  setPairs(on) {
    this.cloud.setPairs(on);
    if (on && this.cloud.pairStride > 1) this.tell(`One pair of ${this.cloud.pairStride} is drawn as a line.`);
  }

  // more takes up what has arrived from the server: all rows of the first map, or a further array.
  more(name) {
    if (name === undefined) {
      this.cloud.load();
      this.cloud.paint();
    }
    offerColours(this);
    if (this.cloud.focus >= 0 && name?.startsWith("near_")) this.inspector.show(this.cloud.focus);
    this.drawCosines();
  }

  // drawCosines makes the histogram as soon as all its numbers are there.
  drawCosines() {
    const {scene} = this, arrays = cosineKinds.map((kind) => kind.sample ? kind.sample + "_s" : "matched").filter((name) => name in scene.header.arrays);
    if (this.histogram || arrays.length === 0 || !arrays.every((name) => scene.get(name)) || scene.texts < scene.nt || scene.images < scene.ni) return;
    this.histogram = new CosineHistogram(scene, byID("histogram"), this.sweep?.lambdas ?? []);
    this.histogram.show(this.cloud.lambda);
  }
}
