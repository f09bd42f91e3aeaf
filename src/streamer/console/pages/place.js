// What this console shows, and whether its pages may act: `{stack, local, acting, try}`, asked for once.

export const place = fetch("/api/place").then((answer) => answer.json());
