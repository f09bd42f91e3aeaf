// What the page orders of the console: it changes something, so it goes over a WebSocket, with the page's token.

/** Give an order; return what was done. Rejects with what the console says against it. */
export function order(token, name, given) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${location.host}/api/orders`);
    socket.onopen = () => socket.send(JSON.stringify({ token, order: name, ...given }));
    socket.onmessage = ({ data }) => {
      const answer = JSON.parse(data);
      if ("done" in answer) resolve(answer.done);
      else reject(new Error(answer.error));
      socket.close();
    };
    socket.onclose = () => reject(new Error("No connection to the console."));
  });
}
