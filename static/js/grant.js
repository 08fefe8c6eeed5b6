// The form of a grant, drawn from what the capability says of its terms.
import { Payload } from "./payload.js";

const { terms, path, error } = JSON.parse(document.getElementById("grant-form").textContent);
const form = document.querySelector("[data-grant]");
const payload = new Payload(form.querySelector("[data-payload]"), { compact: true });

payload.setSchema(terms, { fill: false });
if (error && path) {
  payload.refuse(path, error);
  if (payload.onForm) form.querySelector("[data-refused]").hidden = true;
}
form.addEventListener("submit", (event) => {
  if (!payload.read().ok) event.preventDefault();
});
