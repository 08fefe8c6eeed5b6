// An invocation's input, carried on: into the playground, or into a curl line.
const carried = JSON.parse(document.getElementById("carried").textContent);

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-carry]")) sessionStorage.setItem("playground", JSON.stringify(carried));
  const copier = event.target.closest("[data-copy-curl]");
  if (!copier) return;
  const body = Object.fromEntries(Object.entries(carried).filter(([, value]) => value !== null && value !== ""));
  const quoted = `'${JSON.stringify(body).replaceAll("'", "'\\''")}'`;
  copier.dataset.copyText =
    `curl -X POST ${location.origin}/api/v1/invocations/ \\\n  -H "Authorization: Bearer $NEUROFLOW_KEY" -H "Content-Type: application/json" \\\n  -d ${quoted}`;
}, { capture: true });
