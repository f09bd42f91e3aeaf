// What a page follows: values by name, of which the server sends those that have changed.

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8000;

/** Follow `path`; `changed(values)` is called at most once a frame. Return what stops it. */
export function follow(path, changed) {
  const values = new Map();
  let [socket, wait, timer, drawn, over] = [null, FIRST_WAIT, 0, 0, false];

  function open() {
    socket = new WebSocket(`ws://${location.host}${path}`);
    socket.addEventListener("message", (event) => {
      tell("");
      wait = FIRST_WAIT;
      for (const [name, value] of Object.entries(JSON.parse(event.data).values)) {
        if (value === null) values.delete(name);
        else values.set(name, value);
      }
      drawn ||= setTimeout(draw);
    });
    socket.addEventListener("close", () => {
      if (over) return;
      tell("No connection to the console; trying again…");
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, LONGEST_WAIT);
    });
  }

  function draw() {
    drawn = 0;
    if (over) return;
    const trouble = values.get("trouble");
    if (trouble) tell(trouble);
    changed(values);
  }

  open();
  return () => {
    over = true;
    clearTimeout(timer);
    socket.close();
  };
}

/** Say what is wrong with the line, at the top of the page. */
function tell(text) {
  const place = document.getElementById("line");
  if (place.textContent !== text) place.textContent = text;
}

/** The rows of a value that comes in pieces: `name/0`, `name/1`, … */
export function pieces(values, name) {
  const rows = [];
  for (let number = 0; values.has(`${name}/${number}`); number += 1) {
    for (const row of values.get(`${name}/${number}`)) rows.push(row);
  }
  return rows;
}
