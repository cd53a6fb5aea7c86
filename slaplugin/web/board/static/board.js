// Keeps the wallboard alive: counts time on, fetches what changed, tells what cannot be fetched.
// Without it the page is whole, too; it is then as old as its last load.
"use strict";

const EVERY_MS = 5000;
const SLOWEST_MS = 30000;
const PATIENCE_MS = 12000;
const STEADY = "en-GB";

const $ = (id) => document.getElementById(id);

// ---------------------------------------------------------------- time

// The helpdesk's clock minus this machine's, in ms. Each tick asks Date anew, so that a tab that
// slept shows the right time at once.
let offset = 0;
let openings = {};
let asOf = 0;

function now() {
  return Math.floor((Date.now() + offset) / 1000);
}

function setClock(seconds) {
  offset = seconds * 1000 - Date.now();
}

function openBetween(calendar, start, end) {
  const spans = openings[calendar];
  if (!spans) {
    return end - start;
  }
  let sum = 0;
  for (const [from, to] of spans) {
    sum += Math.max(0, Math.min(end, to) - Math.max(start, from));
  }
  return sum;
}

function opensAt(calendar, at) {
  const spans = openings[calendar];
  if (!spans || spans.some(([from, to]) => from <= at && at < to)) {
    return null;
  }
  const next = spans.find(([from]) => from > at);
  return next ? next[0] : Infinity;
}

