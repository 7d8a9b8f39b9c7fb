const FIRST_ROWS = 50;
const EVERY = "*";
const MEANS = "means";
const NAMES = ["dataset", "strategy", "model"];
const board = { sort: "rank", descending: false, all: false, extra: false,
  dataset: EVERY, strategy: EVERY, model: EVERY };

/** An element with a text: never with markup. */
function element(tag, text = "", attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** An element with a name that may be broken after an underscore or a sign. */
function nameElement(tag, name, attributes = {}) {
  const made = element(tag, "", attributes);
  for (const part of name.split(/(?<=[_+-])/)) made.append(part, document.createElement("wbr"));
  return made;
}

function boardColumns() {
  return DATA.board.columns
    .map((column, index) => ({ ...column, index }))
    .filter((column) => board.extra || !column.extra);
}

/** The rows that the filters leave, sorted; missing values last. */
function boardRows() {
  const means = board.dataset === MEANS;
  const rows = (means ? DATA.board.means : DATA.board.rows).filter((row) => NAMES.every(
    (name, i) => (means && i === 0) || board[name] === EVERY || board[name] === `=${row[i]}`,
  ));
  const column = DATA.board.columns.findIndex((c) => c.name === board.sort);
  const named = NAMES.indexOf(board.sort);
  const key = (row) => (named >= 0 ? row[named] : row[3][column]);
  const sign = board.descending ? -1 : 1;
  return rows.map((row, order) => ({ row, order, key: key(row) })).sort((a, b) => {
    if (a.key === null || b.key === null) return (a.key === null) - (b.key === null) || a.order - b.order;
    const less = named >= 0 ? a.key.localeCompare(b.key) : a.key - b.key;
    return sign * less || a.order - b.order;
  }).map(({ row }) => row);
}

function rounded(value, digits) { // as the terminal does: of two equally near, the even one
  const scaled = value * 10 ** digits;
  const isTie = Number.isInteger(value * 2 ** (digits + 1)) && Math.abs(scaled % 1) === 0.5;
  return (isTie ? 2 * Math.round(scaled / 2) / 10 ** digits : value).toFixed(digits);
}

function numberText(value, column) {
  if (value === null) return "–";
  const text = rounded(value, column.digits);
  if (Number(text) === 0) return text.replace("-", "");
  return (column.name.startsWith("gain") && value > 0 ? "+" : "") + text.replace("-", "−");
}

function boardCell(row, column) {
  const value = row[3][column.index], deviation = row[4][column.index];
  const cell = element("td", numberText(value, column), { class: "number" });
  if (column.name === "rank" && row[6]) cell.prepend(element("abbr", "≈", { title: "not significantly worse than the best" }), " ");
  const spread = value !== null && deviation !== null && !/^(rank|seconds|gain)/.test(column.name);
  if (spread) cell.append(element("small", ` ±${deviation.toFixed(2)}`));
  return cell;
}

function boardRow(row, columns) {
  const state = row[5];
  const line = element("tr", "", state ? { class: "partial" } : {});
  const names = board.dataset === MEANS ? row.slice(1, 3) : row.slice(0, 3);
  for (const name of names) line.append(nameElement("td", name, { class: "name" }));
  if (state) line.lastElementChild.append(element("small", state, { class: "state" }));
  for (const column of columns) line.append(boardCell(row, column));
  return line;
}

function boardHeading(name, title, higher) {
  const heading = element("th", "", { scope: "col" });
  if (!NAMES.includes(name)) heading.className = "number";
  if (board.sort === name) heading.setAttribute("aria-sort", board.descending ? "descending" : "ascending");
  const button = element("button", title, { type: "button", "data-sort": name });
  button.addEventListener("click", () => {
    board.descending = board.sort === name ? !board.descending : higher;
    board.sort = name;
    showBoard();
    document.querySelector(`#board [data-sort="${CSS.escape(name)}"]`).focus();
  });
  heading.append(button);
  return heading;
}

function showBoard() {
  const columns = boardColumns(), rows = boardRows();
  const shown = board.all ? rows : rows.slice(0, FIRST_ROWS);
  const names = board.dataset === MEANS ? NAMES.slice(1) : NAMES;
  const headings = element("tr");
  headings.append(...names.map((name) => boardHeading(name, name, false)));
  headings.append(...columns.map((c) => boardHeading(c.name, c.title, c.higher)));
  const table = document.getElementById("board");
  table.tHead.replaceChildren(headings);
  table.tBodies[0].replaceChildren(...shown.map((row) => boardRow(row, columns)));
  const total = (board.dataset === MEANS ? DATA.board.means : DATA.board.rows).length;
  document.getElementById("count").textContent =
    `${rows.length} of ${total} rows${shown.length < rows.length ? `, the first ${shown.length} shown` : ""}`;
  const more = document.getElementById("more");
  more.hidden = shown.length === rows.length;
  more.textContent = `Show all ${rows.length} rows`;
}

/** The choices of a filter; a name is told from a command by its sign. */
function fillFilter(select, index) {
  const names = [...new Set(DATA.board.rows.map((row) => row[index]))];
  if (index === 0 && DATA.board.means.length) select.add(new Option("mean over datasets", MEANS));
  select.add(new Option(`every ${NAMES[index]}`, EVERY));
  for (const name of names) select.add(new Option(name, `=${name}`));
  board[NAMES[index]] = select.value;
}

function startBoard() {
  if (!document.getElementById("board")) return;
  NAMES.forEach((name, index) => {
    const select = document.querySelector(`[data-filter="${name}"]`);
    fillFilter(select, index);
    select.addEventListener("change", () => { board[name] = select.value; showBoard(); });
  });
  const extra = document.querySelector('[data-filter="extra"]');
  extra.addEventListener("change", () => { board.extra = extra.checked; showBoard(); });
  document.getElementById("more").addEventListener("click", () => { board.all = true; showBoard(); });
  showBoard();
}
