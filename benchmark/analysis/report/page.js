/** Copy the suite; where the browser gives no clipboard to a page, select it instead. */
async function copySuite() {
  const suite = document.getElementById("suite"), said = document.getElementById("copied");
  try {
    await navigator.clipboard.writeText(suite.textContent);
    said.textContent = "Copied.";
  } catch {
    window.getSelection().selectAllChildren(suite);
    said.textContent = "Selected: copy it with the keyboard.";
  }
}

document.getElementById("copy").addEventListener("click", copySuite);
startBoard();
startCharts();
startPair();
