const whole = (values) => values.map((value) => (value === null ? null : value / 1000));
const LONE = new Map([["own", ""], ["external", " (external)"]]);
const pairLabel = ({ strategy, model }) => strategy + (LONE.get(model) ?? ` + ${model}`);
const brief = (text, most = 40) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
const escaped = (text) => brief(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
const percent = (share) => `${Math.round(share * 100)} %`;
const axisTitle = (text, others = {}) => ({ title: { text }, range: [-0.02, 1.02], zeroline: false, ...others });

/** A mean line with its band from the lowest fold to the highest. */
function banded(x, [mean, low, high], name, colour, dash = "solid") {
  const edge = { type: "scatter", mode: "lines", x, line: { width: 0 }, hoverinfo: "skip", showlegend: false };
  const fill = { fill: "tonexty", fillcolor: `${colour}26` };
  const line = { type: "scatter", mode: "lines", x, y: whole(mean), name, line: { color: colour, width: 2, dash },
    hovertemplate: "%{x:.2f}, %{y:.3f}<extra></extra>" };
  return [{ ...edge, y: whole(low) }, { ...edge, y: whole(high), ...fill }, line];
}

function straight(x, y, name) {
  return { type: "scatter", mode: "lines", x, y, name, line: { color: "$muted", width: 1, dash: "dot" }, hoverinfo: "skip" };
}

function layoutOf(x, y) {
  return { height: 340, xaxis: x, yaxis: y, showlegend: true,
    legend: { orientation: "h", yref: "container", y: 0, yanchor: "bottom", x: 0, traceorder: "normal" },
    margin: { l: 55, r: 15, t: 10, b: 85 } };
}

const DRAWINGS = {
  pr({ curves }, others) {
    const x = DATA.grids.recall, share = curves.share / 1000;
    const at = x.findIndex((recall) => recall >= 0.8);
    return {
      data: [...others((c) => c.pr, x), straight([0, 1], [share, share], "chance")],
      layout: layoutOf(axisTitle("recall"), axisTitle("precision")),
      finding: `Finding 80 % of the positives, ${percent(curves.pr[0][at] / 1000)} of the alarms are right (chance: ${percent(share)})`,
    };
  },
  roc({ curves }, others) {
    const x = DATA.grids.alarms;
    const at = x.findIndex((rate) => rate >= 0.1);
    return {
      data: [...others((c) => c.roc, x), straight([0, 1], [0, 1], "chance")],
      layout: layoutOf(axisTitle("false positive rate"), axisTitle("recall (true positive rate)")),
      finding: `With ${percent(x[at])} of the negatives as false alarms it finds ${percent(curves.roc[0][at] / 1000)} of the positives`,
    };
  },
  cut({ curves }) {
    const { low, high, metric, precision, recall, tuned } = curves.cut;
    const x = DATA.grids.cut.map((share) => low + share * (high - low));
    const lines = [
      { y: precision, name: "precision", line: { color: COLOURS.vermilion, dash: "dash" } },
      { y: recall, name: "recall", line: { color: COLOURS.green, dash: "dot" } },
    ].map((line) => ({ type: "scatter", mode: "lines", x, ...line, y: whole(line.y) }));
    const marks = [[curves.cut.default, "default"]];
    if (tuned.length) marks.push([tuned.reduce((a, b) => a + b, 0) / tuned.length, `${DATA.words.rule}, mean`]);
    const layout = layoutOf(axisTitle("threshold: positive above it", { range: [low, high] }), axisTitle("score"));
    layout.shapes = marks.map(([at]) => ({ type: "line", x0: at, x1: at, y0: 0, y1: 1, line: { color: "$muted", width: 1, dash: "dot" } }));
    layout.annotations = marks.map(([at, text], i) => ({ x: at, y: 1 + 0.07 * i, yref: "paper", yanchor: "bottom", text, showarrow: false, font: { size: 11 } }));
    layout.margin.t = 45;
    const band = metric ? banded(x, metric, DATA.words.metric, COLOURS.blue) : [];
    return { data: [...band, ...lines], layout, finding: cutFinding(x, curves.cut) };
  },
  bins({ curves }, others) {
    if (!curves.bins) return null;
    const { x, y, rows } = curves.bins;
    const total = rows.reduce((a, b) => a + b, 0);
    const mean = (values) => values.reduce((sum, value, i) => sum + (value / 1000) * rows[i], 0) / total;
    const promised = mean(x), true_ = mean(y);
    const verdict = promised > true_ * 1.1 ? "too high" : promised < true_ * 0.9 ? "too low" : "right in the mean";
    return {
      data: [...others((c) => c.bins && [c.bins.y, c.bins.low, c.bins.high], (c) => whole(c.bins.x), "lines+markers"),
        straight([0, 1], [0, 1], "right")],
      layout: layoutOf(axisTitle("predicted probability (mean of a tenth)"), axisTitle("share of positives")),
      finding: `Probabilities are ${verdict}: ${promised.toFixed(3)} is promised, ${true_.toFixed(3)} is true`,
    };
  },
};

function cutFinding(x, { metric, tuned, default: usual }) {
  if (!metric) return "The suite has no metric that depends on a threshold alone";
  const nearest = (at) => x.reduce((best, value, i) => (Math.abs(value - at) < Math.abs(x[best] - at) ? i : best), 0);
  const best = metric[0].indexOf(Math.max(...metric[0]));
  const lost = (metric[0][best] - metric[0][nearest(usual)]) / 1000;
  const chosen = tuned.length ? `; the folds chose ${Math.min(...tuned).toFixed(2)} to ${Math.max(...tuned).toFixed(2)}` : "";
  return `${DATA.words.metric} peaks at ${x[best].toFixed(2)} on the test rows (optimistic); ${usual} loses ${lost.toFixed(3)}${chosen}`;
}

/** The lines of a pair and of the one beside it. */
function sideBySide(pair, other) {
  const shown = [[pair, COLOURS.blue, "solid"], [other, COLOURS.vermilion, "dash"]].filter(([p]) => p && typeof p.curves === "object");
  return (part, x, mode = "lines") => shown.flatMap(([p, colour, dash]) => {
    const curve = part(p.curves);
    if (!curve) return [];
    const lines = banded(typeof x === "function" ? x(p.curves) : x, curve, escaped(pairLabel(p)), colour, dash);
    lines[2].mode = mode;
    return lines;
  });
}

function showCurves(pair, other) {
  const missing = document.getElementById("pair-missing");
  const has = typeof pair.curves === "object";
  missing.hidden = has;
  missing.textContent = has ? "" : `No curves: ${pair.curves}.`;
  for (const [name, drawing] of Object.entries(DRAWINGS)) {
    const plot = document.getElementById(`${name}-plot`);
    const found = has ? drawing(pair, sideBySide(pair, other)) : null;
    plot.closest(".chart").hidden = !has;
    const text = document.getElementById(`${name}-finding`);
    text.textContent = found ? found.finding : "Left out: the model gives no probabilities";
    plot.hidden = !found;
    if (found) draw(plot, found.data, found.layout);
    else erase(plot);
  }
}

function showSearch(pair) {
  const plot = document.getElementById("history-plot"), text = document.getElementById("history-finding");
  plot.hidden = !pair.history;
  if (pair.history) {
    const mean = whole(pair.history[0]), last = mean.length - 1;
    const trials = mean.map((_, i) => i + 1);
    const y = axisTitle(`best inner ${DATA.words.headline} so far`, { range: undefined });
    draw(plot, banded(trials, pair.history, "best so far", COLOURS.blue),
      { ...layoutOf(axisTitle("trial", { range: undefined, dtick: Math.ceil(mean.length / 10) }), y), showlegend: false });
    const when = mean.indexOf(mean[last]) + 1;
    text.textContent = when === 1
      ? `None of ${mean.length} trials beats the defaults, at an inner ${DATA.words.headline} of ${mean[0].toFixed(3)}`
      : `${mean.length} trials take the inner ${DATA.words.headline} from ${mean[0].toFixed(3)} to ${mean[last].toFixed(3)}, the last step at trial ${when}`;
  } else {
    erase(plot);
    text.textContent = "No search: one trial a cell, the defaults";
  }
  const rows = Object.entries(pair.chosen).map(([name, values]) => {
    const row = element("tr");
    row.append(element("th", name, { scope: "row" }), element("td", values.join(", "), { class: "text" }));
    return row;
  });
  const none = element("tr");
  none.append(element("td", "This pair has no parameters."));
  document.querySelector("#chosen tbody").replaceChildren(...(rows.length ? rows : [none]));
}

function startPair() {
  const [dataset, name, beside] = ["dataset", "name", "other"].map((part) => document.getElementById(`pair-${part}`));
  if (!dataset) return;
  const inDataset = () => DATA.pairs.filter((pair) => pair.dataset === datasets[dataset.value]);
  const datasets = [...new Set(DATA.pairs.map((pair) => pair.dataset))];
  const show = () => {
    const pairs = inDataset();
    const pair = pairs[Number(name.value)];
    showCurves(pair, beside.value === "" ? null : pairs[Number(beside.value)]);
    showSearch(pair);
  };
  const twin = () => {
    const pairs = inDataset(), pair = pairs[Number(name.value)];
    const found = pairs.findIndex((p) => p.strategy === DATA.words.baseline && p.model === pair.model && p !== pair);
    beside.value = found < 0 ? "" : String(found);
  };
  const fill = () => {
    const options = () => inDataset().map((pair, i) => new Option(pairLabel(pair), String(i)));
    name.replaceChildren(...options());
    beside.replaceChildren(new Option("nothing", ""), ...options());
    twin();
    show();
  };
  dataset.replaceChildren(...datasets.map((text, i) => new Option(text, String(i))));
  dataset.addEventListener("change", fill);
  name.addEventListener("change", () => { twin(); show(); });
  beside.addEventListener("change", show);
  fill();
}
