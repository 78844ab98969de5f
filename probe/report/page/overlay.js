// What lies over the points: the centroids and the gap between them, the point in focus with lines to its nearest neighbours, and the outline
// of a selection being drawn. A dozen elements of SVG, so that lines are sharp and follow the page's colours.

class Overlay {
  constructor(cloud, svg) {
    this.cloud = cloud;
    this.svg = svg;
    this.outline = null; // of the lasso, in pixels of the stage
    this.neighbours = []; // points
    this.parts = {
      neighbours: shape("path", {class: "neighbours"}), gap: shape("path", {class: "gap"}), images: shape("path", {class: "centroid image"}),
      texts: shape("path", {class: "centroid text"}), ring: shape("circle", {class: "ring", r: 9}), halo: shape("circle", {class: "halo", r: 9}), lasso: shape("path", {class: "lasso"}),
    };
    svg.append(...["neighbours", "gap", "images", "texts", "halo", "ring", "lasso"].map((name) => this.parts[name]));
    cloud.after.push(() => this.draw());
  }

  draw() {
    const {cloud, parts} = this, {camera} = cloud;
    this.svg.setAttribute("viewBox", `0 0 ${camera.width} ${camera.height}`);
    const [ix, iy] = camera.toStage(...cloud.centroid("images")), [tx, ty] = camera.toStage(...cloud.centroid("texts"));
    const diamond = (x, y) => `M${x} ${y - 8}L${x + 8} ${y}L${x} ${y + 8}L${x - 8} ${y}Z`;
    parts.images.setAttribute("d", diamond(ix, iy));
    parts.texts.setAttribute("d", diamond(tx, ty));
    parts.gap.setAttribute("d", `M${ix} ${iy}L${tx} ${ty}`);
    const at = cloud.place(cloud.focus);
    parts.ring.toggleAttribute("hidden", !at);
    parts.halo.toggleAttribute("hidden", !at);
    let lines = "";
    if (at) {
      const [x, y] = camera.toStage(...at);
      for (const part of [parts.ring, parts.halo]) {
        part.setAttribute("cx", x);
        part.setAttribute("cy", y);
      }
      for (const k of this.neighbours) {
        const to = cloud.place(k);
        if (to) lines += `M${x} ${y}L${camera.toStage(...to).join(" ")}`;
      }
    }
    parts.neighbours.setAttribute("d", lines);
    parts.lasso.setAttribute("d", this.outline ? "M" + this.outline.map((p) => p.join(" ")).join("L") + "Z" : "");
  }
}

// showLegend lists what the colours and the shapes mean.
function showLegend(legend) {
  byID("legend").replaceChildren(...legend.map((entry) => {
    const item = element("span", "", "key"), picture = shape("svg", {viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true"});
    const colour = css(entry.colour);
    if (entry.kind !== "text") picture.append(shape("circle", {cx: entry.kind === "both" ? 5 : 8, cy: 8, r: entry.kind === "both" ? 4 : 5, fill: colour}));
    if (entry.kind !== "image") picture.append(shape("path", {d: entry.kind === "both" ? "M12 3L16 8L12 13L8 8Z" : "M8 2L14 8L8 14L2 8Z", fill: colour}));
    item.append(picture, element("span", entry.label));
    return item;
  }));
}
