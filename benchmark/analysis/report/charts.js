"use strict";

const DATA = JSON.parse(document.getElementById("data").textContent);
const ROOT = document.documentElement;
const COLOURS = { blue: "#0072B2", vermilion: "#D55E00", green: "#009E73", purple: "#CC79A7" };
const PRINT_WIDTH = 680;
const TOUCH = !window.matchMedia("(hover: hover)").matches;
const TEXTS = new Set(["name", "text", "ticktext"]); // a name may look like a role
const drawn = new Map();

/** The colours of the theme in use, from the style sheet. */
function theme() {
  const style = getComputedStyle(ROOT);
  const names = ["ink", "muted", "paper", "middle", "grid"];
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
}

/** A figure with `$ink` and the like replaced by colours. */
function coloured(value, colours) {
  if (Array.isArray(value)) return value.map((item) => coloured(item, colours));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, TEXTS.has(k) ? v : coloured(v, colours)]));
  }
  const isRole = typeof value === "string" && value[0] === "$" && value.slice(1) in colours;
  return isRole ? colours[value.slice(1)] : value;
}

/** The settings that every chart has. */
function baseLayout(colours) {
  const axis = { gridcolor: colours.grid, linecolor: colours.grid, fixedrange: TOUCH };
  const font = { color: colours.ink, family: "system-ui, sans-serif", size: 12 };
  const hoverlabel = { bgcolor: colours.paper, bordercolor: colours.muted, font: { color: colours.ink } };
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font, hoverlabel, axis,
    height: 320, margin: { l: 50, r: 20, t: 30, b: 50 }, dragmode: TOUCH ? false : "zoom",
  };
}

/** Draw a figure, now and whenever the theme changes. */
function draw(element, data, layout) {
  drawn.set(element, { data, layout });
  const colours = theme();
  const { axis, ...base } = baseLayout(colours);
  const given = coloured(layout, colours);
  const whole = {
    ...base, ...given,
    margin: { ...base.margin, ...given.margin },
    xaxis: { ...axis, ...given.xaxis },
    yaxis: { ...axis, ...given.yaxis },
  };
  const printing = ROOT.classList.contains("printing");
  if (layout.legend?.yref === "container" && (printing || element.clientWidth < 420)) {
    whole.margin.b += 30; // its names take a line each
    whole.height += 30;
  }
  if (printing) whole.width = PRINT_WIDTH / (element.closest(".grid") ? 2.1 : 1);
  const config = { responsive: true, displaylogo: false, displayModeBar: TOUCH ? false : "hover",
    modeBarButtonsToRemove: ["lasso2d", "select2d", "zoomIn2d", "zoomOut2d", "autoScale2d"] };
  return Plotly.react(element, coloured(data, colours), whole, config);
}

/** Draw every chart again. */
function redraw() {
  for (const [element, { data, layout }] of drawn) draw(element, data, layout);
}

/** Take a chart away. */
function erase(element) {
  if (drawn.delete(element)) Plotly.purge(element);
}

/** Draw the chart of a name in the view that is chosen. */
function showView(name, index) {
  const view = DATA.charts[name][index];
  document.querySelector(`[data-finding="${name}"]`).textContent = view.finding;
  draw(document.querySelector(`[data-chart="${name}"]`), view.data, view.layout);
}

function startCharts() {
  for (const name of Object.keys(DATA.charts)) showView(name, 0);
  for (const select of document.querySelectorAll("[data-views]")) {
    select.addEventListener("change", () => showView(select.dataset.views, Number(select.value)));
  }
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
  const printing = (on) => { ROOT.classList.toggle("printing", on); redraw(); };
  window.addEventListener("beforeprint", () => printing(true));
  window.addEventListener("afterprint", () => printing(false));
}
