// Shows below a field how long its text is, and marks the field if the text is too long. The user can
// submit it nevertheless: the server decides.

const NEAR_THE_MAXIMUM = 0.9;
const numbers = new Intl.NumberFormat(document.documentElement.lang);

// As the server counts: code points, in a single line without white space at the beginning and at the
// end. In `value`, a line break is one character.
function countCharacters(field) {
  const text = field.tagName === "TEXTAREA" ? field.value : field.value.trim();
  return [...text].length;
}

function addCounter(counter) {
  const field = document.getElementById(counter.dataset.field);
  const maximum = Number(field.dataset.maximum);
  const wasInvalid = field.getAttribute("aria-invalid") === "true";

  function update() {
    const count = countCharacters(field);
    const isInvalid = wasInvalid || count > maximum;
    field.classList.toggle("is-invalid", isInvalid);
    field.setAttribute("aria-invalid", isInvalid);
    // Screen readers announce changes only near the maximum.
    counter.setAttribute("aria-live", count > maximum * NEAR_THE_MAXIMUM ? "polite" : "off");
    counter.textContent = counter.dataset.text
      .replace("{count}", numbers.format(count))
      .replace("{maximum}", numbers.format(maximum));
  }

  const description = field.getAttribute("aria-describedby") ?? "";
  field.setAttribute("aria-describedby", `${description} ${counter.id}`.trim());
  field.addEventListener("input", update);
  counter.hidden = false;
  update();
}

document.querySelectorAll(".counter").forEach(addCounter);
