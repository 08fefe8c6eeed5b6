// An invocation's input as a curl line.
import { curl } from "./as-code.js";

const carried = JSON.parse(document.getElementById("carried").textContent);

document.addEventListener("click", (event) => {
  const copier = event.target.closest("[data-copy-curl]");
  if (copier) copier.dataset.copyText = curl(Object.fromEntries(Object.entries(carried).filter(([, value]) => value !== null && value !== "")));
}, { capture: true });
