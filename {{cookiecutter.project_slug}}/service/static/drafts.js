// Keeps the text of a form in this browser until the server has saved it. After an expired session, a
// lost connection or a step back in the history, the form shows the text again.

const MAX_AGE_MS = 7 * 24 * 60 * 60 * 1000;
const PREFIX = "draft ";
const LAST_SUBMISSION = "last submission";

// The user may not allow storage, or it may be full. Then there are no drafts.
function read(area, key) {
  try {
    return JSON.parse(window[area].getItem(key));
  } catch {
    return null;
  }
}

function write(area, key, value) {
  try {
    window[area].setItem(key, JSON.stringify(value));
  } catch {
    return;
  }
}

function remove(key) {
  try {
    localStorage.removeItem(key);
  } catch {
    return;
  }
}

function draftKeys() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

class Draft {
  constructor(notice) {
    this.notice = notice;
    this.form = notice.closest("form");
    this.fields = [...this.form.querySelectorAll("input[type=text], textarea")];
    const keyParts = [
      PREFIX.trim(),
      notice.dataset.member, // [template] if auth
      new URL(this.form.action).pathname,
    ];
    this.key = keyParts.join(" ");
    this.initialText = this.text("defaultValue");
    // The text with which the user began. If the server rejected a text and shows the form again,
    // the user began with an earlier page.
    this.base = this.initialText;
  }

  text(property = "value") {
    return Object.fromEntries(this.fields.map((field) => [field.name, field[property]]));
  }

  // Only a form that is as it was when the draft was begun is filled in.
  restore() {
    const draft = read("localStorage", this.key);
    if (!draft) {
      return;
    }
    if ("rejected" in this.notice.dataset) {
      this.base = draft.base;
    } else if (isSame(draft.base, this.initialText) && isSame(this.text(), this.initialText)) {
      this.setText(draft.text);
      this.notice.hidden = false;
    }
  }

  // What was typed before this script had been loaded.
  saveEarlyText() {
    if (!isSame(this.text(), this.initialText)) {
      this.save();
    }
  }

  setText(text) {
    for (const field of this.fields) {
      field.value = text[field.name] ?? "";
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }

  save() {
    const text = this.text();
    if (isSame(text, this.base)) {
      remove(this.key);
    } else {
      write("localStorage", this.key, { base: this.base, text, time: Date.now() });
    }
  }

  discard() {
    this.setText(this.initialText);
    this.notice.hidden = true;
    this.fields[0].focus();
  }

  // The same text gets the same idempotency key, so that it creates one post: after a step back to
  // the form, or if the response to the first request was lost. A form that the server shows again
  // with this text has the key that it needs.
  submit() {
    const text = this.text();
    const keyField = this.form.elements.idempotency_key;
    const last = read("sessionStorage", LAST_SUBMISSION);
    const isRepeated = last?.draft === this.key && isSame(last.text, text);
    if (keyField && isRepeated && !isSame(text, this.initialText)) {
      keyField.value = last.idempotencyKey;
    }
    const submission = { draft: this.key, text, idempotencyKey: keyField?.value };
    write("sessionStorage", LAST_SUBMISSION, submission);
  }
}

function removeExpiredDrafts() {
  for (const key of draftKeys()) {
    // A draft without a time is unreadable.
    if (!(Date.now() - read("localStorage", key)?.time <= MAX_AGE_MS)) {
      remove(key);
    }
  }
}

// If the text was changed in another tab since it was submitted, the draft stays.
function removeSavedDraft() {
  const last = read("sessionStorage", LAST_SUBMISSION);
  if (last && isSame(read("localStorage", last.draft)?.text, last.text)) {
    remove(last.draft);
  }
}

removeExpiredDrafts();
if (document.querySelector("[data-saved]")) {
  removeSavedDraft();
}
for (const notice of document.querySelectorAll(".draft")) {
  const draft = new Draft(notice);
  draft.restore();
  draft.saveEarlyText();
  draft.form.addEventListener("input", () => draft.save());
  draft.form.addEventListener("submit", () => draft.submit());
  notice.querySelector("button").addEventListener("click", () => draft.discard());
}
