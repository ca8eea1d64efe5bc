const content = JSON.parse(document.getElementById("content").textContent);
const decode = decoderOf(content.decoder);
const rows = content.rows && { points: numbers(content.rows.points), entries: numbers(content.rows.entries) };
// Standard deviations of all codes from their means; sliders show some of them, rounded to their steps.
const points = new Array(content.nCodes).fill(0);

function element(name, attributes = {}, ...children) {
  const created = document.createElement(name);
  Object.entries(attributes).forEach(([attribute, value]) => created.setAttribute(attribute, value));
  created.append(...children);
  return created;
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}

function short(value) {
  const size = Math.abs(value);
  if (size >= 1e6 || (size && size < 1e-4)) return value.toExponential(2);
  return size >= 1000 ? value.toFixed(0) : value.toPrecision(3);
}

function percent(share) {
  return `${(100 * share).toFixed(share > 0 && share < 0.0995 ? 1 : 0)}\u00a0%`;
}

// Lines may break after a character that separates words.
function breakable(name) {
  return name.replace(/[_/.=-]/g, "$&\u200b");
}

// Images and sequences: one figure for the decoded row, one for the original.

function drawImage(canvas, row) {
  const [height, width, channels] = content.shape;
  const [low, high] = content.limits;
  const isColor = channels === 3;
  Object.assign(canvas, { width, height });
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let color = 0; color < 3; color++) {
      const value = (row[pixel * channels + (isColor ? color : 0)] - low) / (high - low || 1);
      const isReversed = !isColor && content.cmap === "gray_r";
      image.data[4 * pixel + color] = 255 * clip(isReversed ? 1 - value : value, 0, 1);
    }
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function drawLines(canvas, row) {
  const [steps, channels] = content.shape;
  const [low, high] = content.limits;
  const style = getComputedStyle(document.documentElement);
  Object.assign(canvas, { width: 800, height: 300 });
  const context = canvas.getContext("2d");
  context.lineWidth = 3;
  for (let channel = 0; channel < channels; channel++) {
    context.strokeStyle = style.getPropertyValue(channel ? "--below" : "--above");
    context.beginPath();
    for (let step = 0; step < steps; step++) {
      const value = (row[step * channels + channel] - low) / (high - low || 1);
      context.lineTo((800 * step) / Math.max(steps - 1, 1), 280 - 260 * value);
    }
    context.stroke();
  }
}

function pictures(section) {
  const draw = content.kind === "image" ? drawImage : drawLines;
  const [decoded, original] = ["Decoded", "Original"].map((name) => {
    const canvas = element("canvas", { role: "img", "aria-label": `${name} row` });
    const figure = element("figure", {}, canvas, element("figcaption", {}, name));
    section.append(figure);
    return { canvas, figure };
  });
  return (row, originalRow) => {
    draw(decoded.canvas, row);
    original.figure.hidden = !originalRow;
    if (originalRow) draw(original.canvas, originalRow);
  };
}

// Tables: one line for each column of X.

function numberCells(mean, scale) {
  return {
    text: ([value]) => short(value),
    // Bars reach three standard deviations.
    bar: ([value]) => (value - mean[0]) / scale[0] / 3,
  };
}

// The most probable category. Of two categories, the entry is the probability of the second.
function categoryCells(categories, mean) {
  const probabilities = (values) => {
    const shares = values.length === 1 && categories.length === 2 ? [1 - values[0], values[0]] : values;
    const positive = shares.map((share) => Math.max(share, 0) + 1e-9);
    const sum = positive.reduce((total, share) => total + share, 0);
    return positive.map((share) => share / sum);
  };
  const likely = (values) => {
    const shares = probabilities(values);
    return shares.indexOf(Math.max(...shares));
  };
  return {
    text: (values) => `${categories[likely(values)]} ${percent(probabilities(values)[likely(values)])}`,
    // How much more probable it is than in the mean row.
    bar: (values) => probabilities(values)[likely(values)] - probabilities(mean)[likely(values)],
  };
}

