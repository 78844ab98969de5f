// How numbers and foreign strings are written: the rules of format.go and style.go, so that the live part and the rest of the page agree.

// fixed writes v with the given decimals and a true minus sign; an undefined value is an en dash.
function fixed(v, decimals) {
  if (!Number.isFinite(v)) return "–";
  const text = v.toFixed(decimals);
  // Nothing but zeros has no sign.
  return /[1-9]/.test(text) ? text.replace("-", "−") : text.replace("-", "");
}

// number writes v with about three significant digits.
function number(v) {
  const size = Math.abs(v);
  if (!Number.isFinite(v)) return "–";
  if (size === 0) return "0";
  if (size >= 1e6 || size < 1e-4) return v.toExponential(2).replaceAll("-", "−");
  if (size >= 100) return fixed(v, 1);
  if (size >= 10) return fixed(v, 2);
  return fixed(v, size >= 0.01 ? 3 : 5);
}

// percent writes a share.
function percent(v, decimals) {
  return Number.isFinite(v) ? fixed(100 * v, decimals) + "%" : "–";
}

// signed writes a change or a λ with its sign, except zero.
function signed(v, decimals) {
  const text = fixed(v, decimals);
  return v > 0 && /[1-9]/.test(text) ? "+" + text : text;
}

// count writes n with thousands separators.
function count(n) {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

// ordinal writes which one of several something is.
function ordinal(n) {
  const last = n % 10, teen = Math.floor(n / 10) % 10 === 1;
  return count(n) + (teen ? "th" : ["th", "st", "nd", "rd"][last] ?? "th");
}

// plural writes a number of things.
function plural(n, noun) {
  return count(n) + " " + noun + (n === 1 ? "" : /(s|ch)$/.test(noun) ? "es" : "s");
}

// clean shows control characters and those that steer the direction of text as their code points, so that no name can read as another.
function clean(text) {
  return String(text ?? "").replace(/[\n\r\t]/g, " ").replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g,
    (c) => "⟨U+" + c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0") + "⟩");
}

// ellipsis cuts text to n characters.
function ellipsis(text, n) {
  const letters = Array.from(text);
  return letters.length <= n ? text : letters.slice(0, n - 1).join("") + "…";
}

// wilson is the 95% interval of a share of n, as Wilson (1927) has it and gap.Wilson computes it.
function wilson(right, n) {
  if (n === 0) return [NaN, NaN];
  const z = 1.959963984540054, share = right / n, z2 = z * z;
  const middle = (share + z2 / (2 * n)) / (1 + z2 / n);
  const half = z / (1 + z2 / n) * Math.sqrt(share * (1 - share) / n + z2 / (4 * n * n));
  return [right === 0 ? 0 : Math.max(0, middle - half), right === n ? 1 : Math.min(1, middle + half)];
}

// element makes an element with text, which no string can turn into markup.
function element(name, text, className) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

// shape makes an element of an SVG.
function shape(name, attributes) {
  const e = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) e.setAttribute(key, value);
  return e;
}

// byID finds an element of the page.
function byID(id) {
  return document.getElementById(id);
}
