// Shows the preview of a body while it is typed. The button "Preview" does the same without a script.

const DELAY_MS = 1000;

const section = document.querySelector(".preview");
const [output, status] = section.querySelectorAll(".post-body, [aria-live]");
const { body, csrf_token: token } = section.closest("form").elements;
let timer;
let running = new AbortController();

function schedule(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(update, milliseconds);
}

async function update() {
  running.abort();
  running = new AbortController();
  const fields = new URLSearchParams({ csrf_token: token.value, body: body.value });
  const options = { method: "POST", body: fields, signal: running.signal };
  try {
    const response = await fetch(section.dataset.url, options);
    if (response.ok) {
      show(await response.text());
    } else if (response.status === 429) {
      // Above the rate limit, the preview is late.
      schedule(1000 * response.headers.get("Retry-After"));
    }
  } catch {
    // The network failed, or a newer request replaced this one. The last preview stays.
  }
}

function show(html) {
  // The server has sanitized the HTML.
  output.innerHTML = html;
  section.hidden = !html;
  status.textContent = html && section.dataset.message;
}

body.addEventListener("input", () => {
  status.textContent = "";
  schedule(DELAY_MS);
});