function table(section) {
  const means = Array.from(numbers(content.mean));
  const scales = numbers(content.scale);
  let end = 0;
  const body = element("tbody");
  const lines = content.columns.map(({ name, size, categories }) => {
    const start = end;
    end += size;
    const entries = (row) => row.slice(start, end);
    const cells = categories ? categoryCells(categories, entries(means)) : numberCells(entries(means), entries(scales));
    const kind = categories ? "category" : "number";
    const [decoded, mean, original] = [0, 1, 2].map(() => element("td", { class: kind }));
    const bar = element("i");
    const place = element("td", { class: "bar", "aria-hidden": "true" }, bar);
    mean.textContent = cells.text(entries(means));
    body.append(element("tr", {}, element("th", { scope: "row" }, breakable(name)), decoded, mean, original, place));
    return (row, originalRow) => {
      decoded.textContent = cells.text(entries(row));
      original.textContent = originalRow ? cells.text(entries(originalRow)) : "";
      const length = clip(cells.bar(entries(row)), -1, 1);
      bar.className = length < 0 ? "below" : "";
      bar.style.left = `${50 + 50 * Math.min(length, 0)}%`;
      bar.style.width = `${50 * Math.abs(length)}%`;
    };
  });
  const heads = ["decoded", "mean", "original"].map((name) => element("th", { scope: "col", class: "number" }, name));
  const head = element("tr", {}, element("th", { scope: "col" }, "column"), ...heads, element("td", { class: "bar" }));
  const hasCategories = content.columns.some(({ categories }) => categories);
  const ofCategories = hasCategories ? ", or the change of the probability of a category" : "";
  const caption = element("caption", {}, `Bars: standard deviations from the mean, up to 3${ofCategories}.`);
  const whole = element("table", {}, caption, element("thead", {}, head), body);
  section.append(whole);
  return (row, originalRow) => {
    whole.classList.toggle("compared", Boolean(originalRow));
    lines.forEach((showLine) => showLine(row, originalRow));
  };
}

// Sliders, and rows to start from.

document.body.className = content.kind;
const showRow = (content.kind === "plain" ? table : pictures)(document.getElementById("decoded"));
const start = document.getElementById("start");
const nEntries = decode(points).length;
let original = null;

const sliders = content.sliders.map(({ dim, name, share, low, high }) => {
  const id = `code-${dim}`;
  const input = element("input", { type: "range", id, min: low, max: high, step: content.step });
  const output = element("output", { for: id });
  const explained = share === null ? "" : `${percent(share)} of variance`;
  const label = element("label", { for: id }, name);
  const code = element("div", { class: "code" }, label, element("small", {}, explained), output, input);
  document.getElementById("sliders").append(code);
  input.addEventListener("input", () => {
    points[dim] = input.valueAsNumber;
    show();
  });
  return () => {
    input.value = points[dim];
    input.setAttribute("aria-valuetext", `${signed(points[dim])} standard deviations`);
    output.textContent = `${signed(points[dim])} sd`;
  };
});

function show() {
  sliders.forEach((showSlider) => showSlider());
  showRow(decode(points), original);
}

function startAt(number) {
  const isMean = number < 0;
  // The rows of a grid are those of the sliders alone.
  const moves = (dim) => !isMean && (!content.decoder.dims || content.decoder.dims.includes(dim));
  points.forEach((_, dim) => {
    points[dim] = moves(dim) ? rows.points[number * points.length + dim] : 0;
  });
  original = isMean ? null : Array.from(rows.entries.subarray(number * nEntries, (number + 1) * nEntries));
  start.value = number;
  show();
}

if (rows) {
  ["the mean", ...content.rows.names].forEach((name, number) => {
    start.append(element("option", { value: number - 1 }, name));
  });
  start.addEventListener("change", () => startAt(Number(start.value)));
  document.getElementById("choice").hidden = false;
}
document.getElementById("reset").addEventListener("click", () => startAt(-1));
document.getElementById("note").textContent = content.note;
startAt(-1);

// A frame of the same origin, as in a notebook, becomes as high as the page.
if (window.frameElement) {
  new ResizeObserver(() => {
    window.frameElement.style.height = `${document.documentElement.offsetHeight}px`;
  }).observe(document.body);
}

// What the page shows, for other scripts.
window.codeExplorer = { points, row: () => decode(points), startAt };