function countdown(seconds) {
  const whole = Math.abs(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const rest = whole % 60;
  const two = (number) => String(number).padStart(2, "0");
  if (hours) {
    return `${hours}h ${two(minutes)}m`;
  }
  return minutes ? `${minutes}m ${two(rest)}s` : `${rest}s`;
}

function age(seconds) {
  for (const [least, unit, word] of [[172800, 86400, "days"], [7200, 3600, "h"], [120, 60, "min"]]) {
    if (seconds >= least) {
      return `${Math.floor(seconds / unit)} ${word}`;
    }
  }
  return `${Math.max(0, seconds)} s`;
}

function told(at, zone, options) {
  return new Intl.DateTimeFormat(STEADY, { timeZone: zone, hourCycle: "h23", ...options })
    .format(new Date(at * 1000)).replaceAll(",", "");
}

function say(element, words) {
  if (element && element.textContent !== words) {
    element.textContent = words;
  }
}

function tick() {
  const at = now();
  for (const time of document.querySelectorAll(".time[data-left]")) {
    count(time, at);
  }
  for (const stands of document.querySelectorAll(".stands")) {
    const opens = opensAt(stands.dataset.calendar, at);
    stands.closest(".line")?.classList.toggle("asleep", opens !== null);
    say(stands, opens === null ? "" : closedUntil(opens, stands.dataset.zone));
  }
  const clock = $("clock");
  if (clock) {
    const zone = clock.dataset.zone;
    say(clock, told(at, zone, { hour: "2-digit", minute: "2-digit", timeZoneName: "short" }));
  }
  const cycle = $("cycle");
  if (cycle) {
    say(cycle, age(at - Number(cycle.dataset.at)));
    const stale = $("stale");
    if (stale && "kept" in stale.dataset) {
      stale.hidden = at - Number(cycle.dataset.at) <= Number(cycle.dataset.patience);
      say(stale.querySelector("span"), age(at - Number(cycle.dataset.at)));
    }
  }
}

function closedUntil(opens, zone) {
  if (opens === Infinity) {
    return "closed now, the clock stands";
  }
  const parts = { weekday: "short", hour: "2-digit", minute: "2-digit" };
  return `closed until ${told(opens, zone, parts)}`;
}

function count(time, at) {
  const start = Number(time.dataset.left);
  const stood = "stands" in time.dataset;
  const left = stood ? start : start - openBetween(time.dataset.calendar, asOf, at);
  say(time, countdown(left));
  const line = time.closest(".line");
  if (line) {
    say(line.querySelector(".word"), left < 0 ? "over" : "left");
    line.classList.toggle("over", left < 0);
    line.classList.toggle("soon", left >= 0 && left < 900);
  }
}

function takeOpenings() {
  const element = $("openings");
  if (element) {
    openings = JSON.parse(element.dataset.openings);
    asOf = Number(element.dataset.asOf);
  }
}

// ---------------------------------------------------------------- news

let known = null;
let failures = 0;
let lostSince = 0;
let timer = 0;
let turn = 0;

async function refresh() {
  clearTimeout(timer);
  turn += 1;
  const mine = turn;
  try {
    const answer = await fetch(location.href, {
      headers: { Accept: "text/html", ...(known ? { "If-None-Match": known } : {}) },
      cache: "no-store",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (mine !== turn) {
      return; // something else was chosen meanwhile
    }
    if (answer.status === 401 || answer.status === 403) {
      lost("You are no longer let in: load the page again.");
    } else if (answer.status !== 200 && answer.status !== 304) {
      lost(`The daemon answers with ${answer.status}.`);
    } else {
      await take(answer);
    }
  } catch {
    if (mine !== turn) {
      return;
    }
    lost("The daemon does not answer.");
  }
  timer = setTimeout(refresh, Math.min(SLOWEST_MS, EVERY_MS * (failures ? 1.5 ** (failures - 1) : 1)));
}

async function take(answer) {
  if (answer.status === 200) {
    exchange(new DOMParser().parseFromString(await answer.text(), "text/html"));
    known = answer.headers.get("ETag");
  }
  const present = Number(answer.headers.get("X-Board-Now"));
  if (present) {
    setClock(present);
  }
  failures = 0;
  lostSince = 0;
  if ($("lost")) {
    $("lost").hidden = true;
  }
  document.body.classList.remove("offline");
  tick();
}

function lost(why) {
  failures += 1;
  lostSince = lostSince || Date.now();
  const since = new Date(lostSince).toLocaleTimeString(STEADY);
  const notice = $("lost");
  if (notice) {
    notice.hidden = false;
    say(notice.querySelector("span"), `${why} Tried again and again since ${since}.`);
  }
  document.body.classList.add("offline");
}

function exchange(page) {
  const before = figures(document);
  for (const id of ["top", "content"]) {
    const old = $(id);
    const fresh = page.getElementById(id);
    if (old && fresh) {
      morph(old, fresh);
    }
  }
  document.title = page.title;
  takeOpenings();
  tick();
  announce(before, figures(document));
}

function figures(page) {
  const found = {};
  for (const figure of page.querySelectorAll("[data-figure]")) {
    found[figure.dataset.figure] = Number(figure.textContent);
  }
  return found;
}

function announce(before, after) {
  const words = [["breached", "breached"], ["at_risk", "at risk"]]
    .filter(([name]) => before[name] !== after[name])
    .map(([name, said]) => `${after[name]} ${said}`);
  if (words.length) {
    say($("news"), `Now ${words.join(", ")}.`);
  }
}

// Turns one element into another and keeps its nodes, so that focus, selection, an open list and
// the place on the page stay. Entries with a data-key are told apart by it, others by their place.
const KEPT = new Set(["open", "hidden"]);
const OWN = new Set(["news", "lost"]);

function morph(old, fresh) {
  if (OWN.has(old.id) || (old.tagName === "SELECT" && old === document.activeElement)) {
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !KEPT.has(name)) {
      old.removeAttribute(name);
    }
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !KEPT.has(name)) {
      old.setAttribute(name, value);
    }
  }
  children(old, fresh);
}

function children(old, fresh) {
  const byKey = new Map();
  for (const child of old.children) {
    if (child.dataset.key !== undefined) {
      byKey.set(child.dataset.key, child);
    }
  }
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const key = wanted.dataset?.key;
    const found = key === undefined ? place : byKey.get(key);
    if (found && alike(found, wanted)) {
      if (found === place) {
        place = place.nextSibling;
      } else {
        old.insertBefore(found, place);
      }
      update(found, wanted);
    } else {
      old.insertBefore(document.importNode(wanted, true), place);
    }
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}

function alike(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName
    && one.dataset?.key === other.dataset?.key;
}

function update(old, fresh) {
  if (old.nodeType === Node.ELEMENT_NODE) {
    morph(old, fresh);
  } else if (old.data !== fresh.data) {
    old.data = fresh.data;
  }
}

// ---------------------------------------------------------------- filters and looks

function onChange(event) {
  if (event.target instanceof HTMLSelectElement) {
    event.target.form.requestSubmit();
  }
}

// The address says only what was chosen.
function onSubmit(event) {
  event.preventDefault();
  const chosen = new URLSearchParams();
  for (const [name, value] of new FormData(event.target)) {
    if (value) {
      chosen.append(name, value);
    }
  }
  const text = chosen.toString();
  visit(text ? `?${text}` : location.pathname);
}

async function visit(address) {
  history.pushState(null, "", address);
  known = null;
  await refresh();
}

function onClick(event) {
  const link = event.target.closest?.("a[href]");
  const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
  if (!link || !plain || !$("lists") || !link.closest("#filters, #side, .figures, .more")) {
    return;
  }
  const address = new URL(link.href);
  if (address.origin === location.origin && address.pathname === location.pathname) {
    event.preventDefault();
    visit(address.href);
  }
}

function start() {
  const clock = $("clock");
  takeOpenings();
  if (!clock) {
    return;
  }
  setClock(Number(clock.dataset.now));
  const form = $("filters");
  form.addEventListener("change", onChange);
  form.addEventListener("submit", onSubmit);
  document.documentElement.classList.add("alive");
  document.addEventListener("click", onClick);
  addEventListener("popstate", () => { known = null; refresh(); });
  addEventListener("online", refresh);
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      tick();
      refresh();
    }
  });
  tick();
  setInterval(tick, 1000);
  timer = setTimeout(refresh, EVERY_MS);
}

start();
