// Finding points: the nearest to a place, the next in a direction, those within an outline. Each is one pass over typed arrays, some
// milliseconds for 200,000 points, so that no index has to follow the clouds when they move.

// nearest is the point nearest to (x, y) within a distance, or −1. places holds all images and then all texts; of these, only the first
// `images` and `texts` are there.
function nearest(places, ni, images, texts, x, y, within) {
  let best = -1, least = within * within;
  const scan = (from, to) => {
    for (let k = from; k < to; k++) {
      const dx = places[2 * k] - x, dy = places[2 * k + 1] - y, d = dx * dx + dy * dy;
      if (d < least) {
        least = d;
        best = k;
      }
    }
  };
  scan(0, images);
  scan(ni, ni + texts);
  return best;
}

// toward is the nearest point in a direction (dx, dy) from a point, or −1: of those within 60° of it, the one with the least distance, where a
// distance across counts twice.
function toward(places, ni, images, texts, from, dx, dy) {
  const x = places[2 * from], y = places[2 * from + 1];
  let best = -1, least = Infinity;
  const scan = (first, last) => {
    for (let k = first; k < last; k++) {
      if (k === from) continue;
      const ex = places[2 * k] - x, ey = places[2 * k + 1] - y;
      const along = ex * dx + ey * dy, across = Math.abs(ex * dy - ey * dx);
      if (!(along > 0) || across > 1.7321 * along) continue;
      const d = along + 2 * across;
      if (d < least) {
        least = d;
        best = k;
      }
    }
  };
  scan(0, images);
  scan(ni, ni + texts);
  return best;
}

// within returns which points lie inside an outline [x0, y0, x1, y1, …] of the map, by the rule of even and odd crossings.
function within(places, ni, images, texts, outline) {
  const inside = {images: [], texts: []};
  const box = boundsOf(outline, outline.length / 2);
  const scan = (first, last, into) => {
    for (let k = first; k < last; k++) {
      const x = places[2 * k], y = places[2 * k + 1];
      if (x >= box.left && x <= box.right && y >= box.bottom && y <= box.top && encloses(outline, x, y)) into.push(k - first);
    }
  };
  scan(0, images, inside.images);
  scan(ni, ni + texts, inside.texts);
  return inside;
}

// encloses says whether (x, y) lies inside the outline, which closes itself.
function encloses(outline, x, y) {
  let inside = false;
  const n = outline.length / 2;
  for (let i = 0, j = n - 1; i < n; j = i++) {
    const xi = outline[2 * i], yi = outline[2 * i + 1], xj = outline[2 * j], yj = outline[2 * j + 1];
    if (yi > y !== yj > y && x < (xj - xi) * (y - yi) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}
