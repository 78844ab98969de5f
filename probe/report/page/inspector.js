// The card of the point in focus: its picture, its words, what the model makes of it, and its nearest neighbours, each a button that leads on.

class Inspector {
  // go(k) brings another point into focus, selectClass(c) selects a class.
  constructor(scene, card, go, selectClass) {
    this.scene = scene;
    this.card = card;
    this.go = go;
    this.selectClass = selectClass;
    this.pages = new Map(); // images of the thumbnails' pages, by number
  }

  // describe says in one sentence what point k is, for a reader who does not see the card.
  describe(k) {
    const {scene} = this, h = scene.header;
    if (k >= scene.ni) {
      const j = k - scene.ni;
      return `Text ${count(j + 1)}: ${this.caption(j)}` + this.spoken(scene.imageOf(j));
    }
    return `Image ${count(k + 1)}${h.ids?.[k] ? ", " + clean(h.ids[k]) : ""}` + this.spoken(k);
  }

  spoken(i) {
    const label = this.name("label", i), predicted = this.name("predicted", i);
    return (label ? `, labelled ${label}` : "") + (predicted ? `, taken for ${predicted}` : "");
  }

  caption(j) {
    const text = this.scene.header.captions?.[j];
    return text ? clean(text) : "row " + count(j + 1);
  }

  // name is the class that the array says of image i, or "".
  name(array, i) {
    const c = this.scene.get(array)?.[i] ?? -1;
    return c < 0 ? "" : clean(this.scene.header.classes?.[c] ?? String(c));
  }

  show(k) {
    const {scene} = this, text = k >= scene.ni, j = text ? k - scene.ni : textOf(scene, k), i = text ? scene.imageOf(j) : k;
    const parts = [element("p", text ? "Text" : "Image", "kind " + (text ? "text" : "image"))], head = element("div", undefined, "head");
    const picture = this.thumbnail(i, 112);
    if (picture) head.append(picture);
    if (j >= 0) head.append(element("p", ellipsis(this.caption(j), 300), "caption"));
    parts.push(head, this.facts(i, j));
    const label = scene.get("label")?.[i] ?? -1;
    if (label >= 0) {
      const button = element("button", "Select its class", "select-class");
      button.type = "button";
      button.addEventListener("click", () => this.selectClass(label));
      parts.push(button);
    }
    if (text) {
      parts.push(...this.neighbours("Nearest images at λ = 0", "near_text_images", j, (n) => n), ...this.neighbours("Nearest texts at λ = 0", "near_text_texts", j, (n) => scene.ni + n));
    } else {
      parts.push(...this.neighbours("Nearest texts at λ = 0", "near_image_texts", i, (n) => scene.ni + n), ...this.neighbours("Nearest images at λ = 0", "near_image_images", i, (n) => n));
    }
    this.card.replaceChildren(...parts);
  }

  // facts lists what is known of an image and its text.
  facts(i, j) {
    const {scene} = this, list = element("dl"), lambda = scene.header.lambda_best;
    const add = (name, value) => {
      if (value !== "") list.append(element("dt", name), element("dd", value));
    };
    add("Id", scene.header.ids?.[i] ? clean(scene.header.ids[i]) : "");
    add("Label", this.name("label", i));
    add("Predicted at λ = 0", this.name("predicted", i));
    if (lambda !== undefined) add(`… at λ = ${signed(lambda, 3)}`, this.name("predicted_best", i));
    if (j >= 0 && scene.get("matched")) add("Cosine at λ = 0", fixed(scene.get("matched")[j], 3));
    const rank = (array, n) => scene.get(array) && n >= 0 ? ordinal(scene.get(array)[n] + 1) : "";
    add("Its text comes", rank("rank_image", i));
    add("Its image comes", rank("rank_text", j));
    return list;
  }

  // neighbours lists the nearest points of one kind with their cosines at λ = 0; point turns a row into a point.
  neighbours(title, array, row, point) {
    const {scene} = this, near = scene.get(array), cosines = scene.get(array + "_cos");
    if (!near || !cosines) return [];
    const width = scene.header.arrays[array].shape[1] ?? 5, list = element("ol");
    for (let n = 0; n < width; n++) {
      const k = point(near[row * width + n]), button = element("button", undefined, "neighbour");
      if (!Number.isFinite(cosines[row * width + n])) continue;
      button.type = "button";
      if (k < scene.ni) {
        const picture = this.thumbnail(k, 28);
        if (picture) button.append(picture);
        button.append(element("span", this.name("label", k) || clean(scene.header.ids?.[k] ?? "image " + count(k + 1))));
      } else {
        button.append(element("span", ellipsis(this.caption(k - scene.ni), 60)));
      }
      button.append(element("span", fixed(cosines[row * width + n], 3), "cosine"));
      button.addEventListener("click", () => this.go(k));
      const item = element("li");
      item.append(button);
      list.append(item);
    }
    return list.children.length ? [element("h3", title), list] : [];
  }

  // points are the neighbours of point k across the gap, as points.
  points(k) {
    const {scene} = this, text = k >= scene.ni, near = scene.get(text ? "near_text_images" : "near_image_texts");
    if (!near) return [];
    const width = near.length / (text ? scene.nt : scene.ni), row = text ? k - scene.ni : k;
    return Array.from(near.subarray(row * width, (row + 1) * width), (n) => text ? n : scene.ni + n);
  }

  // thumbnail is a picture of image i of so many CSS pixels; null where there is none.
  thumbnail(i, side) {
    const t = this.scene.header.thumbnails;
    if (!t || i >= t.count) return null;
    const alt = this.scene.header.ids?.[i] ? clean(this.scene.header.ids[i]) : "image " + count(i + 1);
    if (t.url?.startsWith("/")) {
      const picture = element("img", undefined, "thumbnail");
      Object.assign(picture, {width: side, height: side, alt, src: t.url.replace("{i}", String(i))});
      return picture;
    }
    const canvas = element("canvas", undefined, "thumbnail");
    canvas.width = canvas.height = t.tile;
    canvas.style.width = canvas.style.height = side + "px";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", alt);
    canvas.dataset.tile = String(i);
    this.tile(i, canvas).catch(() => {}); // a picture that cannot be decoded leaves its place empty
    return canvas;
  }

  // tile draws tile i once its page is decoded. All pages but the last hold the same number of tiles.
  async tile(i, canvas) {
    const {tile, columns, pages} = this.scene.header.thumbnails;
    const first = await this.page(0), perPage = columns * Math.max(1, Math.round(first.naturalHeight / tile));
    const n = Math.floor(i / perPage), within = i % perPage;
    if (n >= pages.length) return;
    const page = n === 0 ? first : await this.page(n);
    canvas.getContext("2d").drawImage(page, within % columns * tile, Math.floor(within / columns) * tile, tile, tile, 0, 0, tile, tile);
    canvas.dataset.drawn = "true";
  }

  // page decodes a page once.
  page(n) {
    if (!this.pages.has(n)) {
      const picture = new Image();
      const page = this.scene.header.thumbnails.pages[n];
      // Held in the page, or served beside it; nothing else is a picture of this page's.
      if (page.startsWith("data:image/") || /^[/][^/]/.test(page)) picture.src = page;
      this.pages.set(n, picture.decode().then(() => picture));
    }
    return this.pages.get(n);
  }
}
