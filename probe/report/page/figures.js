// The still figures of the page: those along λ carry a line at the λ of the slider, and what is wider than the page can be reached by keyboard.

// liveLines draws a line at λ into every panel with an axis of λ, and returns the function that moves them. A figure names its panels as
// "left right top bottom least greatest", in the units of its picture and of λ, apart by semicolons.
function liveLines() {
  const lines = [];
  for (const figure of document.querySelectorAll("figure[data-lambda-axes]")) {
    const svg = figure.querySelector("svg");
    for (const panel of figure.dataset.lambdaAxes.split(";")) {
      const [left, right, top, bottom, least, greatest] = panel.trim().split(" ").map(Number);
      const line = shape("line", {class: "live-line", y1: top, y2: bottom});
      svg.append(line);
      lines.push({line, at: (lambda) => left + (lambda - least) / (greatest - least) * (right - left)});
    }
  }
  return (lambda) => {
    for (const {line, at} of lines) {
      line.setAttribute("x1", at(lambda));
      line.setAttribute("x2", at(lambda));
    }
  };
}

// reachable lets the keyboard scroll what is wider than its frame, and leaves out of its way what is not.
function reachable() {
  const frames = Array.from(document.querySelectorAll(".scroll, .plot"));
  const look = (frame) => {
    const wide = frame.scrollWidth > frame.clientWidth + 1;
    if (!wide) {
      for (const name of ["tabindex", "role", "aria-label"]) frame.removeAttribute(name);
      return;
    }
    const title = frame.closest("figure")?.querySelector("figcaption b")?.textContent ?? frame.closest("section")?.querySelector("h2")?.textContent ?? "table";
    frame.setAttribute("tabindex", "0");
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "Scrollable: " + title);
  };
  const observer = new ResizeObserver((entries) => entries.forEach((entry) => look(entry.target)));
  for (const frame of frames) observer.observe(frame);
}
