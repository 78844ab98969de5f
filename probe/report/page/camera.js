// The camera: which part of a map the stage shows. A unit is equally long on both axes, because a map shows distances.

class Camera {
  constructor() {
    this.width = 1; // of the stage, in CSS pixels
    this.height = 1;
    this.x = 0; // the middle of the stage, on the map
    this.y = 0;
    this.scale = 1; // CSS pixels a unit
    this.fitted = 1; // the scale that showed everything
  }

  // resize keeps the middle where it is, and what is seen of the map as large a share of the smaller side as it was.
  resize(width, height) {
    const before = Math.min(this.width, this.height);
    this.scale *= Math.min(width, height) / before;
    this.fitted *= Math.min(width, height) / before;
    this.width = width;
    this.height = height;
  }

  // fit shows all of {left, right, bottom, top} with a margin.
  fit(bounds) {
    const w = Math.max(bounds.right - bounds.left, 1e-9), h = Math.max(bounds.top - bounds.bottom, 1e-9);
    this.x = (bounds.left + bounds.right) / 2;
    this.y = (bounds.bottom + bounds.top) / 2;
    this.scale = 0.92 * Math.min(this.width / w, this.height / h);
    this.fitted = this.scale;
  }

  // pan moves what is seen by so many pixels.
  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y += dy / this.scale;
  }

  // zoom enlarges by a factor about a place of the stage, which stays where it is.
  zoom(factor, px, py) {
    const to = Math.max(this.fitted / 8, Math.min(this.fitted * 2000, this.scale * factor));
    const dx = px - this.width / 2, dy = this.height / 2 - py;
    this.x += dx / this.scale - dx / to;
    this.y += dy / this.scale - dy / to;
    this.scale = to;
  }

  // toStage turns a place of the map into pixels from the upper left corner; toMap is its inverse.
  toStage(x, y) {
    return [this.width / 2 + (x - this.x) * this.scale, this.height / 2 - (y - this.y) * this.scale];
  }

  toMap(px, py) {
    return [this.x + (px - this.width / 2) / this.scale, this.y + (this.height / 2 - py) / this.scale];
  }
}

// boundsOf is the rectangle around the finite ones of n places.
function boundsOf(places, n) {
  const b = {left: Infinity, right: -Infinity, bottom: Infinity, top: -Infinity};
  for (let k = 0; k < n; k++) {
    const x = places[2 * k], y = places[2 * k + 1];
    if (!Number.isFinite(x + y)) continue;
    b.left = Math.min(b.left, x);
    b.right = Math.max(b.right, x);
    b.bottom = Math.min(b.bottom, y);
    b.top = Math.max(b.top, y);
  }
  return b.left <= b.right ? b : {left: -1, right: 1, bottom: -1, top: 1};
}
