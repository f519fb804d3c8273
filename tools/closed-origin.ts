/**
 * An origin where nothing listens. A port that was free a moment ago can be taken by any other server of a test; this one
 * is handed out by no system, and neither browsers nor `fetch` block it.
 */
export const closedOrigin = "http://127.0.0.1:81";
