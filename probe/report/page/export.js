// Taking things away: every figure as SVG, PNG and CSV, the map as it is seen, and the command. All of it is made here, from what the page
// holds.

// save hands the reader a file.
function save(name, blob) {
  const link = element("a"), url = URL.createObjectURL(blob);
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

// standalone is the text of an SVG of the page as a file of its own.
function standalone(svg) {
  const copy = svg.cloneNode(true);
  const [, , width, height] = svg.getAttribute("viewBox").split(" ");
  copy.setAttribute("width", width);
  copy.setAttribute("height", height);
  for (const part of copy.querySelectorAll(".live-line")) part.remove();
  return new XMLSerializer().serializeToString(copy);
}

// picture draws an SVG at so many pixels a unit and returns the PNG.
async function picture(svg, scale) {
  const image = new Image(), url = URL.createObjectURL(new Blob([standalone(svg)], {type: "image/svg+xml"}));
  try {
    image.src = url;
    await image.decode();
    const canvas = element("canvas");
    canvas.width = Math.round(image.width * scale);
    canvas.height = Math.round(image.height * scale);
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((done) => canvas.toBlob(done, "image/png"));
  } finally {
    URL.revokeObjectURL(url);
  }
}

// watchExports connects the buttons under the figures and the one of the command; tell says what was done.
function watchExports(tell) {
  const tables = readJSON("tables") ?? {};
  for (const bar of document.querySelectorAll(".exports[data-figure]")) {
    const name = bar.dataset.figure, svg = bar.closest("figure").querySelector("svg");
    bar.addEventListener("click", async (event) => {
      const kind = event.target.dataset?.export;
      if (kind === "svg") save(name + ".svg", new Blob([standalone(svg)], {type: "image/svg+xml"}));
      else if (kind === "png") save(name + ".png", await picture(svg, 2));
      else if (kind === "csv") save(name + ".csv", new Blob([tables[name]], {type: "text/csv"}));
      else return;
      tell(`Saved ${name}.${kind}.`);
    });
  }
  byID("copy-command")?.addEventListener("click", () => {
    const text = byID("command").textContent;
    const selected = () => {
      // Where the clipboard is refused, as in some browsers for a page from disk, the text is selected instead.
      getSelection().selectAllChildren(byID("command"));
      return document.execCommand("copy");
    };
    (navigator.clipboard ? navigator.clipboard.writeText(text).then(() => true, selected) : Promise.resolve(selected()))
      .then((done) => tell(done ? "The command is copied." : "The command is selected; copy it with your keyboard."));
  });
}

// saveMap saves what the stage shows, on the page's ground.
function saveMap(cloud) {
  const {canvas} = cloud, copy = element("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  const pen = copy.getContext("2d");
  pen.fillStyle = getComputedStyle(document.body).backgroundColor;
  pen.fillRect(0, 0, copy.width, copy.height);
  cloud.draw(); // what WebGL drew is there until the browser has shown it
  pen.drawImage(canvas, 0, 0);
  copy.toBlob((blob) => save(`map-${cloud.map.method}.png`, blob), "image/png");
}
